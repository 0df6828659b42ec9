"""``backend:data_status``: what is stored, its gaps, and how the backfills go."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import DisconnectedError
from qt_trade.contract.payloads import history as wire
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.market.gaps import Gap
from qt_trade.model.backfills import BackfillProgress, BackfillState, Stored
from qt_trade.model.symbols import Symbol
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.worker.payloads import SOURCE
from qt_trade.storage.backfills import BackfillStore
from qt_trade.storage.errors import StorageError

JOBS_TOLD = 20
RENEW_S = 300.0
PACE_S = 0.5
"""Written at most twice a second, however quickly a backfill goes."""
GAPS_EVERY = timedelta(minutes=10)
LOOKED_BACK = {
    wire.Interval.MIN_1: timedelta(days=7),
    wire.Interval.MIN_15: timedelta(days=58),
    wire.Interval.DAY_1: timedelta(days=730),
}
"""How far back a watched symbol should have no gaps, and is filled every night.

Quarters of an hour: a day less than Yahoo goes back, who counts from this very minute.
"""
NAMES = {name.seconds: name for name in wire.Interval}

FindGaps = Callable[[Symbol, int, datetime, datetime], Awaitable[list[Gap]]]
"""Finds the gaps of a symbol and an interval in a span."""


@dataclass(frozen=True, slots=True)
class BoardParts:
    """What the board is made with. ``watched``: returns the symbols whose gaps count."""

    bus: Bus
    store: BackfillStore
    feed_time: FeedTime
    wall: Clock
    gaps: FindGaps
    watched: Callable[[], Awaitable[Sequence[Symbol]]]


class DataBoard:
    """Writes the document when something changed, and now and then."""

    def __init__(self, parts: BoardParts) -> None:
        self._p = parts
        self._changed = asyncio.Event()
        self._changed.set()
        self._gaps: dict[wire.Interval, int] = {}
        self._gaps_at: datetime | None = None
        self._over: frozenset[str] = frozenset()

    def on_change(self) -> None:
        """Hear that a backfill went on."""
        self._changed.set()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RENEW_S):
                    await self._changed.wait()
            self._changed.clear()
            try:
                await self._write()
            except (DisconnectedError, StorageError) as away:
                get_logger().warning("data_board.waits", words=str(away))
            await asyncio.sleep(PACE_S)

    async def _write(self) -> None:
        status = self._p.feed_time.status
        if status is None:
            return
        jobs = await self._p.store.jobs(JOBS_TOLD)
        stored = await self._p.store.stored()
        await self._look_for_gaps(jobs)
        document = wire.DataStatus(
            ts=self._p.wall.now(),
            source=SOURCE,
            feed=status.feed,
            run_id=status.run_id,
            holdings={
                name: self._holding(name, stored.get(name.seconds)) for name in wire.Interval
            },
            jobs=tuple(_job(one) for one in jobs),
        )
        await self._p.bus.write(registry.DATA_STATUS, document)

    async def _look_for_gaps(self, jobs: Sequence[BackfillProgress]) -> None:
        """Count gaps anew every ten minutes, and when a backfill has ended."""
        now = self._p.wall.now()
        over = frozenset(one.order.job_id for one in jobs if one.state is BackfillState.DONE)
        fresh = self._gaps_at is not None and now - self._gaps_at < GAPS_EVERY
        if fresh and over == self._over:
            return
        self._gaps_at, self._over = now, over
        feed_now = self._p.feed_time.clock.now()
        symbols = await self._p.watched()
        for name, back in LOOKED_BACK.items():
            found = [
                await self._p.gaps(symbol, name.seconds, feed_now - back, feed_now)
                for symbol in symbols
            ]
            self._gaps[name] = sum(map(len, found))

    def _holding(self, name: wire.Interval, stored: Stored | None) -> wire.Holding:
        return wire.Holding(
            symbols=0 if stored is None else stored.symbols,
            bars=0 if stored is None else stored.bars,
            first=None if stored is None else stored.first,
            last=None if stored is None else stored.last,
            gaps=self._gaps.get(name, 0),
        )


def _job(one: BackfillProgress) -> wire.BackfillJob:
    return wire.BackfillJob(
        job_id=one.order.job_id,
        asked_by=one.order.asked_by,
        symbols=len(one.order.symbols),
        interval=NAMES[one.order.interval_s],
        since=one.order.since,
        until=one.order.until,
        state=one.state,
        words=one.words[:2000],
        done=one.done,
        total=one.total,
        bars=one.bars,
        begun=one.begun,
        ended=one.ended,
    )
