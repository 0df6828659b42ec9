"""The near end of ``bench pipeline``: a provider whose quotes go through the real streamer.

Runs in a process of its own, as the streamer does. Each price is told only once per symbol, so
that the far end knows which quote it sees; when each was handed over stands in shared memory.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Sequence
from ctypes import Array, c_int64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection

from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.kit.clock import Anchor, Clock, SystemClock
from qt_trade.kit.logs import configure_logs
from qt_trade.market.calendar import load_sessions
from qt_trade.market.ports import (
    ClockEvent,
    QuoteEvent,
    SourceEvent,
    SourceInfo,
    SourceState,
    StateEvent,
)
from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol
from qt_trade.roles.streamer.service import Streamer, StreamerParts
from qt_trade.roles.work import Work

OPEN = datetime(2013, 10, 4, 13, 30, tzinfo=UTC)
BEGIN = OPEN + timedelta(hours=3)
"""An ordinary moment of an ordinary session."""
Moments = Array[c_int64]
"""Monotonic nanoseconds, in memory both ends share."""
TICK = 0.01
FIRST_PRICE = 100.0


@dataclass(frozen=True, slots=True)
class Load:
    """What is streamed. ``rate``: quotes per second over all symbols, at random intervals."""

    symbols: int
    rate: float
    quotes_max: int
    seed: int

    @property
    def names(self) -> tuple[Symbol, ...]:
        """The symbols' names: S0, S1 and so on."""
        return tuple(Symbol(f"S{number}") for number in range(self.symbols))


def price_of(number: int) -> float:
    """Return the price of a symbol's quote of that number."""
    return round(FIRST_PRICE + number * TICK, 2)


def number_of(price: float) -> int:
    """Return the number of the quote with that price."""
    return round((price - FIRST_PRICE) / TICK)


class ChunkSource:
    """A provider that tells as many quotes as it is asked for through a pipe, then waits."""

    def __init__(self, load: Load, handed_over: Moments, orders: Connection) -> None:
        self.info = SourceInfo(FeedKind.SIMULATION, "bench", load.names, 1.0, "for measurement")
        self._load = load
        self._handed_over = handed_over
        self._orders = orders
        self._rng = random.Random(load.seed)  # noqa: S311  # a load, not a secret
        self._told = 0

    async def history(self) -> Sequence[Bar]:
        """Return the morning's bars of every symbol, so that the desktop has its usual burden."""
        minutes = range(int((BEGIN - OPEN) / timedelta(minutes=1)))
        return [
            Bar(name, OPEN + timedelta(minutes=minute), 60, 100.0, 101.0, 99.0, 100.0, 1000)
            for minute in minutes
            for name in self.info.symbols
        ]

    async def events(self) -> AsyncGenerator[SourceEvent, None]:
        """Yield the quotes of one order after the other."""
        yield ClockEvent(Anchor(datetime.now(UTC), BEGIN, 1.0), "begin")
        yield StateEvent(SourceState.OK, "measuring")
        loop = asyncio.get_running_loop()
        while True:
            count = await loop.run_in_executor(None, self._orders.recv)
            due = loop.time()
            for _ in range(count):
                due += self._rng.expovariate(self._load.rate)
                await asyncio.sleep(max(0.0, due - loop.time()))
                yield self._next()

    def _next(self) -> QuoteEvent:
        number, place = divmod(self._told, self._load.symbols)
        self._told += 1
        price = price_of(number)
        quote = Quote(
            symbol=self.info.symbols[place],
            at=BEGIN,
            price=price,
            bid=price - TICK,
            ask=price + TICK,
            bid_size=100,
            ask_size=200,
            volume=1_000_000 + number,
            open=FIRST_PRICE,
            high=price,
            low=FIRST_PRICE,
            previous_close=99.0,
        )
        self._handed_over[number * self._load.symbols + place] = time.monotonic_ns()
        return QuoteEvent(quote)

    async def close(self) -> None:
        """Need nothing."""


def stream(url: str, load: Load, handed_over: Moments, orders: Connection) -> None:
    """Run the streamer until the process is ended; its body."""
    configure_logs(role="streamer", feed=FeedKind.SIMULATION, run_id="bench", level="WARNING")
    asyncio.run(_stream(url, ChunkSource(load, handed_over, orders)))


async def _stream(url: str, source: ChunkSource) -> None:
    wall: Clock = SystemClock()
    bus = Bus(url, Party.STREAMER, wall, random.SystemRandom())
    await bus.open()

    day = BEGIN.date()
    sessions = load_sessions(day - timedelta(days=30), day + timedelta(days=30))
    run = ("bench", "paper:bench", wall.now())
    parts = StreamerParts(bus, source, sessions, wall, *run, Work(wall), None)
    await Streamer(parts).run(lambda: None)
