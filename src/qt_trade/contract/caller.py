"""Sends commands over one line, which is opened when it is needed and replaced when it is lost.

Nothing is ever sent twice: who gets a DisconnectedError knows that the effect is unknown, and
decides himself. The errors are the contract's words.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Never

from redis.asyncio import Redis
from redis.exceptions import (
    AuthenticationError,
    NoScriptError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)

from qt_trade.contract.errors import DisconnectedError, RefusedError
from qt_trade.contract.line import Line, Word, Words, open_line, packed
from qt_trade.contract.scripts import Script

CHUNK = 256
"""Commands of one lot that leave together: the first is at work while the next are packed."""


class Caller:
    """All methods raise DisconnectedError without an answer and RefusedError when it is no."""

    def __init__(self, redis: "Redis", answer_s: float) -> None:
        self._redis = redis
        self._answer_s = answer_s
        self._line: Line | None = None
        self._opening: asyncio.Task[Line] | None = None

    async def call(self, *words: Word) -> Any:
        """Send one command and return its answer."""
        try:
            return await self._call(words)
        except (RedisError, OSError) as error:
            self._complain(error)

    async def run(self, script: Script, keys: Sequence[Word], *arguments: Word) -> Any:
        """Run a script of ours; a server that does not know it yet is told it."""
        words = (len(keys), *keys, *arguments)
        try:
            try:
                return await self._call((b"EVALSHA", script.sha, *words))
            except NoScriptError:
                return await self._call((b"EVAL", script.text, *words))
        except (RedisError, OSError) as error:
            self._complain(error)

    async def call_all(self, commands: Sequence[Words]) -> list[Any]:
        """Send several commands in as few pieces as is good; raise the first error among them."""
        answers = await self._call_all(commands)
        for answer in answers:
            if isinstance(answer, RedisError):
                self._complain(answer)
        return answers

    async def run_all(self, script: Script, calls: Sequence[tuple[Words, Words]]) -> list[Any]:
        """Run a script for several keys and arguments; raise the first error among them."""
        called = [(len(keys), *keys, *arguments) for keys, arguments in calls]
        answers = await self._call_all([(b"EVALSHA", script.sha, *words) for words in called])
        unknown = [at for at, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if unknown:
            told = await self._call_all([(b"EVAL", script.text, *called[at]) for at in unknown])
            for at, answer in zip(unknown, told, strict=True):
                answers[at] = answer
        for answer in answers:
            if isinstance(answer, RedisError):
                self._complain(answer)
        return answers

    async def _call_all(self, commands: Sequence[Words]) -> list[Any]:
        try:
            line = await self._ready()
            under_way = [
                line.call_all(commands[start : start + CHUNK])
                for start in range(0, len(commands), CHUNK)
            ]
            return [answer for part in await asyncio.gather(*under_way) for answer in part]
        except (RedisError, OSError) as error:
            self._complain(error)

    def renew(self) -> None:
        """Begin the next command on a new line, if none is under way: the old server may be dead."""
        if self._line is not None and self._line.idle:
            self._line.lose(ConnectionError("replaced"))

    def leave(self) -> None:
        """Begin the next command on a new line; what is under way fails: its server was deposed."""
        if self._line is not None:
            self._line.lose(ConnectionError("another server is the primary now"))

    def close(self) -> None:
        """Let go of the line, also of one that is only about to be one."""
        if self._opening is not None:
            self._opening.cancel()
        if self._line is not None:
            self._line.lose(ConnectionError("closed"))

    async def _call(self, words: Words) -> Any:
        command = packed(words)
        line = self._line
        if line is None or not line.ready:
            line = await self._ready()
        return await line.call(command)

    async def _ready(self) -> Line:
        line = self._line
        if line is None or line.lost.done():
            line = await self._opened()
        await line.room()
        return line

    async def _opened(self) -> Line:
        """Open a line; all who need one wait for the same attempt, and fail with it."""
        opening = self._opening
        if opening is None:
            opening = self._opening = asyncio.create_task(self._open())
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            if opening.cancelled():
                raise DisconnectedError("closed") from None
            raise

    async def _open(self) -> Line:
        try:
            line = self._line = await open_line(self._redis, self._answer_s, _unheard)
        finally:
            self._opening = None
        return line

    def _complain(self, error: Exception) -> Never:
        if isinstance(error, ReadOnlyError):
            # A leader that was made a follower: soon another one is it.
            if self._line is not None:
                self._line.lose(error)
            raise DisconnectedError(str(error)) from error
        if isinstance(error, AuthenticationError | ResponseError):
            raise RefusedError(str(error)) from error
        raise DisconnectedError(str(error) or "no answer in time") from error


def _unheard(_push: list[Any]) -> None:
    """Hear nothing: nothing is subscribed on a caller's line."""
