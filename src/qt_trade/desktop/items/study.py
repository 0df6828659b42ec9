"""What a chart draws of its bars: aggregated, with places and indicators, computed once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qt_trade.desktop.items.aggregation import (
    DAY_MIN,
    Bars,
    Buckets,
    Floats,
    Ints,
    aggregate,
    new_york_s,
)
from qt_trade.desktop.items.indicators import ema, rsi, vwap

Flags = NDArray[np.bool_]

EMA_PERIOD = 20
RSI_PERIOD = 14
_DAY_S = 86_400
_MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Study:
    """Arrays of one length, one entry per bar of ``minutes``.

    ``local_s``: the bar's start in New York wall time; ``linked``: whether a line may be drawn
    from the bar before (no missing minutes between them, same session).
    """

    minutes: int
    bars: Bars
    session: Ints
    slot: Ints
    local_s: Ints
    ema: Floats
    vwap: Floats
    rsi: Floats
    linked: Flags

    def __len__(self) -> int:
        return len(self.bars)

    @property
    def slots(self) -> int:
        """How many places the bars take, gaps counted."""
        return int(self.slot[-1]) + 1 if len(self) else 0

    @property
    def begins(self) -> Ints:
        """The first bar of each session."""
        return np.flatnonzero(np.append(True, np.diff(self.session) != 0)) if len(self) else _NONE

    def index_at(self, slot: int) -> int:
        """Return the bar at a place, -1 where there is none."""
        place = int(np.searchsorted(self.slot, slot))
        return place if place < len(self) and self.slot[place] == slot else -1

    def axis_of(self, at_s: float) -> float:
        """Return where a moment lies on the axis; after the last bar the clock runs on."""
        place = max(0, int(np.searchsorted(self.bars.start, at_s, side="right")) - 1)
        inside = (at_s - float(self.bars.start[place])) / (self.minutes * _MINUTE_S)
        most = np.inf if place == len(self) - 1 else 1.0
        return float(self.slot[place]) + min(max(inside, 0.0), most)

    def time_at(self, axis: float) -> float:
        """Return the moment (UTC seconds) at a place on the axis."""
        place = max(0, int(np.searchsorted(self.slot, axis, side="right")) - 1)
        past = axis - float(self.slot[place])
        return float(self.bars.start[place]) + past * self.minutes * _MINUTE_S

    def local_at(self, axis: float) -> float:
        """Return the New York wall time, in seconds since 1970, at a place on the axis."""
        place = max(0, int(np.searchsorted(self.slot, axis, side="right")) - 1)
        ahead_s = int(self.local_s[place] - self.bars.start[place])
        return self.time_at(axis) + ahead_s

    def day_open(self) -> float:
        """Return what the last price is compared with: the close of the session before, if known."""
        begin = int(self.begins[-1])
        return float(self.bars.close[begin - 1] if begin else self.bars.open[0])


_NONE = np.empty(0, np.int64)


def study(minute_bars: Bars, minutes: int, *, with_rsi: bool = True) -> Study:
    """Return what is drawn at an interval of ``minutes``."""
    buckets = aggregate(minute_bars, minutes)
    bars = buckets.bars
    daily = minutes == DAY_MIN
    nothing = np.full(len(bars), np.nan)
    return Study(
        minutes=minutes,
        bars=bars,
        session=buckets.session,
        slot=buckets.slot,
        local_s=new_york_s(bars.start),
        ema=ema(bars.close, EMA_PERIOD),
        vwap=nothing if daily else _vwap(minute_bars, buckets),
        rsi=rsi(bars.close, RSI_PERIOD) if with_rsi else nothing,
        linked=_linked(buckets, daily=daily),
    )


def _vwap(minute_bars: Bars, buckets: Buckets) -> Floats:
    """Return each bar's VWAP at its end, made of the minutes, so that no interval changes it."""
    if not len(buckets.first):
        return np.empty(0)
    last = np.append(buckets.first[1:], len(minute_bars)) - 1
    session = np.repeat(buckets.session, np.diff(np.append(buckets.first, len(minute_bars))))
    m = minute_bars
    ends: Floats = vwap(m.high, m.low, m.close, m.volume, session)[last]
    return ends


def _linked(buckets: Buckets, *, daily: bool) -> Flags:
    linked: Flags = np.zeros(len(buckets.bars), np.bool_)
    linked[1:] = np.diff(buckets.slot) == 1
    if not daily:
        linked[1:] &= np.diff(buckets.session) == 0
    return linked
