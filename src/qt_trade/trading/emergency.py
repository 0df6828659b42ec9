"""Emergencies: stop, cancel, close, and prove it; nothing is left behind unsaid.

What was called for is pursued until the broker says twice, some time apart, that it is done: an
order that turns up is canceled, a position that turns up is closed, a closing order that failed
is tried again under an id of its own. Where the market is closed the exits wait for it to open.
"""

from datetime import timedelta

from qt_trade.model.emergencies import Emergency
from qt_trade.model.money import Usd
from qt_trade.model.orders import Order, OrderOrigin, OrderStatus, OrderType, Side, TimeInForce
from qt_trade.model.portfolio import Position
from qt_trade.model.shares import value_of
from qt_trade.model.symbols import Symbol
from qt_trade.model.verdicts import Refused
from qt_trade.trading.account import Closing, EmergencyState
from qt_trade.trading.commands import CancelAll, CloseAll, StopAll
from qt_trade.trading.emergency_events import (
    EmergencyBegan,
    EmergencyCounted,
    EmergencyEnded,
    PositionBefore,
)
from qt_trade.trading.emergency_folds import is_done
from qt_trade.trading.events import CancelAsked, CloseAsked, OrderCanceled
from qt_trade.trading.ids import order_id_for
from qt_trade.trading.order_state import OrderState
from qt_trade.trading.steps import Cancel, Draft

AGAIN_AFTER = timedelta(seconds=10)
"""Between two orders that try to close the same position (wall time)."""
ATTEMPTS_MAX = 6
"""Closing orders tried for a position; what is left then needs a person."""


def cancel_order(draft: Draft, state: OrderState, by: str, reason: str) -> None:
    """Cancel an open order: take it back if the broker never got it, ask the broker otherwise.

    What was to take its place goes, too; the exits of an unsent order go with that order.
    """
    order_id, now = state.order.order_id, draft.now
    after = draft.account.orders.get(state.replaced_by or "")
    if after is not None and after.status.open and not after.cancel_asked:
        cancel_order(draft, after, by, reason)
    if not draft.account.orders[order_id].status.open:
        return
    if order_id in draft.view.unsent:
        whole = state.order.parent_id or order_id
        words = f"canceled by {by} before it was sent: {reason}"
        draft.withdrawn.add(whole)
        draft.add(OrderCanceled(at=now.wall, feed_at=now.feed, order_id=whole, words=words))
        return
    draft.add(CancelAsked(at=now.wall, feed_at=now.feed, order_id=order_id, by=by, reason=reason))
    draft.effects.append(Cancel(order_id))


def _goes_along(draft: Draft, state: OrderState) -> bool:
    """Return whether an exit that waits is ended together with its entry."""
    entry = draft.account.orders.get(state.order.parent_id or "")
    return state.status is OrderStatus.HELD and entry is not None and entry.status.open


def withdraw_openings(draft: Draft, by: str, reason: str) -> int:
    """Take back every opening order the broker has not been given yet; return how many."""
    states = [
        state
        for state in draft.account.open_orders
        if state.opens and state.order.order_id in draft.view.unsent
    ]
    for state in states:
        cancel_order(draft, state, by, reason)
    return len(states)


def begin(draft: Draft, command: StopAll | CancelAll | CloseAll) -> None:
    """Write down what an emergency finds.

    One that is still being carried out ends with it, unless it is the stronger one: that goes on,
    and what is asked for now is done beside it.
    """
    now, running, action = draft.now, draft.account.emergency, _ACTIONS[type(command)]
    if running is not None:
        if _STRENGTH.index(action) < _STRENGTH.index(running.began.action):
            return
        _end(draft, running, verified=False, words=f"{action} was called for meanwhile")
    book = draft.view.book(draft.account)
    draft.add(
        EmergencyBegan(
            at=now.wall,
            feed_at=now.feed,
            command_id=command.command_id,
            action=action,
            by=command.by,
            how=command.how,
            reason=command.reason,
            positions=tuple(
                PositionBefore(symbol, position.quantity, _worth(book.mark(symbol), position))
                for symbol, position in sorted(draft.account.held.items())
            ),
            orders=tuple(state.order.order_id for state in draft.account.open_orders),
        )
    )


def cancel_all(draft: Draft, by: str, reason: str) -> str:
    """Cancel every open order and say how many; the exits of an emergency are let through."""
    account, running = draft.account, draft.account.emergency
    closing_id = "" if running is None else running.began.command_id
    states = [
        state
        for state in account.open_orders
        if not _goes_along(draft, state) and state.command_id != closing_id
    ]
    for state in states:
        cancel_order(draft, state, by, reason)
    return f"{len(states)} open orders are being canceled" if states else "no order was open"


def close_all(draft: Draft, command: CloseAll) -> str:
    """Close every position: at once where no order is open, else as soon as those are gone."""
    account = draft.account
    busy = [state.order.symbol for state in account.open_orders]
    for symbol in dict.fromkeys((*account.held, *busy)):
        _ask_to_close(draft, symbol, command.command_id, command.by, command.reason)
    canceling = cancel_all(draft, command.by, command.reason)
    market = draft.view.market
    if not market.open:
        held = len(account.held)
        words = f"the market is closed: {market.words}; {held} exits wait for it to open"
        return f"{words}; {canceling}"
    refused = pursue_closing(draft)
    waiting = [
        symbol
        for symbol, closing in draft.account.closing.items()
        if draft.account.quantity(symbol) and not closing.attempts
    ]
    parts = [
        f"{len(account.held) - len(refused) - len(waiting)} positions are being closed",
        *([f"{', '.join(waiting)} as soon as the open orders are gone"] if waiting else []),
        *(f"{verdict.order.symbol} is not closed: {verdict.because}" for verdict in refused),
        canceling,
    ]
    return "; ".join(parts)


def pursue_closing(draft: Draft) -> list[Refused]:
    """Send the closing orders of symbols whose open orders are gone; return those refused.

    While the market is closed they wait: a closing order that cannot be filled proves nothing.
    """
    if not draft.view.market.open:
        return []
    busy = {state.order.symbol for state in draft.account.open_orders}
    refused = []
    for symbol, closing in tuple(draft.account.closing.items()):
        if symbol in busy or not draft.account.quantity(symbol) or not _is_due(closing, draft):
            continue
        verdict = draft.order(_closing_order(draft, symbol, closing), closing.asked.command_id)
        if isinstance(verdict, Refused):
            draft.problems.append(f"{symbol} is not closed: {verdict.because}")
            refused.append(verdict)
    return refused


def attend(draft: Draft) -> None:
    """Go after whatever an emergency is to end and what turned up since it began."""
    state = draft.account.emergency
    if state is not None:
        began = state.began
        if began.action is not Emergency.STOP_ALL_TRADING:
            for order in draft.account.open_orders:
                if (
                    not order.cancel_asked
                    and order.command_id != began.command_id
                    and not _goes_along(draft, order)
                ):
                    cancel_order(draft, order, began.by, began.reason)
        if began.action is Emergency.CLOSE_ALL_POSITIONS:
            for symbol in draft.account.held:
                if symbol not in draft.account.closing:
                    _ask_to_close(draft, symbol, began.command_id, began.by, began.reason)
    pursue_closing(draft)


def count(draft: Draft, positions: int, orders: int, apart: timedelta) -> None:
    """Take the broker's answer: how much is open there. Twice the same good news is the end.

    ``apart``: the least time between the two. A stop has nothing to wait for: one answer says
    what stays open.
    """
    state = draft.account.emergency
    if state is None:
        return
    action, counts = state.began.action, state.counts
    if not is_done(action, positions, orders):
        if counts:
            _count(draft, state, positions, orders)
        return
    stop = action is Emergency.STOP_ALL_TRADING
    if stop or not counts or draft.now.wall - counts[0].at >= apart:
        _count(draft, state, positions, orders)
    if stop:
        words = f"nothing opens any more; {positions} positions and {orders} orders stay open"
        _end(draft, state, verified=True, words=words)
    elif counts and draft.now.wall - counts[0].at >= apart:
        words = f"the broker says {positions} positions and {orders} orders, asked twice"
        _end(draft, state, verified=True, words=words)


def resumed(draft: Draft, by: str) -> None:
    """End an emergency that a person lifts before it was proved; what it queued is dropped."""
    running = draft.account.emergency
    if running is not None:
        _end(draft, running, verified=False, words=f"{by} resumed trading before it was proved")


def given_up(closing: Closing) -> bool:
    """Return whether a position was tried to be closed so often that a person has to look."""
    return closing.attempts >= ATTEMPTS_MAX


_STRENGTH = (
    Emergency.STOP_ALL_TRADING,
    Emergency.CANCEL_ALL_ORDERS,
    Emergency.CLOSE_ALL_POSITIONS,
)
_ACTIONS = {
    StopAll: Emergency.STOP_ALL_TRADING,
    CancelAll: Emergency.CANCEL_ALL_ORDERS,
    CloseAll: Emergency.CLOSE_ALL_POSITIONS,
}


def _worth(mark: Usd | None, position: Position) -> Usd | None:
    return None if mark is None else value_of(mark, position.quantity)


def _ask_to_close(draft: Draft, symbol: Symbol, command_id: str, by: str, reason: str) -> None:
    now = draft.now
    draft.add(
        CloseAsked(
            at=now.wall,
            feed_at=now.feed,
            symbol=symbol,
            command_id=command_id,
            by=by,
            reason=reason,
        )
    )


def _is_due(closing: Closing, draft: Draft) -> bool:
    if closing.last_at is None:
        return True
    return not given_up(closing) and draft.now.wall - closing.last_at >= AGAIN_AFTER


def _count(draft: Draft, state: EmergencyState, positions: int, orders: int) -> None:
    now = draft.now
    draft.add(
        EmergencyCounted(
            at=now.wall,
            feed_at=now.feed,
            command_id=state.began.command_id,
            positions=positions,
            orders=orders,
        )
    )


def _end(draft: Draft, state: EmergencyState, *, verified: bool, words: str) -> None:
    now, command_id = draft.now, state.began.command_id
    draft.add(
        EmergencyEnded(
            at=now.wall, feed_at=now.feed, command_id=command_id, verified=verified, words=words
        )
    )


def _closing_order(draft: Draft, symbol: Symbol, closing: Closing) -> Order:
    quantity, asked = draft.account.quantity(symbol), closing.asked
    return Order(
        order_id=order_id_for(asked.command_id, symbol, closing.attempts),
        symbol=symbol,
        side=Side.SELL if quantity > 0 else Side.BUY,
        quantity=abs(quantity),
        order_type=OrderType.MARKET,
        limit_price=None,
        time_in_force=TimeInForce.DAY,
        origin=OrderOrigin.EMERGENCY,
        reason=f"close all, asked by {asked.by}: {asked.reason}",
        created_at=draft.now.wall,
    )
