"""Time as something that is handed over, never fetched: wall clocks and clocks that run faster."""

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

_SINCE_BOOT: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock(Protocol):
    """Anything that knows what time it is."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """A clock for tests and simulations: it stands still until it is told to move."""

    def __init__(self, at: datetime) -> None:
        self._now = at

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move time forward."""
        self._now += by

    def set(self, at: datetime) -> None:
        """Put the clock to a moment."""
        self._now = at


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a feed's time and the wall's time met, and how fast the feed's runs since then.

    Raises ValueError for a speed at which time would not go forward.
    """

    wall: datetime
    feed: datetime
    speed: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.speed) and self.speed > 0):
            raise ValueError(f"speed is {self.speed}; it must be finite and positive")

    def feed_time(self, wall: datetime) -> datetime:
        """Return the feed's time at a moment of the wall's."""
        return self.feed + (wall - self.wall) * self.speed

    def wall_time(self, feed: datetime) -> datetime:
        """Return the wall's time at a moment of the feed's."""
        return self.wall + (feed - self.feed) / self.speed


class FeedClock:
    """The time of the feed: the wall's own in real time, faster and long ago in a replay."""

    def __init__(self, wall: Clock, anchor: Anchor | None = None) -> None:
        self._wall = wall
        self._anchor = anchor

    def now(self) -> datetime:
        wall = self._wall.now()
        return wall if self._anchor is None else self._anchor.feed_time(wall)

    @property
    def anchor(self) -> Anchor | None:
        """The anchor in force; None while feed time is wall time."""
        return self._anchor

    @property
    def speed(self) -> float:
        """Feed seconds per wall second."""
        return 1.0 if self._anchor is None else self._anchor.speed

    def move(self, anchor: Anchor | None) -> None:
        """Take over another anchor, e.g. when a replay jumps over a night."""
        self._anchor = anchor


def monotonic() -> float:
    """Return seconds that never run backwards, for durations only."""
    return time.monotonic()


def since_boot() -> float:
    """Return seconds that also pass while the machine sleeps, for what others may take by then."""
    return time.clock_gettime(_SINCE_BOOT)
