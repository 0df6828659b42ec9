"""This desk's session: who it is, its heartbeat, its end. Lives in the link's thread."""

import getpass
import platform
import random
from collections.abc import Callable

import msgspec

from qt_trade import __version__
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import ForeignWriteError
from qt_trade.contract.greeting import greet
from qt_trade.contract.payloads.sessions import (
    VIEWER_PREFIX,
    ActiveSessions,
    Session,
    SessionRole,
)
from qt_trade.kit.clock import Clock

VIEWERS = "viewer"
"""How the names of Redis users begin that may look and not trade."""
LOOK_ONLY = "this desk may look, not trade"
OVER = "this desk's session is over"


class OwnSession:
    """Nothing is written before the server has said who this desk is, nor after its end.

    ``tell`` is called with each new session, and with how far the server's clock is ahead.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        rng: random.Random,
        tell: Callable[[Session, float | None], None],
    ) -> None:
        self._url, self._clock, self._rng = url, clock, rng
        self._tell = tell
        self.session = _new_session(clock, rng, SessionRole.TRADER)
        self._greeted = False
        self._over = False
        self._ahead_s: float | None = None

    def arrive(self) -> None:
        """Ask anew who this desk is: it has connected, perhaps to another server."""
        self._greeted = False

    def move(self, url: str) -> None:
        """Belong to another server, with a session of its own there."""
        self._url = url
        self.session = _new_session(self._clock, self._rng, SessionRole.TRADER)
        self._greeted = self._over = False

    async def beat(self, bus: Bus) -> None:
        """Keep the session alive. Raises DisconnectedError."""
        if not self._greeted:
            await self._greet()
        if not self._over:
            session = msgspec.structs.replace(self.session, ts=self._clock.now())
            await bus.write(registry.SESSION, session, session.session_id)

    async def begin_anew(self, bus: Bus) -> None:
        """Begin a session with an id of its own; what was before ends."""
        await self.end(bus)
        self.session = _new_session(self._clock, self._rng, self.session.role)
        self._over = False
        self._tell(self.session, self._ahead_s)
        await self.beat(bus)

    async def end(self, bus: Bus) -> None:
        """Log out. Raises DisconnectedError; the session then ends by its time-out."""
        over, self._over = self._over, True
        if self._greeted and not over:
            await bus.delete(registry.SESSION, self.session.session_id)

    def note_living(self, active: ActiveSessions) -> None:
        """See whether another has logged this session out."""
        gone = {one.session_id for one in active.revoked}
        self._over = self._over or self.session.session_id in gone

    def note_canary(self, number: int, delay_ms: float) -> None:
        """Tell with the next heartbeat that a canary was shown, and how long after its start."""
        self.session = msgspec.structs.replace(self.session, canary=number, delay_ms=delay_ms)

    def may_write(self) -> None:
        """Raise ForeignWriteError where this session may not."""
        if self.session.role is SessionRole.VIEWER:
            raise ForeignWriteError(LOOK_ONLY)
        if self._over:
            raise ForeignWriteError(OVER)

    async def _greet(self) -> None:
        greeting = await greet(self._url, self._clock)
        viewer = greeting.user is not None and greeting.user.startswith(VIEWERS)
        role = SessionRole.VIEWER if viewer else SessionRole.TRADER
        if role is not self.session.role:
            self.session = _new_session(self._clock, self._rng, role)
        self._greeted, self._ahead_s = True, greeting.ahead_s
        self._tell(self.session, self._ahead_s)


def _new_session(clock: Clock, rng: random.Random, role: SessionRole) -> Session:
    now = clock.now()
    prefix = VIEWER_PREFIX if role is SessionRole.VIEWER else "desk-"
    number = f"{rng.getrandbits(32):08x}"
    return Session(
        session_id=f"{prefix}{number}",
        name=f"{prefix}{number[:4]}",
        user=getpass.getuser(),
        host=platform.node() or "localhost",
        role=role,
        version=__version__,
        opened_at=now,
        ts=now,
        source="desktop",
        canary=None,
        delay_ms=None,
    )
