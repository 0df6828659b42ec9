"""How quickly bars get into PostgreSQL, against a bare COPY of the same rows."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from statistics import median

import psycopg

from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import symbol
from qt_trade.storage.bar_rows import COLUMNS, chunks, series_of
from qt_trade.storage.bars import BarOrigin, BarStore
from qt_trade.storage.database import Database, Driver
from qt_trade.storage.migrate import migrate

SYMBOLS = 20
DAYS = 20
MINUTES = 390
REPEATS = 5

_ORIGIN = BarOrigin("bench", FeedKind.SIMULATION, "bench")
_FLOOR = "CREATE TABLE bench_floor (LIKE bars INCLUDING ALL)"
_BINARY = f"COPY bench_floor ({COLUMNS}) FROM STDIN (FORMAT binary)".encode()
_BY_ROWS = f"COPY bench_floor ({COLUMNS}) FROM STDIN".encode()


@dataclass(frozen=True, slots=True)
class BarsCopied:
    """Bars per second, medians of several repeats.

    ``fresh``: into an empty time; ``again``: the same bars once more. ``floor``: a bare COPY of the
    same rows, whose bytes were built beforehand, into a table with the same primary key.
    ``by_rows``: the same COPY as the driver does it, row by row.
    """

    bars: int
    fresh: float
    again: float
    floor: float
    by_rows: float

    @property
    def ratio(self) -> float:
        """Fresh bars against the floor: 1 would be as quick as PostgreSQL takes rows at all."""
        return self.fresh / self.floor


def measure(url: str) -> BarsCopied:
    """Measure in a database that nobody else uses meanwhile; its tables are made if need be."""
    return asyncio.run(_measure(url))


async def _measure(url: str) -> BarsCopied:
    await migrate(url)
    bars = _bars()
    database = Database(url, name="bench", pool_size=1)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as bare:
        try:
            store = BarStore(database)
            await store.store(_ORIGIN, bars[:1])  # the partition is there, as on any day
            fresh, again, floor, by_rows = [], [], [], []
            for _ in range(REPEATS):
                floor.append(await _floor(bare, bars))
                await bare.execute("DELETE FROM bars WHERE source_key = 'bench'")
                await bare.execute("VACUUM bars")
                fresh.append(await _timed(lambda: store.store(_ORIGIN, bars)))
                again.append(await _timed(lambda: store.store(_ORIGIN, bars)))
                by_rows.append(await _by_rows(bare, bars))
        finally:
            await database.close()
    rates = (len(bars) / median(seconds) for seconds in (fresh, again, floor, by_rows))
    return BarsCopied(len(bars), *rates)


async def _floor(bare: Driver, bars: list[Bar]) -> float:
    built = list(chunks(("bench", "SIMULATION", "bench"), series_of(bars)))

    async def copy() -> None:
        async with bare.transaction(), bare.cursor() as cursor, cursor.copy(_BINARY) as copying:
            for chunk in built:
                await copying.write(chunk)

    await bare.execute(_FLOOR)
    seconds = await _timed(copy)
    await bare.execute("DROP TABLE bench_floor")
    return seconds


async def _by_rows(bare: Driver, bars: list[Bar]) -> float:
    rows = [
        ("bench", "SIMULATION", "bench", bar.symbol, bar.interval_s, bar.at, bar.open, bar.high,
         bar.low, bar.close, bar.volume, bar.bid, bar.bid_size, bar.ask, bar.ask_size)
        for bar in bars
    ]  # fmt: skip

    async def copy() -> None:
        async with bare.transaction(), bare.cursor() as cursor, cursor.copy(_BY_ROWS) as copying:
            for row in rows:
                await copying.write_row(row)

    await bare.execute(_FLOOR)
    seconds = await _timed(copy)
    await bare.execute("DROP TABLE bench_floor")
    return seconds


async def _timed(work: Callable[[], Awaitable[object]]) -> float:
    begun = time.perf_counter()
    await work()
    return time.perf_counter() - begun


def _bars() -> list[Bar]:
    begins = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
    first = Bar(symbol("S"), begins, 60, 100.1, 103.3, 99.9, 101.1, 12_345, 101.0, 100, 101.2, 200)
    return [
        replace(first, symbol=symbol(f"S{number}"), at=begins + timedelta(days=day, minutes=minute))
        for number in range(SYMBOLS)
        for day in range(DAYS)
        for minute in range(MINUTES)
    ]
