"""What each command makes of the account: one function per command, none with a state."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from qt_trade.model.orders import OrderOrigin
from qt_trade.model.symbols import Symbol
from qt_trade.model.verdicts import Refused
from qt_trade.trading import commands as c
from qt_trade.trading import control
from qt_trade.trading import events as e
from qt_trade.trading.answers import Answer
from qt_trade.trading.book_events import DifferenceAccepted
from qt_trade.trading.cycle import run_cycle
from qt_trade.trading.emergency import (
    begin,
    cancel_all,
    cancel_order,
    close_all,
    resumed,
    withdraw_openings,
)
from qt_trade.trading.orders import manual_order
from qt_trade.trading.replacing import replace_order
from qt_trade.trading.risk_watch import mark_value, mind_risk
from qt_trade.trading.steps import Draft
from qt_trade.trading.strategies.sight import waits_as_exit
from qt_trade.trading.strategies.snapshot import Snapshot


def handle(command: c.Command, draft: Draft) -> Answer:
    """Let a command take its effect on a draft."""
    return _HANDLERS[type(command)](command, draft)


def _submit(command: c.SubmitManual, draft: Draft) -> Answer:
    try:
        order = manual_order(command, draft.now.wall)
    except ValueError as impossible:
        return Answer(accepted=False, reason=str(impossible))
    verdict = draft.order(order, command.command_id)
    refused = verdict.because if isinstance(verdict, Refused) else ""
    return Answer(
        accepted=not refused,
        reason=refused,
        order_id=order.order_id,
        verdicts=verdict.verdicts,
    )


def _accept(command: c.AcceptDifference, draft: Draft) -> Answer:
    found = draft.account.unexplained.get(command.key)
    if found is None:
        keys = ", ".join(sorted(draft.account.unexplained)) or "nothing"
        words = f"{command.key!r} is no difference that is unexplained; there is {keys}"
        return Answer(accepted=False, reason=words)
    draft.add(
        DifferenceAccepted(
            at=draft.now.wall,
            feed_at=draft.now.feed,
            key=found.key,
            by=command.by,
            reason=command.reason,
            symbol=found.symbol,
            cash=found.cash,
            quantity=found.quantity,
            cost=found.cost,
        )
    )
    return Answer(accepted=True, reason=f"{found.key}: the books have {found.brokers} now")


def _cancel(command: c.CancelManual, draft: Draft) -> Answer:
    state = draft.account.orders.get(command.order_id)
    if state is None:
        return Answer(accepted=False, reason=f"there is no order {command.order_id} today")
    if not state.status.open:
        words = f"the order is {state.status} already"
        return Answer(accepted=False, reason=words, order_id=command.order_id)
    cancel_order(draft, state, command.by, "asked for by hand")
    return Answer(accepted=True, order_id=command.order_id)


def _start(command: c.StartAutoTrading, draft: Draft) -> Answer:
    halted = draft.view.halted
    if halted is not None:
        return Answer(accepted=False, reason=f"trading is stopped ({halted}); resume it first")
    scene = draft.view.scene(command.token)
    allowed = control.start(draft.account.control, command.by, command.decided, scene)
    if not allowed.accepted:
        return Answer(accepted=False, reason=allowed.words)
    draft.add(*allowed.events)
    auto = draft.account.auto
    if auto is not None and auto.settings == command.settings and auto.by == command.by:
        return Answer(accepted=True, reason="AutoTrading runs so already")
    now = draft.now
    draft.add(
        e.AutoTradingStarted(
            at=now.wall, feed_at=now.feed, settings=command.settings, by=command.by
        )
    )
    return Answer(accepted=True)


def _stop(command: c.StopAutoTrading, draft: Draft) -> Answer:
    words = "" if draft.account.auto is not None else "AutoTrading was off already"
    _auto_off(draft, command.reason, command.by)
    return Answer(accepted=True, reason=words)


def _name_wishes(command: c.NameWishes, draft: Draft) -> Answer:
    if draft.account.wished.versions.get(command.document) == command.wishes:
        return Answer(accepted=True, reason="it is wished so already", quiet=True)
    now = draft.now
    draft.add(
        e.WishesNamed(
            at=now.wall,
            feed_at=now.feed,
            document=command.document,
            wishes=command.wishes,
            by=command.by,
        )
    )
    return Answer(accepted=True, quiet=True)


def _stop_all(command: c.StopAll, draft: Draft) -> Answer:
    begin(draft, command)
    withdrawn = _halt(draft, command)
    left = len(draft.account.open_orders)
    words = (
        f"nothing opens any more; taken back before they were sent: {withdrawn}; "
        f"open orders that stay (cancel them separately): {left}"
    )
    return Answer(accepted=True, reason=words)


def _cancel_all(command: c.CancelAll, draft: Draft) -> Answer:
    begin(draft, command)
    # A cycle would order again what a person has just canceled.
    _auto_off(draft, f"all orders are being canceled: {command.reason}", command.by)
    return Answer(accepted=True, reason=cancel_all(draft, command.by, command.reason))


def _close_all(command: c.CloseAll, draft: Draft) -> Answer:
    begin(draft, command)
    # Nobody, no cycle and no person, opens again what is being fled from.
    _halt(draft, command)
    return Answer(accepted=True, reason=close_all(draft, command))


def _halt(draft: Draft, command: c.StopAll | c.CloseAll) -> int:
    """Stop all trading; return how many opening orders were taken back before they were sent."""
    now, reason = draft.now, command.reason
    draft.add(e.TradingStopped(at=now.wall, feed_at=now.feed, reason=reason, by=command.by))
    _auto_off(draft, f"all trading was stopped: {reason}", command.by)
    return withdraw_openings(draft, command.by, f"all trading was stopped: {reason}")


def _resume(command: c.Resume, draft: Draft) -> Answer:
    resumed(draft, command.by)
    if draft.account.stop is None:
        return Answer(accepted=True, reason="trading was not stopped")
    now = draft.now
    draft.add(e.TradingResumed(at=now.wall, feed_at=now.feed, reason=command.reason, by=command.by))
    # Whoever resumes has seen the loss: from here on a new one counts.
    mark_value(draft, rebased=True)
    return Answer(accepted=True)


def _cycle(command: c.RunCycle, draft: Draft) -> Answer:
    view, settings = draft.view, draft.account.strategy
    objection = _cycle_objection(command, draft)
    if objection is not None:
        return Answer(accepted=False, reason=objection, quiet=True)
    if settings is None:
        return Answer(accepted=False, reason="AutoTrading is off", quiet=True)
    if view.limits is None:
        return Answer(accepted=False, reason="no risk limits are set", quiet=True)
    snapshot = Snapshot(
        slot=command.slot,
        feed_now=draft.now.feed,
        candidates=view.candidates,
        quotes=view.quotes,
        predictions=view.predictions,
        account=draft.account,
        settings=settings,
        market=view.market,
        technicals=view.outlook.technicals.readings(),
        opinions=view.outlook.opinions,
        trust=view.outlook.trust,
    )
    book = replace(view.own_book(draft.account), cycle_orders=0)
    result = run_cycle(command, snapshot, view.outlook, book, view.limits, draft.now)
    draft.add(*result.events)
    for approved in result.approved:
        draft.send(approved)
    _free(draft, result.freed)
    report = result.report
    words = f"{report.candidates} candidates, {report.signals} signals, {report.orders} orders"
    return Answer(accepted=True, reason=report.words or words)


def _free(draft: Draft, freed: Mapping[Symbol, str]) -> None:
    """Cancel the exits that keep AutoTrading from selling what it wants to leave."""
    for state in draft.account.open_orders:
        words = freed.get(state.order.symbol)
        if words is not None and waits_as_exit(state):
            cancel_order(draft, state, OrderOrigin.AUTOTRADING, words)


def _take_control(command: c.TakeControl, draft: Draft) -> Answer:
    scene = draft.view.scene(command.token)
    return _controlled(draft, control.take(draft.account.control, command.by, scene))


def _release_control(command: c.ReleaseControl, draft: Draft) -> Answer:
    scene = draft.view.scene(command.token)
    return _controlled(draft, control.release(draft.account.control, command.by, scene))


def _decline_takeover(command: c.DeclineTakeover, draft: Draft) -> Answer:
    scene = draft.view.scene(0)
    return _controlled(draft, control.decline(draft.account.control, command.by, scene))


def _controlled(draft: Draft, outcome: control.Outcome) -> Answer:
    draft.add(*outcome.events)
    return Answer(accepted=outcome.accepted, reason=outcome.words)


def _mind_control(command: c.MindControl, draft: Draft) -> Answer:
    account, scene = draft.account, draft.view.scene(command.token)
    trades = account.auto is not None
    draft.add(*control.mind(account.control, scene, command.policy, trades=trades))
    return Answer(accepted=True, quiet=True)


def _mind_risk(_command: c.MindRisk, draft: Draft) -> Answer:
    mind_risk(draft)
    return Answer(accepted=True, quiet=True)


def _revoke(command: c.RevokeSession, draft: Draft) -> Answer:
    known = draft.account.revoked.get(command.target)
    if known is not None:
        return Answer(accepted=True, reason=f"it was logged out already: {known.reason}")
    now = draft.now
    draft.add(
        e.SessionRevoked(
            at=now.wall,
            feed_at=now.feed,
            session_id=command.target,
            by=command.by,
            reason=command.reason,
        )
    )
    return Answer(accepted=True, reason=f"{command.target} is logged out")


def _cycle_objection(command: c.RunCycle, draft: Draft) -> str | None:
    """Return why a cycle cannot run; a late or repeated slot would trade on a past intention."""
    view, last = draft.view, draft.account.last_cycle
    late = draft.now.feed - command.slot > view.slot_late_after
    objections = (
        (view.halted is not None, f"trading is stopped ({view.halted})"),
        (not view.market.open, f"the market is closed: {view.market.words}"),
        (late, f"the slot {command.slot:%H:%M} UTC is long gone"),
        (
            last is not None and command.slot <= last.slot,
            "the cycle of this slot or of a later one has run",
        ),
    )
    return next((words for objects, words in objections if objects), None)


def _auto_off(draft: Draft, reason: str, by: str) -> None:
    if draft.account.auto is not None:
        now = draft.now
        draft.add(e.AutoTradingStopped(at=now.wall, feed_at=now.feed, reason=reason, by=by))


_HANDLERS: Mapping[type, Callable[[Any, Draft], Answer]] = MappingProxyType(
    {
        c.SubmitManual: _submit,
        c.ReplaceManual: replace_order,
        c.AcceptDifference: _accept,
        c.CancelManual: _cancel,
        c.StartAutoTrading: _start,
        c.StopAutoTrading: _stop,
        c.NameWishes: _name_wishes,
        c.StopAll: _stop_all,
        c.CancelAll: _cancel_all,
        c.CloseAll: _close_all,
        c.Resume: _resume,
        c.RunCycle: _cycle,
        c.TakeControl: _take_control,
        c.ReleaseControl: _release_control,
        c.DeclineTakeover: _decline_takeover,
        c.MindControl: _mind_control,
        c.MindRisk: _mind_risk,
        c.RevokeSession: _revoke,
    }
)
