"""Who leads a role, and what only the leader may use: the journal, the audit, the tokens."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Protocol

from qt_trade.kit.clock import monotonic, since_boot
from qt_trade.kit.logs import get_logger
from qt_trade.model.audit import AuditEntry, KeptSetting
from qt_trade.model.journal import JournalAwayError, JournalRecord
from qt_trade.settings import Settings
from qt_trade.storage.audit import AuditLog
from qt_trade.storage.database import Database
from qt_trade.storage.errors import (
    DuplicateError,
    InvalidValueError,
    UncertainError,
    UnreachableError,
)
from qt_trade.storage.journal import Journal, JournalEntry, OnceKeys
from qt_trade.storage.leases import Fence, Leases
from qt_trade.storage.runs import FeedRuns
from qt_trade.trading.book_events import CashAdjusted, ExternalFill, SharesAdjusted
from qt_trade.trading.emergency_events import EmergencyEnded
from qt_trade.trading.events import CommandAnswered, OrderFilled
from qt_trade.trading.records import from_record
from qt_trade.wiring.lease_clock import LeaseClock

LEASE_TTL_S = 6.0
RENEW_S = 2.0
LOOK_S = 0.5
STANDBY_S = 0.5
"""How often a standby asks whether the lease is free; the database's clock decides."""


_BOOKED_ONCE = frozenset(
    kind.__name__ for kind in (OrderFilled, ExternalFill, CashAdjusted, SharesAdjusted)
)


def once_keys(record: JournalRecord) -> OnceKeys:
    """Say what a record may be the only one of: the answer to a command, a fill, an activity."""
    if record.kind == CommandAnswered.__name__:
        return OnceKeys(answers=record.command_id)
    if record.kind not in _BOOKED_ONCE:
        return OnceKeys()
    match from_record(record):
        case OrderFilled(fill=fill):
            return OnceKeys(fill_id=fill.fill_id)
        case ExternalFill(activity_id=number) | CashAdjusted(activity_id=number):
            return OnceKeys(fill_id=f"activity {number}")
        case SharesAdjusted(activity_id=number):
            return OnceKeys(fill_id=f"activity {number}")
        case _:
            return OnceKeys()


class JournalRefusesError(Exception):
    """The journal will never take these records: none is stored, nothing happened."""


class JournalStore(Protocol):
    """What keeps records; ``storage.journal.Journal`` is it."""

    async def append(self, records: Sequence[JournalRecord], fence: Fence) -> object:
        """Store all records in one transaction. Raises StorageError."""
        ...

    def read(self) -> AsyncIterator[JournalEntry]:
        """Yield all entries, oldest first. Raises StorageError."""
        ...


class FencedJournal:
    """The journal of one account, written only while the lease is ours."""

    def __init__(self, journal: JournalStore, fence: Fence) -> None:
        self._journal = journal
        self._fence = fence

    async def append(self, records: Sequence[JournalRecord]) -> None:
        """Store all records in one transaction.

        Raises JournalAwayError when surely none was stored, and JournalRefusesError when none ever
        will be (a command answered so long ago that the account forgot it, a value PostgreSQL does
        not take); any other error leaves it in doubt.
        """
        try:
            await self._journal.append(records, self._fence)
        except UncertainError:
            raise
        except UnreachableError as away:
            raise JournalAwayError(str(away)) from away
        except (DuplicateError, InvalidValueError) as refused:
            raise JournalRefusesError(str(refused)) from refused

    async def load(self) -> list[JournalRecord]:
        """Return every record of the account, oldest first."""
        return [entry.record async for entry in self._journal.read()]


class FencedAudit:
    """The audit, the kept settings and the control's tokens, written only while we lead.

    Every method raises JournalAwayError while the database is away.
    """

    def __init__(self, audit: AuditLog, fence: Fence) -> None:
        self._audit = audit
        self._fence = fence

    async def add(self, entries: Sequence[AuditEntry], kept: Sequence[KeptSetting]) -> None:
        """Store entries and settings together; after an error perhaps, so that twice may be.

        Raises FencedError, too, when the lease is another's.
        """
        with _or_away():
            await self._audit.add(entries, kept, self._fence)

    async def kept_settings(self) -> dict[str, str]:
        """Return the JSON of every setting as it was last accepted, by its key."""
        with _or_away():
            return {one.key: one.body for one in await self._audit.kept_settings()}

    async def open_sessions(self) -> list[AuditEntry]:
        """Return how each session was opened that has not ended yet."""
        with _or_away():
            return await self._audit.open_sessions()

    async def revoked(self) -> list[AuditEntry]:
        """Return every revocation, oldest first."""
        with _or_away():
            return await self._audit.revoked()

    async def next_control_token(self) -> int:
        """Return a token greater than every one before."""
        with _or_away():
            return await self._audit.next_control_token()


@contextmanager
def _or_away() -> Generator[None]:
    try:
        yield
    except UnreachableError as away:
        raise JournalAwayError(str(away)) from away


class LeaseStore(Protocol):
    """What keeps leases; ``storage.leases.Leases`` is it."""

    async def renew(self, fence: Fence) -> None:
        """Hold the lease for another while. Raises FencedError, UnreachableError."""
        ...


class Holding:
    """A lease that is held, as long as ``keep`` runs and nobody takes it."""

    def __init__(self, leases: LeaseStore, fence: Fence, clock: LeaseClock) -> None:
        self._leases = leases
        self._fence = fence
        self._clock = clock

    def sure(self) -> bool:
        """Tell whether the lease cannot be another's at this moment."""
        return self._clock.sure

    def unbroken(self) -> bool:
        """Tell whether nothing but the database's absence makes the lease unsure."""
        return self._clock.unbroken

    async def renew(self) -> None:
        """Prove the lease and hold it on. Raises FencedError, UnreachableError."""
        asked_at = self._clock.now()
        await self._leases.renew(self._fence)
        self._clock.proved(asked_at)

    async def keep(self) -> None:
        """Renew the lease until cancelled.

        Raises FencedError when another took it. While the database is away nobody can take it,
        and nothing can be journalled, so there is nothing to do but to try again.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look())
            group.create_task(self._keep_renewing())

    async def _look(self) -> None:
        while True:
            self._clock.look()
            await asyncio.sleep(LOOK_S)

    async def _keep_renewing(self) -> None:
        log = get_logger()
        while True:
            await asyncio.sleep(RENEW_S if self._clock.sure else STANDBY_S)
            try:
                await self.renew()
            except UnreachableError as away:
                log.warning("lease.not_renewed", lease=self._fence.role, words=str(away))


class Lead(Holding):
    """A held lease, with what only its holder may use."""

    def __init__(self, database: Database, leases: Leases, fence: Fence, clock: LeaseClock) -> None:
        super().__init__(leases, fence, clock)
        self._database = database

    @property
    def token(self) -> int:
        """The lease's token; a later leader's is greater."""
        return self._fence.token

    def journal(self, account: str) -> FencedJournal:
        """Return the journal of an account."""
        return FencedJournal(Journal(self._database, account, once_keys), self._fence)

    def audit(self) -> FencedAudit:
        """Return the audit and what is kept with it."""
        return FencedAudit(AuditLog(self._database), self._fence)

    def runs(self) -> FeedRuns:
        """Return the laps of the feeds."""
        return FeedRuns(self._database)

    async def hash_of_end(self, account: str, command_id: str) -> str:
        """Return the journal's hash of the end of an emergency, in hex. Raises JournalAwayError."""
        with _or_away():
            found = await Journal(self._database, account, once_keys).hash_of(
                EmergencyEnded.__name__, command_id
            )
        return "" if found is None else found.hex()

    async def ping(self) -> float:
        """Return the database's round trip in seconds. Raises JournalAwayError."""
        with _or_away():
            return await self._database.ping()

    async def commit(self) -> float:
        """Commit something that changes nothing, the lease's next seconds; return how long it took.

        Raises FencedError when another holds the lease, JournalAwayError.
        """
        begun = monotonic()
        with _or_away():
            await self.renew()
        return monotonic() - begun


@asynccontextmanager
async def leading(role: str, settings: Settings) -> AsyncIterator[Lead]:
    """Wait for the role's lease, hold it for the block, and give it back.

    The holder is named after the run and the place its supervisor keeps filled: whom the
    supervisor starts again takes over at once from its predecessor, which it saw die. Everybody
    else, a second process of the same run among them, waits until the lease expires.
    """
    database = Database(settings.database(), name=role)
    leases = Leases(database)
    holder = f"{settings.run.id} {settings.run.place or uuid.uuid4().hex}"
    try:
        fence, clock = await _take(leases, role, holder)
        get_logger().info("lease.taken", lease=role, token=fence.token)
        try:
            yield Lead(database, leases, fence, clock)
        finally:
            await asyncio.shield(_release(leases, fence))
    finally:
        await database.close()


async def _take(leases: Leases, role: str, holder: str) -> tuple[Fence, LeaseClock]:
    """Ask for the lease until it is ours, across another's time and the database's absence."""
    log, said = get_logger(), ""
    while True:
        asked_at = since_boot()
        try:
            fence = await leases.acquire(role, holder, LEASE_TTL_S)
        except UnreachableError as away:
            words = str(away)
        else:
            if fence is not None:
                return fence, LeaseClock(LEASE_TTL_S, since_boot, asked_at)
            words = "another holds it"
        if words != said:
            said = words
            log.info("lease.awaited", lease=role, words=words)
        await asyncio.sleep(STANDBY_S)


async def _release(leases: Leases, fence: Fence) -> None:
    try:
        await leases.release(fence)
    except UnreachableError as away:
        get_logger().warning("lease.not_released", lease=fence.role, words=str(away))
