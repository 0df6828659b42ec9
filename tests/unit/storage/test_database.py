"""The door to PostgreSQL says what happened, and opens again by itself."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import text
from tests.servers import ServerProcess
from tests.unit.storage.records import ACCOUNT, answer, keys_of, note
from tests.unit.storage.waits import until_blocked

from qt_trade.storage.database import Database, driver_url
from qt_trade.storage.errors import (
    DuplicateCommandError,
    FencedError,
    SchemaError,
    UncertainError,
    UnreachableError,
)
from qt_trade.storage.journal import Journal
from qt_trade.storage.leases import Fence, Leases
from qt_trade.storage.migrate import migrate

Bare = psycopg.AsyncConnection[tuple[object, ...]]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:secret@127.0.0.1:5432/qt?sslmode=require",
        "postgres://me:secret@127.0.0.1:5432/qt?sslmode=require",
        "postgresql+psycopg://me:secret@127.0.0.1:5432/qt?sslmode=require",
    ],
)
def test_any_postgresql_url_will_do(url: str) -> None:
    rendered = driver_url(url).render_as_string(hide_password=False)
    assert rendered == "postgresql+psycopg://me:secret@127.0.0.1:5432/qt?sslmode=require"


@pytest.mark.parametrize("url", ["mysql://me:secret@host/qt", "me:secret@host", ""])
def test_other_urls_are_refused_without_their_password(url: str) -> None:
    with pytest.raises(ValueError, match="URL") as refused:
        driver_url(url)
    assert "secret" not in str(refused.value)


@pytest.mark.asyncio
async def test_a_ping_takes_time(database: Database) -> None:
    assert 0 < await database.ping() < 60


@pytest.mark.asyncio
async def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(ValueError, match="URL"):
        Database("redis://127.0.0.1/0", name="test")
    closed = Database("postgresql://me:secret@127.0.0.1:1/qt", name="test")
    with pytest.raises(UnreachableError) as refused:
        await closed.ping()
    assert not isinstance(refused.value, UncertainError)
    assert "secret" not in str(refused.value)
    with pytest.raises(UnreachableError):
        async with closed.line():
            pass
    await closed.close()


@pytest.mark.asyncio
async def test_a_wrong_password_is_unreachable(database_url: str) -> None:
    wrong = driver_url(database_url).set(password="wrong")  # noqa: S106
    stranger = Database(wrong.render_as_string(hide_password=False), name="test")
    with pytest.raises(UnreachableError, match="authentication"):
        await stranger.ping()
    await stranger.close()


@pytest.mark.asyncio
async def test_missing_tables_are_named(bare: Bare, database: Database) -> None:
    await bare.execute("DROP TABLE leases")
    with pytest.raises(SchemaError, match="migrate"):
        await Leases(database).acquire("engine", "host-1", 1.0)


@pytest.mark.asyncio
async def test_an_error_inside_a_transaction_undoes_it(database: Database, bare: Bare) -> None:
    with pytest.raises(KeyError):
        async with database.transaction() as connection:
            await connection.execute(text("INSERT INTO leases VALUES ('x', 'y', 1, now())"))
            raise KeyError
    cursor = await bare.execute("SELECT count(*) FROM leases")
    assert await cursor.fetchone() == (0,)


@pytest.mark.asyncio
async def test_more_callers_than_connections_wait_for_each_other(database: Database) -> None:
    pings = await asyncio.gather(*(database.ping() for _ in range(30)))
    assert len(pings) == 30


@pytest.mark.asyncio
async def test_a_transaction_that_takes_too_long_is_cut(database: Database) -> None:
    with pytest.raises(UncertainError):
        async with database.transaction(answer_timeout_s=0.2) as connection:
            await connection.execute(text("SELECT pg_sleep(60)"))
    assert await database.ping() > 0


@pytest.mark.asyncio
async def test_a_cancelled_transaction_gives_its_connection_back(
    database: Database, bare: Bare, database_url: str
) -> None:
    leases = Leases(database)
    assert await leases.acquire("engine", "host-1", 60.0) is not None
    async with await psycopg.AsyncConnection.connect(database_url) as blocker:
        await blocker.execute("SELECT FROM leases FOR UPDATE")
        for _ in range(6):  # more than the pool holds
            waiting = asyncio.create_task(leases.acquire("engine", "host-1", 60.0))
            await until_blocked(bare, "test")
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
    assert await leases.acquire("engine", "host-1", 60.0) is not None


@pytest.mark.asyncio
async def test_connections_the_server_closed_are_replaced_unseen(
    database: Database, journal: Journal, bare: Bare
) -> None:
    fence = await Leases(database).acquire("engine", "host-1", 60.0)
    assert fence is not None
    await journal.append([note(1)], fence)
    cursor = await bare.execute(
        "SELECT count(pg_terminate_backend(pid, 20000)) FROM pg_stat_activity"
        " WHERE application_name = 'qtrade test'"
    )
    assert await cursor.fetchone() == (2,)
    await journal.append([note(2)], fence)
    assert await database.ping() > 0
    assert await journal.count() == 2


@pytest.mark.asyncio
async def test_a_server_that_dies_and_returns_is_found_again(
    private_postgres: ServerProcess,
) -> None:
    await migrate(private_postgres.url)
    database = Database(private_postgres.url, name="test")
    journal = Journal(database, ACCOUNT, keys_of)
    fence = await Leases(database).acquire("engine", "host-1", 60.0)
    assert fence is not None
    await journal.append([note(1)], fence)
    private_postgres.kill()
    for _ in range(2):
        with pytest.raises(UnreachableError):
            await journal.append([note(2)], fence)
        with pytest.raises(UnreachableError):
            await database.ping()
    private_postgres.start()
    await journal.append([note(3)], fence)
    assert [entry.record async for entry in journal.read()] == [note(1), note(3)]
    assert (await journal.verify()).broken_at is None
    await database.close()


@pytest.mark.asyncio
async def test_an_answer_that_never_came_is_uncertain_and_the_command_still_has_one_effect(
    database_url: str, fence: Fence, bare: Bare
) -> None:
    hasty = Database(database_url, name="hasty", answer_timeout_s=0.5)
    journal = Journal(hasty, ACCOUNT, keys_of)
    await journal.append([note(1)], fence)
    with _frozen(await _backend(bare, "qtrade hasty")), pytest.raises(UncertainError):
        await journal.append([answer("c-1")], fence)
    # The server may find the append in its socket now and carry it out after all.
    (outcome,) = await asyncio.gather(
        journal.append([answer("c-1")], fence), return_exceptions=True
    )
    assert isinstance(outcome, list | DuplicateCommandError)
    assert await journal.count() == 2
    await hasty.close()


async def _backend(bare: Bare, application: str) -> int:
    wanted = "SELECT pid FROM pg_stat_activity WHERE application_name = %s"
    row = await (await bare.execute(wanted, [application])).fetchone()
    assert row is not None
    assert isinstance(row[0], int)
    return row[0]


@contextmanager
def _frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.asyncio
async def test_a_take_over_while_the_old_holder_was_cut_off_shuts_it_out(
    database: Database, other_database: Database, journal: Journal, bare: Bare
) -> None:
    old = await Leases(database).acquire("engine", "host-1", 0.0)
    assert old is not None
    await journal.append([note(1)], old)
    await bare.execute(
        "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity"
        " WHERE application_name = 'qtrade test'"
    )
    assert await Leases(other_database).acquire("engine", "host-2", 60.0) is not None
    with pytest.raises(FencedError):
        await journal.append([note(2)], old)
