"""A provider together with its emulator, so that the same sentences judge every provider.

One row in ``VENDORS`` is one provider more.
"""

import asyncio
import importlib.util
import random
import tempfile
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conformance.providers.free_ledger import FreeLedger
from tests.emulators.alpaca_data import SECRET, AlpacaDataEmulator
from tests.emulators.example import ExampleEmulator
from tests.emulators.finnhub import FinnhubEmulator
from tests.emulators.fmp import FmpEmulator, LegacyFmpEmulator
from tests.emulators.market import MadeUpMarket
from tests.emulators.marketstack import MarketstackEmulator
from tests.emulators.provider import KEY, ProviderEmulator
from tests.emulators.twelvedata import TwelveDataEmulator
from tests.emulators.yahoo import YahooEmulator
from tests.unit.market.walls import SleepingWall

from qt_trade.market.errors import MarketDataError
from qt_trade.market.provider import (
    Access,
    Capability,
    Provider,
    ProviderKit,
    ProviderSpec,
    QuoteBatch,
    StreamEvent,
    Subscription,
)
from qt_trade.market.providers import alpaca, finnhub, fmp, marketstack, twelvedata, yahoo
from qt_trade.model.symbols import Symbol

AAPL, MSFT, BRK_B, NOPE = (Symbol(name) for name in ("AAPL", "MSFT", "BRK.B", "NOPE"))
MONDAY = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
"""11:00 in New York, while it trades."""
WRONG = "wrong-key-0815"
COOKIES = Path(tempfile.mkdtemp(prefix="qtrade-conformance-"))
"""What yfinance keeps beside itself, for the whole process."""
SHORT_S = 0.2
"""How long a test waits where it is about waiting."""


@dataclass(frozen=True)
class Vendor:
    """What a provider is called with. ``paid``: the name of its plan that has everything it can.

    ``quirks``: each is an emulator as it is where documents disagree; the client takes all.
    ``denied``: a call that the free plan does not have. ``secret``: the second half of its key.
    ``keyless``: it knows no keys. ``streams_any``: it names no limit of its stream.
    ``pause_min_s``: house rule, a shorter pause is made so long. ``minutes_reach``: it has no older
    bars of a minute. ``options``: what it is set up with besides.
    """

    spec: ProviderSpec
    emulator: type[ProviderEmulator]
    paid: str
    quirks: Mapping[str, Callable[[ProviderEmulator], object]] = field(default_factory=dict)
    denied: Callable[[Provider], Awaitable[object]] | None = None
    secret: str = ""
    keyless: bool = False
    streams_any: bool = False
    pause_min_s: float = 0.0
    minutes_reach: timedelta = timedelta(days=365)
    options: Mapping[str, str] = field(default_factory=dict)


async def _a_bar(provider: Provider) -> object:
    return await provider.bars(AAPL, 60, MONDAY - timedelta(hours=1), MONDAY)


def _with(**switches: object) -> Callable[[ProviderEmulator], object]:
    def switch(emulator: ProviderEmulator) -> None:
        for name, value in switches.items():
            assert hasattr(emulator, name)
            setattr(emulator, name, value)

    return switch


def _of_the_guide() -> ProviderSpec:
    """Load the provider of one's own that the guide shows."""
    file = Path(__file__).parents[3] / "docs" / "examples" / "my_provider.py"
    found = importlib.util.spec_from_file_location("my_provider", file)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    spec = module.SPEC
    assert isinstance(spec, ProviderSpec)
    return spec


VENDORS = {
    "alpaca": Vendor(
        alpaca.SPEC,
        AlpacaDataEmulator,
        "plus",
        quirks={
            "a bad key is a 401": _with(refusal=401),
            "an unknown symbol is null": _with(unknown_is_null=True),
        },
        secret=SECRET,
    ),
    "finnhub": Vendor(
        finnhub.SPEC,
        FinnhubEmulator,
        "premium",
        quirks={
            "no access is a 401": _with(no_access_status=401, tells_limits=True),
            "a stream says in a frame that the key is wrong": _with(refuses_by_frame=True),
        },
        denied=_a_bar,
    ),
    "fmp": Vendor(
        fmp.SPEC,
        FmpEmulator,
        "ultimate",
        quirks={
            "a limit is a 200": _with(limit_status=200),
            "what nobody knows is an empty list": _with(unknown_is_gated=False),
            "a login's status is flat": _with(login_is_flat=True),
            "the stream tells milliseconds": _with(stream_unit=1_000),
        },
        denied=_a_bar,
        streams_any=True,
    ),
    "fmp of before": Vendor(
        fmp.SPEC,
        LegacyFmpEmulator,
        "ultimate",
        streams_any=True,
        options={"stream": "legacy", "class_shares": "dot"},
    ),
    "marketstack": Vendor(
        marketstack.SPEC,
        MarketstackEmulator,
        "business",
        quirks={"nothing is a list in a list": _with(nothing_is_a_list=True)},
    ),
    "my_provider": Vendor(_of_the_guide(), ExampleEmulator, "free"),
    "twelvedata": Vendor(
        twelvedata.SPEC,
        TwelveDataEmulator,
        "pro",
        quirks={
            "errors are 200s": _with(always_200=True, refusal_status=200),
            "errors have no status": _with(has_status=False, refusal_status=403),
            "the stream tells milliseconds": _with(in_milliseconds=True),
        },
    ),
    "yahoo": Vendor(
        yahoo.SPEC,
        YahooEmulator,
        "unofficial",
        keyless=True,
        streams_any=True,
        pause_min_s=60.0,
        minutes_reach=timedelta(days=30),
    ),
}


@dataclass
class Venue:
    """One provider at its emulator; both live by the same wall clock, which moves by sleeping."""

    vendor: Vendor
    provider: Provider
    emulator: ProviderEmulator
    ledger: FreeLedger
    wall: SleepingWall
    mute: bool = False

    @property
    def calls(self) -> int:
        """How many calls have arrived, streams aside."""
        return sum(n for path, n in self.emulator.hits.items() if path.startswith("/"))

    async def quotes(self, *symbols: Symbol) -> QuoteBatch:
        """Ask for symbols in as many calls as the plan makes of them."""
        quotes, errors = {}, {}
        for some in self.provider.plan.calls(symbols):
            batch = await self.provider.quotes(some)
            quotes |= batch.quotes
            errors |= batch.errors
        return QuoteBatch(quotes, errors)


def rows(
    *needed: Capability,
    paid: bool = False,
    which: Callable[[Vendor], bool] = lambda _vendor: True,
) -> Sequence[object]:
    """Return a parameter per vendor whose plan has all that is needed, and per quirk of it.

    Where the free plan has not and the paid one has, it is the paid one.
    """
    found = []
    for name, vendor in VENDORS.items():
        if not which(vendor):
            continue
        free, most = (vendor.spec.plan(one).capabilities for one in ("", vendor.paid))
        if most >= set(needed):
            level = "free" if free >= set(needed) and not paid else "paid"
            found += [pytest.param((name, "", level), id=name)]
            found += [
                pytest.param((name, one, level), id=f"{name}, {one}") for one in vendor.quirks
            ]
    return found


@asynccontextmanager
async def venue(
    name: str,
    quirk: str = "",
    level: str = "free",
    *,
    key: str = KEY,
    paid: bool = False,
    **options: str,
) -> AsyncGenerator[Venue]:
    """Open a venue. ``options``: the provider's, such as ``timeout_s``."""
    vendor = VENDORS[name]
    wall = SleepingWall(MONDAY)
    plan = "paid" if paid else level
    async with vendor.emulator(wall, plan=plan, market=MadeUpMarket(wall)) as emulator:
        if quirk:
            vendor.quirks[quirk](emulator)
        ledger = FreeLedger()
        access = Access(
            key=key,
            secret=vendor.secret,
            base_url=emulator.base_url,
            stream_url=emulator.stream_url,
            options={**vendor.options, **options},
            cache_dir=COOKIES,
        )
        made: list[Venue] = []
        kit = ProviderKit(
            access=access,
            plan=vendor.spec.plan(vendor.paid if plan == "paid" else ""),
            ledger=ledger,
            wall=wall,
            sleep=wall.sleep,
            rng=random.Random(7),
            may_be_mute=lambda: made[0].mute,
        )
        provider = vendor.spec.make(kit)
        made.append(Venue(vendor, provider, emulator, ledger, wall))
        try:
            yield made[0]
        finally:
            await provider.close()
            await provider.close()


async def failure(call: Awaitable[object], kind: type[MarketDataError]) -> MarketDataError:
    """Await a call that has to fail; return its error, which never tells the key."""
    with pytest.raises(kind) as caught:
        await call
    assert_secret(caught.value)
    return caught.value


def assert_secret(error: BaseException) -> None:
    """Hold that neither words nor trace-back of an error tell a key."""
    told = "".join(traceback.format_exception(error)) + repr(error)
    assert KEY not in told
    assert WRONG not in told


class Ear:
    """Listens to a stream, event by event."""

    def __init__(self, provider: Provider, *symbols: Symbol) -> None:
        self.subscription = Subscription(symbols)
        self._stream = provider.stream(self.subscription)

    async def next(self) -> StreamEvent:
        async with asyncio.timeout(10):
            return await anext(self._stream)

    async def ends(self, kind: type[MarketDataError]) -> MarketDataError:
        """Return the error the stream ends by; what comes before is let go."""
        return await failure(self._rest(), kind)

    async def close(self) -> None:
        await self._stream.aclose()

    async def _rest(self) -> None:
        while True:
            await self.next()


@asynccontextmanager
async def listening(one: Venue, *symbols: Symbol) -> AsyncGenerator[Ear]:
    """Yield an ear to a stream; close it at the end."""
    ear = Ear(one.provider, *symbols)
    try:
        yield ear
    finally:
        await ear.close()
