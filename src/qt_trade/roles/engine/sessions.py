"""Who is at the desks: every session that lives, and whether it may trade."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import DisconnectedError, InvalidMessageError, RefusedError
from qt_trade.contract.families import Members
from qt_trade.contract.payloads.sessions import (
    VIEWER_PREFIX,
    ActiveSession,
    ActiveSessions,
    RevokedSession,
    Session,
    SessionRole,
)
from qt_trade.kit.clock import monotonic
from qt_trade.kit.logs import get_logger
from qt_trade.model.audit import Audited, AuditEntry
from qt_trade.roles.engine.archive import Archive
from qt_trade.roles.engine.documents import SOURCE, Stamp

REVOKED_SHOWN = timedelta(hours=1)
RETRY_S = 0.5
LAST_WORDS_S = 5.0
"""How long after a session's own end a setting may still arrive that it wrote before."""
_OPEN_ANEW = "open a new one (start the program again)"


@dataclass(slots=True)
class _Seen:
    """A session as it was last seen: when by the wall's clock, and how long it lives then."""

    session: Session
    at: datetime
    lives_until: float


def fault_of(session_id: str, session: Session) -> tuple[str, str] | None:
    """Return the path and the words of what is wrong with a session; None when nothing is."""
    if session.session_id != session_id:
        return "$.session_id", f"{session.session_id} stands at the key of {session_id}"
    if session_id.startswith(VIEWER_PREFIX) and session.role is not SessionRole.VIEWER:
        return "$.role", f"an id that begins with {VIEWER_PREFIX} is a viewer's, not a trader's"
    return None


class SessionsDesk:
    """Follows every session in Redis, from its opening to its end.

    ``ttl_s``: how long a session lives after a heartbeat. A session that is missing after a lost
    connection lives for as long: its heartbeat brings it back if the server lost its data.
    """

    def __init__(
        self,
        bus: Bus,
        archive: Archive,
        stamp: Stamp,
        ttl_s: float = registry.SESSION_TTL_S,
    ) -> None:
        self._bus = bus
        self._archive = archive
        self._stamp = stamp
        self._ttl_s = ttl_s
        self._seen: dict[str, _Seen] = {}
        self._noted: dict[str, AuditEntry] = {}
        self._absent: dict[str, float] = {}
        self._left: dict[str, float] = {}
        self._faults: dict[str, tuple[str, str]] = {}
        self._revoked: dict[str, RevokedSession] = {}
        self._ended: set[str] = set()
        self._unwanted: set[str] = set()
        self._sure_at = monotonic() + ttl_s
        self._listeners: list[Callable[[], None]] = []
        self._due = asyncio.Event()
        self.known = asyncio.Event()
        """Set once it is known who is there."""
        self._log = get_logger()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Tell ``listener`` whenever somebody came or went."""
        self._listeners.append(listener)

    def begin(self, opened: Iterable[AuditEntry], revoked: Iterable[RevokedSession]) -> None:
        """Take over what an earlier engine knew."""
        self._noted = {one.session_id: one for one in opened if one.session_id is not None}
        self._revoked = {one.session_id: one for one in revoked}

    # What is asked of it.

    @property
    def traders(self) -> Mapping[str, str]:
        """The names of the living sessions that may trade, by their ids."""
        return {
            session_id: seen.session.name
            for session_id, seen in self._seen.items()
            if seen.session.role is SessionRole.TRADER
        }

    def is_gone(self, session_id: str) -> bool:
        """Tell whether a session has surely ended: after a start its heartbeat may yet come."""
        ended = session_id in self._ended or monotonic() >= self._sure_at
        return session_id not in self._seen and ended

    def session(self, session_id: str) -> Session | None:
        """Return a living session."""
        seen = self._seen.get(session_id)
        return None if seen is None else seen.session

    async def objection_to_revoking(self, target: str) -> str | None:
        """Return why a session cannot be logged out; None when it can. Raises DisconnectedError."""
        if target in self._revoked or target in self._seen:
            return None
        try:
            there = await self._bus.read(registry.SESSION, target) is not None
        except (InvalidMessageError, RefusedError):
            there = True
        return None if there else f"there is no session {target}; sessions:active names them all"

    async def objection_to_last_words(self, session_id: str) -> str | None:
        """Return why a session may not have written a setting; None when it may.

        Also of one that has just closed itself: a window that keeps how it was left writes that
        last of all. Raises DisconnectedError.
        """
        objection = await self.objection_to(session_id)
        left_at = self._left.get(session_id)
        if objection is None or left_at is None or session_id in self._revoked:
            return objection
        return None if monotonic() - left_at <= LAST_WORDS_S else objection

    async def objection_to(self, session_id: str) -> str | None:
        """Return why a session may not trade, and what to do; None when it may.

        Redis is asked at this moment. Raises DisconnectedError.
        """
        revoked = self._revoked.get(session_id)
        if revoked is not None:
            return (
                f"session {session_id} was logged out by {revoked.by} ({revoked.reason}); "
                f"{_OPEN_ANEW}"
            )
        try:
            found = await self._bus.read(registry.SESSION, session_id)
        except (InvalidMessageError, RefusedError) as damaged:
            return f"session {session_id} cannot be read: {damaged}; write it as the contract says"
        if found is None:
            return f"session {session_id} is unknown or has expired; {_OPEN_ANEW}"
        fault = fault_of(session_id, found.value)
        if fault is not None:
            return f"session {session_id} is not valid: {fault[1]}; {_OPEN_ANEW}"
        if found.value.role is not SessionRole.TRADER:
            return f"session {session_id} may look, not trade; open one as a trader"
        # Its event may still be on its way.
        self._see(found.value)
        return None

    def active(self, holder: str | None) -> ActiveSessions:
        """Return ``sessions:active``; ``holder`` controls AutoTrading."""
        now = self._stamp.wall.now()
        sessions = sorted(self._seen.values(), key=lambda seen: seen.session.opened_at)
        return ActiveSessions(
            ts=now,
            source=SOURCE,
            feed=self._stamp.feed,
            sessions=tuple(
                ActiveSession(
                    session_id=seen.session.session_id,
                    name=seen.session.name,
                    user=seen.session.user,
                    host=seen.session.host,
                    role=seen.session.role,
                    version=seen.session.version,
                    opened_at=seen.session.opened_at,
                    last_seen=seen.at,
                    delay_ms=seen.session.delay_ms,
                    controls=seen.session.session_id == holder,
                )
                for seen in sessions
            ),
            revoked=tuple(one for one in self._revoked.values() if now - one.at <= REVOKED_SHOWN),
        )

    # What happens.

    def on_members(self, members: Members[Session]) -> None:
        """Take what became of sessions in Redis."""
        before = set(self._seen)
        if members.whole:
            self._miss(set(members.parts))
        for session_id, session in members.parts.items():
            if session is None:
                expired = session_id in members.expired
                self._faults.pop(session_id, None)
                self._surely_ended(session_id)
                self._end(
                    session_id, Audited.SESSION_EXPIRED if expired else Audited.SESSION_CLOSED
                )
            else:
                self._take(session_id, session)
        self.known.set()
        self._due.set()
        if members.whole or before != set(self._seen):
            self._tell()

    def revoke(self, revoked: RevokedSession) -> None:
        """Log a session out: from now on it is nobody's, whatever it writes."""
        self._revoked[revoked.session_id] = revoked
        self._unwanted.add(revoked.session_id)
        self._note(revoked.session_id, Audited.SESSION_REVOKED, revoked.reason, by=revoked.by)
        self._seen.pop(revoked.session_id, None)
        self._surely_ended(revoked.session_id)
        self._due.set()
        self._tell()

    async def run(self) -> None:
        """Let sessions end whose time has run out, and delete the revoked, until cancelled."""
        while True:
            try:
                await self._tidy()
            except DisconnectedError:
                await asyncio.sleep(RETRY_S)
                continue
            except RefusedError as refused:
                self._log.warning("sessions.not_tidied", words=str(refused))
            ends = [seen.lives_until for seen in self._seen.values()]
            wait_s = min([*ends, *self._absent.values()], default=None)
            timeout = None if wait_s is None else max(0.05, wait_s - monotonic())
            try:
                async with asyncio.timeout(timeout):
                    await self._due.wait()
            except TimeoutError:
                pass
            self._due.clear()

    # Inside.

    def _take(self, session_id: str, session: Session) -> None:
        fault = fault_of(session_id, session)
        if session_id in self._revoked:
            self._unwanted.add(session_id)
            return
        if fault is None:
            self._faults.pop(session_id, None)
            self._see(session)
            return
        if self._faults.get(session_id) != fault:
            self._faults[session_id] = fault
            raw = msgspec.json.encode(session)
            self._bus.refuse(registry.SESSION.key(session_id), *fault, raw)
        self._end(session_id, Audited.SESSION_CLOSED)

    def _see(self, session: Session) -> None:
        session_id, now = session.session_id, self._stamp.wall.now()
        new = session_id not in self._seen
        self._seen[session_id] = _Seen(session, now, monotonic() + self._ttl_s)
        self._absent.pop(session_id, None)
        self._ended.discard(session_id)
        if session_id not in self._noted:
            self._open(session)
        if new:
            self._tell()

    def _miss(self, there: set[str]) -> None:
        """After a new connection: who is not there may come back, or went unseen."""
        until = monotonic() + self._ttl_s
        for session_id, seen in self._seen.items():
            if session_id not in there:
                seen.lives_until = until
        for session_id in self._noted.keys() - there - self._seen.keys():
            self._absent.setdefault(session_id, until)
        self._faults = {one: fault for one, fault in self._faults.items() if one in there}

    def _end(self, session_id: str, what: Audited) -> None:
        seen = self._seen.pop(session_id, None)
        if seen is None:
            return
        if what is Audited.SESSION_CLOSED and seen.session.role is SessionRole.TRADER:
            self._left[session_id] = monotonic()
        self._surely_ended(session_id)
        self._note(session_id, what, "")

    def _surely_ended(self, session_id: str) -> None:
        """Remember an end for as long as absence alone is no proof of it."""
        if monotonic() < self._sure_at:
            self._ended.add(session_id)
        else:
            self._ended.clear()

    def _open(self, session: Session) -> None:
        entry = AuditEntry(
            at=self._stamp.wall.now(),
            what=Audited.SESSION_OPENED,
            account=self._stamp.account,
            words=session.source,
            session_id=session.session_id,
            name=session.name,
            user=session.user,
            host=session.host,
            role=session.role,
            version=session.version,
        )
        self._noted[session.session_id] = entry
        self._put(entry)

    def _note(self, session_id: str, what: Audited, words: str, *, by: str | None = None) -> None:
        """Note the end of a session, with what was noted of its opening."""
        told: dict[str, Any] = {
            "at": self._stamp.wall.now(),
            "what": what,
            "words": words,
            "by": by,
        }
        opened = self._noted.pop(session_id, None)
        if opened is not None:
            self._put(replace(opened, account=self._stamp.account, **told))
        else:
            self._put(AuditEntry(**told, account=self._stamp.account, session_id=session_id))

    def _put(self, entry: AuditEntry) -> None:
        self._archive.note(entry)
        self._log.info(
            "session.noted", what=entry.what.value, session_id=entry.session_id, words=entry.words
        )

    async def _tidy(self) -> None:
        for session_id in tuple(self._unwanted):
            await self._bus.delete(registry.SESSION, session_id)
            self._unwanted.discard(session_id)
        now = monotonic()
        self._left = {one: at for one, at in self._left.items() if now - at <= LAST_WORDS_S}
        for session_id in [one for one, until in self._absent.items() if until <= now]:
            del self._absent[session_id]
            self._note(session_id, Audited.SESSION_EXPIRED, "while no engine looked")
        for session_id in [one for one, seen in self._seen.items() if seen.lives_until <= now]:
            await self._look_again(session_id)

    async def _look_again(self, session_id: str) -> None:
        """Let a session end from which nothing was heard in time; no time-out may be set on it."""
        try:
            found = await self._bus.read(registry.SESSION, session_id)
        except InvalidMessageError:
            found = None
        seen = self._seen.get(session_id)
        if seen is None or seen.lives_until > monotonic():
            return
        if found is not None and found.value != seen.session:
            self._take(session_id, found.value)
            return
        if found is not None:
            await self._bus.delete(registry.SESSION, session_id)
        self._end(session_id, Audited.SESSION_EXPIRED)
        self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()
