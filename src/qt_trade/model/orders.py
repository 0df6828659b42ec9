"""Orders, their life and their fills."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qt_trade.model.money import Usd
from qt_trade.model.symbols import Symbol


class Side(StrEnum):
    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    MARKET = "MARKET"
    LIMIT = "LIMIT"


class TimeInForce(StrEnum):
    DAY = "DAY"
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class OrderStatus(StrEnum):
    """Where an order stands. UNKNOWN: sent, and the broker's answer is not known."""

    PENDING_NEW = "PENDING_NEW"
    ACCEPTED = "ACCEPTED"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    UNKNOWN = "UNKNOWN"

    @property
    def open(self) -> bool:
        """Whether the order may still be filled."""
        return self in _OPEN


_OPEN = frozenset(
    {
        OrderStatus.PENDING_NEW,
        OrderStatus.ACCEPTED,
        OrderStatus.PARTIALLY_FILLED,
        OrderStatus.UNKNOWN,
    }
)


class OrderOrigin(StrEnum):
    """Who wanted the order."""

    AUTOTRADING = "autotrading"
    MANUAL = "manual"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted. ``quantity`` in whole shares; ``limit_price`` only for LIMIT.

    ``order_id`` is the client order id, derived from the command or the cycle that caused it
    and never made anew on a retry. Raises ValueError when fields contradict each other.
    """

    order_id: str
    symbol: Symbol
    side: Side
    quantity: int
    order_type: OrderType
    limit_price: Usd | None
    time_in_force: TimeInForce
    origin: OrderOrigin
    reason: str
    created_at: datetime

    def __post_init__(self) -> None:
        if self.quantity <= 0:
            raise ValueError(f"quantity is {self.quantity}; it must be at least 1 share")
        if (self.order_type is OrderType.LIMIT) != (self.limit_price is not None):
            raise ValueError("limit_price belongs to LIMIT orders, and to all of them")
        if self.limit_price is not None and self.limit_price <= 0:
            raise ValueError("limit_price must be positive")


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution. ``price`` per share and ``commission`` are exact."""

    fill_id: str
    order_id: str
    symbol: Symbol
    side: Side
    quantity: int
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
    """A broker's news that an order ended: ``status`` is CANCELED, EXPIRED or REJECTED."""

    order_id: str
    status: OrderStatus
    words: str


BrokerEvent = Fill | OrderUpdate
"""What a broker reports of its own accord."""


@dataclass(frozen=True, slots=True)
class BrokerOrder:
    """One order as a broker knows it. ``fills`` are all its executions so far, oldest first.

    ``worst_price``: as it was approved with, see ``model.verdicts.Approved``.
    """

    order: Order
    status: OrderStatus
    broker_order_id: str
    fills: tuple[Fill, ...]
    worst_price: Usd | None

    @property
    def filled(self) -> int:
        """Shares executed so far."""
        return sum(fill.quantity for fill in self.fills)
