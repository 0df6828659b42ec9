"""Who came, who controlled, who changed what, and the settings as they were last accepted."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC

from sqlalchemy import RowMapping, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from qt_trade.model.audit import Audited, AuditEntry, KeptSetting
from qt_trade.storage.database import Database
from qt_trade.storage.errors import FencedError
from qt_trade.storage.leases import Fence, is_held
from qt_trade.storage.tables import AUDIT, KEPT_SETTINGS
from qt_trade.storage.texts import storable

_ENDS = (Audited.SESSION_CLOSED, Audited.SESSION_EXPIRED, Audited.SESSION_REVOKED)


class AuditLog:
    """Grows only, and only by who holds the lease."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, entries: Sequence[AuditEntry], kept: Sequence[KeptSetting], fence: Fence
    ) -> None:
        """Store entries and settings together.

        Raises FencedError when the lease is no longer ours, UnreachableError, UncertainError.
        """
        async with self._database.transaction() as connection:
            if not await is_held(connection, fence):
                raise FencedError(fence.role, fence.token)
            if entries:
                await connection.execute(insert(AUDIT), [_fields(entry) for entry in entries])
            for setting in kept:
                await _keep(connection, setting)

    async def last(self, count: int) -> list[AuditEntry]:
        """Return the newest entries, oldest first."""
        newest = _SELECT.order_by(AUDIT.c.id.desc()).limit(count)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(newest)).mappings().all()
        return [_entry(row) for row in reversed(rows)]

    async def open_sessions(self) -> list[AuditEntry]:
        """Return how each session was opened that has not ended yet."""
        newest = (
            select(AUDIT.c.session_id, func.max(AUDIT.c.id).label("id"))
            .where(AUDIT.c.what.in_((Audited.SESSION_OPENED, *_ENDS)))
            .group_by(AUDIT.c.session_id)
            .subquery()
        )
        still = _SELECT.join(newest, newest.c.id == AUDIT.c.id).where(
            AUDIT.c.what == Audited.SESSION_OPENED
        )
        async with self._database.transaction() as connection:
            rows = (await connection.execute(still)).mappings().all()
        return [_entry(row) for row in rows]

    async def revoked(self) -> list[AuditEntry]:
        """Return every revocation, oldest first."""
        wanted = _SELECT.where(AUDIT.c.what == Audited.SESSION_REVOKED).order_by(AUDIT.c.id)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(wanted)).mappings().all()
        return [_entry(row) for row in rows]

    async def kept_settings(self) -> list[KeptSetting]:
        """Return every setting as it was last accepted."""
        wanted = select(KEPT_SETTINGS.c.key, KEPT_SETTINGS.c.body)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(wanted)).all()
        return [KeptSetting(row.key, row.body) for row in rows]

    async def next_control_token(self) -> int:
        """Return a token greater than every one before, whatever was lost since."""
        drawn = select(func.nextval(literal_column("'control_token'")))
        async with self._database.transaction() as connection:
            return int((await connection.execute(drawn)).scalar_one())


async def _keep(connection: AsyncConnection, setting: KeptSetting) -> None:
    kept = insert(KEPT_SETTINGS).values(key=setting.key, body=setting.body)
    newer = kept.on_conflict_do_update(
        index_elements=[KEPT_SETTINGS.c.key],
        set_={"body": kept.excluded.body, "at": func.clock_timestamp()},
    )
    await connection.execute(newer)


def _fields(entry: AuditEntry) -> dict[str, object]:
    fields = asdict(entry)
    fields["user_name"], fields["done_by"] = fields.pop("user"), fields.pop("by")
    return {name: _storable(value) for name, value in fields.items()}


def _storable(value: object) -> object:
    """Return a text as PostgreSQL holds it: what a stranger calls himself must not stop us."""
    if not isinstance(value, str) or isinstance(value, Audited):
        return value
    return storable(value)


_SELECT = select(
    AUDIT.c.at,
    AUDIT.c.what,
    AUDIT.c.account,
    AUDIT.c.words,
    AUDIT.c.session_id,
    AUDIT.c.name,
    AUDIT.c.user_name,
    AUDIT.c.host,
    AUDIT.c.role,
    AUDIT.c.version,
    AUDIT.c.done_by,
    AUDIT.c.key,
    AUDIT.c.before,
    AUDIT.c.after,
    AUDIT.c.token,
)


def _entry(row: RowMapping) -> AuditEntry:
    return AuditEntry(
        at=row["at"].astimezone(UTC),
        what=Audited(row["what"]),
        account=row["account"],
        words=row["words"],
        session_id=row["session_id"],
        name=row["name"],
        user=row["user_name"],
        host=row["host"],
        role=row["role"],
        version=row["version"],
        by=row["done_by"],
        key=row["key"],
        before=row["before"],
        after=row["after"],
        token=row["token"],
    )
