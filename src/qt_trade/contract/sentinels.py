"""Sentinels: asked at every connect which server is the primary now."""

import asyncio
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
from redis.maint_notifications import MaintNotificationsConfig

from qt_trade.contract.errors import DisconnectedError
from qt_trade.contract.line import Words, open_line, packed
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
            "protocol": 3,
            "socket_timeout": None,
            "socket_connect_timeout": SENTINEL_TIMEOUT_S,
            "retry": Retry(NoBackoff(), 0),
            "driver_info": None,
            "maint_notifications_config": MaintNotificationsConfig(enabled=False),
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
            except (RedisError, OSError, DisconnectedError) as error:
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

    async def switched(self, primary: tuple[str, int] | None) -> None:
        """Return when a Sentinel names another primary than that one.

        Raises redis-py's errors, and OSError, when the Sentinel that is listened to goes away.
        """
        host, port = self._hosts[0]
        self._hosts.rotate(-1)  # should this one go away, the next one is listened to
        another: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def tell(*, another_one: bool) -> None:
            if another_one and not another.done():
                another.set_result(None)

        def on_push(push: list[Any]) -> None:
            name, _, _ = push[-1].partition(b" ")
            tell(another_one=push[0] == b"message" and name.decode() == self._service)

        line = await open_line(self._client(host, port), SENTINEL_TIMEOUT_S, on_push)
        try:
            line.subscribe("SUBSCRIBE", [_SWITCHED])
            # Whoever was asked before may still have named the one of then.
            line.ask(
                [self._question],
                lambda answers: tell(another_one=_place(answers[0]) not in (primary, None)),
            )
            await asyncio.wait({another, line.lost}, return_when=asyncio.FIRST_COMPLETED)
            if not another.done():
                raise line.error
        finally:
            line.lose(RedisConnectionError("closed"))

    async def _ask(self, host: str, port: int) -> tuple[str, int] | None:
        # A connection of its own each time: one is asked rarely, and seldom the same.
        line = await open_line(self._client(host, port), SENTINEL_TIMEOUT_S, _unheard)
        try:
            return _place(await line.call(packed(self._question)))
        finally:
            line.lose(RedisConnectionError("closed"))

    @property
    def _question(self) -> Words:
        return ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._service)

    def _client(self, host: str, port: int) -> Redis:
        return Redis(host=host, port=port, **self._options)


def _place(answer: Any) -> tuple[str, int] | None:
    """Return host and port of an answer; None when it names nobody."""
    return (answer[0].decode(), int(answer[1])) if isinstance(answer, list) else None


def _unheard(_push: list[Any]) -> None:
    """Hear nothing: nothing is subscribed where one question is asked."""
