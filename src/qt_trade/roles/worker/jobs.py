"""The jobs themselves: store market data, predict, call for a trading cycle."""

from datetime import datetime
from typing import Protocol

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.payloads.commands import TradingCycleRequest
from qt_trade.contract.payloads.market import Bar as BarPayload
from qt_trade.contract.payloads.market import MarketStatus
from qt_trade.contract.payloads.predictions import PredictionsCurrent
from qt_trade.intelligence.baseline import MODEL, predict
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.model.bars import Bar
from qt_trade.model.predictions import Prediction
from qt_trade.model.symbols import Symbol
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.rhythm import nearest_boundary
from qt_trade.roles.worker.payloads import SOURCE, predicted, unpredicted
from qt_trade.settings import Settings

CYCLE_REPLY_S = 30.0


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


class Jobs:
    """Each job may run twice for the same moment without harm."""

    def __init__(
        self,
        bus: Bus,
        store: MarketStore,
        feed_time: FeedTime,
        wall: Clock,
        settings: Settings,
    ) -> None:
        self._bus = bus
        self._store = store
        self._feed_time = feed_time
        self._wall = wall
        self._settings = settings
        self._stored_to: dict[str, datetime] = {}
        self._log = get_logger()

    async def close(self) -> None:
        """Let go of Redis and the database."""
        await self._bus.close()
        await self._store.close()

    async def market_data(self) -> None:
        """Store every bar closed since the last time."""
        bars: list[Bar] = []
        for symbol in self._status().symbols:
            last = self._stored_to.get(symbol)
            entries = await self._bus.entries(registry.BARS, symbol, last=registry.BARS.cap)
            bars += [
                _bar(entry.value) for entry in entries if last is None or entry.value.at > last
            ]
        changed = await self._store.save_bars(bars)
        for bar in bars:
            self._stored_to[bar.symbol] = bar.at
        self._log.info("job.market_data", bars=len(bars), changed=changed)

    async def predictions(self) -> None:
        """Predict every symbol from its closed bars, store it and publish it."""
        status = self._status()
        now = self._feed_time.clock.now()
        made: list[Prediction] = []
        symbols = {}
        for symbol in status.symbols:
            entries = await self._bus.entries(registry.BARS, symbol, last=registry.BARS.cap)
            bars = [_bar(entry.value) for entry in entries]
            outcome = predict(bars, now, status.next_close if status.market_open else None)
            if outcome.prediction is None:
                symbols[symbol] = unpredicted(outcome.words, bars[-1] if bars else None, now)
            else:
                made.append(outcome.prediction)
                symbols[symbol] = predicted(outcome.prediction, outcome.words)
        await self._store.save_predictions(made)
        before = await self._bus.read(registry.PREDICTIONS_CURRENT)
        count = sum(len(prediction.horizons) for prediction in made)
        if before is not None and before.value.run_id == status.run_id:
            count += before.value.predictions_made
        document = PredictionsCurrent(
            ts=self._wall.now(),
            source=SOURCE,
            feed=status.feed,
            run_id=status.run_id,
            feed_ts=now,
            next_feed_ts=now + self._settings.rhythms.predictions,
            model=MODEL,
            predictions_made=count,
            symbols=symbols,
        )
        await self._bus.write(registry.PREDICTIONS_CURRENT, document)
        self._log.info("job.predictions", symbols=len(made), of=len(symbols))

    async def trading_cycle(self) -> None:
        """Ask the engine to run the cycle of this slot."""
        status = self._status()
        slot = nearest_boundary(self._feed_time.clock.now(), self._settings.rhythms.trading_cycle)
        request = TradingCycleRequest(
            ts=self._wall.now(),
            source=SOURCE,
            feed=status.feed,
            command_id=f"cycle-{status.run_id}-{slot:%Y%m%dT%H%M%SZ}",
            slot=slot,
        )
        reply = await self._bus.send(registry.TRADING_CYCLE, request, timeout_s=CYCLE_REPLY_S)
        self._log.info("job.trading_cycle", slot=slot.isoformat(), reply=reply.reason)

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
