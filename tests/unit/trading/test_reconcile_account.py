"""Our books against the broker's: explained, adopted, named, ended, or taken over by a person."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.trading.make import BAC, FEED, IBM, NOW, account, core_of, fill, order
from tests.unit.trading.test_books import adds_up, external

from qt_trade.model.broker_account import (
    ActivityKind,
    BrokerAccount,
    BrokerActivity,
    BrokerPosition,
    Restrictions,
)
from qt_trade.model.money import ZERO, Usd, usd
from qt_trade.model.orders import Side
from qt_trade.model.shares import Shares, shares, value_of
from qt_trade.trading.account import Account
from qt_trade.trading.commands import AcceptDifference, SubmitManual
from qt_trade.trading.engine_core import EngineCore
from qt_trade.trading.events import Event
from qt_trade.trading.ids import order_id_for
from qt_trade.trading.ledger import apply, fold
from qt_trade.trading.steps import Step


def theirs(cash: str | Usd = "100000", *lines: BrokerPosition, **more: Any) -> BrokerAccount:
    told = {
        "number": "PA1",
        "cash": usd(cash) if isinstance(cash, str) else cash,
        "positions": {line.symbol: line for line in lines},
        "activities": (),
        "restrictions": Restrictions(),
    }
    return BrokerAccount(**told | more)


def activity(kind: ActivityKind, amount: str = "0", number: str = "1", **more: Any):
    told = {
        "activity_id": number,
        "kind": kind,
        "at": FEED,
        "amount": usd(amount),
        "symbol": None,
        "quantity": None,
        "price": None,
        "side": None,
        "order_id": "",
        "words": "",
    }
    return BrokerActivity(**told | more)


def trade(
    quantity: int = 3, *, side: Side = Side.BUY, amount: str = "-300", **more: Any
) -> BrokerActivity:
    size = {"symbol": IBM, "side": side, "price": usd(100), "quantity": Shares(quantity)}
    return activity(ActivityKind.TRADE, amount, **size | more)


def held(*quantities: int) -> Account:
    """An account that has traded: 10 shares of IBM at 100, so that its books have begun."""
    return apply(account(), external(fill(quantity=quantities[0] if quantities else 10), 99))


IBM_10 = BrokerPosition(IBM, Shares(10), usd(1_000))


def look(core: EngineCore, at_broker: BrokerAccount) -> Step:
    step = core.compare(at_broker, NOW)
    core.journaled(step)
    return step


def kinds(step: Step) -> list[str]:
    return [type(event).__name__ for event in step.events]


def test_books_that_agree_need_no_word() -> None:
    """Nor does a fraction of a cent that the broker does not show."""
    core = core_of(held())
    assert look(core, theirs("99000", IBM_10)).events == ()
    assert look(core, theirs("99000.009999", IBM_10)).events == ()
    assert core.suspects == ()


def test_an_account_begins_with_what_the_broker_has() -> None:
    """Nobody has asked anything of it yet, and what had happened is not booked again."""
    core = core_of(account())
    old = activity(ActivityKind.DIVIDEND, "5", "old")
    step = look(core, theirs("500", IBM_10, activities=(old,)))
    assert kinds(step) == ["BooksBegun"]
    assert core.account.cash == usd(500)
    assert core.account.quantity(IBM) == 10
    assert look(core, theirs("500", IBM_10, activities=(old,))).events == ()


def test_a_trade_by_hand_is_booked_once_with_its_commission() -> None:
    """The cash is what the broker says, also where it took a fee from the trade."""
    core = core_of(held())
    by_hand = trade(amount="-301.5", order_id="their-own", words="bought on the phone")
    after = theirs("98698.5", replace(IBM_10, quantity=Shares(13)), activities=(by_hand,))
    step = look(core, after)
    assert kinds(step) == ["ExternalFill"]
    assert core.account.quantity(IBM) == 13
    assert core.account.cash == usd("98698.5")
    assert core.account.commissions == usd("1.5")
    (event,) = step.events
    assert "not by us: bought on the phone" in event.order.reason
    assert look(core, after).events == ()
    assert core.suspects == ()


def test_a_sale_by_hand_earns_what_the_ledger_says() -> None:
    """Realized, as of an order of ours."""
    core = core_of(held())
    sold = trade(4, side=Side.SELL, amount="480", price=usd(120))
    (event,) = look(
        core, theirs("99480", replace(IBM_10, quantity=Shares(6)), activities=(sold,))
    ).events
    assert event.realized == usd(80)


@pytest.mark.parametrize(
    "kind",
    [
        ActivityKind.DIVIDEND,
        ActivityKind.FEE,
        ActivityKind.INTEREST,
        ActivityKind.TRANSFER,
        ActivityKind.OTHER,
    ],
)
def test_cash_that_came_or_went_is_booked_once(kind: ActivityKind) -> None:
    """With the broker's number, so that the line may come again."""
    core = core_of(held())
    after = theirs("98993", IBM_10, activities=(activity(kind, "-7"),))
    assert kinds(look(core, after)) == ["CashAdjusted"]
    assert look(core, after).events == ()
    assert core.account.cash == usd(98_993)
    assert adds_up(core.account)


def test_a_split_changes_the_shares_and_not_their_cost() -> None:
    """Ten become twenty."""
    core = core_of(held())
    split = activity(ActivityKind.SPLIT, symbol=IBM, quantity=Shares(10), words="2 for 1")
    after = theirs("99000", replace(IBM_10, quantity=Shares(20)), activities=(split,))
    assert kinds(look(core, after)) == ["SharesAdjusted"]
    assert core.account.quantity(IBM) == 20
    assert core.account.positions[IBM].cost == usd(1_000)


def test_a_split_may_be_told_as_shares_going_and_coming() -> None:
    """The old ones go and the new ones come; in between the position has not ended."""
    core = core_of(held())
    goes = activity(ActivityKind.SPLIT, number="1", symbol=IBM, quantity=Shares(-10))
    comes = activity(ActivityKind.SPLIT, number="2", symbol=IBM, quantity=Shares(20))
    after = theirs("99000", replace(IBM_10, quantity=Shares(20)), activities=(goes, comes))
    assert look(core, after).problem is None
    assert core.account.quantity(IBM) == 20
    assert core.account.positions[IBM].cost == usd(1_000)


@pytest.mark.parametrize(
    "broken",
    [
        trade(price=None),
        trade(symbol=None),
        activity(ActivityKind.SPLIT, symbol=BAC, quantity=Shares(1)),
        activity(ActivityKind.SPLIT, symbol=IBM, quantity=Shares(-10)),
        activity(ActivityKind.SPLIT),
    ],
)
def test_a_line_that_cannot_be_booked_is_a_problem(broken: BrokerActivity) -> None:
    """It is said, and nothing is guessed."""
    step = look(core_of(held()), theirs("99000", IBM_10, activities=(broken,)))
    assert step.events == ()
    assert "the broker's" in (step.problem or "")


def test_parts_of_shares_are_rounded_as_the_broker_has_them() -> None:
    """A cent per fill of a part is explained; more is not."""
    part = external(fill(quantity=shares("0.5"), price="10.01", n=7), 7)
    core = core_of(apply(held(), part))
    line = replace(IBM_10, quantity=shares("10.5"))
    exact = core.account.cash
    step = look(core, theirs(Usd(exact - 10_000), line))
    assert kinds(step) == ["CashAdjusted"]
    assert (core.account.cash, core.account.part_fills) == (exact - 10_000, 0)
    assert look(core, theirs(Usd(exact - 20_000), line)).events == ()
    assert [one.key for one in core.suspects] == ["cash"]


def buy(core: EngineCore, command_id: str) -> Step:
    wanted = order(quantity=1)
    command = SubmitManual(
        command_id=command_id,
        by="desk",
        symbol=IBM,
        side=Side.BUY,
        quantity=Shares(1),
        order_type=wanted.order_type,
        limit_price=None,
        time_in_force=wanted.time_in_force,
    )
    step = core.handle(command, NOW)
    core.journaled(step)
    return step


def test_what_nothing_explains_is_named_at_the_second_look_and_opens_nothing() -> None:
    """And ends by itself when the books agree again."""
    core = core_of(held())
    off = theirs("99000", replace(IBM_10, quantity=Shares(12)))
    assert look(core, off).events == ()
    assert buy(core, "c-1").reply.accepted
    core = core_of(held())
    look(core, off)
    step = look(core, off)
    assert kinds(step) == ["DiscrepancyFound"]
    assert step.events[0].words == (
        "position:IBM: ours 10 shares, the broker's 12 shares; nothing explains it"
    )
    reply = buy(core, "c-2").reply
    assert not reply.accepted
    assert reply.reason.startswith("reconciled: position:IBM")
    assert look(core, off).events == (), "it is told once"
    assert kinds(look(core, theirs("99000", IBM_10))) == ["DiscrepancyEnded"]
    assert buy(core, "c-3").reply.accepted


def test_a_fill_in_flight_is_no_discrepancy() -> None:
    """The broker had it first; we book it before the second look."""
    core = core_of(held())
    look(core, theirs("98700", replace(IBM_10, quantity=Shares(13))))
    late = core_of(apply(core.account, external(fill(quantity=3, n=5), 5)))
    assert look(late, theirs("98700", replace(IBM_10, quantity=Shares(13)))).events == ()


def test_a_difference_that_changes_is_not_seen_twice() -> None:
    """Only what stays the same has nothing on its way."""
    core = core_of(held())
    for cash in ("99001", "99002", "99003"):
        assert look(core, theirs(cash, IBM_10)).events == ()


def test_a_person_takes_the_brokers_figure_over() -> None:
    """Journalled with who and why; then everything opens again."""
    core = core_of(held())
    off = theirs(
        "98000", replace(IBM_10, quantity=Shares(12)), BrokerPosition(BAC, Shares(5), usd(70))
    )
    look(core, off)
    look(core, off)
    assert set(core.account.unexplained) == {"cash", "position:BAC", "position:IBM"}
    for number, key in enumerate(sorted(core.account.unexplained)):
        wish = AcceptDifference(command_id=f"a-{number}", by="desk", key=key, reason="as it is")
        step = core.handle(wish, NOW)
        core.journaled(step)
        assert step.reply.accepted, step.reply.reason
        assert step.events[0].by == "desk"
    assert core.account.unexplained == {}
    assert (core.account.cash, core.account.quantity(BAC)) == (usd(98_000), 5)
    assert core.account.positions[BAC].cost == usd(70)
    assert adds_up(core.account)
    assert look(core, off).events == ()
    assert core.suspects == ()


def test_what_is_no_difference_cannot_be_accepted() -> None:
    """The answer lists what could be."""
    step = core_of(held()).handle(
        AcceptDifference(command_id="a", by="desk", key="cash", reason="x"), NOW
    )
    assert step.reply.reason == "'cash' is no difference that is unexplained; there is nothing"


def test_trades_under_our_mark_are_booked_only_where_they_are_missing() -> None:
    """Those of earlier days look the same; those of an order nobody journalled close the gap."""
    lost = trade(4, side=Side.SELL, amount="400", order_id=order_id_for("panic", IBM, 0))
    core = core_of(held())
    assert look(core, theirs("99000", IBM_10, activities=(lost,))).events == ()
    after = theirs("99400", replace(IBM_10, quantity=Shares(6)), activities=(lost,))
    assert kinds(look(core, after)) == ["ExternalFill", "TradingStopped"]
    assert core.account.quantity(IBM) == 6


def test_of_many_trades_under_our_mark_the_newest_that_close_the_gap_are_booked() -> None:
    """A journalled trade of an earlier day stands before the two that a panic made."""
    earlier = trade(10, side=Side.BUY, amount="-1000", order_id=order_id_for("c-1", IBM, 0))
    first = replace(
        trade(4, side=Side.SELL, amount="400", order_id=order_id_for("panic", IBM, 0)),
        activity_id="p-1",
    )
    second = replace(first, activity_id="p-2", order_id=order_id_for("panic", IBM, 1))
    core = core_of(held())
    left = replace(IBM_10, quantity=Shares(2))
    step = look(core, theirs("99800", left, activities=(earlier, first, second)))
    assert kinds(step) == ["ExternalFill", "ExternalFill", "TradingStopped"]
    assert core.account.quantity(IBM) == 2


steps = st.lists(
    st.one_of(
        st.tuples(st.just("trade"), st.sampled_from([IBM, BAC]), st.integers(-2_000, 2_000)),
        st.tuples(st.just("split"), st.sampled_from([IBM, BAC]), st.sampled_from(["2", "0.5"])),
        st.tuples(
            st.sampled_from([ActivityKind.DIVIDEND, ActivityKind.FEE, ActivityKind.TRANSFER]),
            st.none(),
            st.integers(-10_000, 10_000),
        ),
    ),
    max_size=25,
)


@given(steps, st.integers(1, 4))
def test_whatever_happens_there_is_here_after_one_look(drawn: list[Any], every: int) -> None:
    """A broker whose record is complete leaves nothing unexplained, however rarely it is asked."""
    core, broker = core_of(held()), theirs("99000", IBM_10)
    journal: list[Event] = []
    for number, (what, symbol, figure) in enumerate(drawn):
        broker = _happen(broker, str(number), what, symbol, figure)
        if number % every == 0:
            journal += look(core, broker).events
    journal += look(core, broker).events
    assert (core.suspects, dict(core.account.unexplained)) == ((), {})
    assert core.account.cash == broker.cash
    assert {s: p.quantity for s, p in core.account.held.items()} == {
        s: line.quantity for s, line in broker.positions.items()
    }
    assert adds_up(core.account)
    assert fold(held(), journal) == core.account


def _happen(
    broker: BrokerAccount, number: str, what: Any, symbol: Any, figure: Any
) -> BrokerAccount:
    """Let something happen at the broker: its figures move and its record has a line."""
    line = broker.positions.get(symbol) or BrokerPosition(symbol, Shares(0), ZERO)
    if what == "trade":
        quantity = shares(abs(figure)) / 100
        if not quantity:
            return broker
        side = Side.BUY if figure > 0 else Side.SELL
        due = value_of(usd("33.33"), quantity) * (-1 if side is Side.BUY else 1)
        change = quantity if side is Side.BUY else -quantity
        told = trade(
            number=number,
            symbol=symbol,
            side=side,
            quantity=quantity,
            price=usd("33.33"),
            amount="0",
        )
        return _with(broker, line, change, replace(told, amount=Usd(due)))
    if what == "split":
        if line.quantity * 2 % 1:
            return broker
        change = line.quantity * shares(figure) - line.quantity
        if not change:
            return broker
        told = activity(ActivityKind.SPLIT, number=number, symbol=symbol, quantity=change)
        return _with(broker, line, change, told)
    return _with(broker, None, Shares(0), activity(what, str(figure), number))


def _with(
    broker: BrokerAccount, line: BrokerPosition | None, change: Shares, told: BrokerActivity
) -> BrokerAccount:
    positions = dict(broker.positions)
    if line is not None:
        positions[line.symbol] = replace(line, quantity=line.quantity + change)
    return replace(
        broker,
        cash=Usd(broker.cash + told.amount),
        positions={s: one for s, one in positions.items() if one.quantity},
        activities=(*broker.activities, told),
    )
