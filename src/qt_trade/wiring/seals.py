"""The sealed claims of all feeds, opened to be verified: PostgreSQL itself refuses every change."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from qt_trade.storage.claims import ClaimStore, NotedEnd, SealCheck, claimed_feeds
from qt_trade.storage.database import Database


class Seals:
    """Verifies them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def feeds(self) -> list[str]:
        """Return the feeds of which claims are sealed. Raises StorageError."""
        return await claimed_feeds(self._database)

    async def verify(self, feed: str, noted: NotedEnd | None) -> SealCheck:
        """Compute a feed's chain anew. Raises StorageError."""
        return await ClaimStore(self._database, feed).verify(noted)


@asynccontextmanager
async def reading_seals(database_url: str) -> AsyncIterator[Seals]:
    """Open a database to look at its seals."""
    database = Database(database_url, name="seals", pool_size=1, read_only=True)
    try:
        yield Seals(database)
    finally:
        await database.close()
