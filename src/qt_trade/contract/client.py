"""The native Redis client, made one way for all, and its errors in the contract's words."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, ReadOnlyError, RedisError, ResponseError
from redis.maint_notifications import MaintNotificationsConfig

from qt_trade.contract.errors import DisconnectedError, RefusedError

COMMAND_TIMEOUT_S = 3.0
CONNECT_TIMEOUT_S = 2.0
CONNECTIONS_MAX = 16
"""Commands under way at once; further ones wait their turn instead of failing."""


def make_client(url: str, name: str) -> "Redis":
    """Return a client that never tries again by itself; it connects at its first command.

    It has no time-out of its own: redis-py would start a task for each command to keep it.
    """
    pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS_MAX,
        timeout=COMMAND_TIMEOUT_S,
        protocol=3,
        client_name=name,
        socket_timeout=None,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),
        driver_info=None,
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )
    return Redis.from_pool(pool)


async def answer_of(command: Awaitable[Any]) -> Any:
    """Return what the server answers, within COMMAND_TIMEOUT_S.

    Raises DisconnectedError without an answer and RefusedError when the answer is no.
    """
    try:
        async with asyncio.timeout(COMMAND_TIMEOUT_S):
            return await command
    except ReadOnlyError as error:  # a former leader during a fail-over: soon it is another's turn
        raise DisconnectedError(str(error)) from error
    except (AuthenticationError, ResponseError) as error:
        raise RefusedError(str(error)) from error
    except (RedisError, OSError) as error:
        raise DisconnectedError(str(error) or "no answer in time") from error
