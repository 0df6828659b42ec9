"""Quarters of an hour and days made of minutes."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from qt_trade.market.aggregation import aggregate, start_of
from qt_trade.model.bars import Bar
from qt_trade.model.symbols import Symbol

OPEN = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)
AAPL = Symbol("AAPL")


def minute(number: int, first: float, last: float, volume: int = 10) -> Bar:
    at = OPEN + timedelta(minutes=number)
    return Bar(AAPL, at, 60, first, max(first, last) + 1, min(first, last) - 1, last, volume)


def test_a_quarter_has_the_first_open_the_last_close_and_the_extremes() -> None:
    """By hand."""
    (bar,) = aggregate([minute(0, 10, 12), minute(3, 12, 9), minute(14, 9, 11)], 900)
    assert bar == Bar(AAPL, OPEN, 900, 10, 13, 8, 11, 30)


def test_a_bar_begins_where_the_interval_does_on_the_clock() -> None:
    """A missing minute moves nothing."""
    bars = aggregate([minute(14, 1.5, 2), minute(15, 2, 3), minute(29, 3, 4)], 900)
    assert [bar.at for bar in bars] == [OPEN, OPEN + timedelta(minutes=15)]


def test_a_day_begins_at_midnight_in_new_york() -> None:
    """Four hours behind in summer, five in winter."""
    assert start_of(OPEN, 86_400) == datetime(2026, 11, 25, 5, tzinfo=UTC)
    summer = datetime(2026, 7, 1, 13, 30, tzinfo=UTC)
    assert start_of(summer, 86_400) == datetime(2026, 7, 1, 4, tzinfo=UTC)


@given(
    st.lists(st.tuples(st.integers(0, 389), st.floats(5, 50)), min_size=1, unique_by=lambda o: o[0])
)
def test_nothing_is_lost_between_minutes_quarters_and_days(prices: list[tuple[int, float]]) -> None:
    """Made of minutes or of quarters, a day is the same day."""
    minutes = [minute(number, price, price + 0.5) for number, price in sorted(prices)]
    quarters = aggregate(minutes, 900)
    assert sum(bar.volume for bar in quarters) == sum(bar.volume for bar in minutes)
    assert aggregate(quarters, 86_400) == aggregate(minutes, 86_400)
