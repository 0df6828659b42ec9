"""One connection to Redis that all of a program share: no turn is waited for, no task is started.

redis-py connects it (names, TLS, log-in, RESP3 and the search for the primary are its); then the
bytes go straight between the socket and hiredis. Commands leave at once, one after the other, and
the server answers in that order; what it pushes comes between, in the order it happened. So what
is read on a line and what is pushed on it never overtake each other.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

from hiredis import PushNotification, Reader, pack_command
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as LostError
from redis.exceptions import InvalidResponse

from qt_trade.contract.errors import DisconnectedError

Word = bytes | str | int
"""A part of a command."""
Words = tuple[Word, ...]
OnPush = Callable[[list[Any]], None]
OnRest = Callable[[], None]
Take = Callable[[list[Any]], object]

PATIENCE = 20
PIECE_BYTES = 32_768
"""From this size on it does not pay to wait for more to send together."""
_NOT_YET = object()
_CONFIRMATIONS = frozenset({b"subscribe", b"psubscribe", b"unsubscribe", b"punsubscribe"})


def packed(words: Words) -> bytes:
    """Return a command as it goes over the wire."""
    return cast("bytes", pack_command(words))  # type: ignore[arg-type]  # its stub forgot the dots


def _packed_all(commands: Sequence[Words]) -> bytes:
    return b"".join([pack_command(words) for words in commands])  # type: ignore[arg-type]  # as above


class _Asked(Protocol):
    """Something sent whose answer is outstanding."""

    asked_at: float

    def answered(self, answer: Any) -> bool:
        """Take the next answer; True: that was all."""
        ...

    @property
    def lost(self) -> Callable[[str], object]:
        """Be told that no answer comes any more."""
        ...


class _One:
    """A command whose answer somebody awaits; who stopped waiting shifts nobody's answer."""

    __slots__ = ("asked_at", "future")

    def __init__(self, future: "asyncio.Future[Any]", asked_at: float) -> None:
        self.future = future
        self.asked_at = asked_at

    def answered(self, answer: Any) -> bool:
        if not self.future.done():
            if isinstance(answer, Exception):
                self.future.set_exception(answer)
            else:
                self.future.set_result(answer)
        return True

    def lost(self, words: str) -> None:
        if not self.future.done():
            self.future.set_exception(DisconnectedError(words))


class _Several:
    """Commands sent together. ``take`` is called with all answers, errors among them as values.

    It is called at once, between what was pushed before and what is pushed after.
    """

    __slots__ = ("answers", "asked_at", "count", "lost", "take")

    def __init__(
        self, count: int, take: Take, lost: Callable[[str], object], asked_at: float
    ) -> None:
        self.count = count
        self.take = take
        self.lost = lost
        self.asked_at = asked_at
        self.answers: list[Any] = []

    def answered(self, answer: Any) -> bool:
        self.answers.append(answer)
        if len(self.answers) < self.count:
            return False
        self.take(self.answers)
        return True


class _Confirmations:
    """A change of subscriptions: one push for each channel, or one answer that says no."""

    __slots__ = ("asked_at", "missing")

    def __init__(self, missing: int, asked_at: float) -> None:
        self.missing = missing
        self.asked_at = asked_at

    def answered(self, answer: Any) -> bool:
        raise answer if isinstance(answer, Exception) else InvalidResponse(repr(answer))

    def lost(self, _words: str) -> None:
        """Need nothing: the next line begins with all channels."""


class Line(asyncio.Protocol):
    """A connection after its handshake.

    A server that owes an answer and is silent for ``answer_s`` ends the line: nobody knows whose
    answer comes next on it. A large answer over a slow network may take up to PATIENCE times as
    long. ``lost`` is done from then on, ``error`` says why, and all that was under way fails with
    DisconnectedError. ``on_push`` is called with every push, ``on_rest`` when all that had arrived
    by then is handled.
    """

    def __init__(
        self, connection: AbstractConnection, answer_s: float, on_push: OnPush, on_rest: OnRest
    ) -> None:
        loop = self._loop = asyncio.get_running_loop()
        self._connection = connection
        self._answer_s = answer_s
        self._on_push = on_push
        self._on_rest = on_rest
        parse_error = type(connection._get_parser()).parse_error  # noqa: SLF001  # redis-py has no public name
        self._reader = Reader(
            protocolError=InvalidResponse, replyError=parse_error, notEnoughData=_NOT_YET
        )
        self._asked: deque[_Asked] = deque()
        self._watch: asyncio.TimerHandle | None = None
        self._room: asyncio.Future[None] | None = None
        # While an answer is outstanding, what is sent in one turn of the loop leaves together at
        # its end, or when it has grown to a good piece.
        self._held: list[bytes] = []
        self._held_bytes = 0
        self.heard_at = loop.time()
        self.lost: asyncio.Future[None] = loop.create_future()
        self.error: Exception = LostError("lost")
        writer: Any = connection._writer  # noqa: SLF001  # as above
        self._transport: asyncio.Transport = writer.transport
        self._before = self._transport.get_protocol()
        self._transport.set_protocol(self)

    # For those who use it

    @property
    def ready(self) -> bool:
        """Whether a command may leave at once."""
        return self._room is None and not self.lost.done()

    @property
    def idle(self) -> bool:
        """Whether no answer is outstanding."""
        return not self._asked

    async def room(self) -> None:
        """Wait until a command may leave, or the line is lost."""
        while self._room is not None and not self.lost.done():
            await asyncio.shield(self._room)

    def call(self, command: bytes) -> "asyncio.Future[Any]":
        """Send one packed command and return a future of its answer."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._send(command, _One(future, self._loop.time()))
        return future

    def ask(self, commands: Sequence[Words], take: Take) -> None:
        """Send several commands in one piece; ``take`` is called when all are answered."""
        # Who takes answers on a line asks anew on the next: he need not be told that it is lost.
        asked = _Several(len(commands), take, len, self._loop.time())
        self._send(_packed_all(commands), asked)

    def call_all(self, commands: Sequence[Words]) -> "asyncio.Future[list[Any]]":
        """Send several commands in one piece and return a future of all answers."""
        future: asyncio.Future[Any] = self._loop.create_future()
        one = _One(future, self._loop.time())
        several = _Several(len(commands), one.answered, one.lost, one.asked_at)
        self._send(_packed_all(commands), several)
        return future

    def subscribe(self, command: str, channels: Sequence[str]) -> None:
        """Send a change of subscriptions; it is answered by pushes alone."""
        if channels:
            confirmations = _Confirmations(len(channels), self._loop.time())
            self._send(packed((command, *channels)), confirmations)

    def lose(self, error: Exception) -> None:
        """End the line now."""
        if self.lost.done():
            return
        self.error = error
        self.lost.set_result(None)
        self._transport.abort()
        # What redis-py holds of it is closed by now, and says so.
        self._connection._close()  # type: ignore[no-untyped-call]  # noqa: SLF001  # as above
        if self._watch is not None:
            self._watch.cancel()
        self._make_room()
        words = str(error) or "no answer in time"
        while self._asked:
            self._asked.popleft().lost(words)

    # For asyncio

    def data_received(self, data: bytes) -> None:
        self.heard_at = self._loop.time()
        reader = self._reader
        try:
            reader.feed(data)
            while (found := reader.gets()) is not _NOT_YET:
                if type(found) is PushNotification:
                    self._pushed(found)
                elif self._asked[0].answered(found):
                    self._asked.popleft()
                if self.lost.done():
                    return
            self._on_rest()
        except Exception as error:  # noqa: BLE001  # others' code, too: it must not go on half read
            self.lose(error)

    def connection_lost(self, exc: Exception | None) -> None:
        self._before.connection_lost(exc)
        self.lose(exc or LostError("Connection closed by server."))

    def pause_writing(self) -> None:
        self._room = self._loop.create_future()

    def resume_writing(self) -> None:
        self._make_room()

    # Within

    def _send(self, data: bytes, asked: _Asked) -> None:
        if self.lost.done():
            asked.lost(str(self.error))
            return
        idle = not self._asked
        self._asked.append(asked)
        if idle:
            self._transport.write(data)
        else:
            self._hold(data)
        if self._watch is None:
            self._watch = self._loop.call_at(asked.asked_at + self._answer_s, self._look)

    def _hold(self, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self._let_go)
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes >= PIECE_BYTES:
            self._let_go()

    def _let_go(self) -> None:
        if self._held and not self.lost.done():
            self._transport.write(b"".join(self._held))
        self._held.clear()
        self._held_bytes = 0

    def _look(self) -> None:
        """See whether the oldest answer is overdue; one timer serves all commands."""
        self._watch = None
        if not self._asked:
            return
        asked_at = self._asked[0].asked_at
        waited_from = min(max(asked_at, self.heard_at), asked_at + (PATIENCE - 1) * self._answer_s)
        due = waited_from + self._answer_s
        if due <= self._loop.time():
            self.lose(TimeoutError(f"no answer within {self._answer_s:g} s"))
        else:
            self._watch = self._loop.call_at(due, self._look)

    def _pushed(self, push: list[Any]) -> None:
        if push[0] not in _CONFIRMATIONS:
            self._on_push(push)
            return
        head = self._asked[0]
        if not isinstance(head, _Confirmations):
            raise InvalidResponse(f"{push[0]!r} out of turn")
        head.missing -= 1
        if head.missing == 0:
            self._asked.popleft()

    def _make_room(self) -> None:
        room, self._room = self._room, None
        if room is not None:
            room.set_result(None)


async def open_line(
    redis: "Redis", answer_s: float, on_push: OnPush, on_rest: OnRest = lambda: None
) -> Line:
    """Connect and log in; raises what redis-py raises."""
    connection: AbstractConnection = redis.connection_pool.make_connection()  # type: ignore[no-untyped-call]  # as most of redis-py
    try:
        async with asyncio.timeout(answer_s):
            await connection.connect()  # type: ignore[no-untyped-call]  # as above
        return Line(connection, answer_s, on_push, on_rest)
    except BaseException:
        await connection.disconnect(nowait=True)
        raise
