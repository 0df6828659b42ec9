"""Our account against what the broker says: adopt what is explained, name what is not."""

from collections.abc import Sequence

from qt_trade.model.money import Usd
from qt_trade.model.orders import (
    BrokerAck,
    BrokerEvent,
    BrokerOrder,
    Fill,
    OrderStatus,
    OrderType,
    OrderUpdate,
)
from qt_trade.model.verdicts import Refused
from qt_trade.trading.events import (
    CancelAsked,
    OrderAcknowledged,
    OrderActivated,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderTriggered,
    OrderUnknown,
    StopMoved,
)
from qt_trade.trading.order_state import OrderState
from qt_trade.trading.positions import book, flat
from qt_trade.trading.steps import Cancel, Draft

_ENDS: dict[OrderStatus, type[OrderCanceled | OrderExpired | OrderRejected | OrderReplaced]] = {
    OrderStatus.CANCELED: OrderCanceled,
    OrderStatus.EXPIRED: OrderExpired,
    OrderStatus.REJECTED: OrderRejected,
    OrderStatus.REPLACED: OrderReplaced,
}


_UNHEARD = frozenset({OrderStatus.PENDING_NEW, OrderStatus.UNKNOWN})


def take_answer(draft: Draft, ack: BrokerAck) -> None:
    """Take in the broker's answer to an order that was sent."""
    if ack.accepted:
        _acknowledge(draft, ack.order_id, ack.broker_order_id)
        return
    now = draft.now
    draft.add(OrderRejected(at=now.wall, feed_at=now.feed, order_id=ack.order_id, words=ack.words))


def take_broker_event(draft: Draft, event: BrokerEvent) -> None:
    """Take in the broker's news; news that is known already changes nothing."""
    state = draft.account.orders.get(event.order_id)
    if state is None:
        draft.problems.append(f"the broker reports on {event.order_id}, which is no order of ours")
        return
    if isinstance(event, Fill):
        _take_fill(draft, state, event)
    else:
        _take_update(draft, state, event)


def _take_fill(draft: Draft, state: OrderState, fill: Fill) -> None:
    order = state.order
    if any(known.fill_id == fill.fill_id for known in state.fills):
        return
    if (fill.symbol, fill.side) != (order.symbol, order.side):
        draft.problems.append(f"fill {fill.fill_id} contradicts its order; it is not booked")
        return
    if state.filled + fill.quantity > order.quantity:
        draft.problems.append(f"{order.order_id} is filled beyond its {order.quantity} shares")
    position = draft.account.positions.get(fill.symbol) or flat(fill.symbol)
    realized = book(position, fill).realized
    draft.add(OrderFilled(at=draft.now.wall, feed_at=draft.now.feed, fill=fill, realized=realized))


def _take_update(draft: Draft, state: OrderState, update: OrderUpdate) -> None:
    end, now = _ENDS.get(update.status), draft.now
    order_id, at, feed_at = update.order_id, now.wall, now.feed
    if end is not None:
        if state.status.open:
            draft.add(end(at=at, feed_at=feed_at, order_id=order_id, words=update.words))
    elif update.status is not OrderStatus.ACCEPTED:
        draft.problems.append(f"{order_id}: {update.status} is no news of an order")
    elif state.status is OrderStatus.HELD:
        draft.add(OrderActivated(at=at, feed_at=feed_at, order_id=order_id, words=update.words))
    elif state.status in _UNHEARD:
        _acknowledge(draft, order_id, "")
    _take_stop(draft, state, update.stop_price, update.words, triggered=update.triggered)


def _take_stop(
    draft: Draft, state: OrderState, stop: Usd | None, words: str, *, triggered: bool
) -> None:
    order_id, now = state.order.order_id, draft.now
    moves = state.order.order_type is OrderType.TRAILING_STOP
    if moves and stop is not None and stop != state.stop_price:
        draft.add(StopMoved(at=now.wall, feed_at=now.feed, order_id=order_id, stop_price=stop))
    if triggered and not state.triggered:
        draft.add(OrderTriggered(at=now.wall, feed_at=now.feed, order_id=order_id, words=words))


def _acknowledge(draft: Draft, order_id: str, number: str, *, held: bool = False) -> None:
    now = draft.now
    draft.add(
        OrderAcknowledged(
            at=now.wall, feed_at=now.feed, order_id=order_id, broker_order_id=number, held=held
        )
    )


def reconcile(draft: Draft, known: Sequence[BrokerOrder]) -> None:
    """Hold every open order of ours against the broker's book, and the other way round."""
    at_broker = {order.order.order_id: order for order in known}
    for state in draft.account.open_orders:
        order_id = state.order.order_id
        # What is settled before takes its exits along.
        settled = not draft.account.orders[order_id].status.open
        if not settled and order_id not in draft.view.unsent:
            _hold(draft, state, at_broker.get(order_id))
    for state in tuple(draft.account.orders.values()):
        found = at_broker.get(state.order.order_id)
        if found is not None and not state.status.open:
            _catch_up(draft, found)
    for order_id in at_broker.keys() - draft.account.orders.keys():
        if at_broker[order_id].status.open:
            draft.problems.append(f"the broker has {order_id} open, which is no order of ours")


def _hold(draft: Draft, state: OrderState, found: BrokerOrder | None) -> None:
    if found is not None:
        _adopt(draft, state, found)
    elif state.order.order_id not in draft.view.in_question:
        # One that is being sent or asked for may be there in a moment.
        _settle_missing(draft, state)


def adopt_found(draft: Draft, found: BrokerOrder) -> None:
    """Take over an order whose answer was lost and that the broker has."""
    state = draft.account.orders.get(found.order.order_id)
    if state is None:
        return
    if state.status.open:
        _adopt(draft, state, found)
    else:
        _catch_up(draft, found)


def never_reached(draft: Draft, order_id: str) -> None:
    """Settle an order that surely never arrived; nothing is done about one that is known better."""
    state = draft.account.orders.get(order_id)
    if state is None or order_id in draft.view.unsent or state.broker_order_id or state.fills:
        return
    if state.status in {OrderStatus.PENDING_NEW, OrderStatus.UNKNOWN}:
        _settle_missing(draft, state)


def _catch_up(draft: Draft, found: BrokerOrder) -> None:
    """Take what the broker says of an order that has ended here.

    Its last fills may have been lost on their way, and a request that was given up may have
    arrived after all; what is open then is not wanted any more.
    """
    order_id, now = found.order.order_id, draft.now
    for fill in found.fills:
        _take_fill(draft, draft.account.orders[order_id], fill)
    if found.status.open:
        reason = "it has ended here and is open at the broker"
        draft.add(
            CancelAsked(
                at=now.wall, feed_at=now.feed, order_id=order_id, by="engine", reason=reason
            )
        )
        draft.effects.append(Cancel(order_id))


def _adopt(draft: Draft, state: OrderState, found: BrokerOrder) -> None:
    order_id = state.order.order_id
    for fill in found.fills:
        _take_fill(draft, draft.account.orders[order_id], fill)
    if not found.status.open:
        if found.status is not OrderStatus.FILLED:
            words = "ended at the broker while we were away"
            _take_update(draft, state, OrderUpdate(order_id, found.status, words))
        return
    held = found.status is OrderStatus.HELD
    if state.status in _UNHEARD:
        _acknowledge(draft, order_id, found.broker_order_id, held=held)
    elif state.status is OrderStatus.HELD and not held:
        _take_update(draft, state, OrderUpdate(order_id, OrderStatus.ACCEPTED, "works already"))
    words = "its stop was reached while we were away"
    _take_stop(draft, state, found.stop_price, words, triggered=found.triggered)
    if state.cancel_asked:
        draft.effects.append(Cancel(order_id))


def _settle_missing(draft: Draft, state: OrderState) -> None:
    """Settle an order of ours the broker does not have.

    One that never reached it is sent if risk still agrees; about one that did nobody guesses.
    """
    order, now = state.order, draft.now
    if state.status is OrderStatus.HELD and _entry_open(draft, state):
        return  # it comes and goes with its entry
    if state.fills or state.status not in _UNHEARD:
        words = "acknowledged once, and the broker does not know it any more"
        draft.add(OrderUnknown(at=now.wall, feed_at=now.feed, order_id=order.order_id, words=words))
        draft.problems.append(f"{order.order_id}: {words}")
        return
    words = ""
    if state.cancel_asked:
        words = "canceled before it reached the broker"
    elif order.replaces is not None:
        words = f"it never reached the broker; {order.replaces} is as it was"
    if words:
        draft.add(
            OrderCanceled(at=now.wall, feed_at=now.feed, order_id=order.order_id, words=words)
        )
        return
    verdict = draft.order(order, state.command_id)
    if isinstance(verdict, Refused):
        words = f"never reached the broker, and would not pass now: {verdict.because}"
        draft.add(
            OrderCanceled(at=now.wall, feed_at=now.feed, order_id=order.order_id, words=words)
        )


def _entry_open(draft: Draft, leg: OrderState) -> bool:
    entry = draft.account.orders.get(leg.order.parent_id or "")
    return entry is not None and entry.status.open
