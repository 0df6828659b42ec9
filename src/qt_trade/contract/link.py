"""The state of the connection to Redis, as a value to show."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LinkPhase(StrEnum):
    """CONNECTED means whole: subscribed, and every watched value read anew.

    REFUSED: the server answered and said no (password, permission); nobody tries again by himself,
    but for a password from a file when that has changed.
    """

    CONNECTING = "CONNECTING"
    CONNECTED = "CONNECTED"
    RECONNECTING = "RECONNECTING"
    REFUSED = "REFUSED"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class Link:
    """``since``: wall time of the last change of phase. ``attempt`` counts from 1 while away.

    ``next_in_s``: seconds from this event to the next attempt, 0.0 when nobody tries by himself.
    ``latency_ms``: the last PING. ``last_error``: why it is away, in words for a person.
    ``target``: where the server is (``host:port``), ``server``: its kind and version, once known;
    neither holds a secret. ``tls``: whether nobody on the way can read along. ``emptied``: how
    often the server's data was thrown away under a living connection.
    """

    phase: LinkPhase
    since: datetime
    attempt: int
    next_in_s: float
    latency_ms: float | None
    reconnects: int
    last_error: str
    target: str = ""
    server: str = ""
    tls: bool = False
    emptied: int = 0

    @property
    def connected(self) -> bool:
        """Whether values arrive and may be written."""
        return self.phase is LinkPhase.CONNECTED

    @property
    def life(self) -> tuple[int, int]:
        """Differs whenever what was written before may be gone: reconnected, or emptied."""
        return self.reconnects, self.emptied


def each_new_life(now: Link, listener: Callable[[], None]) -> Callable[[Link], None]:
    """Return a watcher of links that calls ``listener`` at each new life but the very first."""
    known = now.life if now.connected else None

    def look(link: Link) -> None:
        nonlocal known
        if not link.connected or link.life == known:
            return
        first, known = known is None and link.life == (0, 0), link.life
        if not first:
            listener()

    return look
