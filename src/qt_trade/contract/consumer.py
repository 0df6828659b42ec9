"""The reading end of a command: each is carried out, answered and only then forgotten."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from redis.asyncio import Redis

from qt_trade.contract import scripts
from qt_trade.contract.caller import Caller
from qt_trade.contract.codec import UNREADABLE, Codec
from qt_trade.contract.endpoints import Command
from qt_trade.contract.errors import DisconnectedError, InvalidMessageError, RefusedError
from qt_trade.contract.payloads.base import ID_LENGTH_MAX, WORDS_LENGTH_MAX
from qt_trade.contract.payloads.commands import Reply
from qt_trade.contract.replies import REPLIES_PREFIX, REPLY_PREFIX
from qt_trade.contract.topics import RawEntry, Refuse, fields_of
from qt_trade.kit.backoff import Backoff
from qt_trade.kit.logs import get_logger

T = TypeVar("T")

REPLY_KEPT_S = 3600
BLOCK_S = 2.0
"""How long one read waits for a command; its end only proves that the connection lives."""
SILENCE_S = 4.0
"""After this long without any answer the connection counts as lost."""
BATCH = 64
DEATHS_MAX = 5
"""A command under which more readers died is refused: it would kill the next one, too."""
DEATHS_PREFIX = "deaths:"
DEATHS_KEPT_S = 86_400
_GROUP, _READER = "engine", "leader"
_GONE = ("NOGROUP", "UNBLOCKED")
"""How the server's answers begin when the stream was deleted: it is begun anew."""


class TryAgainError(Exception):
    """Raised by a handler that could do nothing now (its database is away): deliver again."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """What a command that cannot be carried out is answered with."""

    command_id: str
    reason: str


Handler = Callable[[T], Awaitable[Reply]]
Reject = Callable[[Rejection], Reply]


@dataclass(frozen=True, slots=True)
class _Answer:
    command_id: str
    data: bytes


_SILENT = _Answer("", b"")


class Consumer(Generic[T]):
    """Reads one command stream as the only member of its group."""

    def __init__(
        self,
        redis: "Redis",
        command: Command[T],
        codec: Codec[T],
        reply_codec: Codec[Reply],
        handler: Handler[T],
        reject: Reject,
        refuse: Refuse,
        backoff: Backoff,
        require_lead: Callable[[], None],
    ) -> None:
        self._require_lead = require_lead
        self._caller = Caller(redis, SILENCE_S)
        self._stream = command.key()
        self._codec = codec
        self._reply_codec = reply_codec
        self._handler = handler
        self._reject = reject
        self._refuse = refuse
        self._backoff = backoff
        # The entry carried out last, until the server has confirmed its answer: delivered again
        # after a lost connection it is only answered again.
        self._done: tuple[bytes, _Answer] | None = None
        self._begun = b""
        self._problem = ""
        self._log = get_logger()

    def leave(self) -> None:
        """Read on a new line from now on: the server of this one was deposed."""
        self._caller.leave()

    async def run(self) -> None:
        """Serve until cancelled; after any disconnect first what was left unanswered."""
        try:
            while True:
                await self._attempt()
                await asyncio.sleep(self._backoff.next_delay())
        finally:
            self._caller.close()

    async def _attempt(self) -> None:
        try:
            self._require_lead()
            await self._make_group()
            await self._serve()
        except TryAgainError as error:
            self._log.warning("command.postponed", stream=self._stream, reason=str(error))
        except DisconnectedError as error:  # the link has said so, once
            self._log.debug("command.reader_lost", stream=self._stream, reason=str(error))
        except RefusedError as error:
            await self._report(str(error))
        except Exception:  # noqa: BLE001  # whatever it is, somebody must read the commands
            self._log.exception("command.reader_failed", stream=self._stream)

    async def _report(self, problem: str) -> None:
        """Say once what stands in the way: a stranger's value at the key of the stream."""
        if not problem.startswith(_GONE) and problem != self._problem:
            self._problem = problem
            self._refuse(InvalidMessageError(self._stream, "$", problem), b"")

    async def _make_group(self) -> None:
        try:
            await self._caller.call("XGROUP", "CREATE", self._stream, _GROUP, "0", "MKSTREAM")
        except RefusedError as error:
            if "BUSYGROUP" not in str(error):
                raise
        self._problem = ""

    async def _serve(self) -> None:
        start = b"0-0"
        while True:  # what a dead reader, or this one before a disconnect, left unanswered
            start, left, *_ = await self._caller.call(
                "XAUTOCLAIM", self._stream, _GROUP, _READER, 0, start, "COUNT", BATCH
            )
            for entry in left:
                await self._bury_or_handle(entry)
            if start == b"0-0":
                break
        self._backoff.reset()
        read = ("GROUP", _GROUP, _READER, "COUNT", BATCH, "BLOCK", int(BLOCK_S * 1000))
        while True:
            # What is read now and never answered, the next leader would find only at its start.
            self._require_lead()
            answer = await self._caller.call("XREADGROUP", *read, "STREAMS", self._stream, ">")
            for entry in (answer or {}).get(self._stream.encode(), ()):
                await self._handle(entry)

    async def _bury_or_handle(self, entry: RawEntry) -> None:
        """Carry out what somebody left, but for a command that has killed one reader too many."""
        entry_id, flat = entry
        if entry_id != self._begun:  # else this reader began it, postponed it, and lives
            deaths = await self._deaths(entry_id)
            if deaths > DEATHS_MAX:
                words = f"{deaths} readers ended while they carried it out"
                body = fields_of(flat).get(b"d", b"")
                self._refuse(InvalidMessageError(self._stream, "$", words), body)
                self._done = entry_id, self._rejected(body, f"{words}; the journal tells the rest")
        await self._handle(entry)

    async def _deaths(self, entry_id: bytes) -> int:
        """Count this reader for an entry, and return how many before it have begun with it.

        The very first one read it as new and is not counted, this one is.
        """
        key = f"{DEATHS_PREFIX}{self._stream}:{entry_id.decode()}"
        count: int = await self._caller.call("INCR", key)
        await self._caller.call("EXPIRE", key, DEATHS_KEPT_S)
        return count

    async def _handle(self, entry: RawEntry) -> None:
        entry_id, flat = entry
        fields = fields_of(flat)
        if self._done is None or self._done[0] != entry_id:
            self._begun = entry_id
            self._done = entry_id, await self._carry_out(fields.get(b"d", b""))
        answer = self._done[1]
        self._require_lead()
        reply_to = fields.get(b"r", b"").decode("utf-8", "replace")
        await self._caller.run(
            scripts.ANSWER,
            (self._stream, REPLY_PREFIX + answer.command_id, REPLIES_PREFIX + reply_to),
            *(_GROUP, entry_id, answer.data, REPLY_KEPT_S * 1000),
        )

    async def _carry_out(self, body: bytes) -> _Answer:
        try:
            command = self._codec.decode(body)
        except InvalidMessageError as invalid:
            self._refuse(invalid, body)
            return self._rejected(body, f"{invalid.path}: {invalid.reason}")
        try:
            reply = await self._handler(command)
            return _Answer(reply.command_id, self._reply_codec.encode(reply))
        except (TryAgainError, DisconnectedError):
            raise
        except Exception as error:  # noqa: BLE001  # handlers are others' code
            # A poison message must neither stop the queue nor be delivered for ever.
            self._log.exception("command.failed", stream=self._stream)
            self._refuse(InvalidMessageError(self._stream, "$", f"handler failed: {error}"), body)
            return self._rejected(body, "the handler failed; the journal tells what was done")

    def _rejected(self, body: bytes, reason: str) -> _Answer:
        if len(body) > self._codec.bytes_max:  # refused unread, so nobody knows whose it is
            return _SILENT
        try:
            command_id = msgspec.json.decode(body, type=dict[str, Any]).get("command_id")
        except UNREADABLE:
            return _SILENT
        if not isinstance(command_id, str) or not 0 < len(command_id) <= ID_LENGTH_MAX:
            return _SILENT
        try:
            reply = self._reject(Rejection(command_id, reason[:WORDS_LENGTH_MAX]))
            return _Answer(command_id, self._reply_codec.encode(reply))
        except Exception:  # noqa: BLE001  # others' code, and the queue must go on
            self._log.exception("command.unanswered", stream=self._stream)
            return _SILENT
