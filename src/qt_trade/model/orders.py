"""Orders, their life and their fills."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qt_trade.model.money import Usd
from qt_trade.model.order_terms import (
    Exits,
    OrderClass,
    OrderType,
    Side,
    Terms,
    TimeInForce,
    objection_to,
)
from qt_trade.model.shares import NO_SHARES, Shares
from qt_trade.model.symbols import Symbol

__all__ = [
    "BrokerAck",
    "BrokerEvent",
    "BrokerOrder",
    "Exits",
    "Fill",
    "Order",
    "OrderClass",
    "OrderOrigin",
    "OrderStatus",
    "OrderType",
    "OrderUpdate",
    "Side",
    "TimeInForce",
    "legs_of",
]


class OrderStatus(StrEnum):
    """Where an order stands.

    HELD: an exit at the broker that waits for its entry. UNKNOWN: sent, and the broker's answer
    is not known. REPLACED: another order of ours took its place.
    """

    PENDING_NEW = "PENDING_NEW"
    HELD = "HELD"
    ACCEPTED = "ACCEPTED"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    REPLACED = "REPLACED"
    UNKNOWN = "UNKNOWN"

    @property
    def open(self) -> bool:
        """Whether the order may still be filled."""
        return self in _OPEN


_OPEN = frozenset(
    {
        OrderStatus.PENDING_NEW,
        OrderStatus.HELD,
        OrderStatus.ACCEPTED,
        OrderStatus.PARTIALLY_FILLED,
        OrderStatus.UNKNOWN,
    }
)


class OrderOrigin(StrEnum):
    """Who wanted the order. EXTERNAL: somebody at the broker, past us."""

    AUTOTRADING = "autotrading"
    MANUAL = "manual"
    EMERGENCY = "emergency"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted; ``order_terms.Terms`` says what each price and time is for.

    ``order_id`` is the client order id, derived from the command or the cycle that caused it
    and never made anew on a retry. ``parent_id``: the order whose exit this is. ``replaces``: the
    order whose place it takes. Raises ValueError when fields contradict each other.
    """

    order_id: str
    symbol: Symbol
    side: Side
    quantity: Shares
    order_type: OrderType
    limit_price: Usd | None
    time_in_force: TimeInForce
    origin: OrderOrigin
    reason: str
    created_at: datetime
    stop_price: Usd | None = None
    trail_price: Usd | None = None
    trail_bp: int | None = None
    extended_hours: bool = False
    order_class: OrderClass = OrderClass.SIMPLE
    exits: Exits | None = None
    parent_id: str | None = None
    replaces: str | None = None

    def __post_init__(self) -> None:
        objection = objection_to(self.terms)
        if objection is not None:
            raise ValueError(str(objection))

    @property
    def terms(self) -> Terms:
        """What of the order can contradict itself."""
        return Terms(
            side=self.side,
            quantity=self.quantity,
            order_type=self.order_type,
            time_in_force=self.time_in_force,
            limit_price=self.limit_price,
            stop_price=self.stop_price,
            trail_price=self.trail_price,
            trail_bp=self.trail_bp,
            extended_hours=self.extended_hours,
            order_class=self.order_class,
            exits=self.exits,
        )


def legs_of(order: Order) -> tuple[Order, ...]:
    """Return the exits that belong to an order, take-profit first; none of a simple one.

    A BRACKET's exits leave what its entry opens. An OCO is its own take-profit, so that only the
    stop beside it is a leg. Their ids follow from the order's.
    """
    exits = order.exits
    if exits is None:
        return ()
    side = order.side.opposite if order.order_class is OrderClass.BRACKET else order.side
    legs = []
    if exits.take_profit is not None:
        legs.append(_leg(order, side, "tp", OrderType.LIMIT, exits.take_profit, None))
    if exits.stop_loss is not None:
        kind = OrderType.STOP if exits.stop_limit is None else OrderType.STOP_LIMIT
        legs.append(_leg(order, side, "sl", kind, exits.stop_limit, exits.stop_loss))
    return tuple(legs)


def _leg(
    order: Order, side: Side, name: str, kind: OrderType, limit: Usd | None, stop: Usd | None
) -> Order:
    return Order(
        order_id=f"{order.order_id}-{name}",
        symbol=order.symbol,
        side=side,
        quantity=order.quantity,
        order_type=kind,
        limit_price=limit,
        stop_price=stop,
        time_in_force=order.time_in_force,
        origin=order.origin,
        reason=f"exit of {order.order_id}",
        created_at=order.created_at,
        parent_id=order.order_id,
    )


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution. ``price`` per share and ``commission`` are exact."""

    fill_id: str
    order_id: str
    symbol: Symbol
    side: Side
    quantity: Shares
    price: Usd
    commission: Usd
    at: datetime


@dataclass(frozen=True, slots=True)
class BrokerAck:
    """A broker's immediate answer to a submit or a cancel; ``words`` say why when refused."""

    order_id: str
    accepted: bool
    broker_order_id: str
    words: str


@dataclass(frozen=True, slots=True)
class OrderUpdate:
    """A broker's news of an order without a fill.

    It ended (CANCELED, EXPIRED, REJECTED, REPLACED), or it is live (ACCEPTED: also an exit that
    was HELD until now). ``stop_price``: where its stop stands now; ``triggered``: it was reached.
    """

    order_id: str
    status: OrderStatus
    words: str
    stop_price: Usd | None = None
    triggered: bool = False


BrokerEvent = Fill | OrderUpdate
"""What a broker reports of its own accord."""


@dataclass(frozen=True, slots=True)
class BrokerOrder:
    """One order as a broker knows it. ``fills`` are all its executions so far, oldest first.

    ``worst_price``: as it was approved with, see ``model.verdicts.Approved``. ``stop_price`` and
    ``triggered`` as of an OrderUpdate.
    """

    order: Order
    status: OrderStatus
    broker_order_id: str
    fills: tuple[Fill, ...]
    worst_price: Usd | None
    stop_price: Usd | None = None
    triggered: bool = False

    @property
    def filled(self) -> Shares:
        """Shares executed so far."""
        return sum((fill.quantity for fill in self.fills), NO_SHARES)
