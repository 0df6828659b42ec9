"""The data of a growth chart: the account's value at the end of each day, and a benchmark's."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtCore import QObject, Signal
from PySide6.QtQml import QmlElement

from qt_trade.desktop.items.aggregation import Floats, Ints

QML_IMPORT_NAME = "QtTrade.Items"
QML_IMPORT_MAJOR_VERSION = 1

LEAST_DAYS = 2
"""A line needs two ends."""


@dataclass(frozen=True, slots=True)
class Growth:
    """A window of days: changes since its first day as fractions, NaN where nothing is known.

    ``drawdown``: against the highest value of any day before, as a fraction of 0 or less.
    """

    day: Ints
    account: Floats
    benchmark: Floats
    drawdown: Floats


@QmlElement
class GrowthSeries(QObject):
    """Made by a view model, given to ``GrowthChart.series``. Days since 1970, in order."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.day: Ints = np.empty(0, np.int64)
        self.value: Floats = np.empty(0)
        self.benchmark: Floats = np.empty(0)
        self.benchmark_name = ""

    def set_days(
        self, day: ArrayLike, value: ArrayLike, benchmark: ArrayLike, benchmark_name: str
    ) -> None:
        """Take over all days. Raises ValueError when lengths differ or days are out of order."""
        days, values = np.array(day, np.int64), np.array(value, np.float64)
        others = np.array(benchmark, np.float64)
        if not days.shape == values.shape == others.shape or (np.diff(days) <= 0).any():
            raise ValueError("days need to be in order, with one value and one benchmark each")
        self.day, self.value, self.benchmark = days, values, others
        self.benchmark_name = benchmark_name
        self.changed.emit()

    def window(self, days: int) -> Growth:
        """Return the last so many calendar days, all where it is 0."""
        seen = np.ones(len(self.day), np.bool_)
        if days and len(self.day):
            seen = self.day > self.day[-1] - days
        with np.errstate(all="ignore"):
            fall = self.value / np.maximum.accumulate(self.value) - 1
        return Growth(
            day=self.day[seen],
            account=_change(self.value[seen]),
            benchmark=_change(self.benchmark[seen]),
            drawdown=fall[seen],
        )


def _change(values: Floats) -> Floats:
    """Return the change since the first known value."""
    known = values[np.isfinite(values) & (values > 0)]
    if not len(known):
        return np.full(len(values), np.nan)
    with np.errstate(all="ignore"):
        change: Floats = values / known[0] - 1
    return change
