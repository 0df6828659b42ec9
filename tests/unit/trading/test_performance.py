"""What trading has brought is what the ledger says it has, trade by trade."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.trading.make import FEED, WALL, fill

from qt_trade.model.money import ZERO, Usd, usd
from qt_trade.model.orders import Fill, Side
from qt_trade.model.symbols import Symbol
from qt_trade.trading.events import OrderFilled
from qt_trade.trading.performance import (
    TradeBook,
    Worth,
    max_drawdown,
    worth_before,
)
from qt_trade.trading.positions import book, flat

IBM = Symbol("IBM")


def told(*fills: Fill) -> list[OrderFilled]:
    """Return fills as the journal has them: with what each one realized."""
    position, events = flat(IBM), []
    for one in fills:
        booking = book(position, one)
        position = booking.position
        events.append(OrderFilled(at=WALL, feed_at=FEED, fill=one, realized=booking.realized))
    return events


def booked(*fills: Fill) -> TradeBook:
    trades = TradeBook()
    for event in told(*fills):
        trades.add(event)
    return trades


def test_before_the_first_closed_trade_nothing_is_known() -> None:
    """A rate of nothing is not zero."""
    trades = booked(fill())
    assert trades.trades == 0
    assert trades.win_rate is None
    assert trades.average_win is None
    assert trades.average_loss is None
    assert trades.average_holding is None


def test_won_and_lost_trades_are_counted_with_their_means() -> None:
    """Two won, one lost, one that earned exactly nothing."""
    trades = booked(
        fill(quantity=40),
        fill(Side.SELL, 10, "110", n=1),
        fill(Side.SELL, 10, "103", n=2),
        fill(Side.SELL, 10, "95", n=3),
        fill(Side.SELL, 10, "100", n=4),
    )
    assert (trades.trades, trades.wins, trades.losses) == (4, 2, 1)
    assert trades.win_rate == 0.5
    assert trades.average_win == usd(65)
    assert trades.average_loss == usd(-50)


def test_a_closed_trade_knows_its_cost_and_how_long_it_was_held() -> None:
    """The share of the cost that left with it, from the position's opening to the fill."""
    trades = TradeBook()
    buy, sell = told(fill(quantity=20), _later(fill(Side.SELL, 5, "120", n=1), 90))
    assert trades.add(buy) is None
    closed = trades.add(sell)
    assert closed is not None
    assert closed.cost == usd(500)
    assert closed.realized == usd(100)
    assert closed.realized_share == 0.2
    assert closed.held_for == timedelta(minutes=90)
    assert trades.average_holding == timedelta(minutes=90)


def _later(one: Fill, minutes: int) -> Fill:
    return replace(one, at=FEED + timedelta(minutes=minutes))


fills = st.lists(
    st.tuples(st.sampled_from(Side), st.integers(1, 50), st.integers(1, 500)), max_size=30
)


@given(fills)
def test_its_sums_are_the_ledgers(drawn: list[Any]) -> None:
    """Whatever the order of buys and sells, through zero and back."""
    made = [
        fill(side, quantity, str(price), n=n) for n, (side, quantity, price) in enumerate(drawn)
    ]
    events = told(*made)
    trades = TradeBook()
    closed = [trade for trade in (trades.add(event) for event in events) if trade is not None]
    assert sum(trade.realized for trade in closed) == sum(
        event.realized for event in events if event.realized is not None
    )
    assert trades.trades == len(closed)
    assert trades.wins + trades.losses <= trades.trades
    assert all(trade.cost >= 0 for trade in closed)


def test_a_drawdown_is_measured_from_the_peak_before_it() -> None:
    """The deepest one counts, also when the account has recovered since."""
    values = [usd(one) for one in (100, 120, 90, 130, 117)]
    assert max_drawdown(values) == 0.25


def test_too_little_history_has_no_drawdown() -> None:
    """One value has fallen from nothing."""
    assert max_drawdown([usd(1)]) is None
    assert max_drawdown([]) is None
    assert max_drawdown([ZERO, ZERO]) is None


@given(st.lists(st.integers(1, 10**9).map(Usd), min_size=2))
def test_a_drawdown_is_a_fraction(values: list[Usd]) -> None:
    """And none at all for what only rose."""
    found = max_drawdown(values)
    assert found is not None
    assert 0 <= found < 1
    assert max_drawdown(sorted(values)) == 0


def test_the_worth_before_a_moment_is_the_last_one_known() -> None:
    """Not the one at the moment itself, and none before the first."""
    points = [Worth(FEED + timedelta(hours=n), usd(n + 1)) for n in range(3)]
    assert worth_before(points, FEED) is None
    assert worth_before(points, FEED + timedelta(hours=1)) == usd(1)
    assert worth_before(points, FEED + timedelta(days=1)) == usd(3)
