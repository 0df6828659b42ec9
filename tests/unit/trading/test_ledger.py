"""The account is a fold over its events: every event moves what it should, once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.trading.make import BALANCED, FEED, IBM, NOW, WALL, account, fill, order

from qt_trade.model.limits import Strategy
from qt_trade.model.money import Usd, usd
from qt_trade.model.orders import Fill, OrderOrigin, OrderStatus, Side
from qt_trade.model.presets import PRESETS
from qt_trade.model.shares import shares
from qt_trade.trading import adjustments, control, ledger, risk_memory
from qt_trade.trading import events as e
from qt_trade.trading.account import exchange_day
from qt_trade.trading.book_events import DayValued
from qt_trade.trading.emergency_folds import EMERGENCY_FOLDS
from qt_trade.trading.ledger import LedgerError, apply, fold

WHEN = {"at": WALL, "feed_at": FEED}


def approved(one=None, *, reserved=1_000, opens=True, **when):
    return e.OrderApproved(
        **(WHEN | when),
        order=one or order(),
        command_id="c-1",
        reserved=usd(reserved),
        worst_price=None,
        opens=opens,
        cycle=None,
    )


def filled(one=None, **when):
    return e.OrderFilled(**(WHEN | when), fill=one or fill(), realized=None)


def test_nothing_comes_before_the_opening():
    with pytest.raises(LedgerError, match="before AccountOpened"):
        apply(None, e.TradingStopped(**WHEN, reason="x", by="me"))


def test_no_events_are_no_account():
    with pytest.raises(LedgerError, match="no AccountOpened"):
        fold(None, ())


def test_an_account_opens_once():
    opened = e.AccountOpened(**WHEN, account_id="a", cash=usd(1))
    with pytest.raises(LedgerError, match="second"):
        fold(None, (opened, opened))


def test_an_order_that_was_never_approved_is_damage():
    with pytest.raises(LedgerError, match="never approved"):
        apply(account(), e.OrderSent(**WHEN, order_id="ghost"))


def test_an_order_that_traded_is_not_approved_again():
    held = fold(account(), (approved(), filled(fill(quantity=4))))
    with pytest.raises(LedgerError, match="approved again"):
        apply(held, approved())


def test_an_order_that_never_left_may_be_approved_again_and_counts_once():
    held = fold(account(), (approved(), approved(reserved=1_100)))
    assert held.today.orders == 1
    assert held.reserved == usd(1_100)


def test_the_given_account_stays_as_it_was():
    before = account()
    after = fold(before, (approved(), filled()))
    assert (before.cash, dict(before.orders), dict(before.positions)) == (usd(100_000), {}, {})
    assert after.cash == usd(99_000)
    with pytest.raises(TypeError):
        after.orders["x"] = None


def test_the_life_of_an_order():
    """Approved, sent, acknowledged, filled in two parts: status, reserve and cash follow."""
    held = apply(account(), approved())
    assert held.orders["o-1"].status is OrderStatus.PENDING_NEW
    assert (held.reserved, held.opening_reserved) == (usd(1_000), usd(1_000))
    held = apply(held, e.OrderSent(**WHEN, order_id="o-1"))
    assert held.orders["o-1"].sent
    held = apply(held, e.OrderAcknowledged(**WHEN, order_id="o-1", broker_order_id="b"))
    assert held.orders["o-1"].status is OrderStatus.ACCEPTED
    held = apply(held, filled(fill(quantity=4, commission="1")))
    state = held.orders["o-1"]
    assert (state.status, state.filled, state.remaining) == (OrderStatus.PARTIALLY_FILLED, 4, 6)
    assert (held.reserved, state.commission) == (usd(600), usd(1))
    held = apply(held, filled(fill(quantity=6, n=1)))
    assert held.orders["o-1"].status is OrderStatus.FILLED
    assert (held.reserved, held.open_orders) == (0, ())
    assert held.cash == usd(98_999)
    assert held.quantity(IBM) == 10
    today = held.today
    assert (today.trades, today.orders, today.volume, today.opened) == (
        2,
        1,
        usd(1_000),
        usd(1_000),
    )
    assert (today.realized, today.commissions, held.commissions) == (usd(-1), usd(1), usd(1))


def test_a_fill_counts_once():
    once = fold(account(), (approved(), filled(fill(quantity=4))))
    assert apply(once, filled(fill(quantity=4))) == once


def test_an_acknowledgement_after_a_fill_does_not_set_the_order_back():
    ack = e.OrderAcknowledged(**WHEN, order_id="o-1", broker_order_id="b")
    held = fold(account(), (approved(), filled(fill(quantity=4)), ack))
    assert held.orders["o-1"].status is OrderStatus.PARTIALLY_FILLED
    assert fold(held, (filled(fill(quantity=6, n=1)), ack)).orders["o-1"].status is (
        OrderStatus.FILLED
    )


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (e.OrderCanceled, OrderStatus.CANCELED),
        (e.OrderExpired, OrderStatus.EXPIRED),
        (e.OrderRejected, OrderStatus.REJECTED),
    ],
)
def test_an_end_frees_the_reserve_and_is_final(kind, status):
    end = kind(**WHEN, order_id="o-1", words="over")
    held = fold(account(), (approved(), end))
    assert (held.orders["o-1"].status, held.reserved) == (status, 0)
    other = e.OrderCanceled(**WHEN, order_id="o-1", words="again")
    assert apply(held, other).orders["o-1"].words == "over"
    unknown = e.OrderUnknown(**WHEN, order_id="o-1", words="?")
    assert apply(held, unknown).orders["o-1"].status is status


def test_a_fill_that_comes_after_the_cancel_is_booked():
    cancel = e.OrderCanceled(**WHEN, order_id="o-1", words="over")
    held = fold(account(), (approved(), cancel, filled(fill(quantity=4))))
    assert held.quantity(IBM) == 4
    assert held.orders["o-1"].status is OrderStatus.CANCELED


def test_an_unknown_order_counts_as_open_until_it_is_known():
    held = fold(account(), (approved(), e.OrderUnknown(**WHEN, order_id="o-1", words="cut")))
    assert held.reserved == usd(1_000)
    ack = e.OrderAcknowledged(**WHEN, order_id="o-1", broker_order_id="b")
    assert apply(held, ack).orders["o-1"].status is OrderStatus.ACCEPTED


def test_a_cancel_is_remembered_as_asked():
    asked = e.CancelAsked(**WHEN, order_id="o-1", by="desk", reason="mine")
    assert fold(account(), (approved(), asked)).orders["o-1"].cancel_asked


def test_the_reserve_left_is_rounded_up():
    held = fold(account(), (approved(order(quantity=3), reserved=1), filled(fill(quantity=1))))
    assert held.reserved == Usd(666_667)


def test_a_sale_of_a_held_share_opens_nothing():
    bought = fold(account(), (approved(), filled()))
    sale = order(Side.SELL, order_id="o-2")
    held = fold(
        bought,
        (
            approved(sale, reserved=0, opens=False),
            e.OrderFilled(**WHEN, fill=fill(Side.SELL, order_id="o-2", price="101"), realized=None),
        ),
    )
    assert held.held == {}
    assert held.realized == usd(10)
    assert held.today.opened == usd(1_000)
    assert held.last_opening[IBM].order_id == "o-1"


def test_a_new_exchange_day_starts_from_zero_and_drops_ended_orders():
    """The day turns at midnight in New York, not in London."""
    kept = order(order_id="o-2")
    held = fold(account(), (approved(), filled(), approved(kept)))
    evening = datetime(2013, 10, 8, 3, 59, tzinfo=UTC)
    assert held.on(evening).today == held.today
    morning = datetime(2013, 10, 8, 4, 1, tzinfo=UTC)
    assert held.on(morning).today.opened == 0
    after = apply(held, e.TradingStopped(at=WALL, feed_at=morning, reason="x", by="me"))
    assert after.today.day == exchange_day(morning)
    assert after.today.trades == 0
    assert list(after.orders) == ["o-2"]
    late = apply(after, filled(fill(order_id="o-2"), feed_at=FEED))
    assert late.today.day == exchange_day(morning)


def test_stop_and_resume():
    held = apply(account(), e.TradingStopped(**WHEN, reason="flames", by="me"))
    assert held.stop is not None
    assert held.stop.reason == "flames"
    assert apply(held, e.TradingResumed(**WHEN, reason="out", by="me")).stop is None


def test_autotrading_keeps_the_time_it_started():
    held = apply(account(), e.AutoTradingStarted(**WHEN, settings=BALANCED, by="me"))
    changed = e.AutoTradingStarted(
        at=WALL + timedelta(hours=1),
        feed_at=FEED,
        settings=PRESETS[Strategy.AGGRESSIVE],
        by="you",
    )
    held = apply(held, changed)
    assert held.auto is not None
    assert (held.auto.since, held.auto.by) == (WALL, "you")
    assert apply(held, e.AutoTradingStopped(**WHEN, reason="x", by="me")).auto is None


def answered(command_id):
    return e.CommandAnswered(
        **WHEN,
        command_id=command_id,
        name="StopAll",
        by="me",
        asked="{}",
        accepted=True,
        reason="",
        order_id=None,
        verdicts=(),
    )


def test_only_the_newest_answers_are_kept(monkeypatch):
    monkeypatch.setattr(ledger, "ANSWERS_KEPT", 2)
    held = fold(account(), (answered("a"), answered("b"), answered("c")))
    assert list(held.answers) == ["b", "c"]


def closing():
    return e.CloseAsked(**WHEN, symbol=IBM, command_id="c", by="me", reason="x")


def test_a_symbol_to_be_closed_is_forgotten_once_flat():
    ends = e.OrderCanceled(**WHEN, order_id="o-1", words="x")
    assert fold(account(), (approved(), closing(), ends)).closing == {}


def test_a_symbol_to_be_closed_stays_while_shares_or_orders_are_left():
    other = order(order_id="o-2")
    ends = e.OrderCanceled(**WHEN, order_id="o-1", words="x")
    held = fold(account(), (approved(), approved(other), closing(), ends))
    assert list(held.closing) == [IBM]


@pytest.mark.parametrize("refused", [False, True])
def test_the_closing_order_is_counted_and_the_wish_stays_until_flat(refused):
    sale = order(Side.SELL, origin=OrderOrigin.EMERGENCY, order_id="o-9")
    held = fold(account(), (approved(), filled(), closing()))
    event = (
        e.OrderRefused(**WHEN, order=sale, command_id="c", because="shut")
        if refused
        else replace(approved(sale, reserved=0, opens=False), command_id="c")
    )
    tried = apply(held, event).closing[IBM]
    assert (tried.attempts, tried.last_at) == (1, event.at)
    assert tried.words == ("shut" if refused else "sent")


def test_a_refused_order_moves_nothing():
    held = account()
    assert apply(held, e.OrderRefused(**WHEN, order=order(), command_id="c", because="x")) == held


def test_cycles_are_counted():
    report = e.CycleReport(
        number=1, slot=FEED, at=WALL, candidates=0, signals=0, passed_risk=0, orders=0, rows=()
    )
    held = apply(account(), e.CycleFinished(**WHEN, report=report))
    assert (held.cycles_run, held.last_cycle) == (1, report)


def test_every_event_that_moves_something_has_a_handler():
    explains = {e.AccountOpened, e.DecisionMade, e.RiskJudged, DayValued}
    from typing import get_args  # noqa: PLC0415 - only this test looks inside the union

    moves = (
        set(ledger._HANDLERS) | set(control.FOLDS) | set(adjustments.FOLDS) | set(EMERGENCY_FOLDS)
    )
    moves |= set(risk_memory.FOLDS)
    assert set(get_args(e.Event)) - explains == moves


def test_an_account_without_an_order_is_judged_as_if_it_never_was():
    held = fold(account(), (approved(), approved(order(order_id="o-2"))))
    assert list(held.without("o-1").orders) == ["o-2"]
    assert list(held.orders) == ["o-1", "o-2"]


fills = st.builds(
    Fill,
    fill_id=st.integers(0, 12).map("f-{}".format),
    order_id=st.sampled_from(["o-1", "o-2", "o-3"]),
    symbol=st.just(IBM),
    side=st.sampled_from(Side),
    quantity=st.integers(1, 500_000).map(lambda parts: shares(Decimal(parts) / 1_000)),
    price=st.integers(10_000, 900_000_000).map(Usd),
    commission=st.integers(0, 3_000_000).map(Usd),
    at=st.just(NOW.feed),
)


@given(st.lists(fills, max_size=40))
def test_cash_cost_and_profit_always_add_up(executions):
    """cash = deposited + realized − cost, for any fills, repeated ones among them."""
    held = account()
    for name in ("o-1", "o-2", "o-3"):
        held = apply(held, approved(order(quantity=100_000, order_id=name)))
    for one in executions:
        held = apply(held, filled(one))
        cost = sum(position.cost for position in held.positions.values())
        assert held.cash == held.deposited + held.realized - cost
        assert held.realized == sum(p.realized for p in held.positions.values())
    unique = {(one.order_id, one.fill_id) for one in executions}
    assert held.today.trades == len(unique)


@given(st.lists(fills, max_size=20), st.integers(0, 20))
def test_folding_in_two_parts_is_folding_at_once(executions, cut):
    events = [approved(order(quantity=100_000, order_id=f"o-{n}")) for n in (1, 2, 3)]
    events += [filled(one) for one in executions]
    whole = fold(account(), events)
    parts = fold(fold(account(), events[:cut]), events[cut:])
    assert parts == whole
    assert replace(parts) == whole
