"""Databases that have the tables already, and what the tests of this room share."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
import pytest_asyncio
from tests.servers import fresh_database
from tests.unit.storage.records import ACCOUNT, keys_of

from qt_trade.storage.database import Database
from qt_trade.storage.journal import Journal
from qt_trade.storage.leases import Fence, Leases
from qt_trade.storage.migrate import migrate


@pytest.fixture(scope="session")
def database_template(postgres_url: str) -> Iterator[str]:
    """A migrated database, which every test gets a copy of."""
    with fresh_database(postgres_url, "storage_template", "template0") as url:
        asyncio.run(migrate(url))
        yield "storage_template"


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The door of the code under test."""
    database = Database(database_url, name="test")
    yield database
    await database.close()


@pytest_asyncio.fixture
async def other_database(database_url: str) -> AsyncIterator[Database]:
    """The door of another process to the same database."""
    database = Database(database_url, name="other test")
    yield database
    await database.close()


@pytest_asyncio.fixture
async def bare(database_url: str) -> AsyncIterator[psycopg.AsyncConnection[tuple[object, ...]]]:
    """A connection past our code, to look and to tamper; its transactions are its own."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def leases(database: Database) -> Leases:
    return Leases(database)


@pytest_asyncio.fixture
async def fence(leases: Leases) -> Fence:
    """The lease of the engine, held."""
    fence = await leases.acquire("engine", "host-1", 60.0)
    assert fence is not None
    return fence


@pytest.fixture
def journal(database: Database) -> Journal:
    return Journal(database, ACCOUNT, keys_of)
