"""What the account holds and is worth. Amounts are exact USD as JSON numbers."""

from typing import Literal

import msgspec

from qt_trade.contract.payloads.base import (
    Amount,
    Backend,
    Count,
    Moment,
    Shares,
    SymbolText,
    Whole,
    Words,
)
from qt_trade.model.orders import OrderOrigin, OrderStatus, OrderType, Side, TimeInForce


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Marks are None while no quote is known. ``weight``: fraction of the account's value."""

    symbol: SymbolText
    qty: Whole
    side: Literal["long", "short"]
    avg_entry_price: Amount
    cost: Amount
    last: Amount | None
    last_ts: Moment | None
    market_value: Amount | None
    unrealized_pl: Amount | None
    day_change_pct: float | None
    day_pl: Amount | None
    weight: float | None


class PortfolioPositions(Backend, frozen=True, kw_only=True):
    """All open positions."""

    account: str
    feed_ts: Moment
    positions: tuple[Position, ...]


class PortfolioSummary(Backend, frozen=True, kw_only=True):
    """The account in figures. ``total_value`` is None while a held symbol has no price."""

    account: str
    feed_ts: Moment
    mode: Literal["PAPER", "LIVE"]
    total_value: Amount | None
    cash_balance: Amount
    invested_amount: Amount | None
    buying_power: Amount
    unrealized_pl: Amount | None
    realized_today: Amount
    commissions_today: Amount
    day_change: Amount | None
    day_change_pct: float | None
    day_start_value: Amount
    positions_count: Count
    trades_today: Count


class EquityPoint(Backend, frozen=True, kw_only=True):
    """The account's value at one feed moment."""

    account: str
    run_id: str
    feed_ts: Moment
    total_value: Amount


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One order as the engine knows it."""

    order_id: str
    symbol: SymbolText
    side: Side
    quantity: Shares
    filled_qty: Count
    order_type: OrderType
    limit_price: Amount | None
    time_in_force: TimeInForce
    status: OrderStatus
    origin: OrderOrigin
    reason: Words
    created_at: Moment
    updated_at: Moment
    estimated_value: Amount | None
    fees: Amount


class ActiveOrders(Backend, frozen=True, kw_only=True):
    """Every order that may still be filled."""

    account: str
    feed_ts: Moment
    orders: tuple[Order, ...]


class Trade(Backend, frozen=True, kw_only=True):
    """One fill. ``realized`` is None for an opening fill."""

    account: str
    feed_ts: Moment
    fill_id: str
    order_id: str
    symbol: SymbolText
    side: Side
    qty: Shares
    price: Amount
    value: Amount
    fees: Amount
    realized: Amount | None
    origin: OrderOrigin
    reason: Words
