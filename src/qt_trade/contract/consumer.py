"""The reading end of a command: each is carried out, answered and only then forgotten."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from qt_trade.contract import scripts
from qt_trade.contract.codec import UNREADABLE, Codec
from qt_trade.contract.endpoints import Command
from qt_trade.contract.errors import DisconnectedError, InvalidMessageError
from qt_trade.contract.payloads.base import ID_LENGTH_MAX, WORDS_LENGTH_MAX
from qt_trade.contract.payloads.commands import Reply
from qt_trade.contract.replies import REPLIES_PREFIX, REPLY_PREFIX
from qt_trade.contract.topics import Refuse
from qt_trade.kit.backoff import Backoff
from qt_trade.kit.logs import get_logger

T = TypeVar("T")

REPLY_KEPT_S = 3600
BLOCK_S = 2.0
"""How long one read waits for a command; its end only proves that the connection lives."""
SILENCE_S = 4.0
"""After this long without any answer the connection counts as lost."""
BATCH = 64


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
    ) -> None:
        self._redis = redis
        self._stream = command.key()
        self._codec = codec
        self._reply_codec = reply_codec
        self._handler = handler
        self._reject = reject
        self._refuse = refuse
        self._backoff = backoff
        self._group = "engine"
        self._answer = redis.register_script(scripts.ANSWER.text)
        # The entry carried out last, until the server has confirmed its answer: delivered again
        # after a lost connection it is only answered again.
        self._done: tuple[bytes, _Answer] | None = None
        self._problem = ""
        self._log = get_logger()

    async def run(self) -> None:
        """Serve until cancelled; after any disconnect first what was left unanswered."""
        while True:
            try:
                await self._make_group()
                await self._serve()
            except (TryAgainError, DisconnectedError) as error:
                self._log.warning("command.postponed", stream=self._stream, reason=str(error))
            except ResponseError as error:
                await self._report(str(error))
            except (RedisError, OSError) as error:
                self._log.debug("command.reader_lost", stream=self._stream, reason=str(error))
            except Exception:  # noqa: BLE001  # whatever it is, somebody must read the commands
                self._log.exception("command.reader_failed", stream=self._stream)
            await asyncio.sleep(self._backoff.next_delay())

    async def _report(self, problem: str) -> None:
        """Say once what stands in the way: a stranger's value at the key of the stream."""
        if problem != self._problem:
            self._problem = problem
            self._refuse(InvalidMessageError(self._stream, "$", problem), b"")

    async def _make_group(self) -> None:
        try:
            async with asyncio.timeout(SILENCE_S):
                await self._redis.xgroup_create(self._stream, self._group, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        self._problem = ""

    async def _serve(self) -> None:
        start: Any = b"0-0"
        while True:  # what a dead reader, or this one before a disconnect, left unanswered
            async with asyncio.timeout(SILENCE_S):
                start, left, *_ = await self._redis.xautoclaim(
                    self._stream, self._group, "leader", 0, start_id=start, count=BATCH
                )
            for entry_id, fields in left:
                await self._handle(entry_id, fields)
            if start == b"0-0":
                break
        self._backoff.reset()
        while True:
            async with asyncio.timeout(SILENCE_S):
                answer = await self._redis.xreadgroup(
                    self._group,
                    "leader",
                    {self._stream: ">"},
                    count=BATCH,
                    block=int(BLOCK_S * 1000),
                )
            for entry_id, fields in _flat(answer):
                await self._handle(entry_id, fields)

    async def _handle(self, entry_id: bytes, fields: dict[bytes, bytes]) -> None:
        if self._done is None or self._done[0] != entry_id:
            self._done = entry_id, await self._carry_out(fields.get(b"d", b""))
        answer = self._done[1]
        reply_to = fields.get(b"r", b"").decode("utf-8", "replace")
        async with asyncio.timeout(SILENCE_S):
            await self._answer(
                keys=[self._stream, REPLY_PREFIX + answer.command_id, REPLIES_PREFIX + reply_to],
                args=[self._group, entry_id, answer.data, REPLY_KEPT_S * 1000],
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


def _flat(answer: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    # RESP3 answers with a mapping, and redis-py nests its entries once more than those of RESP2.
    return [pair for groups in (answer or {}).values() for group in groups for pair in group]
