"""Closed bars, kept apart by the feed they came from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from sqlalchemy import Row, func, select, text

from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol
from qt_trade.storage.database import Database, driver_of
from qt_trade.storage.tables import BARS

STORE_TIMEOUT_S = 120.0

_COLUMNS = (
    "symbol", "interval_s", "at", "open", "high", "low", "close", "volume",
    "bid", "bid_size", "ask", "ask_size",
)  # fmt: skip
_fields = attrgetter(*_COLUMNS)
_TYPES = (
    "text", "int4", "timestamptz", "float8", "float8", "float8", "float8", "int8",
    "float8", "int8", "float8", "int8",
)  # fmt: skip

_ARRIVALS = """
CREATE TEMPORARY TABLE IF NOT EXISTS arriving_bars (
    symbol text, interval_s int4, at timestamptz, open float8, high float8, low float8,
    close float8, volume int8, bid float8, bid_size int8, ask float8, ask_size int8
) ON COMMIT DELETE ROWS
"""
_COPY = """
COPY arriving_bars (symbol, interval_s, at, open, high, low, close, volume,
                    bid, bid_size, ask, ask_size) FROM STDIN (FORMAT binary)
"""
_MERGE = text("""
INSERT INTO bars AS kept (source_key, feed, provider, symbol, interval_s, at,
    open, high, low, close, volume, bid, bid_size, ask, ask_size)
SELECT :source_key, :feed, :provider, symbol, interval_s, at,
    open, high, low, close, volume, bid, bid_size, ask, ask_size
FROM arriving_bars
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
""")


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

    async def store(self, origin: BarOrigin, bars: Iterable[Bar]) -> int:
        """Store bars, replacing older versions of the same ones; return how many were new or other.

        Of one bar given twice the later counts. Raises UnreachableError, InvalidValueError.
        """
        latest = {(bar.symbol, bar.interval_s, bar.at): bar for bar in bars}
        if not latest:
            return 0
        async with self._database.transaction(answer_timeout_s=STORE_TIMEOUT_S) as connection:
            await connection.execute(text(_ARRIVALS))
            driver = await driver_of(connection)
            async with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
                copy.set_types(_TYPES)
                for bar in latest.values():
                    await copy.write_row(_fields(bar))
            merged = await connection.execute(
                _MERGE,
                {
                    "source_key": origin.source_key,
                    "feed": origin.feed.value,
                    "provider": origin.provider,
                },
            )
            return merged.rowcount

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

    async def count(self, source_key: str) -> int:
        """Return how many bars a feed has."""
        counted = select(func.count()).select_from(BARS).where(BARS.c.source_key == source_key)
        async with self._database.transaction() as connection:
            return (await connection.execute(counted)).scalar_one()


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
