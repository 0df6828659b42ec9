"""The native Redis client, made one way for all, and its errors in the contract's words."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, ReadOnlyError, RedisError, ResponseError
from redis.maint_notifications import MaintNotificationsConfig

from qt_trade.contract.connections import (
    Peer,
    PrimaryConnection,
    PrimaryTlsConnection,
    SocketConnection,
    TcpConnection,
    TlsConnection,
)
from qt_trade.contract.credentials import PasswordFile
from qt_trade.contract.errors import DisconnectedError, RefusedError
from qt_trade.contract.sentinels import Sentinels
from qt_trade.contract.target import Address, Target, address_of

COMMAND_TIMEOUT_S = 3.0
CONNECT_TIMEOUT_S = 2.0
CONNECTIONS_MAX = 16
"""Commands under way at once; further ones wait their turn instead of failing."""


def make_client(url: str, name: str) -> "Redis":
    """Return a client that never tries again by itself; it connects at its first command.

    It has no time-out of its own: redis-py would start a task for each command to keep it.
    Raises TargetError.
    """
    pool: BlockingConnectionPool = BlockingConnectionPool(
        max_connections=CONNECTIONS_MAX,
        timeout=COMMAND_TIMEOUT_S,
        client_name=name,
        **connection_options(address_of(url)),
    )
    return Redis.from_pool(pool)


def peer_of(client: "Redis") -> Peer:
    """Return whom the connections of a client of ours have reached."""
    peer: Peer = client.connection_pool.connection_kwargs["peer"]
    return peer


def connection_options(address: Address) -> dict[str, Any]:
    """Return what redis-py needs to open one connection to a server, found anew each time."""
    target = address.target
    sentinels = sentinels_of(address) if target.service else None
    options: dict[str, Any] = {
        "connection_class": _kind_of(target),
        "peer": Peer(target, sentinels),
        "db": target.database,
        "protocol": 3,
        **login_options(target.user, address.password, target.password_file),
        "socket_timeout": None,
        "socket_connect_timeout": CONNECT_TIMEOUT_S,
        "retry": Retry(NoBackoff(), 0),
        "driver_info": None,
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
    }
    if target.path:
        return options | {"path": target.path}
    options |= tls_options(target)
    if target.service:
        return options | {"sentinels": sentinels}
    ((host, port),) = target.hosts
    return options | {"host": host, "port": port}


def sentinels_of(address: Address) -> Sentinels:
    """Return who is asked for the primary. Their own log-in is not that of the server."""
    target = address.target
    return Sentinels(
        target.hosts,
        target.service,
        {
            **login_options(
                target.sentinel_user, address.sentinel_password, target.sentinel_password_file
            ),
            **tls_options(target),
            "ssl": target.tls,
        },
    )


def login_options(user: str, password: str, password_file: str) -> dict[str, Any]:
    """Return how to log in: with words that are known, or with a file read at every connect."""
    if password_file:
        return {"credential_provider": PasswordFile(password_file, user)}
    return {"username": user or None, "password": password or None}


def tls_options(target: Target) -> dict[str, Any]:
    """Return how certificates are checked; the empty dictionary without TLS."""
    if not target.tls:
        return {}
    return {
        "ssl_cert_reqs": "required",
        "ssl_check_hostname": target.check_hostname,
        "ssl_ca_certs": target.ca_file or None,
        "ssl_ca_path": target.ca_folder or None,
        "ssl_certfile": target.certificate_file or None,
        "ssl_keyfile": target.key_file or None,
    }


def _kind_of(target: Target) -> type[AbstractConnection]:
    if target.path:
        return SocketConnection
    if target.service:
        return PrimaryTlsConnection if target.tls else PrimaryConnection
    return TlsConnection if target.tls else TcpConnection


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
