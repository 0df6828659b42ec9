"""The connections to a server: redis-py's, which also tell whom they have reached."""

import errno
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redis.asyncio.connection import (
    AbstractConnection,
    Connection,
    SSLConnection,
    UnixDomainSocketConnection,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError

from qt_trade.contract.sentinels import Sentinels
from qt_trade.contract.target import Target


class Peer:
    """Whom the connections of a client reached last. ``server``: kind and version, once known.

    ``primary``: whom the Sentinels named, where they are asked.
    """

    def __init__(self, target: Target, sentinels: Sentinels | None) -> None:
        self.target = target
        self.sentinels = sentinels
        self.place = target.place
        self.server = ""
        self.primary: tuple[str, int] | None = None

    def reached(self, place: str, hello: dict[bytes, Any]) -> None:
        """Take over what a server says of itself."""
        # A server that is no Redis by name need not say what it is.
        kind, version = (hello.get(part, b"").decode() for part in (b"server", b"version"))
        self.server = f"{kind.capitalize()} {version}".strip()
        if self.target.service:
            self.place = f"{place} ({self.target.service})"


class _Greeting(AbstractConnection):
    """Asks the server who it is, once logged in: HELLO needs no permission."""

    def __init__(self, *, peer: Peer, **options: Any) -> None:
        self._peer = peer
        super().__init__(**options)

    async def on_connect_check_health(self, check_health: bool = True) -> None:  # noqa: FBT001, FBT002  # redis-py's own
        """Log in as always, then ask."""
        await super().on_connect_check_health(check_health=check_health)
        await self.send_command("HELLO", check_health=False)
        await self._greeted(await self.read_response())

    async def _greeted(self, hello: dict[bytes, Any]) -> None:
        self._peer.reached(self._host_error(), hello)


class TcpConnection(_Greeting, Connection):
    """Over TCP."""


class TlsConnection(_Greeting, SSLConnection):
    """Over TLS."""

    def _connection_arguments(self) -> Mapping[str, Any]:
        check_files(self._peer.target)
        return super()._connection_arguments()


def check_files(target: Target) -> None:
    """Raise FileNotFoundError with the name of a file of TLS that is missing: ssl tells none."""
    for file in (target.ca_file, target.certificate_file, target.key_file):
        if file and not Path(file).is_file():
            raise FileNotFoundError(errno.ENOENT, "no such file", file)


class SocketConnection(_Greeting, UnixDomainSocketConnection):
    """Over a socket file of this machine."""


class _Primary(_Greeting):
    """Goes to whichever server the Sentinels name the primary, and nowhere else."""

    host: str
    port: int

    def __init__(self, *, sentinels: Sentinels, **options: Any) -> None:
        self._sentinels = sentinels
        super().__init__(**options)

    async def _connect(self) -> None:
        self.host, self.port = await self._sentinels.primary()
        await super()._connect()  # type: ignore[safe-super,no-untyped-call]  # that of TCP or TLS, mixed in below

    async def _greeted(self, hello: dict[bytes, Any]) -> None:
        # A Sentinel that was away for a while still names the primary of then.
        if hello.get(b"role") != b"master":
            raise RedisConnectionError(f"{self.host}:{self.port} is no longer the primary")
        await super()._greeted(hello)
        self._peer.primary = (self.host, self.port)

    async def read_response(self, *args: Any, **options: Any) -> Any:
        """Read, and leave a server that was made a replica: the Sentinels know its successor."""
        try:
            return await super().read_response(*args, **options)
        except ReadOnlyError:
            await self.disconnect()
            raise


class PrimaryConnection(_Primary, TcpConnection):
    """To the primary over TCP."""


class PrimaryTlsConnection(_Primary, TlsConnection):
    """To the primary over TLS."""
