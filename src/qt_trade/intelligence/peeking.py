"""Whether features know what was not known yet: computed anew without all that came later."""

from collections.abc import Callable, Iterable
from datetime import datetime

import numpy as np
import polars as pl

from qt_trade.intelligence.features import BAR_MIN

NO_FEATURES = frozenset({"symbol", "at", "session"})
MOMENTS_LOOKED_AT = 8


def some_moments(frame: pl.DataFrame, seed: int) -> list[datetime]:
    """Return moments of the later half of a feature frame to look at, others for another seed.

    Drawn, not counted off: every so many rows may be the same time of day all along.
    """
    later = frame["at"].unique().sort()
    later = later[len(later) // 2 :]
    count = min(MOMENTS_LOOKED_AT, len(later))
    drawn = np.random.default_rng(seed).choice(len(later), count, replace=False)
    return later.gather(np.sort(drawn)).to_list()


def peeking(
    features: Callable[[pl.DataFrame], pl.DataFrame],
    bars: pl.DataFrame,
    moments: Iterable[datetime],
) -> list[str]:
    """Return which columns change at one of the moments when all later bars are taken away.

    ``features``: makes a frame such as ``feature_frame``'s from ``bars``. Equal means equal bit by
    bit, null only with null. A moment whose rows come or go with later bars accuses every column.
    Raises ValueError where none of the moments is one of the frame's: nothing would be looked at.
    """
    whole = features(bars)
    moments = list(moments)
    if whole.filter(pl.col("at").is_in(moments)).is_empty():
        raise ValueError(f"nothing is known at any of the {len(moments)} moments to look at")
    names = [name for name in whole.columns if name not in NO_FEATURES]
    found: set[str] = set()
    for moment in moments:
        known = bars.filter(pl.col("at") + pl.duration(minutes=BAR_MIN) <= moment)
        found.update(_changed(_at(whole, moment), _at(features(known), moment), names))
    return [name for name in names if name in found]


def _at(frame: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    return frame.filter(pl.col("at") == moment).sort("symbol")


def _changed(whole: pl.DataFrame, known: pl.DataFrame, names: list[str]) -> list[str]:
    if not whole["symbol"].equals(known["symbol"]):
        return names
    return [
        name
        for name in names
        if name not in known.columns or not whole[name].equals(known[name], null_equal=True)
    ]
