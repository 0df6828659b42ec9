"""Where one order of an account stands."""

from dataclasses import dataclass
from datetime import datetime

from qt_trade.model.money import Usd
from qt_trade.model.orders import Fill, Order, OrderStatus
from qt_trade.model.shares import NO_SHARES, Shares, part_of


@dataclass(frozen=True, slots=True)
class OrderState:
    """Where an order stands. ``at``/``feed_at``: its last news (wall and feed time).

    ``reserved`` is the cash the whole order may cost, ``opens`` whether it grows a position,
    ``words`` the last news in words. ``sent``: the broker may know it. ``replaced_by``: the order
    that is to take its place, once the broker has confirmed. ``stop_price``: where a trailing
    stop stands, None until the broker says; ``triggered``: its stop was reached.
    """

    order: Order
    command_id: str
    status: OrderStatus
    broker_order_id: str
    fills: tuple[Fill, ...]
    reserved: Usd
    worst_price: Usd | None
    opens: bool
    sent: bool
    cancel_asked: bool
    words: str
    at: datetime
    feed_at: datetime
    replaced_by: str | None = None
    stop_price: Usd | None = None
    triggered: bool = False

    @property
    def filled(self) -> Shares:
        """Shares executed."""
        # Most orders have none, and every rule asks every order.
        return sum((fill.quantity for fill in self.fills), NO_SHARES) if self.fills else NO_SHARES

    @property
    def remaining(self) -> Shares:
        """Shares that may still be executed."""
        if not self.status.open:
            return NO_SHARES
        return (
            max(self.order.quantity - self.filled, NO_SHARES) if self.fills else self.order.quantity
        )

    @property
    def cost_left(self) -> Usd:
        """The cash the rest may still cost, rounded up."""
        if self.status.open and not self.fills:
            return self.reserved
        return Usd(-part_of(-self.reserved, self.remaining, self.order.quantity))

    @property
    def commission(self) -> Usd:
        """Commissions paid so far."""
        return Usd(sum(fill.commission for fill in self.fills))
