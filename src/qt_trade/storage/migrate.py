"""Brings a database's tables to what this version needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text

from qt_trade.storage.database import Database
from qt_trade.storage.errors import SchemaError

MIGRATION_TIMEOUT_S = 300.0
"""How long all steps may take, and the wait for another role that does them."""

_LOCK = 0x51_54_72_61_64_65
"""The key of the advisory lock: ASCII for QTrade."""


async def migrate(url: str) -> None:
    """Make or change the tables; nothing happens when they are up to date.

    May be called by several roles at once: one works, the others wait for it. All steps are one
    transaction. Raises UnreachableError; SchemaError for a database of a newer version.
    """
    database = Database(url, name="migrate", pool_size=1)
    try:
        async with database.transaction(answer_timeout_s=MIGRATION_TIMEOUT_S) as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            await connection.run_sync(_upgrade)
    finally:
        await database.close()


def _upgrade(connection: Connection) -> None:
    config = Config(attributes={"connection": connection})
    folder = str(Path(__file__).with_name("migrations"))
    config.set_main_option("script_location", folder.replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise SchemaError(f"this database was made by a newer QtTrade: {error}") from error
