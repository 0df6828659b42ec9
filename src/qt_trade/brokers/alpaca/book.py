"""Our orders as Alpaca's answers and news make them; nothing here asks anybody.

Whatever arrives, and however often and in which order, becomes each fill once and each end once.
"""

from collections.abc import Callable, Iterable

from qt_trade.brokers.alpaca.known import Executed, Known, KnownOrders
from qt_trade.brokers.alpaca.translation import leg_id, order_of, status_of
from qt_trade.brokers.alpaca.wire import WireOrder, WireUpdate
from qt_trade.model.money import usd_rounded
from qt_trade.model.orders import (
    BrokerEvent,
    BrokerOrder,
    Order,
    OrderStatus,
    OrderType,
    OrderUpdate,
    legs_of,
)
from qt_trade.model.shares import shares
from qt_trade.model.verdicts import Approved

_WORDS = {
    OrderStatus.CANCELED: "canceled at Alpaca",
    OrderStatus.EXPIRED: "expired at Alpaca",
    OrderStatus.REJECTED: "rejected by Alpaca after it was taken",
    OrderStatus.REPLACED: "another order took its place at Alpaca",
}


class AlpacaBook:
    """Every order that is followed and the news nobody has taken yet."""

    def __init__(self) -> None:
        self.orders = KnownOrders()
        self.unreadable: dict[str, str] = {}
        """Orders placed past us that this program cannot word, by Alpaca's id: why not."""
        self._events: list[BrokerEvent] = []
        self._listeners: list[Callable[[], None]] = []

    def on_news(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` whenever there is news to take."""
        self._listeners.append(listener)

    def take_events(self) -> list[BrokerEvent]:
        """Return the news since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    def restore(self, orders: Iterable[BrokerOrder]) -> None:
        """Follow the orders of an earlier life with the fills the journal has of them."""
        for one in orders:
            known = Known(
                order=one.order,
                worst_price=one.worst_price,
                status=one.status,
                fills=list(one.fills),
                ended=not one.status.open,
            )
            self.orders.remember(known)
            if one.broker_order_id:
                self.orders.place(one.order.order_id, one.broker_order_id)

    def expect(self, approved: Approved) -> Known:
        """Follow an order, with its exits, that is about to be sent."""
        for leg in legs_of(approved.order):
            self.orders.remember(Known(leg, None, status=OrderStatus.HELD))
        return self.orders.remember(Known(approved.order, approved.worst_price))

    def forget(self, order: Order) -> None:
        """Follow an order no more that Alpaca never took."""
        for one in (order, *legs_of(order)):
            self.orders.forget(one.order_id)

    def id_of(self, wire: WireOrder) -> str:
        """Return our id of an order: an exit's own client id at Alpaca says nothing."""
        return self.orders.id_of(wire.id) or wire.client_order_id

    def stranger(self, wire: WireOrder) -> bool:
        """Return whether an order was never heard of."""
        return self.orders.get(self.id_of(wire)) is None

    def place(self, wire: WireOrder, parent_id: str | None = None) -> Known | None:
        """Follow an order and its exits under their ids; None for one that cannot be worded."""
        order_id = self.id_of(wire) if parent_id is None else leg_id(parent_id, wire)
        known = self.orders.get(order_id)
        if known is None:
            try:
                order = order_of(wire, order_id, parent_id)
            except ValueError as error:
                self.unreadable[wire.id] = str(error)
                return None
            known = self.orders.remember(Known(order, None))
        self.orders.place(order_id, wire.id)
        if known.order.order_type is OrderType.TRAILING_STOP and wire.stop_price is not None:
            known.stop_price = usd_rounded(wire.stop_price)
        for leg in wire.legs or ():
            self.place(leg, order_id)
        return known

    def execute(self, known: Known, executed: Iterable[Executed]) -> None:
        """Tell what executions add to an order."""
        self._tell([fill for done in executed for fill in known.execute(done)])

    def settle(self, known: Known, wire: WireOrder) -> bool:
        """Take over where an order stands; return whether fills of it were not told yet.

        What was overtaken by later news changes nothing, and no end is told before its fills.
        """
        status = status_of(wire)
        if known.ended:
            return False
        if known.told < wire.filled_qty:
            return True
        if status.open:
            self._live(known, status)
        elif known.told == wire.filled_qty:
            self._end(known, status)
        return False

    def take_update(self, update: WireUpdate) -> str | None:
        """Take pushed news; return our id of an order of which fills are missing."""
        known = self.place(update.order)
        if known is None:
            return None
        if update.qty is not None and update.price is not None:
            at = update.timestamp or update.order.created_at
            total = shares(update.order.filled_qty)
            self.execute(known, [Executed(total, shares(update.qty), update.price, at)])
        return known.order.order_id if self.settle(known, update.order) else None

    def _live(self, known: Known, status: OrderStatus) -> None:
        if known.told:
            known.status = OrderStatus.PARTIALLY_FILLED
            return
        if status is OrderStatus.HELD and known.status is not OrderStatus.PENDING_NEW:
            return
        was_held, known.status = known.status is OrderStatus.HELD, status
        if was_held and status is OrderStatus.ACCEPTED:
            words = "live at Alpaca: its entry is filled"
            self._tell([OrderUpdate(known.order.order_id, OrderStatus.ACCEPTED, words)])

    def _end(self, known: Known, status: OrderStatus) -> None:
        self.orders.end(known, status)
        if status is not OrderStatus.FILLED:
            self._tell([OrderUpdate(known.order.order_id, status, _WORDS[status])])

    def _tell(self, events: Iterable[BrokerEvent]) -> None:
        told = list(events)
        if told:
            self._events.extend(told)
            for listener in self._listeners:
                listener()
