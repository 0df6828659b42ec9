"""The books add up whatever happens: fills, parts of shares, splits, fees, dividends, transfers."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.trading.make import BAC, FEED, IBM, WALL, account, fill, order

from qt_trade.model.broker_account import BrokerPosition
from qt_trade.model.money import ZERO, Usd, usd
from qt_trade.model.orders import Fill, OrderOrigin, Side
from qt_trade.model.shares import Shares, shares
from qt_trade.trading import book_events as b
from qt_trade.trading import events as e
from qt_trade.trading.account import Account
from qt_trade.trading.ledger import LedgerError, apply, fold
from qt_trade.trading.positions import flat, split
from qt_trade.trading.records import from_record, to_record

WHEN = {"at": WALL, "feed_at": FEED}


def adds_up(held: Account) -> bool:
    """Return whether the account's one equation holds, to the micro-dollar."""
    cost = sum(position.cost for position in held.positions.values())
    return held.cash == held.deposited + held.realized + held.adjustments - cost


quantities = st.integers(1, 2_000_000).map(lambda n: shares(Decimal(n) / 1000))
prices = st.integers(1, 900_000_000).map(Usd)
amounts = st.integers(-(10**12), 10**12).map(Usd)
symbols = st.sampled_from([IBM, BAC])
numbers = st.integers(0, 25)
executions = st.builds(
    Fill,
    fill_id=numbers.map("f-{}".format),
    order_id=st.just("x-1"),
    symbol=symbols,
    side=st.sampled_from(Side),
    quantity=quantities,
    price=prices,
    commission=st.integers(0, 5_000_000).map(Usd),
    at=st.integers(0, 10**6).map(lambda s: FEED + timedelta(seconds=s)),
)


def external(one: Fill, number: int) -> b.ExternalFill:
    return b.ExternalFill(
        **WHEN,
        activity_id=f"a-{number}",
        order=order(one.side, one.quantity, origin=OrderOrigin.EXTERNAL, order_id=one.order_id),
        fill=one,
        realized=None,
    )


happenings = st.one_of(
    st.builds(external, executions, numbers),
    st.builds(
        lambda number, kind, amount: b.CashAdjusted(
            **WHEN, activity_id=f"a-{number}", kind=kind, amount=amount, symbol=None, words=""
        ),
        numbers,
        st.sampled_from(b.Adjustment),
        amounts,
    ),
    # A split as a factor of what is held; it becomes an event where something is.
    st.tuples(symbols, st.sampled_from(["0.1", "0.5", "2", "3", "1.5"]).map(Decimal), numbers),
    st.builds(
        lambda symbol, cash, quantity, cost: b.DifferenceAccepted(
            **WHEN,
            key="k",
            by="me",
            reason="",
            symbol=symbol,
            cash=cash,
            quantity=quantity,
            cost=cost,
        ),
        st.none() | symbols,
        amounts,
        quantities,
        amounts,
    ),
)


def as_event(held: Account, one: object) -> e.Event | None:
    """Return a drawn happening as an event that the account can have."""
    if not isinstance(one, tuple):
        return one  # type: ignore[return-value]
    symbol, factor, number = one
    before = held.quantity(symbol)
    change = round(before * factor, 9) - before
    if not change or before * (before + change) <= 0:
        return None
    return b.SharesAdjusted(
        **WHEN, activity_id=f"a-{number}", symbol=symbol, quantity=shares(change), words="split"
    )


@given(st.lists(happenings, max_size=40))
def test_the_books_add_up_whatever_happens(drawn: list[object]) -> None:
    """One equation, the journal alone gives the state, and nothing is booked twice."""
    held, events = account(), []
    for one in drawn:
        event = as_event(held, one)
        if event is not None:
            events.append(event)
            held = apply(held, event)
        assert adds_up(held)
    assert fold(account(), [from_record(to_record(event)) for event in events]) == held
    booked = [event for event in events if getattr(event, "activity_id", None) in held.booked]
    assert len({event.activity_id for event in booked}) == len(held.booked)
    assert all(position.cost == 0 for position in held.positions.values() if not position.quantity)


@given(st.lists(executions, min_size=1, max_size=20), st.sampled_from(["2", "0.5", "10"]))
def test_a_split_leaves_cost_and_profit_alone(drawn: list[Fill], factor: str) -> None:
    """Twice the shares at half the price are the same position."""
    held = fold(account(), [external(one, n) for n, one in enumerate(drawn)])
    for symbol, position in held.held.items():
        change = shares(position.quantity * Decimal(factor) - position.quantity)
        event = b.SharesAdjusted(
            **WHEN, activity_id=f"s-{symbol}", symbol=symbol, quantity=change, words=""
        )
        after = apply(held, event)
        assert after.positions[symbol].cost == position.cost
        assert after.quantity(symbol) == position.quantity * Decimal(factor)
        assert (after.cash, after.realized) == (held.cash, held.realized)


@pytest.mark.parametrize("change", ["-10", "-11"])
def test_a_split_neither_ends_a_position_nor_turns_it_round(change: str) -> None:
    """Ten shares stay more than none."""
    held = apply(account(), external(fill(), 1))
    with pytest.raises(ValueError, match="10 shares of IBM cannot be split"):
        split(held.positions[IBM], shares(change))
    with pytest.raises(ValueError, match="0 shares of BAC"):
        split(flat(BAC), Shares(1))


def test_money_that_comes_without_a_trade_is_a_gain_but_for_a_deposit() -> None:
    """A dividend is a profit, a deposit is not."""

    def cash(kind: b.Adjustment) -> Account:
        event = b.CashAdjusted(
            **WHEN, activity_id="a", kind=kind, amount=usd(7), symbol=None, words=""
        )
        return apply(apply(account(), event), event)

    dividend, deposit = cash(b.Adjustment.DIVIDEND), cash(b.Adjustment.TRANSFER)
    assert (dividend.cash, dividend.deposited, dividend.adjustments) == (
        usd(100_007),
        usd(100_000),
        usd(7),
    )
    assert (deposit.cash, deposit.deposited, deposit.adjustments) == (
        usd(100_007),
        usd(100_007),
        ZERO,
    )


def test_books_that_begin_with_the_brokers_figures() -> None:
    """What was held before counts as deposited, and what had happened is not booked again."""
    begun = b.BooksBegun(
        **WHEN,
        cash=usd(500),
        positions=(BrokerPosition(IBM, Shares(3), usd(300)),),
        activities=("a-1",),
    )
    held = apply(account(), begun)
    assert (held.cash, held.deposited, held.quantity(IBM)) == (usd(500), usd(800), 3)
    late = b.CashAdjusted(
        **WHEN,
        activity_id="a-1",
        kind=b.Adjustment.FEE,
        amount=usd(-1),
        symbol=None,
        words="",
    )
    assert apply(held, late) == held
    assert adds_up(held)


def test_parts_of_shares_are_counted_until_cash_is_rounded() -> None:
    """Whole ones are exact."""
    held = fold(account(), [external(fill(), 1), external(fill(quantity="0.5", n=1), 2)])
    assert held.part_fills == 1
    rounded = b.CashAdjusted(
        **WHEN,
        activity_id="r",
        kind=b.Adjustment.ROUNDING,
        amount=Usd(4_000),
        symbol=None,
        words="",
    )
    assert apply(held, rounded).part_fills == 0


def test_a_ledger_error_is_a_value_error() -> None:
    """Whoever checks a journal catches both alike."""
    assert issubclass(LedgerError, ValueError)
