"""The bars that models learn from, predict from and are judged by: one way to read them for all."""

from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import polars as pl

from qt_trade.intelligence.features import BAR_MIN
from qt_trade.market.calendar import NEW_YORK, Session, Sessions
from qt_trade.model.instruments import Split
from qt_trade.model.sectors import sector_of
from qt_trade.model.symbols import Symbol
from qt_trade.storage.actions import ActionStore
from qt_trade.storage.bar_frames import load_dispersions, load_quarters
from qt_trade.storage.database import Database

_PRICES = ("open", "high", "low", "close")


class LearningBars:
    """The bars of a feed, as ``feature_frame`` wants them."""

    def __init__(self, database: Database, source_key: str, sessions: Sessions) -> None:
        self._database = database
        self._actions = ActionStore(database)
        self._source_key = source_key
        self._sessions = sessions

    async def load(
        self, symbols: Collection[Symbol], since: datetime, until: datetime
    ) -> pl.DataFrame:
        """Return the 15-minute bars that lie in [since, until), adjusted for splits known by then.

        A session of which a symbol has nothing, between others, is a single row without prices.
        ``dispersion`` is what was seen when the bar ended, null where nobody looked, or where one
        source is asked. Raises UnreachableError.
        """
        span = (self._database, self._source_key, symbols, since, until)
        raw, apart = await load_quarters(*span), await load_dispersions(*span)
        actions = await self._actions.of(self._source_key, symbols)
        as_of = until.astimezone(NEW_YORK).date()
        splits = [one for one in actions if isinstance(one, Split) and one.ex_date <= as_of]
        return with_dispersion(split_adjusted(in_sessions(raw, self._sessions.all), splits), apart)


@asynccontextmanager
async def learning_bars(
    database_url: str, source_key: str, sessions: Sessions
) -> AsyncIterator[LearningBars]:
    """Open the bars of a feed in a database."""
    database = Database(database_url, name="learning", pool_size=1)
    try:
        yield LearningBars(database, source_key, sessions)
    finally:
        await database.close()


def in_sessions(bars: pl.DataFrame, sessions: Iterable[Session]) -> pl.DataFrame:
    """Return the bars of regular sessions with what calendar and table know of them.

    ``bars``: symbol, at, open, high, low, close, volume, by symbol and start.
    """
    days = _days(sessions)
    placed = (
        bars.sort("at")
        .join_asof(days, left_on="at", right_on="opened", strategy="backward")
        .with_columns(minute=(pl.col("at") - pl.col("opened")).dt.total_minutes().cast(pl.Int32))
        .filter(
            pl.col("minute") <= pl.col("session_minutes") - BAR_MIN, pl.col("minute") % BAR_MIN == 0
        )
        .drop("opened")
    )
    sectors = {name: sector_of(Symbol(name)) for name in bars["symbol"].unique()}
    return (
        pl.concat([placed, _missing(placed, days)], how="diagonal")
        .with_columns(sector=pl.col("symbol").replace_strict(sectors, return_dtype=pl.String))
        .sort("symbol", "at")
    )


def with_dispersion(bars: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """Return bars with what was seen of the sources when each ended.

    ``seen``: symbol, at (the moment), dispersion.
    """
    ended = seen.with_columns(pl.col("at") - timedelta(minutes=BAR_MIN))
    return bars.join(ended, on=["symbol", "at"], how="left", maintain_order="left")


def split_adjusted(bars: pl.DataFrame, splits: Iterable[Split]) -> pl.DataFrame:
    """Return bars in the shares and prices after all these splits, as ``market.adjustment`` has it."""
    for split in splits:
        ratio = float(split.ratio)
        before = (pl.col("symbol") == split.symbol) & (pl.col("session") < split.ex_date)
        bars = bars.with_columns(
            *(pl.when(before).then(pl.col(name) / ratio).otherwise(name) for name in _PRICES),
            pl.when(before)
            .then((pl.col("volume") * ratio).round().cast(pl.Int64))
            .otherwise("volume"),
        )
    return bars


def _days(sessions: Iterable[Session]) -> pl.DataFrame:
    rows = [(one.open, one.day, one.minutes) for one in sessions]
    schema = pl.Schema(
        {"opened": pl.Datetime("us", "UTC"), "session": pl.Date(), "session_minutes": pl.Int32()}
    )
    return pl.DataFrame(rows, schema=schema, orient="row").sort("opened")


def _missing(bars: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each session between a symbol's first and last that it has no bar of."""
    spans = bars.group_by("symbol").agg(first=pl.col("session").min(), last=pl.col("session").max())
    return (
        spans.join_where(
            days, pl.col("session") >= pl.col("first"), pl.col("session") <= pl.col("last")
        )
        .join(bars, on=["symbol", "session"], how="anti")
        .select(
            "symbol",
            pl.col("opened").alias("at"),
            "session",
            "session_minutes",
            pl.lit(0, pl.Int32).alias("minute"),
        )
    )
