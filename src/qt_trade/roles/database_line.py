"""The line to PostgreSQL of a role: asked now and then, so that its loss is known before need."""

import asyncio
from collections.abc import Awaitable, Callable

from qt_trade.contract.payloads.health import LineHealth
from qt_trade.model.journal import JournalAwayError
from qt_trade.storage.errors import UnreachableError

PING_S = 5.0
RETRY_S = 0.5

Heard = Callable[["DatabaseLine"], object]


class DatabaseLine:
    """Knows whether the database answers. ``ping`` returns the seconds of a round trip."""

    def __init__(
        self,
        ping: Callable[[], Awaitable[float]],
        turned: Heard | None = None,
        every_s: float = PING_S,
    ) -> None:
        self._ping = ping
        self._every_s = every_s
        self._turned = turned
        self._losses = 0
        self.latency_ms: float | None = None
        self.error = ""

    async def run(self) -> None:
        """Ask until cancelled; tell ``turned`` of every answer."""
        while True:
            there = self.latency_ms is not None
            try:
                self.latency_ms, self.error = round(await self._ping() * 1000, 2), ""
            except (JournalAwayError, UnreachableError) as away:
                self.latency_ms, self.error = None, str(away)
                self._losses += there
            if self._turned is not None:
                self._turned(self)
            await asyncio.sleep(
                min(RETRY_S, self._every_s) if self.latency_ms is None else self._every_s
            )

    def health(self) -> LineHealth:
        """Return the state of the line as it is reported."""
        return LineHealth(
            connected=self.latency_ms is not None,
            latency_ms=self.latency_ms,
            reconnects=self._losses,
            last_error=self.error,
        )
