"""Bars are stored once, corrected in place, and never mixed between feeds or times."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol, symbol
from qt_trade.storage.bars import BarOrigin, BarStore
from qt_trade.storage.database import Database

pytestmark = pytest.mark.asyncio

REAL = BarOrigin("realtime", FeedKind.REAL_TIME, "yahoo")
DRAWN = BarOrigin("simulation:7", FeedKind.SIMULATION, "simulation")
AAPL, MSFT = symbol("AAPL"), symbol("MSFT")
OPEN = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
LATER = OPEN + timedelta(days=1)


def bar(minute: int, of: Symbol = AAPL, close: float = 101.1) -> Bar:
    return Bar(
        symbol=of,
        at=OPEN + timedelta(minutes=minute),
        interval_s=60,
        open=100.1,
        high=103.3,
        low=99.9,
        close=close,
        volume=3_000_000_000,
        bid=close - 0.01,
        bid_size=100,
        ask=None,
        ask_size=None,
    )


@pytest.fixture
def bars(database: Database) -> BarStore:
    return BarStore(database)


async def test_bars_come_back_as_they_were_oldest_first(bars: BarStore) -> None:
    assert await bars.store(REAL, [bar(2), bar(0), bar(1), bar(1, MSFT)]) == 4
    assert await bars.load("realtime", AAPL, until=LATER) == [bar(0), bar(1), bar(2)]
    assert (await bars.load("realtime", AAPL, until=LATER))[0].at.tzinfo is UTC


async def test_the_same_again_changes_nothing(
    bars: BarStore, bare: psycopg.AsyncConnection[tuple[object, ...]]
) -> None:
    await bars.store(REAL, [bar(0), bar(1)])
    assert await bars.store(REAL, [bar(0), bar(1)]) == 0
    cursor = await bare.execute("SELECT count(DISTINCT xmin::text) FROM bars")
    assert await cursor.fetchone() == (1,), "not even a new version of a row was written"


async def test_a_corrected_bar_replaces_the_old(bars: BarStore) -> None:
    await bars.store(REAL, [bar(0), bar(1)])
    better = replace(bar(1), ask=101.2, ask_size=5)
    assert await bars.store(REAL, [bar(0), better, bar(2)]) == 2
    assert await bars.load("realtime", AAPL, until=LATER) == [bar(0), better, bar(2)]


async def test_of_one_bar_given_twice_the_later_counts(bars: BarStore) -> None:
    assert await bars.store(REAL, [bar(0), bar(0, close=102.2)]) == 1
    assert await bars.load("realtime", AAPL, until=LATER) == [bar(0, close=102.2)]


async def test_feeds_never_meet(bars: BarStore) -> None:
    await bars.store(REAL, [bar(0)])
    assert await bars.store(DRAWN, [bar(0, close=102.2), bar(1)]) == 2
    assert await bars.load("realtime", AAPL, until=LATER) == [bar(0)]
    assert len(await bars.load("simulation:7", AAPL, until=LATER)) == 2
    assert await bars.load("simulation:8", AAPL, until=LATER) == []
    assert (await bars.count("realtime"), await bars.count("simulation:7")) == (1, 2)


async def test_lengths_never_meet(bars: BarStore) -> None:
    await bars.store(REAL, [bar(0), replace(bar(0), interval_s=300)])
    assert await bars.load("realtime", AAPL, until=LATER) == [bar(0)]
    (five,) = await bars.load("realtime", AAPL, until=LATER, interval_s=300)
    assert five.interval_s == 300


async def test_what_had_not_closed_yet_is_not_known(bars: BarStore) -> None:
    await bars.store(REAL, [bar(0), bar(1), bar(2)])
    moment = OPEN + timedelta(minutes=2)
    assert await bars.load("realtime", AAPL, until=moment) == [bar(0), bar(1)]
    just_before = moment - timedelta(microseconds=1)
    assert await bars.load("realtime", AAPL, until=just_before) == [bar(0)]


async def test_since_and_limit_narrow(bars: BarStore) -> None:
    await bars.store(REAL, [bar(n) for n in range(5)])
    since = OPEN + timedelta(minutes=1)
    assert await bars.load("realtime", AAPL, until=LATER, since=since, limit=9) == [
        bar(n) for n in range(1, 5)
    ]
    assert await bars.load("realtime", AAPL, until=LATER, limit=2) == [bar(3), bar(4)]


async def test_nothing_is_nothing(bars: BarStore) -> None:
    assert await bars.store(REAL, []) == 0
    assert await bars.load("realtime", AAPL, until=LATER) == []


async def test_a_day_of_many_symbols_is_stored_in_one_go(bars: BarStore) -> None:
    symbols = [symbol(f"S{n}") for n in range(20)]
    day = [bar(minute, of) for of in symbols for minute in range(390)]
    assert await bars.store(REAL, day) == 20 * 390
    assert await bars.store(REAL, day) == 0
    assert await bars.count("realtime") == 20 * 390
