"""The streamer's work: what the source tells is published, at once and in order."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import DisconnectedError, InvalidMessageError
from qt_trade.contract.payloads import market as wire
from qt_trade.kit.clock import Anchor, Clock, FeedClock
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import Sessions
from qt_trade.market.evidence import Consensus
from qt_trade.market.ports import (
    BarEvent,
    ClockEvent,
    LinesEvent,
    QuoteEvent,
    QuoteSource,
    StateEvent,
    SymbolsEvent,
)
from qt_trade.model.bars import Bar
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol
from qt_trade.roles.patience import until_answered
from qt_trade.roles.streamer.bar_logs import BarLogs
from qt_trade.roles.streamer.canary import CanaryCage
from qt_trade.roles.streamer.payloads import Stamp, bar_payload, quote_payload, symbol_data
from qt_trade.roles.streamer.sources import Evidence, OneSource
from qt_trade.roles.streamer.status import StatusBoard
from qt_trade.roles.streamer.watch_list import Lookups, WatchListDesk, WatchListParts
from qt_trade.roles.work import Work

SUMMARY_S = 0.5
"""``market_data`` is written at most this often (wall seconds)."""
SUMMARY_OLD_S = 4.0
"""... and at least this often, so that a quiet market is not taken for a dead streamer."""
EVIDENCE_SYMBOL_S = 0.005
"""... and the sources' prices as often as that, per symbol, where there are many."""
STATUS_S = 5.0
PROGRESS_S = 1.0
QUOTES_WAITING_MAX = 1_000
"""Quotes kept while Redis does not answer; of more only the newest matter."""

_AtOnce = QuoteEvent | BarEvent | ClockEvent | StateEvent | LinesEvent

SaveProgress = Callable[[datetime, bool], Awaitable[bool]]
"""Keeps how far feed time came, and whether the recording ended; False when it could not."""


@dataclass(frozen=True, slots=True)
class RealTime:
    """What a run in real time has besides: evidence, and a watch list that may change."""

    evidence: Evidence
    lookups: Lookups
    follow: Callable[[Sequence[Symbol]], None]


@dataclass(frozen=True, slots=True)
class StreamerParts:
    """What the streamer is built from.

    ``canaries_since``: when the run began. ``save_progress`` None: there is nothing to go on from.
    ``real`` None: the source has only itself.
    """

    bus: Bus
    source: QuoteSource
    sessions: Sessions
    wall: Clock
    run_id: str
    account: str
    canaries_since: datetime
    work: Work
    save_progress: SaveProgress | None
    real: RealTime | None = None


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
        self._bars = BarLogs(parts.bus, parts.run_id)
        self._summary: dict[str, wire.SymbolData] = {}
        one_source = OneSource(info, self._summary)
        self._evidence = one_source if parts.real is None else parts.real.evidence
        self._watch_list = WatchListDesk(_watch_list_parts(parts, self._stamp))
        self._published = 0
        self._sequence = 0
        self._clock_set = asyncio.Event()
        self._to_send = asyncio.Event()
        self._summary_dirty = asyncio.Event()
        self._status_dirty = asyncio.Event()
        self._evidence_dirty = asyncio.Event()
        self._stats_dirty = asyncio.Event()
        self._canaries = CanaryCage(
            self._stamp, parts.wall, parts.canaries_since, self._to_send.set
        )
        self._log = get_logger()

    async def run(self, ready: Callable[[], None]) -> None:
        """Publish history, then everything that happens."""
        await self._count_on()
        await self._load_history(await self._parts.source.history())
        self._bus.on_doubt(self._on_doubt)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pump())
            group.create_task(self._send())
            group.create_task(self._canaries.run())
            group.create_task(self._write_summaries())
            group.create_task(self._write_status())
            group.create_task(self._watch_list.run())
            group.create_task(self._write_evidence())
            group.create_task(self._write_stats())
            group.create_task(self._save_progress())
            ready()

    async def _count_on(self) -> None:
        """Go on with the count of a streamer that this run had before."""
        try:
            before = await until_answered(lambda: self._bus.read(registry.MARKET_DATA))
        except InvalidMessageError:
            return
        if before is not None and before.value.run_id == self._parts.run_id:
            self._published = self._sequence = before.value.quotes_published

    async def _load_history(self, bars: Sequence[Bar]) -> None:
        now = self._parts.wall.now()
        symbols = self._parts.source.info.symbols
        for symbol in symbols:
            mine = [bar_payload(bar, self._stamp, now) for bar in bars if bar.symbol == symbol]
            await self._bars.begin(symbol, mine)
        self._log.info("streamer.history", bars=len(bars), symbols=len(symbols))

    def _on_doubt(self) -> None:
        self._bars.doubt()
        self._to_send.set()
        self._summary_dirty.set()
        self._status_dirty.set()

    async def _pump(self) -> None:
        async for event in self._parts.source.events():
            if isinstance(event, SymbolsEvent):
                await self._follow(event.symbols)
            else:
                self._take(event)

    async def _follow(self, symbols: Sequence[Symbol]) -> None:
        """Publish other symbols from now on."""
        for symbol in symbols:
            if not self._bars.keeps(symbol):
                await self._bars.begin(symbol, ())
        for gone in self._summary.keys() - set(symbols):
            del self._summary[gone]
        self._evidence.follow(symbols)
        self._board.follow(tuple(symbols))
        for dirty in (self._summary_dirty, self._status_dirty, self._evidence_dirty):
            dirty.set()
        self._stats_dirty.set()
        self._log.info("streamer.symbols", symbols=len(symbols))

    def _take(self, event: _AtOnce) -> None:
        match event:
            case QuoteEvent(quote, evidence):
                self._take_quote(quote, evidence)
            case BarEvent(bar):
                if self._bars.add(bar_payload(bar, self._stamp, self._parts.wall.now())):
                    self._to_send.set()
            case ClockEvent(anchor, reason):
                self._clock.move(anchor)
                self._board.clock_moved(self._clock.now())
                self._clock_set.set()
                self._status_dirty.set()
                self._stats_dirty.set()
                self._log.info("streamer.clock", reason=reason)
            case LinesEvent(lines):
                self._evidence.lines(lines)
                pushed = (line.streamed for line in lines.values() if line.connected)
                self._watch_list.streaming(frozenset().union(*pushed))
                self._stats_dirty.set()
            case StateEvent(state, words):
                self._board.source_says(state, words, self._parts.wall.now())
                self._status_dirty.set()
                self._stats_dirty.set()
                self._log.info("streamer.state", state=state.value, words=words)

    def _take_quote(self, quote: Quote, evidence: Consensus | None) -> None:
        self._sequence += 1
        payload = quote_payload(quote, self._stamp, self._parts.wall.now(), self._sequence)
        self._quotes.append((quote.symbol, payload))
        before = self._summary.get(quote.symbol)
        source = self._stamp.source_name if evidence is None else evidence.primary
        self._summary[quote.symbol] = symbol_data(quote, source)
        self._evidence.take(quote.symbol, evidence)
        # A price that only grew old is told, too, and no sign of life.
        news = before is None or (before.timestamp, before.price) != (quote.at, quote.price)
        if news and self._board.quoted(self._clock.now()):
            self._status_dirty.set()
        self._to_send.set()
        self._summary_dirty.set()
        self._evidence_dirty.set()

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
            self._parts.work.done(f"quote {quotes[-1][0]}", len(quotes))
        canary = self._canaries.take()
        if canary is not None:
            await self._bus.publish(registry.CANARY_PROBE, canary, self._stamp.run_id)
        await self._bars.write()

    async def _write_summaries(self) -> None:
        while True:
            await _set_within(self._summary_dirty, SUMMARY_OLD_S)
            if self._summary:
                with contextlib.suppress(DisconnectedError):
                    await self._bus.write(registry.MARKET_DATA, self._market_data())
            await asyncio.sleep(SUMMARY_S)

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
        # Nobody may hear of a clock that is not the feed's.
        await self._clock_set.wait()
        while True:
            await _set_within(self._status_dirty, self._until_next_status())
            status = self._board.status(self._parts.wall.now(), self._clock)
            with contextlib.suppress(DisconnectedError):
                await self._bus.write(registry.MARKET_STATUS, status)

    async def _write_evidence(self) -> None:
        """Write who said what, when it changed, and so that a quiet source is seen to be quiet."""
        await self._clock_set.wait()
        while True:
            await _set_within(self._evidence_dirty, SUMMARY_OLD_S)
            symbols = self._evidence.symbols(self._stamp, self._parts.wall.now(), self._clock.now())
            with contextlib.suppress(DisconnectedError):
                await self._bus.write(registry.MULTI_API_DATA, symbols)
            # Hundreds of symbols with all their sources are a large document.
            await asyncio.sleep(max(SUMMARY_S, len(symbols.symbols) * EVIDENCE_SYMBOL_S))

    async def _write_stats(self) -> None:
        await self._clock_set.wait()
        while True:
            await _set_within(self._stats_dirty, STATUS_S)
            now, feed_now = self._parts.wall.now(), self._clock.now()
            stats = await self._evidence.stats(self._stamp, now, feed_now)
            with contextlib.suppress(DisconnectedError):
                await self._bus.write(registry.MULTI_API_STATS, stats)
            await asyncio.sleep(SUMMARY_S)

    def _until_next_status(self) -> float:
        change = self._board.next_change(self._clock)
        anchor = self._clock.anchor or Anchor(change, change, 1.0)
        left = (anchor.wall_time(change) - self._parts.wall.now()).total_seconds()
        return min(STATUS_S, max(0.01, left))

    async def _save_progress(self) -> None:
        save = self._parts.save_progress
        if save is None:
            return
        await self._clock_set.wait()
        try:
            while True:
                ended = self._board.ended
                if await save(self._clock.now(), ended) and ended:
                    return
                await asyncio.sleep(PROGRESS_S)
        except asyncio.CancelledError:
            await save(self._clock.now(), self._board.ended)
            raise


async def _set_within(event: asyncio.Event, seconds: float) -> None:
    """Return when an event is set, or so many seconds later; it is clear then."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    event.clear()


def _watch_list_parts(parts: StreamerParts, stamp: Stamp) -> WatchListParts:
    info, real = parts.source.info, parts.real
    return WatchListParts(
        bus=parts.bus,
        wall=parts.wall,
        stamp=stamp,
        account=parts.account,
        feed_symbols=info.symbols,
        source_words=f"the {info.kind.value.lower()}",
        lookups=None if real is None else real.lookups,
        follow=_follow_nothing if real is None else real.follow,
    )


def _follow_nothing(symbols: Sequence[Symbol]) -> None:
    """Follow what the source has: it can follow no others."""
