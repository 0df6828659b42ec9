"""The worker's room for models: trainings, and the desk that takes requests and tells."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from qt_trade import wiring
from qt_trade.contract.bus import Bus
from qt_trade.intelligence.scoring.scoring import Score
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import Sessions
from qt_trade.model.predictions import HORIZONS_MIN
from qt_trade.model.symbols import Symbol
from qt_trade.model.trainings import TrainingOrder
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.worker.data.watched import watched_symbols
from qt_trade.roles.worker.models.desk import ModelDesk, ModelDeskParts
from qt_trade.roles.worker.models.retraining import DAILY, DAILY_WORDS, Known, is_ahead, is_worth_it
from qt_trade.roles.worker.models.trainer import Trainer, TrainerParts
from qt_trade.roles.worker.scoring.scoring import Scores
from qt_trade.settings import Settings

CallTrainer = Callable[[], Awaitable[None]]
"""Calls whichever worker is free to train what is due."""


SYMBOLS_LOOKED_AT = 3
"""Of these it is looked on which days there are bars: of hundreds that would take seconds."""


class TrainingRoom:
    """What a worker does for models."""

    def __init__(
        self,
        settings: Settings,
        bus: Bus,
        store: wiring.MarketStore,
        sessions: Sessions,
        feed_time: FeedTime,
        wall: Clock,
        scores: Callable[[datetime], Awaitable[Scores]],
    ) -> None:
        self._settings = settings
        self._bus = bus
        self._store = store
        self._feed_time = feed_time
        self._wall = wall
        self._sessions = sessions
        self._live = scores
        self.trainer = Trainer(
            TrainerParts(settings, bus, store, sessions, feed_time, wall, self._symbols)
        )
        self._desk: asyncio.Task[None] | None = None

    def begin(self, hand_on: CallTrainer) -> None:
        """Take requests, hand trainings on, tell of models."""
        parts = ModelDeskParts(
            self._settings, self._store, self._feed_time, self._wall, hand_on, self._scores
        )
        self._desk = asyncio.create_task(ModelDesk(parts).run())
        self._desk.add_done_callback(_complain)
        # What this worker's predecessor was at when it died.
        self.trainer.begin()

    async def retrain(self) -> None:
        """Order the day's training before the open, once, where there is something new to learn."""
        now = self._feed_time.clock.now()
        session = self._sessions.session_of(now)
        if session is None or not is_ahead(now, session):
            return
        order = TrainingOrder(f"{DAILY}-{session.day}", HORIZONS_MIN, DAILY_WORDS, DAILY)
        if await self._store.trainings.job(order.job_id) is not None:
            return
        if is_worth_it(session, await self._known(now)) and await self._store.trainings.add(
            order, self._wall.now()
        ):
            get_logger().info("training.ordered", job=order.job_id, trigger=order.trigger)
            self.trainer.begin()

    async def close(self) -> None:
        """Leave the desk and give up what is under way; the next worker begins it anew."""
        if self._desk is not None:
            self._desk.cancel()
            await asyncio.gather(self._desk, return_exceptions=True)
        await self.trainer.close()

    async def _known(self, now: datetime) -> Known:
        since = now - self._settings.intelligence.history
        records = await self._store.models.all()
        learnt_until = max((one.facts.data_to for one in records), default=None)
        some = (await self._symbols())[:SYMBOLS_LOOKED_AT]
        days = await self._store.days_stored(some, since, now)
        return Known(days=days, learnt_until=learnt_until)

    async def _scores(self) -> Mapping[str, Score]:
        found = await self._live(self._feed_time.clock.now())
        return {model_id: score for (model_id, _), score in found.items()}

    async def _symbols(self) -> Sequence[Symbol]:
        return await watched_symbols(self._bus, self._feed_time.status)


def _complain(desk: asyncio.Task[None]) -> None:
    """Say that nobody sits at the desk any more, which nobody waits for."""
    if not desk.cancelled() and (error := desk.exception()) is not None:
        get_logger().error("model_desk.died", exc_info=error)
