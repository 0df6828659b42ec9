"""A plane with two axes: where values lie in it, and its marks. Used by the small charts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from qt_trade.desktop.items.ink import SMALL_PX, Ink
from qt_trade.desktop.items.viewport import price_ticks

Write = Callable[[float], str]
_BELOW = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
_MIDDLE = Qt.AlignmentFlag.AlignVCenter
_ROW_PX, _COLUMN_PX = 34, 56
_FAR = 1e9
"""No figure of these charts is larger; what claims to be is drawn at the edge."""


@dataclass(frozen=True, slots=True)
class Range:
    """From the lowest to the highest value of an axis."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Plane:
    """``box``: where values are drawn, in physical pixels."""

    box: QRectF
    across: Range
    up: Range

    def at(self, x: float, y: float) -> QPointF:
        """Return where a point lies, at the edge what lies beyond it."""
        box = self.box
        part_x = (_near(x) - self.across.low) / (self.across.high - self.across.low)
        part_y = (_near(y) - self.up.low) / (self.up.high - self.up.low)
        left = box.left() + min(1.0, max(0.0, part_x)) * box.width()
        return QPointF(left, box.bottom() - min(1.0, max(0.0, part_y)) * box.height())


def range_of(values: Sequence[float], room: float) -> Range:
    """Return a range that holds some values, with so much of it as room at both ends."""
    known = [_near(value) for value in values]
    low, high = min(known), max(known)
    pad = max((high - low) * room, 1e-6 * max(1.0, abs(high)))
    return Range(low - pad, high + pad)


def draw_grid(
    painter: QPainter, plane: Plane, ink: Ink, across: Write, up: Write, *, right: bool
) -> None:
    """Draw both axes with round marks; the upright one's words at the right or the left."""
    painter.setFont(ink.font(SMALL_PX))
    box, unit = plane.box, ink.unit
    for mark in price_ticks(plane.up.low, plane.up.high, _count(box.height(), _ROW_PX * unit)):
        y = round(plane.at(plane.across.low, mark).y())
        _line(painter, ink, QPointF(box.left(), y), QPointF(box.right(), y))
        _write_beside(painter, ink, box, y, up(mark), right=right)
    for mark in price_ticks(
        plane.across.low, plane.across.high, _count(box.width(), _COLUMN_PX * unit)
    ):
        x = round(plane.at(mark, plane.up.low).x())
        _line(painter, ink, QPointF(x, box.top()), QPointF(x, box.bottom()))
        painter.setPen(ink.color("text3"))
        half = 30 * unit
        place = QRectF(x - half, box.bottom() + 5 * unit, 2 * half, 16 * unit)
        painter.drawText(place, _BELOW, across(mark))


def _write_beside(
    painter: QPainter, ink: Ink, box: QRectF, y: float, text: str, *, right: bool
) -> None:
    half, wide, gap = 8 * ink.unit, 60 * ink.unit, 8 * ink.unit
    painter.setPen(ink.color("text3"))
    if right:
        place = QRectF(box.right() + gap, y - half, wide, 2 * half)
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | _MIDDLE, text)
    else:
        place = QRectF(box.left() - gap - wide, y - half, wide, 2 * half)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | _MIDDLE, text)


def _line(painter: QPainter, ink: Ink, start: QPointF, end: QPointF) -> None:
    painter.setPen(ink.pen(ink.color("grid")))
    painter.drawLine(start, end)


def _count(length: float, each: float) -> int:
    return max(2, int(length / each))


def _near(value: float) -> float:
    return min(_FAR, max(-_FAR, value))
