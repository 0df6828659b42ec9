"""What every event has."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What every event has: ``at`` (wall time) and ``feed_at`` (feed time), both aware UTC."""

    at: datetime
    feed_at: datetime
