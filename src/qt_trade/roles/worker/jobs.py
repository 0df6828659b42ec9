"""The jobs themselves: store market data, predict, call for a trading cycle."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import DisconnectedError, InvalidMessageError, NoReplyError
from qt_trade.contract.payloads.commands import TradingCycleRequest
from qt_trade.contract.payloads.market import Bar as BarPayload
from qt_trade.contract.payloads.market import MarketStatus
from qt_trade.contract.payloads.predictions import PredictionsCurrent
from qt_trade.contract.payloads.trading import TradingSettings
from qt_trade.intelligence.baseline import MODEL, NO_SKILL, predict
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.model.bars import Bar
from qt_trade.model.predictions import Prediction
from qt_trade.model.symbols import Symbol
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.kept_documents import KeptDocuments
from qt_trade.roles.rhythm import current_boundary
from qt_trade.roles.work import Work
from qt_trade.roles.worker.data_room import DataRoom
from qt_trade.roles.worker.histories import Histories
from qt_trade.roles.worker.payloads import SOURCE, predicted, unpredicted
from qt_trade.roles.worker.polling import Polling
from qt_trade.roles.worker.rhythms import Task, rhythms
from qt_trade.roles.worker.scoring import Scoring
from qt_trade.roles.worker.signals import Moment, enhanced, no_candidates, no_trainer, signals
from qt_trade.roles.worker.yahoo_services import YahooServices
from qt_trade.settings import Settings
from qt_trade.storage.errors import UnreachableError
from qt_trade.trading.ids import cycle_command_id

CYCLE_REPLY_S = 10.0
PATIENCE_MIN_S = 2.0
PATIENCE_MAX_S = 60.0
"""How long (wall) a job tries again while Redis, PostgreSQL or the engine are away: for its own
period within these bounds; then it is the next one's turn."""
RETRY_S = 0.1


class MarketStore(Protocol):
    """Where bars and predictions of this run's feed are kept."""

    async def save_bars(self, bars: list[Bar]) -> int:
        """Store bars, idempotently, and return how many were new or better."""
        ...

    async def save_predictions(self, predictions: list[Prediction]) -> None:
        """Store predictions, idempotently."""
        ...

    async def close(self) -> None:
        """Let go of the database."""
        ...


@dataclass(frozen=True, slots=True)
class Rooms:
    """What goes on beside the jobs, and is begun by them; None: there is nothing to do there."""

    polling: Polling | None = None
    yahoo: YahooServices | None = None
    histories: Histories | None = None
    data: DataRoom | None = None
    scoring: Scoring | None = None


NO_ROOMS = Rooms()


class Jobs:
    """Each job may run twice for the same moment without harm."""

    def __init__(
        self,
        bus: Bus,
        store: MarketStore,
        feed_time: FeedTime,
        wall: Clock,
        settings: Settings,
        done: Work,
        rooms: Rooms = NO_ROOMS,
    ) -> None:
        self._bus = bus
        self._store = store
        self._feed_time = feed_time
        self._wall = wall
        self._settings = settings
        self._done = done
        self._trust = wiring.trust(settings)
        self._polling = rooms.polling
        self._yahoo = rooms.yahoo
        self._histories = rooms.histories
        self._room = rooms.data
        self._scoring = rooms.scoring
        self._documents = KeptDocuments(bus)
        self._work: dict[Task, Callable[[], Awaitable[None]]] = {
            Task.MARKET_DATA: self.market_data,
            Task.PREDICTIONS: self.predictions,
            Task.TRADING_CYCLE: self.trading_cycle,
            Task.HISTORIES: self.histories,
            Task.TIDYING: self.tidying,
            Task.YFINANCE: self.yfinance,
            Task.YFINANCE_ENHANCED: self.yfinance_enhanced,
        }
        self._stored_to: dict[str, datetime] = {}
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
        if self._scoring is not None:
            await self._scoring.close()
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
        bars: list[BarPayload] = []
        for symbol in status.symbols:
            last = self._stored_to.get(symbol)
            there = await self._bars(symbol, status)
            bars += [bar for bar in there if last is None or bar.ts > last]
        changed = await self._store.save_bars([_bar(payload) for payload in bars])
        for bar in bars:
            self._stored_to[bar.symbol] = max(bar.ts, self._stored_to.get(bar.symbol, bar.ts))
        if self._scoring is not None:
            self._scoring.begin()
        self._done.done(f"market data: {changed} of {len(bars)} bars were new")
        self._log.info("job.market_data", bars=len(bars), changed=changed)

    async def predictions(self) -> None:
        """Predict every symbol from its closed bars, store it and publish it."""
        status = self._status()
        now = self._feed_time.clock.now()
        made: list[Prediction] = []
        symbols = {}
        for symbol in status.symbols:
            bars = [_bar(payload) for payload in await self._bars(symbol, status)]
            outcome = predict(bars, now, status.next_close if status.market_open else None)
            if outcome.prediction is None:
                symbols[symbol] = unpredicted(outcome.words, bars[-1] if bars else None, now)
            else:
                made.append(outcome.prediction)
                words = "; ".join(filter(None, (outcome.words, NO_SKILL)))
                symbols[symbol] = predicted(outcome.prediction, words)
        await self._store.save_predictions(made)
        count = sum(len(prediction.horizons) for prediction in made)
        document = PredictionsCurrent(
            ts=self._wall.now(),
            source=SOURCE,
            feed=status.feed,
            run_id=status.run_id,
            feed_ts=now,
            next_feed_ts=now + self._settings.rhythms.predictions,
            model=MODEL,
            predictions_made=count + await self._made_before(status.run_id),
            symbols=symbols,
        )
        await self._documents.write(registry.PREDICTIONS_CURRENT, document)
        moment = Moment(document.ts, now, status.feed, status.run_id, MODEL)
        missing = {name: line.words for name, line in symbols.items() if not line.horizons}
        await self._tell(made, missing, moment)
        self._done.done(f"predictions of {len(made)} of {len(symbols)} symbols")
        self._log.info("job.predictions", symbols=len(made), of=len(symbols))

    async def _tell(self, made: list[Prediction], missing: dict[str, str], moment: Moment) -> None:
        """Publish predictions as the older frontends read them, and what there is not."""
        write, every = self._documents.write, self._settings.rhythms.predictions
        await write(registry.ML_PREDICTIONS_ENHANCED, enhanced(made, missing, moment, every))
        settings = await self._settings_in_force()
        await write(registry.ML_TRADING_SIGNALS, signals(made, settings, self._trust, moment))
        await write(registry.ML_TRAINING_STATUS, no_trainer(moment))
        await write(registry.GROK_CANDIDATES, no_candidates(moment))

    async def _settings_in_force(self) -> TradingSettings | None:
        try:
            found = await self._bus.read(registry.TRADING_SETTINGS)
        except InvalidMessageError:
            return None
        return None if found is None else found.value

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

    async def backfill(self, job_id: str) -> None:
        """Begin to go on with a backfill."""
        if self._room is not None:
            self._room.backfills.begin(job_id)

    async def yfinance(self) -> None:
        """Begin to ask Yahoo for the prices of what is watched."""
        if self._yahoo is not None:
            self._yahoo.quotes()

    async def yfinance_enhanced(self) -> None:
        """Begin to ask Yahoo for the years, companies and news that are due."""
        if self._yahoo is not None:
            self._yahoo.studies()

    async def _bars(self, symbol: str, status: MarketStatus) -> list[BarPayload]:
        entries = await self._bus.entries(registry.BARS, symbol, last=registry.BARS.cap)
        return [entry.value for entry in entries if entry.value.run_id == status.run_id]

    async def _made_before(self, run_id: str) -> int:
        try:
            before = await self._bus.read(registry.PREDICTIONS_CURRENT)
        except InvalidMessageError:
            return 0
        same = before is not None and before.value.run_id == run_id
        return before.value.predictions_made if before is not None and same else 0

    def _status(self) -> MarketStatus:
        status = self._feed_time.status
        if status is None:
            raise LookupError("the streamer has not announced its feed yet")
        return status


def _bar(payload: BarPayload) -> Bar:
    return Bar(
        symbol=Symbol(payload.symbol),
        at=payload.at,
        interval_s=payload.interval_s,
        open=payload.open,
        high=payload.high,
        low=payload.low,
        close=payload.close,
        volume=payload.volume,
        bid=payload.bid,
        bid_size=payload.bid_size,
        ask=payload.ask,
        ask_size=payload.ask_size,
    )
