"""Canceling orders and closing positions, so that nothing is left behind unsaid."""

from qt_trade.model.orders import Order, OrderOrigin, OrderType, Side, TimeInForce
from qt_trade.model.symbols import Symbol
from qt_trade.model.verdicts import Refused
from qt_trade.trading.account import OrderState
from qt_trade.trading.commands import CloseAll
from qt_trade.trading.events import CancelAsked, CloseAsked, OrderCanceled
from qt_trade.trading.ids import order_id_for
from qt_trade.trading.steps import Cancel, Draft


def cancel_order(draft: Draft, state: OrderState, by: str, reason: str) -> None:
    """Cancel an open order: take it back if the broker never got it, ask the broker otherwise."""
    order_id, now = state.order.order_id, draft.now
    if order_id in draft.view.unsent:
        words = f"canceled by {by} before it was sent: {reason}"
        draft.withdrawn.add(order_id)
        draft.add(OrderCanceled(at=now.wall, feed_at=now.feed, order_id=order_id, words=words))
        return
    draft.add(CancelAsked(at=now.wall, feed_at=now.feed, order_id=order_id, by=by, reason=reason))
    draft.effects.append(Cancel(order_id))


def cancel_all(draft: Draft, by: str, reason: str) -> str:
    """Cancel every open order and say how many."""
    states = draft.account.open_orders
    for state in states:
        cancel_order(draft, state, by, reason)
    return f"{len(states)} open orders are being canceled" if states else "no order was open"


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


def close_all(draft: Draft, command: CloseAll) -> str:
    """Close every position: at once where no order is open, else as soon as those are gone."""
    account, now = draft.account, draft.now
    busy = [state.order.symbol for state in account.open_orders]
    for symbol in dict.fromkeys((*account.held, *busy)):
        draft.add(
            CloseAsked(
                at=now.wall,
                feed_at=now.feed,
                symbol=symbol,
                command_id=command.command_id,
                by=command.by,
                reason=command.reason,
            )
        )
    canceling = cancel_all(draft, command.by, command.reason)
    refused = pursue_closing(draft)
    waiting = [symbol for symbol in draft.account.closing if draft.account.quantity(symbol)]
    parts = [
        f"{len(account.held) - len(refused) - len(waiting)} positions are being closed",
        *([f"{', '.join(waiting)} as soon as the open orders are gone"] if waiting else []),
        *(f"{verdict.order.symbol} is not closed: {verdict.because}" for verdict in refused),
        canceling,
    ]
    return "; ".join(parts)


def pursue_closing(draft: Draft) -> list[Refused]:
    """Send the closing orders of symbols whose open orders are gone; return those refused."""
    busy = {state.order.symbol for state in draft.account.open_orders}
    refused = []
    for symbol, asked in tuple(draft.account.closing.items()):
        if symbol not in busy and draft.account.quantity(symbol):
            verdict = draft.order(_closing_order(draft, symbol, asked), asked.command_id)
            if isinstance(verdict, Refused):
                draft.problems.append(f"{symbol} is not closed: {verdict.because}")
                refused.append(verdict)
    return refused


def _closing_order(draft: Draft, symbol: Symbol, asked: CloseAsked) -> Order:
    quantity = draft.account.quantity(symbol)
    return Order(
        order_id=order_id_for(asked.command_id, symbol, 0),
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
