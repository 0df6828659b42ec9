"""Slots of a rhythm: whole multiples of its period in UTC."""

from datetime import UTC, datetime, timedelta

EARLY = 0.01
"""How early, in periods, a tick may come and still count for the boundary ahead."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def last_boundary(at: datetime, every: timedelta) -> datetime:
    """Return the last boundary at or before a moment."""
    return at - (at - _EPOCH) % every


def current_boundary(at: datetime, every: timedelta) -> datetime:
    """Return the boundary a tick at this moment belongs to: clocks differ by a little."""
    return last_boundary(at + every * EARLY, every)
