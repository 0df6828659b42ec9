"""The core sends nothing before the journal has it, nothing twice, and nothing after a stop."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.trading.make import (
    BAC,
    BALANCED,
    CLOSED,
    COSTS,
    FEED,
    FREE,
    IBM,
    NOW,
    OPEN,
    SPY,
    WALL,
    WIDE,
    account,
    core_of,
    later,
    prediction,
    quote,
)
from tests.unit.trading.make import fill as make_fill
from tests.unit.trading.make import order as make_order
from tests.unit.trading.shell import Shell
from tests.unit.trading.test_risk import approval, holding

from qt_trade.brokers.paper import PaperBroker
from qt_trade.model.limits import Strategy
from qt_trade.model.money import usd
from qt_trade.model.orders import (
    BrokerAck,
    BrokerOrder,
    OrderOrigin,
    OrderStatus,
    OrderType,
    OrderUpdate,
    Side,
    TimeInForce,
)
from qt_trade.model.presets import PRESETS
from qt_trade.model.shares import shares
from qt_trade.trading import events as e
from qt_trade.trading.commands import (
    CancelAll,
    CancelManual,
    CloseAll,
    Resume,
    RunCycle,
    StartAutoTrading,
    StopAll,
    StopAutoTrading,
    SubmitManual,
)
from qt_trade.trading.engine_core import EngineCore, StepPendingError
from qt_trade.trading.events import Stage
from qt_trade.trading.ids import cycle_command_id, order_id_for
from qt_trade.trading.ledger import fold
from qt_trade.trading.risk import RULES
from qt_trade.trading.steps import Cancel, Send


def shell_of(held=None, *quotes, limited=False, **core):
    """A core and a paper broker that have both seen the quotes."""
    quotes = quotes or (quote(),)
    broker = PaperBroker(FREE, limited_by_size=limited)
    shell = Shell(core_of(held, *quotes, **core), broker, NOW)
    for one in quotes:
        broker.on_quote(one)
    return shell


def buy(quantity=10, *, symbol=IBM, limit=None, command_id="c-1", side=Side.BUY):
    return SubmitManual(
        command_id=command_id,
        by="desk-1",
        symbol=symbol,
        side=side,
        quantity=shares(quantity),
        order_type=OrderType.MARKET if limit is None else OrderType.LIMIT,
        limit_price=limit,
        time_in_force=TimeInForce.DAY,
    )


def by(kind, command_id="x-1", **fields):
    return kind(command_id=command_id, by="desk-1", **fields)


def kinds(events):
    return [type(event).__name__ for event in events]


def test_a_manual_order_from_the_wish_to_the_position():
    shell = shell_of()
    reply = shell.ask(buy())
    assert (reply.accepted, reply.reason, reply.repeated) == (True, "", False)
    assert reply.order_id == order_id_for("c-1", IBM, 0)
    assert len(reply.verdicts) == len(RULES)
    assert kinds(shell.events) == [
        "RiskJudged",
        "OrderApproved",
        "CommandAnswered",
        "OrderSent",
        "OrderAcknowledged",
        "OrderFilled",
    ]
    assert shell.core.account.quantity(IBM) == 10
    assert fold(account(), shell.events) == shell.core.account


def test_a_refused_order_is_journalled_and_never_sent():
    shell = shell_of(limits=replace(WIDE, position_shares_max=5))
    reply = shell.ask(buy())
    assert not reply.accepted
    assert reply.reason.endswith("; 5 shares would pass")
    assert kinds(shell.events) == ["RiskJudged", "OrderRefused", "CommandAnswered"]
    assert shell.sent == []


def test_an_impossible_order_is_answered():
    reply = shell_of().ask(buy(0))
    assert (reply.accepted, reply.order_id) == (False, None)
    assert "more than 0 shares" in reply.reason


def test_the_same_command_again_gets_the_same_answer_and_no_second_order():
    shell = shell_of()
    first = shell.ask(buy())
    journal = len(shell.journal)
    assert shell.ask(buy(99)) == replace(first, repeated=True)
    assert (len(shell.journal), len(shell.sent)) == (journal, 1)


def test_nothing_leaves_before_the_journal_has_it():
    core = core_of()
    step = core.handle(buy(), NOW)
    with pytest.raises(StepPendingError):
        core.next_effect(NOW)
    with pytest.raises(StepPendingError):
        core.handle(buy(command_id="c-2"), NOW)
    assert core.account.orders == {}
    core.journaled(step)
    assert isinstance(core.next_effect(NOW), Send)
    assert core.next_effect(NOW) is None


def test_a_step_the_journal_did_not_take_never_happened():
    core = core_of()
    before = core.account
    step = core.handle(buy(), NOW)
    core.abandon(step)
    assert core.account is before
    assert core.next_effect(NOW) is None
    with pytest.raises(StepPendingError):
        core.journaled(step)


def test_the_time_an_order_was_sent_is_the_time_it_was_handed_out():
    core = core_of()
    core.journaled(core.handle(buy(), NOW))
    effect = core.next_effect(later(1))
    assert isinstance(effect, Send)
    ack = BrokerAck(effect.approved.order.order_id, accepted=True, broker_order_id="b", words="")
    sent, known = core.on_ack(ack, later(2)).events
    assert (sent.at, known.at) == (later(1).wall, later(2).wall)


def test_a_broker_that_rejects_ends_the_order():
    shell = Shell(core_of(), PaperBroker(FREE, limited_by_size=False), NOW)
    reply = shell.ask(buy())
    assert reply.accepted
    (state,) = shell.core.account.orders.values()
    assert (state.status, state.words) == (OrderStatus.REJECTED, "no quote of IBM")
    assert shell.core.account.reserved == 0


def test_a_lost_answer_leaves_the_order_unknown_and_reserved():
    core = core_of()
    core.journaled(core.handle(buy(), NOW))
    order_id = order_id_for("c-1", IBM, 0)
    assert core.next_effect(NOW) is not None
    core.journaled(core.on_silence(order_id, "timed out after 5 s", NOW))
    assert core.account.orders[order_id].status is OrderStatus.UNKNOWN
    assert core.account.reserved > 0


# Stop and resume.


def test_after_a_stop_nothing_opens_until_a_resume():
    shell = shell_of(holding(10))
    shell.ask(by(StartAutoTrading, "a-1", settings=BALANCED))
    reply = shell.ask(by(StopAll, "s-1", reason="fire"))
    assert reply.accepted
    assert shell.core.halted == "fire"
    assert shell.core.account.auto is None
    refused = shell.ask(buy())
    assert "trading is stopped (fire); resume it to open positions" in refused.reason
    assert shell.ask(buy(10, side=Side.SELL, command_id="c-2")).accepted
    assert not shell.ask(by(StartAutoTrading, "a-2", settings=BALANCED)).accepted
    assert shell.ask(by(Resume, "r-1", reason="out")).accepted
    assert shell.core.halted is None
    assert shell.core.account.auto is None, "AutoTrading does not come back by itself"
    assert shell.ask(buy(command_id="c-3")).accepted


def test_a_stop_takes_back_what_was_not_sent_and_leaves_what_was():
    shell = shell_of(holding(10))
    shell.ask(buy(5, limit=usd(90), command_id="rest"))
    core = shell.core
    shell.settle(core.handle(buy(), NOW))
    shell.settle(core.handle(buy(10, side=Side.SELL, command_id="c-2"), NOW))
    step = shell.settle(core.handle(by(StopAll, reason="fire"), NOW))
    assert step.reply is not None
    assert "taken back before they were sent: 1;" in step.reply.reason
    assert "open orders that stay (cancel them separately): 2" in step.reply.reason
    effect = core.next_effect(NOW)
    assert isinstance(effect, Send)
    assert effect.approved.order.side is Side.SELL
    assert core.next_effect(NOW) is None
    assert core.account.orders[order_id_for("c-1", IBM, 0)].status is OrderStatus.CANCELED


def test_the_gate_is_closed_at_once_and_by_the_stop_itself():
    """Closed between a step and its journal entry, in the middle of sending, and by handling."""
    core = core_of()
    step = core.handle(buy(), NOW)
    core.halt("s-1", "fire")
    core.journaled(step)
    assert core.next_effect(NOW) is None
    assert core.unsent == {order_id_for("c-1", IBM, 0)}
    core.journaled(core.handle(by(StopAll, "s-1", reason="fire"), NOW))
    assert core.unsent == frozenset()
    assert core.halted == "fire"


def test_a_stop_the_journal_did_not_take_holds_all_the_same():
    core = core_of()
    core.abandon(core.handle(by(StopAll, reason="fire"), NOW))
    assert core.halted == "fire"
    step = core.handle(buy(), NOW)
    assert step.reply is not None
    assert not step.reply.accepted


def test_a_resume_does_not_open_a_gate_that_a_newer_stop_has_closed():
    core = core_of()
    core.journaled(core.handle(by(StopAll, "s-1", reason="fire"), NOW))
    step = core.handle(by(Resume, "r-1", reason="out"), NOW)
    core.halt("s-2", "fire again")
    core.journaled(step)
    assert core.halted == "fire again"


def test_an_old_stop_that_is_delivered_again_stops_nothing():
    core = core_of()
    stop = by(StopAll, "s-1", reason="fire")
    core.journaled(core.handle(stop, NOW))
    core.journaled(core.handle(by(Resume, "r-1", reason="out"), NOW))
    core.journaled(core.handle(stop, NOW))
    assert core.halted is None
    core.halt("s-1", "fire")
    step = core.handle(stop, NOW)
    assert step.reply is not None
    assert step.reply.repeated
    core.journaled(step)
    assert core.halted is None


def test_a_stop_outlives_the_engine():
    shell = shell_of()
    shell.ask(by(StopAll, reason="fire"))
    reborn = core_of(fold(account(), shell.events))
    assert reborn.halted == "fire"


def test_resuming_what_was_not_stopped_says_so():
    reply = shell_of().ask(by(Resume, reason="x"))
    assert (reply.accepted, reply.reason) == (True, "trading was not stopped")


# Cancel and close.


def test_an_open_order_is_canceled_at_the_broker():
    shell = shell_of()
    order_id = shell.ask(buy(limit=usd(90))).order_id
    assert order_id is not None
    assert shell.ask(by(CancelManual, order_id=order_id)).accepted
    assert shell.core.account.orders[order_id].status is OrderStatus.CANCELED
    assert "CancelAsked" in kinds(shell.events)
    again = shell.ask(by(CancelManual, "x-2", order_id=order_id))
    assert (again.accepted, again.reason) == (False, "the order is CANCELED already")
    ghost = shell.ask(by(CancelManual, "x-3", order_id="ghost"))
    assert (ghost.accepted, ghost.order_id) == (False, None)


def test_cancel_all_reaches_every_open_order_and_takes_back_the_unsent():
    shell = shell_of()
    shell.ask(buy(limit=usd(90)))
    core = shell.core
    shell.settle(core.handle(buy(limit=usd(91), command_id="c-2"), NOW))
    reply = shell.ask(by(CancelAll, reason="enough"))
    assert reply.reason == "2 open orders are being canceled"
    assert shell.core.account.open_orders == ()
    assert len(shell.sent) == 1
    assert shell.ask(by(CancelAll, "x-2", reason="enough")).reason == "no order was open"


def test_close_all_sells_every_position_and_stops_autotrading():
    shell = shell_of(None, quote(IBM), quote(BAC, 14.0))
    shell.ask(buy(10))
    shell.ask(buy(20, symbol=BAC, command_id="c-2"))
    shell.ask(by(StartAutoTrading, "a-1", settings=BALANCED))
    reply = shell.ask(by(CloseAll, reason="fire"))
    assert reply.accepted
    assert reply.reason == "2 positions are being closed; no order was open"
    assert shell.core.account.held == {}
    assert shell.core.account.auto is None


def test_close_all_waits_for_open_orders_to_go_and_then_sells_everything():
    """A resting sale holds 4 of the 10 shares; the whole 10 are sold once it is gone."""
    shell = shell_of()
    shell.ask(buy(10))
    shell.ask(buy(4, side=Side.SELL, limit=usd(105), command_id="c-2"))
    shell.ask(buy(5, symbol=IBM, limit=usd(90), command_id="c-3"))
    reply = shell.ask(by(CloseAll, reason="fire"))
    assert "IBM as soon as the open orders are gone" in reply.reason
    assert "2 open orders are being canceled" in reply.reason
    assert shell.core.account.held == {}
    assert shell.core.account.closing == {}
    assert shell.core.account.open_orders == ()


def test_close_all_buys_back_a_short_position():
    short = fold(
        account(),
        (
            approval(make_order(Side.SELL, order_id="have")),
            e.OrderFilled(
                at=WALL, feed_at=FEED, fill=make_fill(Side.SELL, order_id="have"), realized=None
            ),
        ),
    )
    shell = shell_of(short)
    shell.ask(by(CloseAll, reason="fire"))
    assert shell.core.account.held == {}


def test_close_all_names_what_it_could_not_close():
    shell = shell_of(holding(10, symbol=BAC), quote(IBM))
    shell.ask(by(CloseAll, reason="fire"))
    (state,) = [s for s in shell.core.account.orders.values() if s.order.symbol == BAC][1:]
    assert state.status is OrderStatus.REJECTED
    assert shell.core.account.quantity(BAC) == 10


def test_close_all_while_the_market_is_closed_queues_the_exits_until_it_opens():
    shell = shell_of(holding(10), market=CLOSED)
    reply = shell.ask(by(CloseAll, reason="fire"))
    assert reply.accepted
    assert "the market is closed: opens on Tuesday" in reply.reason
    assert "1 exits wait for it to open" in reply.reason
    shell.settle(shell.core.attend(NOW))
    shell.work()
    assert shell.sent == []
    shell.core.on_market(OPEN)
    shell.settle(shell.core.attend(NOW))
    shell.work()
    assert shell.sent == [order_id_for("x-1", IBM, 0)]
    assert shell.core.account.held == {}


def test_an_exit_whose_turn_comes_after_the_close_waits_for_the_next_opening():
    """The market closes between the wish and the moment the open orders are gone."""
    shell = shell_of(holding(10, waiting=4))
    core = shell.core
    shell.settle(core.handle(by(CloseAll, reason="fire"), NOW))
    assert core.next_effect(NOW) == Cancel("waiting")
    core.on_market(CLOSED)
    step = shell.settle(core.on_broker(OrderUpdate("waiting", OrderStatus.CANCELED, ""), NOW))
    assert step.problem is None
    assert list(core.account.closing) == [IBM]


def test_close_all_with_a_refusal_says_which(monkeypatch):
    shell = shell_of(holding(10), quote(BAC))
    shell.core.on_quote(quote())
    core = shell.core
    step = core.handle(by(CloseAll, reason="fire"), NOW)
    assert step.reply is not None
    assert step.reply.reason.startswith("1 positions are being closed")


def test_without_limits_nothing_opens_and_everything_may_be_closed():
    shell = shell_of(holding(10), limits=None)
    assert "no risk limits are set" in shell.ask(buy()).reason
    assert shell.ask(by(CloseAll, reason="fire")).accepted
    assert shell.core.account.held == {}


# AutoTrading and its cycle.


def auto_shell(*quotes, **core):
    shell = shell_of(None, *quotes, **core)
    shell.ask(by(StartAutoTrading, "a-1", settings=BALANCED))
    shell.core.on_predictions({q.symbol: prediction(q.symbol) for q in quotes or (quote(),)})
    return shell


def cycle(slot=FEED):
    return RunCycle(command_id=cycle_command_id("paper:test", slot), by="worker", slot=slot)


def test_a_cycle_decides_judges_sends_and_reports():
    shell = auto_shell(
        quote(IBM),
        quote(BAC, 14.0),
        quote(SPY, 167.0),
        limits=replace(WIDE, trades_per_cycle_max=2),
    )
    reply = shell.ask(cycle())
    assert reply.reason == "3 candidates, 3 signals, 2 orders"
    report = shell.core.account.last_cycle
    assert report is not None
    assert (report.number, report.candidates, report.signals) == (1, 3, 3)
    assert (report.passed_risk, report.orders) == (2, 2)
    assert [row.ended_at for row in report.rows] == [Stage.ORDER, Stage.ORDER, Stage.RISK]
    assert report.rows[0].order == "BUY 357 MARKET"
    assert report.rows[0].order_id == shell.sent[0]
    assert "2 of 2 orders of this cycle are used" in report.rows[2].risk
    assert len(shell.core.account.held) == 2
    made = [event for event in shell.events if isinstance(event, e.DecisionMade)]
    assert (made[0].model, made[0].horizon_min, made[0].price) == ("gbm-60-v1", 60, 14.0)


def test_orders_of_one_cycle_share_the_cash():
    shell = auto_shell(
        quote(IBM),
        quote(BAC, 14.0),
        quote(SPY, 167.0),
        limits=replace(WIDE, cash_reserve=usd(89_000)),
    )
    shell.ask(cycle())
    report = shell.core.account.last_cycle
    assert report is not None
    assert report.orders == 2
    assert report.rows[2].risk.startswith("cash_reserve")


def test_a_stop_loss_needs_no_prediction():
    shell = auto_shell()
    shell.ask(buy(10))
    shell.core.on_predictions({})
    shell.quote(quote(price=90.0))
    shell.ask(cycle())
    assert shell.core.account.held == {}
    made = next(event for event in shell.events if isinstance(event, e.DecisionMade))
    assert (made.model, made.confidence) == (None, None)


def test_a_cycle_runs_once_whoever_asks_again():
    shell = auto_shell()
    assert shell.ask(cycle()).accepted
    assert shell.ask(cycle()).repeated
    other = RunCycle(command_id="other-id", by="worker", slot=FEED)
    reply = shell.ask(other)
    assert (reply.accepted, len(shell.sent)) == (False, 1)
    assert "has run" in reply.reason


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.ask(by(StopAutoTrading, reason="x")), "AutoTrading is off"),
        (lambda s: s.ask(by(StopAll, reason="fire")), "trading is stopped (fire)"),
        (lambda s: s.core.on_limits(None), "no risk limits are set"),
        (lambda s: s.core.on_market(CLOSED), "the market is closed"),
        (lambda s: setattr(s, "now", later(601)), "the slot 14:00 UTC is long gone"),
    ],
)
def test_a_cycle_that_may_not_run_says_why_and_leaves_no_trace(change, words):
    shell = auto_shell()
    change(shell)
    journal = len(shell.journal)
    reply = shell.ask(cycle())
    assert not reply.accepted
    assert words in reply.reason
    assert (len(shell.journal), shell.sent) == (journal, [])


def test_starting_twice_and_stopping_twice_say_so():
    shell = auto_shell()
    again = shell.ask(by(StartAutoTrading, "a-2", settings=BALANCED))
    assert again.reason == "AutoTrading runs so already"
    bold = by(StartAutoTrading, "a-3", settings=PRESETS[Strategy.AGGRESSIVE])
    assert shell.ask(bold).reason == ""
    assert shell.ask(by(StopAutoTrading, "b-1", reason="x")).reason == ""
    assert shell.ask(by(StopAutoTrading, "b-2", reason="x")).reason == "AutoTrading was off already"


# What the broker says.


def test_the_broker_may_repeat_itself():
    shell = shell_of()
    order_id = shell.ask(buy()).order_id
    assert order_id is not None
    (known,) = shell.core.account.orders[order_id].fills
    assert shell.core.on_broker(known, NOW).events == ()


def one_step(core, event):
    step = core.on_broker(event, NOW)
    core.journaled(step)
    return step


def test_news_nobody_can_explain_is_a_problem_and_not_booked():
    core = core_of(holding(10, waiting=4))
    step = one_step(core, make_fill(order_id="ghost"))
    assert (step.events, step.problem) == (
        (),
        "the broker reports on ghost, which is no order of ours",
    )
    step = one_step(core, make_fill(Side.BUY, order_id="waiting"))
    assert step.events == ()
    assert "contradicts its order" in str(step.problem)
    step = one_step(core, OrderUpdate("waiting", OrderStatus.HELD, ""))
    assert "HELD is no news of an order" in str(step.problem)


def test_a_fill_beyond_the_order_is_booked_and_reported():
    core = core_of(holding(10, waiting=4))
    step = one_step(core, make_fill(Side.SELL, 5, order_id="waiting"))
    assert "filled beyond its 4 shares" in str(step.problem)
    assert core.account.quantity(IBM) == 5


def test_an_end_is_taken_once():
    core = core_of(holding(10, waiting=4))
    update = OrderUpdate("waiting", OrderStatus.EXPIRED, "the session is over")
    assert kinds(one_step(core, update).events) == ["OrderExpired"]
    assert one_step(core, update).events == ()


def test_a_fill_tells_what_it_earned():
    shell = shell_of(costs=COSTS)
    shell.ask(buy(10))
    shell.quote(quote(price=101.0))
    shell.ask(buy(10, side=Side.SELL, command_id="c-2"))
    opened, closed = [event for event in shell.events if isinstance(event, e.OrderFilled)]
    assert (opened.realized, closed.realized) == (None, usd(10))
    assert shell.core.account.realized == usd(10)


# After a restart.


def reborn(events, *quotes, **core):
    return shell_of(fold(account(), events), *quotes, **core)


def test_an_order_that_never_left_is_sent_after_the_restart_under_its_own_id():
    core = core_of(limits=replace(WIDE, cooldown_min=30))
    step = core.handle(buy(), NOW)
    shell = reborn(step.events, limits=replace(WIDE, cooldown_min=30))
    shell.settle(shell.core.reconcile((), NOW))
    shell.work()
    assert shell.sent == [order_id_for("c-1", IBM, 0)]
    assert shell.core.account.quantity(IBM) == 10
    assert shell.core.account.today.orders == 1
    assert shell.ask(buy()).repeated


def test_an_order_that_never_left_is_canceled_when_risk_objects_now():
    events = core_of().handle(buy(), NOW).events
    shell = reborn(events, market=CLOSED)
    shell.settle(shell.core.reconcile((), NOW))
    (state,) = shell.core.account.orders.values()
    assert state.status is OrderStatus.CANCELED
    assert state.words.startswith("never reached the broker, and would not pass now: market_hours")
    assert shell.core.next_effect(NOW) is None


def test_an_order_whose_cancel_was_asked_before_it_left_is_not_sent():
    asked = e.CancelAsked(at=WALL, feed_at=FEED, order_id="waiting", by="me", reason="x")
    held = fold(holding(10, waiting=4), (asked,))
    shell = shell_of(held)
    shell.settle(shell.core.reconcile((), NOW))
    assert shell.core.account.orders["waiting"].words == "canceled before it reached the broker"
    assert shell.core.next_effect(NOW) is None


def acknowledged(*more):
    """An account with a resting sale of 4 the broker has acknowledged."""
    ack = e.OrderAcknowledged(at=WALL, feed_at=FEED, order_id="waiting", broker_order_id="b-1")
    return fold(holding(10, waiting=4), (ack, *more))


def at_broker(status, *fills):
    order = make_order(Side.SELL, 4, order_id="waiting", limit=usd(100))
    return BrokerOrder(order, status, "b-1", fills, None)


def test_fills_and_ends_we_missed_are_adopted():
    core = core_of(acknowledged())
    missed = make_fill(Side.SELL, 3, order_id="waiting")
    step = core.reconcile((at_broker(OrderStatus.CANCELED, missed),), NOW)
    assert kinds(step.events) == ["OrderFilled", "OrderCanceled"]
    core.journaled(step)
    assert core.account.quantity(IBM) == 7
    filled = make_fill(Side.SELL, 4, order_id="waiting")
    step = core_of(acknowledged()).reconcile((at_broker(OrderStatus.FILLED, filled),), NOW)
    assert kinds(step.events) == ["OrderFilled"]


def test_an_order_the_broker_has_is_acknowledged_and_a_cancel_asked_again():
    unknown = e.OrderUnknown(at=WALL, feed_at=FEED, order_id="waiting", words="cut")
    asked = e.CancelAsked(at=WALL, feed_at=FEED, order_id="waiting", by="me", reason="x")
    core = core_of(acknowledged(unknown, asked))
    step = core.reconcile((at_broker(OrderStatus.ACCEPTED),), NOW)
    assert kinds(step.events) == ["OrderAcknowledged"]
    core.journaled(step)
    assert core.next_effect(NOW) == Cancel("waiting")
    assert core_of(acknowledged()).reconcile((at_broker(OrderStatus.ACCEPTED),), NOW).events == ()


def test_an_acknowledged_order_the_broker_forgot_is_not_guessed_about():
    core = core_of(acknowledged())
    step = core.reconcile((), NOW)
    assert kinds(step.events) == ["OrderUnknown"]
    assert "does not know it any more" in str(step.problem)


def test_an_order_that_is_not_ours_is_reported():
    foreign = BrokerOrder(make_order(order_id="hand"), OrderStatus.ACCEPTED, "b-9", (), None)
    ended = BrokerOrder(make_order(order_id="old"), OrderStatus.FILLED, "b-8", (), None)
    step = core_of().reconcile((foreign, ended), NOW)
    assert step.problem == "the broker has hand open, which is no order of ours"


def test_what_is_still_to_be_sent_is_left_alone_by_reconciling():
    core = core_of()
    core.journaled(core.handle(buy(), NOW))
    step = core.reconcile((), NOW)
    assert step.events == ()


def test_the_broker_is_given_back_the_orders_it_had():
    shell = shell_of()
    shell.ask(buy(limit=usd(90)))
    core = EngineCore(
        account=fold(account(), shell.events), costs=FREE, slot_late_after=timedelta(minutes=10)
    )
    (known,) = core.broker_orders()
    assert (known.status, known.broker_order_id) == (
        OrderStatus.ACCEPTED,
        f"paper-{known.order.order_id}",
    )
    assert core_of(holding(10, waiting=4)).broker_orders() == ()


# What the core can be asked.


def test_the_checks_say_whether_a_position_could_be_opened():
    core = EngineCore(account=account(), costs=FREE, slot_late_after=timedelta(minutes=10))
    assert [(check.rule, check.passed) for check in core.checks(NOW)] == [
        ("autotrading", False),
        ("stopped", True),
        ("entries", True),
        ("policy", True),
        ("limits", False),
        ("market_hours", False),
        ("market_data", False),
    ]
    shell = auto_shell()
    assert all(check.passed for check in shell.core.checks(NOW))
    assert shell.core.checks(later(91))[-1].words == "0 of 1 quotes fresh"
    assert shell.core.limits == WIDE


def test_the_book_values_the_account():
    shell = shell_of()
    shell.ask(buy(10))
    shell.quote(quote(price=110.0))
    assert shell.core.book(NOW).value() == usd(100_100)
    shell.quote(quote(price=1.0, at=FEED - timedelta(minutes=1)))
    assert shell.core.book(NOW).value() == usd(100_100), "an older quote changes nothing"


def test_emergency_orders_say_where_they_come_from():
    shell = shell_of(holding(10))
    shell.ask(by(CloseAll, reason="fire"))
    state = shell.core.account.orders[order_id_for("x-1", IBM, 0)]
    assert state.order.origin is OrderOrigin.EMERGENCY
    assert state.order.reason == "close all, asked by desk-1: fire"
