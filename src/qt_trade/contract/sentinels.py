"""Sentinels: asked at every connect which server is the primary now."""

from collections import deque
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection, Connection, SSLConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    RedisError,
)
from redis.exceptions import ConnectionError as RedisConnectionError

SENTINEL_TIMEOUT_S = 1.0
"""How long one Sentinel may take before the next one is asked."""


class Sentinels:
    """The Sentinels of one service. Who does not answer is asked last the next time."""

    def __init__(
        self, hosts: Sequence[tuple[str, int]], service: str, options: dict[str, Any]
    ) -> None:
        self._hosts = deque(hosts)
        self._service = service
        self._options = options | {
            "socket_timeout": SENTINEL_TIMEOUT_S,
            "socket_connect_timeout": SENTINEL_TIMEOUT_S,
            "retry": Retry(NoBackoff(), 0),
            "driver_info": None,
        }

    async def primary(self) -> tuple[str, int]:
        """Return host and port of the primary.

        Raises AuthenticationError when every Sentinel refuses the log-in, and redis-py's
        ConnectionError with the reason of each when none knows the primary.
        """
        reasons: list[str] = []
        refusals = 0
        for host, port in tuple(self._hosts):
            try:
                found = await self._ask(host, port)
            except (RedisError, OSError) as error:
                refusals += isinstance(error, AuthenticationError | NoPermissionError)
                reasons.append(f"{host}:{port}: {error}")
            else:
                if found is not None:
                    return found
                reasons.append(f"{host}:{port} knows no service of this name")
            self._hosts.rotate(-1)
        words = f"no Sentinel names the primary of {self._service} ({'; '.join(reasons)})"
        if refusals == len(self._hosts):
            raise AuthenticationError(words)
        raise RedisConnectionError(words)

    async def _ask(self, host: str, port: int) -> tuple[str, int] | None:
        # A connection of its own each time: one is asked rarely, and seldom the same.
        async with Redis(host=host, port=port, protocol=2, **self._options) as client:
            found: Any = await client.execute_command(  # type: ignore[no-untyped-call]  # redis-py
                "SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._service
            )
        return None if found is None else (found[0].decode(), int(found[1]))


class _Primary(AbstractConnection):
    """Goes to whichever server is the primary, and nowhere else."""

    host: str
    port: int

    def __init__(self, *, sentinels: Sentinels, **options: Any) -> None:
        self._sentinels = sentinels
        super().__init__(**options)

    async def _connect(self) -> None:
        self.host, self.port = await self._sentinels.primary()
        await super()._connect()  # type: ignore[safe-super,no-untyped-call]  # that of TCP or TLS, mixed in below

    async def on_connect_check_health(self, check_health: bool = True) -> None:  # noqa: FBT001, FBT002  # redis-py's own
        """Log in as always, then make sure that the Sentinels were right.

        One that was away for a while still names the primary of then.
        """
        await super().on_connect_check_health(check_health=check_health)
        await self.send_command("HELLO", check_health=False)
        said = await self.read_response()
        if said[b"role"] != b"master":
            await self.disconnect()
            raise RedisConnectionError(
                f"{self.host}:{self.port} is no longer the primary; the Sentinels will say which is"
            )


class PrimaryConnection(_Primary, Connection):
    """To the primary over TCP."""


class PrimaryTlsConnection(_Primary, SSLConnection):
    """To the primary over TLS."""
