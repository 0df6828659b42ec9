"""Indicators of daily bars by TA-Lib, the field's reference; None where the history is too short.

SMA: arithmetic mean of the last 20, 50, 200 closes. RSI: 14 days with Wilder's smoothing, begun by
a plain mean (J. W. Wilder, New Concepts in Technical Trading Systems, 1978). MACD: EMA 12 less EMA
26, signal EMA 9 of it (G. Appel); each EMA begins with a plain mean, and the first value is that of
the first day that has a signal. Bollinger bands: SMA 20 and twice the population's standard
deviation of the same closes (J. Bollinger). Volume ratio: the day's volume to the mean of the last
20 days', today's among them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
import polars_talib as ta

from qt_trade.model.bars import Bar

RSI_DAYS = 14
MACD_FAST, MACD_SLOW, MACD_SIGNAL = 12, 26, 9
BAND_DAYS, BAND_WIDTH = 20, 2.0
VOLUME_DAYS = 20


@dataclass(frozen=True, slots=True)
class Study:
    """A daily bar with its indicators. Prices and bands in USD, RSI from 0 to 100."""

    bar: Bar
    sma_20: float | None
    sma_50: float | None
    sma_200: float | None
    rsi: float | None
    macd: float | None
    macd_signal: float | None
    bb_upper: float | None
    bb_lower: float | None
    volume_ratio: float | None


def studied(bars: Sequence[Bar]) -> list[Study]:
    """Return bars with their indicators, in their order: oldest first, adjusted for splits."""
    if not bars:
        return []
    frame = pl.DataFrame(
        {
            "close": [bar.close for bar in bars],
            "volume": [float(bar.volume) for bar in bars],
        }
    )
    rows = indicators(frame).iter_rows(named=True)
    return [Study(bar, **row) for bar, row in zip(bars, rows, strict=True)]


def indicators(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the indicators of a frame's ``close`` and ``volume``, row by row."""
    close, volume = pl.col("close"), pl.col("volume")
    macd = ta.macd(close, MACD_FAST, MACD_SLOW, MACD_SIGNAL)
    bands = ta.bbands(close, BAND_DAYS, BAND_WIDTH, BAND_WIDTH)
    found = frame.select(
        sma_20=ta.sma(close, 20),
        sma_50=ta.sma(close, 50),
        sma_200=ta.sma(close, 200),
        # TA-Lib says 0 of a price that never moved, which has neither strength nor weakness.
        rsi=pl.when(close.cum_min() < close.cum_max()).then(ta.rsi(close, RSI_DAYS)),
        macd=macd.struct.field("macd"),
        macd_signal=macd.struct.field("macdsignal"),
        bb_upper=bands.struct.field("upperband"),
        bb_lower=bands.struct.field("lowerband"),
        volume_ratio=volume / ta.sma(volume, VOLUME_DAYS),
    )
    # Too short a history, and a ratio to no volume at all, are no number there.
    return found.select(pl.when(pl.all().is_finite()).then(pl.all()))
