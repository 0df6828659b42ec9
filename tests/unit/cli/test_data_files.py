"""`qtrade data export` and `import`: Parquet out and in, on a real database."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from tests.servers import fresh_database

from qt_trade.cli import main
from qt_trade.market.bar_file import read_bars, write_bars
from qt_trade.market.recording import read_recording
from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.instruments import Split
from qt_trade.model.symbols import Symbol
from qt_trade.storage.actions import ActionStore
from qt_trade.storage.bars import BarOrigin, BarStore
from qt_trade.storage.database import Database
from qt_trade.storage.migrate import migrate

OPEN = datetime(2020, 8, 28, 13, 30, tzinfo=UTC)
AAPL, BRK = Symbol("AAPL"), Symbol("BRK.B")


def bars(symbol: Symbol, interval_s: int = 60, count: int = 3) -> list[Bar]:
    step = timedelta(seconds=interval_s)
    return [
        Bar(symbol, OPEN + number * step, interval_s, 400.0, 404.0, 396.0, 402.0, 100)
        for number in range(count)
    ]


@pytest.fixture(scope="session")
def database_template(postgres_url: str) -> Iterator[str]:
    with fresh_database(postgres_url, "data_template", "template0") as url:
        asyncio.run(migrate(url))
        yield "data_template"


@pytest.fixture
def stored(database_url: str) -> str:
    """A database with three minutes of two symbols, a day of one, and a split."""

    async def fill() -> None:
        database = Database(database_url, name="test", pool_size=1)
        try:
            origin = BarOrigin("realtime", FeedKind.REAL_TIME, "yahoo")
            every = [*bars(AAPL), *bars(BRK), *bars(AAPL, 86_400, 1)]
            await BarStore(database).store(origin, every)
            split = Split(AAPL, date(2020, 8, 31), Decimal(4))
            await ActionStore(database).store("realtime", "yahoo", [split])
        finally:
            await database.close()

    asyncio.run(fill())
    return database_url


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main.run(["data", *words])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_what_is_exported_can_be_replayed_and_imported_again(
    stored: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Raw, and to the last field."""
    file = tmp_path / "minutes.parquet"
    code, out, _ = run(capsys, "export", str(file), "--database-url", stored, "--json")
    assert code == 0
    assert json.loads(out)["bars"] == {"AAPL": 3, "BRK.B": 3}
    assert read_bars(file) == sorted(
        [*bars(AAPL), *bars(BRK)], key=lambda one: (one.at, one.symbol)
    )
    assert read_recording(file).symbols == (AAPL, BRK)
    code, out, _ = run(capsys, "import", str(file), "--database-url", stored, "--json")
    assert (code, json.loads(out)["changed"]) == (0, 6)  # now they are a person's own
    code, out, _ = run(capsys, "import", str(file), "--database-url", stored, "--json")
    assert (code, json.loads(out)["changed"]) == (0, 0)


def test_a_folder_gets_a_file_per_symbol(
    stored: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And may be read as a whole."""
    code, *_ = run(capsys, "export", str(tmp_path), "--database-url", stored)
    assert code == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["AAPL.parquet", "BRK.B.parquet"]
    assert len(read_bars(tmp_path)) == 6


def test_prices_are_adjusted_where_that_is_asked_for(
    stored: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Four new shares for one: a quarter of the price, four times the volume."""
    file = tmp_path / "days.parquet"
    words = ("brk-b", "aapl", "--interval", "1D", "--adjust", "splits", "--database-url", stored)
    code, *_ = run(capsys, "export", str(file), *words)
    assert code == 0
    (day,) = read_bars(file)
    assert (day.symbol, day.interval_s, day.close, day.volume) == (AAPL, 86_400, 100.5, 400)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("export", "bars.csv"), "name a file *.parquet"),
        (("export", "bars.parquet", "--feed-key", "replay:x"), "there are realtime (7 bars)"),
        (("export", "bars.parquet", "--since", "2021-01-01"), "no bars of 60 s are stored"),
        (("export", "bars.parquet", "A B"), "is no US ticker symbol"),
        (
            ("export", "b.parquet", "--since", "2021-01-02", "--until", "2021-01-01"),
            "--since is after --until",
        ),
        (("import", "nowhere.parquet"), "there is no such file"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_would_be_right(
    stored: str, words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error, with a code of its own."""
    code, _, err = run(capsys, *words, "--database-url", stored)
    assert code != 0
    assert told in " ".join(err.split())


def test_a_broken_file_is_refused_whole(
    stored: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The column and the row are named, and nothing of it is stored."""
    file = tmp_path / "broken.parquet"
    write_bars(file, bars(Symbol("IBM")))
    frame = pl.read_parquet(file)
    frame.with_columns(pl.Series("high", [404.0, 1.0, 404.0])).write_parquet(file)
    code, _, err = run(capsys, "import", str(file), "--database-url", stored)
    assert code != 0
    assert "column 'high', row 2" in " ".join(err.split())
    mixed = tmp_path / "mixed.parquet"
    write_bars(mixed, [*bars(AAPL), *bars(BRK, 900)])
    code, _, err = run(capsys, "import", str(mixed), "--database-url", stored)
    assert "'interval_s' has 60, 900" in " ".join(err.split())
    code, out, _ = run(capsys, "export", str(file), "--database-url", stored, "--json")
    assert json.loads(out)["bars"] == {"AAPL": 3, "BRK.B": 3}
