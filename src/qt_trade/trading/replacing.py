"""Changing an order: another one, judged anew, takes its place when the broker confirms."""

from dataclasses import replace

from qt_trade.model.orders import Order, OrderStatus
from qt_trade.model.shares import format_shares
from qt_trade.model.verdicts import Approved, Refused
from qt_trade.trading.answers import Answer
from qt_trade.trading.commands import ReplaceManual
from qt_trade.trading.events import OrderReplaced, ReplaceAsked
from qt_trade.trading.ids import order_id_for
from qt_trade.trading.order_state import OrderState
from qt_trade.trading.steps import Draft, Replace


def replace_order(command: ReplaceManual, draft: Draft) -> Answer:
    """Have an order replaced; a refused replacement leaves it as it is."""
    state = draft.account.orders.get(command.order_id)
    if state is None:
        return Answer(accepted=False, reason=f"there is no order {command.order_id} today")
    objection = _objection(state)
    if objection is not None:
        return Answer(accepted=False, reason=objection, order_id=command.order_id)
    try:
        order = _successor(command, state.order, draft)
    except ValueError as impossible:
        return Answer(accepted=False, reason=str(impossible), order_id=command.order_id)
    verdict = draft.judge(order, command.command_id)
    if isinstance(verdict, Approved):
        _put_in_place(draft, state, verdict)
    return Answer(
        accepted=isinstance(verdict, Approved),
        reason=verdict.because if isinstance(verdict, Refused) else "",
        order_id=order.order_id,
        verdicts=verdict.verdicts,
    )


def _objection(state: OrderState) -> str | None:
    """Return why an order cannot be replaced and what to do about it, None when it can."""
    cancel = "cancel it and send a new order"
    objections = (
        (not state.status.open, f"the order is {state.status} already"),
        (state.cancel_asked, "the order is being canceled"),
        (state.replaced_by is not None, f"{state.replaced_by} is to replace the order already"),
        (
            state.status is OrderStatus.UNKNOWN,
            "the broker is being asked where the order stands; wait until that is known",
        ),
        (
            bool(state.fills),
            f"{format_shares(state.filled)} shares of the order are filled; {cancel} for the rest",
        ),
        (state.order.exits is not None, f"the order has exits of its own; {cancel}"),
        (
            state.status is OrderStatus.HELD,
            "the exit waits for its entry and can be changed when that is filled",
        ),
    )
    return next((words for objects, words in objections if objects), None)


def _successor(command: ReplaceManual, order: Order, draft: Draft) -> Order:
    """Return the order that is wanted instead. Raises ValueError when its terms cannot be."""
    trails = command.trail_price is not None or command.trail_bp is not None
    if (
        order.parent_id is not None
        and command.quantity is not None
        and command.quantity != order.quantity
    ):
        raise ValueError("quantity of an exit is that of its entry; change its price alone")
    return replace(
        order,
        order_id=order_id_for(command.command_id, order.symbol, 0),
        replaces=order.order_id,
        quantity=command.quantity or order.quantity,
        limit_price=command.limit_price or order.limit_price,
        stop_price=command.stop_price or order.stop_price,
        trail_price=command.trail_price if trails else order.trail_price,
        trail_bp=command.trail_bp if trails else order.trail_bp,
        time_in_force=command.time_in_force or order.time_in_force,
        reason=f"{order.reason}; changed by {command.by}",
        created_at=draft.now.wall,
    )


def _put_in_place(draft: Draft, state: OrderState, approved: Approved) -> None:
    """Ask the broker; an order it has never been given simply gives way."""
    order_id, new_id, now = state.order.order_id, approved.order.order_id, draft.now
    if order_id in draft.view.unsent:
        draft.withdrawn.add(order_id)
        words = f"replaced by {new_id} before it was sent"
        draft.add(OrderReplaced(at=now.wall, feed_at=now.feed, order_id=order_id, words=words))
        draft.send(approved)
        return
    draft.add(ReplaceAsked(at=now.wall, feed_at=now.feed, order_id=order_id, by=new_id))
    opens = draft.account.orders[new_id].opens
    draft.effects.append(Replace(order_id, approved, opens))
