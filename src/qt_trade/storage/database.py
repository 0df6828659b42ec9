"""The door to PostgreSQL: a small pool that notices dead connections, and errors with a meaning."""

import asyncio
import os
import select
import socket
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, cast

import psycopg
from sqlalchemy import URL, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

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

    ``name`` is what PostgreSQL shows of us (pg_stat_activity). ``read_only``: PostgreSQL itself
    refuses every change. Belongs to the event loop it was
    first used in; close it there.
    """

    def __init__(
        self,
        url: str,
        *,
        name: str,
        pool_size: int = POOL_SIZE,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
        read_only: bool = False,
    ) -> None:
        self._answer_timeout_s = answer_timeout_s
        self._connect: dict[str, Any] = {
            "connect_timeout": CONNECT_TIMEOUT_S,
            "application_name": f"qtrade {name}",
        }
        if read_only:
            self._connect["options"] = "-c default_transaction_read_only=on"
        self._engine = create_async_engine(
            driver_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=answer_timeout_s,
            connect_args=self._connect,
        )
        event.listen(self._engine.sync_engine, "checkout", _refuse_dead)
        self._line_target = driver_url(url).set(drivername="postgresql")
        self._line: Driver | None = None
        self._line_taken = asyncio.Lock()

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
        with _meaningful(connected=False):
            connection = await self._engine.connect()
        try:
            with _meaningful(connected=True):
                driver = await driver_of(connection)
                with _limit(driver, answer_timeout_s or self._answer_timeout_s):
                    async with connection.begin():
                        yield connection
        finally:
            await asyncio.shield(connection.close())

    @asynccontextmanager
    async def line(self) -> AsyncGenerator[Driver]:
        """Lend the one bare connection, on which every statement commits at once.

        For what has to be quick: SQLAlchemy's way to a connection takes as long as a commit.
        Callers wait for each other. Raises as `transaction` does.
        """
        async with self._line_taken:
            with _meaningful(connected=False):
                line = await self._open_line()
            with _meaningful(connected=True), _limit(line, self._answer_timeout_s):
                yield line

    async def close(self) -> None:
        """Close all connections; the next use would open new ones."""
        await self._engine.dispose()
        async with self._line_taken:
            await self._hang_up()

    async def _open_line(self) -> Driver:
        if self._line is not None and not self._line.closed and not _hung_up(self._line):
            return self._line
        await self._hang_up()
        self._line = await psycopg.AsyncConnection.connect(
            self._line_target.render_as_string(hide_password=False),
            autocommit=True,
            **self._connect,
        )
        return self._line

    async def _hang_up(self) -> None:
        if self._line is not None:
            await self._line.close()
            self._line = None


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


def _refuse_dead(adapted: Any, _record: object, _proxy: object) -> None:
    """Tell the pool to connect anew when the server has hung up meanwhile."""
    if _hung_up(adapted.driver_connection):
        raise DisconnectionError


def _hung_up(driver: Driver) -> bool:
    """Whether the server ended an idle connection, which has nothing to read but a farewell.

    This costs microseconds, where a ping before each use costs a round trip.
    """
    poll = select.poll()
    poll.register(driver.fileno(), select.POLLIN)
    return bool(poll.poll(0))


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
