"""Minute bars for the tests of the charts."""

import numpy as np

from qt_trade.desktop.items.aggregation import Bars, Floats, Ints

OPEN_S = 1_381_152_600
"""Monday 7 October 2013, 09:30 New York."""
DAY_S = 86_400
MINUTE_S = 60


def minutes(*sessions: range | list[int]) -> Ints:
    """Return starts of bars: per session, from Monday on, minutes since the open."""
    return np.array(
        [OPEN_S + day * DAY_S + m * MINUTE_S for day, one in enumerate(sessions) for m in one],
        np.int64,
    )


def bars(start: Ints, close: Floats | None = None) -> Bars:
    """Return bars that rise by 0.5 each, or with the given closes; 100 shares a minute."""
    ends = 100.0 + np.arange(len(start)) * 0.5 if close is None else np.asarray(close, float)
    begins = np.append(ends[:1], ends[:-1])
    high, low = np.maximum(begins, ends) + 0.25, np.minimum(begins, ends) - 0.25
    return Bars(start, begins, high, low, ends, np.full(len(start), 100.0))
