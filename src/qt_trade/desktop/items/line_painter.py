"""Draws an equity chart: value, area, previous close, own trades, axes."""

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QFont, QFontMetrics, QPainter, QPolygonF

from qt_trade.desktop.items.aggregation import Floats, Ints
from qt_trade.desktop.items.day_frame import Day, DayFrame
from qt_trade.desktop.items.ink import NORMAL_PX, SMALL_PX, Ink
from qt_trade.desktop.items.strokes import broken_line, linked_between, polygon
from qt_trade.desktop.items.study import Flags
from qt_trade.desktop.items.viewport import places_for, price_ticks
from qt_trade.desktop.models import format as fmt

Trades = tuple[tuple[float, str], ...]
"""Seconds of the day and ``buy`` or ``sell``."""

_AREA_OPACITY = 0.13
_LINE_PX = 1.6
_ROW_PX = 36
_CHIP_PX = 20
_DOT_PX = 3.5
_MARK_PX = 4.5
_MARK_AWAY_PX = 11
_HOUR_S = 3600
_TICK_PX = 72
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def draw_day(
    painter: QPainter, day: Day, seen: DayFrame, ink: Ink, previous: float | None, trades: Trades
) -> None:
    """Draw one session's account value; there must be a point."""
    painter.fillRect(QRect(0, 0, seen.width, seen.height), ink.color("panel"))
    _draw_values(painter, seen, ink, float(day.value[-1]))
    _draw_times(painter, seen, ink)
    x, y, linked = _thinned(day, seen)
    level = seen.bottom if previous is None else seen.pane.y_of(previous)
    _draw_area(painter, ink, (x, y, linked), level)
    if previous is not None:
        _draw_previous(painter, seen, ink, previous, above=bool(day.value[-1] < previous))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(ink.pen(ink.color("series1"), _LINE_PX))
    broken_line(painter, x, y, linked)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.brush("series1"))
    size = _DOT_PX * ink.unit
    painter.drawEllipse(QPointF(x[-1], y[-1]), size, size)
    _draw_trades(painter, day, seen, ink, trades)
    _draw_chip(painter, seen, ink, float(day.value[-1]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def _thinned(day: Day, seen: DayFrame) -> tuple[Floats, Floats, Flags]:
    """Return the last point of each column of pixels: more cannot be seen."""
    x = seen.x(day.second)
    column = np.floor(x)
    some: Ints = np.flatnonzero(np.append(np.diff(column) != 0, True))  # one value of an array
    return x[some], seen.pane.y(day.value[some]), linked_between(day.linked, some)


def _draw_values(painter: QPainter, seen: DayFrame, ink: Ink, last: float) -> None:
    pane, half = seen.pane, _CHIP_PX * ink.unit / 2
    marks = price_ticks(pane.low, pane.high, int((pane.bottom - pane.top) / (_ROW_PX * ink.unit)))
    step = marks[1] - marks[0] if len(marks) > 1 else 1.0
    places = 0 if step >= 1 else places_for(step)
    painter.setFont(ink.font(NORMAL_PX))
    for mark in marks:
        y = pane.y_of(mark)
        painter.setPen(ink.pen(ink.color("grid")))
        painter.drawLine(QPointF(0, round(y)), QPointF(seen.right, round(y)))
        if abs(y - pane.y_of(last)) > 2 * half:
            painter.setPen(ink.color("text3"))
            painter.drawText(
                _axis_box(seen, y, half, 10 * ink.unit), _RIGHT, fmt.number(mark, places)
            )


def _axis_box(seen: DayFrame, y: float, half: float, pad: float) -> QRectF:
    return QRectF(seen.right, y - half, seen.width - seen.right - pad, 2 * half)


def _draw_times(painter: QPainter, seen: DayFrame, ink: Ink) -> None:
    hours = (seen.end - seen.begin) / _HOUR_S
    step = max(1, round(hours * _TICK_PX * ink.unit / seen.right + 0.5))
    painter.setFont(ink.font(SMALL_PX))
    half = QFontMetrics(painter.font()).horizontalAdvance("00:00") / 2
    for hour in range(0, 24, step):
        x = seen.x_of(hour * _HOUR_S)
        if half <= x <= seen.right - half:
            painter.setPen(ink.pen(ink.color("grid")))
            painter.drawLine(QPointF(round(x), 0), QPointF(round(x), seen.bottom))
            painter.setPen(ink.color("text3"))
            box = QRectF(x - half - 1, seen.bottom, 2 * half + 2, seen.height - seen.bottom)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{hour:02}:00")


def _draw_area(
    painter: QPainter, ink: Ink, line: tuple[Floats, Floats, Flags], level: float
) -> None:
    """Fill between the line and the previous close: what was won or lost today."""
    x, y, linked = line
    color = ink.color("series1")
    color.setAlphaF(_AREA_OPACITY)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(color))
    begins = np.flatnonzero(~linked)
    for xs, ys in zip(np.split(x, begins[1:]), np.split(y, begins[1:]), strict=True):
        sides = np.concatenate([xs[:1], xs, xs[-1:]])
        painter.drawPolygon(polygon(sides, np.concatenate([[level], ys, [level]])))


def _draw_previous(
    painter: QPainter, seen: DayFrame, ink: Ink, previous: float, *, above: bool
) -> None:
    y, unit = seen.pane.y_of(previous), ink.unit
    painter.setPen(ink.pen(ink.color("text3"), dashes=(3, 3)))
    painter.drawLine(QPointF(0, round(y)), QPointF(seen.right, round(y)))
    painter.setFont(ink.font(SMALL_PX))
    text = f"Previous close {fmt.number(previous, 0)}"
    size = QFontMetrics(painter.font()).size(0, text)
    top = y - size.height() - 2 * unit if above else y + 2 * unit
    top = min(max(top, 0.0), seen.bottom - size.height())
    box = QRectF(seen.right - size.width() - 6 * unit, top, size.width() + 4 * unit, size.height())
    painter.fillRect(box, ink.color("panel"))
    painter.setPen(ink.color("text3"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _draw_trades(painter: QPainter, day: Day, seen: DayFrame, ink: Ink, trades: Trades) -> None:
    """Mark own trades: buys below the line pointing up, sells above it pointing down."""
    painter.setBrush(ink.brush("panel"))
    painter.setPen(ink.pen(ink.color("text2"), 1.2))
    for second, side in trades:
        place = int(np.searchsorted(day.second, second, side="right")) - 1
        if place < 0:
            continue
        down = 1.0 if side == "buy" else -1.0
        x = seen.x_of(second)
        y = seen.pane.y_of(float(day.value[place])) + down * _MARK_AWAY_PX * ink.unit
        size = _MARK_PX * ink.unit
        corners = [
            QPointF(x - size, y + down * size),
            QPointF(x + size, y + down * size),
            QPointF(x, y - down * size * 0.8),
        ]
        painter.drawPolygon(QPolygonF(corners))


def _draw_chip(painter: QPainter, seen: DayFrame, ink: Ink, last: float) -> None:
    half, unit = _CHIP_PX * ink.unit / 2, ink.unit
    chip = _axis_box(seen, seen.pane.y_of(last), half, 4 * unit).adjusted(4 * unit, 0, 0, 0)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.brush("accentFill"))
    painter.drawRoundedRect(chip, 3 * unit, 3 * unit)
    painter.setFont(ink.font(NORMAL_PX, QFont.Weight.DemiBold))
    painter.setPen(ink.color("textOnFill"))
    painter.drawText(chip.adjusted(0, 0, -6 * unit, 0), _RIGHT, fmt.number(last, 0))
