"""How often a model was right where it said so and so, as a QML item.

    CalibrationChart { points: view.points; stale: view.stale; colors: ink }

``points``: dicts of ``said``, ``right``, ``low`` and ``high`` (fractions), ``cases`` and ``words``.
The dashed line is a model that is right as often as it says. ``crosshair``: {visible, x, y, words} of
the point nearest to the pointer.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Property, QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtQml import QmlElement
from PySide6.QtQuick import QQuickItem

from qt_trade.desktop.items.ink import SMALL_PX, Ink
from qt_trade.desktop.items.plot import Plane, Range, draw_grid
from qt_trade.desktop.items.pointed_canvas import PointedCanvas

QML_IMPORT_NAME = "QtTrade.Items"
QML_IMPORT_MAJOR_VERSION = 1

Point = dict[str, Any]
_EVEN = 0.5
_STEP, _LEAST = 0.05, 0.15
_LINE_PX, _DOT_PX, _NEAR_PX = 1.5, 3.6, 40
_LEFT_PX, _TOP_PX, _RIGHT_PX, _BELOW_PX = 38, 12, 18, 38
_HIDDEN = {"visible": False, "x": 0.0, "y": 0.0, "words": ""}


@QmlElement
class CalibrationChart(PointedCanvas):
    """Points with their intervals against the line of a perfect model."""

    pointsChanged = Signal()  # noqa: N815  # Qt's names, here and below

    def __init__(self, parent: QQuickItem | None = None) -> None:
        super().__init__(parent, empty="")
        self._points: tuple[Point, ...] = ()

    def _get_points(self) -> Sequence[Point]:
        return list(self._points)

    def _set_points(self, points: Sequence[Point]) -> None:
        taken = tuple(dict(point) for point in points)
        if taken != self._points:
            self._points = taken
            self.pointsChanged.emit()
            self.crosshairChanged.emit()
            self.update()

    points = Property(list, _get_points, _set_points, notify=pointsChanged)

    def seen_at_pointer(self) -> dict[str, object]:
        """Return the point nearest to the pointer, if one is near."""
        pointer = self._pointer
        if pointer is None or not self._points:
            return _HIDDEN
        unit = self.unit
        plane = self._plane(round(self.width() * unit), round(self.height() * unit), unit)
        places = [(plane.at(one["said"], one["right"]) / unit, one) for one in self._points]
        place, one = min(places, key=lambda pair: QLineF(pair[0], pointer).length())
        if QLineF(place, pointer).length() > _NEAR_PX:
            return _HIDDEN
        return {"visible": True, "x": place.x(), "y": place.y(), "words": one["words"]}

    def paint(self, painter: QPainter) -> None:
        """Make the picture anew."""
        self.paint_by(painter, self._draw)

    def _plane(self, width: int, height: int, unit: float) -> Plane:
        said = [one["said"] for one in self._points]
        reached = max(said + [one["high"] for one in self._points])
        low = min([_EVEN, *said, *(one["low"] for one in self._points)])
        first = min(_EVEN, _down(min(said)))
        last = min(1.0, max(first + _LEAST, _up(max(said) + _STEP / 2)))
        box = QRectF(
            _LEFT_PX * unit,
            _TOP_PX * unit,
            max(1.0, width - (_LEFT_PX + _RIGHT_PX) * unit),
            max(1.0, height - (_TOP_PX + _BELOW_PX) * unit),
        )
        return Plane(
            box,
            Range(first, last),
            Range(max(0.0, _down(low - _STEP / 5)), min(1.0, max(last, _up(reached)))),
        )

    def _draw(self, painter: QPainter, ink: Ink, width: int, height: int) -> None:
        painter.fillRect(QRectF(0, 0, width, height), ink.color("panel"))
        if not self._points:
            return
        plane = self._plane(width, height, ink.unit)
        draw_grid(painter, plane, ink, _percent, _percent, right=False)
        _draw_names(painter, plane, ink)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _draw_perfect(painter, plane, ink)
        _draw_points(painter, plane, ink, self._points)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def _draw_names(painter: QPainter, plane: Plane, ink: Ink) -> None:
    box, unit = plane.box, ink.unit
    painter.setPen(ink.color("text3"))
    up = box.adjusted(6 * unit, 4 * unit, 0, 0)
    painter.drawText(up, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, "was right, %")
    below = QRectF(box.left(), box.bottom() + 20 * unit, box.width(), 16 * unit)
    painter.drawText(below, Qt.AlignmentFlag.AlignRight, "model said, % confidence")


def _draw_perfect(painter: QPainter, plane: Plane, ink: Ink) -> None:
    start = max(plane.across.low, plane.up.low)
    end = min(plane.across.high, plane.up.high)
    if end <= start:
        return
    painter.setPen(ink.pen(ink.color("text3"), dashes=(3, 3)))
    painter.drawLine(plane.at(start, start), plane.at(end, end))
    place = plane.at(end, end)
    half = QFontMetrics(painter.font()).horizontalAdvance("perfect")
    words = QRectF(place.x() - half - 34 * ink.unit, place.y() - 2, half + 2, 16 * ink.unit)
    painter.drawText(words, Qt.AlignmentFlag.AlignRight, "perfect")


def _draw_points(painter: QPainter, plane: Plane, ink: Ink, points: tuple[Point, ...]) -> None:
    places = [plane.at(one["said"], one["right"]) for one in points]
    painter.setPen(ink.pen(ink.color("series1"), _LINE_PX))
    for before, after in pairwise(places):
        painter.drawLine(before, after)
    for one in points:
        painter.drawLine(plane.at(one["said"], one["low"]), plane.at(one["said"], one["high"]))
    painter.setBrush(ink.brush("panel"))
    size, unit = _DOT_PX * ink.unit, ink.unit
    for place in places:
        painter.drawEllipse(place, size, size)
    painter.setFont(ink.font(SMALL_PX))
    painter.setPen(ink.color("text3"))
    metrics = QFontMetrics(painter.font())
    for place, one in zip(places, points, strict=True):
        wide = metrics.horizontalAdvance(one["cases"]) + 2
        left = min(place.x() + 8 * unit, plane.box.right() + 12 * unit - wide)
        box = QRectF(
            QPointF(left, place.y() + 4 * unit), place + QPointF(8 * unit + wide, 20 * unit)
        )
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, one["cases"])


def _down(value: float) -> float:
    return math.floor(value / _STEP + 1e-9) * _STEP


def _up(value: float) -> float:
    return math.ceil(value / _STEP - 1e-9) * _STEP


def _percent(fraction: float) -> str:
    return f"{fraction * 100:.0f}"
