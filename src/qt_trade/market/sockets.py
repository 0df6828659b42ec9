"""A provider's WebSocket: connect, log in, subscribe and follow, until the connection ends."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from qt_trade.market.errors import KeyRefusedError, RateLimitedError, UnreachableError
from qt_trade.market.http import PAUSE_S
from qt_trade.market.provider import Connected, StreamEvent, Subscription
from qt_trade.model.symbols import Symbol


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
    """Where a stream is. ``mute_s``: silence, of frames of any kind, that counts as broken."""

    vendor: str
    url: str = field(repr=False)
    may_be_mute: Callable[[], bool]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    open_timeout_s: float = 10.0
    heartbeat_s: float = 10.0
    mute_s: float = 90.0


async def streamed(
    line: SocketLine, talk: Talk, subscription: Subscription
) -> AsyncGenerator[StreamEvent, None]:
    """Yield what one connection brings; always ends by raising a MarketDataError."""
    vendor = line.vendor
    try:
        async with connect(
            line.url, additional_headers=dict(line.headers), open_timeout=line.open_timeout_s
        ) as socket:
            async for event in _conversation(socket, line, talk, subscription):
                yield event
    except InvalidStatus as error:
        status = error.response.status_code
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise KeyRefusedError(vendor, f"its stream answers HTTP {status}") from None
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise RateLimitedError(vendor, PAUSE_S) from None
        raise UnreachableError(vendor, f"its stream answers HTTP {status}") from None
    except ConnectionClosed:
        raise UnreachableError(vendor, "the stream was closed") from None
    except (WebSocketException, OSError) as error:
        # Not its text: that may hold the address, and the address the key.
        words = error.strerror if isinstance(error, OSError) else None
        raise UnreachableError(vendor, words or type(error).__name__) from None


async def _conversation(
    socket: ClientConnection, line: SocketLine, talk: Talk, subscription: Subscription
) -> AsyncGenerator[StreamEvent, None]:
    followed = asyncio.create_task(_nothing())
    try:
        for word in talk.greet():
            await socket.send(word)
        if talk.ready_at_once:
            followed = asyncio.create_task(_follow(socket, line, talk, subscription))
            yield Connected()
        async for frame in _frames(socket, line):
            heard = talk.take(frame)
            for word in heard.say:
                await socket.send(word)
            if heard.ready:
                followed = asyncio.create_task(_follow(socket, line, talk, subscription))
                yield Connected()
            for event in heard.events:
                yield event
    finally:
        followed.cancel()
        await asyncio.gather(followed, return_exceptions=True)


async def _nothing() -> None:
    """Stand in for the following that has not begun."""


async def _frames(socket: ClientConnection, line: SocketLine) -> AsyncGenerator[str | bytes, None]:
    silent_s = 0.0
    while True:
        try:
            async with asyncio.timeout(line.heartbeat_s):
                frame = await socket.recv()
        except TimeoutError:
            silent_s = 0.0 if line.may_be_mute() else silent_s + line.heartbeat_s
            if silent_s >= line.mute_s:
                raise UnreachableError(line.vendor, f"no word for {silent_s:.0f} s") from None
        else:
            silent_s = 0.0
            yield frame


async def _follow(
    socket: ClientConnection, line: SocketLine, talk: Talk, subscription: Subscription
) -> None:
    """Subscribe to what is wanted, and to what becomes wanted; say the heartbeat meanwhile."""
    taken: frozenset[Symbol] = frozenset()
    while True:
        wanted = subscription.wanted
        if wanted != taken:
            for word in talk.change(sorted(wanted - taken), sorted(taken - wanted)):
                await socket.send(word)
            taken = wanted
        try:
            async with asyncio.timeout(line.heartbeat_s):
                await subscription.differs_from(taken)
        except TimeoutError:
            if (beat := talk.heartbeat()) is not None:
                await socket.send(beat)
