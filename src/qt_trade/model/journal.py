"""A line of the journal: the form in which trading hands its events to storage."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class JournalRecord:
    """One event. ``kind`` names its type, ``body`` is its JSON.

    ``at`` is wall time, ``feed_at`` feed time. ``order_id`` and ``command_id`` are None where
    the event belongs to no order or no command; storage may index them.
    """

    kind: str
    at: datetime
    feed_at: datetime
    order_id: str | None
    command_id: str | None
    body: bytes


class JournalAwayError(Exception):
    """The journal did not take the records: none is stored, nothing happened."""
