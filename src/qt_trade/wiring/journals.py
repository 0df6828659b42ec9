"""The journals of all accounts, opened to be read: PostgreSQL itself refuses every change."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from qt_trade.storage.database import Database
from qt_trade.storage.journal import Journal, journalled_accounts
from qt_trade.trading.reading import Entry, read_entry
from qt_trade.trading.soundness import Soundness
from qt_trade.wiring.leadership import once_keys


@dataclass(frozen=True, slots=True)
class Noted:
    """What a person noted elsewhere of a journal: so many entries had this head."""

    entries: int
    head: bytes


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found of an account's journal.

    ``broken``: the first entry that is not what was written; None when all are. ``head``: the
    hash of the last good one. ``noted``: whether it is the journal that was noted, None where
    nothing was asked or its count was not reached.
    """

    account: str
    entries: int
    head: bytes
    broken: Entry | None
    first: Entry | None
    last: Entry | None
    soundness: Soundness
    noted: bool | None


class Journals:
    """Reads them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accounts(self) -> list[str]:
        """Return the accounts that have a journal, the one written to last at the end."""
        return await journalled_accounts(self._database)

    async def verify(self, account: str, noted: Noted | None = None) -> Verified:
        """Compute the chain anew and hold the order of the events against the rules."""
        soundness = Soundness()
        entries, head = 0, bytes(32)
        broken = first = last = None
        matches: bool | None = None
        async for checked in self._journal(account).checked():
            entry = read_entry(checked.entry.seq, checked.entry.record)
            if not checked.sound:
                broken = entry
                break
            soundness.take(entry)
            entries, head, first, last = entries + 1, checked.head, first or entry, entry
            if noted is not None and entries == noted.entries:
                matches = head == noted.head
        soundness.finish()
        return Verified(account, entries, head, broken, first, last, soundness, matches)

    async def entries(self, account: str) -> list[Entry]:
        """Return an account's journal, oldest first."""
        return [read_entry(one.seq, one.record) async for one in self._journal(account).read()]

    def _journal(self, account: str) -> Journal:
        return Journal(self._database, account, once_keys)


@asynccontextmanager
async def reading_journals(database_url: str) -> AsyncIterator[Journals]:
    """Open the journals of a database. What is asked of them raises StorageError."""
    database = Database(database_url, name="journal", pool_size=1, read_only=True)
    try:
        yield Journals(database)
    finally:
        await database.close()
