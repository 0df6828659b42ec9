"""EMA, VWAP and RSI of whole arrays; NaN until there are enough bars to say anything."""

import numpy as np

from qt_trade.desktop.items.aggregation import Floats, Ints

_BLOCK = 64


def ema(values: Floats, period: int) -> Floats:
    """Return the exponential mean with weight 2/(period+1), begun with the plain mean."""
    return _smoothed(values, period, 2 / (period + 1))


def rsi(closes: Floats, period: int) -> Floats:
    """Return Wilder's relative strength index, 0 to 100; 50 where nothing moved."""
    return strength(*ways(closes, period))


def ways(closes: Floats, period: int) -> tuple[Floats, Floats]:
    """Return Wilder's smoothed gains and losses up to each close."""
    smoothed = np.full((len(closes), 2), np.nan)
    if len(closes) > period:
        moves = np.diff(closes)
        both = np.stack([np.maximum(moves, 0), np.maximum(-moves, 0)], axis=1)
        smoothed[1:] = _smoothed(both, period, 1 / period)
    gains, losses = smoothed.T
    return gains, losses


def strength(gains: Floats, losses: Floats) -> Floats:
    """Return the relative strength of smoothed gains and losses."""
    both = gains + losses
    index: Floats = np.divide(100 * gains, both, out=np.full(len(both), 50.0), where=both != 0)
    return index


def vwap(paid: Floats, traded: Floats) -> Floats:
    """Return the mean price by volume; NaN before the first traded share."""
    mean = np.full(len(paid), np.nan)
    np.divide(paid, traded, out=mean, where=traded > 0)
    return mean


def paid_so_far(
    high: Floats, low: Floats, close: Floats, volume: Floats, session: Ints
) -> tuple[Floats, Floats]:
    """Return what was paid for how many shares in each session so far."""
    begins = np.flatnonzero(np.append(True, np.diff(session) != 0))  # one value of an array
    if not len(close):
        return np.empty(0), np.empty(0)
    return _sums_from((high + low + close) / 3 * volume, begins), _sums_from(volume, begins)


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
