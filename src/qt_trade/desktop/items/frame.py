"""Where everything of a candle chart lies, in physical pixels. Pure numbers, no Qt."""

from dataclasses import dataclass

import numpy as np

from qt_trade.desktop.items.aggregation import Floats, Ints
from qt_trade.desktop.items.bar_series import Outlook
from qt_trade.desktop.items.study import Study
from qt_trade.desktop.items.viewport import Viewport

TIME_AXIS_PX = 24
VOLUME_SHARE = 0.15
RSI_SHARE = 0.17
_AXIS_MIN_PX = 64
_AXIS_PAD_PX = 24
_DIGIT_PX = 7
_PRICE_PAD = 0.06


@dataclass(frozen=True, slots=True)
class Place:
    """What the chart is drawn on: physical size, pixels per unit, what is shown.

    ``halted``: nothing trades, and the ground after the last bar says so.
    """

    width: int
    height: int
    unit: float
    inset_top: float
    with_rsi: bool
    halted: bool = False


@dataclass(frozen=True, slots=True)
class Pane:
    """A strip between two heights that maps low..high to bottom..top."""

    top: float
    bottom: float
    low: float
    high: float

    def y(self, values: Floats) -> Floats:
        """Return the heights of values."""
        return self.bottom - (values - self.low) * self.scale

    def y_of(self, value: float) -> float:
        """Return the height of one value."""
        return self.bottom - (value - self.low) * self.scale

    def value_at(self, y: float) -> float:
        """Return the value at a height."""
        return self.low + (self.bottom - y) / self.scale

    @property
    def scale(self) -> float:
        """Pixels per one."""
        return max(1.0, self.bottom - self.top) / max(1e-9, self.high - self.low)


@dataclass(frozen=True, slots=True)
class Frame:
    """Panes from top to bottom, the axis at the right, and the bars ``first:end`` in view."""

    place: Place
    view: Viewport
    right: float
    price: Pane
    volume: Pane
    rsi: Pane
    bottom: float
    first: int
    end: int

    @property
    def unit(self) -> float:
        return self.place.unit

    @property
    def slot_px(self) -> float:
        """Width of one slot."""
        return self.right / self.view.span

    def x(self, slots: Floats) -> Floats:
        """Return where places on the axis lie."""
        return (slots - self.view.left) * self.slot_px

    def middles(self, slots: Ints) -> Floats:
        """Return where the middles of slots lie."""
        return self.x(slots.astype(np.float64) + 0.5)

    def x_of(self, slot: float) -> float:
        """Return where one place on the axis lies."""
        return (slot - self.view.left) * self.slot_px

    def slot_at(self, x: float) -> float:
        """Return the place on the axis at a pixel."""
        return self.view.left + x / self.slot_px


def frame(
    drawn: Study, outlook: Outlook | None, last: float | None, view: Viewport, place: Place
) -> Frame:
    """Return the geometry of what is to be drawn."""
    first = max(0, int(np.searchsorted(drawn.slot, view.left - 1, side="right")))
    end = int(np.searchsorted(drawn.slot, view.right))
    low, high = _price_range(drawn, first, end, outlook if view.following else None, last)
    unit, bottom = place.unit, place.height - TIME_AXIS_PX * place.unit
    digits = len(f"{high:,.2f}")
    axis = max(_AXIS_MIN_PX, digits * _DIGIT_PX + _AXIS_PAD_PX) * unit
    rsi_top = bottom - (bottom * RSI_SHARE if place.with_rsi else 0)
    volume_top = rsi_top - bottom * VOLUME_SHARE
    traded = drawn.bars.volume[first:end]
    most = float(traded.max()) if len(traded) else 0.0
    return Frame(
        place=place,
        view=view,
        right=max(1.0, place.width - axis),
        price=Pane(place.inset_top * unit, volume_top, low, high),
        volume=Pane(volume_top + 20 * unit, rsi_top, 0.0, most or 1.0),
        rsi=Pane(rsi_top + 8 * unit, bottom - 6 * unit, 0.0, 100.0),
        bottom=bottom,
        first=first,
        end=end,
    )


def _price_range(
    drawn: Study, first: int, end: int, outlook: Outlook | None, last: float | None
) -> tuple[float, float]:
    """Return the lowest and highest price to show, with room; bands count while they are seen."""
    prices = [] if last is None else [last]
    if end > first:
        prices = [float(drawn.bars.low[first:end].min()), float(drawn.bars.high[first:end].max())]
    if outlook is not None and outlook.is_drawn(drawn.minutes):
        prices += [point.low for point in outlook.points]
        prices += [point.high for point in outlook.points]
    if not prices:
        return 0.0, 1.0
    low, high = min(prices), max(prices)
    # A price that did not move still needs a height to be drawn at.
    room = max((high - low) * _PRICE_PAD, abs(high) * 2e-4)
    return low - room, high + room
