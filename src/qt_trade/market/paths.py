"""Drawing a second-by-second session that keeps a real day's open, high, low, close and volume."""

import math
import zlib
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from qt_trade.model.symbols import Symbol

Prices = NDArray[np.float64]
Counts = NDArray[np.int64]

SPREAD_BP_MIN, SPREAD_BP_MAX = 1.0, 4.0
"""The drawn spread in basis points of the price; never below one cent, the exchange's tick."""

_SECONDS_MIN = 4
_LOTS_MAX = 40
_LOT = 100


@dataclass(frozen=True, slots=True)
class DailyBar:
    """One real day of one symbol. Raises ValueError when the figures contradict each other."""

    day: date
    open: float
    high: float
    low: float
    close: float
    volume: int

    def __post_init__(self) -> None:
        inside = 0 < self.low <= min(self.open, self.close)
        if not (inside and max(self.open, self.close) <= self.high and self.volume >= 0):
            raise ValueError(f"{self.day}: open, high, low, close, volume contradict")


@dataclass(frozen=True, slots=True)
class SessionPath:
    """A drawn session: one entry per second from the open on. Sizes in shares."""

    prices: Prices
    volumes: Counts
    bids: Prices
    asks: Prices
    bid_sizes: Counts
    ask_sizes: Counts


def path_rng(seed: int, symbol: Symbol, day: date) -> np.random.Generator:
    """Return the generator of one symbol's session: the same today and after any resume."""
    return np.random.default_rng([seed, zlib.crc32(symbol.encode()), day.toordinal()])


def draw_session(daily: DailyBar, seconds: int, rng: np.random.Generator) -> SessionPath:
    """Draw a path through a real day.

    The first price is the open and the last the close; high and low are reached and never passed.
    Between those four knots runs a Brownian bridge whose volatility is Parkinson's estimate from
    the day's range (J. of Business 53, 1980), faster near open and close, mirrored at high and low.
    """
    if seconds < _SECONDS_MIN:
        raise ValueError(f"a session of {seconds} s has no room for open, high, low and close")
    activity = _activity(seconds)
    prices = _prices(daily, activity, rng)
    shares = activity * rng.gamma(1.0, size=seconds)
    volumes = rng.multinomial(daily.volume, shares / shares.sum())
    bids, asks = _book(prices, rng)
    sizes = rng.integers(1, _LOTS_MAX, size=(2, seconds), endpoint=True) * _LOT
    return SessionPath(prices, volumes, bids, asks, sizes[0], sizes[1])


def _activity(seconds: int) -> Prices:
    """Return each second's share of the day: the U of every stock exchange, summing to 1."""
    position = np.linspace(-1.0, 1.0, seconds)
    shares = 0.6 + 2.0 * position**4
    return np.asarray(shares / shares.sum(), dtype=np.float64)


def _prices(daily: DailyBar, activity: Prices, rng: np.random.Generator) -> Prices:
    low, high = math.log(daily.low), math.log(daily.high)
    at_high, at_low = _extremes(len(activity), rng, up=daily.close > daily.open)
    knots = sorted(
        [
            (0, math.log(daily.open)),
            (at_high, high),
            (at_low, low),
            (len(activity) - 1, math.log(daily.close)),
        ]
    )
    sigma = (high - low) / (2.0 * math.sqrt(math.log(2.0)))
    walk = np.cumsum(rng.normal(size=len(activity)) * np.sqrt(activity)) * sigma
    bridged = _through(knots, walk, np.cumsum(activity))
    prices = np.round(np.exp(_mirrored(bridged, low, high)), 2)
    prices = np.clip(prices, daily.low, daily.high)
    # The knots are exact even where a recorded price is finer than a cent.
    prices[[0, at_high, at_low, -1]] = daily.open, daily.high, daily.low, daily.close
    return np.asarray(prices, dtype=np.float64)


def _extremes(seconds: int, rng: np.random.Generator, *, up: bool) -> tuple[int, int]:
    """Draw when high and low are reached: near open and close (arcsine law), a rise low first."""
    first = last = 0
    while first == last:
        drawn = 1 + (rng.beta(0.5, 0.5, size=2) * (seconds - 3)).round().astype(int)
        first, last = int(drawn.min()), int(drawn.max())
    low_first = rng.random() < (0.8 if up else 0.2)
    return (last, first) if low_first else (first, last)


def _through(knots: list[tuple[int, float]], walk: Prices, clock: Prices) -> Prices:
    """Bend a random walk so that it passes through every knot (second, log price)."""
    seconds = [second for second, _ in knots]
    missed = [value - walk[second] for second, value in knots]
    # Linear in the walk's own clock: that makes each piece a Brownian bridge.
    return np.asarray(walk + np.interp(clock, clock[seconds], missed), dtype=np.float64)


def _mirrored(values: Prices, low: float, high: float) -> Prices:
    """Fold values back into low..high, as a ball is by two walls; values inside stay."""
    width = high - low
    if width == 0.0:
        return np.full_like(values, low)
    return low + width - np.abs((values - low) % (2.0 * width) - width)


def _book(prices: Prices, rng: np.random.Generator) -> tuple[Prices, Prices]:
    """Put a bid and an ask on whole cents around each price."""
    cents = prices * 100.0
    spread_bp = rng.uniform(SPREAD_BP_MIN, SPREAD_BP_MAX, size=len(prices))
    widest = np.floor(cents * SPREAD_BP_MAX / 10_000.0)
    ticks = np.maximum(1.0, np.minimum(np.round(cents * spread_bp / 10_000.0), widest))
    bids = np.maximum(1.0, np.floor(cents - ticks / 2.0 + 0.5))
    return bids / 100.0, (bids + ticks) / 100.0
