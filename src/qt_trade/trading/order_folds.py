"""What the events of orders make of an account; the statuses follow ``order_states.TABLE``."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from qt_trade.model.money import ZERO
from qt_trade.model.orders import Order, OrderOrigin, OrderStatus, legs_of
from qt_trade.model.shares import format_shares
from qt_trade.trading import order_events as o
from qt_trade.trading.account import Opening
from qt_trade.trading.adjustments import book_fill
from qt_trade.trading.ledger_draft import LedgerDraft, LedgerError
from qt_trade.trading.order_state import OrderState
from qt_trade.trading.order_states import TABLE, News


def _approved(draft: LedgerDraft, event: o.OrderApproved) -> None:
    order = event.order
    if not _begin(draft, event, order):
        today = draft.head.today
        draft.head = replace(draft.head, today=replace(today, orders=today.orders + 1))
    for leg in legs_of(order):
        _begin(draft, event, leg)
    if event.opens:
        draft.last_opening[order.symbol] = Opening(order.order_id, event.feed_at)
    if order.origin is OrderOrigin.EMERGENCY:
        _tried(draft, event, "sent")


def _begin(draft: LedgerDraft, event: o.OrderApproved, order: Order) -> bool:
    """Let an order or a leg begin; return whether it was known. A leg costs nothing and waits."""
    leg = order is not event.order
    known = draft.orders.get(order.order_id)
    if known is not None and known.fills:
        raise LedgerError(f"{order.order_id} was approved again after it had traded")
    fresh = OrderState(
        order=order,
        command_id=event.command_id,
        status=OrderStatus.HELD if leg else OrderStatus.PENDING_NEW,
        broker_order_id="",
        fills=(),
        reserved=ZERO if leg else event.reserved,
        worst_price=None if leg else event.worst_price,
        opens=event.opens and not leg,
        sent=False,
        cancel_asked=False,
        words="waits for its entry" if leg else "approved",
        at=event.at,
        feed_at=event.feed_at,
    )
    if known is not None:
        # Raises where the table refuses it.
        draft.move(known, News.APPROVED, event, fresh.words)
    draft.keep(fresh)
    return known is not None


def _refused(draft: LedgerDraft, event: o.OrderRefused) -> None:
    if event.order.origin is OrderOrigin.EMERGENCY:
        _tried(draft, event, event.because)


def _tried(draft: LedgerDraft, event: o.OrderApproved | o.OrderRefused, words: str) -> None:
    """Note that a symbol's position was tried to be closed: not the same order a second time."""
    symbol = event.order.symbol
    closing, emergency = draft.closing.get(symbol), draft.head.emergency
    if closing is not None and closing.asked.command_id == event.command_id:
        closing = replace(closing, attempts=closing.attempts + 1, last_at=event.at, words=words)
        draft.closing[symbol] = closing
        if emergency is not None:
            tried = {**emergency.tried, symbol: closing.attempts}
            draft.head = replace(draft.head, emergency=replace(emergency, tried=tried))


def _sent(draft: LedgerDraft, event: o.OrderSent) -> None:
    state = draft.order(event.order_id)
    draft.keep(replace(state, sent=True))
    for leg in legs_of(state.order):
        draft.keep(replace(draft.order(leg.order_id), sent=True))


def _acknowledged(draft: LedgerDraft, event: o.OrderAcknowledged) -> None:
    state = draft.order(event.order_id)
    waiting = state.status in {OrderStatus.PENDING_NEW, OrderStatus.UNKNOWN}
    news = News.HELD if event.held else News.PART_FILLED if state.fills else News.ACKNOWLEDGED
    number = event.broker_order_id or state.broker_order_id
    draft.keep(
        replace(
            state,
            sent=True,
            broker_order_id=number,
            status=TABLE[state.status, news].to if waiting else state.status,
            words="acknowledged by the broker" if waiting else state.words,
            at=event.at,
            feed_at=event.feed_at,
        )
    )


def _activated(draft: LedgerDraft, event: o.OrderActivated) -> None:
    after = draft.move(draft.order(event.order_id), News.ACTIVATED, event, event.words)
    if after is not None:
        draft.keep(replace(after, sent=True))


def _stop_moved(draft: LedgerDraft, event: o.StopMoved) -> None:
    draft.keep(replace(draft.order(event.order_id), stop_price=event.stop_price))


def _triggered(draft: LedgerDraft, event: o.OrderTriggered) -> None:
    state = draft.order(event.order_id)
    draft.keep(replace(state, triggered=True, words=event.words, at=event.at))


def _filled(draft: LedgerDraft, event: o.OrderFilled) -> None:
    fill = event.fill
    state = draft.order(fill.order_id)
    if any(known.fill_id == fill.fill_id for known in state.fills):
        return
    draft.head = book_fill(draft.head, draft.positions, fill)
    filled, quantity = state.filled + fill.quantity, state.order.quantity
    words = f"{format_shares(filled)} of {format_shares(quantity)} filled"
    news = News.FILLED if filled >= quantity else News.PART_FILLED
    after = draft.move(state, news, event, words)
    draft.keep(replace(after or state, sent=True, fills=(*state.fills, fill)))
    draft.settle_closing(fill.symbol)


def _cancel_asked(draft: LedgerDraft, event: o.CancelAsked) -> None:
    state = draft.order(event.order_id)
    words = f"cancel asked by {event.by}: {event.reason}"
    draft.keep(replace(state, cancel_asked=True, words=words))


def _replace_asked(draft: LedgerDraft, event: o.ReplaceAsked) -> None:
    state = draft.order(event.order_id)
    if state.status.open:
        draft.keep(replace(state, replaced_by=event.by, words=f"to be replaced by {event.by}"))


def _unknown(draft: LedgerDraft, event: o.OrderUnknown) -> None:
    after = draft.move(draft.order(event.order_id), News.UNANSWERED, event, event.words)
    if after is not None:
        draft.keep(replace(after, sent=True))


_End = o.OrderCanceled | o.OrderExpired | o.OrderRejected | o.OrderReplaced
_ENDS: Mapping[type, News] = MappingProxyType(
    {
        o.OrderCanceled: News.CANCELED,
        o.OrderExpired: News.EXPIRED,
        o.OrderRejected: News.REJECTED,
        o.OrderReplaced: News.REPLACED,
    }
)


def _ended(draft: LedgerDraft, event: _End) -> None:
    """Put an order to its end, unless it has ended before."""
    state = draft.order(event.order_id)
    after = draft.move(state, _ENDS[type(event)], event, event.words)
    if after is not None:
        draft.keep(after)
        draft.freed(state.order)
        draft.settle_closing(state.order.symbol)


ORDER_FOLDS: Mapping[type, Callable[[LedgerDraft, Any], None]] = MappingProxyType(
    {
        o.OrderApproved: _approved,
        o.OrderRefused: _refused,
        o.OrderSent: _sent,
        o.OrderAcknowledged: _acknowledged,
        o.OrderActivated: _activated,
        o.StopMoved: _stop_moved,
        o.OrderTriggered: _triggered,
        o.OrderFilled: _filled,
        o.CancelAsked: _cancel_asked,
        o.ReplaceAsked: _replace_asked,
        o.OrderUnknown: _unknown,
        **dict.fromkeys(_ENDS, _ended),
    }
)
"""RiskJudged explains and moves nothing."""
