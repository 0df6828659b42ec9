"""The engine looks whether its server tells of writes, deletions and expiries."""

import asyncio
from collections.abc import Callable

from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import DisconnectedError, RefusedError
from qt_trade.contract.keyspace_events import CLASSES, missing_classes, switch_on
from qt_trade.contract.link import Link
from qt_trade.kit.logs import get_logger

AGAIN_S = 60.0
"""How often it is looked again while something is missing: an administrator may be at it."""
WORDS = (
    "Redis does not tell of strangers' writes and of sessions that end (notify-keyspace-events "
    f"lacks {{missing}}); its administrator sets: CONFIG SET notify-keyspace-events {CLASSES}"
)


class ServerEvents:
    """Looks at every connect, and sees to it or tells in words what to set."""

    def __init__(self, bus: Bus, url: str, tell: Callable[[str], None]) -> None:
        self._bus = bus
        self._url = url
        self._tell = tell
        self._connected = False
        self._due = asyncio.Event()
        self._log = get_logger()

    async def run(self) -> None:
        """Look until cancelled."""
        self._bus.on_link(self._on_link)
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                words = await self._look()
            except DisconnectedError:
                continue  # the next connect brings the next look
            except RefusedError as refused:
                words = f"it cannot be seen whether Redis tells of writes: {refused}"
            self._tell(words)
            if words:
                self._log.warning("redis.events_missing", words=words)
                asyncio.get_running_loop().call_later(AGAIN_S, self._due.set)

    async def _look(self) -> str:
        missing = await missing_classes(self._url)
        if missing and await switch_on(self._url, missing):
            self._log.info("redis.events_switched_on", classes=missing)
            missing = await missing_classes(self._url)
        return WORDS.format(missing=missing) if missing else ""

    def _on_link(self, link: Link) -> None:
        came, self._connected = link.connected and not self._connected, link.connected
        if came:
            self._due.set()
