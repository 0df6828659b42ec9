"""Sentinels: asked at every connect which server is the primary now."""

from collections import deque
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    RedisError,
)
from redis.exceptions import ConnectionError as RedisConnectionError

from qt_trade.contract.words import words_of

SENTINEL_TIMEOUT_S = 1.0
"""How long one Sentinel may take before the next one is asked."""
_SWITCHED = "+switch-master"


class Sentinels:
    """The Sentinels of one service. Who does not answer is asked last the next time."""

    def __init__(
        self, hosts: Sequence[tuple[str, int]], service: str, options: dict[str, Any]
    ) -> None:
        self._hosts = deque(hosts)
        self._service = service
        self._options = options | {
            "protocol": 2,
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
                reasons.append(words_of(error, f"{host}:{port}"))
            else:
                if found is not None:
                    return found
                reasons.append(f"{host}:{port} knows no service of this name")
            self._hosts.rotate(-1)
        words = f"no Sentinel names the primary of {self._service} ({'; '.join(reasons)})"
        if refusals == len(self._hosts):
            raise AuthenticationError(words)
        raise RedisConnectionError(words)

    async def switched(self) -> None:
        """Return when a Sentinel says that another server is the primary now.

        Raises redis-py's errors when the Sentinel that is listened to goes away.
        """
        host, port = self._hosts[0]
        async with self._client(host, port, None) as client, client.pubsub() as pubsub:
            await pubsub.subscribe(_SWITCHED)
            async for message in pubsub.listen():
                if message["type"] == "message":
                    name, _, _ = message["data"].partition(b" ")
                    if name.decode() == self._service:
                        return

    async def _ask(self, host: str, port: int) -> tuple[str, int] | None:
        # A connection of its own each time: one is asked rarely, and seldom the same.
        async with self._client(host, port, SENTINEL_TIMEOUT_S) as client:
            found: Any = await client.execute_command(  # type: ignore[no-untyped-call]  # redis-py
                "SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._service
            )
        return None if found is None else (found[0].decode(), int(found[1]))

    def _client(self, host: str, port: int, timeout_s: float | None) -> Redis:
        return Redis(host=host, port=port, socket_timeout=timeout_s, **self._options)
