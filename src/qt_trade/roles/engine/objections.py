"""What stands in the way, for all to see in ``autotrading:error``; absent while nothing does."""

import asyncio
import contextlib
from dataclasses import dataclass

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import ContractError, DisconnectedError
from qt_trade.contract.link import Link
from qt_trade.contract.payloads.base import WORDS_LENGTH_MAX
from qt_trade.contract.payloads.results import AutoTradingError
from qt_trade.kit.clock import monotonic
from qt_trade.kit.logs import get_logger
from qt_trade.roles.engine.documents import SOURCE, Stamp

SHOWN_S = 60.0
"""How long a refusal is shown whose setting was put right by the engine itself."""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a message was refused. ``path``: the field, ``$`` for all of it."""

    path: str
    words: str
    session_id: str | None = None


class Objections:
    """One objection per key; the newest is shown."""

    def __init__(self, bus: Bus, stamp: Stamp, shown_s: float = SHOWN_S) -> None:
        self._bus = bus
        self._stamp = stamp
        self._shown_s = shown_s
        self._standing: dict[str, tuple[AutoTradingError, float | None]] = {}
        self._written: AutoTradingError | None = None
        self._sure = False
        self._due = asyncio.Event()
        self._log = get_logger()

    def object(self, key: str, objection: Objection, *, passing: bool) -> None:
        """Show an objection. ``passing``: its cause is gone already, only its writer must know."""
        shown = AutoTradingError(
            ts=self._stamp.wall.now(),
            source=SOURCE,
            feed=self._stamp.feed,
            key=key,
            path=objection.path,
            reason=objection.words[:WORDS_LENGTH_MAX],
            session_id=objection.session_id,
        )
        self._standing.pop(key, None)
        self._standing[key] = shown, monotonic() + self._shown_s if passing else None
        self._due.set()

    def clear(self, key: str) -> None:
        """Nothing stands in the way of a key any more."""
        if self._standing.pop(key, None) is not None:
            self._due.set()

    def write_anew(self) -> None:
        """Write again what stands there: the server lost it."""
        self._sure = False
        self._due.set()

    async def run(self) -> None:
        """Write the document until cancelled."""
        self._bus.on_link(self._on_link)
        while True:
            self._due.clear()
            await self._write()
            ends = [until for _, until in self._standing.values() if until is not None]
            timeout = max(0.0, min(ends) - monotonic()) if ends else None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self._due.wait()

    def _on_link(self, link: Link) -> None:
        if link.connected:
            self.write_anew()

    async def _write(self) -> None:
        now = monotonic()
        for key in [key for key, (_, until) in self._standing.items() if until and until <= now]:
            del self._standing[key]
        shown = next((one for one, _ in reversed(self._standing.values())), None)
        if self._sure and shown == self._written:
            return
        try:
            if shown is None:
                await self._bus.delete(registry.AUTOTRADING_ERROR)
            else:
                await self._bus.write(registry.AUTOTRADING_ERROR, shown)
        except DisconnectedError:
            return  # the link tells when it is back
        except ContractError as refused:
            self._log.error("objection.not_written", words=str(refused))
        self._written, self._sure = shown, True
