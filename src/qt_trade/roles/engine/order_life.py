"""The steps of each order's life, as lines for ``backend:order_events``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from qt_trade.contract.payloads.results import OrderEvent
from qt_trade.model.money import format_usd
from qt_trade.model.orders import Order, OrderStatus, legs_of
from qt_trade.model.shares import NO_SHARES, Shares, format_shares
from qt_trade.roles.engine.documents import SOURCE, Stamp
from qt_trade.trading import events as e

LIVES_KEPT = 2_000
"""Orders remembered after their end, for news that comes late."""

_STATUS: Mapping[type, OrderStatus] = {
    e.OrderApproved: OrderStatus.PENDING_NEW,
    e.OrderRefused: OrderStatus.REJECTED,
    e.OrderSent: OrderStatus.PENDING_NEW,
    e.OrderCanceled: OrderStatus.CANCELED,
    e.OrderExpired: OrderStatus.EXPIRED,
    e.OrderRejected: OrderStatus.REJECTED,
    e.OrderUnknown: OrderStatus.UNKNOWN,
    e.OrderReplaced: OrderStatus.REPLACED,
    e.OrderActivated: OrderStatus.ACCEPTED,
}
_NAMES: Mapping[type, str] = {
    e.OrderApproved: "approved",
    e.OrderRefused: "refused",
    e.OrderSent: "sent",
    e.OrderAcknowledged: "acknowledged",
    e.OrderFilled: "filled",
    e.CancelAsked: "cancel asked",
    e.OrderCanceled: "canceled",
    e.OrderExpired: "expired",
    e.OrderRejected: "rejected",
    e.OrderUnknown: "unknown",
    e.OrderActivated: "activated",
    e.OrderTriggered: "triggered",
    e.ReplaceAsked: "replace asked",
    e.OrderReplaced: "replaced",
}

_Step = (
    e.OrderApproved
    | e.OrderRefused
    | e.OrderSent
    | e.OrderAcknowledged
    | e.OrderFilled
    | e.CancelAsked
    | e.OrderCanceled
    | e.OrderExpired
    | e.OrderRejected
    | e.OrderUnknown
    | e.OrderActivated
    | e.OrderTriggered
    | e.ReplaceAsked
    | e.OrderReplaced
)


@dataclass(frozen=True, slots=True)
class _Life:
    order: Order
    status: OrderStatus
    filled: Shares


class OrderLives:
    """Turns events of the journal, oldest first, into lines."""

    def __init__(self, stamp: Stamp) -> None:
        self._stamp = stamp
        self._lives: dict[str, _Life] = {}

    def lines(self, event: e.Event) -> Iterator[OrderEvent]:
        """Yield the line of an event that belongs to an order; nothing for any other."""
        if not isinstance(event, _Step):
            return
        life = self._after(event)
        if life is not None:
            self._keep(life)
            yield self._line(life, event, _NAMES[type(event)], _words(event))
        if isinstance(event, e.OrderApproved):
            for leg in legs_of(event.order):
                held = _Life(leg, OrderStatus.HELD, NO_SHARES)
                self._keep(held)
                yield self._line(held, event, "held", leg.reason)

    def _keep(self, life: _Life) -> None:
        self._lives.pop(life.order.order_id, None)
        self._lives[life.order.order_id] = life
        while len(self._lives) > LIVES_KEPT:
            del self._lives[next(iter(self._lives))]

    def _line(self, life: _Life, event: _Step, name: str, words: str) -> OrderEvent:
        return OrderEvent(
            ts=event.at,
            source=SOURCE,
            feed=self._stamp.feed,
            account=self._stamp.account,
            feed_ts=event.feed_at,
            order_id=life.order.order_id,
            symbol=life.order.symbol,
            side=life.order.side,
            event=name,
            status=life.status,
            quantity=life.order.quantity,
            filled_qty=life.filled,
            words=words,
            origin=life.order.origin,
        )

    def _after(self, event: _Step) -> _Life | None:
        """Return the order's life after an event, None for one that is not remembered."""
        if isinstance(event, e.OrderApproved | e.OrderRefused):
            return _Life(event.order, _STATUS[type(event)], NO_SHARES)
        order_id = event.fill.order_id if isinstance(event, e.OrderFilled) else event.order_id
        life = self._lives.get(order_id)
        if life is None or isinstance(event, e.CancelAsked | e.ReplaceAsked | e.OrderTriggered):
            return life
        if isinstance(event, e.OrderFilled):
            filled = life.filled + event.fill.quantity
            done = filled >= life.order.quantity
            status = OrderStatus.FILLED if done else OrderStatus.PARTIALLY_FILLED
            return replace(life, status=status, filled=filled)
        if isinstance(event, e.OrderAcknowledged):
            partly = life.filled > 0
            status = OrderStatus.PARTIALLY_FILLED if partly else OrderStatus.ACCEPTED
            if event.held:
                status = OrderStatus.HELD
            return replace(life, status=status) if life.status.open else life
        return replace(life, status=_STATUS[type(event)])


def _words(event: _Step) -> str:
    match event:
        case e.OrderApproved(order=order):
            words = order.reason
        case e.OrderRefused(because=because):
            words = because
        case e.OrderFilled(fill=fill):
            words = f"{format_shares(fill.quantity)} at {format_usd(fill.price)}"
        case e.OrderAcknowledged(broker_order_id=number):
            words = f"the broker's number is {number}" if number else "the broker has it"
        case e.CancelAsked(by=by, reason=reason):
            words = f"{reason} ({by})" if reason else by
        case e.ReplaceAsked(by=by):
            words = f"{by} is to take its place"
        case e.OrderSent():
            words = "handed to the broker"
        case _:
            words = event.words
    return words
