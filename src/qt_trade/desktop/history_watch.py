"""The stored bars of the one symbol that is looked at; nobody else's are asked for."""

import asyncio
from collections.abc import Callable
from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.payloads.history import History
from qt_trade.contract.topics import Topic

Deliver = Callable[[str, History | None], None]
"""Given the symbol and its document; None where there is none, or a damaged one."""


class HistoryWatch:
    """Lives in the link's thread; the symbol outlives a move to another server."""

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._wanted = ""
        self._watched = ""
        self._bus: Bus | None = None
        self._topic: Topic | None = None
        self._moving = asyncio.Lock()

    async def look_at(self, bus: Bus | None, symbol: str) -> None:
        """Watch this symbol's document in place of the last one's."""
        self._wanted = symbol
        if bus is not None:
            await self.go_on(bus)

    async def go_on(self, bus: Bus) -> None:
        """Watch on this bus, which may be another one than before, what is wanted."""
        async with self._moving:
            if bus is self._bus and self._watched == self._wanted:
                return
            if bus is self._bus and self._topic is not None:
                await bus.unwatch(self._topic)
            self._bus, self._topic, self._watched = bus, None, self._wanted
            if self._wanted:
                self._topic = await bus.watch(
                    registry.HISTORY, self._taker(self._wanted), self._wanted
                )

    def _taker(self, symbol: str) -> Callable[[Change[Any]], None]:
        def take(change: Change[Any]) -> None:
            self._deliver(symbol, change.value)

        return take
