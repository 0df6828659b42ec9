"""What happens in the life of an order."""

from dataclasses import dataclass
from datetime import datetime

from qt_trade.model.money import Usd
from qt_trade.model.orders import Fill, Order
from qt_trade.model.verdicts import RuleVerdict
from qt_trade.trading.happened import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskJudged(Happened):
    """Every risk rule answered for this order."""

    order: Order
    verdicts: tuple[RuleVerdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderApproved(Happened):
    """The order may leave, and will; journalled before any broker hears of it.

    ``reserved``: the cash its purchase may cost at most (zero for a sale). ``opens``: whether it
    grows a position. ``worst_price``: see ``model.verdicts.Approved``. ``cycle``: the slot of the
    cycle that wanted it.
    """

    order: Order
    command_id: str
    reserved: Usd
    worst_price: Usd | None
    opens: bool
    cycle: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefused(Happened):
    """Risk objected; the order never leaves."""

    order: Order
    command_id: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSent(Happened):
    """The order was handed to the broker; ``at`` is when."""

    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAcknowledged(Happened):
    """The broker has the order; ``held``: as an exit that waits for its entry."""

    order_id: str
    broker_order_id: str
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderActivated(Happened):
    """The broker works an exit from now on that it had held."""

    order_id: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopMoved(Happened):
    """A trailing stop followed the price; a broker without a memory goes on from here."""

    order_id: str
    stop_price: Usd


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTriggered(Happened):
    """The price has reached an order's stop, and it is worked from now on."""

    order_id: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilled(Happened):
    """The broker executed (part of) the order.

    ``realized``: what it earned by closing, after cost and commission; None when it only opened.
    """

    fill: Fill
    realized: Usd | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAsked(Happened):
    """Someone wants the order canceled; journalled before the broker is asked."""

    order_id: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceAsked(Happened):
    """An approved order, ``by``, is to take the place of this one; the broker is asked next."""

    order_id: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReplaced(Happened):
    """The order is off the book and another has its place."""

    order_id: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCanceled(Happened):
    """The order is off the book; what was filled before stays filled."""

    order_id: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderExpired(Happened):
    """The order's time in force ran out."""

    order_id: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRejected(Happened):
    """The broker did not take the order."""

    order_id: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUnknown(Happened):
    """Sent, and the broker's answer is not known; it counts as open until it is."""

    order_id: str
    words: str
