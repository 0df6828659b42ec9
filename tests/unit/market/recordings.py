"""Small recordings made by the tests themselves."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

WEDNESDAY_OPEN = datetime(2013, 7, 3, 13, 30, tzinfo=UTC)  # 13:00 New York is the close: a half day
FRIDAY_OPEN = datetime(2013, 7, 5, 13, 30, tzinfo=UTC)  # after the holiday of the fourth


def rows(opened: datetime, minutes: int, symbol: str, price: float) -> Iterator[dict[str, object]]:
    for minute in range(minutes):
        close = price + minute
        yield {
            "symbol": symbol,
            "ts": opened + timedelta(minutes=minute),
            "open": close - 0.5,
            "high": close + 0.25,
            "low": close - 0.75,
            "close": close,
            "volume": 100 + minute,
            "bid": close - 0.01,
            "bid_size": 300,
            "ask": close + 0.01,
            "ask_size": 200,
        }


def frame(minutes: int = 3) -> pl.DataFrame:
    """Two symbols in two sessions, with a bar before the open and one after the close."""
    early = rows(WEDNESDAY_OPEN - timedelta(minutes=30), 1, "SPY", 50.0)
    late = rows(datetime(2013, 7, 3, 17, 0, tzinfo=UTC), 1, "SPY", 60.0)
    regular = [
        rows(opened, minutes, symbol, price)
        for opened, step in ((WEDNESDAY_OPEN, 0.0), (FRIDAY_OPEN, 100.0))
        for symbol, price in (("SPY", 200.0 + step), ("BRK.B", 400.0 + step))
    ]
    every = [*early, *late, *(row for part in regular for row in part)]
    return pl.DataFrame(every).cast({"ts": pl.Datetime("us", "UTC")}).sort("ts", "symbol")


def write(path: Path, recorded: pl.DataFrame) -> Path:
    recorded.write_parquet(path)
    return path
