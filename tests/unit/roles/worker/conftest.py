"""The database that the workers' tests get copies of."""

import asyncio
from collections.abc import Iterator

import pytest
from tests.servers import fresh_database

from qt_trade.storage.migrate import migrate


@pytest.fixture(scope="session")
def database_template(postgres_url: str) -> Iterator[str]:
    """A migrated database, which every test gets a copy of."""
    with fresh_database(postgres_url, "worker_template", "template0") as url:
        asyncio.run(migrate(url))
        yield "worker_template"
