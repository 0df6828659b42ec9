"""What a chart draws of its bars: aggregated, with places and indicators, computed once."""

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

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
from qt_trade.desktop.items.indicators import ema, paid_so_far, strength, vwap, ways

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
        begin = int(np.searchsorted(self.session, self.session[-1]))
        return float(self.bars.close[begin - 1] if begin else self.bars.open[0])


_NONE = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Smoothing:
    """Where the smoothed indicators stand after a bar, and its close: all the next one needs."""

    close: float
    ema: float
    gain: float
    loss: float

    @property
    def is_begun(self) -> bool:
        """Whether there were bars enough to smooth."""
        return not np.isnan(self.ema + self.gain + self.loss)

    @property
    def rsi(self) -> float:
        """The relative strength index."""
        both = self.gain + self.loss
        return 100 * self.gain / both if both else 50.0

    def after(self, close: float) -> "Smoothing":
        """Return where they stand one bar later."""
        move = close - self.close
        return Smoothing(
            close,
            self.ema + _EMA_WEIGHT * (close - self.ema),
            self.gain + (max(move, 0.0) - self.gain) / RSI_PERIOD,
            self.loss + (max(-move, 0.0) - self.loss) / RSI_PERIOD,
        )


@dataclass(frozen=True, slots=True)
class Traded:
    """What was paid for how many shares in a session so far."""

    session: int
    paid: float
    shares: float


@dataclass(frozen=True, slots=True)
class Before:
    """What the last bar's indicators are made of, and how many minutes that bar has so far."""

    smoothing: Smoothing
    traded: Traded
    minutes: int


def study(minute_bars: Bars, minutes: int, *, with_rsi: bool = True) -> Study:
    """Return what is drawn at an interval of ``minutes``."""
    return begun(minute_bars, minutes, with_rsi=with_rsi)[0]


def begun(minute_bars: Bars, minutes: int, *, with_rsi: bool) -> tuple[Study, Before | None]:
    """Return what is drawn, and where its last bar goes on from; None of fewer than two bars."""
    buckets = aggregate(minute_bars, minutes)
    bars = buckets.bars
    daily = minutes == DAY_MIN
    nothing = np.full(len(bars), np.nan)
    gains, losses = ways(bars.close, RSI_PERIOD) if with_rsi else (nothing, nothing)
    made = Study(
        minutes=minutes,
        bars=bars,
        session=buckets.session,
        slot=buckets.slot,
        local_s=new_york_s(bars.start),
        ema=ema(bars.close, EMA_PERIOD),
        vwap=nothing if daily else vwap_at_ends(minute_bars, buckets),
        rsi=strength(gains, losses),
        linked=_linked(buckets, daily=daily),
    )
    if len(made) <= 1:
        return made, None
    # Without the index its smoothing stands still at nothing moved.
    gain, loss = (gains[-2], losses[-2]) if with_rsi else (0.0, 0.0)
    smoothing = Smoothing(float(bars.close[-2]), float(made.ema[-2]), float(gain), float(loss))
    traded = _traded(minute_bars, buckets, _NOTHING)
    return made, Before(smoothing, traded, len(minute_bars) - int(buckets.first[-1]))


def go_on(made: Study, before: Before, newest: Bars, *, with_rsi: bool) -> tuple[Study, Before]:
    """Return a study that knows the minutes of its last bar on, ``newest``, as they are now.

    Nothing before the last bar is looked at. While no bar comes in, it is the same study with
    another last bar.
    """
    daily = made.minutes == DAY_MIN
    buckets = aggregate(newest, made.minutes)
    tail = buckets.bars
    steps = accumulate(tail.close.tolist(), Smoothing.after, initial=before.smoothing)
    *_, last_but_one, _ = smoothed = list(steps)
    nothing = np.full(len(tail), np.nan)
    slot, linked = buckets.slot + made.slot[-1], _linked(buckets, daily=daily)
    linked[0] = made.linked[-1]
    added = Study(
        minutes=made.minutes,
        bars=tail,
        session=buckets.session,
        slot=slot,
        local_s=new_york_s(tail.start),
        ema=np.array([one.ema for one in smoothed[1:]]),
        vwap=nothing if daily else vwap_at_ends(newest, buckets, before.traded),
        rsi=np.array([one.rsi for one in smoothed[1:]]) if with_rsi else nothing,
        linked=linked,
    )
    then = Before(
        last_but_one,
        _traded(newest, buckets, before.traded),
        len(newest) - int(buckets.first[-1]),
    )
    return _joined(made, added), then


def _joined(made: Study, added: Study) -> Study:
    """Return a study whose last bar and what follows it are others now."""
    if len(added) == 1:
        for there, one in zip(_columns(made), _columns(added), strict=True):
            there[-1] = one[0]
        return made
    columns = [
        np.concatenate([there[:-1], more])
        for there, more in zip(_columns(made), _columns(added), strict=True)
    ]
    start, open_, high, low, close, volume, *rest = columns
    return Study(made.minutes, Bars(start, open_, high, low, close, volume), *rest)


def _columns(made: Study) -> tuple[NDArray[Any], ...]:
    bars = made.bars
    prices = (bars.start, bars.open, bars.high, bars.low, bars.close, bars.volume)
    places = (made.session, made.slot, made.local_s)
    return (*prices, *places, made.ema, made.vwap, made.rsi, made.linked)


_EMA_WEIGHT = 2 / (EMA_PERIOD + 1)
_NOTHING = Traded(-1, 0.0, 0.0)


def vwap_at_ends(minute_bars: Bars, buckets: Buckets, so_far: Traded = _NOTHING) -> Floats:
    """Return each bar's VWAP at its end, made of the minutes, so that no interval changes it."""
    if not len(buckets.first):
        return np.empty(0)
    paid, shares = _paid(minute_bars, buckets, so_far)
    last = np.append(buckets.first[1:], len(minute_bars)) - 1
    return vwap(paid[last], shares[last])


def _traded(minute_bars: Bars, buckets: Buckets, so_far: Traded) -> Traded:
    """Return what was traded in the last bar's session before that bar."""
    session, begin = int(buckets.session[-1]), int(buckets.first[-1])
    if begin == 0:
        return so_far if so_far.session == session else Traded(session, 0.0, 0.0)
    if int(buckets.session[-2]) != session:
        return Traded(session, 0.0, 0.0)
    paid, shares = _paid(minute_bars, buckets, so_far)
    return Traded(session, float(paid[begin - 1]), float(shares[begin - 1]))


def _paid(minute_bars: Bars, buckets: Buckets, so_far: Traded) -> tuple[Floats, Floats]:
    """Return what was paid for how many shares, up to each minute of its session."""
    counts = np.diff(np.append(buckets.first, len(minute_bars)))
    session = np.repeat(buckets.session, counts)
    m = minute_bars
    paid, shares = paid_so_far(m.high, m.low, m.close, m.volume, session)
    same = session == so_far.session
    paid[same] += so_far.paid
    shares[same] += so_far.shares
    return paid, shares


def _linked(buckets: Buckets, *, daily: bool) -> Flags:
    linked: Flags = np.zeros(len(buckets.bars), np.bool_)
    linked[1:] = np.diff(buckets.slot) == 1
    if not daily:
        linked[1:] &= np.diff(buckets.session) == 0
    return linked
