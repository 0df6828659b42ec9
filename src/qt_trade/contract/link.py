"""The state of the connection to Redis, as a value to show."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LinkPhase(StrEnum):
    """CONNECTED means whole: subscribed, and every watched value read anew.

    REFUSED: the server answered and said no (password); nobody tries again by himself.
    """

    CONNECTING = "CONNECTING"
    CONNECTED = "CONNECTED"
    RECONNECTING = "RECONNECTING"
    REFUSED = "REFUSED"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class Link:
    """``since``: wall time of the last change of phase. ``attempt`` counts from 1 while away.

    ``next_in_s``: seconds from this event to the next attempt. ``latency_ms``: the last PING.
    """

    phase: LinkPhase
    since: datetime
    attempt: int
    next_in_s: float
    latency_ms: float | None
    reconnects: int
    last_error: str

    @property
    def connected(self) -> bool:
        """Whether values arrive and may be written."""
        return self.phase is LinkPhase.CONNECTED
