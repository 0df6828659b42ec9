"""Slots of a rhythm: whole multiples of its period in UTC."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def last_boundary(at: datetime, every: timedelta) -> datetime:
    """Return the last boundary at or before a moment."""
    return at - (at - _EPOCH) % every


def nearest_boundary(at: datetime, every: timedelta) -> datetime:
    """Return the nearest boundary: a tick may be a little early or late."""
    return last_boundary(at + every / 2, every)
