"""A settings document: judged, taken over, kept in PostgreSQL, and written again when lost."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.codec import Codec
from qt_trade.contract.conflict import changed_fields, writer_of
from qt_trade.contract.endpoints import Document
from qt_trade.contract.errors import (
    ConflictError,
    ContractError,
    DisconnectedError,
    InvalidMessageError,
)
from qt_trade.kit.logs import get_logger
from qt_trade.model.audit import Audited, AuditEntry, KeptSetting
from qt_trade.roles.engine.archive import Archive
from qt_trade.roles.engine.documents import Stamp
from qt_trade.roles.engine.objections import Objection, Objections
from qt_trade.roles.engine.sessions import SessionsDesk

T = TypeVar("T")

RETRY_S = 0.25
FORGOTTEN = ""
"""Kept in place of a setting that was deleted on purpose."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What every kept setting needs of the engine."""

    bus: Bus
    archive: Archive
    people: SessionsDesk
    objections: Objections
    stamp: Stamp

    def keep(self, document: Document[T], before: T | None, after: T | None, words: str) -> None:
        """Remember an accepted version, and who made it of which."""
        codec = Codec(document)
        body = FORGOTTEN if after is None else codec.encode(after).decode()
        changed = ", ".join(changed_fields(before, after))
        # A version that says nothing new is kept, and no line of the audit is worth it.
        entry = None
        if words or changed or before is None:
            entry = self._entry(document, Audited.SETTING_CHANGED, words or changed, before, after)
        self.archive.note(entry, KeptSetting(document.key(), body))

    def refuse(
        self, document: Document[T], value: T, objection: Objection, *, passing: bool
    ) -> None:
        """Answer a version that is not taken over: in words, for all to see, and in the audit."""
        key = document.key()
        raw = Codec(document).encode(value)
        self.bus.refuse(key, objection.path, objection.words, raw)
        self.objections.object(key, objection, passing=passing)
        self.archive.note(
            self._entry(document, Audited.SETTING_REFUSED, objection.words, None, value)
        )

    def _entry(
        self, document: Document[T], what: Audited, words: str, before: T | None, after: T | None
    ) -> AuditEntry:
        session_id = getattr(after, "session_id", None)
        session = None if session_id is None else self.people.session(session_id)
        codec = Codec(document)
        return AuditEntry(
            at=self.stamp.wall.now(),
            what=what,
            account=self.stamp.account,
            words=words,
            session_id=session_id,
            name=writer_of(after) or None,
            user=None if session is None else session.user,
            host=None if session is None else session.host,
            role=None if session is None else session.role,
            version=None if session is None else session.version,
            key=document.key(),
            before=None if before is None else codec.encode(before).decode(),
            after=None if after is None else codec.encode(after).decode(),
        )


def decode_kept(document: Document[T], body: str | None) -> T | None:
    """Return a kept version; None where there is none that this version understands."""
    if not body:
        return None
    try:
        return Codec(document).decode(body.encode())
    except InvalidMessageError as invalid:
        get_logger().warning("setting.not_understood", key=document.key(), words=str(invalid))
        return None


@dataclass(frozen=True, slots=True)
class Rules(Generic[T]):
    """How one document is treated.

    ``taken``: hears of the version in force. ``judge``: says what is wrong with one. ``first``:
    makes the version to write where there has never been any. ``complete``: fills in what a
    version of an earlier time does not name; what it made is written. ``damaged``: hears of one that
    cannot be read, which then stays until a person mends it; without it the last good one is
    written again.
    """

    taken: Callable[[T], None] = lambda _value: None
    judge: Callable[[T], Objection | None] = lambda _value: None
    first: Callable[[], T] | None = None
    complete: Callable[[T], T] = lambda value: value
    damaged: Callable[[InvalidMessageError], None] | None = None


class KeptDesk(Generic[T]):
    """Follows one settings document, the newest version first.

    A version of a session that may not trade is refused, and the one in force written again; so
    is one that was lost or deleted.
    """

    def __init__(self, keeping: Keeping, document: Document[T], rules: Rules[T]) -> None:
        self._k = keeping
        self._document = document
        self._rules = rules
        self._known: T | None = None
        self._first: T | None = None
        self._damaged = False
        self._change: Change[T] | None = None
        self._news = asyncio.Event()
        self.settled = asyncio.Event()
        """Set once it is known which version is in force, or that none is."""
        self._log = get_logger()

    @property
    def key(self) -> str:
        """The document's key."""
        return self._document.key()

    def begin(self, body: str | None) -> None:
        """Take over what an earlier engine kept."""
        kept = decode_kept(self._document, body)
        self._known = None if kept is None else self._rules.complete(kept)
        if self._known is not None:
            self._rules.taken(self._known)

    async def watch(self) -> None:
        """Follow the document from now on."""
        await self._k.bus.watch(self._document, self.on_change)

    def on_change(self, change: Change[T]) -> None:
        """Note the document's present state."""
        self._change = change
        self._news.set()

    def lost(self) -> None:
        """Hear that the server lost its data: what it has not, it is given again."""
        if self._known is not None:
            self._change = Change(self._document.key(), None, 0, None)
            self._news.set()

    async def run(self) -> None:
        """Carry out what the newest state asks for, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._carry_out()
            except DisconnectedError:
                await asyncio.sleep(RETRY_S)
                self._news.set()
            except ContractError as refused:
                self._log.error("setting.stuck", key=self._document.key(), words=str(refused))

    async def _carry_out(self) -> None:
        change = self._change
        if change is None:
            return
        if change.error is not None:
            await self._damage(change.error, change.revision)
        elif change.value is None:
            await self._write_missing(change.revision)
        elif change.value != self._known or self._damaged:
            await self._judge(change.value, change.revision)
        # The first version is in force when it comes back from the server.
        if self._known is not None or change.error is not None or self._first is None:
            self.settled.set()

    async def _damage(self, error: InvalidMessageError, revision: int) -> None:
        words = Objection(error.path, error.reason)
        damaged = self._rules.damaged
        self._damaged = damaged is not None
        self._k.objections.object(self._document.key(), words, passing=damaged is None)
        if damaged is None:
            await self._write_again(revision)
        else:
            damaged(error)

    async def _judge(self, value: T, revision: int) -> None:
        objection = self._rules.judge(value)
        session_id: str | None = getattr(value, "session_id", None)
        if objection is None and session_id is not None and value != self._first:
            words = await self._k.people.objection_to_last_words(session_id)
            objection = None if words is None else Objection("$.session_id", words, session_id)
        if objection is not None:
            known = self._known is not None
            self._k.refuse(self._document, value, objection, passing=known)
            await self._write_again(revision)
            return
        whole = self._rules.complete(value)
        filled = ", ".join(changed_fields(value, whole))
        before, self._known, self._damaged = self._known, whole, False
        self._k.objections.clear(self._document.key())
        words = ""
        if filled:
            changed = ", ".join(changed_fields(before, whole)) or "nothing new"
            words = f"{changed}; completed by the engine: {filled}"
        self._k.keep(self._document, before, whole, words)
        self._rules.taken(whole)
        self._log.info("setting.taken", key=self._document.key(), writer=writer_of(value))
        if filled:
            await self._write(whole, revision)

    async def _write_missing(self, revision: int) -> None:
        if self._known is not None:
            await self._write_again(revision)
            return
        self._k.objections.clear(self._document.key())
        if self._rules.first is not None:
            self._first = self._rules.first()
            await self._write(self._first, revision)

    async def _write_again(self, revision: int) -> None:
        if self._known is not None:
            await self._write(self._known, revision)

    async def _write(self, again: T, revision: int) -> None:
        try:
            await self._k.bus.write(self._document, again, expect=revision)
        except ConflictError:
            return  # somebody wrote meanwhile, and the watch tells what
        self._log.info("setting.written", key=self._document.key(), writer=writer_of(again))
