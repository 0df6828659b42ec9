"""Frames of quarters of an hour hold what is stored, made of shorter bars where they must be."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from qt_trade.market.aggregation import aggregate
from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol, symbol
from qt_trade.storage.bar_frames import load_quarters
from qt_trade.storage.bars import BarOrigin, BarStore
from qt_trade.storage.database import Database

pytestmark = pytest.mark.asyncio

REAL = BarOrigin("realtime", FeedKind.REAL_TIME, "yahoo")
DRAWN = BarOrigin("simulation:7", FeedKind.SIMULATION, "simulation")
AAPL, TRUE = symbol("AAPL"), symbol("TRUE")
OPEN = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
LATER = OPEN + timedelta(days=1)
COLUMNS = ("symbol", "at", "open", "high", "low", "close", "volume")


def bar(minute: int, length_min: int = 15, of: Symbol = AAPL, close: float = 0.1 + 0.2) -> Bar:
    at = OPEN + timedelta(minutes=minute)
    volume = 3_000_000_000 + minute
    return Bar(of, at, 60 * length_min, close, close + minute, close / 3, close, volume)


def rows(bars: list[Bar]) -> list[tuple[object, ...]]:
    return [tuple(getattr(one, name) for name in COLUMNS) for one in bars]


async def quarters(database: Database, until: datetime = LATER) -> pl.DataFrame:
    return await load_quarters(database, "realtime", [TRUE, AAPL], OPEN, until)


async def test_stored_quarters_come_back_to_the_bit(database: Database) -> None:
    """Prices, volumes and moments are those that were stored, by symbol and time."""
    stored = [bar(0, of=TRUE), bar(15), bar(0, close=1 / 3)]
    await BarStore(database).store(REAL, stored)
    await BarStore(database).store(DRAWN, [bar(30)])
    found = await quarters(database)
    assert found.columns == list(COLUMNS)
    assert found.schema["at"] == pl.Datetime("us", "UTC")
    assert found.rows() == rows([stored[2], stored[1], stored[0]])


async def test_quarters_are_made_of_shorter_bars_where_none_is_stored(database: Database) -> None:
    """The longest bars that are there count: quarters, five minutes, then single ones."""
    minutes = [bar(minute, 1, close=100.0 + minute % 7) for minute in range(45)]
    fives = [bar(minute, 5, close=200.0 + minute) for minute in range(15, 45, 5)]
    whole = bar(30, close=300.0)
    await BarStore(database).store(REAL, [*minutes, *fives, whole])
    expected = [aggregate(minutes, 900)[0], aggregate(fives, 900)[0], whole]
    assert (await quarters(database)).rows() == rows(expected)


async def test_a_quarter_that_has_not_ended_is_not_there(database: Database) -> None:
    """What ends after ``until`` is left out, with the minutes that it would be made of."""
    await BarStore(database).store(REAL, [bar(minute, 1) for minute in range(29)])
    assert len(await quarters(database, OPEN + timedelta(minutes=29))) == 1
    assert len(await quarters(database, OPEN + timedelta(minutes=30))) == 2


async def test_nothing_stored_is_an_empty_frame(database: Database) -> None:
    """Symbols without bars give a frame without rows and with all columns."""
    found = await quarters(database)
    assert (found.columns, len(found)) == (list(COLUMNS), 0)
