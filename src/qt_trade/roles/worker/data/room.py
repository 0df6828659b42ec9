"""The worker's room for the past: backfills, the desk that takes requests, the board that tells."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from qt_trade import wiring
from qt_trade.contract.bus import Bus
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import NEW_YORK, Sessions
from qt_trade.market.provider import Provider
from qt_trade.model.backfills import BackfillOrder
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.worker.data.backfill_desk import BackfillDesk, DeskParts
from qt_trade.roles.worker.data.backfills import BackfillParts, Backfills
from qt_trade.roles.worker.data.board import LOOKED_BACK, BoardParts, DataBoard
from qt_trade.roles.worker.data.watched import watched_symbols
from qt_trade.settings import Settings

HandOn = Callable[[str], Awaitable[None]]
NIGHTLY = "nightly"


class DataRoom:
    """What a worker does for the stored past."""

    def __init__(
        self,
        settings: Settings,
        bus: Bus,
        store: wiring.MarketStore,
        providers: Mapping[str, Provider],
        feed_time: FeedTime,
        wall: Clock,
    ) -> None:
        self._settings = settings
        self._bus = bus
        self._store = store
        self._feed_time = feed_time
        self._wall = wall
        self.backfills = Backfills(
            BackfillParts(store, providers, self._sessions, wall, self._on_change)
        )
        self._board = DataBoard(
            BoardParts(bus, store.backfills, feed_time, wall, self.backfills.gaps, self._watched)
        )
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, hand_on: HandOn) -> None:
        """Take requests, and tell how it goes. ``hand_on``: gives a job to any worker."""
        parts = DeskParts(
            self._settings, self._store.backfills, self._wall, hand_on, self._watched,
            self._on_change,
        )  # fmt: skip
        works = (self._board.run(), BackfillDesk(parts).run())
        self._tasks = [asyncio.create_task(work) for work in works]

    async def tidy(self) -> None:
        """Do the night's work: fill what is missing of what is watched, let go of what is too old.

        While the market is open nothing is done; of each night's orders each is given once.
        """
        status = self._feed_time.status
        if status is None or status.market_open:
            return
        await self._let_go()
        if status.feed is FeedKind.REAL_TIME:
            for order in await self._nightly():
                await self._store.backfills.add(order, self._wall.now())
                self.backfills.begin(order.job_id)

    async def close(self) -> None:
        """Leave the desk and give up what is under way; the next worker goes on with it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.backfills.close()

    async def _nightly(self) -> list[BackfillOrder]:
        symbols = tuple(await self._watched())
        today = self._wall.now().astimezone(NEW_YORK).date()
        return [
            BackfillOrder(
                job_id=f"{NIGHTLY}-{today}-{name}",
                asked_by=NIGHTLY,
                symbols=symbols,
                interval_s=name.seconds,
                since=today - back,
                until=today,
            )
            for name, back in LOOKED_BACK.items()
            if symbols
        ]

    async def _let_go(self) -> None:
        now = self._feed_time.clock.now()
        for length, kept in self._settings.retention.by_interval().items():
            gone = await self._store.drop_bars(length, now - kept)
            if gone:
                get_logger().info("bars.let_go", interval_s=length, bars=gone)

    def _on_change(self) -> None:
        self._board.on_change()

    async def _watched(self) -> Sequence[Symbol]:
        return await watched_symbols(self._bus, self._feed_time.status)

    async def _sessions(self, since: datetime, until: datetime) -> Sessions:
        return await asyncio.to_thread(
            wiring.sessions_between, self._settings, since, until + timedelta(days=1)
        )
