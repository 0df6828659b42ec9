"""Trainings: what is asked for, and how it goes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TrainingState(StrEnum):
    """WAITING: for a worker, or for the training before it."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    CANCELED = "CANCELED"
    FAILED = "FAILED"

    @property
    def over(self) -> bool:
        """Whether nothing more happens to it."""
        return self not in (TrainingState.WAITING, TrainingState.RUNNING)


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """What is to be trained. ``trigger``: why, in words; ``asked_by``: a session, or a rhythm."""

    job_id: str
    horizons_min: tuple[int, ...]
    trigger: str
    asked_by: str


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """A training as it stands; times are the wall's.

    ``attempts``: how often a worker took it up. ``words``: what came of it.
    """

    order: TrainingOrder
    asked_at: datetime
    state: TrainingState
    words: str
    attempts: int
    begun: datetime | None
    ended: datetime | None
    claimed_until: datetime | None

    @property
    def job_id(self) -> str:
        """Its id."""
        return self.order.job_id
