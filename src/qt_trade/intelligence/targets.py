"""What came of a moment: the log return to the end of each horizon, within the session."""

from collections.abc import Sequence

import polars as pl

from qt_trade.intelligence.features import BAR_MIN


def target_name(horizon_min: int) -> str:
    """Return the name of a horizon's column."""
    return f"target_{horizon_min}"


def with_targets(
    frame: pl.DataFrame, bars: pl.DataFrame, horizons_min: Sequence[int]
) -> pl.DataFrame:
    """Return a ``feature_frame`` with a column for each horizon, in its order.

    The target is the log return from the moment's price to the close of the bar that ends a horizon
    later; null where that is after the session's close, or where no such bar is in ``bars``, which
    are those of ``feature_frame``.
    """
    ends = bars.select(
        "symbol",
        "session",
        at=pl.col("at") + pl.duration(minutes=BAR_MIN),
        close=pl.when(pl.col("close").is_finite() & (pl.col("close") > 0)).then("close"),
    )
    for horizon_min in horizons_min:
        later = ends.with_columns(pl.col("at") - pl.duration(minutes=horizon_min))
        name = target_name(horizon_min)
        frame = (
            frame.join(later, on=["symbol", "session", "at"], how="left", maintain_order="left")
            .with_columns((pl.col("close") / pl.col("price")).log().alias(name))
            .drop("close")
        )
    return frame
