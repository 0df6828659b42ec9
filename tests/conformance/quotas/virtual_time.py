"""Time that passes at once while everybody sleeps, and stands still while a server is at work."""

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from typing import TypeVar

from qt_trade.kit.clock import ManualClock

T = TypeVar("T")

QUIET = 8
"""So many turns of the loop in which nothing is under way: whoever could go on has gone on."""


class VirtualTime(ManualClock):
    """A clock and its sleep.

    ``answered``: waits for what is under way in the real world; whether there was anything.
    """

    def __init__(self, at: datetime, answered: Callable[[], Awaitable[bool]]) -> None:
        super().__init__(at)
        self._answered = answered
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    async def sleep(self, seconds: float) -> None:
        """Wait until it is so much later."""
        await self.until(self.now() + timedelta(seconds=max(0.0, seconds)))

    async def until(self, at: datetime) -> None:
        """Wait for a moment."""
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (at, next(self._numbers), future))
        await future

    async def run(self, work: Coroutine[object, object, T]) -> T:
        """Do the work, and let time pass whenever all of it sleeps."""
        task = asyncio.ensure_future(work)
        while not task.done():
            await self._quiet()
            if self._sleepers and not task.done():
                at, _, future = heapq.heappop(self._sleepers)
                self.set(max(at, self.now()))
                if not future.done():
                    future.set_result(None)
        return await task

    async def _quiet(self) -> None:
        quiet = 0
        while quiet < QUIET:
            await asyncio.sleep(0)
            quiet = 0 if await self._answered() else quiet + 1
