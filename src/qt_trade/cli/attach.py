"""How a command finds the running stack, and the session it opens there."""

import asyncio
import getpass
import os
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from qt_trade import __version__
from qt_trade.cli.console import RefusalError
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import ContractError, DisconnectedError, RefusedError
from qt_trade.contract.payloads.sessions import Session, SessionRole
from qt_trade.kit.clock import SystemClock
from qt_trade.kit.logs import mask_secrets
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.supervision.data_dir import DataDir
from qt_trade.settings import Settings

T = TypeVar("T")


def find_redis(data_dir: Path | None) -> str:
    """Return the URL of the Redis to speak to: REDIS_URL, else what ``qtrade up`` left behind.

    Raises RefusalError when neither is there.
    """
    settings = Settings()
    if settings.redis_url is not None and data_dir is None:
        return settings.redis()
    folder = data_dir or settings.data_dir
    connection = DataDir(folder).read_connection()
    if connection is None:
        raise RefusalError(
            f"nothing runs in {folder}: start it with `qtrade up`, "
            "name another folder with --data-dir, or set REDIS_URL"
        )
    return connection.redis_url


@asynccontextmanager
async def attached(data_dir: Path | None) -> AsyncIterator[Bus]:
    """Yield a connected bus of a frontend. Raises RefusalError when the server is out of reach."""
    url = find_redis(data_dir)
    bus = Bus(url, Party.FRONTEND, SystemClock(), random.SystemRandom())
    try:
        await bus.open()
    except (DisconnectedError, RefusedError) as error:
        raise RefusalError(f"{mask_secrets(url)} does not let us in: {error}") from error
    else:
        yield bus
    finally:
        await bus.close()


async def feed_kind(bus: Bus) -> FeedKind | None:
    """Return the kind of the running feed; None while no streamer has said so."""
    found = await bus.read(registry.MARKET_STATUS)
    return None if found is None else found.value.feed


@asynccontextmanager
async def trader_session(bus: Bus) -> AsyncIterator[Session]:
    """Open a session with the right to write, for the time of one command."""
    now = SystemClock().now()
    session = Session(
        session_id=f"cli-{socket.gethostname()}-{os.getpid()}"[:80],
        name="cli",
        user=getpass.getuser(),
        host=socket.gethostname(),
        role=SessionRole.TRADER,
        version=__version__,
        opened_at=now,
        heartbeat=now,
    )
    await bus.write(registry.SESSION, session, session.session_id)
    try:
        yield session
    finally:
        await bus.delete(registry.SESSION, session.session_id)


def command_id(prefix: str, now: datetime) -> str:
    """Return a new command id: time and chance, readable in the journal."""
    return f"{prefix}-{now:%Y%m%dT%H%M%S}-{random.SystemRandom().getrandbits(32):08x}"


def run(work: Callable[[], Awaitable[T]]) -> T:
    """Run a command's coroutine; what the contract refuses becomes a RefusalError."""

    async def body() -> T:
        return await work()

    try:
        return asyncio.run(body())
    except ContractError as error:
        raise RefusalError(str(error)) from error


def to_plain(value: Any) -> Any:
    """Return a payload as JSON-ready data."""
    import msgspec  # noqa: PLC0415  # only where something is printed as JSON

    return msgspec.to_builtins(value)
