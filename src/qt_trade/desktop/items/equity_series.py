"""The data of an equity chart: the account's value over the day, and its own trades."""

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtCore import QObject, Signal
from PySide6.QtQml import QmlElement

from qt_trade.desktop.items.aggregation import Floats

QML_IMPORT_NAME = "QtTrade.Items"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class EquitySeries(QObject):
    """Made by a view model, given to ``EquityChart.series``. Feed time in UTC seconds, USD.

    Python: ``set_points`` (all, in order of time), ``add_point``, ``set_previous_close`` (None:
    not known), ``set_trades`` (pairs of time and ``buy`` or ``sell``), ``clear``.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.at: Floats = np.empty(0)
        self.value: Floats = np.empty(0)
        self.previous_close: float | None = None
        self.trades: tuple[tuple[float, str], ...] = ()

    def clear(self) -> None:
        """Forget everything: another account follows."""
        self.at, self.value = np.empty(0), np.empty(0)
        self.previous_close, self.trades = None, ()
        self.changed.emit()

    def set_points(self, at_s: ArrayLike, value: ArrayLike) -> None:
        """Take over all points. Raises ValueError when lengths differ or time runs backwards."""
        at, values = np.array(at_s, np.float64), np.array(value, np.float64)
        if at.shape != values.shape or at.ndim != 1 or (np.diff(at) < 0).any():
            raise ValueError("points need times in order and one value for each")
        self.at, self.value = at, values
        self.changed.emit()

    def add_point(self, at_s: float, value: float) -> None:
        """Take over one newer point; an older one than the last is left out."""
        if len(self.at) and at_s < self.at[-1]:
            return
        self.at, self.value = np.append(self.at, at_s), np.append(self.value, value)
        self.changed.emit()

    def set_previous_close(self, value: float | None) -> None:
        """Take over the value at the end of the session before."""
        self.previous_close = value
        self.changed.emit()

    def set_trades(self, trades: list[tuple[float, str]]) -> None:
        """Take over own trades: time and ``buy`` or ``sell``."""
        self.trades = tuple(trades)
        self.changed.emit()
