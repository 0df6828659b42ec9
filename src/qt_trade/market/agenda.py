"""What is to be judged when: at once, but not too often, and again when time alone changes it."""

import asyncio
from datetime import datetime

from qt_trade.kit.clock import Clock, monotonic
from qt_trade.model.symbols import Symbol

COALESCE_S = 0.05
"""A symbol is told at most this often; what comes in between is told with the next."""
LOOK_S = 0.25
"""How often it is looked for prices that grew too old meanwhile."""


class Agenda:
    """The symbols that are to be judged. It never holds more than each of them once."""

    def __init__(self, wall: Clock) -> None:
        self._wall = wall
        self._dirty: dict[Symbol, None] = {}
        self._judged_at: dict[Symbol, float] = {}
        self._holds: dict[Symbol, datetime] = {}
        self._awake = asyncio.Event()
        self._looked = 0.0

    def touch(self, symbol: Symbol) -> None:
        """Have a symbol judged: something new is known of it."""
        self._dirty[symbol] = None
        self._awake.set()

    def wake(self) -> None:
        """End the wait: there is something else to tell."""
        self._awake.set()

    def forget(self, symbol: Symbol) -> None:
        """Judge a symbol no more."""
        self._dirty.pop(symbol, None)
        self._judged_at.pop(symbol, None)
        self._holds.pop(symbol, None)

    def judged(self, symbol: Symbol, until: datetime | None) -> None:
        """Note that a symbol was judged just now, and until when that holds."""
        self._judged_at[symbol] = monotonic()
        if until is None:
            self._holds.pop(symbol, None)
        else:
            self._holds[symbol] = until

    async def wait(self) -> None:
        """Return when something is due, or somebody woke it."""
        now = monotonic()
        waits = [COALESCE_S - (now - self._judged_at.get(each, 0.0)) for each in self._dirty]
        wait_s = min((self._looked + LOOK_S - now, *waits))
        if wait_s > 0:
            try:
                async with asyncio.timeout(wait_s):
                    await self._awake.wait()
            except TimeoutError:
                pass
        self._awake.clear()

    def due(self) -> list[Symbol]:
        """Return the symbols to be judged now; they are no longer on the agenda."""
        now = monotonic()
        if now - self._looked >= LOOK_S:
            self._looked = now
            wall = self._wall.now()
            self._dirty.update((each, None) for each, until in self._holds.items() if until < wall)
        due = [each for each in self._dirty if now - self._judged_at.get(each, 0.0) >= COALESCE_S]
        for each in due:
            del self._dirty[each]
        return due
