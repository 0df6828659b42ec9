"""Stored bars as frames of 15-minute bars: for what looks at all symbols' months at once.

Apart from ``bars``, which what trades imports: polars takes its time to load.
"""

from collections.abc import Collection
from datetime import datetime

import polars as pl
from sqlalchemy import select

from qt_trade.model.intervals import Interval
from qt_trade.model.symbols import Symbol
from qt_trade.storage.database import Database, driver_of
from qt_trade.storage.tables import DISPERSIONS

LOAD_TIMEOUT_S = 120.0
QUARTER_S = Interval.MIN_15.seconds

_SCHEMA = {
    "symbol": pl.String,
    "interval_s": pl.Int32,
    "at": pl.Int64,
    "open": pl.Float64,
    "high": pl.Float64,
    "low": pl.Float64,
    "close": pl.Float64,
    "volume": pl.Int64,
}
_QUARTERS = """
COPY (
    WITH whole AS (
        SELECT symbol, interval_s, at, open, high, low, close, volume FROM bars
        WHERE source_key = %(source_key)s AND symbol = ANY(%(symbols)s)
          AND interval_s = %(quarter_s)s
          AND at >= %(since)s AND at + interval '15 minutes' <= %(until)s
    ), part AS (
        SELECT *, date_bin('15 minutes', at, 'epoch') AS start FROM bars
        WHERE source_key = %(source_key)s AND symbol = ANY(%(symbols)s)
          AND interval_s = ANY(%(shorter_s)s) AND at >= %(since)s AND at < %(until)s
    )
    SELECT symbol, interval_s, extract(epoch FROM at)::bigint, open, high, low, close, volume
    FROM whole
    UNION ALL
    SELECT symbol, interval_s, extract(epoch FROM start)::bigint,
           (array_agg(open ORDER BY at))[1], max(high), min(low),
           (array_agg(close ORDER BY at DESC))[1], sum(volume)::bigint
    FROM part
    WHERE start >= %(since)s AND start + interval '15 minutes' <= %(until)s
      AND NOT EXISTS (
          SELECT FROM whole WHERE whole.symbol = part.symbol AND whole.at = part.start
      )
    GROUP BY symbol, interval_s, start
) TO STDOUT (FORMAT csv)
"""


async def load_quarters(
    database: Database,
    source_key: str,
    symbols: Collection[Symbol],
    since: datetime,
    until: datetime,
) -> pl.DataFrame:
    """Return a feed's raw 15-minute bars that lie in [since, until), by symbol and start.

    Where none is stored they are made of 5-minute bars, or else of one-minute bars. Columns: symbol,
    at (start, UTC), open, high, low, close, volume. Raises UnreachableError.
    """
    wanted = {
        "source_key": source_key,
        "symbols": sorted(symbols),
        "quarter_s": QUARTER_S,
        "shorter_s": [Interval.MIN_1.seconds, Interval.MIN_5.seconds],
        "since": since,
        "until": until,
    }
    text = bytearray()
    async with database.transaction(answer_timeout_s=LOAD_TIMEOUT_S) as connection:
        driver = await driver_of(connection)
        async with driver.cursor() as cursor, cursor.copy(_QUARTERS.encode(), wanted) as copy:
            async for chunk in copy:
                text += chunk
    return (
        _parsed(bytes(text))
        .sort("symbol", "at", "interval_s")
        .unique(["symbol", "at"], keep="last", maintain_order=True)
        .drop("interval_s")
    )


async def load_dispersions(
    database: Database,
    source_key: str,
    symbols: Collection[Symbol],
    since: datetime,
    until: datetime,
) -> pl.DataFrame:
    """Return what was seen in (since, until]: symbol, at (the moment, UTC), dispersion.

    Raises UnreachableError.
    """
    wanted = select(DISPERSIONS.c.symbol, DISPERSIONS.c.at, DISPERSIONS.c.dispersion).where(
        DISPERSIONS.c.source_key == source_key,
        DISPERSIONS.c.symbol.in_(symbols),
        DISPERSIONS.c.at > since,
        DISPERSIONS.c.at <= until,
    )
    async with database.transaction(answer_timeout_s=LOAD_TIMEOUT_S) as connection:
        rows = [tuple(row) for row in await connection.execute(wanted)]
    moment, figure = pl.Datetime("us", "UTC"), pl.Float64()
    schema = {"symbol": pl.String(), "at": moment, "dispersion": figure}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _parsed(text: bytes) -> pl.DataFrame:
    frame = (
        pl.read_csv(text, has_header=False, new_columns=list(_SCHEMA), schema=_SCHEMA)
        if text  # which it refuses to read
        else pl.DataFrame(schema=_SCHEMA)
    )
    return frame.with_columns(
        pl.from_epoch("at").dt.cast_time_unit("us").dt.replace_time_zone("UTC")
    )
