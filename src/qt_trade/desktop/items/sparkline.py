"""A day in a table cell: a line of at most 40 points, the previous close dotted behind it.

    Sparkline { points: extra.points; reference: extra.reference; stale: stale; colors: ink }

The line has the colour of a gain or a loss against ``reference``, or against its first point
where there is none (null); with ``ink`` it has that colour of the theme instead. With ``room`` for
more points than there are, they stand at the right end. It is transparent: the row's ground shows.
"""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Property, QPointF, Signal
from PySide6.QtGui import QPainter
from PySide6.QtQml import QmlElement
from PySide6.QtQuick import QQuickItem

from qt_trade.desktop.items.canvas import Canvas
from qt_trade.desktop.items.ink import Ink
from qt_trade.desktop.items.strokes import polygon

QML_IMPORT_NAME = "QtTrade.Items"
QML_IMPORT_MAJOR_VERSION = 1

POINTS_MAX = 40
_LINE_PX = 1.3
_PAD_PX = 2.0


@QmlElement
class Sparkline(Canvas):
    """``points``: numbers, oldest first; ``reference``: the dotted level, null for none."""

    pointsChanged = Signal()  # noqa: N815  # Qt's names

    def __init__(self, parent: QQuickItem | None = None) -> None:
        super().__init__(parent)
        self.setOpaquePainting(False)
        self._points: tuple[float, ...] = ()
        self._reference: float | None = None
        self._ink = ""
        self._room = 0

    def _get_points(self) -> Sequence[float]:
        return list(self._points)

    def _set_points(self, points: Sequence[float]) -> None:
        taken = tuple(float(point) for point in points)[-POINTS_MAX:]
        if taken != self._points:
            self._points = taken
            self._changed()

    points = Property(list, _get_points, _set_points, notify=pointsChanged)

    def _get_reference(self) -> object:
        return self._reference

    def _set_reference(self, reference: object) -> None:
        taken = float(reference) if isinstance(reference, int | float) else None
        if taken != self._reference:
            self._reference = taken
            self._changed()

    reference = Property("QVariant", _get_reference, _set_reference, notify=pointsChanged)  # type: ignore[arg-type]  # the stub knows no names of types

    def _get_ink(self) -> str:
        return self._ink

    def _set_ink(self, ink: str) -> None:
        if ink != self._ink:
            self._ink = ink
            self._changed()

    ink = Property(str, _get_ink, _set_ink, notify=pointsChanged)

    def _get_room(self) -> int:
        return self._room

    def _set_room(self, room: int) -> None:
        if room != self._room:
            self._room = room
            self._changed()

    room = Property(int, _get_room, _set_room, notify=pointsChanged)

    def paint(self, painter: QPainter) -> None:
        """Draw straight into Qt's painter: so few points need no picture of their own."""
        self.repaints += 1
        if len(self._points) > 1:
            # Qt's painter counts in pixels of QML already.
            self._draw(painter, Ink(self._colors, 1.0, self._stale))

    def _changed(self) -> None:
        self.pointsChanged.emit()
        self.update()

    def _draw(self, painter: QPainter, ink: Ink) -> None:
        base = self._points[0] if self._reference is None else self._reference
        levels = np.array([*self._points, base])
        room = self.height() - 2 * _PAD_PX
        y = _PAD_PX + room * (levels.max() - levels) / max(float(np.ptp(levels)), 1e-9)
        if self._reference is not None:
            painter.setPen(ink.pen(ink.color("text3"), dashes=(1, 2)))
            level = round(float(y[-1])) + 0.5
            painter.drawLine(QPointF(0, level), QPointF(self.width(), level))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        name = self._ink or ("gain" if self._points[-1] >= base else "loss")
        painter.setPen(ink.pen(ink.color(name), _LINE_PX))
        count, room = len(self._points), max(self._room, len(self._points))
        x = np.linspace(1.0, self.width() - 1.0, room)[room - count :]
        painter.drawPolyline(polygon(x, y[:-1]))
