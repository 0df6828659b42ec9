"""Orders in our words and in Alpaca's.

A market order that risk let pass up to a worst price goes as a limit order at that price: Alpaca
knows no other way to hold it, and the caps were reckoned with it. A bracket with one exit is what
Alpaca calls OTO. Alpaca gives exits ids of its own; ours follow from their entry's.
"""

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from qt_trade.brokers.alpaca.wire import WireOrder, WireReplace, WireSubmit
from qt_trade.model.money import Usd, to_decimal, usd_rounded
from qt_trade.model.orders import (
    Order,
    OrderClass,
    OrderOrigin,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
)
from qt_trade.model.shares import shares
from qt_trade.model.symbols import symbol
from qt_trade.model.verdicts import Approved

OURS = "qt-"
"""What every client order id of ours begins with (``trading.ids``)."""
GROUPS = frozenset({"bracket", "oco", "oto"})
"""What Alpaca calls orders that belong together."""
CENT, HUNDREDTH_OF_CENT = Decimal("0.01"), Decimal("0.0001")
PERCENT_OF_BP = Decimal(100)

_STATUS: Mapping[str, OrderStatus] = {
    "held": OrderStatus.HELD,
    "filled": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELED,
    "expired": OrderStatus.EXPIRED,
    "rejected": OrderStatus.REJECTED,
    "replaced": OrderStatus.REPLACED,
}

_FORCES = {force.lower(): force for force in TimeInForce}


def status_of(wire: WireOrder) -> OrderStatus:
    """Return where an order stands.

    A word this program does not know counts as open: what may still be filled stays reserved.
    """
    known = _STATUS.get(wire.status)
    if known is not None:
        return known
    return OrderStatus.PARTIALLY_FILLED if wire.filled_qty else OrderStatus.ACCEPTED


def submission(approved: Approved) -> WireSubmit:
    """Return an approved order as Alpaca takes it."""
    order = approved.order
    kind, limit = order.order_type, order.limit_price
    if kind is OrderType.MARKET and approved.worst_price is not None:
        kind, limit = OrderType.LIMIT, approved.worst_price
    exits = order.exits
    profit = exits.take_profit if exits is not None else None
    if order.order_class is OrderClass.OCO:
        profit = order.limit_price
    return WireSubmit(
        symbol=order.symbol,
        qty=f"{order.quantity:f}",
        side=order.side.lower(),
        type=kind.lower(),
        time_in_force=order.time_in_force.lower(),
        client_order_id=order.order_id,
        limit_price=_bound(limit, order) if limit != order.limit_price else _price(limit),
        stop_price=_price(order.stop_price),
        trail_price=_price(order.trail_price),
        trail_percent=_percent(order.trail_bp),
        extended_hours=order.extended_hours,
        order_class=_class_of(order),
        take_profit=None if profit is None else {"limit_price": _text(profit)},
        stop_loss=_stop_loss(order),
    )


def replacement(approved: Approved) -> WireReplace:
    """Return what changes when an approved order takes an open one's place."""
    order = approved.order
    return WireReplace(
        qty=f"{order.quantity:f}",
        time_in_force=order.time_in_force.lower(),
        client_order_id=order.order_id,
        limit_price=_price(order.limit_price),
        stop_price=_price(order.stop_price),
        trail=_price(order.trail_price) or _percent(order.trail_bp),
    )


def unchangeable(old: WireOrder, new: Order) -> str | None:
    """Return what of an order Alpaca cannot change, None when the new one fits in its place."""
    if (old.symbol, old.side) != (new.symbol, new.side.lower()):
        return "another symbol or side is another order"
    if old.type != new.order_type.lower():
        return f"it is a {old.type} order, and stays one"
    if new.exits is not None:
        return "exits cannot be added to an open order"
    return None


def order_of(wire: WireOrder, order_id: str, parent_id: str | None) -> Order:
    """Return somebody else's order, or one of ours this process has not sent, in our words.

    Raises ValueError when it is nothing this program could trade.
    """
    if wire.qty is None:
        raise ValueError("it is given in dollars")
    kind = OrderType(wire.type.upper())
    stop = wire.stop_price if kind in {OrderType.STOP, OrderType.STOP_LIMIT} else None
    percent = wire.trail_percent if kind is OrderType.TRAILING_STOP else None
    ours = order_id.startswith(OURS)
    return Order(
        order_id=order_id,
        symbol=symbol(wire.symbol),
        side=Side(wire.side.upper()),
        quantity=shares(wire.qty),
        order_type=kind,
        limit_price=_usd(wire.limit_price),
        time_in_force=_FORCES.get(wire.time_in_force, TimeInForce.DAY),
        origin=OrderOrigin.MANUAL if ours else OrderOrigin.EXTERNAL,
        reason="as Alpaca has it" if ours else "placed at Alpaca, past QtTrade",
        created_at=wire.created_at,
        stop_price=_usd(stop),
        trail_price=None if percent is not None else _usd(wire.trail_price),
        trail_bp=None if percent is None else int(percent * PERCENT_OF_BP),
        extended_hours=wire.extended_hours,
        parent_id=parent_id,
    )


def leg_id(parent_id: str, leg: WireOrder) -> str:
    """Return our id of an exit, as ``model.orders.legs_of`` makes it."""
    return f"{parent_id}-tp" if leg.type == OrderType.LIMIT.lower() else f"{parent_id}-sl"


def parent_of(order_id: str) -> str | None:
    """Return the order an id of an exit belongs to, None for any other id."""
    if order_id.startswith(OURS) and order_id.endswith(("-tp", "-sl")):
        return order_id[: -len("-tp")]
    return None


def _class_of(order: Order) -> str:
    if order.order_class is OrderClass.SIMPLE or order.exits is None:
        return ""
    one = order.exits.take_profit is None or order.exits.stop_loss is None
    if order.order_class is OrderClass.BRACKET and one:
        return "oto"
    return order.order_class.lower()


def _stop_loss(order: Order) -> dict[str, str] | None:
    exits = order.exits
    if exits is None or exits.stop_loss is None:
        return None
    prices = {"stop_price": _text(exits.stop_loss)}
    if exits.stop_limit is not None:
        prices["limit_price"] = _text(exits.stop_limit)
    return prices


def _bound(price: Usd | None, order: Order) -> str | None:
    """Return a worst price on the market's grid, never beyond it."""
    if price is None:
        return None
    exact = to_decimal(price)
    step = CENT if exact >= 1 else HUNDREDTH_OF_CENT
    rounding = ROUND_FLOOR if order.side is Side.BUY else ROUND_CEILING
    return f"{(exact / step).to_integral_value(rounding) * step:f}"


def _price(price: Usd | None) -> str | None:
    return None if price is None else _text(price)


def _text(price: Usd) -> str:
    return f"{to_decimal(price):f}"


def _percent(basis_points: int | None) -> str | None:
    return None if basis_points is None else f"{Decimal(basis_points) / PERCENT_OF_BP:f}"


def _usd(price: Decimal | None) -> Usd | None:
    return None if price is None else usd_rounded(price)
