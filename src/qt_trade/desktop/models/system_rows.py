"""What the System page's tables are given: frozen rows, None where nothing is known."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class State(NamedTuple):
    """A state as a word with its icon and its tone."""

    word: str
    icon: str
    tone: str


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One process of a role, or a role of which none was seen. ``reason``: why all is not well."""

    key: str
    role: str
    where: str
    state: State
    heartbeat_s: float | None = None
    work: str = ""
    reason: str = ""
    ago_s: float | None = None
    idle: bool = False
    queue: int | None = None
    per_minute: float | None = None
    restarts: int | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One line to something outside. ``spark``: milliseconds of the last half hour.

    ``left``: what is left of its quota; ``left_share`` of it from 0 to 1, below 0: no meter.
    """

    key: str
    to: str
    via: str
    state: State
    detail: str
    spark: tuple[float, ...] = ()
    latency_ms: float | None = None
    left: str = ""
    left_share: float = -1.0
    left_tone: str = "faint"
    left_hint: str = ""
    lost: int | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One frontend. ``delay_ms``: from the canary's start to its being shown there."""

    key: str
    name: str
    where: str
    version: str
    right: State
    delay_ms: float | None = None
    seen_s: float | None = None
    here: bool = False
    stale: bool = False


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """Messages refused for the same reason at the same field; the last one's time and value."""

    key: str
    at: datetime
    name: str
    source: str
    field: str
    value: str
    why: str
    times: int
    stale: bool = False


@dataclass(frozen=True, slots=True)
class LogRow:
    """One line of a role's log."""

    key: str
    at: datetime
    level: str
    source: str
    words: str
    tone: str
    stale: bool = False
