"""Technical indicators from closed bars, one bar at a time, each by its author's definition.

* EMA(n): the mean of the first n closes, then close * k + before * (1 - k), k = 2 / (n + 1).
* MACD(12, 26, 9): EMA(12) - EMA(26); its signal line is EMA(9) of that (Appel, "Technical
  Analysis: Power Tools for Active Investors", 2005). The histogram is their difference.
* RSI(14) and ATR(14): means of 14, then (before * 13 + new) / 14 (Wilder, "New Concepts in
  Technical Trading Systems", 1978).
* Momentum(10): the close against the close ten bars before, as a fraction.
* Volatility: the standard deviation around zero of the last 60 log returns (Garman & Klass's
  "classical" close-to-close estimator, 1980), levelled to a session of 390 minutes by the root of
  time. A return over a gap (a night, a halt) says nothing about a minute and is left out.
"""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from qt_trade.model.bars import Bar
from qt_trade.model.symbols import Symbol

EMA_FAST, EMA_SLOW = 9, 21
MACD_FAST, MACD_SLOW, MACD_SIGNAL = 12, 26, 9
WILDER = 14
MOMENTUM = 10
RETURNS_MAX, RETURNS_MIN = 60, 20
BARS_MIN = MACD_SLOW + MACD_SIGNAL - 1
"""Bars until every indicator has its first value."""
SESSION_S = 390 * 60
"""A regular session."""
_GAP_BARS = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """What the indicators say after ``bars`` bars, the last of which ended at ``at`` (feed time).

    None: too few bars. ``atr`` in dollars; ``momentum`` and ``volatility_day`` are fractions.
    """

    at: datetime
    bars: int
    close: float
    ema_fast: float | None
    ema_slow: float | None
    macd_histogram: float | None
    rsi: float | None
    momentum: float | None
    atr: float | None
    volatility_day: float | None


class _Mean:
    """A mean of the first n values, smoothed from there on with a weight."""

    __slots__ = ("_count", "_n", "_weight", "value")

    def __init__(self, n: int, weight: float) -> None:
        self._n, self._weight, self._count = n, weight, 0
        self.value = 0.0

    @property
    def known(self) -> float | None:
        return self.value if self._count >= self._n else None

    def add(self, value: float) -> None:
        if self._count < self._n:
            self._count += 1
            self.value += (value - self.value) / self._count
        else:
            self.value += (value - self.value) * self._weight


def _ema(n: int) -> _Mean:
    return _Mean(n, 2 / (n + 1))


def _wilder() -> _Mean:
    return _Mean(WILDER, 1 / WILDER)


class Indicators:
    """One symbol's indicators; a bar costs the same whatever came before it."""

    def __init__(self) -> None:
        self._last: Bar | None = None
        self._reading: Reading | None = None
        self._bars = 0
        self._fast, self._slow = _ema(EMA_FAST), _ema(EMA_SLOW)
        self._macd_fast, self._macd_slow = _ema(MACD_FAST), _ema(MACD_SLOW)
        self._macd_signal = _ema(MACD_SIGNAL)
        self._gain, self._loss, self._range = _wilder(), _wilder(), _wilder()
        self._closes: deque[float] = deque(maxlen=MOMENTUM + 1)
        self._squares: deque[float] = deque(maxlen=RETURNS_MAX)

    def add(self, bar: Bar) -> None:
        """Take the next closed bar; one that is not younger than the last changes nothing."""
        before = self._last
        if before is not None and bar.at <= before.at:
            return
        self._last, self._reading, self._bars = bar, None, self._bars + 1
        for mean in (self._fast, self._slow, self._macd_fast, self._macd_slow):
            mean.add(bar.close)
        fast, slow = self._macd_fast.known, self._macd_slow.known
        if fast is not None and slow is not None:
            self._macd_signal.add(fast - slow)
        self._closes.append(bar.close)
        if before is not None:
            self._add_change(before, bar)

    def _add_change(self, before: Bar, bar: Bar) -> None:
        change = bar.close - before.close
        self._gain.add(max(change, 0.0))
        self._loss.add(max(-change, 0.0))
        high, low = max(bar.high, before.close), min(bar.low, before.close)
        self._range.add(high - low)
        took_s = (bar.at - before.at).total_seconds()
        if took_s <= _GAP_BARS * bar.interval_s:
            self._squares.append(math.log(bar.close / before.close) ** 2 / took_s)

    def reading(self) -> Reading | None:
        """Return what they say now; None before the first bar."""
        if self._reading is None and self._last is not None:
            self._reading = self._read(self._last)
        return self._reading

    def _read(self, last: Bar) -> Reading:
        fast, slow = self._macd_fast.known, self._macd_slow.known
        signal = self._macd_signal.known
        macd = None if fast is None or slow is None or signal is None else fast - slow - signal
        full = len(self._closes) > MOMENTUM
        return Reading(
            at=last.at + timedelta(seconds=last.interval_s),
            bars=self._bars,
            close=last.close,
            ema_fast=self._fast.known,
            ema_slow=self._slow.known,
            macd_histogram=macd,
            rsi=self._rsi(),
            momentum=last.close / self._closes[0] - 1 if full else None,
            atr=self._range.known,
            volatility_day=self._volatility_day(),
        )

    def _rsi(self) -> float | None:
        gain, loss = self._gain.known, self._loss.known
        if gain is None or loss is None:
            return None
        # Nothing moved: neither side is the stronger.
        return 100 * gain / (gain + loss) if gain + loss > 0 else 50.0

    def _volatility_day(self) -> float | None:
        if len(self._squares) < RETURNS_MIN:
            return None
        return math.sqrt(sum(self._squares) / len(self._squares) * SESSION_S)


def reading_of(bars: Iterable[Bar]) -> Reading | None:
    """Return what the indicators say after one symbol's closed bars, oldest first."""
    indicators = Indicators()
    for bar in bars:
        indicators.add(bar)
    return indicators.reading()


class Technicals:
    """The indicators of every symbol."""

    def __init__(self) -> None:
        self._by_symbol: dict[Symbol, Indicators] = {}

    def add(self, bar: Bar) -> None:
        """Take a closed bar."""
        indicators = self._by_symbol.get(bar.symbol)
        if indicators is None:
            indicators = self._by_symbol[bar.symbol] = Indicators()
        indicators.add(bar)

    def readings(self) -> dict[Symbol, Reading]:
        """Return every symbol's reading."""
        each = ((symbol, one.reading()) for symbol, one in self._by_symbol.items())
        return {symbol: reading for symbol, reading in each if reading is not None}
