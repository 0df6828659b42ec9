"""Keeps a role's feed clock in step with the streamer's."""

import asyncio
from collections.abc import Callable

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.payloads.market import MarketStatus
from qt_trade.kit.clock import Anchor, Clock, FeedClock


class FeedTime:
    """The feed's clock and limits as the streamer last announced them for this run."""

    def __init__(self, run_id: str, wall: Clock) -> None:
        self._run_id = run_id
        self._listeners: list[Callable[[], None]] = []
        self.clock = FeedClock(wall)
        self.status: MarketStatus | None = None
        self.known = asyncio.Event()

    async def follow(self, bus: Bus) -> None:
        """Take over every announcement of this run from now on."""
        await bus.watch(registry.MARKET_STATUS, self._take)

    def on_announcement(self, listener: Callable[[], None]) -> None:
        """Tell ``listener`` of every announcement, after it was taken over."""
        self._listeners.append(listener)

    def _take(self, change: Change[MarketStatus]) -> None:
        status = change.value
        if status is None or status.run_id != self._run_id:
            return
        self.status = status
        self.clock.move(Anchor(status.clock.wall, status.clock.feed, status.clock.speed))
        self.known.set()
        for listener in self._listeners:
            listener()

    @property
    def stale_after_s(self) -> float:
        """Feed seconds after which a quote is too old to open a position on."""
        return 0.0 if self.status is None else self.status.clock.stale_after_s
