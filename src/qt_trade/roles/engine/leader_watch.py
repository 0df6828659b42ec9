"""Who leads, told through Redis, too: for a leader that the database no longer reaches.

It cannot renew its lease, and nothing tells it whether another has taken it by then; but both
speak to the same Redis.
"""

import asyncio

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.errors import DisconnectedError
from qt_trade.contract.payloads.health import Leader
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.engine.documents import SOURCE
from qt_trade.roles.patience import until_answered


class DeposedError(RuntimeError):
    """Another engine leads by a later token of the lease."""


class LeaderWatch:
    """Writes that this engine leads, and ends it when another says the same later."""

    def __init__(self, bus: Bus, token: int, instance: str, feed: FeedKind, wall: Clock) -> None:
        self._bus = bus
        self._leader = Leader(
            ts=wall.now(), source=SOURCE, feed=feed, instance=instance, token=token
        )
        self._revision = 0
        self._news = asyncio.Event()
        self.deposed = False

    async def begin(self) -> None:
        """Say who leads, and listen from now on; what stood there before counts no more."""
        await until_answered(self._write)
        await self._bus.watch(registry.LEADER, self._on_change)

    async def run(self) -> None:
        """Write it again when it was lost. Raises DeposedError."""
        while True:
            await self._news.wait()
            self._news.clear()
            if self.deposed:
                raise DeposedError(f"token {self._leader.token} of the lease leads no more")
            try:
                await self._write()
            except DisconnectedError as away:
                get_logger().debug("leader.not_written", words=str(away))

    async def _write(self) -> None:
        self._revision = await self._bus.write(registry.LEADER, self._leader)

    def _on_change(self, change: Change[Leader]) -> None:
        if change.value is None:
            self._news.set()
        elif change.revision > self._revision and change.value.token > self._leader.token:
            self.deposed = True
            self._news.set()
