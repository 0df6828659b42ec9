"""What the trial of a connection tries, one step each. Nothing is written to the server."""

import asyncio
import contextlib
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.connection import SSLConnection
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from qt_trade.contract import registry
from qt_trade.contract.client import make_client, sentinels_of, tls_options
from qt_trade.contract.codec import Codec
from qt_trade.contract.connections import check_files
from qt_trade.contract.endpoints import Document, Party
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.payloads.sessions import VIEWER_PREFIX, SessionRole
from qt_trade.contract.target import Address, url_of
from qt_trade.kit.clock import Clock, monotonic

EVENT_WAIT_S = 2.0
"""How long the trial waits for a keyspace event: a running backend writes twice a second."""
PINGS = 5
_NO_SCRIPT = "0" * 40
"""No script has this digest: calling it is refused by name, or by permission, and does nothing."""
_LOOPBACK = ("127.", "::1")


class StepError(Exception):
    """A step failed. ``fix`` says how to mend it."""

    def __init__(self, words: str, fix: str) -> None:
        super().__init__(words)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Found:
    """What a step found. ``advice``: what could be better."""

    words: str
    advice: str = ""


class Probe:
    """Tries one address, step by step, in order."""

    def __init__(self, address: Address, clock: Clock) -> None:
        self._address = address
        self._target = address.target
        self._clock = clock
        url = url_of(self._target, address.password, address.sentinel_password)
        self._redis: Redis = make_client(url, "qtrade-trial")
        self._place = self._target.hosts[0] if self._target.hosts else ("", 0)
        self._writer: asyncio.StreamWriter | None = None
        self.role: SessionRole | None = None

    @property
    def place(self) -> str:
        """What is tried, for messages."""
        host, port = self._place
        return f"{host}:{port}" if host and not self._target.service else self._target.place

    async def close(self) -> None:
        """Let go of all connections."""
        if self._writer is not None:
            self._writer.transport.abort()
        with contextlib.suppress(RedisError, OSError):
            await self._redis.aclose()

    async def name(self) -> Found:
        """Find the addresses behind the name, and the primary that the Sentinels name."""
        if self._target.path:
            return Found(f"not needed: {self._target.path} is a file of this machine")
        words = ""
        if self._target.service:
            self._place = await sentinels_of(self._address).primary()
            words = "the Sentinels name the primary: "
        host, port = self._place
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = sorted({str(one[4][0]) for one in found})
        same = addresses == [host]
        return Found(words + (host if same else f"{host} is {', '.join(addresses)}"))

    async def tcp(self) -> Found:
        """Open a connection."""
        host, port = self._place
        if self._target.path:
            _, self._writer = await asyncio.open_unix_connection(self._target.path)
            return Found(f"{self._target.path} answers")
        _, self._writer = await asyncio.open_connection(host, port)
        return Found(f"{host}:{port} answers")

    async def tls(self) -> Found:
        """Shake hands and look at the certificate."""
        host, _ = self._place
        if not self._target.tls:
            near = self._target.path or host.startswith(_LOOPBACK) or host == "localhost"
            advice = "" if near else "passwords and orders travel readable; use rediss://"
            return Found("off" + ("; nothing leaves this machine" if near else ""), advice)
        if self._writer is None:  # the steps before this one have opened it
            raise StepError("there is no connection", "")
        check_files(self._target)
        context = SSLConnection(**tls_options(self._target)).ssl_context.get()
        await self._writer.start_tls(context, server_hostname=host)
        version = self._writer.get_extra_info("ssl_object").version()
        words = str(version).replace("TLSv", "TLS ")
        return Found(words + self._validity(self._writer.get_extra_info("peercert")))

    def _validity(self, certificate: dict[str, Any]) -> str:
        end = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
        return f", certificate valid until {end:%d %b %Y}"

    async def login(self) -> Found:
        """Log in, and learn under which name."""
        await self._redis.ping()
        with contextlib.suppress(NoPermissionError):
            name = await self._redis.acl_whoami()
            return Found(f"as {name.decode() if isinstance(name, bytes) else name}")
        return Found(f"as {self._target.user or 'default'}")

    async def server(self) -> Found:
        """Ask for kind, version and role."""
        said = await self._redis.execute_command("HELLO")  # type: ignore[no-untyped-call]  # redis-py
        words = f"{said[b'server'].decode().capitalize()} {said[b'version'].decode()}"
        if said[b"role"] != b"master":
            raise StepError(
                f"{words}, but a replica: nothing can be written here",
                "give the address of its primary, or of the Sentinels (redis+sentinel://)",
            )
        return Found(f"{words}, {said[b'mode'].decode()}")

    async def round_trip(self) -> Found:
        """Measure: the middle of a few, so that one hiccup does not count."""
        times = []
        for _ in range(PINGS):
            started = monotonic()
            await self._redis.ping()
            times.append((monotonic() - started) * 1000)
        return Found(f"{sorted(times)[PINGS // 2]:.1f} ms, the middle of {PINGS}")

    async def rights(self) -> Found:
        """Ask what this user may do, with commands that cannot succeed."""
        if not await self._may("GET", registry.SYSTEM_STATUS.key()):
            raise StepError(
                "this user may not read the backend's documents",
                "log in as one of the users that `qtrade init` makes: viewer or trader",
            )
        trades = await self._may_write(registry.AUTOTRADING_ENABLED.key()) and await self._may(
            "XADD", registry.MANUAL_ORDERS.key(), "no-id", "d", ""
        )
        session = registry.SESSION.key(f"{VIEWER_PREFIX}trial")
        if not trades and not await self._may("PEXPIRE", session, "no-number"):
            raise StepError(
                "this user may read, but not open a session",
                "log in as one of the users that `qtrade init` makes: viewer or trader",
            )
        self.role = SessionRole.TRADER if trades else SessionRole.VIEWER
        words = f"{self.role}: may read everything"
        words += ", write settings and send commands" if trades else ", change nothing"
        if not await self._may_write(registry.SYSTEM_STATUS.key()):
            return Found(words)
        return Found(
            words + "; and more than a frontend needs, the backend's documents, too",
            "give desktops a user of their own: viewer or trader",
        )

    async def _may_write(self, key: str) -> bool:
        return await self._may("EVALSHA", _NO_SCRIPT, "1", key)

    async def _may(self, *command: str) -> bool:
        try:
            await self._redis.execute_command(*command)  # type: ignore[no-untyped-call]  # as above
        except NoPermissionError:
            return False
        except ResponseError:
            pass  # allowed, and then refused for what it asks
        return True

    async def pushes(self) -> Found:
        """Subscribe, and see whether the server tells of strangers' writes."""
        pubsub = self._redis.pubsub()
        try:
            await pubsub.subscribe(registry.SYSTEM_STATUS.key())
            await pubsub.psubscribe(f"__keyspace@{self._target.database}__:*")
            if await self._notifies(pubsub):
                return Found("subscribed; the server tells of every write")
        finally:
            await pubsub.aclose()  # type: ignore[no-untyped-call]  # as above
        return Found(
            "subscribed; whether the server tells of strangers' writes could not be seen",
            "its administrator looks at notify-keyspace-events: K$gx",
        )

    async def _notifies(self, pubsub: PubSub) -> bool:
        with contextlib.suppress(ResponseError):
            said = await self._redis.config_get("notify-keyspace-events")
            if _tells_of_writes(next(iter(said.values()), "")):
                return True
            raise StepError(
                "subscribed, but the server does not tell of strangers' writes",
                "set notify-keyspace-events to K$gx on the server",
            )
        # Only administrators may ask for it; whoever may not waits until somebody writes.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EVENT_WAIT_S):
                while True:
                    message = await pubsub.get_message(timeout=EVENT_WAIT_S)
                    if message is not None and message["type"] == "pmessage":
                        return True
        return False

    async def contract(self) -> Found:
        """Look for the documents of a running backend, and read them."""
        documents = _heartbeats()
        answers: list[bytes | None] = await self._redis.mget([one.key() for one in documents])  # type: ignore[assignment]  # bytes: nothing is decoded
        there = [(one, body) for one, body in zip(documents, answers, strict=True) if body]
        if not there:
            raise StepError(
                "no backend has written here yet",
                "start it with `qtrade up`, or its roles with this REDIS_URL",
            )
        ages = [self._age_of(document, body) for document, body in there]
        age, document = min(ages, key=lambda one: one[0])
        if age > (document.stale_after_s or 0):
            raise StepError(
                f"the backend has been silent for {age:.0f} s",
                "look at its roles: `qtrade status`",
            )
        documents_there = f"{len(there)} document{'s' * (len(there) > 1)}"
        words = f"{documents_there} of a running backend, all readable"
        return Found(f"{words}; the newest is {max(age, 0.0):.1f} s old")

    def _age_of(self, document: Document[Any], body: bytes) -> tuple[float, Document[Any]]:
        try:
            value = Codec(document).decode(body)
        except InvalidMessageError as invalid:
            raise StepError(
                f"the backend speaks another version: {invalid}",
                "install the same version of QtTrade here and there",
            ) from None
        return (self._clock.now() - value.ts).total_seconds(), document


def _heartbeats() -> list[Document[Any]]:
    """Return the documents that a running backend writes again and again."""
    return [
        key
        for key in registry.KEYS
        if isinstance(key, Document)
        and key.stale_after_s is not None
        and not key.family
        and Party.FRONTEND not in key.writers
    ]


def _tells_of_writes(flags: Any) -> bool:
    """Whether keyspace events are on for strings, deletions and expiries (A stands for all)."""
    text = flags.decode() if isinstance(flags, bytes) else str(flags)
    return "K" in text and ("A" in text or all(flag in text for flag in "$gx"))
