"""How Celery and RedBeat reach the Redis that all others reach: our one URL in their words.

kombu knows TLS and Sentinels by options of its own, and takes no password from a file; its channel
is told here what it lacks.
"""

from dataclasses import replace
from typing import Any

from kombu.transport import redis as kombu_redis
from redis import ConnectionPool, Redis, UnixDomainSocketConnection
from redis.sentinel import Sentinel

from qt_trade.contract.client import login_options, tls_options
from qt_trade.contract.target import Address, Target, address_of, url_of

CONNECT_TIMEOUT_S = 2.0
ANSWER_TIMEOUT_S = 5.0
"""A command that is not answered by then has failed; kombu's own default is never."""
HEALTH_CHECK_S = 5.0
"""How long a worker's waiting connection may be overdue before it is opened anew."""
SENTINEL_TIMEOUT_S = 1.0

_TCP_ONLY = (
    "host", "port", "socket_connect_timeout", "socket_keepalive", "socket_keepalive_options",
)  # fmt: skip


class _Channel(kombu_redis.Channel):  # type: ignore[misc]  # kombu is half typed
    """A channel that logs in with a password from a file, and knows socket files."""

    from_transport_options = (
        *kombu_redis.Channel.from_transport_options, "credential_provider", "path",
    )  # fmt: skip
    credential_provider: Any = None
    path = ""

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002  # kombu's own
        if self.path:
            self.connection_class = UnixDomainSocketConnection
        params: dict[str, Any] = super()._connparams(asynchronous)
        # Read at every connect, so that a rotated password needs no restart.
        self._process_credential_provider(self.credential_provider, params)
        if self.path:
            rest = {name: value for name, value in params.items() if name not in _TCP_ONLY}
            return rest | {"path": self.path}
        return params


class Transport(kombu_redis.Transport):  # type: ignore[misc]  # as above
    """To a server whose address is known."""

    Channel = _Channel


class _SentinelChannel(_Channel, kombu_redis.SentinelChannel):  # type: ignore[misc]  # as above
    """A channel to the primary that the Sentinels name, all of them asked."""

    from_transport_options = (
        *_Channel.from_transport_options, "master_name", "sentinel_kwargs", "sentinels",
    )  # fmt: skip
    sentinels: tuple[tuple[str, int], ...] = ()

    def _sentinel_managed_pool(self, asynchronous: bool = False) -> ConnectionPool:  # noqa: FBT001, FBT002  # as above
        params = self._connparams(asynchronous)
        rest = {name: value for name, value in params.items() if name not in ("host", "port")}
        manager = Sentinel(self.sentinels, sentinel_kwargs=self.sentinel_kwargs, **rest)  # type: ignore[no-untyped-call]  # redis-py
        # kombu closes what stands under these names.
        if asynchronous:
            self._async_sentinel_manager = manager
        else:
            self._sentinel_manager = manager
        primary: Redis = manager.master_for(self.master_name, Redis)  # type: ignore[no-untyped-call]  # redis-py
        return primary.connection_pool


class SentinelTransport(kombu_redis.SentinelTransport):  # type: ignore[misc]  # as above
    """To whichever server is the primary."""

    Channel = _SentinelChannel


def broker_settings(url: str) -> dict[str, Any]:
    """Return what Celery and RedBeat are configured with for a Redis URL. Raises TargetError.

    ``broker_transport_options`` is to be completed by the names of keys.
    """
    address = address_of(url)
    target = address.target
    login = login_options(target.user, address.password, target.password_file)
    options: dict[str, Any] = {
        "socket_timeout": ANSWER_TIMEOUT_S,
        "socket_connect_timeout": CONNECT_TIMEOUT_S,
        "health_check_interval": HEALTH_CHECK_S,
        "client_name": "qtrade-jobs",
        "credential_provider": login.get("credential_provider"),
    }
    transport: type[kombu_redis.Transport] = Transport
    if target.service:
        transport = SentinelTransport
        options |= {
            "master_name": target.service,
            "sentinels": target.hosts,
            "sentinel_kwargs": _sentinel_options(address),
        }
    return {
        "broker_url": _plain(address, "redis"),
        "broker_transport": f"{transport.__module__}:{transport.__qualname__}",
        "broker_use_ssl": tls_options(target) or None,
        "broker_transport_options": options | {"path": target.path},
        **_redbeat(address, login),
    }


def _redbeat(address: Address, login: dict[str, Any]) -> dict[str, Any]:
    target = address.target
    options: dict[str, Any] = {
        "socket_timeout": ANSWER_TIMEOUT_S,
        "socket_connect_timeout": CONNECT_TIMEOUT_S,
        **login,
    }
    if target.path:
        del options["socket_connect_timeout"]
        url = f"unix://{target.path}?db={target.database}"
    elif target.service:
        url = "redis-sentinel://"
        options |= {
            "sentinels": target.hosts,
            "service_name": target.service,
            "db": target.database,
            "sentinel_kwargs": _sentinel_options(address),
        }
    else:
        # The log-in stands in the options; redis-py takes no user beside a password file.
        url = _plain(Address(replace(target, user="")), "rediss" if target.tls else "redis")
    return {
        "redbeat_redis_url": url,
        "redbeat_redis_options": options,
        "redbeat_redis_use_ssl": tls_options(target) or None,
    }


def _sentinel_options(address: Address) -> dict[str, Any]:
    target = address.target
    return {
        "socket_timeout": SENTINEL_TIMEOUT_S,
        "socket_connect_timeout": SENTINEL_TIMEOUT_S,
        "ssl": target.tls,
        **tls_options(target),
        **login_options(
            target.sentinel_user, address.sentinel_password, target.sentinel_password_file
        ),
    }


def _plain(address: Address, scheme: str) -> str:
    """Return host, log-in and database alone; the rest stands in options."""
    target = address.target
    plain = Target(
        hosts=target.hosts[:1] or (("localhost", 6379),),
        database=target.database,
        user=target.user,
    )
    return scheme + url_of(plain, address.password).removeprefix("redis")
