"""EMA, VWAP and RSI of whole arrays; NaN until there are enough bars to say anything."""

import numpy as np

from qt_trade.desktop.items.aggregation import Floats, Ints

_BLOCK = 64


def ema(values: Floats, period: int) -> Floats:
    """Return the exponential mean with weight 2/(period+1), begun with the plain mean."""
    return _smoothed(values, period, 2 / (period + 1))


def rsi(closes: Floats, period: int) -> Floats:
    """Return Wilder's relative strength index, 0 to 100; 50 where nothing moved."""
    result = np.full(len(closes), np.nan)
    if len(closes) <= period:
        return result
    moves = np.diff(closes)
    ways = np.stack([np.maximum(moves, 0), np.maximum(-moves, 0)], axis=1)
    gains, losses = _smoothed(ways, period, 1 / period).T
    both = gains + losses
    result[1:] = np.divide(100 * gains, both, out=np.full(len(both), 50.0), where=both != 0)
    result[1:][np.isnan(both)] = np.nan
    return result


def vwap(high: Floats, low: Floats, close: Floats, volume: Floats, session: Ints) -> Floats:
    """Return each session's mean price by volume so far; NaN before its first traded share."""
    if not len(close):
        return np.empty(0)
    begins = np.flatnonzero(np.append(True, np.diff(session) != 0))
    typical = (high + low + close) / 3
    paid = _sums_from(typical * volume, begins)
    traded = _sums_from(volume, begins)
    mean = np.full(len(close), np.nan)
    np.divide(paid, traded, out=mean, where=traded > 0)
    return mean


def _sums_from(values: Floats, begins: Ints) -> Floats:
    """Return running sums that begin again at each of ``begins``."""
    lengths = np.diff(np.append(begins, len(values)))
    sums = np.cumsum(values)
    before = np.concatenate([np.zeros(1), sums])[begins]
    running: Floats = sums - np.repeat(before, lengths)
    return running


def _smoothed(values: Floats, period: int, weight: float) -> Floats:
    """Return ``y = y + weight * (x - y)``, begun with the mean of the first ``period`` values.

    Along the first axis. All blocks at once as one matrix product, each as if nothing came before
    it, then what came before on top: a Python loop over 20,000 bars would cost a frame.
    """
    if values.ndim > 1:
        return np.stack([_smoothed(column, period, weight) for column in values.T], axis=1)
    result: Floats = np.full(len(values), np.nan)
    if len(values) < period:
        return result
    result[period - 1] = values[:period].mean()
    rest = values[period:]
    blocks = np.zeros((-(-len(rest) // _BLOCK), _BLOCK))
    blocks.reshape(-1)[: len(rest)] = rest
    powers = (1 - weight) ** np.arange(_BLOCK + 1)
    lag = np.subtract.outer(np.arange(_BLOCK), np.arange(_BLOCK))
    mix = np.where(lag >= 0, weight * powers[np.maximum(lag, 0)], 0.0)
    alone = blocks @ mix.T
    carried, before = np.empty(len(blocks)), float(result[period - 1])
    for number, end in enumerate(alone[:, -1].tolist()):
        carried[number] = before
        before = end + float(powers[-1]) * before
    result[period:] = (alone + np.multiply.outer(carried, powers[1:])).reshape(-1)[: len(rest)]
    return result
