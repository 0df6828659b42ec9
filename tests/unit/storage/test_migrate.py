"""The tables are made once, by whoever comes first, and are those the code believes in."""

import asyncio

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from tests.servers import fresh_database

from qt_trade.storage.database import Database
from qt_trade.storage.errors import SchemaError, UnreachableError
from qt_trade.storage.intelligence_tables import MODELS
from qt_trade.storage.migrate import migrate

pytestmark = pytest.mark.asyncio


async def test_several_roles_may_migrate_at_once(postgres_url: str) -> None:
    with fresh_database(postgres_url, "migrated_at_once", "template0") as url:
        await asyncio.gather(*(migrate(url) for _ in range(4)))
        await migrate(url)
        with psycopg.connect(url) as connection:
            versions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    assert versions == [("0012",)]


async def test_the_tables_are_those_the_code_believes_in(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, MODELS.metadata))

    async with database.transaction() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_database_of_a_newer_version_is_left_alone(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaError, match="newer"):
        await migrate(database_url)


async def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(UnreachableError):
        await migrate("postgresql://me@127.0.0.1:1/qt")
