"""Daily returns and what they say: Sharpe ratio and rates with the uncertainty they have.

The formulas are those of empyrical-reloaded, and a test holds them equal; the library itself would
take 3 s and 150 MB of the process that must answer an emergency in milliseconds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import prod, sqrt
from statistics import fmean, stdev

from qt_trade.model.money import Usd
from qt_trade.model.symbols import Symbol
from qt_trade.trading.book_events import DayValued
from qt_trade.trading.commands import Now

BENCHMARK = Symbol("SPY")
DAYS_PER_YEAR = 252
RETURNS_MIN = 20
"""Fewer daily returns have no Sharpe ratio: its error would be larger than any that is found."""
_Z95 = 1.959964
"""Two-sided 95 % of the normal distribution."""


@dataclass(frozen=True, slots=True)
class DayWorth:
    """What the account was worth at the close of an exchange day; see ``DayValued``."""

    day: date
    value: Usd
    deposited: Usd
    benchmark: float | None

    def event(self, now: Now) -> DayValued:
        """Return it for the journal."""
        return DayValued(
            at=now.wall,
            feed_at=now.feed,
            day=self.day,
            value=self.value,
            deposited=self.deposited,
            benchmark=self.benchmark,
            benchmark_symbol=BENCHMARK,
        )


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


def daily_returns(days: Sequence[DayWorth]) -> tuple[float, ...]:
    """Return the gain of each day as a fraction of the day before; deposits are no gain.

    ``days``: oldest first. A day that was missed makes one return of the days between.
    """
    return tuple(
        (after.value - (after.deposited - before.deposited)) / before.value - 1
        for before, after in pairwise(days)
        if before.value > 0
    )


def total_return(returns: Iterable[float]) -> float:
    """Return the gain over all of them, each on top of the last."""
    return prod(1 + one for one in returns) - 1


def sharpe(returns: Sequence[float]) -> Interval | None:
    """Return the annualised Sharpe ratio (risk-free rate 0); None below RETURNS_MIN returns.

    The interval is of the standard error sqrt((1 + SR² / 2) / n) of the daily ratio, for returns
    that do not depend on each other (Lo 2002, "The Statistics of Sharpe Ratios").
    """
    if len(returns) < RETURNS_MIN:
        return None
    spread = stdev(returns)
    if not spread:
        return None
    daily = fmean(returns) / spread
    error = _Z95 * sqrt((1 + daily**2 / 2) / len(returns))
    year = sqrt(DAYS_PER_YEAR)
    return Interval(daily * year, (daily - error) * year, (daily + error) * year)


def wilson(wins: int, trades: int) -> Interval | None:
    """Return a rate with Wilson's score interval, which is sound for few trades; None for none."""
    if not trades:
        return None
    rate, z2 = wins / trades, _Z95**2
    middle = (rate + z2 / (2 * trades)) / (1 + z2 / trades)
    half = _Z95 * sqrt(rate * (1 - rate) / trades + z2 / (4 * trades**2)) / (1 + z2 / trades)
    # At 0 and 1 the exact bounds are 0 and 1; floats come out a hair beyond them.
    return Interval(rate, max(middle - half, 0.0), min(middle + half, 1.0))


def benchmark_return(days: Iterable[DayWorth]) -> float | None:
    """Return the benchmark's gain over the days; None where one of the two ends has no price."""
    known = list(days)
    if not known or known[0].benchmark is None or known[-1].benchmark is None:
        return None
    return known[-1].benchmark / known[0].benchmark - 1
