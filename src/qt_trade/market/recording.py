"""Recorded one-minute bars in Parquet files, held to what a replay needs of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from qt_trade.market.errors import BadRecordingError
from qt_trade.model.bars import Bar
from qt_trade.model.symbols import Symbol, symbol

BAR_S = 60

_PRICES = ("open", "high", "low", "close")
_OPTIONAL_PRICES = ("bid", "ask")
_OPTIONAL_SIZES = ("bid_size", "ask_size")
_COLUMNS = ("symbol", "ts", *_PRICES, "volume", "bid", "bid_size", "ask", "ask_size")
_REQUIRED = _COLUMNS[:7]
_ROW = "row"


@dataclass(frozen=True, slots=True)
class Recording:
    """One-minute bars sorted by start, then symbol. ``name`` is the file's or folder's."""

    name: str
    symbols: tuple[Symbol, ...]
    frame: pl.DataFrame

    @property
    def first(self) -> datetime:
        """Start of the oldest bar."""
        return _moment(self.frame["ts"][0])

    @property
    def last(self) -> datetime:
        """Start of the newest bar."""
        return _moment(self.frame["ts"][-1])


def read_recording(path: Path) -> Recording:
    """Read a Parquet file, or every ``*.parquet`` of a folder, of one-minute bars.

    Columns: symbol, ts (UTC, the bar's start), open, high, low, close, volume; where recorded also
    bid, bid_size, ask, ask_size as they stood at the bar's end, null where unknown. Rows of one
    symbol ascend in time. Raises BadRecordingError naming file, column and row (from 1), and what
    would be right.
    """
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    if not files:
        raise BadRecordingError(f"{path}: no *.parquet file in this folder")
    frame = pl.concat([_read_file(file) for file in files]).sort("ts", "symbol")
    _no_duplicates(path, frame.with_row_index(_ROW, 1), "in two files of the folder")
    names = sorted(frame["symbol"].unique().to_list())
    return Recording(path.name, tuple(symbol(name) for name in names), frame)


def bars_of(frame: pl.DataFrame) -> Iterator[Bar]:
    """Turn rows of a recording into bars."""
    for row in frame.select(_COLUMNS).iter_rows(named=True):
        at = row.pop("ts")
        yield Bar(at=_moment(at), interval_s=BAR_S, **row)


def _moment(stamp: datetime) -> datetime:
    # polars hands out ZoneInfo("UTC"); everyone else here compares with and prints UTC.
    return stamp.replace(tzinfo=UTC)


def _read_file(file: Path) -> pl.DataFrame:
    try:
        frame = pl.read_parquet(file)
    except FileNotFoundError:
        raise BadRecordingError(f"{file}: there is no such file") from None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise BadRecordingError(f"{file}: not a readable Parquet file ({error})") from error
    _columns_are_right(file, frame)
    numbered = _normalised(frame).with_row_index(_ROW, 1)
    _values_are_right(file, numbered)
    return numbered.drop(_ROW)


def _columns_are_right(file: Path, frame: pl.DataFrame) -> None:
    missing = [name for name in _REQUIRED if name not in frame.columns]
    if missing:
        raise BadRecordingError(
            f"{file}: column {missing[0]!r} is missing; a recording has {', '.join(_REQUIRED)}"
        )
    if frame.is_empty():
        raise BadRecordingError(f"{file}: column 'ts' has no row; a recording needs one bar")
    for name in _COLUMNS:
        if name in frame.columns:
            _type_is_right(file, name, frame.schema[name])


def _type_is_right(file: Path, name: str, found: pl.DataType) -> None:
    if name == "symbol":
        right, wanted = found in {pl.String, pl.Categorical}, "String"
    elif name == "ts":
        zone = found.time_zone if isinstance(found, pl.Datetime) else None
        right, wanted = zone == "UTC", "Datetime with time zone UTC"
    elif name in {*_PRICES, *_OPTIONAL_PRICES}:
        right, wanted = found.is_float() or found == pl.Null, "Float64"
    else:
        right, wanted = found.is_integer() or found == pl.Null, "Int64"
    if not right:
        raise BadRecordingError(f"{file}: column {name!r} has type {found}; it must be {wanted}")


def _normalised(frame: pl.DataFrame) -> pl.DataFrame:
    prices, sizes = (*_PRICES, *_OPTIONAL_PRICES), ("volume", *_OPTIONAL_SIZES)
    absent = [pl.lit(None).alias(name) for name in _COLUMNS if name not in frame.columns]
    return frame.with_columns(absent).select(
        pl.col("symbol").cast(pl.String),
        pl.col("ts").cast(pl.Datetime("us", "UTC")),
        *(pl.col(name).cast(pl.Float64) for name in prices),
        *(pl.col(name).cast(pl.Int64) for name in sizes),
    )


def _values_are_right(file: Path, frame: pl.DataFrame) -> None:
    for name in _REQUIRED:
        _refuse(file, frame, name, pl.col(name).is_null(), "every bar has one")
    for name in (*_PRICES, *_OPTIONAL_PRICES):
        bad = ~(pl.col(name).is_finite() & (pl.col(name) > 0))
        _refuse(file, frame, name, bad, "a price is finite and positive")
    for name in ("volume", *_OPTIONAL_SIZES):
        _refuse(file, frame, name, pl.col(name) < 0, "shares are not negative")
    highest, lowest = pl.max_horizontal(_PRICES), pl.min_horizontal(_PRICES)
    _refuse(file, frame, "high", pl.col("high") < highest, "it must be the highest of its bar")
    _refuse(file, frame, "low", pl.col("low") > lowest, "it must be the lowest of its bar")
    minute = pl.col("ts").dt.truncate("1m")
    _refuse(file, frame, "ts", pl.col("ts") != minute, "a bar starts on a whole minute")
    _symbols_are_right(file, frame)
    _no_duplicates(file, frame, "in an earlier row")
    backwards = pl.col("ts") < pl.col("ts").shift(1).over("symbol")
    _refuse(file, frame, "ts", backwards, "rows of one symbol must ascend in time")


def _refuse(file: Path, frame: pl.DataFrame, name: str, bad: pl.Expr, right: str) -> None:
    """Raise for the first row where ``bad`` holds (a null never does)."""
    hits = frame.filter(bad).head(1)
    if hits.height:
        row = hits.row(0, named=True)
        raise BadRecordingError(
            f"{file}: column {name!r}, row {row[_ROW]} ({row['symbol']} {row['ts']}):"
            f" {row[name]}; {right}"
        )


def _symbols_are_right(file: Path, frame: pl.DataFrame) -> None:
    for name, row in frame.group_by("symbol").agg(pl.col(_ROW).min()).iter_rows():
        try:
            right = symbol(name)
        except ValueError as error:
            raise BadRecordingError(f"{file}: column 'symbol', row {row}: {error}") from error
        if right != name:
            raise BadRecordingError(
                f"{file}: column 'symbol', row {row}: {name!r}; it must be written {right!r}"
            )


def _no_duplicates(path: Path, frame: pl.DataFrame, where: str) -> None:
    twice = pl.struct("symbol", "ts").is_first_distinct().not_()
    _refuse(path, frame, "ts", twice, f"the same minute of the same symbol stands {where} already")
