"""Bars lie in partitions that are made on demand, by any number of writers, and go as a whole."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from tests.servers import fresh_database
from tests.unit.storage.waits import until_blocked

import qt_trade.storage as storage_room
from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol, symbol
from qt_trade.storage.bar_rows import moment, series_of
from qt_trade.storage.bars import BarOrigin, BarStore
from qt_trade.storage.database import Database
from qt_trade.storage.errors import UnreachableError
from qt_trade.storage.migrate import migrate

pytestmark = pytest.mark.asyncio

Bare = psycopg.AsyncConnection[tuple[object, ...]]
REAL = BarOrigin("realtime", FeedKind.REAL_TIME, "yahoo")
DRAWN = BarOrigin("simulation:7", FeedKind.SIMULATION, "simulation")
AAPL = symbol("AAPL")
NEW_YEARS_EVE = datetime(2025, 12, 31, 23, 58, tzinfo=UTC)
FOR_EVER = datetime(2100, 1, 1, tzinfo=UTC)


def bar(at: datetime, interval_s: int = 60, of: Symbol = AAPL, close: float = 101.1) -> Bar:
    return Bar(of, at, interval_s, 100.1, 103.3, 99.9, close, 12_345)


def minutes(count: int, begins: datetime = NEW_YEARS_EVE) -> list[Bar]:
    return [bar(begins + timedelta(minutes=number)) for number in range(count)]


@pytest.fixture
def bars(database: Database) -> BarStore:
    return BarStore(database)


async def tables(bare: Bare) -> set[str]:
    found = await bare.execute(
        "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'"
    )
    return {str(name) for (name,) in await found.fetchall()}


async def test_minutes_lie_by_month_and_days_by_year(bars: BarStore, bare: Bare) -> None:
    """Bars of several lengths over the turn of a year find each its own table."""
    given = [*minutes(4), bar(NEW_YEARS_EVE, 300), bar(NEW_YEARS_EVE, 86_400)]
    assert await bars.store(REAL, given) == 6
    assert await tables(bare) == {
        "bars_60s_2025_12", "bars_60s_2026_01", "bars_300s_2025_12", "bars_86400s_2025",
    }  # fmt: skip
    assert await bars.load("realtime", AAPL, until=FOR_EVER) == minutes(4)


async def test_a_length_nobody_thought_of_and_a_far_year_have_a_place(bars: BarStore) -> None:
    """No row is lost for want of a partition."""
    odd = [bar(datetime(1962, 1, 2, 5, tzinfo=UTC), 7), bar(datetime(2091, 7, 3, tzinfo=UTC), 7)]
    assert await bars.store(REAL, odd) == 2
    assert await bars.load("realtime", AAPL, until=FOR_EVER, interval_s=7) == odd


async def test_many_writers_of_one_time_store_each_bar_once(
    database_url: str, bars: BarStore
) -> None:
    """Eight doors store overlapping bars into times that had no partition: none fails or doubles."""
    doors = [Database(database_url, name=f"writer {number}") for number in range(8)]
    lots = [minutes(300, NEW_YEARS_EVE + timedelta(minutes=40 * n)) for n in range(8)]
    try:
        await asyncio.gather(
            *(BarStore(door).store(REAL, lot) for door, lot in zip(doors, lots, strict=True))
        )
    finally:
        for door in doors:
            await door.close()
    assert await bars.load("realtime", AAPL, until=FOR_EVER) == minutes(300 + 7 * 40)


async def test_whoever_is_overtaken_while_it_copies_merges(
    bars: BarStore, bare: Bare, database_url: str, other_database: Database
) -> None:
    """Another's bar, not committed yet when ours looked, is met in the middle of the COPY."""
    await bars.store(REAL, [bar(NEW_YEARS_EVE - timedelta(days=1))])  # the partition is there
    async with bare.transaction():
        await bare.execute(
            "INSERT INTO bars SELECT source_key, symbol, interval_s, %s, feed, 'other', open, high,"
            " low, close, volume FROM bars",
            [NEW_YEARS_EVE + timedelta(minutes=1)],
        )
        storing = asyncio.create_task(BarStore(other_database).store(REAL, minutes(2)))
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as look:
            await until_blocked(look, "other test")
    assert await storing == 2
    assert len(await bars.load("realtime", AAPL, until=FOR_EVER)) == 3


async def test_old_partitions_go_as_a_whole(bars: BarStore, bare: Bare) -> None:
    """Retention drops what ended before, keeps what reaches over, and stores into the gap again."""
    await bars.store(REAL, minutes(4))
    turn = datetime(2026, 1, 1, tzinfo=UTC)
    assert await bars.drop("realtime", 60, turn - timedelta(seconds=1)) == 0
    assert await bars.drop("realtime", 60, turn) == 1
    assert await tables(bare) == {"bars_60s_2026_01"}
    assert await bars.load("realtime", AAPL, until=FOR_EVER) == minutes(4)[2:]
    assert await bars.store(REAL, minutes(4)) == 2


async def test_a_writer_finds_that_its_partition_went(
    bars: BarStore, other_database: Database
) -> None:
    """What one door dropped, another that remembers it makes anew."""
    other = BarStore(other_database)
    await other.store(REAL, minutes(2))
    assert await bars.drop("realtime", 60, FOR_EVER) == 1
    assert await other.store(REAL, minutes(2)) == 2


async def test_another_feeds_bars_of_the_same_time_stay(bars: BarStore) -> None:
    """A simulation of old days loses nothing to the retention of real time."""
    await bars.store(REAL, minutes(2))
    await bars.store(DRAWN, minutes(2))
    assert await bars.drop("realtime", 60, FOR_EVER) == 0
    assert (await bars.count("realtime"), await bars.count("simulation:7")) == (0, 2)


async def test_a_partition_in_use_is_not_waited_for_long(bars: BarStore, bare: Bare) -> None:
    """Retention gives up rather than keep everybody waiting behind it."""
    await bars.store(REAL, minutes(2))
    async with bare.transaction():
        await bare.execute("LOCK TABLE bars_60s_2025_12 IN ACCESS SHARE MODE")
        with pytest.raises(UnreachableError, match="lock timeout"):
            await bars.drop("realtime", 60, FOR_EVER)
    assert await bars.count("realtime") == 2


async def test_series_are_sorted_and_exact_to_the_microsecond() -> None:
    """Bars in any order become series by symbol and length, each in order of time."""
    odd = NEW_YEARS_EVE + timedelta(microseconds=7)
    found = series_of([bar(odd), bar(NEW_YEARS_EVE), bar(NEW_YEARS_EVE, 300), bar(odd)])
    assert [(one.interval_s, [moment(at) for at in one.starts]) for one in found] == [
        (60, [NEW_YEARS_EVE, odd]), (300, [NEW_YEARS_EVE]),
    ]  # fmt: skip


async def test_bars_stored_before_there_were_partitions_are_moved(postgres_url: str) -> None:
    """A database of the version before keeps every bar, to the last field."""
    with fresh_database(postgres_url, "bars_before", "template0") as url:
        await _upgrade(url, "0003")
        with psycopg.connect(url) as connection:
            connection.execute(
                "INSERT INTO bars SELECT 'realtime', 'AAPL', s, timestamptz '2025-12-31 23:00Z'"
                " + n * interval '1 minute', 'REAL-TIME', 'yahoo', 1, 3, 0.5, 2, n, 1.5, 7, NULL, 9"
                " FROM generate_series(0, 99) n, unnest(ARRAY[60, 86400]) s"
            )
        await migrate(url)
        await migrate(url)
        with psycopg.connect(url) as connection:
            found = connection.execute(
                "SELECT interval_s, count(*), sum(volume), max(ask_size), tableoid::regclass::text"
                " FROM bars GROUP BY interval_s, tableoid ORDER BY 1, 5"
            ).fetchall()
    assert found == [
        (60, 60, 1770, 9, "bars_60s_2025_12"),
        (60, 40, 3180, 9, "bars_60s_2026_01"),
        (86_400, 60, 1770, 9, "bars_86400s_2025"),
        (86_400, 40, 3180, 9, "bars_86400s_2026"),
    ]


async def _upgrade(url: str, revision: str) -> None:
    database = Database(url, name="old", pool_size=1)

    def upgrade(connection: Connection) -> None:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", f"{_folders()[0]}/migrations")
        command.upgrade(config, revision)

    try:
        async with database.transaction() as connection:
            await connection.run_sync(upgrade)
    finally:
        await database.close()


def _folders() -> list[str]:
    paths: Iterable[str] = storage_room.__path__
    return list(paths)
