"""Where everything of a growth chart lies, in physical pixels. Pure numbers, no Qt."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from qt_trade.desktop.items.aggregation import Floats
from qt_trade.desktop.items.frame import Pane
from qt_trade.desktop.items.growth_series import Growth

_AXIS_PX = 56
_LEFT_PX = 12
_TIME_PX = 24
_TITLE_PX = 22
_PAD_PX = 10
_FALL_SHARE = 0.2
_ROOM = 0.08
_LEAST_SPAN = 0.002
_EPOCH = date(1970, 1, 1)
_LABEL_PX = 84
_MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class GrowthFrame:
    """The panes of growth and of drawdown, and where each day stands between left and right."""

    unit: float
    width: int
    left: float
    right: float
    growth: Pane
    fall: Pane
    times: float
    """Top of the row of dates."""
    bottom: float

    def x(self, place: Floats, count: int) -> Floats:
        """Return where days lie, by their number among so many."""
        return self.left + place * ((self.right - self.left) / max(1, count - 1))

    def place_at(self, x: float, count: int) -> int:
        """Return which day is nearest to a pixel."""
        place = (x - self.left) / (self.right - self.left) * max(1, count - 1)
        return min(max(0, round(place)), count - 1)


def growth_frame(seen: Growth, size: tuple[int, int], unit: float) -> GrowthFrame:
    """Return the geometry for a window of days."""
    width, height = size
    levels = np.concatenate([[0.0], seen.account, seen.benchmark])
    levels = levels[np.isfinite(levels)]
    low, high = float(levels.min()), float(levels.max())
    room = max((high - low) * _ROOM, _LEAST_SPAN)
    falls = seen.drawdown[np.isfinite(seen.drawdown)]
    deepest = min(float(falls.min()) if len(falls) else 0.0, -_LEAST_SPAN)
    fall_px = max(26 * unit, height * _FALL_SHARE)
    bottom = height - _PAD_PX * unit
    fall_top = bottom - fall_px + _TITLE_PX * unit
    times = bottom - fall_px - _TIME_PX * unit
    return GrowthFrame(
        unit=unit,
        width=width,
        left=_LEFT_PX * unit,
        right=max(_LEFT_PX * unit + 1.0, width - _AXIS_PX * unit),
        growth=Pane(_PAD_PX * unit, times - 4 * unit, low - room, high + room),
        fall=Pane(fall_top, bottom - 2 * unit, deepest * 1.25, 0.0),
        times=times,
        bottom=bottom,
    )


def date_marks(seen: Growth, frame: GrowthFrame) -> list[tuple[int, str]]:
    """Return which days get a label, and its text: month starts, or days where there are few."""
    days = [_EPOCH + timedelta(int(day)) for day in seen.day]
    most = max(1, int((frame.right - frame.left) / (_LABEL_PX * frame.unit)))
    firsts = [n for n in range(1, len(days)) if days[n].month != days[n - 1].month]
    if len(firsts) <= 1:
        step = max(1, -(-len(days) // most))
        return [(n, f"{days[n].day} {days[n]:%b}") for n in range(step // 2, len(days), step)]
    step = max(1, -(-len(firsts) // most))
    year = len(firsts) > _MONTHS_OF_A_YEAR
    return [
        (n, f"{days[n]:%b %Y}" if year else f"{days[n].day} {days[n]:%b}") for n in firsts[::step]
    ]
