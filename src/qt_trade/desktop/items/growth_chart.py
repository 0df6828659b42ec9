"""The account's growth against a benchmark as a QML item.

    GrowthChart { series: desk.portfolio.growth; days: 90; stale: desk.shell.stale; colors: ink
                  emptyText: "No day has ended yet." }

One point per exchange day, in per cent since the first day of the window (``days`` 0: all), and the
drawdown below. ``crosshair``: {visible, x, day, account, benchmark, drawdown} of the day nearest to
the pointer, for an overlay that costs no repaint.
"""

from datetime import date, timedelta

from PySide6.QtCore import Property, QObject, QRect, QRectF, Signal
from PySide6.QtGui import QPainter
from PySide6.QtQml import QmlElement
from PySide6.QtQuick import QQuickItem

from qt_trade.desktop.items.ground_painter import draw_empty
from qt_trade.desktop.items.growth_frame import GrowthFrame, growth_frame
from qt_trade.desktop.items.growth_painter import draw_growth
from qt_trade.desktop.items.growth_series import LEAST_DAYS, Growth, GrowthSeries
from qt_trade.desktop.items.ink import Ink
from qt_trade.desktop.items.pointed_canvas import PointedCanvas
from qt_trade.desktop.models import format as fmt

QML_IMPORT_NAME = "QtTrade.Items"
QML_IMPORT_MAJOR_VERSION = 1

_EPOCH = date(1970, 1, 1)
_HIDDEN = {"visible": False, "x": 0.0, "day": "", "account": "", "benchmark": "", "drawdown": ""}


@QmlElement
class GrowthChart(PointedCanvas):
    """Two lines, an area, the drawdown."""

    seriesChanged = Signal()  # noqa: N815  # Qt's names, here and below
    daysChanged = Signal()  # noqa: N815

    def __init__(self, parent: QQuickItem | None = None) -> None:
        super().__init__(parent, empty="No day has ended yet.")
        self._series = GrowthSeries(self)
        self._hearing = self._series.changed.connect(self._take_data)
        self._days = 0
        self._growth: Growth | None = None

    def _get_series(self) -> GrowthSeries:
        return self._series

    def _set_series(self, series: GrowthSeries | None) -> None:
        if series is self._series:
            return
        # A binding gives null while its source is being torn down.
        QObject.disconnect(self._hearing)
        self._series = GrowthSeries(self) if series is None else series
        self._hearing = self._series.changed.connect(self._take_data)
        self.seriesChanged.emit()
        self._take_data()

    series = Property(GrowthSeries, _get_series, _set_series, notify=seriesChanged)

    def _get_days(self) -> int:
        return self._days

    def _set_days(self, days: int) -> None:
        if days != self._days:
            self._days = days
            self.daysChanged.emit()
            self._take_data()

    days = Property(int, _get_days, _set_days, notify=daysChanged)

    def seen_at_pointer(self) -> dict[str, object]:
        """Return the point nearest to the pointer."""
        seen, pointer = self._drawn(), self._pointer
        if pointer is None or len(seen.day) < LEAST_DAYS:
            return _HIDDEN
        frame, count = self._frame(seen), len(seen.day)
        if not frame.left <= pointer.x() * frame.unit <= frame.right:
            return _HIDDEN
        place = frame.place_at(pointer.x() * frame.unit, count)
        day = _EPOCH + timedelta(int(seen.day[place]))
        step = (frame.right - frame.left) / max(1, count - 1)
        return {
            "visible": True,
            "x": (frame.left + place * step) / frame.unit,
            "day": f"{day:%a} {day.day} {day:%b %Y}",
            "account": fmt.percent(float(seen.account[place])),
            "benchmark": fmt.percent(float(seen.benchmark[place])),
            "drawdown": fmt.percent(float(seen.drawdown[place]), 1),
        }

    def geometryChange(self, new: QRectF | QRect, old: QRectF | QRect) -> None:  # noqa: N802
        super().geometryChange(new, old)
        self.update()

    def paint(self, painter: QPainter) -> None:
        """Make the picture anew."""
        self.paint_by(painter, self._draw)

    def _take_data(self) -> None:
        self._growth = None
        self.update()
        self.crosshairChanged.emit()

    def _drawn(self) -> Growth:
        if self._growth is None:
            self._growth = self._series.window(self._days)
        return self._growth

    def _frame(self, seen: Growth) -> GrowthFrame:
        unit = self.unit
        size = (round(self.width() * unit), round(self.height() * unit))
        return growth_frame(seen, size, unit)

    def _draw(self, painter: QPainter, ink: Ink, width: int, height: int) -> None:
        seen = self._drawn()
        if len(seen.day) < LEAST_DAYS:
            draw_empty(painter, QRect(0, 0, width, height), ink, self._empty)
            return
        painter.fillRect(QRect(0, 0, width, height), ink.color("panel"))
        draw_growth(painter, seen, self._frame(seen), ink)
