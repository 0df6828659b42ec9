"""Bars in Parquet files, in the form that a replay reads, too.

A column ``interval_s`` says how long the bars of a file are; without it they are minutes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from qt_trade.market.errors import BadRecordingError
from qt_trade.market.recording import BAR_S, bars_of, read_recording
from qt_trade.model.bars import Bar

INTERVALS = (60, 300, 900, 86_400)
_INTERVAL = "interval_s"
_SCHEMA: dict[str, type[pl.DataType] | pl.DataType] = {
    "symbol": pl.String, "ts": pl.Datetime("us", "UTC"), "open": pl.Float64, "high": pl.Float64,
    "low": pl.Float64, "close": pl.Float64, "volume": pl.Int64, "bid": pl.Float64,
    "bid_size": pl.Int64, "ask": pl.Float64, "ask_size": pl.Int64, _INTERVAL: pl.Int64,
}  # fmt: skip


def write_bars(path: Path, bars: Sequence[Bar]) -> None:
    """Write bars, oldest first within each symbol. Raises OSError."""
    rows = [
        (
            bar.symbol, bar.at, bar.open, bar.high, bar.low, bar.close, bar.volume,
            bar.bid, bar.bid_size, bar.ask, bar.ask_size, bar.interval_s,
        )
        for bar in bars
    ]  # fmt: skip
    pl.DataFrame(rows, schema=_SCHEMA, orient="row").write_parquet(path)


def read_bars(path: Path) -> list[Bar]:
    """Return the bars of a file, or of every ``*.parquet`` of a folder.

    Raises BadRecordingError naming file, column and row, and what would be right.
    """
    recording = read_recording(path)
    interval_s = _interval(path)
    bars = bars_of(recording.frame)
    if interval_s == BAR_S:
        return list(bars)
    return [replace(bar, interval_s=interval_s) for bar in bars]


def _interval(path: Path) -> int:
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    found = {length for file in files for length in _lengths(file)}
    if len(found) != 1 or not found <= set(INTERVALS):
        told = ", ".join(str(length) for length in sorted(found))
        known = ", ".join(str(length) for length in INTERVALS)
        raise BadRecordingError(
            f"{path}: column {_INTERVAL!r} has {told}; all bars have one length of {known}"
        )
    return found.pop()


def _lengths(file: Path) -> Iterable[int]:
    frame = pl.scan_parquet(file)
    if _INTERVAL not in frame.collect_schema().names():
        return (BAR_S,)
    column = frame.select(pl.col(_INTERVAL).unique()).collect()[_INTERVAL]
    if not column.dtype.is_integer() or column.null_count():
        raise BadRecordingError(f"{file}: column {_INTERVAL!r} must be Int64 without nulls")
    return [int(length) for length in column]
