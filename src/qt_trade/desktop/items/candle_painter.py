"""Draws the data of a candle chart: candles, volume, lines."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QPainter

from qt_trade.desktop.items.aggregation import Floats, Ints
from qt_trade.desktop.items.frame import Frame
from qt_trade.desktop.items.ink import Ink
from qt_trade.desktop.items.strokes import Rects, broken_line, linked_between
from qt_trade.desktop.items.study import Flags, Study

DENSE_PX = 1.5
"""Below this width a bar has no column of its own: bars of a column are drawn as one."""
_COLUMN_PX = 2
_BODY_SHARE = 0.68
_HOLLOW_HAIRS = 3
"""Two sides and an inside: no narrower body can be hollow."""
_VOLUME_OPACITY = 0.42
_LINE_PX = 1.5


@dataclass(frozen=True, slots=True)
class _Shapes:
    """Bars in pixels: ``left`` and ``width`` of the bodies, heights of the four prices."""

    left: Floats
    width: float
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    up: Flags

    def only(self, chosen: Flags) -> "_Shapes":
        """Return the chosen ones."""
        return _Shapes(
            self.left[chosen],
            self.width,
            self.open[chosen],
            self.high[chosen],
            self.low[chosen],
            self.close[chosen],
            self.volume[chosen],
            self.up[chosen],
        )


class CandlePainter:
    """Keeps its buffers from one picture to the next."""

    def __init__(self) -> None:
        self._rects = Rects()

    def draw(self, painter: QPainter, drawn: Study, seen: Frame, ink: Ink) -> None:
        """Draw everything the bars give."""
        if seen.end > seen.first:
            painter.setPen(Qt.PenStyle.NoPen)
            shapes = _shapes(drawn, seen, ink)
            self._draw_volume(painter, shapes, seen, ink)
            self._draw_candles(painter, shapes, ink)
            _draw_lines(painter, drawn, seen, ink)

    def _draw_candles(self, painter: QPainter, shapes: _Shapes, ink: Ink) -> None:
        up, down = shapes.only(shapes.up), shapes.only(~shapes.up)
        hollow = shapes.width >= _HOLLOW_HAIRS * ink.hair
        self._draw_full(painter, down, ink.brush("loss"), ink)
        if hollow:
            self._draw_hollow(painter, up, ink)
        else:
            self._draw_full(painter, up, ink.brush("gain"), ink)

    def _draw_full(self, painter: QPainter, bars: _Shapes, brush: QBrush, ink: Ink) -> None:
        wick = bars.left + (bars.width - ink.hair) / 2
        top = np.minimum(bars.open, bars.close)
        height = np.maximum(np.abs(bars.open - bars.close), ink.hair)
        span = np.maximum(bars.low - bars.high, ink.hair)
        self._rects.fill(painter, brush, wick, bars.high, ink.hair, span)
        self._rects.fill(painter, brush, bars.left, top, bars.width, height)

    def _draw_hollow(self, painter: QPainter, bars: _Shapes, ink: Ink) -> None:
        """Draw frames, wicks only outside of them, the inside as the ground."""
        hair, brush = ink.hair, ink.brush("gain")
        wick = bars.left + (bars.width - hair) / 2
        height = np.maximum(bars.open - bars.close, hair)
        self._rects.fill(painter, brush, bars.left, bars.close, bars.width, height)
        self._rects.fill(painter, brush, wick, bars.high, hair, bars.close - bars.high)
        below = bars.close + height
        self._rects.fill(painter, brush, wick, below, hair, np.maximum(bars.low - below, 0))
        inside = height > 2 * hair
        left, top = bars.left[inside] + hair, bars.close[inside] + hair
        width, rest = bars.width - 2 * hair, height[inside] - 2 * hair
        self._rects.fill(painter, ink.brush("panel"), left, top, width, rest)

    def _draw_volume(self, painter: QPainter, bars: _Shapes, seen: Frame, ink: Ink) -> None:
        height = np.rint(bars.volume * seen.volume.scale)
        top = round(seen.volume.bottom) - height
        for name, chosen in (("gain", bars.up), ("loss", ~bars.up)):
            brush = QBrush(ink.mixed(name, _VOLUME_OPACITY))
            left = bars.left[chosen]
            self._rects.fill(painter, brush, left, top[chosen], bars.width, height[chosen])


def _shapes(drawn: Study, seen: Frame, ink: Ink) -> _Shapes:
    part = slice(seen.first, seen.end)
    bars = drawn.bars
    x = seen.middles(drawn.slot[part])
    prices = (bars.open[part], bars.high[part], bars.low[part], bars.close[part])
    volume = bars.volume[part]
    width = _body(seen.slot_px, ink.hair)
    if seen.slot_px < DENSE_PX * ink.unit:
        first = _columns(x, drawn.linked[part], ink)
        width = float(ink.hair)
        x = np.floor(x[first] / (_COLUMN_PX * ink.hair)) * _COLUMN_PX * ink.hair + ink.hair
        prices, volume = _merged(prices, first), np.maximum.reduceat(volume, first)
    open_, high, low, close = (np.rint(seen.price.y(values)) for values in prices)
    up = prices[-1] >= prices[0]
    return _Shapes(np.rint(x - width / 2), width, open_, high, low, close, volume, up)


def _body(slot_px: float, hair: int) -> float:
    """Return the width of a body that has its wick exactly in its middle.

    It stays wide enough to be hollow for as long as a hair parts it from the next one.
    """
    width = max(hair, int(slot_px * _BODY_SHARE))
    if width <= _HOLLOW_HAIRS * hair:
        return float(_HOLLOW_HAIRS * hair if slot_px >= (_HOLLOW_HAIRS + 0.9) * hair else hair)
    return float(width - (width - hair) % 2)


def _columns(x: Floats, linked: Flags, ink: Ink) -> Ints:
    """Return the first bar of each column of pixels; what a gap parts is never drawn as one."""
    column = np.floor(x / (_COLUMN_PX * ink.hair))
    new = ~linked
    new[:1] = True
    new[1:] |= np.diff(column) != 0
    return np.flatnonzero(new)


def _merged(prices: tuple[Floats, ...], first: Ints) -> tuple[Floats, Floats, Floats, Floats]:
    open_, high, low, close = prices
    last = np.append(first[1:], len(open_)) - 1
    return (
        open_[first],
        np.maximum.reduceat(high, first),
        np.minimum.reduceat(low, first),
        close[last],
    )


def _draw_lines(painter: QPainter, drawn: Study, seen: Frame, ink: Ink) -> None:
    part = slice(seen.first, seen.end)
    x, linked = seen.middles(drawn.slot[part]), drawn.linked[part]
    lines = [(seen.price, drawn.ema[part], "series3"), (seen.price, drawn.vwap[part], "series4")]
    if seen.place.with_rsi:
        lines.append((seen.rsi, drawn.rsi[part], "series2"))
    dense = seen.slot_px < DENSE_PX * ink.unit
    if dense:
        some = _columns(x, linked, ink)
        x, linked = x[some], linked_between(linked, some)
        lines = [(pane, values[some], name) for pane, values, name in lines]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for pane, values, name in lines:
        # Qt draws lines of one pixel on a fast path: the width that thousands of points need.
        painter.setPen(ink.pen(ink.color(name), 1.0 if dense else _LINE_PX))
        painter.setClipRect(QRectF(0, pane.top, seen.right, pane.bottom - pane.top))
        broken_line(painter, x, pane.y(values), linked)
    painter.setClipping(False)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
