"""Draws a prediction: a fan from the last price through 15, 30 and 60 minutes, 50 and 90 % wide.

What nobody has shown any skill at is grey and not blue; what has expired is fainter still.
"""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter

from qt_trade.desktop.items.aggregation import Floats
from qt_trade.desktop.items.bar_series import Outlook, Point
from qt_trade.desktop.items.frame import Frame
from qt_trade.desktop.items.ink import SMALL_PX, Ink
from qt_trade.desktop.items.strokes import polygon
from qt_trade.desktop.items.study import Study

_WIDE_OPACITY, _HALF_OPACITY = 0.16, 0.30
_FAINT = 0.55
"""Of what is not proven the bands are so much thinner."""
_DOT_PX = 3.5


@dataclass(frozen=True, slots=True)
class _Fan:
    """Pixels, the last price first: places, expected prices, the 90 % band, the 50 % band."""

    x: Floats
    middle: Floats
    low: Floats
    high: Floats
    half_low: Floats
    half_high: Floats
    points: tuple[Point, ...]
    left: float
    old: bool


def draw_outlook(
    painter: QPainter, outlook: Outlook, drawn: Study, seen: Frame, ink: Ink, last: float | None
) -> None:
    """Draw what is predicted, right of the bars only: future never looks like past."""
    fan = _fan(outlook, drawn, seen, outlook.price if last is None else last)
    if not fan.points:
        return
    painter.save()
    painter.setClipRect(QRectF(fan.left, 0, seen.right - fan.left, seen.price.bottom))
    for place, point in enumerate(fan.points):
        _draw_step(painter, fan, place, ink, _color(point, ink, old=fan.old))
    _draw_points(painter, fan, ink)
    painter.setClipping(False)
    _draw_words(painter, fan, seen, ink)
    painter.restore()


def _fan(outlook: Outlook, drawn: Study, seen: Frame, last: float) -> _Fan:
    """Return the fan from where the bars end; horizons that lie before have passed."""
    made, now = drawn.axis_of(outlook.at_s), float(drawn.slots)
    places = [(made + point.minutes / drawn.minutes, point) for point in outlook.points]
    ahead = [(slot, point) for slot, point in places if slot > now]
    points = tuple(point for _, point in ahead)
    halves = [(np.nan, np.nan) if point.half is None else point.half for point in points]

    def y(values: list[float]) -> Floats:
        return seen.price.y(np.array([last, *values]))

    return _Fan(
        x=seen.x(np.array([now, *(slot for slot, _ in ahead)])),
        middle=y([point.price for point in points]),
        low=y([point.low for point in points]),
        high=y([point.high for point in points]),
        half_low=y([low for low, _ in halves]),
        half_high=y([high for _, high in halves]),
        points=points,
        left=max(0.0, seen.x_of(now)),
        old=outlook.old,
    )


def _color(point: Point, ink: Ink, *, old: bool) -> QColor:
    if old:
        return ink.color("textOff")
    return ink.color("accent" if point.proven else "text3")


def _draw_step(painter: QPainter, fan: _Fan, place: int, ink: Ink, color: QColor) -> None:
    """Draw the way to one horizon from the one before it."""
    step = slice(place, place + 2)
    x, strong = fan.x[step], fan.points[place].proven and not fan.old
    part = 1.0 if strong else _FAINT
    _fill(painter, x, (fan.low[step], fan.high[step]), color, _WIDE_OPACITY * part)
    _fill(painter, x, (fan.half_low[step], fan.half_high[step]), color, _HALF_OPACITY * part)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge = _thin(color, 2 * _HALF_OPACITY * part)
    for line, pen in (
        (fan.high, ink.pen(edge)),
        (fan.low, ink.pen(edge)),
        (fan.middle, ink.pen(color, 1.5, dashes=(3, 2))),
    ):
        painter.setPen(pen)
        (x0, x1), (y0, y1) = x, line[step]
        painter.drawLine(QPointF(x0, y0), QPointF(x1, y1))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def _fill(
    painter: QPainter, x: Floats, band: tuple[Floats, Floats], color: QColor, part: float
) -> None:
    low, high = band
    if np.isnan(low).any():
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_thin(color, part))
    # Smoothing a large transparent shape costs more than the rest of the chart; its edges do.
    painter.drawPolygon(polygon(np.append(x, x[::-1]), np.append(high, low[::-1])))


def _thin(color: QColor, part: float) -> QColor:
    thin = QColor(color)
    thin.setAlphaF(part)
    return thin


def _draw_points(painter: QPainter, fan: _Fan, ink: Ink) -> None:
    size = _DOT_PX * ink.unit
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(ink.brush("panel"))
    for place, point in enumerate(fan.points, start=1):
        color, x = _color(point, ink, old=fan.old), fan.x[place]
        painter.setPen(ink.pen(color, 1.0))
        painter.drawLine(QPointF(x, fan.low[place]), QPointF(x, fan.high[place]))
        painter.setPen(ink.pen(color, 1.5))
        painter.drawEllipse(QPointF(x, fan.middle[place]), size, size)


def _draw_words(painter: QPainter, fan: _Fan, seen: Frame, ink: Ink) -> None:
    """Write the minutes under the band, the farthest first: it says the unit."""
    font = ink.font(SMALL_PX, QFont.Weight.DemiBold)
    metrics = QFontMetrics(font)
    painter.setFont(font)
    begin = seen.right
    for number in reversed(range(len(fan.points))):
        point, x, low = fan.points[number], fan.x[number + 1], fan.low[number + 1]
        text = f"{point.minutes} min" if number == len(fan.points) - 1 else f"{point.minutes}"
        half = metrics.horizontalAdvance(text) / 2
        room = half + 4 * ink.unit
        middle = min(max(x, fan.left + room), seen.right - room)
        if x < fan.left or x > seen.right or middle + half > begin:
            continue
        begin = middle - half - 4 * ink.unit
        top = min(low + 3 * ink.unit, seen.price.bottom - metrics.height())
        box = QRectF(middle - half - 1, top, 2 * half + 2, metrics.height())
        painter.setPen(_color(point, ink, old=fan.old))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
