"""The canary's job as beat calls it: every few seconds of the wall, whatever the feed's clock."""

from collections.abc import Callable
from datetime import datetime, timedelta

from qt_trade.contract.registry import CANARY_EVERY_S
from qt_trade.kit.clock import Clock
from qt_trade.roles.work import Work

EVERY = timedelta(seconds=CANARY_EVERY_S)
JOBS_WAITING_MAX = 20
"""With so many jobs in the queue nobody takes any: one more would prove nothing."""


class CanaryCall:
    """Knows when the next one is due, and notes what beat has called. For beat's one thread."""

    def __init__(self, work: Work, wall: Clock, lead: Callable[[bool], object]) -> None:
        self._work = work
        self._wall = wall
        self._lead = lead
        self._due: datetime | None = None
        self._led = False
        self.number = 0
        self.waiting: int | None = None
        """How many jobs waited when the last canary was due."""

    def leads(self, *, leads: bool) -> None:
        """Note whether this beat acts."""
        if leads is not self._led:
            self._led = leads
            self._lead(leads)

    def left_s(self) -> float:
        """Return the seconds until the next one is due, zero or less when it is."""
        now = self._wall.now()
        if self._due is None or self._due - now > EVERY:  # the wall's clock was set back
            self._due = now
        return (self._due - now).total_seconds()

    def begin(self, waiting: int) -> bool:
        """Take up the next one; return whether it is worth sending."""
        self._due = self._wall.now() + EVERY
        self.number += 1
        self.waiting = waiting
        if waiting > JOBS_WAITING_MAX:
            self._work.proved(f"no job called: {waiting} wait already")
            return False
        return True

    def called(self, task: str) -> None:
        """Note a job that was called."""
        self._work.done(f"job called: {task.rpartition('.')[2]}")

    def called_canary(self) -> None:
        """Note that the canary's job was called."""
        self._work.proved(f"canary job {self.number} called")
