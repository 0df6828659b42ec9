"""A worker's AI room on real servers, with the streamer, the engine and an emulated AI around it."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.emulators.xai import KEY, XaiEmulator
from tests.unit.roles.parts import RUN, eventually, settings_of
from tests.unit.trading.make import WALL

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads import market as wire
from qt_trade.contract.payloads.signals import CandidateState, GrokCandidates
from qt_trade.contract.payloads.watch_list import DynamicTickers, Ticker, TickerOrigin, TickerState
from qt_trade.kit.clock import ManualClock, SystemClock
from qt_trade.model.ai_answers import AiRecord
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.worker.ai.parts import AiParts
from qt_trade.roles.worker.ai.room import AiRoom

STAMP: dict[str, Any] = {"ts": WALL, "source": "test", "feed": FeedKind.REAL_TIME}
PRICES = {"AAPL": 200.0, "MSFT": 400.0, "IBM": 100.0}
HALF_HOUR = timedelta(minutes=30)


def status(*, market_open: bool = True, close: timedelta = timedelta(hours=8)) -> wire.MarketStatus:
    return wire.MarketStatus(
        **STAMP, run_id=RUN, account="paper:test",
        clock=wire.FeedClock(
            wall=WALL, feed=WALL, speed=1.0, quote_interval_s=1.0, stale_after_s=240.0
        ),
        market_open=market_open, market_session=wire.MarketSession.OPEN, words="",
        current_time_et="", trading_day=True, early_close=False,
        next_open=WALL + timedelta(hours=18), next_close=WALL + close,
        feed_state=wire.FeedState.OK, feed_words="", feed_since=WALL, feed_source="test",
        symbols=tuple(PRICES),
    )  # fmt: skip


def data(at: datetime = WALL, **changed: dict[str, Any]) -> wire.MarketData:
    """Return sound prices. ``changed``: other fields, by symbol."""
    usual: dict[str, Any] = {
        "timestamp": at, "source": "consensus", "bid": None, "ask": None, "bid_size": None,
        "ask_size": None, "volume": 1000, "open": None, "high": None, "low": None,
        "previous_close": None, "change": None, "change_percent": 1.5, "doubt": "",
    }  # fmt: skip
    symbols = {
        name: wire.SymbolData(price=price, **usual | changed.get(name, {}))
        for name, price in PRICES.items()
    }
    return wire.MarketData(**STAMP, run_id=RUN, feed_ts=at, quotes_published=3, symbols=symbols)


def tickers(*more: str, **changed: dict[str, Any]) -> DynamicTickers:
    """Return a watch list. ``more``: symbols without a price; ``changed``: fields, by symbol."""
    usual: dict[str, Any] = {
        "name": "A company", "origins": (TickerOrigin.USER,), "state": TickerState.STREAMED,
        "words": "",
    }  # fmt: skip
    every = (*PRICES, *more)
    return DynamicTickers(
        **STAMP, run_id=RUN, symbols=every, refused={}, words="",
        tickers={name: Ticker(**usual | changed.get(name, {})) for name in every},
    )  # fmt: skip


@dataclass
class Desk:
    """A worker's room, the AI it asks, and what the streamer has published."""

    ai: XaiEmulator
    wall: ManualClock
    store: wiring.MarketStore
    streamer: Bus
    worker: Bus
    front: Bus
    engine: Bus
    slept: list[float]
    urls: tuple[str, str]
    rooms: list[AiRoom]

    async def open(self, *, choice: str = "realtime", **ai: Any) -> AiRoom:
        feed_time = FeedTime(RUN, self.wall)
        await feed_time.follow(self.worker)
        await feed_time.known.wait()
        given = {"key": KEY, "base_url": self.ai.base_url, "timeout_s": 1.0} | ai
        settings = settings_of(*self.urls, feed={"choice": choice, "speed": 1.0}, ai=given)

        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)
            self.wall.advance(timedelta(seconds=seconds))
            await asyncio.sleep(0)

        rng = random.Random(4)
        parts = AiParts(settings, self.worker, self.store, feed_time, self.wall, sleep, rng)
        room = AiRoom(parts)
        self.rooms.append(room)
        await room.open()
        return room

    async def told(self, state: CandidateState, words: str) -> GrokCandidates:
        """Wait until the document says so."""
        found: list[GrokCandidates] = []

        async def says() -> bool:
            read = await self.front.read(registry.GROK_CANDIDATES)
            found[:] = [] if read is None else [read.value]
            return bool(found) and found[0].state is state and words in found[0].words

        try:
            await eventually(says)
        except TimeoutError:
            raise AssertionError(f"no {state} {words!r} but {found}") from None
        return found[0]

    async def asks(self, room: AiRoom, *, later: timedelta = timedelta()) -> None:
        """Let the room have its turn, on prices of that moment, to its end."""
        if later:
            self.wall.advance(later)
            await self.streamer.write(registry.MARKET_DATA, data(self.wall.now()))
        room.begin()
        await eventually(lambda: room.idle)

    async def told_became(self, symbol: str, words: str) -> GrokCandidates:
        """Wait until that is said to have become of a symbol."""
        said: list[str] = []

        async def says() -> bool:
            read = await self.front.read(registry.GROK_CANDIDATES)
            shown = () if read is None else read.value.candidates
            said[:] = [one.became for one in shown if one.symbol == symbol]
            return said == [words]

        try:
            await eventually(says)
        except TimeoutError:
            raise AssertionError(f"no {words!r} but {said}") from None
        found = await self.front.read(registry.GROK_CANDIDATES)
        assert found is not None
        return found.value

    async def spent(self) -> Decimal:
        standing = await self.store.ai_answers.standing(day_from=WALL, taken_since=WALL)
        return standing.spent

    async def kept(self) -> list[AiRecord]:
        return await self.store.ai_answers.since(WALL - timedelta(days=1))


@contextlib.asynccontextmanager
async def open_desk(redis_url: str, database_url: str) -> AsyncIterator[Desk]:
    """Open the streamer's, a worker's, a frontend's and the engine's lines, and an AI."""
    parties = (Party.STREAMER, Party.WORKER, Party.FRONTEND, Party.ENGINE)
    buses = [Bus(redis_url, one, SystemClock(), random.Random(n)) for n, one in enumerate(parties)]
    for bus in buses:
        await bus.open(timeout_s=20.0)
    await buses[0].write(registry.MARKET_STATUS, status())
    await buses[0].write(registry.MARKET_DATA, data())
    await buses[0].write(registry.DYNAMIC_TICKERS, tickers())
    store = wiring.open_market_store(settings_of(redis_url, database_url))
    async with XaiEmulator() as ai:
        desk = Desk(ai, ManualClock(WALL), store, *buses, [], (redis_url, database_url), [])
        yield desk
        for room in desk.rooms:
            await room.close()
    for bus in buses:
        await bus.close()
    await store.close()
