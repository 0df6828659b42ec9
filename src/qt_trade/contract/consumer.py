"""The reading end of a command: each is carried out, answered and only then forgotten."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from qt_trade.contract import scripts
from qt_trade.contract.codec import Codec
from qt_trade.contract.endpoints import Command
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.payloads.commands import Reply
from qt_trade.contract.topics import Refuse
from qt_trade.kit.backoff import Backoff
from qt_trade.kit.logs import get_logger

T = TypeVar("T")

REPLY_PREFIX = "reply:"
REPLIES_PREFIX = "replies:"
REPLY_KEPT_S = 3600
BLOCK_S = 5.0
"""How long one read waits for a command; its end only proves that the connection lives."""


class TryAgainError(Exception):
    """Raised by a handler that could do nothing now (its database is away): deliver again."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """What a command that cannot be read is answered with."""

    command_id: str
    reason: str


Handler = Callable[[T], Awaitable[Reply]]
Reject = Callable[[Rejection], Reply]


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
        self._answer = redis.register_script(scripts.ANSWER)
        self._log = get_logger()

    async def run(self) -> None:
        """Serve until cancelled; after any disconnect first what was left unanswered."""
        while True:
            try:
                await self._make_group()
                await self._serve()
            except TryAgainError as error:
                self._log.warning("command.postponed", stream=self._stream, reason=str(error))
            except (RedisError, OSError, TimeoutError) as error:
                self._log.debug("command.reader_lost", stream=self._stream, reason=str(error))
            await asyncio.sleep(self._backoff.next_delay())

    async def _make_group(self) -> None:
        try:
            await self._redis.xgroup_create(self._stream, self._group, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def _serve(self) -> None:
        start: Any = "0-0"
        while True:  # what a dead reader, or this one before a disconnect, left unanswered
            start, left, *_ = await self._redis.xautoclaim(
                self._stream, self._group, "leader", min_idle_time=0, start_id=start, count=64
            )
            for entry_id, fields in left:
                await self._handle(entry_id, fields)
            if start in (b"0-0", "0-0"):
                break
        self._backoff.reset()
        while True:
            answer = await self._redis.xreadgroup(
                self._group, "leader", {self._stream: ">"}, count=64, block=int(BLOCK_S * 1000)
            )
            streams = answer.items() if isinstance(answer, dict) else answer
            for _, entries in streams or ():
                for entry_id, fields in _flat(entries):
                    await self._handle(entry_id, fields)

    async def _handle(self, entry_id: bytes, fields: dict[bytes, bytes]) -> None:
        body = fields.get(b"d", b"")
        reply_to = fields.get(b"r", b"").decode()
        reply: Reply | None
        try:
            reply = await self._handler(self._codec.decode(body))
        except InvalidMessageError as invalid:
            self._refuse(invalid, body)
            reply = self._reject_unread(body, f"{invalid.path}: {invalid.reason}")
        except (TryAgainError, RedisError, OSError):
            raise
        except Exception as error:  # noqa: BLE001  # handlers are others' code
            # A poison message must neither stop the queue nor be delivered for ever.
            self._log.exception("command.failed", stream=self._stream)
            self._refuse(InvalidMessageError(self._stream, "$", f"handler failed: {error}"), body)
            reply = self._reject_unread(body, "the handler failed; the journal tells what was done")
        data = b"" if reply is None else self._reply_codec.encode(reply)
        name = "" if reply is None else reply.command_id
        await self._answer(
            keys=[self._stream, REPLY_PREFIX + name, REPLIES_PREFIX + reply_to],
            args=[self._group, entry_id, "", data, REPLY_KEPT_S * 1000],
        )

    def _reject_unread(self, body: bytes, reason: str) -> Reply | None:
        try:
            command_id = msgspec.json.decode(body, type=dict[str, Any]).get("command_id")
        except msgspec.DecodeError:
            return None
        if not isinstance(command_id, str) or not command_id:
            return None
        return self._reject(Rejection(command_id, reason[:2000]))


def _flat(entries: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    # redis-py nests the entries of RESP3 once more than those of RESP2.
    if entries and isinstance(entries[0], list):
        return [pair for group in entries for pair in group]
    return list(entries)
