"""A training process as its worker sees it: begun, listened to, and surely gone in the end."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec

from qt_trade.roles.worker.models.training_lines import LINE_BYTES_MAX, Lesson, Line

PROGRAM = "qt_trade.roles.worker.models.training_process"
_WORDS_KEPT = 20
_LINES = msgspec.json.Decoder(Line)


class TrainingCrashedError(Exception):
    """The process ended before its work was done; the words are its last."""


class TrainingChild:
    """A running training process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._last_words: deque[str] = deque(maxlen=_WORDS_KEPT)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def lines(self) -> AsyncIterator[Line]:
        """Yield what it says until it has done its work. Raises TrainingCrashedError."""
        complaints = asyncio.create_task(self._listen())
        assert self._process.stdout is not None  # noqa: S101  # it is a pipe
        try:
            while line := await self._line(self._process.stdout):
                yield line
            code = await self._process.wait()
            await complaints
        finally:
            complaints.cancel()
        if code:
            raise TrainingCrashedError(self._why(code))

    async def _line(self, pipe: asyncio.StreamReader) -> Line | None:
        try:
            said = await pipe.readline()
            return _LINES.decode(said) if said else None
        except ValueError as unreadable:  # too long, or no line of ours
            words = f"the training process said what cannot be read: {unreadable}"
            raise TrainingCrashedError(words) from unreadable

    async def stop(self) -> None:
        """Kill it, whatever it does, and return when it is gone."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def _listen(self) -> None:
        assert self._process.stderr is not None  # noqa: S101  # it is a pipe
        async for line in self._process.stderr:
            if words := line.decode(errors="replace").replace("\0", "").strip():
                self._last_words.append(words)

    def _why(self, code: int) -> str:
        if code < 0:
            return f"the training process was killed by signal {-code}; perhaps memory ran out"
        words = self._last_words[-1] if self._last_words else "it said nothing"
        return f"the training process ended with code {code}: {words}"


@asynccontextmanager
async def training_child(lesson: Lesson) -> AsyncIterator[TrainingChild]:
    """Begin a training for the block; at its end, however it comes, the process is gone."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", PROGRAM, stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=LINE_BYTES_MAX
    )
    child = TrainingChild(process)
    try:
        assert process.stdin is not None  # noqa: S101  # it is a pipe
        with suppress(ConnectionError):
            process.stdin.write(msgspec.json.encode(lesson) + b"\n")
            await process.stdin.drain()
        yield child
    finally:
        await asyncio.shield(child.stop())
