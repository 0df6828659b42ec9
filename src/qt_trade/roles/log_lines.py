"""A role's log on its way to the desktop: buffered, paced, and never in the way of the work."""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import ContractError, DisconnectedError
from qt_trade.contract.payloads.base import WORDS_LENGTH_MAX
from qt_trade.contract.payloads.health import LogLevel, LogLine
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import mask_secrets
from qt_trade.model.feeds import FeedKind

WAITING_MAX = 500
"""Lines kept while they cannot be sent: as many as the log itself keeps."""
BURST = 50
BURST_S = 1.0
"""At most BURST lines within BURST_S: a role in distress must not drown the others."""
RETRY_S = 0.5
EVENT_LENGTH_MAX = 200

_LEVELS = {"info": LogLevel.INFO, "warning": LogLevel.WARNING}
_BESIDE_WORDS = frozenset({"timestamp", "level", "role", "feed", "event", "run", "exception"})
_FRAME = " +-|"
_QUIET = frozenset({"debug", "notset"})


class LogLines:
    """Takes lines from any thread and ships them in order; says how many it had to leave out.

    It logs nothing itself, so that no line is ever about a line.
    """

    def __init__(self, role: str, feed: FeedKind, clock: Clock) -> None:
        self._role = role
        self._feed = feed
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: deque[LogLine] = deque()
        self._left_out = 0
        self._wake: Callable[[], object] = _nobody

    def take(self, level: str, event: str, fields: Mapping[str, Any]) -> None:
        """Take a line, whatever thread says it. Never blocks and never raises."""
        if level in _QUIET:
            return
        line = self._line(_LEVELS.get(level, LogLevel.ERROR), event, _in_words(fields))
        with self._lock:
            idle = not self._waiting
            self._waiting.append(line)
            if len(self._waiting) > WAITING_MAX:
                self._waiting.popleft()
                self._left_out += 1
        if idle:  # else whoever ships is at it, or will look again
            with contextlib.suppress(RuntimeError):  # the loop has been closed meanwhile
                self._wake()

    async def ship(self, bus: Bus) -> None:
        """Append the lines to the log until cancelled."""
        loop, filled = asyncio.get_running_loop(), asyncio.Event()
        filled.set()
        bus.on_link(lambda link: filled.set() if link.connected else None)
        self._wake = lambda: loop.call_soon_threadsafe(filled.set)
        try:
            while True:
                await filled.wait()
                filled.clear()
                if bus.link.connected and not await self._send(bus):
                    await asyncio.sleep(RETRY_S)
                    filled.set()
        finally:
            self._wake = _nobody

    async def last_words(self, bus: Bus) -> None:
        """Send what waits once, as far as Redis takes it."""
        with contextlib.suppress(ContractError):
            await self._burst(bus)

    async def _send(self, bus: Bus) -> bool:
        """Send all that waits; return False when Redis does not answer."""
        try:
            sent = await self._burst(bus)
            while sent == BURST:
                await asyncio.sleep(BURST_S)
                sent = await self._burst(bus)
        except DisconnectedError:
            return False
        return True

    async def _burst(self, bus: Bus) -> int:
        """Send at most BURST lines and return how many. Raises DisconnectedError."""
        for sent in range(BURST):
            line = self._next()
            if line is None:
                return sent
            try:
                await bus.append(registry.LOG_LINES, line)
            except DisconnectedError:
                with self._lock:
                    self._waiting.appendleft(line)
                raise
            except ContractError:
                with self._lock:
                    self._left_out += 1
        return BURST

    def _next(self) -> LogLine | None:
        with self._lock:
            left_out, self._left_out = self._left_out, 0
            if left_out:
                words = f"{left_out} lines left out; the role's own log has them"
                return self._line(LogLevel.WARNING, "log.left_out", words)
            return self._waiting.popleft() if self._waiting else None

    def _line(self, level: LogLevel, event: str, words: str) -> LogLine:
        return LogLine(
            ts=self._clock.now(),
            source=self._role,
            feed=self._feed,
            level=level,
            event=event[:EVENT_LENGTH_MAX],
            words=words,
        )


def _nobody() -> None:
    """Wake nobody: nobody ships yet, or any more."""


def _in_words(fields: Mapping[str, Any]) -> str:
    """Return the fields as one text, of a traceback its last line; the log file has all of it."""
    parts = [f"{name}={value}" for name, value in fields.items() if name not in _BESIDE_WORDS]
    parts += _last_line(str(fields.get("exception", "")))
    text = mask_secrets(" ".join(parts))
    # What UTF-8 cannot hold would be refused.
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= WORDS_LENGTH_MAX else text[: WORDS_LENGTH_MAX - 1] + "…"


def _last_line(traceback: str) -> list[str]:
    """Return what a traceback ends with; that of a group ends with a frame."""
    lines = (line.strip(_FRAME) for line in reversed(traceback.splitlines()))
    return next(([line] for line in lines if line), [])
