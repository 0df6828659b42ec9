"""From one-minute bars to longer ones, and to places on an axis that skips closed time.

Buckets are aligned to the session: an hour runs from 09:30 to 10:30 New York, not from the full
hour. A missing bucket inside a session keeps its empty place; nights and holidays have none.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

INTERVALS: dict[str, int] = {"1m": 1, "5m": 5, "15m": 15, "1h": 60, "1D": 1440}
"""The intervals a chart offers, in minutes; a day is a session."""
DAY_MIN = 1440
OPEN_MIN = 570
CLOSE_MIN = 960
"""The regular session in minutes of the New York day: 09:30 to 16:00."""

_NEW_YORK = ZoneInfo("America/New_York")
_MINUTE_S = 60
_HOUR_S = 3600
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars in order of time. ``start``: UTC seconds since 1970; prices in USD, volume in shares."""

    start: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def __len__(self) -> int:
        return len(self.start)

    def newest(self, count: int) -> "Bars":
        """Return the last ``count`` bars, at least one."""
        return Bars(
            self.start[-count:],
            self.open[-count:],
            self.high[-count:],
            self.low[-count:],
            self.close[-count:],
            self.volume[-count:],
        )


@dataclass(frozen=True, slots=True)
class Buckets:
    """Aggregated bars, the index of the first minute of each, its session and its place.

    ``session``: New York days since 1970. ``slot``: place on the axis, growing, gaps left empty.
    """

    bars: Bars
    first: Ints
    session: Ints
    slot: Ints


def no_bars() -> Bars:
    """Return bars without any."""
    none = np.empty(0)
    return Bars(np.empty(0, np.int64), none, none, none, none, none)


def new_york_s(start: Ints) -> Ints:
    """Return New York wall time as seconds since 1970, summer time and all."""
    if not len(start):
        return start
    hour = start // _HOUR_S
    first = np.flatnonzero(np.append(True, np.diff(hour) != 0))
    offsets = np.array([_offset_s(one) for one in hour[first].tolist()], np.int64)
    local: Ints = start + np.repeat(offsets, np.diff(np.append(first, len(start))))
    return local


@lru_cache(maxsize=1 << 16)
def _offset_s(hour: int) -> int:
    offset = datetime.fromtimestamp(hour * _HOUR_S, UTC).astimezone(_NEW_YORK).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def aggregate(bars: Bars, minutes: int) -> Buckets:
    """Return bars of ``minutes`` (one of INTERVALS) from one-minute bars."""
    local = new_york_s(bars.start)
    session = local // _DAY_S
    from_open = (local - session * _DAY_S) // _MINUTE_S - OPEN_MIN
    bucket = np.zeros_like(from_open) if minutes == DAY_MIN else from_open // minutes
    new = np.ones(len(bars), bool)
    new[1:] = (np.diff(session) != 0) | (np.diff(bucket) != 0)
    first = np.flatnonzero(new)
    session, bucket = session[first], bucket[first]
    # Into UTC again by the bar's own offset: a session lies on one side of a change of the clock.
    # Counted back from the open, the first bucket of a day may be shorter: it begins at midnight.
    start = session * _DAY_S + np.maximum(OPEN_MIN + bucket * minutes, 0) * _MINUTE_S
    start -= local[first] - bars.start[first]
    return Buckets(_merged(bars, first, start), first, session, _slots(session, bucket))


def _merged(bars: Bars, first: Ints, start: Ints) -> Bars:
    if not len(bars):
        return bars
    last = np.append(first[1:], len(bars)) - 1
    return Bars(
        start,
        bars.open[first],
        np.maximum.reduceat(bars.high, first),
        np.minimum.reduceat(bars.low, first),
        bars.close[last],
        np.add.reduceat(bars.volume, first),
    )


def _slots(session: Ints, bucket: Ints) -> Ints:
    """Return places: one apart from session to session, inside by the clock."""
    if not len(session):
        return np.empty(0, np.int64)
    steps = np.where(np.diff(session) != 0, 1, np.diff(bucket))
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(steps)])
