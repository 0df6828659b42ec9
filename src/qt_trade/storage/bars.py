"""Closed bars, kept apart by the feed they came from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import cast

import psycopg
from sqlalchemy import Row, func, select

from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol
from qt_trade.storage.bar_rows import COLUMNS, Series, chunks, series_of
from qt_trade.storage.database import Database, Driver, driver_of
from qt_trade.storage.errors import StorageError
from qt_trade.storage.partitions import Partition, Partitions
from qt_trade.storage.tables import BARS

STORE_TIMEOUT_S = 120.0
_DAY_S = 86_400
ATTEMPTS = 3
"""How often bars are stored anew when another writer, or a partition that went, was in the way."""

_IN_THE_WAY = frozenset({"40P01", "42P01", "23514"})
"""A deadlock; the partition is gone, or was looked for where it no longer is."""

_ARRIVALS = """
CREATE TEMPORARY TABLE IF NOT EXISTS arriving_bars (LIKE bars) ON COMMIT DELETE ROWS
"""
_MET = """
SELECT one.number FROM unnest(%s::text[], %s::bigint[], %s::bigint[])
    WITH ORDINALITY AS one (symbol, first, last, number)
WHERE EXISTS (
    SELECT FROM {table} AS kept
    WHERE kept.source_key = %s AND kept.interval_s = %s AND kept.symbol = one.symbol
      AND kept.at BETWEEN to_timestamp(one.first / 1000000) AND to_timestamp(one.last / 1000000 + 1)
)
"""
_MERGE = f"""
INSERT INTO bars AS kept ({COLUMNS})
SELECT {COLUMNS} FROM arriving_bars
ON CONFLICT (source_key, symbol, interval_s, at) DO UPDATE SET
    feed = excluded.feed, provider = excluded.provider,
    open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
    volume = excluded.volume, bid = excluded.bid, bid_size = excluded.bid_size,
    ask = excluded.ask, ask_size = excluded.ask_size
WHERE (kept.feed, kept.provider, kept.open, kept.high, kept.low, kept.close, kept.volume,
       kept.bid, kept.bid_size, kept.ask, kept.ask_size)
    IS DISTINCT FROM
      (excluded.feed, excluded.provider, excluded.open, excluded.high, excluded.low,
       excluded.close, excluded.volume, excluded.bid, excluded.bid_size, excluded.ask,
       excluded.ask_size)
""".encode()  # noqa: S608  # our own columns


@dataclass(frozen=True, slots=True)
class BarOrigin:
    """Where bars come from. ``source_key`` names the feed (``realtime``, ``simulation:7``).

    Bars of different source keys never meet. ``provider`` is who delivered them.
    """

    source_key: str
    feed: FeedKind
    provider: str


class BarStore:
    """All bars of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._partitions = Partitions(database)

    async def store(self, origin: BarOrigin, bars: Iterable[Bar]) -> int:
        """Store bars, replacing older versions of the same ones; return how many were new or other.

        Of one bar given twice the later counts. All of them are stored, or none. Raises
        UnreachableError, InvalidValueError.
        """
        lots = series_of(bars)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._store(origin, lots)
            except (StorageError, psycopg.Error) as error:
                if attempt == ATTEMPTS or _state_of(error) not in _IN_THE_WAY:
                    raise
                self._partitions.forget()
        raise AssertionError("the last attempt returns or raises")

    async def _store(self, origin: BarOrigin, lots: list[Series]) -> int:
        if not lots:
            return 0
        parts = await self._partitions.split(lots)
        changed, known = 0, []
        async with self._database.transaction(answer_timeout_s=STORE_TIMEOUT_S) as connection:
            driver = await driver_of(connection)
            for partition, pieces in parts.items():
                copied, met = await _copy_fresh(driver, origin, partition, pieces)
                changed += copied
                known += met
            if known:
                changed += await _merge(driver, origin, known)
        return changed

    async def drop(self, source_key: str, interval_s: int, before: datetime) -> int:
        """Let go of a feed's bars in the partitions that ended by ``before``; return how many went.

        Raises UnreachableError while somebody uses one for long.
        """
        return await self._partitions.drop(source_key, interval_s, before)

    async def load(
        self,
        source_key: str,
        symbol: Symbol,
        *,
        until: datetime,
        since: datetime | None = None,
        interval_s: int = 60,
        limit: int | None = None,
    ) -> list[Bar]:
        """Return the bars that had closed by ``until`` (feed time), oldest first.

        ``since``: only bars that began at or after it. ``limit``: only the newest so many.
        ``until`` has no default: an earlier lap of a replay may have stored what is still to come.
        """
        wanted = (
            select(BARS)
            .where(
                BARS.c.source_key == source_key,
                BARS.c.symbol == symbol,
                BARS.c.interval_s == interval_s,
                BARS.c.at <= until - timedelta(seconds=interval_s),
            )
            .order_by(BARS.c.at.desc())
            .limit(limit)
        )
        if since is not None:
            wanted = wanted.where(BARS.c.at >= since)
        async with self._database.transaction() as connection:
            rows: Sequence[Row[tuple[object, ...]]] = (await connection.execute(wanted)).all()
        return [_bar(row) for row in reversed(rows)]

    async def symbols(self, source_key: str, interval_s: int) -> list[Symbol]:
        """Return the symbols that a feed has bars of an interval of."""
        wanted = (
            select(BARS.c.symbol)
            .where(BARS.c.source_key == source_key, BARS.c.interval_s == interval_s)
            .distinct()
            .order_by(BARS.c.symbol)
        )
        async with self._database.transaction() as connection:
            return [Symbol(name) for name in (await connection.execute(wanted)).scalars()]

    async def days(
        self, source_key: str, symbols: Iterable[Symbol], since: datetime, until: datetime
    ) -> list[date]:
        """Return the days of New York on which any of these symbols has bars within the day."""
        day = func.date(func.timezone("America/New_York", BARS.c.at))
        wanted = select(day).where(
            BARS.c.source_key == source_key,
            BARS.c.symbol.in_(list(symbols)),
            BARS.c.interval_s < _DAY_S,
            BARS.c.at >= since,
            BARS.c.at < until,
        )
        async with self._database.transaction() as connection:
            return sorted((await connection.execute(wanted.distinct())).scalars())

    async def feeds(self) -> dict[str, int]:
        """Return how many bars each feed has, by source key."""
        wanted = select(BARS.c.source_key, func.count()).group_by(BARS.c.source_key)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(wanted)).all()
        return {row[0]: row[1] for row in rows}

    async def count(self, source_key: str) -> int:
        """Return how many bars a feed has."""
        counted = select(func.count()).select_from(BARS).where(BARS.c.source_key == source_key)
        async with self._database.transaction() as connection:
            return (await connection.execute(counted)).scalar_one()


async def _copy_fresh(
    driver: Driver, origin: BarOrigin, partition: Partition, pieces: list[Series]
) -> tuple[int, list[Series]]:
    """Copy what meets nothing straight into its partition; return how many, and the rest."""
    met = await _met(driver, origin, partition, pieces)
    fresh = [piece for number, piece in enumerate(pieces, 1) if number not in met]
    if fresh:
        try:
            async with driver.transaction():  # a savepoint
                copied = await _copy(driver, origin, partition.name, fresh)
        except psycopg.errors.UniqueViolation:
            return 0, pieces  # another writer was quicker with some of them
        return copied, [piece for number, piece in enumerate(pieces, 1) if number in met]
    return 0, pieces


async def _met(
    driver: Driver, origin: BarOrigin, partition: Partition, pieces: list[Series]
) -> set[int]:
    """Return which series, counted from 1, lie where bars are stored already."""
    asked = (
        [piece.symbol for piece in pieces],
        [piece.starts[0] for piece in pieces],
        [piece.starts[-1] for piece in pieces],
        origin.source_key,
        partition.interval_s,
    )
    found = await driver.execute(_MET.format(table=partition.name).encode(), asked)
    return {cast("int", number) for (number,) in await found.fetchall()}


async def _copy(driver: Driver, origin: BarOrigin, table: str, lots: list[Series]) -> int:
    statement = f"COPY {table} ({COLUMNS}) FROM STDIN (FORMAT binary)"
    of = (origin.source_key, origin.feed.value, origin.provider)
    async with driver.cursor() as cursor:
        async with cursor.copy(statement.encode()) as copy:
            for chunk in chunks(of, lots):
                await copy.write(chunk)
        return cursor.rowcount


async def _merge(driver: Driver, origin: BarOrigin, lots: list[Series]) -> int:
    await driver.execute(_ARRIVALS)
    await _copy(driver, origin, "arriving_bars", lots)
    merged = await driver.execute(_MERGE)
    return merged.rowcount


def _state_of(error: BaseException) -> str | None:
    """Return PostgreSQL's own name of what went wrong, however it is wrapped."""
    state: str | None = None
    cause: BaseException | None = error
    while cause is not None and state is None:
        state = getattr(cause, "sqlstate", None)
        cause = cause.__cause__ or getattr(cause, "orig", None)
    return state


def _bar(row: Row[tuple[object, ...]]) -> Bar:
    return Bar(
        symbol=Symbol(row.symbol),
        at=row.at.astimezone(UTC),
        interval_s=row.interval_s,
        open=row.open,
        high=row.high,
        low=row.low,
        close=row.close,
        volume=row.volume,
        bid=row.bid,
        bid_size=row.bid_size,
        ask=row.ask,
        ask_size=row.ask_size,
    )
