"""Fetching what is missing of a history: jobs, and the spans they are done in."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from qt_trade.model.symbols import Symbol


class BackfillState(StrEnum):
    """WAITING: for a worker, or for a provider's quota."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    CANCELED = "CANCELED"
    FAILED = "FAILED"

    @property
    def over(self) -> bool:
        """Whether nothing more happens to it."""
        return self in (BackfillState.DONE, BackfillState.CANCELED, BackfillState.FAILED)


@dataclass(frozen=True, slots=True)
class BackfillOrder:
    """What somebody asked for: days of New York, both included."""

    job_id: str
    asked_by: str
    symbols: tuple[Symbol, ...]
    interval_s: int
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class BackfillProgress:
    """A job as it stands: ``done`` of ``total`` spans, ``bars`` stored."""

    order: BackfillOrder
    planned: bool
    state: BackfillState
    words: str
    begun: datetime | None
    ended: datetime | None
    done: int
    total: int
    bars: int


@dataclass(frozen=True, slots=True)
class BackfillSpan:
    """A piece of a job: bars of one symbol that begin in [since, until)."""

    job_id: str
    number: int
    symbol: Symbol
    since: datetime
    until: datetime
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored of one interval."""

    symbols: int
    bars: int
    first: datetime | None
    last: datetime | None
