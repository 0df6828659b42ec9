"""How a command finds the running stack, and the session it opens there."""

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from qt_trade.cli.errors import USAGE, RefusalError
from qt_trade.cli.options import Target
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import (
    ContractError,
    DisconnectedError,
    InvalidMessageError,
    RefusedError,
)
from qt_trade.contract.payloads.sessions import Session
from qt_trade.kit.clock import SystemClock
from qt_trade.kit.logs import configure_logs, mask_secrets
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.supervision.data_dir import Connection, DataDir
from qt_trade.roles.up.session import new_session
from qt_trade.settings import Settings, SettingsError, load_settings

T = TypeVar("T")

CONNECT_S = 3.0


def settings_of(*, redis_url: str | None = None, database_url: str | None = None) -> Settings:
    """Return the settings. Raises RefusalError that names what is wrong."""
    try:
        return load_settings(redis_url=redis_url, database_url=database_url)
    except SettingsError as error:
        raise RefusalError(str(error), USAGE) from error


def data_folder(asked: Path | None, settings: Settings) -> Path:
    """Return the data folder a command means, absolute."""
    return Path(os.path.abspath((asked or settings.data_dir).expanduser()))  # noqa: PTH100  # a link stays a link


def find_redis(target: Target) -> str:
    """Return the URL of the Redis to speak to: --redis-url, --data-dir, else REDIS_URL, ….

    Without any of them it is the one that ``qtrade up`` left word of. Raises RefusalError.
    """
    url = seek_redis(target)
    if url is None:
        raise RefusalError(
            f"nothing runs in {data_folder(target.data_dir, settings_of())}: start it with "
            "`qtrade up`, name another folder with --data-dir, or a Redis with --redis-url"
        )
    return url


def seek_redis(target: Target) -> str | None:
    """Return the same, None where nobody named one and nothing runs. Raises RefusalError."""
    settings = settings_of(redis_url=target.redis_url)
    named = target.redis_url is not None or target.data_dir is None
    if settings.redis_url is not None and named:
        return settings.redis()
    connection = left_word(data_folder(target.data_dir, settings))
    if connection is None:
        return None
    return connection.viewer_url if target.viewer else connection.redis_url


def find_database(data_dir: Path | None, database_url: str | None) -> str:
    """Return the URL of the database: --database-url, --data-dir, else DATABASE_URL, ….

    Without any of them it is the one of the run in the data folder. Raises RefusalError.
    """
    settings = settings_of(database_url=database_url)
    named = database_url is not None or data_dir is None
    if settings.database_url is not None and named:
        return settings.database()
    folder = data_folder(data_dir, settings)
    connection = left_word(folder)
    if connection is None:
        raise RefusalError(
            f"nothing runs in {folder}: start it with `qtrade up`, "
            "name another folder with --data-dir, or a database with --database-url"
        )
    return connection.database_url


def left_word(folder: Path) -> Connection | None:
    """Return what a run left word of in its folder; None when none is under way there."""
    try:
        return DataDir(folder).read_connection()
    except (OSError, ValueError, TypeError) as error:
        raise RefusalError(
            f"{folder}: what `qtrade up` left there cannot be read ({error}); "
            "use its folder as its owner, or start it again"
        ) from error


@asynccontextmanager
async def attached(target: Target) -> AsyncIterator[Bus]:
    """Yield a connected bus of a frontend. Raises RefusalError when the server is out of reach."""
    url = find_redis(target)
    # Commands say themselves what matters, and standard output is theirs alone.
    configure_logs(role="cli", feed="unknown", run_id="none", level="ERROR")
    bus = Bus(url, Party.FRONTEND, SystemClock(), random.SystemRandom())
    try:
        await bus.open(CONNECT_S)
    except DisconnectedError as error:
        await bus.close()
        raise RefusalError(
            f"{mask_secrets(url)} does not answer ({error}): does `qtrade up` still run?"
        ) from error
    except RefusedError as error:
        await bus.close()
        raise RefusalError(f"{mask_secrets(url)} does not let us in: {error}") from error
    try:
        yield bus
    finally:
        await bus.close()


async def feed_kind(bus: Bus) -> FeedKind | None:
    """Return the kind of the running feed; None while no streamer has said so."""
    try:
        found = await bus.read(registry.MARKET_STATUS)
    except InvalidMessageError:
        return None
    return None if found is None else found.value.feed


@asynccontextmanager
async def trader_session(bus: Bus) -> AsyncIterator[Session]:
    """Open a session with the right to write, for the time of one command."""
    chance = random.SystemRandom().getrandbits(32)
    session = new_session(f"cli-{os.getpid()}-{chance:08x}", "cli", SystemClock().now())
    await bus.write(registry.SESSION, session, session.session_id)
    try:
        yield session
    finally:
        # It would end by itself, and the reply that is about to be shown matters more.
        with contextlib.suppress(ContractError):
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
