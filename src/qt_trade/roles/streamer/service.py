"""The streamer's work: what the source tells is published, at once and in order."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import DisconnectedError
from qt_trade.contract.link import Link
from qt_trade.contract.payloads import market as wire
from qt_trade.kit.clock import Anchor, Clock, FeedClock
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import Sessions
from qt_trade.market.ports import (
    BarEvent,
    ClockEvent,
    QuoteEvent,
    QuoteSource,
    SourceEvent,
    StateEvent,
)
from qt_trade.model.bars import Bar
from qt_trade.model.symbols import Symbol
from qt_trade.roles.streamer.minutes import Minutes
from qt_trade.roles.streamer.payloads import Stamp, bar_payload, quote_payload, symbol_data
from qt_trade.roles.streamer.status import StatusBoard

SUMMARY_S = 0.5
"""``market_data`` is written at most this often (wall seconds)."""
STATUS_S = 5.0
PROGRESS_S = 5.0
QUOTES_WAITING_MAX = 10_000
"""Quotes kept while Redis is away; of more only the newest matter, and they are few per symbol."""

SaveProgress = Callable[[datetime, bool], Awaitable[None]]
"""Keeps how far feed time came, and whether the recording ended."""


@dataclass(frozen=True, slots=True)
class StreamerParts:
    """What the streamer is built from. ``save_progress`` keeps where feed time stands."""

    bus: Bus
    source: QuoteSource
    sessions: Sessions
    wall: Clock
    run_id: str
    account: str
    save_progress: SaveProgress


class Streamer:
    """Publishes one source until cancelled."""

    def __init__(self, parts: StreamerParts) -> None:
        self._parts = parts
        self._bus = parts.bus
        info = parts.source.info
        self._stamp = Stamp(info.kind, parts.run_id, info.name)
        self._clock = FeedClock(parts.wall)
        self._board = StatusBoard(info, self._stamp, parts.account, parts.sessions)
        self._quotes: deque[tuple[str, wire.Quote]] = deque(maxlen=QUOTES_WAITING_MAX)
        self._bars: deque[wire.Bar] = deque()
        self._kept: dict[Symbol, Minutes] = {}
        self._rewritten: set[Symbol] = set()
        self._summary: dict[str, wire.SymbolData] = {}
        self._published = 0
        self._sequence = 0
        self._to_send = asyncio.Event()
        self._summary_dirty = asyncio.Event()
        self._status_dirty = asyncio.Event()
        self._log = get_logger()

    async def run(self, ready: Callable[[], None]) -> None:
        """Publish history, then everything that happens."""
        await self._load_history(await self._parts.source.history())
        self._bus.on_link(self._on_link)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pump())
            group.create_task(self._send())
            group.create_task(self._write_summaries())
            group.create_task(self._write_status())
            group.create_task(self._save_progress())
            ready()

    async def _load_history(self, bars: Sequence[Bar]) -> None:
        """Put the bars before the start into the logs, unless this very run has done so before."""
        now = self._parts.wall.now()
        for symbol in self._parts.source.info.symbols:
            mine = [bar_payload(bar, self._stamp, now) for bar in bars if bar.symbol == symbol]
            last = await self._bus.entries(registry.BARS, symbol, last=1)
            ours = bool(last) and last[0].value.run_id == self._parts.run_id
            if ours:
                known = await self._bus.entries(registry.BARS, symbol, last=registry.BARS.cap)
                mine = [entry.value for entry in known]
            self._kept[symbol] = Minutes(mine, registry.BARS.cap)
            if not ours:
                await self._bus.replace(registry.BARS, self._kept[symbol].in_order(), symbol)
        self._log.info("streamer.history", bars=len(bars), symbols=len(self._kept))

    def _on_link(self, link: Link) -> None:
        if link.connected:
            self._to_send.set()
            self._summary_dirty.set()
            self._status_dirty.set()

    async def _pump(self) -> None:
        async for event in self._parts.source.events():
            self._take(event)

    def _take(self, event: SourceEvent) -> None:
        match event:
            case QuoteEvent(quote):
                self._sequence += 1
                now = self._parts.wall.now()
                payload = quote_payload(quote, self._stamp, now, self._sequence)
                self._quotes.append((quote.symbol, payload))
                self._summary[quote.symbol] = symbol_data(quote, self._stamp)
                self._to_send.set()
                self._summary_dirty.set()
            case BarEvent(bar):
                self._take_bar(bar)
            case ClockEvent(anchor, reason):
                self._clock.move(anchor)
                self._status_dirty.set()
                self._log.info("streamer.clock", reason=reason)
            case StateEvent(state, words):
                self._board.source_says(state, words)
                self._status_dirty.set()
                self._log.info("streamer.state", state=state.value, words=words)

    def _take_bar(self, bar: Bar) -> None:
        kept = self._kept[bar.symbol]
        payload = bar_payload(bar, self._stamp, self._parts.wall.now())
        if kept.append(payload):
            self._bars.append(payload)
        elif kept.put_in_place(payload):
            self._rewritten.add(bar.symbol)
        else:
            return  # a restarted streamer plays the overdue minute once more
        self._to_send.set()

    async def _send(self) -> None:
        while True:
            await self._to_send.wait()
            self._to_send.clear()
            # While Redis is away quotes are dropped (latest wins), bars wait their turn.
            with contextlib.suppress(DisconnectedError):
                await self._send_waiting()

    async def _send_waiting(self) -> None:
        quotes, self._quotes = self._quotes, deque(maxlen=QUOTES_WAITING_MAX)
        if quotes:
            await self._bus.publish_many(registry.QUOTES, quotes)
            self._published += len(quotes)
        while self._rewritten:
            symbol = self._rewritten.pop()
            try:
                await self._bus.replace(registry.BARS, self._kept[symbol].in_order(), symbol)
            except DisconnectedError:
                self._rewritten.add(symbol)
                raise
            self._bars = deque(bar for bar in self._bars if bar.symbol != symbol)
        while self._bars:
            await self._bus.append(registry.BARS, self._bars[0], self._bars[0].symbol)
            self._bars.popleft()

    async def _write_summaries(self) -> None:
        while True:
            await self._summary_dirty.wait()
            self._summary_dirty.clear()
            if self._summary:
                with contextlib.suppress(DisconnectedError):
                    await self._restore_logs()
                    await self._bus.write(registry.MARKET_DATA, self._market_data())
            await asyncio.sleep(SUMMARY_S)

    async def _restore_logs(self) -> None:
        """Fill the logs again when the server came back empty."""
        kept = {symbol: bars for symbol, bars in self._kept.items() if bars}
        first = next(iter(kept), None)
        # One log stands for all: a server is emptied whole or not at all.
        if first is None or await self._bus.length(registry.BARS, first):
            return
        for symbol, bars in kept.items():
            await self._bus.replace(registry.BARS, bars.in_order(), symbol)

    def _market_data(self) -> wire.MarketData:
        return wire.MarketData(
            ts=self._parts.wall.now(),
            source=self._stamp.source_name,
            feed=self._stamp.feed,
            run_id=self._stamp.run_id,
            feed_ts=self._clock.now(),
            quotes_published=self._published,
            symbols=dict(self._summary),
        )

    async def _write_status(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._until_next_status()):
                    await self._status_dirty.wait()
            self._status_dirty.clear()
            status = self._board.status(self._parts.wall.now(), self._clock)
            with contextlib.suppress(DisconnectedError):
                await self._bus.write(registry.MARKET_STATUS, status)

    def _until_next_status(self) -> float:
        change = self._board.next_change(self._clock.now())
        anchor = self._clock.anchor or Anchor(change, change, 1.0)
        left = (anchor.wall_time(change) - self._parts.wall.now()).total_seconds()
        return min(STATUS_S, max(0.01, left))

    async def _save_progress(self) -> None:
        save = self._parts.save_progress
        try:
            while not self._board.ended:
                await save(self._clock.now(), self._board.ended)
                await asyncio.sleep(PROGRESS_S)
        finally:
            await save(self._clock.now(), self._board.ended)
