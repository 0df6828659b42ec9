"""Where everything of an equity chart lies, in physical pixels. Pure numbers, no Qt."""

from dataclasses import dataclass

import numpy as np

from qt_trade.desktop.items.aggregation import CLOSE_MIN, OPEN_MIN, Floats, new_york_s
from qt_trade.desktop.items.frame import Pane
from qt_trade.desktop.items.study import Flags

_TIME_AXIS_PX = 24
_PRICE_AXIS_PX = 76
_PAD_PX = 12
_ROOM = 0.12
_DAY_S = 86_400
_MINUTE_S = 60
_GAP_MIN_S = 600.0
_GAP_STEPS = 10


@dataclass(frozen=True, slots=True)
class Day:
    """The newest session of a series: seconds of the New York day, values, links to the last."""

    second: Floats
    value: Floats
    linked: Flags
    midnight: float
    """New York midnight as New York wall time, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class DayFrame:
    """The plot's right and bottom edges, the seconds at its sides, the pane of values."""

    unit: float
    width: int
    height: int
    right: float
    bottom: float
    begin: float
    end: float
    pane: Pane

    def x(self, seconds: Floats) -> Floats:
        """Return where seconds of the day lie."""
        return (seconds - self.begin) * (self.right / (self.end - self.begin))

    def x_of(self, second: float) -> float:
        """Return where one second of the day lies."""
        return (second - self.begin) * (self.right / (self.end - self.begin))

    def second_at(self, x: float) -> float:
        """Return the second of the day at a pixel."""
        return self.begin + x / self.right * (self.end - self.begin)


def newest_day(at: Floats, value: Floats) -> Day:
    """Return the points of the last New York day; a long silence breaks the line."""
    local = new_york_s(at.astype(np.int64)) + (at - np.floor(at))
    midnight = float(local[-1] // _DAY_S * _DAY_S) if len(local) else 0.0
    chosen = local >= midnight
    second = local[chosen] - midnight
    steps = np.diff(second)
    longest = max(_GAP_MIN_S, _GAP_STEPS * float(np.median(steps)) if len(steps) else 0.0)
    linked = np.append(np.zeros(min(1, len(second)), np.bool_), steps <= longest)
    return Day(second, value[chosen], linked.astype(np.bool_), midnight)


def day_frame(
    day: Day, previous_close: float | None, size: tuple[int, int], unit: float
) -> DayFrame:
    """Return the geometry: the regular session, wider where there are points beyond it."""
    width, height = size
    begin, end = float(OPEN_MIN * _MINUTE_S), float(CLOSE_MIN * _MINUTE_S)
    base = [] if previous_close is None else [previous_close]
    levels = np.append(day.value, base)
    low, high = (float(levels.min()), float(levels.max())) if len(levels) else (0.0, 1.0)
    room = max((high - low) * _ROOM, abs(high) * 1e-5, 0.01)
    bottom = height - _TIME_AXIS_PX * unit
    return DayFrame(
        unit=unit,
        width=width,
        height=height,
        right=max(1.0, width - _PRICE_AXIS_PX * unit),
        bottom=bottom,
        begin=min([begin, *day.second[:1]]),
        end=max([end, *day.second[-1:]]),
        pane=Pane(_PAD_PX * unit, bottom - _PAD_PX * unit, low - room, high + room),
    )
