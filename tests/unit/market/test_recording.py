"""A recording is read whole or refused with file, column, row and what would be right."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from tests.unit.market.recordings import frame, write

from qt_trade.market.errors import BadRecordingError
from qt_trade.market.recording import bars_of, read_recording


def test_a_file_is_read(tmp_path: Path) -> None:
    recording = read_recording(write(tmp_path / "two.parquet", frame()))
    assert recording.name == "two.parquet"
    assert recording.symbols == ("BRK.B", "SPY")
    assert recording.first == datetime(2013, 7, 3, 13, 0, tzinfo=UTC)
    assert recording.last == datetime(2013, 7, 5, 13, 32, tzinfo=UTC)
    bars = list(bars_of(recording.frame))
    assert len(bars) == 14
    assert (bars[0].symbol, bars[0].at.tzinfo, bars[0].interval_s) == ("SPY", UTC, 60)


def test_a_folder_is_read_as_one(tmp_path: Path) -> None:
    whole = frame()
    write(tmp_path / "b.parquet", whole.filter(pl.col("symbol") == "SPY"))
    write(tmp_path / "a.parquet", whole.filter(pl.col("symbol") != "SPY"))
    assert read_recording(tmp_path).frame.select(whole.columns).equals(whole)


def test_books_may_be_absent_or_null(tmp_path: Path) -> None:
    bare = frame().drop("bid", "bid_size", "ask", "ask_size")
    holes = frame().with_columns(pl.lit(None).alias("bid"), pl.lit(None).alias("ask_size"))
    bar = next(bars_of(read_recording(write(tmp_path / "bare.parquet", bare)).frame))
    assert (bar.bid, bar.bid_size, bar.ask, bar.ask_size) == (None, None, None, None)
    bar = next(bars_of(read_recording(write(tmp_path / "holes.parquet", holes)).frame))
    assert (bar.bid, bar.bid_size, bar.ask_size) == (None, 300, None)


def spoilt(row: int, column: str, value: object) -> pl.DataFrame:
    """Put a value into one row (from 1) of one column."""
    good = frame()
    here = pl.int_range(pl.len()) == row - 1
    return good.with_columns(
        pl.when(here).then(pl.lit(value, good.schema[column])).otherwise(column).alias(column)
    )


@pytest.mark.parametrize(
    ("row", "column", "value", "words"),
    [
        (3, "close", None, r"column 'close', row 3 .*: None; every bar has one"),
        (3, "open", -1.0, r"column 'open', row 3 .*: -1.0; a price is finite and positive"),
        (3, "low", float("nan"), r"column 'low', row 3 .*: nan; a price is finite and positive"),
        (4, "bid", 0.0, r"column 'bid', row 4 .*: 0.0; a price is finite and positive"),
        (4, "high", 1.0, r"column 'high', row 4 .*: 1.0; it must be the highest of its bar"),
        (4, "low", 400.75, r"column 'low', row 4 .*: 400.75; it must be the lowest of its bar"),
        (5, "volume", -7, r"column 'volume', row 5 .*: -7; shares are not negative"),
        (5, "ask_size", -7, r"column 'ask_size', row 5 .*: -7; shares are not negative"),
        (2, "symbol", "spy", r"column 'symbol', row 2: 'spy'; it must be written 'SPY'"),
        (2, "symbol", "^GSPC", r"column 'symbol', row 2: '\^GSPC' is no US ticker"),
        (
            4,
            "ts",
            datetime(2013, 7, 3, 13, 30, 5, tzinfo=UTC),
            r"column 'ts', row 4 .*; a bar starts on a whole minute",
        ),
        (
            5,
            "ts",
            datetime(2013, 7, 3, 13, 0, tzinfo=UTC),
            r"column 'ts', row 5 .*; the same minute of the same symbol stands in an earlier row",
        ),
        (
            14,
            "ts",
            datetime(2013, 7, 3, 13, 33, tzinfo=UTC),
            r"column 'ts', row 14 .*; rows of one symbol must ascend in time",
        ),
    ],
)
def test_a_bad_value_is_named(
    tmp_path: Path, row: int, column: str, value: object, words: str
) -> None:
    file = write(tmp_path / "bad.parquet", spoilt(row, column, value))
    with pytest.raises(BadRecordingError, match=words) as caught:
        read_recording(file)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    ("column", "kind", "words"),
    [
        ("ts", pl.Datetime("us"), "it must be Datetime with time zone UTC"),
        ("ts", pl.Datetime("us", "America/New_York"), "it must be Datetime with time zone UTC"),
        ("open", pl.String, "it must be Float64"),
        ("volume", pl.Float64, "it must be Int64"),
        ("bid_size", pl.String, "it must be Int64"),
    ],
)
def test_a_wrong_type_is_named(tmp_path: Path, column: str, kind: pl.DataType, words: str) -> None:
    good = frame()
    wrong = (
        good.with_columns(pl.col("ts").dt.convert_time_zone("America/New_York"))
        if kind == pl.Datetime("us", "America/New_York")
        else good.cast({column: kind})
    )
    with pytest.raises(BadRecordingError, match=rf"column '{column}' has type .*{words}"):
        read_recording(write(tmp_path / "bad.parquet", wrong))


def test_missing_columns_files_and_rows_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadRecordingError, match="there is no such file"):
        read_recording(tmp_path / "none.parquet")
    with pytest.raises(BadRecordingError, match=r"no \*\.parquet file in this folder"):
        read_recording(tmp_path)
    with pytest.raises(BadRecordingError, match="column 'volume' is missing"):
        read_recording(write(tmp_path / "short.parquet", frame().drop("volume")))
    with pytest.raises(BadRecordingError, match="has no row"):
        read_recording(write(tmp_path / "empty.parquet", frame().clear()))
    torn = tmp_path / "torn.parquet"
    torn.write_bytes(write(tmp_path / "x.parquet", frame()).read_bytes()[:200])
    with pytest.raises(BadRecordingError, match="not a readable Parquet file"):
        read_recording(torn)


def test_the_same_minute_in_two_files_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", frame())
    write(tmp_path / "b.parquet", frame())
    with pytest.raises(BadRecordingError, match="in two files of the folder"):
        read_recording(tmp_path)
