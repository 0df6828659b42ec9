"""Draws a growth chart: the account against a benchmark in per cent, and the drawdown below."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QFont, QFontMetrics, QPainter

from qt_trade.desktop.items.aggregation import Floats
from qt_trade.desktop.items.frame import Pane
from qt_trade.desktop.items.growth_frame import GrowthFrame, date_marks
from qt_trade.desktop.items.growth_series import Growth
from qt_trade.desktop.items.ink import NORMAL_PX, SMALL_PX, Ink
from qt_trade.desktop.items.strokes import broken_line, polygon
from qt_trade.desktop.items.viewport import price_ticks
from qt_trade.desktop.models import format as fmt

_AREA_OPACITY = 0.13
_ACCOUNT_PX, _OTHER_PX = 1.8, 1.2
_ROW_PX = 38
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def draw_growth(painter: QPainter, seen: Growth, frame: GrowthFrame, ink: Ink) -> None:
    """Draw a window of at least two days."""
    x = frame.x(np.arange(len(seen.day), dtype=np.float64), len(seen.day))
    _draw_axis(painter, frame, frame.growth, ink, _marks(frame.growth, frame.unit))
    _draw_dates(painter, seen, frame, ink, x)
    _draw_area(painter, ink, x, frame.growth.y(seen.account), frame.growth.y_of(0.0))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _draw_line(painter, x, frame.growth.y(seen.benchmark), ink, "series2", _OTHER_PX)
    _draw_line(painter, x, frame.growth.y(seen.account), ink, "series1", _ACCOUNT_PX)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    _draw_fall(painter, seen, frame, ink, x)


def _marks(pane: Pane, unit: float) -> list[float]:
    rows = max(2, int((pane.bottom - pane.top) / (_ROW_PX * unit)))
    return list(price_ticks(pane.low * 100, pane.high * 100, rows))


def _draw_axis(
    painter: QPainter, frame: GrowthFrame, pane: Pane, ink: Ink, marks: list[float]
) -> None:
    step = marks[1] - marks[0] if len(marks) > 1 else 1.0
    painter.setFont(ink.font(SMALL_PX))
    for mark in marks:
        y = pane.y_of(mark / 100)
        painter.setPen(ink.pen(ink.color("grid")))
        painter.drawLine(QPointF(frame.left, round(y)), QPointF(frame.right, round(y)))
        painter.setPen(ink.color("text3"))
        painter.drawText(
            _axis_box(frame, y), _RIGHT, fmt.signed(mark, 0 if step >= 1 or not mark else 1, "%")
        )


def _axis_box(frame: GrowthFrame, y: float) -> QRectF:
    half = 8 * frame.unit
    return QRectF(frame.right, y - half, frame.width - frame.right - 12 * frame.unit, 2 * half)


def _draw_dates(painter: QPainter, seen: Growth, frame: GrowthFrame, ink: Ink, x: Floats) -> None:
    painter.setFont(ink.font(SMALL_PX))
    painter.setPen(ink.color("text3"))
    for place, text in date_marks(seen, frame):
        half = QFontMetrics(painter.font()).horizontalAdvance(text) / 2 + 2
        middle = min(max(float(x[place]), frame.left + half), frame.right - half)
        box = QRectF(middle - half, frame.times, 2 * half, 20 * frame.unit)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _draw_area(painter: QPainter, ink: Ink, x: Floats, y: Floats, level: float) -> None:
    known = np.isfinite(y)
    if not known.any():
        return
    color = ink.color("series1")
    color.setAlphaF(_AREA_OPACITY)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(color))
    xs, ys = x[known], y[known]
    sides = np.concatenate([xs[:1], xs, xs[-1:]])
    painter.drawPolygon(polygon(sides, np.concatenate([[level], ys, [level]])))


def _draw_line(painter: QPainter, x: Floats, y: Floats, ink: Ink, color: str, width: float) -> None:
    painter.setPen(ink.pen(ink.color(color), width))
    linked = np.ones(len(x), np.bool_)
    linked[0] = False
    broken_line(painter, x, y, linked)


def _draw_fall(painter: QPainter, seen: Growth, frame: GrowthFrame, ink: Ink, x: Floats) -> None:
    pane, unit = frame.fall, frame.unit
    painter.setFont(ink.font(SMALL_PX))
    painter.setPen(ink.color("text3"))
    top = pane.top - 22 * unit
    title = QRectF(frame.left, top, frame.right - frame.left, 16 * unit)
    painter.drawText(title, Qt.AlignmentFlag.AlignLeft, "Drawdown")
    room = QFontMetrics(painter.font()).horizontalAdvance("Drawdown") + 8 * unit
    painter.setFont(ink.font(NORMAL_PX, QFont.Weight.DemiBold))
    painter.setPen(ink.color("text1"))
    now = f"{fmt.percent(float(seen.drawdown[-1]), 1)} now"
    painter.drawText(title.adjusted(room, -unit, 0, 0), Qt.AlignmentFlag.AlignLeft, now)
    _draw_axis(painter, frame, pane, ink, [0.0, pane.low * 100 / 1.25])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _draw_line(painter, x, pane.y(seen.drawdown), ink, "loss", _OTHER_PX)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
