"""Stored bars into Parquet files and out of them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from qt_trade.market.adjustment import adjusted
from qt_trade.market.bar_file import read_bars, write_bars
from qt_trade.market.calendar import NEW_YORK
from qt_trade.model.adjustments import Adjust
from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol
from qt_trade.storage.actions import ActionStore
from qt_trade.storage.bars import BarOrigin, BarStore
from qt_trade.storage.database import Database

IMPORTED = "import"
"""Stands as the provider of bars that a person brought."""


@dataclass(frozen=True, slots=True)
class Export:
    """Which bars to write. No symbols: all."""

    source_key: str
    symbols: Sequence[Symbol]
    interval_s: int
    since: datetime | None
    until: datetime
    adjust: Adjust = Adjust.NOTHING


class BarFiles:
    """The bars of a database."""

    def __init__(self, database: Database) -> None:
        self._bars = BarStore(database)
        self._actions = ActionStore(database)

    async def feeds(self) -> dict[str, int]:
        """Return how many bars each feed has, by its source key."""
        return await self._bars.feeds()

    async def export(self, path: Path, wanted: Export) -> dict[Symbol, int]:
        """Write a file, or into a folder one per symbol; return how many bars of each symbol.

        Raises StorageError, OSError, and ValueError for dividends that cannot be.
        """
        folder = await asyncio.to_thread(path.is_dir)
        symbols = wanted.symbols or await self._bars.symbols(wanted.source_key, wanted.interval_s)
        found: dict[Symbol, list[Bar]] = {}
        for symbol in symbols:
            bars = await self._bars_of(symbol, wanted)
            if folder and bars:
                write_bars(path / f"{symbol}.parquet", bars)
            found[symbol] = bars
        together = [bar for bars in found.values() for bar in bars]
        if together and not folder:
            write_bars(path, together)
        return {symbol: len(bars) for symbol, bars in found.items()}

    async def take(self, path: Path, source_key: str, feed: FeedKind) -> tuple[int, int]:
        """Store a file's bars, or a folder's; return how many there are and how many were new.

        Raises BadRecordingError, StorageError.
        """
        bars = read_bars(path)
        return len(bars), await self._bars.store(BarOrigin(source_key, feed, IMPORTED), bars)

    async def _bars_of(self, symbol: Symbol, wanted: Export) -> list[Bar]:
        bars = await self._bars.load(
            wanted.source_key,
            symbol,
            until=wanted.until,
            since=wanted.since,
            interval_s=wanted.interval_s,
        )
        if wanted.adjust is Adjust.NOTHING:
            return bars
        actions = await self._actions.load(wanted.source_key, symbol)
        as_of = wanted.until.astimezone(NEW_YORK).date()
        return adjusted(bars, actions, as_of=as_of, dividends=wanted.adjust is Adjust.ALL)


@asynccontextmanager
async def bar_files(database_url: str) -> AsyncIterator[BarFiles]:
    """Open the bars of a database."""
    database = Database(database_url, name="data", pool_size=1)
    try:
        yield BarFiles(database)
    finally:
        await database.close()
