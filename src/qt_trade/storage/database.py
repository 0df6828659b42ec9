"""The door to PostgreSQL: a small pool that notices dead connections, and errors with a meaning."""

import asyncio
import os
import select
import socket
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import cast

import psycopg
from sqlalchemy import URL, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from qt_trade.storage.errors import (
    InvalidValueError,
    SchemaError,
    StorageError,
    UncertainError,
    UnreachableError,
)

Driver = psycopg.AsyncConnection[tuple[object, ...]]
"""A connection of psycopg itself; what is executed on it commits at once."""

POOL_SIZE = 4
CONNECT_TIMEOUT_S = 5
ANSWER_TIMEOUT_S = 10.0

_GONE = frozenset({"57P01", "57P02", "57P03", "57P05"})
"""The server ended the connection, perhaps while it committed."""


class Database:
    """Connections to one database, opened when needed and used again while they live.

    ``name`` is what PostgreSQL shows of us (pg_stat_activity). Belongs to the event loop it was
    first used in; close it there.
    """

    def __init__(
        self,
        url: str,
        *,
        name: str,
        pool_size: int = POOL_SIZE,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        self._answer_timeout_s = answer_timeout_s
        self._engine = create_async_engine(
            driver_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=answer_timeout_s,
            connect_args={
                "connect_timeout": CONNECT_TIMEOUT_S,
                "application_name": f"qtrade {name}",
            },
        )
        self._autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        event.listen(self._engine.sync_engine, "checkout", _refuse_dead)

    async def ping(self) -> float:
        """Return the seconds one question and its answer take. Raises UnreachableError."""
        async with self.transaction() as connection:
            begun = time.perf_counter()
            await connection.execute(text("SELECT 1"))
            return time.perf_counter() - begun

    @asynccontextmanager
    async def transaction(
        self, *, answer_timeout_s: float | None = None
    ) -> AsyncGenerator[AsyncConnection]:
        """Lend a connection with a transaction: committed at the end, rolled back on any error.

        Raises UnreachableError, UncertainError, InvalidValueError, SchemaError. The time-out is
        for all of it; then the connection is cut.
        """
        async with self._lend(self._engine, answer_timeout_s) as connection, connection.begin():
            yield connection

    @asynccontextmanager
    async def driver(self) -> AsyncGenerator[Driver]:
        """Lend a bare connection on which every statement is its own transaction."""
        async with self._lend(self._autocommit, None) as connection:
            yield await driver_of(connection)

    async def close(self) -> None:
        """Close all connections; the next use would open new ones."""
        await self._engine.dispose()

    @asynccontextmanager
    async def _lend(
        self, engine: AsyncEngine, answer_timeout_s: float | None
    ) -> AsyncGenerator[AsyncConnection]:
        with _meaningful(connected=False):
            connection = await engine.connect()
        try:
            with _meaningful(connected=True):
                driver = await driver_of(connection)
                with _limit(driver, answer_timeout_s or self._answer_timeout_s):
                    yield connection
        finally:
            if not connection.closed:
                await asyncio.shield(_give_back(connection))


def driver_url(url: str) -> URL:
    """Return the URL with psycopg as its driver, whatever PostgreSQL URL it was.

    Raises ValueError, without the password, when it is none.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValueError("the database URL cannot be read") from None
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        raise ValueError(f"{parsed.drivername}:// is no PostgreSQL URL")
    return parsed.set(drivername="postgresql+psycopg")


async def driver_of(connection: AsyncConnection) -> Driver:
    """Return psycopg's connection inside SQLAlchemy's, in the same transaction."""
    pooled = await connection.get_raw_connection()
    return cast("Driver", pooled.driver_connection)


async def _give_back(connection: AsyncConnection) -> None:
    if (await driver_of(connection)).closed:
        await connection.invalidate()
    await connection.close()


def _refuse_dead(adapted: object, _record: object, _proxy: object) -> None:
    """Tell the pool to reconnect when the server has hung up since the connection was last used.

    An idle connection has nothing to read but the server's farewell. This costs microseconds,
    where a ping before each use costs a round trip.
    """
    driver = cast("Driver", getattr(adapted, "driver_connection"))  # noqa: B009
    poll = select.poll()
    poll.register(driver.fileno(), select.POLLIN)
    if poll.poll(0):
        raise DisconnectionError


@contextmanager
def _limit(driver: Driver, seconds: float) -> Generator[None]:
    """Cut the connection when the work on it takes too long.

    A server that hangs answers no request to cancel either; a dead socket ends every wait.
    """
    timer = asyncio.get_running_loop().call_later(seconds, _cut, driver)
    try:
        yield
    finally:
        timer.cancel()


def _cut(driver: Driver) -> None:
    if not driver.closed:
        with socket.socket(fileno=os.dup(driver.fileno())) as same:
            same.shutdown(socket.SHUT_RDWR)


@contextmanager
def _meaningful(*, connected: bool) -> Generator[None]:
    """Turn what the libraries raise into the errors of this room, by what to do next."""
    try:
        yield
    except (DBAPIError, psycopg.Error, PoolTimeoutError, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        meaning = _meaning(cause, connected=connected)
        if meaning is None:
            raise
        raise meaning from error


def _meaning(error: BaseException | None, *, connected: bool) -> StorageError | None:
    words = str(error).strip()
    match error:
        case PoolTimeoutError():
            return UnreachableError(f"all connections are in use: {words}")
        case psycopg.errors.UndefinedTable() | psycopg.errors.UndefinedFunction():
            return SchemaError(f"the tables are not there; migrate first: {words}")
        case psycopg.OperationalError() | psycopg.InterfaceError() | OSError():
            return _unreachable(error, words, connected=connected)
        case psycopg.DataError():
            return InvalidValueError(words)
        case _:
            return None


def _unreachable(error: BaseException, words: str, *, connected: bool) -> UnreachableError:
    state = getattr(error, "sqlstate", None)
    if connected and (state is None or state in _GONE):
        return UncertainError(f"the connection to PostgreSQL broke: {words}")
    return UnreachableError(f"PostgreSQL is not reachable: {words}")
