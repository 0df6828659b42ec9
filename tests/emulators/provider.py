"""What all emulated providers of market data share: key, limits, faults, sockets, by-hand runs.

A vendor subclasses :class:`ProviderEmulator` and says how it is asked, how it words its errors and
how its stream talks. A test starts it with ``async with``, calls :meth:`~ProviderEmulator.fail`,
sets ``stream_fault`` and looks at ``hits``.
"""

import asyncio
import json
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum, auto
from types import TracebackType
from typing import Any, ClassVar, Self

from aiohttp import WSMsgType, web
from tests.emulators.market import Fault, MadeUpMarket, Meter, Tick

from qt_trade.kit.clock import Clock, SystemClock
from qt_trade.model.quotas import Limit

KEY = "made-up-key-4711"
HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>"


class StreamFault(StrEnum):
    """How the WebSocket misbehaves."""

    REFUSE_KEY = auto()
    """As for a wrong key."""
    UNAVAILABLE = auto()
    """503 instead of an upgrade."""
    RATE_LIMIT = auto()
    """429 instead of an upgrade."""
    SILENT = auto()
    """It connects and never says a word, not even to a login."""
    PING_ONLY = auto()
    """It talks, but no price comes."""


class ProviderEmulator:
    """One provider on 127.0.0.1; every figure is the made-up market's."""

    name: ClassVar[str]
    limits: ClassVar[dict[str, tuple[Limit, ...]]]
    """By plan: ``free`` and ``paid``; the names of the vendor's own plans are not its matter."""
    secret: ClassVar[str] = ""
    """The second half of a key that has one."""

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        port: int = 0,
        key: str = KEY,
        plan: str = "free",
        market: MadeUpMarket | None = None,
        latency_s: float = 0.0,
    ) -> None:
        self.clock = clock or SystemClock()
        self.key = key
        self.plan = plan
        self.market = market or MadeUpMarket(self.clock)
        self.latency_s = latency_s
        self.meter = Meter(self.clock, self.limits[plan])
        self.retry_after: str | None = None
        self.stream_fault: StreamFault | None = None
        self.hits: Counter[str] = Counter()
        """Calls by path, ``stream``, and ``429`` for those that were too many."""
        self.under_way_max = 0
        """How many calls were under way at once."""
        self.heard: list[Any] = []
        """All that was said on streams, by anyone."""
        self.sockets: dict[web.WebSocketResponse, set[str]] = {}
        """The open streams, and the names each one carries, in the vendor's spelling."""
        self.fault: Fault | None = None
        """The one of the call under way; figures are told with it."""
        self._faults: deque[Fault] = deque()
        self._always: Fault | None = None
        self._under_way = 0
        self._changed = asyncio.Condition()
        self._released = asyncio.Event()
        self._port = port
        self._runner: web.AppRunner | None = None

    # -- what a vendor says ------------------------------------------------------------------

    def routes(self, app: web.Application) -> None:
        """Add the endpoints; a stream's handler is ``self.stream``."""
        raise NotImplementedError

    def given_key(self, request: web.Request) -> str:
        """Return the key a call came with, empty for none."""
        raise NotImplementedError

    def refused(self, request: web.Request) -> web.Response:
        """Return the answer to a wrong key, or to none."""
        raise NotImplementedError

    def too_many(self, limit: Limit) -> web.Response:
        """Return the answer to a call over a limit; ``retry_after`` is added to it."""
        raise NotImplementedError

    def cost(self, request: web.Request) -> int:
        """Return what a call uses up."""
        return 1

    def stamp(self, response: web.StreamResponse) -> None:
        """Add the headers every answer carries."""

    async def greet(self, socket: web.WebSocketResponse) -> None:
        """Say what a stream says first."""

    async def hear(self, socket: web.WebSocketResponse, message: Any) -> None:
        """Answer a frame; keep ``sockets[socket]`` true."""

    def frame(self, tick: Tick) -> str:
        """Return the frame that pushes a price."""
        raise NotImplementedError

    def ping_frame(self) -> str:
        """Return the frame that says only that the stream is alive."""
        raise NotImplementedError

    # -- what a test does --------------------------------------------------------------------

    def fail(self, fault: Fault, times: int = 1) -> None:
        """Let the next calls go wrong."""
        self._faults.extend([fault] * times)

    def fail_always(self, fault: Fault | None) -> None:
        """Let all calls go wrong from now on; None: no longer."""
        self._always = fault
        self._faults.clear()

    def tick(self, name: str) -> Tick:
        """Return what to tell of a symbol: the market's, with the fault of the call."""
        return self.market.tick(name).with_fault(self.fault)

    async def push(self, name: str, price: float | None = None, at: datetime | None = None) -> str:
        """Push a price to every stream that carries the symbol; return the frame."""
        tick = self.market.tick(name)
        text = self.frame(replace(tick, price=price or tick.price, at=at or tick.at))
        if self.stream_fault not in (StreamFault.SILENT, StreamFault.PING_ONLY):
            for socket, names in list(self.sockets.items()):
                if self.spelling(name) in names:
                    await socket.send_str(text)
        return text

    def spelling(self, name: str) -> str:
        """Return how the vendor writes a canonical symbol."""
        return name

    async def ping(self) -> None:
        """Say on every stream that it is alive."""
        await self.push_text(self.ping_frame())

    async def push_text(self, text: str) -> None:
        """Push a frame, whatever is in it, to every stream."""
        if self.stream_fault is not StreamFault.SILENT:
            for socket in list(self.sockets):
                await socket.send_str(text)

    async def close_streams(self) -> None:
        """Close every stream politely."""
        for socket in list(self.sockets):
            await socket.close()

    def tear_streams(self) -> None:
        """Cut every stream without a word."""
        for socket in list(self.sockets):
            transport = socket._req.transport if socket._req is not None else None
            if transport is not None:
                transport.abort()

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for something to be true of the streams, looking whenever they change."""
        async with self._changed:
            await self._changed.wait_for(holds)

    async def carries(self, names: Iterable[str]) -> None:
        """Wait until the streams carry exactly these canonical symbols together."""
        wanted = {self.spelling(name) for name in names}
        await self.until(lambda: self.sockets and set().union(*self.sockets.values()) == wanted)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def stream_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/stream"

    # -- the server --------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._guard])
        self.routes(app)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._released.set()
        assert self._runner is not None
        await self._runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            response: web.StreamResponse = await handler(request)
            return response
        self._under_way += 1
        self.under_way_max = max(self.under_way_max, self._under_way)
        try:
            return await self._answer(request, handler)
        finally:
            self._under_way -= 1

    async def _answer(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.hits[request.path] += 1
        await asyncio.sleep(self.latency_s)
        if self.given_key(request) != self.key:
            return self.refused(request)
        broken = self.meter.take(self.cost(request))
        # No call awaits between here and its body, so that it is told with its own fault.
        self.fault = self._faults.popleft() if self._faults else self._always
        if self.fault is Fault.RATE_LIMIT:
            broken = broken or self.meter.limits[0]
        if broken is not None:
            self.hits["429"] += 1
            response = self.too_many(broken)
            if self.retry_after is not None:
                response.headers["Retry-After"] = self.retry_after
        else:
            fault = self.fault
            response = await self._faulty(request, fault) or await handler(request)
            response = _torn(response) if fault is Fault.TORN_JSON else response
        self.stamp(response)
        return response

    async def _faulty(self, request: web.Request, fault: Fault | None) -> web.Response | None:
        match fault:
            case Fault.DELAY:
                await self._released.wait()
            case Fault.RESET:
                assert request.transport is not None
                request.transport.abort()
            case Fault.ERROR_500:
                return web.Response(status=500, text="Internal Server Error")
            case Fault.BAD_GATEWAY:
                return web.Response(status=502, text=HTML, content_type="text/html")
            case Fault.EMPTY:
                return web.Response(text="", content_type="application/json")
            case Fault.WRONG_TYPE:
                return web.Response(text=HTML, content_type="text/html")
            case _:
                pass
        return None

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Carry a stream until somebody ends it."""
        self.hits["stream"] += 1
        if (refusal := self._no_upgrade(request)) is not None:
            return refusal
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets[socket] = set()
        try:
            await self._changes()
            if self.stream_fault is not StreamFault.SILENT:
                await self.greet(socket)
            async for frame in socket:
                if frame.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await self._told(socket, frame.data)
        finally:
            del self.sockets[socket]
            await self._changes()
        return socket

    def _no_upgrade(self, request: web.Request) -> web.Response | None:
        match self.stream_fault:
            case StreamFault.UNAVAILABLE:
                return web.Response(status=503, text=HTML, content_type="text/html")
            case StreamFault.RATE_LIMIT:
                return web.Response(status=429, text="Too Many Requests")
            case StreamFault.REFUSE_KEY:
                return self.refused(request)
            case _:
                return None if self.opens_stream(request) else self.refused(request)

    def opens_stream(self, request: web.Request) -> bool:
        """Return whether a stream opens at all; where one logs in on it, it always does."""
        return self.given_key(request) == self.key

    async def _told(self, socket: web.WebSocketResponse, data: str | bytes) -> None:
        message = self.parsed(data)
        self.heard.append(message)
        if self.stream_fault is not StreamFault.SILENT:
            await self.hear(socket, message)
        await self._changes()

    def parsed(self, data: str | bytes) -> Any:
        """Return what a frame says."""
        return json.loads(data)

    async def _changes(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # -- by hand -----------------------------------------------------------------------------

    async def run_by_hand(self) -> None:
        """Serve until interrupted; a price per symbol and second on every stream."""
        async with self:
            told = {
                "emulator": self.name,
                "base_url": self.base_url,
                "stream_url": self.stream_url,
                "key": self.key,
                "secret": self.secret,
            }
            lines = [f"{word:<10} {value}\n" for word, value in told.items() if value]
            sys.stdout.write("".join(lines) + "\n")
            sys.stdout.flush()
            while True:
                await asyncio.sleep(1.0)
                if self.sockets:
                    for name in self.market.names:
                        await self.push(name)


def _torn(response: web.StreamResponse) -> web.Response:
    assert isinstance(response, web.Response)
    assert response.text is not None
    text = response.text[: len(response.text) // 2]
    return web.Response(status=response.status, text=text, content_type=response.content_type)
