"""Orders that may still be filled, as rows: where each stands, and what may be asked of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.payloads.portfolio import Order, OrderStep
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import freshness, words
from qt_trade.model.orders import OrderOrigin, OrderStatus, OrderType, Side
from qt_trade.model.shares import format_shares

STEPS = 5
_REACHED = {
    OrderStatus.PENDING_NEW: 1,
    OrderStatus.UNKNOWN: 1,
    OrderStatus.ACCEPTED: 3,
    OrderStatus.HELD: 3,
    OrderStatus.PARTIALLY_FILLED: 4,
    OrderStatus.FILLED: 5,
}
"""How many of the five steps are done: decided, sent, at the broker, filled in part, filled."""
_CHIPS = {
    OrderStatus.PENDING_NEW: ("PENDING", "accent", ""),
    OrderStatus.UNKNOWN: ("UNKNOWN – asking broker", "warn", "question"),
    OrderStatus.ACCEPTED: ("ACCEPTED", "accent", ""),
    OrderStatus.PARTIALLY_FILLED: ("PARTLY FILLED", "accent", ""),
    OrderStatus.HELD: ("HELD", "", ""),
}
_ORIGINS = {
    OrderOrigin.AUTOTRADING: "Auto",
    OrderOrigin.MANUAL: "Manual",
    OrderOrigin.EMERGENCY: "Emergency",
    OrderOrigin.EXTERNAL: "At broker",
}
_TYPES = {
    OrderType.MARKET: "Market",
    OrderType.LIMIT: "Limit",
    OrderType.STOP: "Stop",
    OrderType.STOP_LIMIT: "Stop limit",
    OrderType.TRAILING_STOP: "Trailing",
}
_TO_COME = ("accepted", "filled")
"""The steps an order has still before it, by the names the engine gives them."""


def origin_word(origin: OrderOrigin | None) -> str:
    """Return who wanted an order."""
    return fmt.MISSING if origin is None else _ORIGINS[origin]


def find(desk: Snapshot, order_id: str) -> Order | None:
    """Return an order that may still be filled."""
    open_orders = () if desk.orders is None else desk.orders.orders
    return next((one for one in open_orders if one.order_id == order_id), None)


def is_locked(order: Order) -> bool:
    """Whether nothing may be asked of an order: nobody knows where it is, or it is leaving."""
    return order.cancel_asked or order.status in {OrderStatus.UNKNOWN, OrderStatus.PENDING_NEW}


def order_rows(desk: Snapshot, wall: datetime, selected: str, editing: str) -> list[dict[str, Any]]:
    """Return one row per order, those that nobody knows first, then the newest."""
    if desk.orders is None:
        return []
    now = desk.backend_now(wall)
    stale = not desk.connected or freshness.is_silent(desk, registry.ACTIVE_ORDERS, wall)
    ordered = sorted(desk.orders.orders, key=lambda one: one.created_at, reverse=True)
    ordered.sort(key=lambda one: one.status is not OrderStatus.UNKNOWN)
    return [
        _row(order, desk, now)
        | {
            "selected": order.order_id == selected,
            "editing": order.order_id == editing,
            "stale": stale,
        }
        for order in ordered
    ]


def _row(order: Order, desk: Snapshot, now: datetime) -> dict[str, Any]:
    word, tone, icon = _chip(order)
    locked = is_locked(order)
    return {
        "id": order.order_id,
        "sent": words.clock(desk.feed_at(order.created_at) or order.created_at),
        "symbol": order.symbol,
        "side": order.side.value.capitalize(),
        "sideIcon": "up" if order.side is Side.BUY else "down",
        "quantity": format_shares(order.quantity),
        "type": _TYPES[order.order_type],
        "price": price_of(order).partition(" / ")[0],
        "filled": _filled(order),
        "inForce": order.time_in_force.value + (" ext" if order.extended_hours else ""),
        "steps": _reached(order),
        "unknown": order.status is OrderStatus.UNKNOWN,
        "word": word,
        "tone": tone,
        "icon": icon,
        "remark": _remark(order, now),
        "by": origin_word(order.origin),
        "reason": words.prose(order.reason),
        "age": _since(order.created_at, now),
        "locked": locked,
    }


def _chip(order: Order) -> tuple[str, str, str]:
    if order.cancel_asked and order.status is not OrderStatus.UNKNOWN:
        return "CANCELLING", "warn", "clock"
    return _CHIPS.get(order.status, (order.status.value.replace("_", " "), "", ""))


def _remark(order: Order, now: datetime) -> str:
    if order.cancel_asked:
        return fmt.span(max(0.0, (now - order.updated_at).total_seconds()))
    if order.order_type is OrderType.STOP_LIMIT:
        return f"limit {fmt.price(order.limit_price)}"
    if order.parent_id is not None:
        return "exit pair" if order.status is OrderStatus.HELD else "exit"
    return ""


def _reached(order: Order) -> int:
    sent = any(step.name == "sent" for step in order.steps)
    return max(
        _REACHED.get(order.status, 0), 2 if sent and order.status is not OrderStatus.UNKNOWN else 0
    )


def _filled(order: Order) -> str:
    if order.status is OrderStatus.UNKNOWN and not order.filled_qty:
        return fmt.MISSING
    return f"{format_shares(order.filled_qty)} of {format_shares(order.quantity)}"


def price_of(order: Order) -> str:
    """Return the price an order waits for: its limit, its stop, both, or how far it trails."""
    if order.order_type is OrderType.TRAILING_STOP:
        if order.trail_price is not None:
            return f"−{fmt.price(order.trail_price)}"
        return f"−{words.plain_percent((order.trail_bp or 0) / 10_000, places=2)}"
    if order.order_type is OrderType.STOP_LIMIT:
        return f"{fmt.price(order.stop_price)} / {fmt.price(order.limit_price)}"
    price = order.stop_price if order.order_type is OrderType.STOP else order.limit_price
    return "market" if price is None else fmt.price(price)


def _since(at: datetime, now: datetime) -> str:
    return fmt.countdown(max(0.0, (now - at).total_seconds()))


def life_of(order: Order, now: datetime) -> dict[str, Any]:
    """Return an order's way step by step, and for one that nobody knows what is done about it."""
    unknown = order.status is OrderStatus.UNKNOWN
    what = f"{order.symbol} {order.side.value.lower()} {format_shares(order.quantity)}"
    return {
        "id": order.order_id,
        "unknown": unknown,
        "title": f"{what}: the broker has not confirmed."
        if unknown
        else f"{what}: its way so far.",
        "words": _asking(order, now) if unknown else words.sentence(words.prose(order.words)),
        "steps": _steps(order.steps, unknown=unknown),
        "note": "never sent twice" if unknown else order.broker_order_id,
    }


def _asking(order: Order, now: datetime) -> str:
    parts = ["Asking by its order id"]
    if order.asked:
        parts.append(f"try {order.asked}")
    if order.ask_next is not None:
        left = (order.ask_next - now).total_seconds()
        parts.append(f"next in {fmt.span(left)}" if left > 0 else "asking now")
    kept = fmt.number(order.reserved, 0)
    money = f", so {kept} USD stay reserved" if order.reserved else ""
    return f"{', '.join(parts)}. It may be open{money}."


def _steps(steps: Sequence[OrderStep], *, unknown: bool) -> list[dict[str, Any]]:
    shown = [
        {
            "name": words.prose(step.name),
            "at": fmt.clock_ms(step.at),
            "words": step.words,
            "reached": True,
            "unknown": unknown and place == len(steps) - 1,
        }
        for place, step in enumerate(steps)
    ]
    seen = {step.name.lower() for step in steps}
    return shown + [
        {
            "name": name.capitalize(),
            "at": "",
            "words": "not seen",
            "reached": False,
            "unknown": False,
        }
        for name in _TO_COME
        if name not in seen
    ]
