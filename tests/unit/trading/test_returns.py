"""Returns, Sharpe ratio and rates: equal to the field's library, with the uncertainty they have."""

from datetime import date, timedelta

import empyrical
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.trading.make import NOW

from qt_trade.model.money import Usd, usd
from qt_trade.trading.performance import max_drawdown
from qt_trade.trading.returns import (
    RETURNS_MIN,
    DayWorth,
    benchmark_return,
    daily_returns,
    sharpe,
    total_return,
    wilson,
)

MONDAY = date(2013, 10, 7)


def days(*values: int, deposited: tuple[int, ...] = (), prices: tuple[float | None, ...] = ()):
    return [
        DayWorth(
            MONDAY + timedelta(days=n),
            usd(value),
            usd(deposited[n] if deposited else 100),
            prices[n] if prices else None,
        )
        for n, value in enumerate(values)
    ]


def test_returns_are_of_day_to_day() -> None:
    """And compound to the whole."""
    assert daily_returns(days(100, 110, 99)) == pytest.approx((0.1, -0.1))
    assert total_return(daily_returns(days(100, 110, 99))) == pytest.approx(-0.01)
    assert daily_returns(days(100)) == ()
    assert daily_returns(days(0, 100)) == ()


def test_a_deposit_is_no_gain() -> None:
    """Nor is a withdrawal a loss."""
    assert daily_returns(days(100, 210, 110, deposited=(100, 200, 100))) == pytest.approx(
        (0.1, 0.0)
    )


returns = st.lists(
    st.floats(-0.2, 0.2).map(lambda one: round(one, 6)), min_size=RETURNS_MIN, max_size=300
)


@given(returns)
def test_the_sharpe_ratio_is_the_librarys(drawn: list[float]) -> None:
    """empyrical-reloaded is the oracle; where it divides by zero there is none."""
    ours = sharpe(drawn)
    if len(set(drawn)) == 1:
        assert ours is None
        return
    assert ours is not None
    assert ours.value == pytest.approx(empyrical.sharpe_ratio(np.array(drawn)), rel=1e-6, abs=1e-9)
    assert ours.low < ours.value < ours.high


@given(returns)
def test_return_and_drawdown_are_the_librarys(drawn: list[float]) -> None:
    """Of the same days."""
    assert total_return(drawn) == pytest.approx(
        empyrical.cum_returns_final(np.array(drawn)), rel=1e-9, abs=1e-9
    )
    values, worth = [10**15], 10**15
    for one in drawn:
        worth = int(worth * (1 + one))
        values.append(worth)
    found = max_drawdown([Usd(value) for value in values])
    assert found == pytest.approx(-empyrical.max_drawdown(np.array(drawn)), abs=1e-6)


def test_the_interval_is_that_of_lo() -> None:
    """A hand-computed case: a daily ratio of 0.1 over 100 days."""
    drawn = [0.01 * (0.1 + sign) for sign in (1.0, -1.0)] * 50
    found = sharpe(drawn)
    assert found is not None
    daily = found.value / 252**0.5
    error = 1.959964 * ((1 + daily**2 / 2) / 100) ** 0.5
    assert (found.low, found.high) == pytest.approx(
        ((daily - error) * 252**0.5, (daily + error) * 252**0.5)
    )


def test_too_few_days_have_no_sharpe_ratio() -> None:
    """Nineteen returns are too few, twenty are not."""
    drawn = [0.01, -0.02] * 10
    assert sharpe(drawn[:-1]) is None
    assert sharpe(drawn) is not None


@pytest.mark.parametrize(
    ("wins", "trades", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (1, 1, 0.2065, 1.0)],
)
def test_wilsons_interval(wins: int, trades: int, low: float, high: float) -> None:
    """The textbook's values; it never leaves 0 to 1."""
    found = wilson(wins, trades)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    assert found.value == wins / trades


def test_a_rate_of_nothing_has_no_interval() -> None:
    """Not zero to one."""
    assert wilson(0, 0) is None


def test_the_benchmark_needs_a_price_at_both_ends() -> None:
    """What is missing stays missing."""
    assert benchmark_return(days(1, 1, 1, prices=(100.0, None, 110.0))) == pytest.approx(0.1)
    assert benchmark_return(days(1, 1, prices=(100.0, None))) is None
    assert benchmark_return([]) is None


def test_a_day_is_kept_as_it_was() -> None:
    """The event has all of it."""
    (day,) = days(7)
    event = day.event(NOW)
    assert (event.day, event.value, event.benchmark_symbol) == (MONDAY, usd(7), "SPY")
