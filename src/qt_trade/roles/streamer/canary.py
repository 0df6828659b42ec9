"""The canary's start: every few seconds, through the same door as the quotes."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from qt_trade.contract.payloads.health import CanaryProbe
from qt_trade.contract.registry import CANARY_EVERY_S
from qt_trade.kit.clock import Clock
from qt_trade.roles.streamer.payloads import SOURCE, Stamp

_EVERY = timedelta(seconds=CANARY_EVERY_S)


class CanaryCage:
    """Makes one canary at a time; whoever sends the quotes lets it fly.

    Its number is the count of canaries due since ``start``: who knows the last one and the rhythm
    can tell how many did not come, also those that a dead streamer never made.
    """

    def __init__(
        self, stamp: Stamp, wall: Clock, start: datetime, ready: Callable[[], object]
    ) -> None:
        self._stamp = stamp
        self._wall = wall
        self._start = start
        self._ready = ready
        self._number = -1
        self._waiting: CanaryProbe | None = None

    async def run(self) -> None:
        """Make canaries until cancelled."""
        while True:
            now = self._wall.now()
            self._number = max(self._number + 1, (now - self._start) // _EVERY, 0)
            self._waiting = CanaryProbe(
                ts=now,
                source=SOURCE,
                feed=self._stamp.feed,
                run_id=self._stamp.run_id,
                number=self._number,
            )
            self._ready()
            into_rhythm = (now - self._start) % _EVERY
            await asyncio.sleep((_EVERY - into_rhythm).total_seconds())

    def take(self) -> CanaryProbe | None:
        """Return the canary that waits, once."""
        waiting, self._waiting = self._waiting, None
        return waiting
