"""Providers whose every word the test says, and a reader of what real time makes of them."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Self

from tests.conformance.providers.free_ledger import FreeLedger

from qt_trade.kit.clock import ManualClock
from qt_trade.market.calendar import Sessions
from qt_trade.market.errors import MarketDataError, UnknownSymbolError, UnreachableError
from qt_trade.market.evidence import Consensus, Policy
from qt_trade.market.ports import (
    BarEvent,
    LinesEvent,
    QuoteEvent,
    SourceEvent,
    StateEvent,
    SymbolsEvent,
)
from qt_trade.market.provider import (
    Access,
    BarsAnswer,
    Capability,
    Connected,
    Plan,
    Provider,
    ProviderKit,
    ProviderSpec,
    StreamEvent,
    Subscription,
    Timeliness,
)
from qt_trade.market.realtime import RealtimeParts, RealtimeSource
from qt_trade.model.bars import Bar
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

IN_SESSION = datetime(2026, 11, 24, 15, 0, 5, tzinfo=UTC)
AAPL, IBM = Symbol("AAPL"), Symbol("IBM")
PATIENCE_S = 20.0
STREAM = frozenset({Capability.STREAM, Capability.QUOTE})


async def no_sleep(seconds: float) -> None:
    """Sleep as a test does that has not the time: let the others work, and go on."""
    await asyncio.sleep(0.001 if seconds < 5 else 0.01)


class ScriptedProvider(Provider):
    """Says on its stream what the test tells it to; connects when it is let in."""

    def __init__(self, spec: ProviderSpec, kit: ProviderKit) -> None:
        super().__init__(spec, kit)
        self.script: asyncio.Queue[StreamEvent | Exception] = asyncio.Queue()
        self.subscription = Subscription()
        self.connections = 0
        self.answers: dict[Symbol, Sequence[Bar] | MarketDataError] = {}
        self.asked_bars: list[Symbol] = []
        self.closed = False

    async def stream(self, subscription: Subscription) -> AsyncGenerator[StreamEvent, None]:
        self.subscription = subscription
        self.connections += 1
        while True:
            event = await self.script.get()
            if isinstance(event, Exception):
                raise event
            yield event

    async def bars(
        self, symbol: Symbol, interval_s: int, since: datetime, until: datetime
    ) -> BarsAnswer:
        assert interval_s == 60
        self.asked_bars.append(symbol)
        answer = self.answers.get(symbol, UnknownSymbolError(self.spec.title, symbol))
        if isinstance(answer, MarketDataError):
            raise answer
        return BarsAnswer([bar for bar in answer if since <= bar.at < until])

    async def close(self) -> None:
        self.closed = True

    def say(self, *events: StreamEvent | Exception) -> None:
        """Say something, or break the connection by an error."""
        for event in events:
            self.script.put_nowait(event)

    def quote(self, price: float, at: datetime, symbol: Symbol = AAPL, **more: float) -> None:
        """Push a price."""
        self.say(quote_of(price, at, symbol, **more))

    def lose(self, because: str = "the stream was closed") -> None:
        """Break the connection."""
        self.say(UnreachableError(self.spec.title, because))


def quote_of(price: float, at: datetime, symbol: Symbol = AAPL, **more: float) -> Quote:
    """Return a quote."""
    nothing = dict.fromkeys(
        ("bid", "ask", "bid_size", "ask_size", "volume", "open", "high", "low", "previous_close")
    )
    return replace(Quote(symbol=symbol, at=at, price=price, **nothing), **more)


def scripted(
    name: str,
    wall: ManualClock,
    *,
    stream_max: int = 50,
    capabilities: frozenset[Capability] = STREAM,
    timeliness: Timeliness = Timeliness.REAL_TIME,
    delay: timedelta = timedelta(),
) -> ScriptedProvider:
    """Return a provider of that name."""
    plan = Plan(
        "free", capabilities, timeliness, (), stream_max=stream_max, concurrency=1, delay=delay
    )
    spec = ProviderSpec(name, name.title(), {"free": plan}, 0, "Scripted", ScriptedProvider)
    kit = ProviderKit(
        access=Access(), plan=plan, ledger=FreeLedger(), wall=wall, sleep=no_sleep,
        rng=random.Random(1), may_be_mute=lambda: False,
    )  # fmt: skip
    return ScriptedProvider(spec, kit)


class Studio:
    """Real time over scripted providers, and everything it told so far."""

    def __init__(
        self,
        wall: ManualClock,
        sessions: Sessions,
        *providers: ScriptedProvider,
        symbols: Sequence[Symbol] = (AAPL,),
        policy: Policy | None = None,
        sleep: Callable[[float], "asyncio.Future[None]"] = no_sleep,
        hint: str = "",
    ) -> None:
        self.wall = wall
        self.providers: Mapping[str, ScriptedProvider] = {p.spec.name: p for p in providers}
        parts = RealtimeParts(
            self.providers, sessions, policy or Policy(), wall, sleep, random.Random(7), hint
        )
        self.source = RealtimeSource(symbols, parts)
        self.told: list[SourceEvent] = []
        self._came = asyncio.Condition()
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._reader is not None
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        await self.source.close()

    async def _read(self) -> None:
        async for event in self.source.events():
            async with self._came:
                self.told.append(event)
                self._came.notify_all()

    async def until(self, fits: Callable[[SourceEvent], bool]) -> SourceEvent:
        """Return the next event that fits, waiting for it; forget those of its kind before it."""
        async with asyncio.timeout(PATIENCE_S), self._came:
            await self._came.wait_for(lambda: any(fits(event) for event in self.told))
        place = next(i for i, event in enumerate(self.told) if fits(event))
        event = self.told[place]
        before = [e for e in self.told[:place] if type(e) is not type(event)]
        self.told[: place + 1] = before
        return event

    async def quote(
        self, fits: Callable[[Consensus], bool] = lambda _: True, symbol: Symbol = AAPL
    ) -> Consensus:
        """Wait for evidence of a symbol that fits."""

        def told(event: SourceEvent) -> bool:
            return (
                isinstance(event, QuoteEvent)
                and event.quote.symbol == symbol
                and event.evidence is not None
                and fits(event.evidence)
            )

        event = await self.until(told)
        assert isinstance(event, QuoteEvent)
        assert event.evidence is not None
        assert event.quote == event.evidence.quote
        return event.evidence

    async def bar(self, fits: Callable[[Bar], bool] = lambda _: True) -> Bar:
        """Wait for a bar that fits."""
        event = await self.until(lambda event: isinstance(event, BarEvent) and fits(event.bar))
        assert isinstance(event, BarEvent)
        return event.bar

    async def state(self, fits: Callable[[StateEvent], bool]) -> StateEvent:
        """Wait for a state that fits."""
        event = await self.until(lambda event: isinstance(event, StateEvent) and fits(event))
        assert isinstance(event, StateEvent)
        return event

    async def lines(self, fits: Callable[[LinesEvent], bool]) -> LinesEvent:
        """Wait for a state of the streams that fits."""
        event = await self.until(lambda event: isinstance(event, LinesEvent) and fits(event))
        assert isinstance(event, LinesEvent)
        return event

    async def symbols(self) -> tuple[Symbol, ...]:
        """Wait for other symbols."""
        event = await self.until(lambda event: isinstance(event, SymbolsEvent))
        assert isinstance(event, SymbolsEvent)
        return event.symbols

    async def connect(self) -> None:
        """Let all providers in, and wait until it is told that they are."""
        for one in self.providers.values():
            one.say(Connected())
        count = len(self.providers)
        await self.lines(lambda e: sum(line.connected for line in e.lines.values()) == count)
