"""The append-only memory of one account: written in order, and only by who holds the lease."""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC

import msgspec
import psycopg
from psycopg.rows import scalar_row
from sqlalchemy import Row, Text, cast, func, select

from qt_trade.model.journal import JournalRecord
from qt_trade.storage.chain import GENESIS, digest, moment
from qt_trade.storage.database import Database
from qt_trade.storage.errors import DuplicateCommandError, DuplicateFillError, FencedError
from qt_trade.storage.leases import Fence
from qt_trade.storage.tables import JOURNAL

_PAGE = 1000

_LEASE_LOST = "QT001"
_COMMAND_TWICE = "journal_answered_once"
_FILL_TWICE = "journal_filled_once"

_APPEND = "SELECT journal_append(%s::text, %s::text, %s::bigint, %s::text, %s::json)"


@dataclass(frozen=True, slots=True)
class OnceKeys:
    """What a record may be the only one of on its account.

    ``answers``: the command it answers. ``fill_id``: the fill it tells of.
    """

    answers: str | None = None
    fill_id: str | None = None


KeysOf = Callable[[JournalRecord], OnceKeys]
"""Says what each record may be the only one of: storage itself knows no events."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A stored record with its place: ``seq`` grows along the account, with gaps."""

    seq: int
    record: JournalRecord


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """What recomputing the chain found.

    ``broken_at``: the ``seq`` of the first entry that is not what was written or does not follow
    the one before; None when all is well. ``entries`` and ``head``: how many were good, and the
    hash of the last. Noted elsewhere, they show whether the newest entries were cut off later,
    which a chain alone cannot.
    """

    entries: int
    head: bytes
    broken_at: int | None


@dataclass(frozen=True, slots=True)
class CheckedEntry:
    """An entry whose hash was computed anew.

    ``sound``: it is what was written and follows the one before. ``head``: the hash up to here.
    """

    entry: JournalEntry
    sound: bool
    head: bytes


class Journal:
    """The journal of one account."""

    def __init__(self, database: Database, account: str, keys_of: KeysOf) -> None:
        self._database = database
        self._account = account
        self._keys_of = keys_of

    async def append(self, records: Sequence[JournalRecord], fence: Fence) -> list[int]:
        """Store all records in order, durably, or none; return their places.

        Costs one round trip and one commit. Raises FencedError when the lease is no longer
        ours, DuplicateCommandError or DuplicateFillError, InvalidValueError, UnreachableError
        (nothing stored), UncertainError (read the journal before going on).
        """
        if not records:
            return []
        # One document for all of them: psycopg takes 15 times as long to send eight lists.
        entries = msgspec.json.encode([self._entry(record) for record in records]).decode()
        arguments = (fence.role, fence.holder, fence.token, self._account, entries)
        async with self._database.line() as line:
            try:
                async with line.cursor(row_factory=scalar_row) as cursor:
                    await cursor.execute(_APPEND, arguments, prepare=True)
                    return await cursor.fetchall()
            except psycopg.errors.UniqueViolation as error:
                _raise_duplicate(error)
                raise
            except psycopg.DatabaseError as error:
                if error.sqlstate == _LEASE_LOST:
                    raise FencedError(fence.role, fence.token) from error
                raise

    async def read(self, after_seq: int = 0) -> AsyncGenerator[JournalEntry]:
        """Yield the entries behind a place, oldest first, in pages of their own transactions."""
        async for row in self._rows(after_seq):
            yield JournalEntry(row.seq, _record(row))

    async def answer(self, command_id: str) -> JournalRecord | None:
        """Return the record that answered a command; None if none has."""
        wanted = _SELECT.where(JOURNAL.c.account == self._account, JOURNAL.c.answers == command_id)
        async with self._database.transaction() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        return None if row is None else _record(row)

    async def hash_of(self, kind: str, command_id: str) -> bytes | None:
        """Return the hash of the newest record of a kind that names a command; None if none does."""
        wanted = (
            select(JOURNAL.c.hash)
            .where(
                JOURNAL.c.account == self._account,
                JOURNAL.c.kind == kind,
                JOURNAL.c.command_id == command_id,
            )
            .order_by(JOURNAL.c.seq.desc())
            .limit(1)
        )
        async with self._database.transaction() as connection:
            return (await connection.execute(wanted)).scalar_one_or_none()

    async def count(self) -> int:
        """Return how many entries the account has."""
        counted = (
            select(func.count()).select_from(JOURNAL).where(JOURNAL.c.account == self._account)
        )
        async with self._database.transaction() as connection:
            return (await connection.execute(counted)).scalar_one()

    async def last_place(self) -> int:
        """Return the place of the newest entry, 0 when there is none."""
        newest = select(func.max(JOURNAL.c.seq)).where(JOURNAL.c.account == self._account)
        async with self._database.transaction() as connection:
            return (await connection.execute(newest)).scalar_one() or 0

    async def verify(self) -> ChainCheck:
        """Compute every hash anew and compare."""
        entries, head = 0, GENESIS
        async for checked in self.checked():
            if not checked.sound:
                return ChainCheck(entries, head, checked.entry.seq)
            entries, head = entries + 1, checked.head
        return ChainCheck(entries, head, None)

    async def checked(self) -> AsyncGenerator[CheckedEntry]:
        """Yield the entries, oldest first, each with its hash computed anew.

        The first that is unsound is the last: what follows it proves nothing.
        """
        head = GENESIS
        async for row in self._rows(0):
            expected = digest(head, _hashed_fields(row))
            sound = row.prev_hash == head and row.hash == expected
            head = expected if sound else head
            yield CheckedEntry(JournalEntry(row.seq, _record(row)), sound, head)
            if not sound:
                return

    async def _rows(self, after_seq: int) -> AsyncGenerator[Row[tuple[object, ...]]]:
        page = _SELECT.where(JOURNAL.c.account == self._account).order_by(JOURNAL.c.seq)
        while True:
            async with self._database.transaction() as connection:
                wanted = page.where(JOURNAL.c.seq > after_seq).limit(_PAGE)
                rows = (await connection.execute(wanted)).all()
            for row in rows:
                yield row
            if len(rows) < _PAGE:
                return
            after_seq = rows[-1].seq

    def _entry(self, record: JournalRecord) -> dict[str, object]:
        keys = self._keys_of(record)
        return {
            "kind": record.kind,
            "at": record.at,
            "feed_at": record.feed_at,
            "order_id": record.order_id,
            "command_id": record.command_id,
            "answers": keys.answers,
            "fill_id": keys.fill_id,
            "payload": record.body.decode(),
        }


async def journalled_accounts(database: Database) -> list[str]:
    """Return the accounts that have a journal, the one written to last at the end."""
    newest = func.max(JOURNAL.c.seq)
    wanted = select(JOURNAL.c.account).group_by(JOURNAL.c.account).order_by(newest)
    async with database.transaction() as connection:
        return list((await connection.execute(wanted)).scalars())


_SELECT = select(
    JOURNAL.c.seq,
    JOURNAL.c.account,
    JOURNAL.c.kind,
    JOURNAL.c.at,
    JOURNAL.c.feed_at,
    JOURNAL.c.order_id,
    JOURNAL.c.command_id,
    JOURNAL.c.answers,
    JOURNAL.c.fill_id,
    cast(JOURNAL.c.payload, Text).label("payload"),
    JOURNAL.c.prev_hash,
    JOURNAL.c.hash,
)


def _record(row: Row[tuple[object, ...]]) -> JournalRecord:
    return JournalRecord(
        kind=row.kind,
        at=row.at.astimezone(UTC),
        feed_at=row.feed_at.astimezone(UTC),
        order_id=row.order_id,
        command_id=row.command_id,
        body=row.payload.encode(),
    )


def _hashed_fields(row: Row[tuple[object, ...]]) -> list[str | None]:
    return [
        row.account,
        row.kind,
        moment(row.at),
        moment(row.feed_at),
        row.order_id,
        row.command_id,
        row.answers,
        row.fill_id,
        row.payload,
    ]


def _raise_duplicate(error: psycopg.errors.UniqueViolation) -> None:
    words = error.diag.message_detail or str(error)
    if error.diag.constraint_name == _COMMAND_TWICE:
        raise DuplicateCommandError(words) from error
    if error.diag.constraint_name == _FILL_TWICE:
        raise DuplicateFillError(words) from error
