"""The state of an account as a fold over its events."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from qt_trade.model.money import ZERO
from qt_trade.model.orders import OrderOrigin, OrderStatus
from qt_trade.model.symbols import Symbol
from qt_trade.trading import adjustments, risk_memory
from qt_trade.trading import events as e
from qt_trade.trading.account import (
    Account,
    AutoTrading,
    Closing,
    Opening,
    OrderState,
    Stop,
    Today,
    exchange_day,
)
from qt_trade.trading.adjustments import book_fill
from qt_trade.trading.control import FOLDS, NOBODY
from qt_trade.trading.emergency_folds import EMERGENCY_FOLDS

ANSWERS_KEPT = 5_000
"""Commands remembered for repeats; the journal's unique command id guards what is older."""


class LedgerError(ValueError):
    """An event that cannot follow the ones before it: the journal is damaged or mixed up."""


def apply(account: Account | None, event: e.Event) -> Account:
    """Return the account after an event; ``account`` is None before the first one."""
    return fold(account, (event,))


def fold(account: Account | None, events: Iterable[e.Event]) -> Account:
    """Return the account after events, oldest first; the given account stays as it is.

    A fill that is known already, and news of an order that has ended, change nothing. Raises
    LedgerError when the events contradict the account or when there is nothing to begin with.
    """
    draft = None if account is None else _Draft(account)
    for event in events:
        if isinstance(event, e.AccountOpened):
            if draft is not None:
                raise LedgerError("a second AccountOpened in one journal")
            draft = _Draft(_opened(event))
        elif draft is None:
            raise LedgerError(f"{type(event).__name__} before AccountOpened")
        else:
            draft.apply(event)
    if draft is None:
        raise LedgerError("no AccountOpened: there is no account yet")
    return draft.account()


def _opened(event: e.AccountOpened) -> Account:
    return Account(
        account_id=event.account_id,
        deposited=event.cash,
        cash=event.cash,
        realized=ZERO,
        commissions=ZERO,
        today=Today(exchange_day(event.feed_at)),
        positions={},
        orders={},
        last_opening={},
        answers={},
        closing={},
        stop=None,
        auto=None,
        cycles_run=0,
        last_cycle=None,
        control=NOBODY,
        revoked={},
    )


class _Draft:
    """An account being folded: figures in ``head``, private copies of its mappings.

    Copied once per fold and not once per event, so that a long journal folds in linear time.
    """

    def __init__(self, account: Account) -> None:
        self.head = account
        self.positions = dict(account.positions)
        self.orders = dict(account.orders)
        self.last_opening = dict(account.last_opening)
        self.answers = dict(account.answers)
        self.closing = dict(account.closing)

    def account(self) -> Account:
        """Return the finished account; the draft is not used afterwards."""
        return replace(
            self.head,
            positions=MappingProxyType(self.positions),
            orders=MappingProxyType(self.orders),
            last_opening=MappingProxyType(self.last_opening),
            answers=MappingProxyType(self.answers),
            closing=MappingProxyType(self.closing),
        )

    def apply(self, event: e.Event) -> None:
        """Take one event into account."""
        day = exchange_day(event.feed_at)
        if day > self.head.today.day:
            self.head = replace(self.head, today=Today(day))
            self.orders = {key: state for key, state in self.orders.items() if state.status.open}
        emergency = EMERGENCY_FOLDS.get(type(event))
        if emergency is not None:
            self.head = emergency(self.head, event)
        control = FOLDS.get(type(event))
        if control is not None:
            self.head = replace(self.head, control=control(self.head.control, event))
        books = adjustments.FOLDS.get(type(event))
        if books is not None:
            self.head = books(self.head, self.positions, event)
            for symbol in tuple(self.closing):
                self.settle_closing(symbol)
        remembered = risk_memory.FOLDS.get(type(event))
        if remembered is not None:
            self.head = replace(self.head, risk=remembered(self.head.risk, event))
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)

    def order(self, order_id: str) -> OrderState:
        """Return the state of an order, which must be known."""
        state = self.orders.get(order_id)
        if state is None:
            raise LedgerError(f"{order_id} was never approved in this journal")
        return state

    def end(
        self, event: e.OrderCanceled | e.OrderExpired | e.OrderRejected, to: OrderStatus
    ) -> None:
        """Put an order to its end, unless it has ended before."""
        state = self.order(event.order_id)
        if state.status.open:
            self.orders[event.order_id] = replace(
                state, status=to, words=event.words, at=event.at, feed_at=event.feed_at
            )
            self.settle_closing(state.order.symbol)

    def settle_closing(self, symbol: Symbol) -> None:
        """Forget that a symbol is to be closed once it is flat and nothing is open in it."""
        position = self.positions.get(symbol)
        gone = position is None or position.quantity == 0
        busy = any(s.order.symbol == symbol and s.status.open for s in self.orders.values())
        if gone and not busy:
            self.closing.pop(symbol, None)


def _answered(draft: _Draft, event: e.CommandAnswered) -> None:
    draft.answers[event.command_id] = event
    while len(draft.answers) > ANSWERS_KEPT:
        del draft.answers[next(iter(draft.answers))]


def _approved(draft: _Draft, event: e.OrderApproved) -> None:
    order = event.order
    known = draft.orders.get(order.order_id)
    if known is not None and (known.fills or not known.status.open):
        raise LedgerError(f"{order.order_id} was approved again after it had traded or ended")
    draft.orders[order.order_id] = OrderState(
        order=order,
        command_id=event.command_id,
        status=OrderStatus.PENDING_NEW,
        broker_order_id="",
        fills=(),
        reserved=event.reserved,
        worst_price=event.worst_price,
        opens=event.opens,
        sent=False,
        cancel_asked=False,
        words="approved",
        at=event.at,
        feed_at=event.feed_at,
    )
    if known is None:
        today = draft.head.today
        draft.head = replace(draft.head, today=replace(today, orders=today.orders + 1))
    if event.opens:
        draft.last_opening[order.symbol] = Opening(order.order_id, event.feed_at)
    if order.origin is OrderOrigin.EMERGENCY:
        _tried(draft, event, "sent")


def _refused(draft: _Draft, event: e.OrderRefused) -> None:
    if event.order.origin is OrderOrigin.EMERGENCY:
        _tried(draft, event, event.because)


def _tried(draft: _Draft, event: e.OrderApproved | e.OrderRefused, words: str) -> None:
    """Note that a symbol's position was tried to be closed: not the same order a second time."""
    symbol = event.order.symbol
    closing, emergency = draft.closing.get(symbol), draft.head.emergency
    if closing is not None and closing.asked.command_id == event.command_id:
        closing = replace(closing, attempts=closing.attempts + 1, last_at=event.at, words=words)
        draft.closing[symbol] = closing
        if emergency is not None:
            tried = {**emergency.tried, symbol: closing.attempts}
            draft.head = replace(draft.head, emergency=replace(emergency, tried=tried))


def _sent(draft: _Draft, event: e.OrderSent) -> None:
    draft.orders[event.order_id] = replace(draft.order(event.order_id), sent=True)


def _acknowledged(draft: _Draft, event: e.OrderAcknowledged) -> None:
    state = draft.order(event.order_id)
    waiting = state.status in {OrderStatus.PENDING_NEW, OrderStatus.UNKNOWN}
    status = OrderStatus.PARTIALLY_FILLED if state.fills else OrderStatus.ACCEPTED
    draft.orders[event.order_id] = replace(
        state,
        sent=True,
        broker_order_id=event.broker_order_id,
        status=status if waiting else state.status,
        words="acknowledged by the broker" if waiting else state.words,
        at=event.at,
        feed_at=event.feed_at,
    )


def _filled(draft: _Draft, event: e.OrderFilled) -> None:
    fill = event.fill
    state = draft.order(fill.order_id)
    if any(known.fill_id == fill.fill_id for known in state.fills):
        return
    draft.head = book_fill(draft.head, draft.positions, fill)
    filled = state.filled + fill.quantity
    ended = OrderStatus.FILLED if filled >= state.order.quantity else state.status
    draft.orders[fill.order_id] = replace(
        state,
        sent=True,
        fills=(*state.fills, fill),
        status=OrderStatus.PARTIALLY_FILLED if ended.open else ended,
        words=f"{filled} of {state.order.quantity} filled",
        at=event.at,
        feed_at=event.feed_at,
    )
    draft.settle_closing(fill.symbol)


def _cancel_asked(draft: _Draft, event: e.CancelAsked) -> None:
    draft.orders[event.order_id] = replace(
        draft.order(event.order_id),
        cancel_asked=True,
        words=f"cancel asked by {event.by}: {event.reason}",
    )


def _unknown(draft: _Draft, event: e.OrderUnknown) -> None:
    state = draft.order(event.order_id)
    if state.status.open:
        draft.orders[event.order_id] = replace(
            state,
            sent=True,
            status=OrderStatus.UNKNOWN,
            words=event.words,
            at=event.at,
            feed_at=event.feed_at,
        )


def _canceled(draft: _Draft, event: e.OrderCanceled) -> None:
    draft.end(event, OrderStatus.CANCELED)


def _expired(draft: _Draft, event: e.OrderExpired) -> None:
    draft.end(event, OrderStatus.EXPIRED)


def _rejected(draft: _Draft, event: e.OrderRejected) -> None:
    draft.end(event, OrderStatus.REJECTED)


def _stopped(draft: _Draft, event: e.TradingStopped) -> None:
    draft.head = replace(draft.head, stop=Stop(event.reason, event.by, event.at))


def _resumed(draft: _Draft, _event: e.TradingResumed) -> None:
    draft.head = replace(draft.head, stop=None)


def _auto_started(draft: _Draft, event: e.AutoTradingStarted) -> None:
    running = draft.head.auto
    since = event.at if running is None else running.since
    before = None if running is None else running.settings
    draft.head = replace(
        draft.head,
        auto=AutoTrading(event.settings, event.by, since),
        wished=draft.head.wished.after_start(event.settings, before),
    )


def _auto_stopped(draft: _Draft, _event: e.AutoTradingStopped) -> None:
    draft.head = replace(draft.head, auto=None)


def _wishes_named(draft: _Draft, event: e.WishesNamed) -> None:
    wished = draft.head.wished.after(event.document, event.wishes)
    draft.head = replace(draft.head, wished=wished)


def _close_asked(draft: _Draft, event: e.CloseAsked) -> None:
    emergency = draft.head.emergency
    same = emergency is not None and emergency.began.command_id == event.command_id
    tried = emergency.tried.get(event.symbol, 0) if emergency is not None and same else 0
    draft.closing[event.symbol] = Closing(event, attempts=tried)


def _cycle_finished(draft: _Draft, event: e.CycleFinished) -> None:
    draft.head = replace(draft.head, cycles_run=draft.head.cycles_run + 1, last_cycle=event.report)


def _revoked(draft: _Draft, event: e.SessionRevoked) -> None:
    revoked = {**draft.head.revoked, event.session_id: event}
    draft.head = replace(draft.head, revoked=MappingProxyType(revoked))


_HANDLERS: Mapping[type, Callable[[_Draft, Any], None]] = MappingProxyType(
    {
        e.CommandAnswered: _answered,
        e.OrderApproved: _approved,
        e.OrderRefused: _refused,
        e.OrderSent: _sent,
        e.OrderAcknowledged: _acknowledged,
        e.OrderFilled: _filled,
        e.CancelAsked: _cancel_asked,
        e.OrderCanceled: _canceled,
        e.OrderExpired: _expired,
        e.OrderRejected: _rejected,
        e.OrderUnknown: _unknown,
        e.TradingStopped: _stopped,
        e.TradingResumed: _resumed,
        e.AutoTradingStarted: _auto_started,
        e.AutoTradingStopped: _auto_stopped,
        e.WishesNamed: _wishes_named,
        e.CloseAsked: _close_asked,
        e.CycleFinished: _cycle_finished,
        e.SessionRevoked: _revoked,
    }
)
"""DecisionMade, RiskJudged and DayValued explain; they move nothing. What concerns the control is
folded by ``control.FOLDS``, an emergency by ``EMERGENCY_FOLDS``, what moves the books beside our
orders by ``adjustments.FOLDS``, what the rules remember by ``risk_memory.FOLDS``. A test holds the
rest complete."""
