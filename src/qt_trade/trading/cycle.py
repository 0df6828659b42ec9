"""One trading cycle: candidates, signals, sizes, risk and orders, with a reason at every end."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from qt_trade.model.limits import RiskLimits
from qt_trade.model.money import to_cent, to_float, usd_rounded
from qt_trade.model.orders import (
    Exits,
    Order,
    OrderClass,
    OrderOrigin,
    OrderType,
    Side,
    TimeInForce,
)
from qt_trade.model.presets import PositionSizing
from qt_trade.model.quotes import Quote
from qt_trade.model.shares import format_shares, whole
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
from qt_trade.trading.ledger import LedgerDraft, take
from qt_trade.trading.orders import judge_order
from qt_trade.trading.outlook import Outlook
from qt_trade.trading.risk import largest_quantity
from qt_trade.trading.strategies.own import objection_to, own_decisions
from qt_trade.trading.strategies.preset import decide
from qt_trade.trading.strategies.snapshot import Decision, Intent, Snapshot


@dataclass(frozen=True, slots=True)
class CycleResult:
    """What a cycle wants journalled, what may then be sent, and its report.

    ``freed``: the symbols whose exits at the broker are to be canceled, and why.
    """

    events: tuple[Event, ...]
    approved: tuple[Approved, ...]
    freed: Mapping[Symbol, str]
    report: CycleReport


def run_cycle(
    command: RunCycle,
    snapshot: Snapshot,
    outlook: Outlook,
    book: RiskBook,
    limits: RiskLimits,
    now: Now,
) -> CycleResult:
    """Run the cycle of a slot: every order is judged against the ones approved before it.

    ``book`` is the account's before the cycle, with ``cycle_orders`` 0.
    """
    thought = _think(snapshot, outlook)
    events: list[Event] = []
    approved: list[Approved] = []
    rows: list[CycleRow] = []
    ledger = LedgerDraft(book.account)
    for decision in thought.decisions:
        if decision.intent is None:
            rows.append(_row(decision))
            continue
        wanted = _order(decision.intent, command, snapshot, now)
        order = _fitted(wanted, snapshot, book, limits)
        made = _decision_made(order, decision, snapshot.quotes[decision.symbol], now)
        judged = judge_order(
            order, book, limits, command_id=command.command_id, cycle=command.slot, now=now
        )
        events += (made, *judged.events)
        rows.append(_judged_row(decision, judged.verdict))
        if isinstance(judged.verdict, Approved):
            approved.append(judged.verdict)
            for event in judged.events:
                take(ledger, event)
            book = book.with_approved(ledger.account())
    report = CycleReport(
        number=book.account.cycles_run + 1,
        slot=command.slot,
        at=now.wall,
        candidates=len(rows),
        signals=sum(row.ended_at in {Stage.RISK, Stage.ORDER} for row in rows),
        passed_risk=len(approved),
        orders=len(approved),
        rows=tuple(rows),
        strategy=snapshot.settings.own or snapshot.settings.strategy,
        took_ms=thought.took_ms,
        words=thought.trouble,
    )
    events.append(CycleFinished(at=now.wall, feed_at=now.feed, report=report))
    freed = {one.symbol: one.signal for one in thought.decisions if one.frees}
    return CycleResult(tuple(events), tuple(approved), freed, report)


@dataclass(frozen=True, slots=True)
class _Thought:
    decisions: tuple[Decision, ...] = ()
    took_ms: float | None = None
    trouble: str = ""


def _think(snapshot: Snapshot, outlook: Outlook) -> _Thought:
    """Let the strategy decide; a person's own one whose answer cannot be has decided nothing."""
    name = snapshot.settings.own
    if not name:
        return _Thought(decide(snapshot))
    run = outlook.strategies.get(name)
    if run is None:
        return _Thought(trouble=f"there is no strategy {name!r} here; nothing is sent")
    answer = run(replace(snapshot, predictions=snapshot.trust.trusted(snapshot.predictions)))
    trouble = answer.trouble or objection_to(answer.intents, snapshot)
    if trouble:
        words = f"the strategy {name!r} failed and nothing is sent: {trouble}"
        return _Thought(took_ms=answer.took_ms, trouble=words)
    return _Thought(own_decisions(snapshot, answer.intents), answer.took_ms)


def _order(intent: Intent, command: RunCycle, snapshot: Snapshot, now: Now) -> Order:
    exits = _exits(intent, snapshot)
    return Order(
        order_id=order_id_for(command.command_id, intent.symbol, 0),
        symbol=intent.symbol,
        side=intent.side,
        quantity=intent.quantity,
        order_type=OrderType.MARKET,
        limit_price=None,
        # A DAY bracket's exits would leave with the session, and the position would stay.
        time_in_force=TimeInForce.DAY if exits is None else TimeInForce.GTC,
        origin=OrderOrigin.AUTOTRADING,
        reason=intent.reason,
        created_at=now.wall,
        order_class=OrderClass.SIMPLE if exits is None else OrderClass.BRACKET,
        exits=exits,
    )


def _fitted(order: Order, snapshot: Snapshot, book: RiskBook, limits: RiskLimits) -> Order:
    """Return an opening sized by weight cut to what risk lets pass, not below half of it.

    A weight is reckoned without slippage and with all the capital there is; a fixed size, and
    what a person's own strategy wants, are meant as they are.
    """
    settings = snapshot.settings
    by_weight = settings.sizing is not PositionSizing.FIXED and not settings.own
    if order.side is Side.SELL or not by_weight:
        return order
    passing = largest_quantity(order, book, limits)
    if passing >= order.quantity or passing * 2 < order.quantity:
        return order
    words = f"cut from {format_shares(order.quantity)} shares so that risk lets it pass"
    return replace(order, quantity=passing, reason=f"{order.reason}; {words}")


def _exits(intent: Intent, snapshot: Snapshot) -> Exits | None:
    """Return the exits an opening takes along to the broker; None where it takes none.

    A position that grows has its exits already, for the shares it had.
    """
    settings, price = snapshot.settings, snapshot.buying_price(intent.symbol)
    grows = intent.symbol in snapshot.held
    if intent.side is Side.SELL or grows or not settings.exits_at_broker or price is None:
        return None
    if not whole(intent.quantity):
        return None
    return Exits(
        take_profit=to_cent(usd_rounded(to_float(price) * (1 + settings.take_profit))),
        stop_loss=to_cent(usd_rounded(to_float(price) * (1 - settings.stop_loss))),
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
        model=None if horizon is None else horizon.model,
        predicted_at=None if prediction is None or horizon is None else prediction.at,
        horizon_min=None if horizon is None else horizon.horizon_min,
        expected_return=None if horizon is None else horizon.expected_return,
        confidence=None if horizon is None else horizon.confidence,
        sources=decision.sources,
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
        sources=decision.sources,
    )


def _judged_row(decision: Decision, verdict: Approved | Refused) -> CycleRow:
    if isinstance(verdict, Refused):
        return _row(decision, Stage.RISK, verdict.because)
    return _row(decision, Stage.ORDER, f"{len(verdict.verdicts)} rules passed", verdict.order)
