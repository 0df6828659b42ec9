"""Stored bars before the minutes that are here: joined without a bar that counts twice."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qt_trade.desktop.items.aggregation import DAY_MIN, OPEN_MIN, Bars, Floats, Ints, new_york_s

_MINUTE_S = 60
_DAY_S = DAY_MIN * _MINUTE_S
_OPEN_S = OPEN_MIN * _MINUTE_S
_END_S = 4_102_444_800
"""The year 2100: no bar is younger."""
SOURCES = {5: 5, 15: 15, 60: 15, DAY_MIN: DAY_MIN}
"""From bars of how many minutes a chart's longer past is made, by the chart's own minutes."""


def stored(start: Sequence[int], prices: Sequence[Sequence[float]]) -> Bars | None:
    """Return stored columns (open, high, low, close, volume) as bars, or None where they are none.

    What is not of one length, not in order of time or of no time at all is not drawn.
    """
    at: Ints = np.array(start, np.int64)
    columns: list[Floats] = [np.array(column, np.float64) for column in prices]
    if not len(at) or any(column.shape != at.shape for column in columns):
        return None
    if at[0] < 0 or at[-1] > _END_S or (np.diff(at) <= 0).any():
        return None
    return Bars(at, *columns)


def joined(past: Bars | None, minutes: int, live: Bars) -> Bars:
    """Return stored bars of ``minutes`` up to where the minute bars begin, and those from there on.

    Minutes that begin inside a stored bar begin after it: the bar is whole, they are not.
    """
    if past is None or not len(past):
        return live
    if not len(live):
        return past
    local, stored_at = new_york_s(live.start), new_york_s(past.start)
    begin = int(local[0])
    slot, whole = _slot_of(begin, minutes)
    end = slot + minutes * _MINUTE_S
    has_it = bool(((stored_at >= slot) & (stored_at < end)).any())
    if has_it and not whole:
        return _concatenated(_chosen(past, stored_at < end), _chosen(live, local >= end))
    return _concatenated(_chosen(past, stored_at < slot), live)


def _slot_of(local_s: int, minutes: int) -> tuple[int, bool]:
    """Return when the stored bar begins that would hold a moment, and whether this is its first.

    Quarters and the like are counted from the open; a day is whole from its open on.
    """
    midnight = local_s // _DAY_S * _DAY_S
    if minutes == DAY_MIN:
        return midnight, local_s <= midnight + _OPEN_S
    span = minutes * _MINUTE_S
    slot = midnight + _OPEN_S + (local_s - midnight - _OPEN_S) // span * span
    return slot, local_s == slot


def _chosen(bars: Bars, chosen: NDArray[np.bool_]) -> Bars:
    prices = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    return Bars(bars.start[chosen], *(column[chosen] for column in prices))


def _concatenated(first: Bars, second: Bars) -> Bars:
    return Bars(
        np.concatenate([first.start, second.start]),
        np.concatenate([first.open, second.open]),
        np.concatenate([first.high, second.high]),
        np.concatenate([first.low, second.low]),
        np.concatenate([first.close, second.close]),
        np.concatenate([first.volume, second.volume]),
    )
