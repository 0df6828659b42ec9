"""Draws a prediction: points after 15, 30 and 60 minutes in the band most outcomes fall into."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QFont, QFontMetrics, QPainter

from qt_trade.desktop.items.aggregation import Floats
from qt_trade.desktop.items.bar_series import Outlook
from qt_trade.desktop.items.frame import Frame
from qt_trade.desktop.items.ink import SMALL_PX, Ink
from qt_trade.desktop.items.strokes import polygon
from qt_trade.desktop.items.study import Study

_BAND_OPACITY = 0.28
_DOT_PX = 3.5


def draw_outlook(painter: QPainter, outlook: Outlook, drawn: Study, seen: Frame, ink: Ink) -> None:
    """Draw what is predicted, right of the bars only: future never looks like past."""
    slots = [drawn.axis_of(outlook.at_s)]
    slots += [slots[0] + point.minutes / drawn.minutes for point in outlook.points]
    x = seen.x(np.array(slots))
    middle, low, high = (
        seen.price.y(np.array([outlook.price, *(getattr(p, name) for p in outlook.points)]))
        for name in ("price", "low", "high")
    )
    left = max(0.0, seen.x_of(drawn.slots))
    painter.save()
    painter.setClipRect(QRectF(left, 0, seen.right - left, seen.price.bottom))
    band = ink.color("accent")
    band.setAlphaF(_BAND_OPACITY)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(band))
    # Smoothing a large transparent shape costs more than the rest of the chart; its edges do.
    painter.drawPolygon(polygon(np.append(x, x[::-1]), np.append(high, low[::-1])))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(ink.pen(band))
    painter.drawPolyline(polygon(x, high))
    painter.drawPolyline(polygon(x, low))
    painter.setPen(ink.pen(ink.color("accent"), 1.5, dashes=(3, 2)))
    painter.drawPolyline(polygon(x, middle))
    _draw_points(painter, ink, x[1:], middle[1:], (low[1:], high[1:]))
    painter.setClipping(False)
    _draw_words(painter, outlook, seen, ink, (x[1:], low[1:], left))
    painter.restore()


def _draw_points(
    painter: QPainter, ink: Ink, x: Floats, middle: Floats, band: tuple[Floats, Floats]
) -> None:
    low, high = band
    size = _DOT_PX * ink.unit
    painter.setBrush(ink.brush("panel"))
    painter.setPen(ink.pen(ink.color("accent"), 1.0))
    for at, bottom, top in zip(x, low, high, strict=True):
        painter.drawLine(QPointF(at, bottom), QPointF(at, top))
    painter.setPen(ink.pen(ink.color("accent"), 1.5))
    for at, y in zip(x, middle, strict=True):
        painter.drawEllipse(QPointF(at, y), size, size)


def _draw_words(
    painter: QPainter, outlook: Outlook, seen: Frame, ink: Ink, at: tuple[Floats, Floats, float]
) -> None:
    """Write the minutes under the band, the farthest first: it says the unit."""
    x, low, left = at
    font = ink.font(SMALL_PX, QFont.Weight.DemiBold)
    metrics = QFontMetrics(font)
    painter.setFont(font)
    painter.setPen(ink.color("accent"))
    begin = seen.right
    for number in reversed(range(len(x))):
        minutes = outlook.points[number].minutes
        text = f"{minutes} min" if number == len(x) - 1 else f"{minutes}"
        half = metrics.horizontalAdvance(text) / 2
        room = half + 4 * ink.unit
        middle = min(max(x[number], left + room), seen.right - room)
        if x[number] < left or x[number] > seen.right or middle + half > begin:
            continue
        begin = middle - half - 4 * ink.unit
        top = min(low[number] + 3 * ink.unit, seen.price.bottom - metrics.height())
        box = QRectF(middle - half - 1, top, 2 * half + 2, metrics.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
