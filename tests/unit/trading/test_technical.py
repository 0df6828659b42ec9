"""Indicators by their authors' definitions, held against published worked examples."""

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.trading.make import FEED, IBM

from qt_trade.model.bars import Bar
from qt_trade.trading.technical import (
    BARS_MIN,
    RETURNS_MIN,
    SESSION_S,
    Indicators,
    Reading,
    Technicals,
    _ema,
    reading_of,
)

# StockCharts' ChartSchool, "Relative Strength Index": closes of QQQQ and the RSI(14) after each.
RSI_CLOSES = (
    44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826,
    45.8931, 46.0328, 45.6140, 46.2820, 46.2820, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439,
    46.2122, 46.2521, 45.7137, 46.4515, 45.7835, 45.3548, 44.0288, 44.1783, 44.2181, 44.5672,
    43.4205, 42.6628, 43.1314,
)  # fmt: skip
RSI = (
    70.53, 66.32, 66.55, 69.41, 66.36, 57.97, 62.93, 63.26, 56.06, 62.38, 54.71, 50.42, 39.99,
    41.46, 41.87, 45.46, 37.30, 33.08, 37.77,
)  # fmt: skip
# The same, "Moving Averages": closes of INTC and EMA(10), seeded with the mean of the first ten.
EMA_CLOSES = (
    22.27, 22.19, 22.08, 22.17, 22.18, 22.13, 22.23, 22.43, 22.24, 22.29, 22.15, 22.39, 22.38,
    22.61, 23.36, 24.05, 23.75, 23.83, 23.95, 23.63,
)  # fmt: skip
EMA_10 = (22.22, 22.21, 22.24, 22.27, 22.33, 22.52, 22.80, 22.97, 23.13, 23.28, 23.34)

prices = st.floats(min_value=5.0, max_value=500.0)


def bars(closes, *, spread=0.0, gap_after=None):
    """One-minute bars; ``gap_after``: a night lies behind the bar of this number."""
    made, at = [], FEED
    for number, close in enumerate(closes):
        made.append(Bar(IBM, at, 60, close, close + spread, max(close - spread, 0.01), close, 100))
        at += timedelta(hours=17) if number == gap_after else timedelta(minutes=1)
    return made


def read(closes, **more) -> Reading:
    reading = reading_of(bars(closes, **more))
    assert reading is not None
    return reading


def test_rsi_is_the_published_one():
    """After each of the nineteen closes of the example, to the second place."""
    after = [read(RSI_CLOSES[:count]).rsi for count in range(15, len(RSI_CLOSES) + 1)]
    assert after == pytest.approx(RSI, abs=0.02)


def test_an_ema_is_the_published_one():
    """After each close of the example from the tenth on."""
    mean, after = _ema(10), []
    for close in EMA_CLOSES:
        mean.add(close)
        after.append(mean.known)
    assert after[:9] == [None] * 9
    assert after[9:] == pytest.approx(EMA_10, abs=0.011)


def test_macd_is_the_difference_of_its_averages_less_its_signal():
    """Reckoned anew from the definition over a wave."""
    closes = [100 + 3 * math.sin(number / 5) for number in range(80)]
    fast, slow, signal = _ema(12), _ema(26), _ema(9)
    for close in closes:
        fast.add(close)
        slow.add(close)
        if slow.known is not None:
            signal.add(fast.value - slow.value)
    expected = fast.value - slow.value - signal.value
    assert read(closes).macd_histogram == pytest.approx(expected)


def test_each_indicator_speaks_once_it_has_enough_bars():
    """And not before: missing is None, never a zero."""
    closes = [100.0 + number for number in range(BARS_MIN)]
    short = read(closes[:10])
    assert (short.ema_fast, short.ema_slow, short.macd_histogram) == (
        pytest.approx(105.0),
        None,
        None,
    )
    assert (short.rsi, short.momentum, short.atr, short.volatility_day) == (None, None, None, None)
    assert read(closes[:-1]).macd_histogram is None
    full = read(closes)
    assert None not in (full.ema_slow, full.macd_histogram, full.rsi, full.momentum, full.atr)
    assert reading_of([]) is None


def test_momentum_looks_ten_bars_back():
    """From 100 to 110 in ten bars is ten per cent."""
    assert read([100.0 + number for number in range(11)]).momentum == pytest.approx(0.10)


def test_rsi_at_its_ends_and_where_nothing_moves():
    """All gains are 100, all losses 0, a flat line the middle."""
    assert read([100.0 + number for number in range(20)]).rsi == pytest.approx(100.0)
    assert read([100.0 - number for number in range(20)]).rsi == pytest.approx(0.0)
    assert read([100.0] * 20).rsi == 50.0


def test_the_true_range_reaches_back_to_the_close_before():
    """Wilder's: a jump between bars belongs to it."""
    assert read([100.0] * 20, spread=0.5).atr == pytest.approx(1.0)
    jump = read([100.0, *[110.0] * 14], spread=0.5)
    assert jump.atr == pytest.approx((10.5 + 13 * 1.0) / 14)


def test_volatility_is_levelled_to_a_session_and_leaves_nights_out():
    """One basis point a minute, to and fro, is sqrt(390) basis points a day."""
    closes = [100.0 * math.exp(0.0001 * (number % 2)) for number in range(RETURNS_MIN + 1)]
    expected = 0.0001 * math.sqrt(SESSION_S / 60)
    assert read(closes).volatility_day == pytest.approx(expected)
    night = [*closes, *(close * 1.2 for close in closes)]
    quiet = read(night, gap_after=len(closes) - 1).volatility_day
    assert quiet == pytest.approx(expected)


def test_a_minute_without_a_trade_is_no_calm_one():
    """Two minutes' move counts for two minutes."""
    every = [Bar(IBM, FEED + timedelta(minutes=2 * n), 60, p, p, p, p, 1) for n, p in enumerate(
        [100.0 * math.exp(0.0001 * (n % 2)) for n in range(RETURNS_MIN + 1)]
    )]  # fmt: skip
    reading = reading_of(every)
    assert reading is not None
    assert reading.volatility_day == pytest.approx(0.0001 * math.sqrt(SESSION_S / 120))


def test_a_bar_that_comes_twice_or_late_changes_nothing():
    """A log that is read anew begins with what is known."""
    once = bars(RSI_CLOSES)
    indicators = Indicators()
    for bar in (*once, *once[-5:], once[0]):
        indicators.add(bar)
    assert indicators.reading() == reading_of(once)


@given(st.lists(prices, min_size=2, max_size=120), prices)
def test_readings_are_bounded_and_the_same_for_the_same_bars(closes, _more):
    """RSI stays in 0..100, means between the lowest and the highest close."""
    reading = read(closes)
    assert reading == read(closes)
    if reading.rsi is not None:
        assert -1e-9 <= reading.rsi <= 100 + 1e-9
    for mean in (reading.ema_fast, reading.ema_slow):
        assert mean is None or min(closes) - 1e-6 <= mean <= max(closes) + 1e-6
    assert reading.volatility_day is None or reading.volatility_day >= 0


def test_each_symbol_has_its_own_indicators():
    """Bars of several symbols may come mixed."""
    technicals = Technicals()
    for bar in bars(RSI_CLOSES):
        technicals.add(bar)
    assert technicals.readings() == {IBM: reading_of(bars(RSI_CLOSES))}
