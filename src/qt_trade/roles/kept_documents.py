"""Documents that are written on change, and written again to a server that came back empty."""

import asyncio
from typing import Any, TypeVar

from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Document
from qt_trade.contract.errors import ContractError, DisconnectedError
from qt_trade.kit.logs import get_logger

T = TypeVar("T")


class KeptDocuments:
    """Remembers the last value of each document one role wrote, None for one it removed."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._last: dict[tuple[str, str], tuple[Document[Any], Any]] = {}
        self._again: asyncio.Task[None] | None = None
        bus.on_doubt(self._on_doubt)

    async def write(self, document: Document[T], value: T, part: str = "") -> None:
        """Write a document. Raises DisconnectedError; it is written then when the link is back."""
        self._last[document.name, part] = (document, value)
        await self._bus.write(document, value, part)

    async def delete(self, document: Document[Any], part: str = "") -> None:
        """Remove a document. Raises DisconnectedError; it is removed then when the link is back."""
        self._last[document.name, part] = (document, None)
        await self._bus.delete(document, part)

    def _on_doubt(self) -> None:
        if self._last:
            self._again = asyncio.ensure_future(self._write_again())

    async def _write_again(self) -> None:
        for (_, part), (document, value) in tuple(self._last.items()):
            try:
                if value is None:
                    await self._bus.delete(document, part)
                else:
                    await self._bus.write(document, value, part)
            except DisconnectedError:
                return  # the link tells when it is back once more
            except ContractError as refused:
                get_logger().error("document.refused", key=document.key(part), words=str(refused))

    async def close(self) -> None:
        """Write nothing more."""
        if self._again is not None:
            self._again.cancel()
            await asyncio.gather(self._again, return_exceptions=True)
