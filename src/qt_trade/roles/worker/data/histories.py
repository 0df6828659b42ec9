"""``backend:history:{SYMBOL}``: the stored past of each watched symbol, for charts.

Quarters of an hour and days as they were stored, and made of minutes where they were not. What is
stored beyond feed time (an earlier lap of a replay) is still to come and is not looked at.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.errors import DisconnectedError
from qt_trade.contract.payloads.history import (
    BackfillState,
    BarColumns,
    DataStatus,
    History,
    Interval,
)
from qt_trade.contract.payloads.market import MarketStatus
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.market.adjustment import adjusted, in_words
from qt_trade.market.aggregation import DAY_S, aggregate, start_of
from qt_trade.market.calendar import NEW_YORK, Sessions
from qt_trade.market.errors import OutsideCalendarError
from qt_trade.model.bars import Bar
from qt_trade.model.instruments import CorporateAction
from qt_trade.model.symbols import Symbol
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.kept_documents import KeptDocuments
from qt_trade.roles.worker.data.watched import watched_symbols
from qt_trade.roles.worker.payloads import SOURCE
from qt_trade.storage.errors import UnreachableError

MINUTE_S, QUARTER_S = 60, 900
QUARTERS_MAX, DAYS_MAX = 1_500, 1_000
"""Three months and four years of trading."""
QUARTERS_A_DAY = 26
WHOLE_SHARE = 0.9
"""A day of which more is missing is no bar of a day."""
MENDED = timedelta(days=1)
"""Minutes may be corrected for so long; older ones are read once."""


class HistoryStore(Protocol):
    """Where bars of this run's feed are kept."""

    async def load_bars(
        self,
        symbol: Symbol,
        interval_s: int,
        *,
        until: datetime,
        since: datetime | None = None,
        limit: int | None = None,
    ) -> list[Bar]:
        """Return the raw bars that had closed by ``until``, oldest first."""
        ...

    async def load_actions(self, symbol: Symbol) -> list[CorporateAction]:
        """Return a symbol's splits and dividends, oldest first."""
        ...


@dataclass(slots=True)
class _Known:
    """Quarters made of a symbol's minutes, by start, and up to where minutes were read."""

    quarters: dict[datetime, Bar] = field(default_factory=dict)
    read_to: datetime | None = None
    written: object = None


class Histories:
    """Writes each watched symbol's history when it has changed."""

    def __init__(
        self, bus: Bus, store: HistoryStore, sessions: Sessions, feed_time: FeedTime, wall: Clock
    ) -> None:
        self._bus = bus
        self._store = store
        self._sessions = sessions
        self._feed_time = feed_time
        self._wall = wall
        self._documents = KeptDocuments(bus)
        self._known: dict[Symbol, _Known] = {}
        self._done: frozenset[str] | None = None
        self._lock = asyncio.Lock()
        self._again: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Hear of backfills that have ended: what they stored is shown at once."""
        await self._bus.watch(registry.DATA_STATUS, self._on_data)

    async def publish(self) -> int:
        """Write what has changed; return how many documents were written.

        Raises DisconnectedError and UnreachableError.
        """
        status = self._feed_time.status
        if status is None:
            return 0
        async with self._lock:
            symbols = await watched_symbols(self._bus, status)
            written = [await self._publish(symbol, status) for symbol in symbols]
        return sum(written)

    async def close(self) -> None:
        """Write nothing more."""
        if self._again is not None:
            self._again.cancel()
            await asyncio.gather(self._again, return_exceptions=True)
        await self._documents.close()

    def _on_data(self, change: Change[DataStatus]) -> None:
        jobs = () if change.value is None else change.value.jobs
        done = frozenset(one.job_id for one in jobs if one.state is BackfillState.DONE)
        news, self._done = self._done is not None and not done <= self._done, done
        if news and (self._again is None or self._again.done()):
            self._known.clear()
            self._again = asyncio.ensure_future(self._publish_again())

    async def _publish_again(self) -> None:
        try:
            await self.publish()
        except (DisconnectedError, UnreachableError) as away:
            # The next quarter of an hour writes it.
            get_logger().warning("histories.wait", words=str(away))

    async def _publish(self, symbol: Symbol, status: MarketStatus) -> bool:
        now = self._feed_time.clock.now()
        known = self._known.setdefault(symbol, _Known())
        quarters = await self._quarters(symbol, known, now)
        days = await self._days(symbol, quarters, now)
        actions = await self._store.load_actions(symbol)
        today = now.astimezone(NEW_YORK).date()
        bars = {
            Interval.MIN_15: _columns(adjusted(quarters, actions, as_of=today)),
            Interval.DAY_1: _columns(adjusted(days, actions, as_of=today)),
        }
        words = in_words(actions, as_of=today)
        if not quarters and not days:
            words = "nothing is stored of it yet"
        if known.written == (bars, words):
            return False
        document = History(
            ts=self._wall.now(),
            source=SOURCE,
            feed=status.feed,
            run_id=status.run_id,
            symbol=symbol,
            feed_ts=now,
            bars=bars,
            words=words,
        )
        await self._documents.write(registry.HISTORY, document, symbol)
        known.written = (bars, words)
        return True

    async def _quarters(self, symbol: Symbol, known: _Known, now: datetime) -> list[Bar]:
        """Return the closed quarters of an hour: the stored ones, else those made of minutes."""
        since = None if known.read_to is None else known.read_to - MENDED
        minutes = await self._store.load_bars(
            symbol, MINUTE_S, until=now, since=since, limit=QUARTERS_MAX * QUARTER_S // MINUTE_S
        )
        known.quarters |= {bar.at: bar for bar in aggregate(minutes, QUARTER_S)}
        known.read_to = start_of(now, QUARTER_S)
        stored = await self._store.load_bars(symbol, QUARTER_S, until=now, limit=QUARTERS_MAX)
        both = known.quarters | {bar.at: bar for bar in stored}
        over = now - timedelta(seconds=QUARTER_S)
        return [both[at] for at in sorted(both) if at <= over][-QUARTERS_MAX:]

    async def _days(self, symbol: Symbol, quarters: Sequence[Bar], now: datetime) -> list[Bar]:
        """Return the days before today: the stored ones, else those whose quarters are there."""
        today = start_of(now, DAY_S)
        stored = await self._store.load_bars(symbol, DAY_S, until=now, limit=DAYS_MAX)
        counts: dict[datetime, int] = {}
        for bar in quarters:
            day = start_of(bar.at, DAY_S)
            counts[day] = counts.get(day, 0) + 1
        made = (
            bar
            for bar in aggregate(quarters, DAY_S)
            if counts[bar.at] >= WHOLE_SHARE * self._quarters_of(bar.at)
        )
        both = {bar.at: bar for bar in made} | {bar.at: bar for bar in stored}
        return [both[at] for at in sorted(both) if at < today][-DAYS_MAX:]

    def _quarters_of(self, day: datetime) -> int:
        try:
            session = self._sessions.session_of(day)
        except OutsideCalendarError:
            session = None
        return QUARTERS_A_DAY if session is None else session.minutes * MINUTE_S // QUARTER_S


def _columns(bars: Iterable[Bar]) -> BarColumns:
    bars = tuple(bars)
    return BarColumns(
        at=tuple(int(bar.at.timestamp()) for bar in bars),
        open=tuple(bar.open for bar in bars),
        high=tuple(bar.high for bar in bars),
        low=tuple(bar.low for bar in bars),
        close=tuple(bar.close for bar in bars),
        volume=tuple(bar.volume for bar in bars),
    )
