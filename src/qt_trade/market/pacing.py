"""Playing at a pace: waiting for a feed moment on the wall's clock, without drift."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from qt_trade.kit.clock import Anchor, Clock
from qt_trade.market.ports import Sleep

SPEED_MAX = 10_000.0
JUMP_S = 1.0
"""Wall seconds from a jump over closed time to the next session's open."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast to play, and from where.

    Everything up to ``start`` (feed time; None: the source's own beginning) is history and what
    comes after it is played. ``anchor``: the anchor in force when an earlier streamer of the same
    run stopped; it is kept, and what it makes overdue is delivered at once and in order.
    Raises ValueError when the speed is not in 1..10,000.
    """

    wall: Clock
    sleep: Sleep
    speed: float = 1.0
    start: datetime | None = None
    anchor: Anchor | None = None

    def __post_init__(self) -> None:
        if not 1.0 <= self.speed <= SPEED_MAX:
            raise ValueError(f"speed is {self.speed}; it must be from 1 to {SPEED_MAX:,.0f}")


class Pacer:
    """Keeps one anchor and waits for feed moments against it."""

    def __init__(self, pace: Pace, first: datetime) -> None:
        self._pace = pace
        self._anchor = pace.anchor or Anchor(pace.wall.now(), first, pace.speed)

    @property
    def anchor(self) -> Anchor:
        """The anchor in force."""
        return self._anchor

    async def until(self, moment: datetime) -> None:
        """Return when the feed's clock shows the moment; at once, after a yield, when it is past.

        The target is absolute, so a late event does not delay the ones after it.
        """
        delay_s = self._delay_s(moment)
        await self._pace.sleep(max(0.0, delay_s))
        while (delay_s := self._delay_s(moment)) > 0:  # a sleep may end a tick early
            await self._pace.sleep(delay_s)

    def skip_to(self, opening: datetime) -> Anchor | None:
        """Move the clock over closed time so that an open comes one wall second from now.

        Return the new anchor, or None where the clock is as near already, or past it.
        """
        wall, speed = self._pace.wall.now(), self._anchor.speed
        lead = timedelta(seconds=JUMP_S * speed)
        if self._anchor.feed_time(wall) >= opening - lead:
            return None
        self._anchor = Anchor(wall, opening - lead, speed)
        return self._anchor

    def rest(self, end: datetime) -> Anchor:
        """Let the clock walk at the wall's pace from an end on: nothing more will be played."""
        self._anchor = Anchor(self._pace.wall.now(), end, 1.0)
        return self._anchor

    def _delay_s(self, moment: datetime) -> float:
        return (self._anchor.wall_time(moment) - self._pace.wall.now()).total_seconds()
