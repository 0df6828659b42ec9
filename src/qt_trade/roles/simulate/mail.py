"""Redis' command streams as the engine sees them: every command comes at least once.

A command stays in its stream until its reply is written, in order with those before it; one whose
reader died or could do nothing comes again. While the server is away nothing comes, and a reply
that cannot be written leaves the command where it is. A reader whose lease may be another's
answers nothing.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from qt_trade.contract.consumer import Handler, Reject, TryAgainError
from qt_trade.contract.endpoints import Command as CommandKey
from qt_trade.contract.endpoints import Document, Log
from qt_trade.contract.errors import DisconnectedError
from qt_trade.contract.payloads.commands import Reply
from qt_trade.contract.topics import Entry
from qt_trade.roles.simulate.witness import Witness

T = TypeVar("T")

RETRY_S = 0.25
LOOK_S = 0.5
DELAY_MAX_S = 0.01
REPLY_LOST = 0.03


@dataclass(slots=True)
class Stream:
    """The commands of one key that are not answered yet."""

    waiting: deque[Any] = field(default_factory=deque)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)


class Mail:
    """The server's side."""

    def __init__(self, rng: random.Random, witness: Witness) -> None:
        self._rng = rng
        self._witness = witness
        self._streams: dict[str, Stream] = {}
        self.away = False
        self.calm = False
        self.returns: list[Callable[[], None]] = []
        self.logs: dict[str, list[Any]] = {}
        self.replies: dict[str, list[Reply]] = {}
        self.sent: list[str] = []
        self.on_reply: Callable[[Reply], None] = lambda _reply: None

    def stream(self, name: str) -> Stream:
        """Return a key's stream."""
        return self._streams.setdefault(name, Stream())

    def send(self, key: CommandKey[T], payload: T) -> None:
        """Put a command into its stream."""
        self.sent.append(getattr(payload, "command_id", ""))
        stream = self.stream(key.name)
        stream.waiting.append(payload)
        stream.arrived.set()

    @property
    def unanswered(self) -> list[object]:
        """Every command that waits for its reply."""
        return [one for stream in self._streams.values() for one in stream.waiting]

    def keep_reply(self, reply: Reply) -> bool:
        """Write a reply; tell whether it was written and the command forgotten."""
        if self.away:
            return False
        self.replies.setdefault(reply.command_id, []).append(reply)
        self.on_reply(reply)
        if not self.calm and self._rng.random() < REPLY_LOST:
            self._witness.fault("reply written, command delivered again")
            return False
        return True

    async def write(self, document: Document[T], value: T) -> int:
        """Take a document; nobody here reads it. Raises DisconnectedError."""
        del document, value
        await self._reach()
        return 1

    async def append(self, log: Log[T], value: T) -> str:
        """Append to a log. Raises DisconnectedError."""
        await self._reach()
        kept = self.logs.setdefault(log.name, [])
        kept.append(value)
        return str(len(kept))

    async def replace(self, log: Log[T], values: Iterable[T]) -> None:
        """Begin a log anew. Raises DisconnectedError."""
        await self._reach()
        self.logs[log.name] = list(values)

    async def entries(self, log: Log[T], *, last: int) -> tuple[Entry[T], ...]:
        """Return the last entries of a log. Raises DisconnectedError."""
        await self._reach()
        kept = self.logs.get(log.name, [])[-last:]
        return tuple(Entry(str(place), value) for place, value in enumerate(kept))

    async def _reach(self) -> None:
        await asyncio.sleep(self.pause_s())
        if self.away:
            raise DisconnectedError("Redis is away")

    def on_doubt(self, listener: Callable[[], None]) -> None:
        """Hear when the server is back; a listener of a dead engine is never heard again."""
        self.returns.append(listener)

    def pause_s(self) -> float:
        """Return how long something takes on its way."""
        return self._rng.random() * DELAY_MAX_S


class Reader:
    """One engine's connection. ``may``: whether its lease is not surely another's."""

    def __init__(self, mail: Mail, group: asyncio.TaskGroup, may: Callable[[], bool]) -> None:
        self._mail = mail
        self._group = group
        self._may = may

    def serve(self, command: CommandKey[T], handler: Handler[T], reject: Reject) -> None:
        """Carry out a key's commands, one after the other."""
        del reject  # what is sent here can be read
        self._group.create_task(self._serve(self._mail.stream(command.name), handler))

    async def _serve(self, stream: Stream, handler: Handler[Any]) -> None:
        while True:
            while not stream.waiting:
                stream.arrived.clear()
                await stream.arrived.wait()
            await asyncio.sleep(self._mail.pause_s())
            if self._mail.away or not self._may() or not stream.waiting:
                await asyncio.sleep(LOOK_S)
                continue
            await self._carry_out(stream, handler)

    async def _carry_out(self, stream: Stream, handler: Handler[Any]) -> None:
        payload = stream.waiting[0]
        try:
            reply = await handler(payload)
        except TryAgainError:
            await asyncio.sleep(RETRY_S)
            return
        await asyncio.sleep(self._mail.pause_s())
        if self._may() and self._mail.keep_reply(reply):
            stream.waiting = deque(one for one in stream.waiting if one is not payload)
