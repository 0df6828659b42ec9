"""Payloads for tests, each valid as it is."""

from datetime import UTC, datetime
from decimal import Decimal

from qt_trade.contract.payloads.commands import Emergency, EmergencyAction, Reply, SubmitOrder
from qt_trade.contract.payloads.market import Bar, MarketData, Quote, SymbolData
from qt_trade.contract.payloads.results import AutoTradingStats
from qt_trade.contract.payloads.sessions import Session, SessionRole
from qt_trade.contract.payloads.trading import AutoTradingConfig, RiskSettings
from qt_trade.model.feeds import FeedKind
from qt_trade.model.limits import Strategy
from qt_trade.model.orders import OrderType, Side, TimeInForce

AT = datetime(2013, 10, 4, 14, 30, tzinfo=UTC)
STAMP = {"ts": AT, "source": "test", "feed": FeedKind.REPLAY}


def quote(price: float = 100.0, symbol: str = "AAPL", sequence: int = 0) -> Quote:
    return Quote(
        **STAMP, symbol=symbol, feed_ts=AT, sequence=sequence, price=price, bid=99.5, ask=100.5,
        bid_size=1, ask_size=2, volume=3, open=99.0, high=101.0, low=98.0, previous_close=None, doubt="",
    )  # fmt: skip


def symbol_data(price: float = 100.0, change: float | None = None) -> SymbolData:
    return SymbolData(
        price=price, timestamp=AT, source="test", bid=None, ask=None, bid_size=None, ask_size=None,
        volume=None, open=None, high=None, low=None, previous_close=None, change=change,
        change_percent=None, doubt="",
    )  # fmt: skip


def market_data(published: int = 0, **symbols: SymbolData) -> MarketData:
    return MarketData(
        **STAMP, run_id="run", feed_ts=AT, quotes_published=published, symbols=symbols
    )


def bar(number: int) -> Bar:
    return Bar(
        **STAMP, run_id="run", symbol="AAPL", at=AT, interval_s=60, open=1.0, high=1.0, low=1.0,
        close=1.0, volume=number, bid=None, bid_size=None, ask=None, ask_size=None,
    )  # fmt: skip


def risk(cash_reserve: Decimal = Decimal(10_000)) -> RiskSettings:
    return RiskSettings(
        **STAMP, updated_by="test", daily_notional_cap=Decimal(50_000), position_shares_max=1000,
        position_weight_max=0.15, trades_per_cycle_max=3, cash_reserve=cash_reserve,
        cooldown_min=30,
    )  # fmt: skip


def config(*, enabled: bool = True, notional: Decimal = Decimal(1000)) -> AutoTradingConfig:
    return AutoTradingConfig(
        **STAMP, session_id="desk-1", enabled=enabled, strategy=Strategy.BALANCED,
        confidence_min=0.55, buy_threshold_pct=0.001, sell_threshold_pct=0.001,
        order_notional=notional, max_position_per_trade=100, stop_loss_pct=0.02,
        take_profit_pct=0.04, updated_by="test",
    )  # fmt: skip


def stats(trades_today: int) -> AutoTradingStats:
    return AutoTradingStats(
        **STAMP, account="paper", trades_today=trades_today, total_volume=Decimal(0),
        last_run=None, next_run=None, positions_count=0,
    )  # fmt: skip


def session(session_id: str = "desk-1") -> Session:
    return Session(
        session_id=session_id, name="desk", user="u", host="h", role=SessionRole.TRADER,
        version="1", opened_at=AT, ts=AT, source="test", canary=None, delay_ms=None,
    )  # fmt: skip


def stop(command_id: str) -> EmergencyAction:
    return EmergencyAction(
        **STAMP, session_id="desk-1", command_id=command_id, action=Emergency.STOP_ALL_TRADING,
        reason="test", confirmed=True,
    )  # fmt: skip


def order(command_id: str) -> SubmitOrder:
    return SubmitOrder(
        **STAMP, session_id="desk-1", command_id=command_id, symbol="AAPL", side=Side.BUY,
        quantity=Decimal(1), order_type=OrderType.MARKET, limit_price=None, time_in_force=TimeInForce.DAY,
    )  # fmt: skip


def reply(command_id: str, reason: str = "", *, accepted: bool = True) -> Reply:
    return Reply(
        **STAMP, command_id=command_id, accepted=accepted, reason=reason, order_id=None,
        verdicts=(),
    )  # fmt: skip
