"""An execution changes a position by average cost, exact to the micro-dollar."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.trading.make import FEED, IBM, fill

from qt_trade.model.money import Usd, usd
from qt_trade.model.orders import Fill, Side
from qt_trade.model.shares import shares
from qt_trade.trading.positions import book, flat

parts = st.integers(1, 5_000_000).map(lambda thousandths: shares(Decimal(thousandths) / 1_000))
"""Quantities of shares, in part too."""

executions = st.builds(
    Fill,
    fill_id=st.just("f"),
    order_id=st.just("o"),
    symbol=st.just(IBM),
    side=st.sampled_from(Side),
    quantity=parts,
    price=st.integers(1, 2_000_000_000).map(Usd),
    commission=st.integers(0, 10_000_000).map(Usd),
    at=st.just(FEED),
)


@given(st.lists(executions, max_size=40))
def test_no_micro_dollar_is_lost(fills):
    """Cash plus cost less realized profit never changes, whatever is bought, sold or turned."""
    position, cash = flat(IBM), 0
    for one in fills:
        booking = book(position, one)
        position, cash = booking.position, cash + booking.cash
        assert cash + position.cost - position.realized == 0
        assert (position.quantity == 0) == (position.opened_at is None)
        assert position.quantity != 0 or position.cost == 0


@given(st.lists(executions, max_size=40))
def test_closing_everything_leaves_the_cash_as_profit(fills):
    """Once flat, all that changed is the realized profit."""
    position, cash = flat(IBM), 0
    for one in fills:
        booking = book(position, one)
        position, cash = booking.position, cash + booking.cash
    if position.quantity:
        side = Side.SELL if position.quantity > 0 else Side.BUY
        booking = book(position, fill(side, abs(position.quantity), "7.77"))
        position, cash = booking.position, cash + booking.cash
    assert (position.quantity, position.cost, position.realized) == (0, 0, cash)


def test_partial_closes_share_an_indivisible_cost():
    """Three shares that cost 10.000001 are sold one by one, and the cost comes out whole."""
    position = book(flat(IBM), fill(quantity=3, price="10.000001")).position
    released = []
    for _ in range(3):
        after = book(position, fill(Side.SELL, 1, "0.000001")).position
        released.append(position.cost - after.cost)
        position = after
    assert sum(released) == 3 * usd("10.000001")
    assert position.cost == 0


def test_an_opening_fill_realizes_only_its_commission():
    booking = book(flat(IBM), fill(commission="1"))
    assert booking.realized is None
    assert booking.position.realized == usd(-1)
    assert booking.opened == usd(1_000)
    assert booking.cash == usd(-1_001)


def test_a_closing_fill_earns_price_less_cost_and_commission():
    position = book(flat(IBM), fill(quantity=10, price="100")).position
    booking = book(position, fill(Side.SELL, 4, "103", commission="1"))
    assert booking.realized == usd(11)
    assert booking.opened == 0
    assert booking.position.cost == usd(600)


def test_a_fill_through_zero_closes_and_opens_the_other_way():
    position = book(flat(IBM), fill(quantity=10, price="100")).position
    booking = book(position, fill(Side.SELL, 15, "90"))
    assert booking.realized == usd(-100)
    assert booking.position.quantity == -5
    assert booking.position.cost == usd(-450)
    assert booking.opened == usd(450)


def test_adding_keeps_the_day_a_position_was_opened():
    position = book(flat(IBM), fill()).position
    more = Fill("f", "o", IBM, Side.BUY, 5, usd(100), usd(0), FEED + timedelta(days=1))
    assert book(position, more).position.opened_at == FEED
