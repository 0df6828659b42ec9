"""The partitions of the bars: by length, and within it by month, or by year for daily ones.

The rule itself stands in the database (``bars_partition``); here it is only remembered.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from qt_trade.storage.bar_rows import Series, micros, moment
from qt_trade.storage.database import Database

LOCK_S = 2
"""How long a partition that is to go may be waited for, while everybody else waits behind."""


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """A table for the bars of one length that begin in [begins, ends), in Unix microseconds."""

    interval_s: int
    begins: int
    ends: int
    name: str


class Partitions:
    """Finds the partition of a bar, and makes it when it is the first of its time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[int, list[Partition]] = {}

    def forget(self) -> None:
        """Believe nothing: somebody may have dropped what was known."""
        self._known.clear()

    async def split(self, lots: list[Series]) -> dict[Partition, list[Series]]:
        """Cut series where partitions end; all of them are there then. In order of partitions."""
        parts: dict[Partition, list[Series]] = {}
        for series in lots:
            start = 0
            while start < len(series.starts):
                partition = await self._of(series.interval_s, series.starts[start])
                end = bisect_right(series.starts, partition.ends - 1, start)
                piece = series
                if end - start < len(series.starts):
                    starts, bars = series.starts[start:end], series.bars[start:end]
                    piece = Series(series.symbol, series.interval_s, starts, bars)
                parts.setdefault(partition, []).append(piece)
                start = end
        return {partition: parts[partition] for partition in sorted(parts)}

    async def drop(self, source_key: str, interval_s: int, before: datetime) -> int:
        """Let go of a feed's bars in the partitions that ended by ``before``; return how many went.

        A partition that holds bars of another feed, too, stays and only loses this feed's. Raises
        UnreachableError while somebody uses one for long.
        """
        mine, dropped = {"mine": source_key}, 0
        async with self._database.transaction() as connection:
            await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_S}s'"))
            await connection.execute(text(_LOCK))
            asked = {"parent": f"bars_{interval_s}s", "before": before}
            for (name,) in (await connection.execute(text(_OVER), asked)).all():
                # The names are the catalogue's own.
                others = f"SELECT EXISTS (SELECT FROM {name} WHERE source_key <> :mine)"  # noqa: S608
                if (await connection.execute(text(others), mine)).scalar_one():
                    await connection.execute(
                        text(f"DELETE FROM {name} WHERE source_key = :mine"),  # noqa: S608
                        mine,
                    )
                else:
                    await connection.execute(text(f"DROP TABLE {name}"))
                    dropped += 1
        self.forget()
        return dropped

    async def _of(self, interval_s: int, at_us: int) -> Partition:
        for partition in self._known.get(interval_s, ()):
            if partition.begins <= at_us < partition.ends:
                return partition
        asked = {"interval_s": interval_s, "at": moment(at_us)}
        # In a transaction of its own: others wait for it no longer than it takes to make a table.
        async with self._database.transaction() as connection:
            row = (await connection.execute(text(_MAKE), asked)).one()
        made = Partition(interval_s, micros(row.begins), micros(row.ends), row.name)
        self._known.setdefault(interval_s, []).append(made)
        return made


_MAKE = "SELECT name, begins, ends FROM bars_partition(:interval_s, :at)"
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('qtrade.bars_partition', 0))"
_OVER = r"""
SELECT child.relname FROM pg_inherits
JOIN pg_class child ON child.oid = inhrelid
JOIN pg_class parent ON parent.oid = inhparent
WHERE parent.relname = :parent
  AND substring(pg_get_expr(child.relpartbound, child.oid) FROM 'TO \(''([^'']+)''\)')::timestamptz
      <= :before
ORDER BY child.relname
"""
