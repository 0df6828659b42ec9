"""The account's value over the day as a QML item.

    EquityChart { series: desk.dashboard.equity; stale: desk.shell.stale; colors: ink
                  emptyText: "No account value yet." }

The newest session from 09:30 to 16:00 New York, against the previous close; own buys and sells as
hollow triangles. ``crosshair``: {visible, x, y, time, value} of the point nearest to the pointer,
for an overlay that costs no repaint. ``plotRight`` and ``plotBottom`` are the plot's edges.
"""

import numpy as np
from PySide6.QtCore import Property, QObject, QRect, QRectF, Signal
from PySide6.QtGui import QPainter
from PySide6.QtQml import QmlElement
from PySide6.QtQuick import QQuickItem

from qt_trade.desktop.items.aggregation import new_york_s
from qt_trade.desktop.items.day_frame import Day, DayFrame, day_frame, newest_day
from qt_trade.desktop.items.equity_series import EquitySeries
from qt_trade.desktop.items.ground_painter import draw_empty
from qt_trade.desktop.items.ink import Ink
from qt_trade.desktop.items.line_painter import draw_day
from qt_trade.desktop.items.pointed_canvas import PointedCanvas
from qt_trade.desktop.models import format as fmt

QML_IMPORT_NAME = "QtTrade.Items"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class EquityChart(PointedCanvas):
    """Account value, area to the previous close, own trades, label of the last value."""

    seriesChanged = Signal()  # noqa: N815  # Qt's names, here and below
    viewChanged = Signal()  # noqa: N815

    def __init__(self, parent: QQuickItem | None = None) -> None:
        super().__init__(parent, empty="No account value yet.")
        self._series = EquitySeries(self)
        self._hearing = self._series.changed.connect(self._take_data)
        self._day: Day | None = None
        self._frame: DayFrame | None = None

    def _get_series(self) -> EquitySeries:
        return self._series

    def _set_series(self, series: EquitySeries | None) -> None:
        if series is self._series:
            return
        # A binding gives null while its source is being torn down.
        QObject.disconnect(self._hearing)
        self._series = EquitySeries(self) if series is None else series
        self._hearing = self._series.changed.connect(self._take_data)
        self.seriesChanged.emit()
        self._take_data()

    series = Property(EquitySeries, _get_series, _set_series, notify=seriesChanged)

    def _get_right(self) -> float:
        return self._seen().right / self._seen().unit

    plotRight = Property(float, _get_right, notify=viewChanged)  # noqa: N815

    def _get_bottom(self) -> float:
        return self._seen().bottom / self._seen().unit

    plotBottom = Property(float, _get_bottom, notify=viewChanged)  # noqa: N815

    def seen_at_pointer(self) -> dict[str, object]:
        """Return the point nearest to the pointer."""
        day, seen, pointer = self._drawn(), self._seen(), self._pointer
        if pointer is None or not len(day.second) or pointer.x() * seen.unit > seen.right:
            return {"visible": False, "x": 0.0, "y": 0.0, "time": "", "value": ""}
        second = seen.second_at(pointer.x() * seen.unit)
        place = int(np.abs(day.second - second).argmin())
        at, value = float(day.second[place]), float(day.value[place])
        return {
            "visible": True,
            "x": seen.x_of(at) / seen.unit,
            "y": seen.pane.y_of(value) / seen.unit,
            "time": f"{int(at // 3600):02}:{int(at % 3600 // 60):02}",
            "value": fmt.number(value),
        }

    def geometryChange(self, new: QRectF | QRect, old: QRectF | QRect) -> None:  # noqa: N802
        super().geometryChange(new, old)
        self._turn()

    def paint(self, painter: QPainter) -> None:
        """Make the picture anew."""
        self.paint_by(painter, self._draw)

    def _take_data(self) -> None:
        self._day = None
        self._turn()

    def _turn(self) -> None:
        self._frame = None
        self.update()
        self.viewChanged.emit()
        self.crosshairChanged.emit()

    def _drawn(self) -> Day:
        if self._day is None:
            self._day = newest_day(self._series.at, self._series.value)
        return self._day

    def _seen(self) -> DayFrame:
        unit = self.unit
        if self._frame is None or self._frame.unit != unit:
            size = (round(self.width() * unit), round(self.height() * unit))
            self._frame = day_frame(self._drawn(), self._series.previous_close, size, unit)
        return self._frame

    def _draw(self, painter: QPainter, ink: Ink, width: int, height: int) -> None:
        day, series = self._drawn(), self._series
        if not len(day.second):
            draw_empty(painter, QRect(0, 0, width, height), ink, self._empty)
            return
        moments = new_york_s(np.array([at for at, _ in series.trades], np.int64)) - day.midnight
        sides = [side for _, side in series.trades]
        trades = tuple(zip(moments.tolist(), sides, strict=True))
        draw_day(painter, day, self._seen(), ink, series.previous_close, trades)
