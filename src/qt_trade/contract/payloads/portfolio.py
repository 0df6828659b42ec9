"""What the account holds and is worth. Amounts are exact USD as JSON numbers."""

from typing import Literal

import msgspec

from qt_trade.contract.payloads.base import (
    Amount,
    Backend,
    Count,
    Moment,
    Quantity,
    SymbolText,
    Words,
)
from qt_trade.model.order_terms import OrderClass, OrderType, Side, TimeInForce
from qt_trade.model.orders import OrderOrigin, OrderStatus


class TaxLot(msgspec.Struct, frozen=True, kw_only=True):
    """Shares bought together and not sold yet: the first in is the first out.

    ``opened_at`` is null where the broker held them before us and nobody told since when.
    """

    opened_at: Moment | None
    qty: Quantity
    cost: Amount


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Marks are None while no quote is known. ``weight``: fraction of the account's value.

    ``sector`` is empty where it is not known. ``stop`` and ``target``: its exits, at the broker or
    by the strategy; ``exits_words`` say whose they are.
    """

    symbol: SymbolText
    qty: Quantity
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
    sector: Words = ""
    opened_at: Moment | None = None
    stop: Amount | None = None
    target: Amount | None = None
    exits_words: Words = ""
    lots: tuple[TaxLot, ...] = ()


class PortfolioPositions(Backend, frozen=True, kw_only=True):
    """All open positions."""

    account: str
    feed_ts: Moment
    positions: tuple[Position, ...]


class SectorWeight(msgspec.Struct, frozen=True, kw_only=True):
    """What a sector's positions are worth, and which fraction of the account that is."""

    sector: Words
    value: Amount
    weight: float


class PortfolioSummary(Backend, frozen=True, kw_only=True):
    """The account in figures. ``total_value`` is None while a held symbol has no price.

    ``effective_positions``: how many positions of equal size would be as diverse (1 / sum of the
    squared weights). ``broker``: whose books these are; ``restrictions``: what it forbids, in words.
    """

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
    sectors: tuple[SectorWeight, ...] = ()
    effective_positions: float | None = None
    broker: Words = ""
    restrictions: tuple[Words, ...] = ()


class EquityPoint(Backend, frozen=True, kw_only=True):
    """The account's value at one feed moment."""

    account: str
    run_id: str
    feed_ts: Moment
    total_value: Amount


class OrderStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of an order's life: decided, checked, sent, unknown, accepted, filled.

    ``at``: the market's time, as the feed has it.
    """

    name: Words
    at: Moment
    words: Words


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One order as the engine knows it.

    ``reserved``: the cash kept for it. ``parent_id``: the order whose exit it is. While it is
    UNKNOWN the broker is asked: ``asked`` times so far, ``ask_next`` (wall time) again.
    """

    order_id: str
    symbol: SymbolText
    side: Side
    quantity: Quantity
    filled_qty: Quantity
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
    stop_price: Amount | None = None
    trail_price: Amount | None = None
    trail_bp: int | None = None
    extended_hours: bool = False
    order_class: OrderClass = OrderClass.SIMPLE
    take_profit: Amount | None = None
    stop_loss: Amount | None = None
    stop_loss_limit: Amount | None = None
    parent_id: str | None = None
    replaces: str | None = None
    cancel_asked: bool = False
    reserved: Amount = Amount(0)
    broker_order_id: str = ""
    words: Words = ""
    steps: tuple[OrderStep, ...] = ()
    asked: Count = 0
    ask_next: Moment | None = None


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
    qty: Quantity
    price: Amount
    value: Amount
    fees: Amount
    realized: Amount | None
    origin: OrderOrigin
    reason: Words
