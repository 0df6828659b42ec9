"""The answers to a bus's own commands, handed to those who wait for them."""

import asyncio
from collections.abc import Sequence
from typing import Any

from qt_trade.contract.codec import Codec
from qt_trade.contract.endpoints import Command
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.line import Words
from qt_trade.contract.payloads.commands import Reply
from qt_trade.contract.topics import Refuse

REPLY: Command[Reply] = Command("reply", Reply, frozenset(), "The answer", frozenset())
"""The shape of every answer; it travels on no key of its own."""
REPLY_PREFIX = "reply:"
"""A reply is kept under its command's id for those who were away when it was pushed."""
REPLIES_PREFIX = "replies:"


class ReplyTopic:
    """The channel on which replies to one bus arrive."""

    pattern = False
    keyspace = False

    def __init__(self, bus_id: str, codec: Codec[Reply], refuse: Refuse) -> None:
        self.bus_id = bus_id
        self.channel = REPLIES_PREFIX + bus_id
        self.listening = asyncio.Event()
        """Set once the server confirmed; from then on a reply is pushed or found kept."""
        self._codec = codec
        self._refuse = refuse
        self._waiting: dict[str, list[asyncio.Future[Reply]]] = {}

    def expect(self, command_id: str) -> asyncio.Future[Reply]:
        """Return a future of the reply; :meth:`forget` it in the end."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(command_id, []).append(future)
        return future

    def forget(self, command_id: str, future: asyncio.Future[Reply]) -> None:
        """Wait no longer."""
        futures = self._waiting[command_id]
        futures.remove(future)
        if not futures:
            del self._waiting[command_id]

    def push(self, data: bytes, _channel: bytes = b"") -> bool:
        try:
            reply = self._codec.decode(data)
        except InvalidMessageError as invalid:
            self._refuse(invalid, data)
            return False
        for future in self._waiting.get(reply.command_id, ()):
            if not future.done():
                future.set_result(reply)
        return False

    def ask(self) -> Sequence[Words]:
        if not self._waiting:
            return (("PING",),)
        return (("MGET", *(REPLY_PREFIX + command_id for command_id in self._waiting)),)

    def take(self, answers: Sequence[Any], /) -> bool:
        for kept in answers[0] if answers and isinstance(answers[0], list) else ():
            if kept is not None:
                self.push(kept)
        self.listening.set()
        return False
