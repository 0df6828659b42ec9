"""A provider's WebSocket: connect, log in, subscribe and follow, until the connection ends."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from socket import gaierror
from typing import Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    MarketDataError,
    RateLimitedError,
    UnreachableError,
)
from qt_trade.market.http import Answer, Judge, retry_after_s
from qt_trade.market.provider import Connected, StreamEvent, Subscription
from qt_trade.model.symbols import Symbol

MUTE_S = 90.0
"""Vendors say about once a minute that they are alive."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a frame meant. ``say``: frames to answer with. ``ready``: subscribing may begin.

    A frame that ends the connection (a refused key) is raised as its error instead.
    """

    events: Sequence[StreamEvent] = ()
    say: Sequence[str] = ()
    ready: bool = False


class Talk(Protocol):
    """A vendor's language on its socket; one per connection."""

    def greet(self) -> Sequence[str]:
        """Return what is said first, such as a login; nothing where the address says it all."""
        ...

    @property
    def ready_at_once(self) -> bool:
        """Whether subscribing may begin without waiting for an answer."""
        ...

    def take(self, frame: str | bytes) -> Heard:
        """Read a frame. Raises KeyRefusedError, RateLimitedError or UnreachableError to end."""
        ...

    def change(self, added: Sequence[Symbol], removed: Sequence[Symbol]) -> Sequence[str]:
        """Return the frames that subscribe and unsubscribe."""
        ...

    def heartbeat(self) -> str | None:
        """Return what is said every ``heartbeat_s``; None: nothing."""
        ...


@dataclass(frozen=True, slots=True)
class SocketLine:
    """Where a stream is. ``mute_s``: silence, of frames of any kind, that counts as broken.

    ``judge``: names what is wrong when the server answers instead of opening the stream.
    """

    vendor: str
    url: str = field(repr=False)
    may_be_mute: Callable[[], bool]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    judge: Judge = lambda _answer: None
    open_timeout_s: float = 10.0
    heartbeat_s: float = 10.0
    mute_s: float = MUTE_S


async def streamed(
    line: SocketLine, talk: Talk, subscription: Subscription
) -> AsyncGenerator[StreamEvent, None]:
    """Yield what one connection brings; always ends by raising a MarketDataError."""
    vendor = line.vendor
    # Its log tells the address and what was said: keys stand in both.
    logging.getLogger("websockets.client").setLevel(logging.WARNING)
    try:
        async with connect(
            line.url, additional_headers=dict(line.headers), open_timeout=line.open_timeout_s
        ) as socket:
            async for event in _conversation(socket, line, talk, subscription):
                yield event
    except InvalidStatus as error:
        raise _not_opened(line, error) from None
    except ConnectionClosed:
        raise UnreachableError(vendor, "the stream was closed") from None
    except (WebSocketException, OSError) as error:
        raise UnreachableError(vendor, _words(error)) from None


def _words(error: Exception) -> str:
    """Say what is wrong, not with its own text: that may hold the address, and that the key."""
    if isinstance(error, gaierror):
        return "its name is not known"
    number = error.errno if isinstance(error, OSError) else None
    return os.strerror(number) if number is not None and number > 0 else type(error).__name__


def _not_opened(line: SocketLine, error: InvalidStatus) -> MarketDataError:
    response = error.response
    headers = {name.lower(): value for name, value in response.headers.raw_items()}
    text = bytes(response.body or b"").decode(errors="replace")
    answer = Answer(response.status_code, headers, text)
    try:
        judged = line.judge(answer)
    except BadAnswerError:
        # A gateway before the vendor, which speaks HTML, is judged by the status alone.
        judged = None
    if judged is not None:
        return judged
    if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return KeyRefusedError(line.vendor, f"its stream answers HTTP {answer.status}")
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitedError(line.vendor, retry_after_s(answer))
    return UnreachableError(line.vendor, f"its stream answers HTTP {answer.status}")


async def _conversation(
    socket: ClientConnection, line: SocketLine, talk: Talk, subscription: Subscription
) -> AsyncGenerator[StreamEvent, None]:
    """Yield the events of an open connection; subscribe once the vendor is ready for it."""
    following: list[asyncio.Task[None]] = []

    def follow() -> Connected:
        work = _follow(socket, line, talk, subscription)
        following.append(asyncio.create_task(work))
        return Connected()

    try:
        await _say(socket, talk.greet())
        if talk.ready_at_once:
            yield follow()
        async for frame in _frames(socket, line, following):
            heard = talk.take(frame)
            await _say(socket, heard.say)
            if heard.ready and not following:
                yield follow()
            for event in heard.events:
                yield event
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)


async def _say(socket: ClientConnection, words: Sequence[str]) -> None:
    for word in words:
        await socket.send(word)


async def _frames(
    socket: ClientConnection, line: SocketLine, following: Sequence[asyncio.Task[None]]
) -> AsyncGenerator[str | bytes, None]:
    """Yield frames until there is silence that has no excuse.

    A login is always answered; what is subscribed to may be mute while nothing trades.
    """
    silent_s = 0.0
    while True:
        mute_s = line.mute_s if following else min(line.mute_s, line.open_timeout_s)
        wait_s = min(line.heartbeat_s, mute_s)
        try:
            async with asyncio.timeout(wait_s):
                frame = await socket.recv()
        except TimeoutError:
            excused = bool(following) and line.may_be_mute()
            silent_s = 0.0 if excused else silent_s + wait_s
            if silent_s >= mute_s:
                raise UnreachableError(line.vendor, f"no word for {silent_s:.0f} s") from None
        else:
            silent_s = 0.0
            yield frame
        for task in following:
            if task.done():
                # It ends only by what went wrong in it.
                task.result()


async def _follow(
    socket: ClientConnection, line: SocketLine, talk: Talk, subscription: Subscription
) -> None:
    """Subscribe to what is wanted, and to what becomes wanted; say the heartbeat meanwhile."""
    taken: frozenset[Symbol] = frozenset()
    loop = asyncio.get_running_loop()
    beats_at = loop.time() + line.heartbeat_s
    while True:
        wanted = subscription.wanted
        if wanted != taken:
            await _say(socket, talk.change(sorted(wanted - taken), sorted(taken - wanted)))
            taken = wanted
        try:
            async with asyncio.timeout_at(beats_at):
                await subscription.differs_from(taken)
        except TimeoutError:
            beats_at = loop.time() + line.heartbeat_s
            if (beat := talk.heartbeat()) is not None:
                await socket.send(beat)
