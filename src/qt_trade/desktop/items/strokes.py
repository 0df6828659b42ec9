"""Numpy arrays as Qt's rectangles and lines, without an object per bar.

A plain list of QRectF costs 0.3 s for 20,000 bars, a block of doubles costs nothing.
"""

import ctypes
from typing import cast

import numpy as np
import shiboken6
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QBrush, QPainter, QPolygonF

from qt_trade.desktop.items.aggregation import Floats, Ints
from qt_trade.desktop.items.study import Flags


class Rects:
    """A reused block of rectangles."""

    def __init__(self, room: int = 4096) -> None:
        self._allot(room)

    def fill(
        self, painter: QPainter, brush: QBrush, x: Floats, y: Floats, w: Floats | float, h: Floats
    ) -> None:
        """Fill rectangles of one colour; widths and heights must not be negative."""
        count = len(x)
        if not count:
            return
        if count > len(self._block):
            self._allot(2 * count)
        block = self._block[:count]
        block[:, 0], block[:, 1], block[:, 2], block[:, 3] = x, y, w, h
        painter.setBrush(brush)
        painter.drawRects(self._first, count)

    def _allot(self, room: int) -> None:
        self._block = np.empty((room, 4))
        # A QRectF is four doubles: the block seen by Qt as the first of so many.
        self._first = cast("QRectF", shiboken6.wrapInstance(self._block.ctypes.data, QRectF))


def polygon(x: Floats, y: Floats) -> QPolygonF:
    """Return points as a polygon; needs at least one."""
    points = QPolygonF()
    points.resize(len(x))
    address = shiboken6.getCppPointer(points.data())[0]
    room = (ctypes.c_double * (2 * len(x))).from_address(address)
    block = np.frombuffer(memoryview(room), np.float64).reshape(-1, 2)
    block[:, 0], block[:, 1] = x, y
    return points


def broken_line(painter: QPainter, x: Floats, y: Floats, linked: Flags) -> None:
    """Draw a line that has a gap wherever a value is missing or not linked to the one before.

    As single strokes: one polyline of more than a pixel's width costs ten times as much, because
    Qt joins its corners.
    """
    known = ~np.isnan(y)
    drawn = linked[1:] & known[1:] & known[:-1]
    count = int(drawn.sum())
    if not count:
        return
    block = np.empty((count, 4))
    block[:, 0], block[:, 1] = x[:-1][drawn], y[:-1][drawn]
    block[:, 2], block[:, 3] = x[1:][drawn], y[1:][drawn]
    # A QLineF is four doubles, as a QRectF is.
    painter.drawLines(cast("QLineF", shiboken6.wrapInstance(block.ctypes.data, QLineF)), count)


def linked_between(linked: Flags, some: Ints) -> Flags:
    """Return, of some points, whether nothing is missing between each and the one before it."""
    broken = np.cumsum(~linked)[some]
    together = np.zeros(len(some), np.bool_)
    together[1:] = np.diff(broken) == 0
    return together
