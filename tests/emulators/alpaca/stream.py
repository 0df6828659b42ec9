"""The emulated ``trade_updates`` stream: binary frames of JSON text where the account is paper."""

import asyncio
import json
from collections import Counter
from typing import Any

from aiohttp import WSMsgType, web


class Stream:
    """Every client that listens, and how the stream misbehaves.

    ``mute``: connected, and neither frames nor pongs come. ``refused``: nobody gets in.
    ``twice``: every frame is sent twice. ``backwards``: frames wait for ``release`` and leave in
    the wrong order.
    """

    def __init__(self, *, binary: bool) -> None:
        self.binary = binary
        self.mute = False
        self.refused = False
        self.twice = False
        self.backwards = False
        self.hits: Counter[str] = Counter()
        self.sent: list[dict[str, Any]] = []
        self._held: list[dict[str, Any]] = []
        self._sockets: set[web.WebSocketResponse] = set()
        self._listening: set[web.WebSocketResponse] = set()
        self._queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._changed = asyncio.Condition()

    def push(self, frame: dict[str, Any]) -> None:
        """Send a frame to all that listen now; nobody else ever gets it."""
        if not self._listening or self.mute:
            return
        if self.backwards:
            self._held.append(frame)
            return
        self._queue.put_nowait(frame)
        if self.twice:
            self._queue.put_nowait(frame)

    def release(self) -> None:
        """Send what was held back, the last first."""
        held, self._held = self._held, []
        for frame in reversed(held):
            self._queue.put_nowait(frame)

    def cut(self) -> None:
        """Cut every connection without a word."""
        for socket in set(self._sockets):
            transport = socket._req.transport if socket._req is not None else None
            if transport is not None:
                transport.abort()
        self._listening.clear()

    async def listening(self, times: int = 1) -> None:
        """Wait until clients began to listen so many times in all."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.hits["listen"] >= times)

    async def deliver(self) -> None:
        """Send frames in their order, until cancelled."""
        while True:
            frame = await self._queue.get()
            self.sent.append(frame)
            for socket in set(self._listening):
                await self._send(socket, frame)

    async def serve(self, request: web.Request, key: tuple[str, str]) -> web.StreamResponse:
        """Serve one client until it goes."""
        self.hits["connect"] += 1
        if self.refused:
            return web.Response(status=503, text="no streams today")
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            async for frame in socket:
                if frame.type is WSMsgType.PING:
                    if not self.mute:
                        await socket.pong(frame.data)
                elif frame.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    await self._told(socket, json.loads(frame.data), key)
        finally:
            self._sockets.discard(socket)
            self._listening.discard(socket)
        return socket

    async def _told(
        self, socket: web.WebSocketResponse, message: dict[str, Any], key: tuple[str, str]
    ) -> None:
        data = message.get("data", {})
        match message.get("action"):
            case "authenticate":
                known = (data.get("key_id"), data.get("secret_key")) == key
                answer = {"action": "authenticate", "status": "authorized"}
                if not known:
                    answer["status"] = "unauthorized"
                    answer["message"] = "access key verification failed"
                await self._send(socket, {"stream": "authorization", "data": answer})
            case "listen":
                await self._send(socket, {"stream": "listening", "data": data})
                async with self._changed:
                    self._listening.add(socket)
                    self.hits["listen"] += 1
                    self._changed.notify_all()

    async def _send(self, socket: web.WebSocketResponse, frame: dict[str, Any]) -> None:
        try:
            if self.binary:
                await socket.send_bytes(json.dumps(frame).encode())
            else:
                await socket.send_str(json.dumps(frame))
        except ConnectionError:
            self._listening.discard(socket)
