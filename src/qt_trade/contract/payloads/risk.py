"""What risk says of the account as it stands: limits and their use, breakers, waits."""

from enum import StrEnum

import msgspec

from qt_trade.contract.payloads.base import Backend, Count, Moment, SymbolText, Words


class LimitLine(msgspec.Struct, frozen=True, kw_only=True):
    """One limit. ``used`` and ``allowed`` in words; ``share``: used of allowed, 1 is all of it.

    ``share`` is None where nothing can be said. ``key`` and ``field``: the setting to change it by;
    empty where there is none. ``at_limit``: what happens there. ``pending``: a looser limit that
    is written and waits until ``pending_until`` (wall time); to write the old one takes it back.
    """

    name: Words
    title: Words
    used: Words
    allowed: Words
    share: float | None
    at_limit: Words
    key: Words = ""
    field: Words = ""
    pending: Words = ""
    pending_until: Moment | None = None


class BreakerState(StrEnum):
    """CLOSED: all well. WARNING: near. OPEN: it has tripped, and nothing opens."""

    CLOSED = "CLOSED"
    WARNING = "WARNING"
    OPEN = "OPEN"


class BreakerLine(msgspec.Struct, frozen=True, kw_only=True):
    """One circuit breaker: at what it opens, where it stands, and when it lifts."""

    name: Words
    title: Words
    state: BreakerState
    opens_at: Words
    now: Words
    trips_today: Count
    lifts: Words = ""


class WaitLine(msgspec.Struct, frozen=True, kw_only=True):
    """A symbol that may not be opened: why, and until when (feed time); None: until it is lifted.

    ``key`` and ``field``: the setting that says so.
    """

    symbol: SymbolText
    why: Words
    until: Moment | None
    key: Words = ""
    field: Words = ""


class RiskState(Backend, frozen=True, kw_only=True):
    """What of the limits is used, open orders counted. The engine enforces; this only shows."""

    account: str
    feed_ts: Moment
    limits: tuple[LimitLine, ...]
    breakers: tuple[BreakerLine, ...]
    waits: tuple[WaitLine, ...]
    words: Words
