"""What the bus is measured with: a document of about 300 bytes, quotes, a command."""

from datetime import UTC, datetime
from decimal import Decimal

from qt_trade.contract.payloads.commands import Reply, SubmitOrder
from qt_trade.contract.payloads.market import Quote
from qt_trade.contract.payloads.trading import TradingSettings
from qt_trade.model.feeds import FeedKind
from qt_trade.model.limits import Strategy
from qt_trade.model.orders import OrderType, Side, TimeInForce

AT = datetime(2013, 10, 4, 14, 30, 0, 123_456, tzinfo=UTC)
FEED = FeedKind.SIMULATION


def settings(number: int) -> TradingSettings:
    """Return a document that differs with each number."""
    return TradingSettings(
        ts=AT,
        source="bench",
        feed=FEED,
        enabled=True,
        strategy=Strategy.BALANCED,
        confidence_min=0.55,
        buy_threshold_pct=0.001,
        sell_threshold_pct=0.001,
        order_notional=Decimal(1000 + number),
        max_position_per_trade=100,
        stop_loss_pct=0.02,
        take_profit_pct=0.04,
        last_updated=AT,
        updated_by="bench",
    )


def quote(symbol: str, number: int) -> Quote:
    """Return a quote that differs with each number."""
    price = 100 + number / 100
    return Quote(
        ts=AT,
        source="bench",
        feed=FEED,
        symbol=symbol,
        feed_ts=AT,
        sequence=number,
        price=price,
        bid=price - 0.01,
        ask=price + 0.01,
        bid_size=100,
        ask_size=200,
        volume=1_000_000 + number,
        open=99.0,
        high=price,
        low=98.0,
        previous_close=99.5,
        doubt="",
    )


def order(command_id: str) -> SubmitOrder:
    """Return a command to carry out."""
    return SubmitOrder(
        ts=AT,
        source="bench",
        feed=FEED,
        session_id="bench",
        command_id=command_id,
        symbol="AAPL",
        side=Side.BUY,
        quantity=Decimal(1),
        order_type=OrderType.MARKET,
        limit_price=None,
        time_in_force=TimeInForce.DAY,
    )


def reply(command_id: str) -> Reply:
    """Return the answer to a command."""
    return Reply(
        ts=AT,
        source="bench",
        feed=FEED,
        command_id=command_id,
        accepted=True,
        reason="",
        order_id=None,
        verdicts=(),
    )
