"""The floors: what the same job takes with a bare socket and a RESP parser, and nothing else."""

import socket
import time
from collections.abc import Iterable
from typing import Any, Self
from urllib.parse import urlsplit

import hiredis

RECEIVE_BYTES = 65_536
TIMEOUT_S = 5.0
Words = tuple[bytes, ...]


class BareLine:
    """One blocking connection to Redis without a client library. Use as a context manager."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        address = (parts.hostname or "127.0.0.1", parts.port or 6379)
        self._socket = socket.create_connection(address, TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = hiredis.Reader()
        if parts.password is not None:
            user = [parts.username.encode()] if parts.username else []
            self.call(b"AUTH", *user, parts.password.encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, *words: bytes) -> None:
        """Send one command."""
        self._socket.sendall(hiredis.pack_command(words))  # type: ignore[arg-type]  # its stub forgot the dots

    def call_all(self, commands: Iterable[Words]) -> None:
        """Send commands in one piece and wait for as many answers."""
        packed = [hiredis.pack_command(words) for words in commands]  # type: ignore[arg-type]  # as above
        self._socket.sendall(b"".join(packed))
        for _ in packed:
            self.receive()

    def receive(self) -> Any:
        """Return the next answer or push."""
        while (answer := self._reader.gets()) is False:
            self._reader.feed(self._socket.recv(RECEIVE_BYTES))
        if isinstance(answer, hiredis.ReplyError):
            raise answer
        return answer

    def call(self, *words: bytes) -> Any:
        """Send one command and return its answer."""
        self.send(*words)
        return self.receive()


def pubsub_floor(url: str, count: int, size: int = 300) -> list[float]:
    """Return ``count`` times, in ms, from PUBLISH to the parsed message at a subscriber."""
    body = b"x" * size
    times = []
    with BareLine(url) as writer, BareLine(url) as reader:
        reader.call(b"SUBSCRIBE", b"bench:floor")
        for _ in range(count):
            started = time.perf_counter_ns()
            writer.send(b"PUBLISH", b"bench:floor", body)
            reader.receive()
            times.append((time.perf_counter_ns() - started) / 1e6)
            writer.receive()
    return times
