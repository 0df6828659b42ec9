"""Payloads a frontend, a streamer or a worker would send to the engine."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.unit.trading.make import FEED, IBM, WALL

from qt_trade.contract.payloads.commands import (
    CancelOrder,
    Emergency,
    EmergencyAction,
    SubmitOrder,
    TradingCycleRequest,
)
from qt_trade.contract.payloads.market import MarketData, Quote, SymbolData
from qt_trade.contract.payloads.predictions import Horizon, PredictionsCurrent, SymbolPrediction
from qt_trade.contract.payloads.sessions import (
    DeclineTakeover,
    ReleaseControl,
    RevokeSession,
    Session,
    SessionRole,
    TakeControl,
)
from qt_trade.contract.payloads.trading import AutoTradingConfig
from qt_trade.model.feeds import FeedKind
from qt_trade.model.limits import Strategy
from qt_trade.model.orders import OrderType, Side, TimeInForce
from qt_trade.model.predictions import Skill

STAMP: dict[str, Any] = {"ts": WALL, "source": "test", "feed": FeedKind.REPLAY}


def session(
    role: SessionRole = SessionRole.TRADER, session_id: str = "desk-1", **more: Any
) -> Session:
    told = {
        "session_id": session_id, "name": "desk", "user": "u", "host": "h", "role": role,
        "version": "1", "opened_at": WALL, "ts": WALL, "source": "test", "canary": None,
        "delay_ms": None,
    }  # fmt: skip
    return Session(**told | more)


def asked(
    kind: type[TakeControl | ReleaseControl | DeclineTakeover],
    command_id: str,
    by: str,
    **more: Any,
) -> TakeControl | ReleaseControl | DeclineTakeover:
    return kind(**STAMP | {"session_id": by, "command_id": command_id} | more)


def revoke(target: str, command_id: str = "v-1", by: str = "desk-1", **more: Any) -> RevokeSession:
    told = {"session_id": by, "command_id": command_id, "target": target, "reason": "enough"}
    return RevokeSession(**STAMP | told | more)


def order(command_id: str = "o-1", **more: Any) -> SubmitOrder:
    told = {
        "session_id": "desk-1", "command_id": command_id, "symbol": IBM, "side": Side.BUY,
        "quantity": Decimal(3), "order_type": OrderType.MARKET, "limit_price": None,
        "time_in_force": TimeInForce.DAY,
    }  # fmt: skip
    return SubmitOrder(**STAMP | told | more)


def cancel(order_id: str, command_id: str = "x-1", **more: Any) -> CancelOrder:
    told = {"session_id": "desk-1", "command_id": command_id, "order_id": order_id}
    return CancelOrder(**STAMP | told | more)


def emergency(action: Emergency, command_id: str = "e-1", **more: Any) -> EmergencyAction:
    told = {
        "session_id": "desk-1", "command_id": command_id, "action": action, "reason": "enough",
        "confirmed": True,
    }  # fmt: skip
    return EmergencyAction(**STAMP | told | more)


def cycle(slot: datetime = FEED, **more: Any) -> TradingCycleRequest:
    told = {"command_id": f"cycle-{slot:%H%M}", "slot": slot}
    return TradingCycleRequest(**STAMP | told | more)


def config(**more: Any) -> AutoTradingConfig:
    told = {
        "session_id": "desk-1", "enabled": True, "strategy": Strategy.BALANCED,
        "confidence_min": 0.55, "buy_threshold_pct": 0.001, "sell_threshold_pct": 0.001,
        "order_notional": Decimal(1000), "max_position_per_trade": 100, "stop_loss_pct": 0.02,
        "take_profit_pct": 0.04, "updated_by": "u",
    }  # fmt: skip
    return AutoTradingConfig(**STAMP | told | more)


def quote(price: float = 100.0, at: datetime = FEED, **more: Any) -> Quote:
    told = {
        "symbol": IBM, "feed_ts": at, "sequence": 1, "price": price, "bid": None, "ask": None,
        "bid_size": None, "ask_size": None, "volume": None, "open": None, "high": None,
        "low": None, "previous_close": None, "doubt": "",
    }  # fmt: skip
    return Quote(**STAMP | told | more)


def market_data(price: float, at: datetime = FEED, run_id: str = "run-1") -> MarketData:
    line = SymbolData(
        price=price, timestamp=at, source="test", bid=None, ask=None, bid_size=None,
        ask_size=None, volume=None, open=None, high=None, low=None, previous_close=None,
        change=None, change_percent=None, doubt="",
    )  # fmt: skip
    return MarketData(**STAMP, run_id=run_id, feed_ts=at, quotes_published=1, symbols={IBM: line})


def predictions(run_id: str = "run-1") -> PredictionsCurrent:
    horizon = Horizon(
        predicted_price=101.0,
        change_pct=1.0,
        confidence=0.9,
        low=100.0,
        high=102.0,
        low_50=None,
        high_50=None,
        model="m",
        skill=Skill.PROVEN,
    )
    line = SymbolPrediction(
        current_price=100.0, at=FEED, horizons=dict.fromkeys(("15", "30", "60"), horizon), words=""
    )
    return PredictionsCurrent(
        **STAMP, run_id=run_id, feed_ts=FEED, next_feed_ts=FEED, model="m", predictions_made=3,
        symbols={IBM: line},
    )  # fmt: skip
