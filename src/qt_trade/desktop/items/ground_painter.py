"""Draws what lies under and beside the data of a candle chart: grid, axes, last price, future."""

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter

from qt_trade.desktop.items.frame import Frame
from qt_trade.desktop.items.ink import NORMAL_PX, SMALL_PX, Ink
from qt_trade.desktop.items.study import Study
from qt_trade.desktop.items.time_axis import Tick, ticks
from qt_trade.desktop.items.viewport import places_for, price_ticks
from qt_trade.desktop.models import format as fmt

_ROW_PX = 36
_APART_PX = 10
_CHIP_PX = 20
_APART_CHIP = 1.8
_DASHED_MAX = 16
_RSI_MARKS = (30.0, 70.0)
_FUTURE_OPACITY = 0.55
_HALT_OPACITY = 0.07
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_MIDDLE = Qt.AlignmentFlag.AlignCenter


def draw_ground(painter: QPainter, drawn: Study, seen: Frame, ink: Ink, last: float | None) -> None:
    """Draw what is under the bars; marks leave room for the label of the last price."""
    place, now = seen.place, float(drawn.slots)
    painter.fillRect(QRect(0, 0, place.width, place.height), ink.color("panel"))
    if now < seen.view.right:
        x = max(0.0, seen.x_of(now))
        future = QRectF(x, 0, seen.right - x, seen.bottom)
        ground = ("warn", _HALT_OPACITY) if place.halted else ("raised", _FUTURE_OPACITY)
        painter.fillRect(future, ink.mixed(*ground))
    _draw_prices(painter, seen, ink, last)
    _draw_times(painter, drawn, seen, ink)
    _draw_frame(painter, seen, ink)


def draw_last(painter: QPainter, drawn: Study, seen: Frame, ink: Ink, last: float) -> None:
    """Draw the last price as a dotted line and a filled label on the axis."""
    y = _chip_y(seen, last)
    color = ink.color("gain" if last >= drawn.day_open() else "loss")
    if seen.price.low <= last <= seen.price.high:
        painter.setPen(ink.pen(color, dashes=(1, 2)))
        painter.drawLine(QPointF(0, round(y)), QPointF(seen.right, round(y)))
    unit, half = ink.unit, _CHIP_PX * ink.unit / 2
    chip = QRectF(
        seen.right + 4 * unit, y - half, seen.place.width - seen.right - 8 * unit, 2 * half
    )
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(chip, 3 * unit, 3 * unit)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setFont(ink.font(NORMAL_PX, QFont.Weight.DemiBold))
    painter.setPen(ink.color("panel"))
    painter.drawText(chip.adjusted(0, 0, -6 * unit, 0), _RIGHT, fmt.price(last))


def _chip_y(seen: Frame, last: float) -> float:
    return min(max(seen.price.y_of(last), seen.price.top), seen.price.bottom)


def draw_empty(painter: QPainter, size: QRect, ink: Ink, words: str) -> None:
    """Say why there is nothing to see."""
    painter.fillRect(size, ink.color("panel"))
    painter.setFont(ink.font(NORMAL_PX))
    painter.setPen(ink.color("text3"))
    painter.drawText(size, _MIDDLE | Qt.TextFlag.TextWordWrap, words)


def marks_hidden(seen: Frame, ink: Ink, last: float | None) -> tuple[float, ...]:
    """Return the prices that are not written because the label of the last one stands there."""
    if last is None:
        return ()
    chip, half = _chip_y(seen, last), _CHIP_PX * ink.unit / 2
    return tuple(
        mark
        for mark in _marks(seen, ink)
        if abs(seen.price.y_of(mark) - chip) <= _APART_CHIP * half
    )


def _marks(seen: Frame, ink: Ink) -> list[float]:
    pane = seen.price
    return price_ticks(pane.low, pane.high, int((pane.bottom - pane.top) / (_ROW_PX * ink.unit)))


def _draw_prices(painter: QPainter, seen: Frame, ink: Ink, last: float | None) -> None:
    pane = seen.price
    hidden = marks_hidden(seen, ink, last)
    half = _CHIP_PX * ink.unit / 2
    marks = _marks(seen, ink)
    places = places_for(marks[1] - marks[0]) if len(marks) > 1 else 2
    painter.setFont(ink.font(NORMAL_PX))
    for mark in marks:
        y = pane.y_of(mark)
        _draw_row(painter, seen, ink, y)
        if half < y < pane.bottom - half and mark not in hidden:
            _draw_mark(painter, seen, ink, y, fmt.number(mark, places))
    _draw_mark(painter, seen, ink, seen.volume.top, fmt.volume(int(seen.volume.high)), SMALL_PX)
    if seen.place.with_rsi:
        for mark in _RSI_MARKS:
            y = seen.rsi.y_of(mark)
            _draw_row(painter, seen, ink, y, dashes=(3, 3))
            _draw_mark(painter, seen, ink, y, f"{mark:.0f}", SMALL_PX)


def _draw_row(
    painter: QPainter, seen: Frame, ink: Ink, y: float, dashes: tuple[float, ...] = ()
) -> None:
    painter.setPen(ink.pen(ink.color("line" if dashes else "grid"), dashes=dashes))
    painter.drawLine(QPointF(0, round(y)), QPointF(seen.right, round(y)))


def _draw_mark(
    painter: QPainter, seen: Frame, ink: Ink, y: float, text: str, size: int = NORMAL_PX
) -> None:
    half = _CHIP_PX * ink.unit / 2
    box = QRectF(seen.right, y - half, seen.place.width - seen.right - 10 * ink.unit, 2 * half)
    painter.setFont(ink.font(size))
    painter.setPen(ink.color("text3"))
    painter.drawText(box, _RIGHT, text)


def _draw_times(painter: QPainter, drawn: Study, seen: Frame, ink: Ink) -> None:
    taken: list[tuple[float, float]] = []
    lines: dict[bool, list[QLineF]] = {True: [], False: []}
    for tick in ticks(drawn, seen):
        x = seen.x_of(tick.slot)
        if 0 <= x <= seen.right and _draw_tick(painter, seen, ink, (tick, x), taken):
            lines[tick.session].append(QLineF(round(x), 0, round(x), seen.bottom))
    painter.setPen(ink.pen(ink.color("grid")))
    painter.drawLines(lines[False])
    # Dashes cost a hundred times what a plain line does: many sessions are parted by plain ones.
    many = len(lines[True]) > _DASHED_MAX
    name = "grid" if many else "lineStrong"
    painter.setPen(ink.pen(ink.color(name), dashes=() if many else (3.0, 3.0)))
    painter.drawLines(lines[True])


def _draw_tick(
    painter: QPainter,
    seen: Frame,
    ink: Ink,
    at: tuple[Tick, float],
    taken: list[tuple[float, float]],
) -> bool:
    """Write a tick's word if there is room for it; a session's line is drawn in any case."""
    tick, x = at
    weight = QFont.Weight.DemiBold if tick.session else QFont.Weight.Normal
    font = ink.font(SMALL_PX, weight)
    half = QFontMetrics(font).horizontalAdvance(tick.text) / 2
    apart = _APART_PX * ink.unit
    x = min(max(x, half + apart / 2), seen.right - half - apart / 2)
    if any(x - half - apart < end and x + half + apart > begin for begin, end in taken):
        return tick.session
    taken.append((x - half, x + half))
    painter.setFont(font)
    painter.setPen(ink.color("text1" if tick.session else "text3"))
    box = QRectF(x - half - 1, seen.bottom, 2 * half + 2, seen.place.height - seen.bottom)
    painter.drawText(box, _MIDDLE, tick.text)
    return True


def _draw_frame(painter: QPainter, seen: Frame, ink: Ink) -> None:
    """Draw the lines between the panes and the axes."""
    painter.setPen(ink.pen(ink.color("line")))
    edges = [seen.price.bottom, seen.bottom]
    if seen.place.with_rsi:
        edges.append(seen.volume.bottom)
    for y in edges:
        painter.drawLine(QPointF(0, round(y)), QPointF(seen.place.width, round(y)))
    painter.drawLine(QPointF(round(seen.right), 0), QPointF(round(seen.right), seen.bottom))
