"""One trading cycle: candidates, signals, sizes, risk and orders, with a reason at every end."""

from dataclasses import dataclass

from qt_trade.model.limits import RiskLimits
from qt_trade.model.orders import Order, OrderOrigin, OrderType, TimeInForce
from qt_trade.model.presets import StrategySettings
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol
from qt_trade.model.verdicts import Approved, Refused
from qt_trade.trading.book import RiskBook
from qt_trade.trading.commands import Now, RunCycle
from qt_trade.trading.events import (
    CycleFinished,
    CycleReport,
    CycleRow,
    DecisionMade,
    Event,
    Stage,
)
from qt_trade.trading.ids import order_id_for
from qt_trade.trading.ledger import fold
from qt_trade.trading.orders import judge_order
from qt_trade.trading.strategies import Decision, Intent, Snapshot, decide


@dataclass(frozen=True, slots=True)
class CycleResult:
    """What a cycle wants journalled, what may then be sent, and its report."""

    events: tuple[Event, ...]
    approved: tuple[Approved, ...]
    report: CycleReport


def run_cycle(
    command: RunCycle,
    snapshot: Snapshot,
    settings: StrategySettings,
    book: RiskBook,
    limits: RiskLimits,
    now: Now,
) -> CycleResult:
    """Run the cycle of a slot: every order is judged against the ones approved before it.

    ``book`` is the account's before the cycle, with ``cycle_orders`` 0.
    """
    events: list[Event] = []
    approved: list[Approved] = []
    rows: list[CycleRow] = []
    for decision in decide(snapshot, settings):
        if decision.intent is None:
            rows.append(_row(decision))
            continue
        order = _order(decision.symbol, decision.intent, command, now)
        made = _decision_made(order, decision, snapshot.quotes[decision.symbol], now)
        judged = judge_order(
            order, book, limits, command_id=command.command_id, cycle=command.slot, now=now
        )
        events += (made, *judged.events)
        rows.append(_judged_row(decision, judged.verdict))
        if isinstance(judged.verdict, Approved):
            approved.append(judged.verdict)
            book = book.with_approved(fold(book.account, judged.events))
    report = CycleReport(
        number=book.account.cycles_run + 1,
        slot=command.slot,
        at=now.wall,
        candidates=len(rows),
        signals=sum(row.ended_at in {Stage.RISK, Stage.ORDER} for row in rows),
        passed_risk=len(approved),
        orders=len(approved),
        rows=tuple(rows),
    )
    events.append(CycleFinished(at=now.wall, feed_at=now.feed, report=report))
    return CycleResult(tuple(events), tuple(approved), report)


def _order(symbol: Symbol, intent: Intent, command: RunCycle, now: Now) -> Order:
    return Order(
        order_id=order_id_for(command.command_id, symbol, 0),
        symbol=symbol,
        side=intent.side,
        quantity=intent.quantity,
        order_type=OrderType.MARKET,
        limit_price=None,
        time_in_force=TimeInForce.DAY,
        origin=OrderOrigin.AUTOTRADING,
        reason=intent.reason,
        created_at=now.wall,
    )


def _decision_made(order: Order, decision: Decision, quote: Quote, now: Now) -> DecisionMade:
    horizon, prediction = decision.horizon, decision.prediction
    return DecisionMade(
        at=now.wall,
        feed_at=now.feed,
        order_id=order.order_id,
        symbol=order.symbol,
        reason=order.reason,
        price=quote.price,
        bid=quote.bid,
        ask=quote.ask,
        quote_at=quote.at,
        model=None if prediction is None else prediction.model,
        predicted_at=None if prediction is None else prediction.at,
        horizon_min=None if horizon is None else horizon.horizon_min,
        expected_return=None if horizon is None else horizon.expected_return,
        confidence=None if horizon is None else horizon.confidence,
    )


def _row(
    decision: Decision, ended_at: Stage | None = None, risk: str = "", order: Order | None = None
) -> CycleRow:
    horizon = decision.horizon
    return CycleRow(
        symbol=decision.symbol,
        ended_at=ended_at or decision.ended_at,
        candidate=decision.candidate,
        signal=decision.signal,
        risk=risk,
        order="" if order is None else f"{order.side} {order.quantity} {order.order_type}",
        order_id="" if order is None else order.order_id,
        expected_return=None if horizon is None else horizon.expected_return,
        confidence=None if horizon is None else horizon.confidence,
    )


def _judged_row(decision: Decision, verdict: Approved | Refused) -> CycleRow:
    if isinstance(verdict, Refused):
        return _row(decision, Stage.RISK, verdict.because)
    return _row(decision, Stage.ORDER, f"{len(verdict.verdicts)} rules passed", verdict.order)
