"""An order as the paper broker works it."""

from dataclasses import dataclass, field
from datetime import date

from qt_trade.model.money import Usd
from qt_trade.model.orders import BrokerOrder, Fill, Order, OrderClass, OrderStatus
from qt_trade.model.shares import NO_SHARES, Shares


@dataclass(slots=True)
class Working:
    """``resting``: it was there before the quote. ``day``: the exchange day it came on.

    ``stop``: where a stop stands now, which a trailing one moves. ``triggered``: it was reached.
    """

    order: Order
    status: OrderStatus
    worst_price: Usd | None
    fills: list[Fill] = field(default_factory=list)
    resting: bool = False
    stop: Usd | None = None
    triggered: bool = False
    day: date | None = None

    @property
    def filled(self) -> Shares:
        """Shares executed."""
        return sum((fill.quantity for fill in self.fills), NO_SHARES)

    @property
    def remaining(self) -> Shares:
        """Shares not executed."""
        return self.order.quantity - self.filled

    @property
    def live(self) -> bool:
        """Whether a quote may fill it."""
        return self.status.open and self.status is not OrderStatus.HELD

    @property
    def pair(self) -> str | None:
        """The order whose exits this is one of, None for every other order."""
        if self.order.parent_id is not None:
            return self.order.parent_id
        return self.order.order_id if self.order.order_class is OrderClass.OCO else None

    def known(self) -> BrokerOrder:
        """Return the order as the broker tells of it."""
        return BrokerOrder(
            order=self.order,
            status=self.status,
            broker_order_id=broker_id(self.order.order_id),
            fills=tuple(self.fills),
            worst_price=self.worst_price,
            stop_price=self.stop,
            triggered=self.triggered,
        )


def broker_id(order_id: str) -> str:
    """Return the broker's own number of an order."""
    return f"paper-{order_id}"


def remembered(known: BrokerOrder) -> Working:
    """Return an order of an earlier life as the journal knows it."""
    status = OrderStatus.ACCEPTED if known.status is OrderStatus.UNKNOWN else known.status
    return Working(
        known.order,
        status,
        known.worst_price,
        list(known.fills),
        resting=True,
        stop=known.stop_price or known.order.stop_price,
        triggered=known.triggered,
    )
