"""Whether a lease is surely ours at this moment, by our own clock and without asking anybody.

A process that was stopped or slept goes on where it was, perhaps in the middle of a write, and its
lease may be another's by then. So each act is held against the time since the lease was last
proved; a clock that stands still meanwhile would say that no time had passed.
"""

from collections.abc import Callable
from dataclasses import dataclass

MARGIN_S = 0.5
"""How long before its end a lease is no longer relied on: an act takes its time, too."""
FROZEN_S = 2.0
"""A process that did not look at the clock for so long was stopped, or held up."""


@dataclass(slots=True)
class LeaseClock:
    """``ttl_s``: how long a proof holds. ``now``: seconds that pass also in sleep."""

    ttl_s: float
    now: Callable[[], float]
    proved_at: float
    _looked_at: float = 0.0
    _suspect: bool = False

    def __post_init__(self) -> None:
        self._looked_at = self.proved_at

    def proved(self, asked_at: float) -> None:
        """Take a proof that the lease was ours; ``asked_at``: before the question left."""
        self.proved_at = max(self.proved_at, asked_at)
        self._suspect = False
        self._looked_at = self.now()

    def look(self) -> None:
        """Note that the process runs; it is called all the time."""
        now = self.now()
        self._suspect = self._suspect or now - self._looked_at > FROZEN_S
        self._looked_at = now

    @property
    def sure(self) -> bool:
        """Whether the lease cannot be another's: what must not be done twice is done only then."""
        return self.now() - self.proved_at < self.ttl_s - MARGIN_S

    @property
    def unbroken(self) -> bool:
        """Whether the lease is sure, or nothing but the database's absence makes it unsure.

        Then nobody who needs the database can have taken it, as far as this process can tell.
        """
        return self.sure or not (self._suspect or self.now() - self._looked_at > FROZEN_S)
