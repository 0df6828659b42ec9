"""Whether features know what was not known yet: computed anew without all that came later."""

from collections.abc import Callable, Iterable
from datetime import datetime

import polars as pl

from qt_trade.intelligence.features import BAR_MIN

NO_FEATURES = frozenset({"symbol", "at", "session"})


def peeking(
    features: Callable[[pl.DataFrame], pl.DataFrame],
    bars: pl.DataFrame,
    moments: Iterable[datetime],
) -> list[str]:
    """Return which columns change at one of the moments when all later bars are taken away.

    ``features``: makes a frame such as ``feature_frame``'s from ``bars``. Equal means equal bit by
    bit, null only with null. A moment whose rows come or go with later bars accuses every column.
    """
    whole = features(bars)
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
