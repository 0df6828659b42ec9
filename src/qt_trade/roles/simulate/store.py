"""PostgreSQL as the engine sees it: leases with fencing tokens, and the journal of one account.

The promises are those of ``storage.journal`` and ``storage.leases``: a batch is stored whole or
not at all, by the holder of the lease alone, no command is answered and no fill booked twice,
every entry is chained to the one before. What may go wrong is the same, too: it is away, the line
breaks before or after the commit, and it takes its time.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from qt_trade.model.journal import JournalRecord
from qt_trade.roles.simulate.witness import Witness
from qt_trade.storage.chain import GENESIS, digest, moment
from qt_trade.storage.errors import (
    DuplicateCommandError,
    DuplicateFillError,
    FencedError,
    UncertainError,
    UnreachableError,
)
from qt_trade.storage.journal import JournalEntry
from qt_trade.storage.leases import Fence
from qt_trade.trading.events import Event
from qt_trade.trading.records import from_record
from qt_trade.wiring.leadership import once_keys

DELAY_MAX_S = 0.02


@dataclass(frozen=True, slots=True)
class Stored:
    """One entry: who wrote it with which token, and the hash that chains it."""

    record: JournalRecord
    event: Event
    token: int
    hash: bytes


class Store:
    """The database's side. ``doubt``: the share of appends whose answer is lost."""

    def __init__(self, now: Callable[[], float], rng: random.Random, witness: Witness) -> None:
        self._now = now
        self._rng = rng
        self._witness = witness
        self._answers: set[str] = set()
        self._fills: set[str] = set()
        self._holder: str | None = None
        self._expires_at = 0.0
        self.token = 0
        self.entries: list[Stored] = []
        self.away = False
        self.doubt = 0.0
        self.listeners: list[Callable[[Sequence[Event], int], None]] = []

    # Leases.

    async def acquire(self, role: str, holder: str, ttl_s: float) -> Fence | None:
        """Take the lease if it is free, expired or this holder's. Raises UnreachableError."""
        await self._round_trip()
        if self._holder not in {None, holder} and self._now() < self._expires_at:
            return None
        self._holder, self._expires_at = holder, self._now() + ttl_s
        self.token += 1
        self._witness.note(f"lease {self.token} goes to {holder}")
        return Fence(role, holder, self.token, ttl_s)

    async def renew(self, fence: Fence) -> None:
        """Hold the lease on. Raises FencedError, UnreachableError."""
        await self._round_trip()
        if fence.token != self.token:
            raise FencedError(fence.role, fence.token)
        self._expires_at = self._now() + fence.ttl_s

    def may_write(self, fence: Fence) -> bool:
        """Return whether a fence is the newest: an expired lease nobody took is still held."""
        return fence.token == self.token

    # The journal.

    async def append(self, records: Sequence[JournalRecord], fence: Fence) -> None:
        """Store all records or none. Raises what ``storage.journal.Journal.append`` does."""
        fate = self._rng.random()
        await self._round_trip()
        if fate < self.doubt / 2:
            self._witness.fault("journal in doubt, not stored")
            raise UncertainError("the connection broke, and nothing was stored")
        self._commit(records, fence)
        if fate < self.doubt:
            self._witness.fault("journal in doubt, stored")
            raise UncertainError("the connection broke after the commit")
        await asyncio.sleep(self._rng.random() * DELAY_MAX_S)

    async def read(self) -> AsyncIterator[JournalEntry]:
        """Yield every entry, oldest first."""
        await self._round_trip()
        for seq, entry in enumerate(self.entries, 1):
            yield JournalEntry(seq, entry.record)

    def _commit(self, records: Sequence[JournalRecord], fence: Fence) -> None:
        if not self.may_write(fence):
            raise FencedError(fence.role, fence.token)
        keys = [once_keys(record) for record in records]
        answers = [key.answers for key in keys if key.answers is not None]
        fills = [key.fill_id for key in keys if key.fill_id is not None]
        self.refuse_twice(answers, fills)
        self._answers.update(answers)
        self._fills.update(fills)
        events = [from_record(record) for record in records]
        for record, event in zip(records, events, strict=True):
            self._chain(record, event, fence.token)
        for listener in self.listeners:
            listener(events, fence.token)

    def refuse_twice(self, answers: Sequence[str], fills: Sequence[str]) -> None:
        """Refuse a batch that answers a command or books a fill again."""
        if not self._answers.isdisjoint(answers) or len(set(answers)) < len(answers):
            raise DuplicateCommandError(", ".join(answers))
        if not self._fills.isdisjoint(fills) or len(set(fills)) < len(fills):
            raise DuplicateFillError(", ".join(fills))

    def _chain(self, record: JournalRecord, event: Event, token: int) -> None:
        head = self.entries[-1].hash if self.entries else GENESIS
        self.entries.append(Stored(record, event, token, digest(head, hashed(record))))

    async def _round_trip(self) -> None:
        await asyncio.sleep(self._rng.random() * DELAY_MAX_S)
        if self.away:
            raise UnreachableError("the database is away")


def hashed(record: JournalRecord) -> list[str | None]:
    """Return the fields of a record that its hash covers."""
    return [
        record.kind,
        moment(record.at),
        moment(record.feed_at),
        record.order_id,
        record.command_id,
        record.body.decode(),
    ]
