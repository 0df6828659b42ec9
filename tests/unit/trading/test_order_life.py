"""Exits, replacements and orders that waited too long: nothing is sold or counted twice."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.trading.make import FEED, FREE, IBM, NOW, WIDE, core_of, later, quote
from tests.unit.trading.shell import Shell, run
from tests.unit.trading.test_engine_core import by, shell_of

from qt_trade.brokers.paper import PaperBroker
from qt_trade.model.money import usd
from qt_trade.model.orders import (
    Exits,
    OrderClass,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
)
from qt_trade.model.shares import shares
from qt_trade.trading import events as e
from qt_trade.trading.commands import CancelAll, CancelManual, ReplaceManual, StopAll, SubmitManual
from qt_trade.trading.order_states import TABLE, Kind, News, order_states_page
from qt_trade.trading.steps import Replace


def wish(command_id="c-1", **fields):
    wanted = {
        "symbol": IBM,
        "side": Side.BUY,
        "quantity": shares(10),
        "order_type": OrderType.MARKET,
        "limit_price": None,
        "time_in_force": TimeInForce.GTC,
    }
    return SubmitManual(command_id=command_id, by="desk-1", **(wanted | fields))


def bracket(**fields):
    exits = Exits(take_profit=usd(110), stop_loss=usd(90))
    return wish(order_class=OrderClass.BRACKET, exits=exits, **fields)


def at(price, seconds, **fields):
    return quote(price=price, at=FEED + timedelta(seconds=seconds), **fields)


def statuses(shell):
    return {key: state.status for key, state in shell.core.account.orders.items()}


def resting(shell, price="95", command_id="c-1"):
    """A limit order that waits at the broker; its id."""
    ask = wish(command_id, order_type=OrderType.LIMIT, limit_price=usd(price))
    return shell.ask(ask).order_id


def test_a_brackets_exits_wait_for_its_entry_and_one_ends_the_other():
    shell = shell_of()
    entry = shell.ask(bracket(order_type=OrderType.LIMIT, limit_price=usd(99))).order_id
    profit, loss = f"{entry}-tp", f"{entry}-sl"
    assert statuses(shell)[profit] is statuses(shell)[loss] is OrderStatus.HELD
    assert shell.core.account.waiting(IBM, Side.SELL) == 0
    shell.quote(at(99.0, 1))
    assert statuses(shell)[profit] is statuses(shell)[loss] is OrderStatus.ACCEPTED
    assert shell.core.account.waiting(IBM, Side.SELL) == 10
    assert shell.core.book(NOW).sellable(IBM) == 0
    shell.quote(at(111.0, 2))
    assert statuses(shell)[profit] is OrderStatus.FILLED
    assert statuses(shell)[loss] is OrderStatus.CANCELED
    assert shell.core.account.quantity(IBM) == 0
    assert shell.core.account.realized == usd(110)


def test_what_an_entry_has_filled_so_far_is_claimed_by_its_exits():
    """Four of ten bought: they cannot be sold by hand, for the exits will sell ten."""
    shell = shell_of(None, quote(ask=100.0, ask_size=4), limited=True)
    shell.ask(bracket())
    assert shell.core.account.quantity(IBM) == 4
    assert shell.core.account.waiting(IBM, Side.SELL) == 4
    reply = shell.ask(wish("c-2", side=Side.SELL, quantity=shares(4)))
    assert "can be sold" in reply.reason


def test_exits_end_with_an_entry_that_never_fills():
    shell = shell_of()
    entry = shell.ask(bracket(order_type=OrderType.LIMIT, limit_price=usd(95))).order_id
    shell.ask(by(CancelManual, order_id=entry))
    assert set(statuses(shell).values()) == {OrderStatus.CANCELED}


def test_an_unsent_bracket_is_withdrawn_whole():
    """A stop comes between the journal and the broker; the exits go with their entry."""
    core = core_of()
    for command in (bracket(), by(StopAll, reason="enough")):
        step = core.handle(command, NOW)
        core.journaled(step)
    assert core.next_effect(NOW) is None
    assert {state.status for state in core.account.orders.values()} == {OrderStatus.CANCELED}
    assert len(core.account.orders) == 3


def test_a_cancel_of_everything_asks_once_per_group():
    shell = shell_of()
    shell.ask(bracket(order_type=OrderType.LIMIT, limit_price=usd(95)))
    shell.ask(by(CancelAll, reason="home"))
    asked = [event for event in shell.events if isinstance(event, e.CancelAsked)]
    assert len(asked) == 1
    assert not shell.core.account.open_orders


def test_an_oco_sells_its_shares_once():
    shell = shell_of()
    shell.ask(wish("c-0"))
    oco = shell.ask(
        wish(
            side=Side.SELL,
            order_type=OrderType.LIMIT,
            limit_price=usd(105),
            order_class=OrderClass.OCO,
            exits=Exits(stop_loss=usd(95)),
        )
    )
    assert oco.accepted, oco.reason
    assert shell.core.account.waiting(IBM, Side.SELL) == 10
    shell.quote(at(94.0, 1))
    assert shell.core.account.quantity(IBM) == 0
    assert statuses(shell)[oco.order_id] is OrderStatus.CANCELED


def test_a_replaced_order_gives_way_when_the_broker_confirms():
    shell = shell_of()
    old = resting(shell)
    reply = shell.ask(by(ReplaceManual, order_id=old, limit_price=usd(96), quantity=shares(20)))
    assert reply.accepted, reply.reason
    assert statuses(shell) == {old: OrderStatus.REPLACED, reply.order_id: OrderStatus.ACCEPTED}
    assert shell.core.account.orders[reply.order_id].order.replaces == old
    assert shell.core.account.reserved == usd(1920)


def test_while_a_replacement_is_under_way_the_larger_of_the_two_counts():
    shell = shell_of()
    old = resting(shell)
    core = shell.core
    step = core.handle(by(ReplaceManual, order_id=old, quantity=shares(15)), NOW)
    core.journaled(step)
    assert core.account.waiting(IBM, Side.BUY) == 15
    assert core.account.reserved == usd(1425)
    assert isinstance(core.next_effect(NOW), Replace)


def test_a_refused_replacement_leaves_the_order():
    """Judged without the old one: ten more than ten of fifteen would not pass, twelve do."""
    shell = shell_of(limits=replace(WIDE, position_shares_max=15))
    old = resting(shell)
    refused = shell.ask(by(ReplaceManual, "x-1", order_id=old, quantity=shares(16)))
    assert not refused.accepted
    assert statuses(shell) == {old: OrderStatus.ACCEPTED}
    assert shell.ask(by(ReplaceManual, "x-2", order_id=old, quantity=shares(12))).accepted


def test_a_replacement_does_not_wait_for_the_cooldown_of_the_order_it_replaces():
    shell = shell_of(limits=replace(WIDE, cooldown_min=30))
    old = resting(shell)
    assert shell.ask(by(ReplaceManual, order_id=old, limit_price=usd(96))).accepted


def test_a_broker_that_refuses_a_replacement_leaves_the_order():
    shell = shell_of()
    old = resting(shell)
    step = shell.core.handle(by(ReplaceManual, order_id=old, limit_price=usd(96)), NOW)
    shell.settle(step)
    shell.broker.halt(IBM)
    shell.work()
    account = shell.core.account
    assert account.orders[old].status is OrderStatus.ACCEPTED
    assert account.orders[old].replaced_by is None
    assert account.waiting(IBM, Side.BUY) == 10


def test_a_replacement_nobody_answered_is_asked_for_and_the_order_stays():
    shell = shell_of()
    old = resting(shell)
    core = shell.core
    shell.settle(core.handle(by(ReplaceManual, order_id=old, limit_price=usd(96)), NOW))
    effect = core.next_effect(NOW)
    new = effect.approved.order.order_id
    shell.settle(core.on_silence(new, "timed out", NOW))
    assert statuses(shell) == {old: OrderStatus.ACCEPTED, new: OrderStatus.UNKNOWN}
    shell.settle(core.reconcile(run(shell.broker.orders()), NOW))
    assert statuses(shell) == {old: OrderStatus.ACCEPTED, new: OrderStatus.CANCELED}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda shell, order_id: None, "there is no order nobody today"),
        (lambda shell, order_id: order_id, "is to replace"),
    ],
)
def test_what_cannot_be_replaced_is_said(make, words):
    shell = shell_of()
    old = resting(shell)
    if make(shell, old) is None:
        reply = shell.ask(by(ReplaceManual, order_id="nobody", limit_price=usd(96)))
    else:
        shell.settle(
            shell.core.handle(by(ReplaceManual, "x-1", order_id=old, limit_price=usd(96)), NOW)
        )
        step = shell.core.handle(by(ReplaceManual, "x-2", order_id=old, limit_price=usd(97)), NOW)
        shell.core.journaled(step)
        reply = step.reply
    assert not reply.accepted
    assert words in reply.reason


def test_an_order_with_fills_is_not_replaced():
    shell = shell_of(None, quote(ask=100.0, ask_size=4), limited=True)
    old = shell.ask(wish()).order_id
    reply = shell.ask(by(ReplaceManual, order_id=old, quantity=shares(12)))
    assert "4 shares of the order are filled" in reply.reason


def test_an_approval_that_waited_through_an_outage_is_judged_again():
    core = core_of()
    core.journaled(core.handle(wish(), NOW))
    assert core.reconsider(NOW) is None
    late = later(31)
    step = core.reconsider(late)
    assert [type(event).__name__ for event in step.events] == [
        "RiskJudged",
        "OrderApproved",
    ]
    core.journaled(step)
    assert core.reconsider(late) is None
    assert core.next_effect(late) is not None
    assert core.next_effect(late) is None


def test_an_approval_the_price_ran_away_from_is_withdrawn_when_it_would_not_pass():
    core = core_of(limits=replace(WIDE, daily_notional_cap=usd(1010)))
    core.journaled(core.handle(wish(), NOW))
    core.on_quote(at(120.0, 1))
    step = core.reconsider(later(1))
    core.journaled(step)
    (state,) = core.account.orders.values()
    assert state.status is OrderStatus.CANCELED
    assert "would not pass any more: daily_notional" in state.words
    assert core.next_effect(later(1)) is None


def test_a_trailing_stop_stands_where_it_stood_after_a_restart():
    shell = shell_of()
    shell.ask(wish("c-0"))
    trailing = wish(side=Side.SELL, order_type=OrderType.TRAILING_STOP, trail_price=usd(5))
    order_id = shell.ask(trailing).order_id
    shell.quote(at(110.0, 1))
    shell.quote(at(106.0, 2))
    assert shell.core.account.orders[order_id].stop_price == usd(105)
    reborn = Shell(shell.core, PaperBroker(FREE, limited_by_size=False), NOW)
    core = shell.core
    reborn.broker.restore(core.broker_orders(), core.account.cash, core.broker_positions())
    reborn.quote(at(105.5, 3))
    assert core.account.quantity(IBM) == 10
    reborn.quote(at(104.9, 4))
    assert core.account.quantity(IBM) == 0


def test_every_piece_of_news_has_its_place_in_every_status():
    assert set(TABLE) == {(status, news) for status in OrderStatus for news in News}
    for (status, _news), move in TABLE.items():
        assert status.open or not move.to.open
        assert move.kind is Kind.TAKEN or move.to is status
    page = order_states_page()
    assert all(f"## {status}" in page for status in OrderStatus)
