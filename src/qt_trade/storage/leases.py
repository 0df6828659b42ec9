"""Who may act: one holder per role at a time, and a token that old holders lose."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, DateTime, func, or_, select, type_coerce, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from qt_trade.storage.database import Database
from qt_trade.storage.errors import FencedError
from qt_trade.storage.tables import LEASES


@dataclass(frozen=True, slots=True)
class Fence:
    """Proof that ``holder`` holds ``role``; a later holder's ``token`` is greater."""

    role: str
    holder: str
    token: int
    ttl_s: float


class Leases:
    """The leases of a database. Only the database's clock counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def acquire(self, role: str, holder: str, ttl_s: float) -> Fence | None:
        """Take the lease if it is free, expired or this holder's; else return None.

        Every success raises the token, so that what was written with an older fence is refused,
        even if the same holder wrote it in an earlier life. Raises UnreachableError.
        """
        wanted = insert(LEASES).values(role=role, holder=holder, token=1, expires_at=_expiry(ttl_s))
        taken = wanted.on_conflict_do_update(
            index_elements=[LEASES.c.role],
            set_={
                "holder": wanted.excluded.holder,
                "token": LEASES.c.token + 1,
                "expires_at": wanted.excluded.expires_at,
            },
            where=or_(
                LEASES.c.holder.is_(None),
                LEASES.c.holder == holder,
                LEASES.c.expires_at <= func.clock_timestamp(),
            ),
        ).returning(LEASES.c.token)
        async with self._database.transaction() as connection:
            token = (await connection.execute(taken)).scalar_one_or_none()
        return None if token is None else Fence(role, holder, token, ttl_s)

    async def renew(self, fence: Fence) -> None:
        """Hold the lease for another ``ttl_s`` from now.

        An expired lease that nobody has taken is still ours. Raises FencedError when it was
        taken or released, UnreachableError.
        """
        if not await self._change(fence, expires_at=_expiry(fence.ttl_s)):
            raise FencedError(fence.role, fence.token)

    async def release(self, fence: Fence) -> None:
        """Give the lease back, so that another need not wait; nothing happens if it was lost."""
        await self._change(fence, holder=None)

    async def holding(self, role: str) -> int | None:
        """Return the token of the one who holds a role now, None while nobody does.

        Raises UnreachableError.
        """
        held = select(LEASES.c.token).where(
            LEASES.c.role == role,
            LEASES.c.holder.is_not(None),
            LEASES.c.expires_at > func.clock_timestamp(),
        )
        async with self._database.transaction() as connection:
            return (await connection.execute(held)).scalar_one_or_none()

    async def _change(self, fence: Fence, **values: ColumnElement[object] | None) -> bool:
        changed = update(LEASES).where(_ours(fence)).values(**values).returning(LEASES.c.token)
        async with self._database.transaction() as connection:
            return (await connection.execute(changed)).scalar_one_or_none() is not None


async def is_held(connection: AsyncConnection, fence: Fence) -> bool:
    """Tell whether a fence holds, until the end of this transaction: a take-over waits for it."""
    held = select(LEASES.c.token).where(_ours(fence)).with_for_update(read=True)
    return (await connection.execute(held)).scalar_one_or_none() is not None


def _ours(fence: Fence) -> ColumnElement[bool]:
    return (
        (LEASES.c.role == fence.role)
        & (LEASES.c.holder == fence.holder)
        & (LEASES.c.token == fence.token)
    )


def _expiry(ttl_s: float) -> ColumnElement[object]:
    # clock_timestamp: now() would be the start of a transaction that may have waited for a lock.
    span = func.make_interval(0, 0, 0, 0, 0, 0, ttl_s)
    return type_coerce(func.clock_timestamp() + span, DateTime(timezone=True))
