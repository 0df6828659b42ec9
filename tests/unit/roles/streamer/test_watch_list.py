"""The watch list on a real Valkey and PostgreSQL, checked at an emulated Alpaca."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import pytest_asyncio
from tests.conformance.providers.free_ledger import FreeLedger
from tests.emulators.alpaca_data import SECRET, AlpacaDataEmulator
from tests.emulators.market import Fault
from tests.emulators.provider import KEY
from tests.servers import ServerProcess
from tests.unit.roles.parts import ACCOUNT, PATIENCE_S, RUN, eventually, lose_everything, running

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import ConflictError
from qt_trade.contract.payloads.portfolio import PortfolioPositions, Position
from qt_trade.contract.payloads.signals import (
    Candidate,
    CandidateState,
    GrokCandidates,
    Recommendation,
)
from qt_trade.contract.payloads.watch_list import (
    DynamicTickers,
    TickerOrigin,
    TickerState,
    WatchList,
)
from qt_trade.kit.clock import SystemClock
from qt_trade.market.provider import Access, ProviderKit
from qt_trade.market.providers.alpaca import SPEC, Alpaca
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol
from qt_trade.roles.streamer.payloads import Stamp
from qt_trade.roles.streamer.watch_list import WatchListDesk, WatchListParts
from qt_trade.storage.database import Database
from qt_trade.storage.instruments import InstrumentStore
from qt_trade.storage.migrate import migrate
from qt_trade.wiring.listings import make_listings

pytestmark = pytest.mark.asyncio

WALL = SystemClock()
FEED = (Symbol("AAPL"), Symbol("MSFT"))
AWAY = "http://127.0.0.1:9"


@dataclass
class Place:
    """Servers, an emulated Alpaca, and a frontend; ``told`` are the lists in force, in order."""

    url: str
    database_url: str
    venue: AlpacaDataEmulator
    front: Bus
    engine: Bus
    stack: AsyncExitStack
    told: list[DynamicTickers] = field(default_factory=list)
    followed: list[tuple[Symbol, ...]] = field(default_factory=list)
    buses: list[Bus] = field(default_factory=list)

    def stamp(self) -> dict[str, object]:
        return {"ts": WALL.now(), "source": "test", "feed": FeedKind.REAL_TIME}

    async def wish(self, *symbols: str, expect: int | None = None) -> int:
        wished = WatchList(**self.stamp(), session_id="desk-1", symbols=symbols)  # type: ignore[arg-type]
        return await self.front.write(registry.WATCH_LIST, wished, expect=expect)

    async def hold(self, *symbols: str, account: str = ACCOUNT) -> None:
        value = PortfolioPositions(
            **self.stamp(),  # type: ignore[arg-type]
            account=account,
            feed_ts=WALL.now(),
            positions=tuple(map(position, symbols)),
        )
        await self.engine.write(registry.PORTFOLIO_POSITIONS, value)

    @asynccontextmanager
    async def watching(
        self, *, base_url: str | None = None, recorded: bool = False
    ) -> AsyncIterator[WatchListDesk]:
        """Run a streamer's desk; leaving the block is its end."""
        async with AsyncExitStack() as stack:
            bus = await opened(self.url, Party.STREAMER)
            stack.push_async_callback(bus.close)
            self.buses.append(bus)
            database = Database(self.database_url, name="test")
            stack.push_async_callback(database.close)
            kit = ProviderKit(
                access=Access(KEY, SECRET, "free", base_url or self.venue.base_url),
                plan=SPEC.plan("free"),
                ledger=FreeLedger(),
                wall=WALL,
                sleep=asyncio.sleep,
                rng=random.Random(5),
                may_be_mute=lambda: True,
            )
            provider = Alpaca(kit)
            stack.push_async_callback(provider.close)
            listings = make_listings({"alpaca": provider}, InstrumentStore(database), WALL)
            kind = FeedKind.REPLAY if recorded else FeedKind.REAL_TIME
            desk = WatchListDesk(
                WatchListParts(
                    bus=bus,
                    wall=WALL,
                    stamp=Stamp(kind, RUN, "test"),
                    account=ACCOUNT,
                    feed_symbols=FEED,
                    source_words="the recording",
                    lookups=None if recorded else listings,
                    follow=self._follow,
                    retry_s=0.2,
                )
            )
            async with running(desk.run()):
                yield desk

    def _follow(self, symbols: Sequence[Symbol]) -> None:
        self.followed.append(tuple(symbols))

    async def until(self, **fields: object) -> DynamicTickers:
        """Wait for a list in force like that, and return it."""

        def there() -> bool:
            return bool(self.told) and all(
                getattr(self.told[-1], name) == value for name, value in fields.items()
            )

        await eventually(there)
        return self.told[-1]


def position(symbol: str) -> Position:
    return Position(
        symbol=symbol, qty=Decimal(3), side="long", avg_entry_price=Decimal(1), cost=Decimal(3),
        last=None, last_ts=None, market_value=None, unrealized_pl=None, day_change_pct=None,
        day_pl=None, weight=None,
    )  # fmt: skip


async def opened(url: str, party: Party) -> Bus:
    bus = Bus(url, party, WALL, random.Random(party))
    await bus.open(timeout_s=20.0)
    return bus


@pytest_asyncio.fixture
async def place(redis_url: str, database_url: str) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        yield await opened_place(stack, redis_url, database_url)


async def opened_place(stack: AsyncExitStack, url: str, database_url: str) -> Place:
    await migrate(database_url)
    venue = await stack.enter_async_context(AlpacaDataEmulator())
    front, engine = await opened(url, Party.FRONTEND), await opened(url, Party.ENGINE)
    stack.push_async_callback(front.close)
    stack.push_async_callback(engine.close)
    made = Place(url, database_url, venue, front, engine, stack)

    def hear(change: Change[DynamicTickers]) -> None:
        if change.value is not None:
            made.told.append(change.value)

    await front.watch(registry.DYNAMIC_TICKERS, hear)
    return made


async def test_without_a_list_of_the_user_s_the_settings_symbols_are_it(place):
    """They are followed at once, and get their companies' names when somebody has said them."""
    async with place.watching():
        first = await place.until(symbols=FEED)
        assert first.tickers["AAPL"].origins == (TickerOrigin.FEED,)
        await eventually(lambda: place.told[-1].tickers["AAPL"].name == "Apple Inc.")
        assert place.followed == [FEED]


async def test_a_class_share_is_taken_and_what_does_not_exist_is_refused(place):
    async with place.watching():
        await place.wish("BRK.B", "NOPE", "IBM")
        found = await place.until(symbols=("BRK.B", "IBM"))
        assert found.refused == {"NOPE": "NOPE is not known to Alpaca"}
        assert found.tickers["BRK.B"].name == "Berkshire Hathaway Inc. Class B"
        assert place.followed[-1] == ("BRK.B", "IBM")


async def test_a_restart_needs_neither_network_nor_quota(place):
    """What was said before is remembered, of those that do not exist as well."""
    async with place.watching():
        await place.wish("BRK.B", "NOPE")
        await place.until(symbols=("BRK.B",), refused={"NOPE": "NOPE is not known to Alpaca"})
    asked = sum(place.venue.hits.values())
    place.told.clear()
    async with place.watching(base_url=AWAY):
        found = await place.until(symbols=("BRK.B",))
        assert found.refused == {"NOPE": "NOPE is not known to Alpaca"}
        assert found.tickers["BRK.B"].name == "Berkshire Hathaway Inc. Class B"
    assert sum(place.venue.hits.values()) == asked


async def test_who_cannot_be_asked_about_is_not_followed_and_is_when_he_can(place):
    """Nobody answers: it is there without a price and says why; asked again, it is followed."""
    place.venue.fail_always(Fault.ERROR_500)
    async with place.watching():
        await place.wish("IBM", "SPY")
        unsure = await place.until(symbols=("IBM", "SPY"))
        assert {one.state for one in unsure.tickers.values()} == {TickerState.UNCHECKED}
        assert "cannot be reached" in unsure.tickers["IBM"].words
        assert unsure.words == "2 not checked, and without a price until they are"
        assert place.followed[-1] == ()
        place.venue.fail_always(None)
        await eventually(lambda: place.told[-1].tickers["SPY"].state is TickerState.POLLED)
        assert place.followed[-1] == ("IBM", "SPY")


async def test_a_position_is_followed_first_though_it_is_on_no_list(place):
    """Those of another account are none of this run's."""
    async with place.watching() as desk:
        await place.wish("IBM")
        await place.hold("NVDA", account="paper:another")
        await place.hold("SPY")
        found = await place.until(symbols=("IBM", "SPY"))
        assert found.tickers["SPY"].origins == (TickerOrigin.POSITION,)
        assert place.followed[-1] == ("SPY", "IBM")
        desk.streaming(frozenset({Symbol("SPY")}))
        await eventually(lambda: place.told[-1].tickers["SPY"].state is TickerState.STREAMED)
        assert place.told[-1].words.startswith("1 of 2 symbols are pushed")
        await place.hold()
        await place.until(symbols=("IBM",))


async def test_a_candidate_is_watched_until_it_expires(place):
    """One that an AI made up is refused like any other."""

    def made(symbol: str, expires_at: datetime) -> Candidate:
        return Candidate(
            symbol=symbol, score=0.9, recommendation=Recommendation.BUY, reason="", target_price=None,
            current_price=None, expected_return=None, risk_level=1, confidence=0.9,
            time_horizon="1d", cited=(), became="", generated_at=WALL.now(), expires_at=expires_at,
        )  # fmt: skip

    worker = await opened(place.url, Party.WORKER)
    async with place.watching():
        await place.wish("IBM")
        value = GrokCandidates(
            **place.stamp(), state=CandidateState.ACTIVE, words="", model="", asked_at=None,
            took_s=None, cost_usd=None, spent_usd=0.0, budget_usd=1.0,
            candidates=(
                made("SPY", WALL.now() + timedelta(seconds=1.5)),
                made("NOPE", WALL.now() + timedelta(hours=1)),
            ),
        )  # fmt: skip
        await worker.write(registry.GROK_CANDIDATES, value)
        found = await place.until(symbols=("IBM", "SPY"))
        assert found.tickers["SPY"].origins == (TickerOrigin.CANDIDATE,)
        await place.until(symbols=("IBM",), refused={"NOPE": "NOPE is not known to Alpaca"})
    await worker.close()


async def test_two_desks_never_overwrite_each_other_unseen(place):
    """The second is told of the conflict; what the first wrote is in force."""
    async with place.watching():
        revision = await place.wish("IBM")
        await place.wish("IBM", "SPY", expect=revision)
        with pytest.raises(ConflictError) as conflict:
            await place.wish("IBM", "NVDA", expect=revision)
        assert "symbols" in str(conflict.value)
        await place.until(symbols=("IBM", "SPY"))


async def test_a_recording_refuses_what_it_does_not_have(place):
    async with place.watching(recorded=True):
        await place.wish("SPY", "MSFT")
        found = await place.until(symbols=("MSFT", "AAPL"))
        assert found.refused == {"SPY": "the recording has only AAPL, MSFT"}
        assert place.venue.hits.total() == 0, "nobody is asked about what cannot be watched"


async def test_a_server_that_lost_everything_is_told_again(
    private_valkey: ServerProcess, database_url: str
):
    async with AsyncExitStack() as stack:
        place = await opened_place(stack, private_valkey.url, database_url)
        async with place.watching():
            await place.wish("IBM")
            await place.until(symbols=("IBM",))
            await lose_everything(private_valkey.url, place.front, *place.buses)

            async def there() -> bool:
                found = await place.front.read(registry.DYNAMIC_TICKERS)
                return found is not None and found.value.symbols == ("IBM",)

            await eventually(there)


async def test_many_symbols_are_checked_one_after_the_other_and_told_as_they_come(place):
    names = [f"S{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(60)]
    place.venue.market.names |= {name: name for name in names}
    async with place.watching():
        await place.wish(*names)
        async with asyncio.timeout(PATIENCE_S):
            await place.until(symbols=tuple(names))
        assert max(place.venue.hits.values()) == 1
    assert len(place.followed) < len(names), "the source is not stirred for each of them"
