"""The data of a candle chart: a symbol's minute bars, its stored ones, its quote, its prediction."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtCore import QObject, Signal
from PySide6.QtQml import QmlElement

from qt_trade.desktop.items.aggregation import Bars, no_bars
from qt_trade.desktop.items.history import SOURCES, joined

QML_IMPORT_NAME = "QtTrade.Items"
QML_IMPORT_MAJOR_VERSION = 1

MINUTE_S = 60
_BARS_MIN = 2
"""A prediction that reaches less far than so many bars is not drawn."""


@dataclass(frozen=True, slots=True)
class Point:
    """A predicted price after ``minutes``, and the band that 90 % of outcomes fall into.

    ``half``: the band that 50 % of them fall into, None where nobody says. ``proven``: whether
    who says it has shown any skill.
    """

    minutes: int
    price: float
    low: float
    high: float
    half: tuple[float, float] | None = None
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """A prediction made at ``at_s`` (feed time, UTC seconds) from ``price``; ``old``: expired."""

    at_s: float
    price: float
    points: tuple[Point, ...]
    old: bool = False

    def is_drawn(self, minutes: int) -> bool:
        """Return whether it is long enough to be seen on a chart of bars of so many minutes."""
        return _BARS_MIN * minutes <= self.points[-1].minutes


@QmlElement
class BarSeries(QObject):
    """Made by a view model, given to ``CandleChart.series``. All times are feed time, UTC seconds.

    Python: ``set_bars`` (whole history; another symbol: begin with ``clear``), ``apply_bar`` (a
    closed bar: replaces the one of the same minute or comes in), ``apply_quote`` (forms the bar of
    the running minute), ``set_past`` (stored bars of longer intervals), ``set_prediction``. Many calls in a row cost one repaint.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bars: Bars = no_bars()
        self.outlook: Outlook | None = None
        self.last: float | None = None
        """The last price known: the quote's, or the last bar's close."""
        self.now_s: float = 0.0
        """The newest moment there is data of."""
        self.rewritten = 0
        """How often a bar before the last one changed or came in: what was made of them is old."""
        self._forming: int | None = None
        self._past: dict[int, Bars] = {}

    def clear(self) -> None:
        """Forget everything: another symbol follows."""
        self.bars, self.outlook, self.last, self.now_s = no_bars(), None, None, 0.0
        self._forming, self._past = None, {}
        self.rewritten += 1
        self.changed.emit()

    def set_past(self, past: dict[int, Bars]) -> None:
        """Take over stored bars by their minutes; the minutes that are here go before them."""
        self._past = past
        self.rewritten += 1
        self.changed.emit()

    def of(self, minutes: int) -> Bars:
        """Return what a chart of ``minutes`` is made of: stored bars, then the minutes."""
        source = SOURCES.get(minutes, 0)
        return joined(self._past.get(source), source, self.bars)

    def set_bars(
        self,
        start: ArrayLike,
        open_: ArrayLike,
        high: ArrayLike,
        low: ArrayLike,
        close: ArrayLike,
        volume: ArrayLike,
    ) -> None:
        """Take over all closed bars, one per minute, in order of their start.

        Raises ValueError when lengths differ or starts do not grow.
        """
        prices = [np.array(values, np.float64) for values in (open_, high, low, close, volume)]
        starts = np.array(start, np.int64)
        if any(values.shape != starts.shape for values in prices) or starts.ndim != 1:
            raise ValueError("bars need arrays of one length")
        if len(starts) > 1 and (np.diff(starts) <= 0).any():
            raise ValueError("bars must be in order of time, one per minute")
        self.bars = Bars(starts, *prices)
        self._forming = None
        self.rewritten += 1
        if len(starts):
            self._newest(float(starts[-1]) + MINUTE_S, float(prices[3][-1]))
        self.changed.emit()

    def apply_bar(  # a bar has six fields
        self, start_s: int, open_: float, high: float, low: float, close: float, volume: float
    ) -> None:
        """Take over one closed bar."""
        if self._forming == start_s:
            self._forming = None
        self._put(start_s, (open_, high, low, close, volume))
        self._newest(start_s + MINUTE_S, close)
        self.changed.emit()

    def apply_quote(self, price: float, at_s: float) -> None:
        """Take over a last price: it forms the bar of its minute until the closed one comes."""
        if at_s < self.now_s:
            return
        start = self._minute_of(at_s)
        bars = self.bars
        if self._forming == start:
            high, low = max(price, float(bars.high[-1])), min(price, float(bars.low[-1]))
            self._put(start, (float(bars.open[-1]), high, low, price, 0.0))
        elif not len(bars) or start > bars.start[-1]:
            self._forming = start
            self._put(start, (price, price, price, price, 0.0))
        self._newest(at_s, price)
        self.changed.emit()

    def set_prediction(
        self, at_s: float, price: float, points: Iterable[Point], *, old: bool = False
    ) -> None:
        """Show a prediction with its horizons."""
        ordered = tuple(sorted(points, key=lambda point: point.minutes))
        self.outlook = Outlook(at_s, price, ordered, old) if ordered else None
        self.changed.emit()

    def clear_prediction(self) -> None:
        """Show no prediction: there is no signal."""
        self.outlook = None
        self.changed.emit()

    def _minute_of(self, at_s: float) -> int:
        """Return the minute a quote belongs to.

        One on the very boundary ends the minute before if that one is here: a recording's quotes
        stand at the end of their bars.
        """
        start = int(at_s // MINUTE_S) * MINUTE_S
        before = start - MINUTE_S
        ends_it = at_s == start and len(self.bars) > 0 and int(self.bars.start[-1]) == before
        return before if ends_it else start

    def _newest(self, at_s: float, price: float) -> None:
        if at_s >= self.now_s:
            self.now_s, self.last = at_s, price

    def _put(self, start: int, values: tuple[float, float, float, float, float]) -> None:
        bars = self.bars
        columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
        place = int(np.searchsorted(bars.start, start))
        self.rewritten += place < len(bars) - 1
        if place < len(bars) and bars.start[place] == start:
            for column, value in zip(columns, values, strict=True):
                column[place] = value
            self.bars = Bars(bars.start, *columns)
            return
        grown = [
            np.insert(column, place, value) for column, value in zip(columns, values, strict=True)
        ]
        self.bars = Bars(np.insert(bars.start, place, start), *grown)
