"""The jobs themselves: store market data, predict, call for a trading cycle."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import DisconnectedError, NoReplyError
from qt_trade.contract.payloads.commands import TradingCycleRequest
from qt_trade.contract.payloads.market import MarketStatus
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import Sessions
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.kept_documents import KeptDocuments
from qt_trade.roles.rhythm import current_boundary
from qt_trade.roles.work import Work
from qt_trade.roles.worker.ai.room import AiRoom
from qt_trade.roles.worker.data.histories import Histories
from qt_trade.roles.worker.data.polling import Polling
from qt_trade.roles.worker.data.published_bars import PublishedBars
from qt_trade.roles.worker.data.room import DataRoom
from qt_trade.roles.worker.data.yahoo_services import YahooServices
from qt_trade.roles.worker.models.training_room import TrainingRoom
from qt_trade.roles.worker.payloads import SOURCE
from qt_trade.roles.worker.predicting.predictions import PredictionParts, Predictions
from qt_trade.roles.worker.rhythms import Task, rhythms
from qt_trade.roles.worker.scoring.scoring import Scoring
from qt_trade.settings import Settings
from qt_trade.storage.errors import UnreachableError
from qt_trade.trading.ids import cycle_command_id

CYCLE_REPLY_S = 10.0
PATIENCE_MIN_S = 2.0
PATIENCE_MAX_S = 60.0
"""How long (wall) a job tries again while Redis, PostgreSQL or the engine are away: for its own
period within these bounds; then it is the next one's turn."""
RETRY_S = 0.1


@dataclass(frozen=True, slots=True)
class Rooms:
    """What goes on beside the jobs, and is begun by them; None: there is nothing to do there."""

    polling: Polling | None = None
    yahoo: YahooServices | None = None
    histories: Histories | None = None
    data: DataRoom | None = None
    scoring: Scoring | None = None
    ai: AiRoom | None = None
    training: TrainingRoom | None = None


NO_ROOMS = Rooms()


class Jobs:
    """Each job may run twice for the same moment without harm."""

    def __init__(
        self,
        bus: Bus,
        store: wiring.MarketStore,
        feed_time: FeedTime,
        wall: Clock,
        settings: Settings,
        sessions: Sessions,
        done: Work,
        rooms: Rooms = NO_ROOMS,
    ) -> None:
        self._bus = bus
        self._store = store
        self._feed_time = feed_time
        self._wall = wall
        self._settings = settings
        self._done = done
        self._polling = rooms.polling
        self._yahoo = rooms.yahoo
        self._histories = rooms.histories
        self._room = rooms.data
        self._ai = rooms.ai
        self._scoring = rooms.scoring
        self._training = rooms.training
        self._documents = KeptDocuments(bus)
        self._bars = PublishedBars(bus, store, settings.run.id)
        self._predictions = Predictions(
            PredictionParts(
                bus, store, self._bars, self._documents, feed_time, wall, settings, sessions, done
            )
        )
        self._work: dict[Task, Callable[[], Awaitable[None]]] = {
            Task.MARKET_DATA: self.market_data,
            Task.PREDICTIONS: self.predictions,
            Task.TRADING_CYCLE: self.trading_cycle,
            Task.HISTORIES: self.histories,
            Task.TIDYING: self.tidying,
            Task.RETRAINING: self.retraining,
            Task.YFINANCE: self.yfinance,
            Task.YFINANCE_ENHANCED: self.yfinance_enhanced,
            Task.AI_CANDIDATES: self.ai_candidates,
        }
        self._running: set[asyncio.Task[object]] = set()
        self._log = get_logger()

    async def run(self, task: Task) -> None:
        """Do a job; what is away for a moment is waited for."""
        me = asyncio.current_task()
        if me is not None:
            self._running.add(me)
            me.add_done_callback(self._running.discard)
        try:
            async with asyncio.timeout(self._patience_s(task)):
                await self._until_done(task)
        except TimeoutError:
            # Why was told when it began.
            self._log.error("job.missed", job=task.value)

    async def canary(self, number: int) -> None:
        """Prove that jobs are taken and carried out."""
        self._done.proved(f"canary job {number}")

    def stop(self) -> None:
        """Give up what runs: all of it may be done again by the next worker."""
        for task in tuple(self._running):
            task.cancel()

    async def close(self) -> None:
        """Let go of Redis and the database."""
        if self._ai is not None:
            await self._ai.close()
        if self._scoring is not None:
            await self._scoring.close()
        if self._training is not None:
            await self._training.close()
        if self._room is not None:
            await self._room.close()
        if self._histories is not None:
            await self._histories.close()
        if self._yahoo is not None:
            await self._yahoo.close()
        if self._polling is not None:
            # Last: it closes the providers.
            await self._polling.close()
        await self._documents.close()
        await self._bus.close()
        await self._store.close()

    async def _until_done(self, task: Task) -> None:
        told = False
        while True:
            try:
                await self._work[task]()
            except (DisconnectedError, UnreachableError, NoReplyError) as away:
                if not told:
                    self._log.warning("job.waits", job=task.value, words=str(away))
                told = True
            else:
                return
            await asyncio.sleep(RETRY_S)

    def _patience_s(self, task: Task) -> float:
        every_s = rhythms(self._settings)[task].total_seconds() / self._feed_time.clock.speed
        return min(PATIENCE_MAX_S, max(PATIENCE_MIN_S, every_s))

    async def market_data(self) -> None:
        """Store every bar published since the last time, corrected ones included.

        In real time the providers are asked for quotes meanwhile, and after. With the new bars in
        hand claims are scored, beside what follows.
        """
        if self._polling is not None:
            self._polling.begin()
        status = self._status()
        bars = [bar for symbol in status.symbols for bar in await self._bars.read(symbol)]
        changed, of = await self._bars.store(bars)
        if self._scoring is not None:
            self._scoring.begin()
        self._done.done(f"market data: {changed} of {of} bars were new")
        self._log.info("job.market_data", bars=of, changed=changed)

    async def predictions(self) -> None:
        """Say what is expected of every symbol."""
        await self._predictions.make(self._status())

    async def trading_cycle(self) -> None:
        """Ask the engine to run the cycle of this slot."""
        status = self._status()
        slot = current_boundary(self._feed_time.clock.now(), self._settings.rhythms.trading_cycle)
        request = TradingCycleRequest(
            ts=self._wall.now(),
            source=SOURCE,
            feed=status.feed,
            command_id=cycle_command_id(status.account, slot),
            slot=slot,
        )
        reply = await self._bus.send(registry.TRADING_CYCLE, request, timeout_s=CYCLE_REPLY_S)
        self._done.done(f"trading cycle called: {reply.reason}")
        self._log.info("job.trading_cycle", slot=slot.isoformat(), reply=reply.reason)

    async def histories(self) -> None:
        """Write the stored past of what is watched where it has changed."""
        if self._histories is not None:
            written = await self._histories.publish()
            self._done.done(f"histories: {written} written")

    async def tidying(self) -> None:
        """Fill at night what is missing of the past, and let go of what is too old."""
        if self._room is not None:
            await self._room.tidy()
        if self._ai is not None:
            await self._ai.tidy()

    async def backfill(self, job_id: str) -> None:
        """Begin to go on with a backfill."""
        if self._room is not None:
            self._room.backfills.begin(job_id)

    async def retraining(self) -> None:
        """Order the day's training where it is due."""
        if self._training is not None:
            await self._training.retrain()

    async def train(self) -> None:
        """Begin to train what was ordered."""
        if self._training is not None:
            self._training.trainer.begin()

    async def yfinance(self) -> None:
        """Begin to ask Yahoo for the prices of what is watched."""
        if self._yahoo is not None:
            self._yahoo.quotes()

    async def ai_candidates(self) -> None:
        """Begin to ask an AI for its opinion."""
        if self._ai is not None:
            self._ai.begin()

    async def yfinance_enhanced(self) -> None:
        """Begin to ask Yahoo for the years, companies and news that are due."""
        if self._yahoo is not None:
            self._yahoo.studies()

    def _status(self) -> MarketStatus:
        status = self._feed_time.status
        if status is None:
            raise LookupError("the streamer has not announced its feed yet")
        return status
