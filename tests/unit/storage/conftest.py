"""Databases that have the tables already, and what the tests of this room share."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from tests.servers import fresh_database

from qt_trade.storage.database import Database
from qt_trade.storage.leases import Leases
from qt_trade.storage.migrate import migrate


@pytest.fixture(scope="session")
def database_template(postgres_url: str) -> Iterator[str]:
    """A migrated database, which every test gets a copy of."""
    with fresh_database(postgres_url, "storage_template", "template0") as url:
        asyncio.run(migrate(url))
        yield "storage_template"


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, name="test")
    yield database
    await database.close()


@pytest.fixture
def leases(database: Database) -> Leases:
    return Leases(database)
