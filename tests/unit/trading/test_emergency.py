"""An emergency is pursued until the broker has said twice that it is done."""

from datetime import timedelta

import pytest
from tests.unit.trading.make import (
    CLOSED,
    FEED,
    IBM,
    NOW,
    OPEN,
    WALL,
    core_of,
    fill,
    later,
    order,
    quote,
)
from tests.unit.trading.test_engine_core import by, shell_of
from tests.unit.trading.test_risk import holding

from qt_trade.model.emergencies import Emergency
from qt_trade.model.money import usd
from qt_trade.model.orders import BrokerAck
from qt_trade.model.shares import shares
from qt_trade.trading import events as e
from qt_trade.trading.commands import CancelAll, CloseAll, Resume, StopAll
from qt_trade.trading.emergency import AGAIN_AFTER, ATTEMPTS_MAX, given_up
from qt_trade.trading.emergency_events import PositionBefore
from qt_trade.trading.ids import order_id_for
from qt_trade.trading.ledger import fold
from qt_trade.trading.steps import Cancel

APART = timedelta(seconds=30)


def test_it_writes_down_what_it_found():
    shell = shell_of(holding(10, waiting=4))
    shell.ask(by(CloseAll, reason="fire", how="F12"))
    began = shell.core.account.emergency.began
    assert began.action is Emergency.CLOSE_ALL_POSITIONS
    assert (began.how, began.reason, began.orders) == ("F12", "fire", ("waiting",))
    assert began.positions == (PositionBefore(IBM, shares(10), usd(1_000)),)


def test_close_all_stops_everything_until_a_person_resumes():
    shell = shell_of(holding(10))
    shell.ask(by(CloseAll, reason="fire"))
    assert shell.core.halted == "fire"
    shell.ask(by(Resume, command_id="r", reason="calm"))
    assert shell.core.halted is None


def test_the_gate_is_shut_before_the_journal_knows_of_close_all():
    shell = shell_of(holding(10))
    step = shell.core.handle(by(CloseAll, reason="fire"), NOW)
    assert shell.core.halted == "fire"
    shell.core.abandon(step)
    assert shell.core.halted == "fire"


def test_two_good_answers_some_time_apart_are_the_proof():
    shell = shell_of(holding(10))
    core = shell.core
    shell.ask(by(CloseAll, reason="fire"))
    shell.settle(core.count(1, 1, APART, later(1)))
    assert core.account.emergency.counts == ()
    shell.settle(core.count(0, 0, APART, later(2)))
    shell.settle(core.count(0, 0, APART, later(31)))
    assert core.account.emergency is not None
    step = shell.settle(core.count(0, 0, APART, later(32)))
    assert [type(event) for event in step.events] == [e.EmergencyCounted, e.EmergencyEnded]
    assert step.events[-1].verified
    assert core.account.emergency is None


def test_a_bad_answer_in_between_takes_the_good_one_back():
    shell = shell_of(holding(10))
    core = shell.core
    shell.ask(by(CloseAll, reason="fire"))
    shell.settle(core.count(0, 0, APART, later(2)))
    shell.settle(core.count(0, 1, APART, later(20)))
    shell.settle(core.count(0, 0, APART, later(40)))
    assert core.account.emergency is not None
    assert len(core.account.emergency.counts) == 1


@pytest.mark.parametrize(
    ("kind", "positions", "orders", "proved"),
    [
        (StopAll, 3, 2, True),
        (CancelAll, 3, 0, True),
        (CancelAll, 0, 1, False),
        (CloseAll, 1, 0, False),
        (CloseAll, 0, 0, True),
    ],
)
def test_each_action_has_its_own_proof(kind, positions, orders, proved):
    shell = shell_of(holding(10))
    shell.ask(by(kind, reason="x"))
    shell.settle(shell.core.count(positions, orders, APART, later(1)))
    if shell.core.account.emergency is not None:
        shell.settle(shell.core.count(positions, orders, APART, later(31)))
    assert (shell.core.account.emergency is None) is proved


def test_a_stronger_emergency_takes_over():
    shell = shell_of(holding(10))
    shell.ask(by(CancelAll, command_id="one", reason="x"))
    shell.ask(by(CloseAll, command_id="two", reason="y"))
    ended = [event for event in shell.events if isinstance(event, e.EmergencyEnded)]
    assert [(one.command_id, one.verified) for one in ended] == [("one", False)]
    assert shell.core.account.emergency.began.command_id == "two"


def test_a_position_that_turns_up_is_closed_too():
    """A stranger buys at the broker while everything is being closed."""
    shell = shell_of(holding(10))
    shell.ask(by(CloseAll, reason="fire"))
    assert shell.core.account.held == {}
    stranger = e.ExternalFill(
        at=WALL,
        feed_at=FEED,
        activity_id="a",
        order=order(order_id="stray"),
        fill=fill(order_id="stray", n=9),
        realized=None,
    )
    again = shell_of(fold(shell.core.account, (stranger,)))
    again.settle(again.core.attend(later(2)))
    again.work()
    assert again.sent == [order_id_for("x-1", IBM, 1)]
    assert again.core.account.held == {}


def test_a_rejected_exit_is_tried_again_under_another_id_and_not_for_ever():
    core = core_of(holding(10), quote())
    ids, seconds = [], 0.0
    core.journaled(core.handle(by(CloseAll, reason="fire"), NOW))
    for _ in range(ATTEMPTS_MAX + 2):
        while (effect := core.next_effect(later(seconds))) is not None:
            ids.append(effect.approved.order.order_id)
            halted = BrokerAck(ids[-1], accepted=False, broker_order_id="", words="halted")
            core.journaled(core.on_ack(halted, later(seconds)))
            core.journaled(core.attend(later(seconds + 1)))
            assert core.effects_waiting == 0, "not again within ten seconds"
        seconds += AGAIN_AFTER.total_seconds()
        core.journaled(core.attend(later(seconds)))
    assert ids == [order_id_for("x-1", IBM, n) for n in range(ATTEMPTS_MAX)]
    assert given_up(core.account.closing[IBM])
    assert core.account.emergency is not None


def test_a_cancel_that_is_under_way_is_not_asked_again():
    core = core_of(holding(10, waiting=4), quote())
    core.journaled(core.handle(by(CancelAll, reason="fire"), NOW))
    core.journaled(core.attend(later(1)))
    assert core.next_effect(NOW) == Cancel("waiting")
    assert core.next_effect(NOW) is None


def test_exits_that_wait_for_the_market_survive_a_restart():
    shell = shell_of(holding(10), market=CLOSED)
    shell.ask(by(CloseAll, reason="fire"))
    again = shell_of(shell.core.account, market=CLOSED)
    again.core.on_market(OPEN)
    again.settle(again.core.attend(NOW))
    again.work()
    assert again.sent == [order_id_for("x-1", IBM, 0)]


def test_a_weaker_emergency_leaves_the_stronger_one_to_its_end():
    """A drawdown's stop, or another desk's cancel, while everything is being closed."""
    shell = shell_of(holding(10, waiting=4))
    core = shell.core
    core.journaled(core.handle(by(CloseAll, command_id="close", reason="fire"), NOW))
    core.journaled(core.handle(by(StopAll, command_id="stop", reason="loss"), NOW))
    core.journaled(core.handle(by(CancelAll, command_id="cancel", reason="me too"), NOW))
    assert core.account.emergency.began.command_id == "close"
    assert list(core.account.closing) == [IBM]
    assert core.halted is not None


def test_a_cancel_lets_the_exits_of_a_close_all_through():
    core = core_of(holding(10), quote())
    core.journaled(core.handle(by(CloseAll, command_id="close", reason="fire"), NOW))
    assert core.next_effect(NOW).approved.order.quantity == 10
    core.journaled(core.handle(by(CancelAll, command_id="cancel", reason="x"), NOW))
    assert core.next_effect(NOW) is None
    assert not any(state.cancel_asked for state in core.account.open_orders)


def test_who_resumes_ends_an_emergency_that_was_not_proved_and_what_it_queued():
    """Nothing bought afterwards is sold by a panic of yesterday."""
    shell = shell_of(holding(10), market=CLOSED)
    core = shell.core
    shell.ask(by(CloseAll, command_id="close", reason="fire"))
    shell.ask(by(Resume, command_id="resume", reason="calm"))
    assert core.account.emergency is None
    assert core.account.closing == {}
    core.on_market(OPEN)
    shell.settle(core.attend(later(60)))
    shell.work()
    assert shell.sent == []
    ended = [event for event in shell.events if isinstance(event, e.EmergencyEnded)]
    assert [(one.command_id, one.verified) for one in ended] == [("close", False)]
    assert ended[0].words == "desk-1 resumed trading before it was proved"
