"""A loopback proxy between a client and a server, which breaks in every way a network does.

It runs in the test's own event loop. What it does to connections it does to those that are open;
new ones pass, unless it was told otherwise.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Coroutine
from typing import Any

LOOPBACK = "127.0.0.1"
_CHUNK = 65536


class Proxy:
    """Forwards bytes to a port of loopback until it is told not to."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self.server_port = port
        self.port = 0
        self.delay_s = 0.0
        self.connections = 0
        self._tls = tls
        self._cut_after: int | None = None
        self._server: asyncio.Server | None = None
        self._pumps: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._stranded: set[asyncio.StreamWriter] = set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Proxy"]:
        """Listen on a port of the system's choice for the block."""
        await self.listen()
        try:
            yield self
        finally:
            await self.vanish()

    async def listen(self) -> None:
        """Listen, the second time on the same port again."""
        self._server = await asyncio.start_server(self._serve, LOOPBACK, self.port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def vanish(self) -> None:
        """Refuse new connections and cut those that are open."""
        if self._server is not None:
            self._server.close()
        self.cut()
        pumps = tuple(self._pumps)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        self.cut()
        self._writers.clear()
        self._stranded.clear()
        await asyncio.sleep(0)  # an aborted transport lets go of its socket in the next round

    def cut(self) -> None:
        """Reset all connections, in the middle of whatever is on its way."""
        for writer in tuple(self._writers):
            _reset(writer)

    def cut_after(self, number: int) -> None:
        """Let that many bytes of the server's answers through, then reset the connection."""
        self._cut_after = number

    @property
    def cutting(self) -> bool:
        """Whether the cut is still to come."""
        return self._cut_after is not None

    def strand(self) -> None:
        """Stop forwarding on open connections without closing them: half-open sockets."""
        self._stranded |= self._writers

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            back, forth = await asyncio.open_connection(LOOPBACK, self.server_port)
        except OSError:
            _reset(writer)
            return
        for one in (writer, forth):
            self._writers.add(one)
        self._spawn(self._pump(reader, forth, answers=False))
        self._spawn(self._pump(back, writer, answers=True))

    def _spawn(self, pump: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(pump)
        self._pumps.add(task)
        task.add_done_callback(self._pumps.discard)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        try:
            while data := await source.read(_CHUNK):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                if sink in self._stranded:
                    continue  # read and lost: neither side hears of it
                if answers and self._cut_after is not None:
                    data, rest = data[: self._cut_after], data[self._cut_after :]
                    self._cut_after -= len(data)
                    sink.write(data)
                    if rest:
                        self._cut_after = None
                        await sink.drain()
                        self.cut()
                        return
                    continue
                sink.write(data)
                await sink.drain()
        except OSError:
            pass
        finally:
            if sink not in self._stranded:
                sink.close()
                self._writers.discard(sink)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN, as a router that lost its table does."""
    sock = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
