"""How fast bars are stored, beside a COPY of the same bytes and nothing else."""

import asyncio
import gc
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import median

import psycopg

from qt_trade.bench.result import Row, figure, ratio_at_least
from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol
from qt_trade.storage.bar_rows import COLUMNS, chunks, series_of
from qt_trade.storage.bars import BarOrigin, BarStore
from qt_trade.storage.database import Database
from qt_trade.storage.migrate import migrate

STORED_MIN = 0.6
_BEGAN = datetime(2026, 11, 2, 14, 30, tzinfo=UTC)
_KEY = "PRIMARY KEY (source_key, symbol, interval_s, at)"
EMPTY = f"DROP TABLE IF EXISTS bare; CREATE TABLE bare (LIKE bars, {_KEY})"


async def bar_rows(url: str, symbols: int, minutes: int, repeats: int) -> list[Row]:
    """Measure a session of many symbols: stored, stored again, and copied bare.

    The floor is ready-made bytes, in one COPY, into an empty table of the same columns and key.
    """
    await migrate(url)
    bars = made_bars(symbols, minutes)
    database = Database(url, name="bench")
    stores: list[float] = []
    again: list[float] = []
    floors: list[float] = []
    try:
        store = BarStore(database)
        for number in range(repeats + 1):
            origin = BarOrigin(f"bench:{number}", FeedKind.SIMULATION, "bench")
            stores.append(await _stored(store, origin, bars, len(bars)))
            again.append(await _stored(store, origin, bars, 0))
            floors.append(await asyncio.to_thread(_copied, url, origin, bars))
    finally:
        await database.close()
    # The first warms up and does not count.
    rate, rate_again, floor = (len(bars) / median(one[1:]) for one in (stores, again, floors))
    return [
        ratio_at_least(f"bars stored, {len(bars):,} at once", rate, "1/s", STORED_MIN, floor),
        figure("the same bars stored again, all of them known", rate_again, "1/s", floor),
    ]


def made_bars(symbols: int, minutes: int) -> list[Bar]:
    """Return the minutes of one session, symbol by symbol."""
    bars = []
    for symbol in (Symbol(f"S{number}") for number in range(symbols)):
        for minute in range(minutes):
            price = 100 + minute % 50 / 10
            at = _BEGAN + timedelta(minutes=minute)
            prices = (price, price + 0.1, price - 0.1, price)
            bars.append(Bar(symbol, at, 60, *prices, 1_000 + minute))
    return bars


async def _stored(store: BarStore, origin: BarOrigin, bars: Sequence[Bar], changed: int) -> float:
    gc.collect()
    began = time.perf_counter()
    found = await store.store(origin, bars)
    took = time.perf_counter() - began
    if found != changed:
        raise RuntimeError(f"{found} of {len(bars)} bars were new, not {changed}")
    return took


def _copied(url: str, origin: BarOrigin, bars: Sequence[Bar]) -> float:
    of = (origin.source_key, origin.feed.value, origin.provider)
    pieces = list(chunks(of, series_of(bars)))
    with psycopg.connect(url) as connection:
        connection.execute(EMPTY)
        connection.commit()
        began = time.perf_counter()
        statement = f"COPY bare ({COLUMNS}) FROM STDIN (FORMAT binary)"
        with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            for piece in pieces:
                copy.write(piece)
        connection.commit()
        return time.perf_counter() - began
