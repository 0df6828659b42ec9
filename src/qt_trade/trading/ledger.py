"""The state of an account as a fold over its events."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from qt_trade.model.money import ZERO
from qt_trade.trading import adjustments, risk_memory
from qt_trade.trading import events as e
from qt_trade.trading.account import (
    Account,
    AutoTrading,
    Closing,
    Stop,
    Today,
    exchange_day,
)
from qt_trade.trading.control import FOLDS, NOBODY
from qt_trade.trading.emergency_events import EmergencyEnded
from qt_trade.trading.emergency_folds import EMERGENCY_FOLDS
from qt_trade.trading.ledger_draft import LedgerDraft, LedgerError
from qt_trade.trading.order_folds import ORDER_FOLDS

__all__ = ["LedgerDraft", "LedgerError", "apply", "fold", "take"]

ANSWERS_KEPT = 5_000
"""Commands remembered for repeats; the journal's unique command id guards what is older."""


def apply(account: Account | None, event: e.Event) -> Account:
    """Return the account after an event; ``account`` is None before the first one."""
    return fold(account, (event,))


def fold(account: Account | None, events: Iterable[e.Event]) -> Account:
    """Return the account after events, oldest first; the given account stays as it is.

    A fill that is known already, and news of an order that has ended, change nothing. Raises
    LedgerError when the events contradict the account or when there is nothing to begin with.
    """
    draft = None if account is None else LedgerDraft(account)
    for event in events:
        if isinstance(event, e.AccountOpened):
            if draft is not None:
                raise LedgerError("a second AccountOpened in one journal")
            draft = LedgerDraft(_opened(event))
        elif draft is None:
            raise LedgerError(f"{type(event).__name__} before AccountOpened")
        else:
            take(draft, event)
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


def _take_emergency(draft: LedgerDraft, event: e.Event) -> None:
    emergency = EMERGENCY_FOLDS.get(type(event))
    if emergency is not None:
        draft.head = emergency(draft.head, event)
    if isinstance(event, EmergencyEnded) and not event.verified:
        draft.forget_closing(event.command_id)


def take(draft: LedgerDraft, event: e.Event) -> None:
    """Take one event into a draft of an account. Raises LedgerError as ``fold`` does."""
    day = exchange_day(event.feed_at)
    if day > draft.head.today.day:
        draft.head = replace(draft.head, today=Today(day))
        draft.orders = {key: state for key, state in draft.orders.items() if state.status.open}
    kind = type(event)
    _take_emergency(draft, event)
    control = FOLDS.get(kind)
    if control is not None:
        draft.head = replace(draft.head, control=control(draft.head.control, event))
    books = adjustments.FOLDS.get(kind)
    if books is not None:
        draft.head = books(draft.head, draft.positions, event)
        for symbol in tuple(draft.closing):
            draft.settle_closing(symbol)
    remembered = risk_memory.FOLDS.get(kind)
    # An order that waited is approved again, and is still one order.
    again = isinstance(event, e.OrderApproved) and event.order.order_id in draft.orders
    if remembered is not None and not again:
        draft.head = replace(draft.head, risk=remembered(draft.head.risk, event))
    handler = _HANDLERS.get(kind)
    if handler is not None:
        handler(draft, event)


def _answered(draft: LedgerDraft, event: e.CommandAnswered) -> None:
    draft.answers[event.command_id] = event
    while len(draft.answers) > ANSWERS_KEPT:
        del draft.answers[next(iter(draft.answers))]


def _stopped(draft: LedgerDraft, event: e.TradingStopped) -> None:
    draft.head = replace(draft.head, stop=Stop(event.reason, event.by, event.at))


def _resumed(draft: LedgerDraft, _event: e.TradingResumed) -> None:
    draft.head = replace(draft.head, stop=None)


def _auto_started(draft: LedgerDraft, event: e.AutoTradingStarted) -> None:
    running = draft.head.auto
    since = event.at if running is None else running.since
    before = None if running is None else running.settings
    draft.head = replace(
        draft.head,
        auto=AutoTrading(event.settings, event.by, since),
        wished=draft.head.wished.after_start(event.settings, before),
    )


def _auto_stopped(draft: LedgerDraft, _event: e.AutoTradingStopped) -> None:
    draft.head = replace(draft.head, auto=None)


def _wishes_named(draft: LedgerDraft, event: e.WishesNamed) -> None:
    wished = draft.head.wished.after(event.document, event.wishes)
    draft.head = replace(draft.head, wished=wished)


def _close_asked(draft: LedgerDraft, event: e.CloseAsked) -> None:
    emergency = draft.head.emergency
    same = emergency is not None and emergency.began.command_id == event.command_id
    tried = emergency.tried.get(event.symbol, 0) if emergency is not None and same else 0
    draft.closing[event.symbol] = Closing(event, attempts=tried)


def _cycle_finished(draft: LedgerDraft, event: e.CycleFinished) -> None:
    draft.head = replace(draft.head, cycles_run=draft.head.cycles_run + 1, last_cycle=event.report)


def _revoked(draft: LedgerDraft, event: e.SessionRevoked) -> None:
    revoked = {**draft.head.revoked, event.session_id: event}
    draft.head = replace(draft.head, revoked=MappingProxyType(revoked))


_HANDLERS: Mapping[type, Callable[[LedgerDraft, Any], None]] = MappingProxyType(
    {
        e.CommandAnswered: _answered,
        **ORDER_FOLDS,
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
