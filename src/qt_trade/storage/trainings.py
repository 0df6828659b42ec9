"""Trainings in PostgreSQL: one runs at a time, and any worker can take up what another left.

A training that runs is claimed until a moment, which its worker puts off again and again; a worker
that dies leaves it to the next one, who finds the moment passed and begins it anew. A worker that
is started again in the same place knows that its predecessor is dead, and need not wait.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from qt_trade.model.trainings import TrainingJob, TrainingOrder, TrainingState
from qt_trade.storage.database import Database
from qt_trade.storage.intelligence_tables import TRAINING_JOBS as JOBS

ATTEMPTS_MAX = 3
"""A training that took so many workers with it is not begun once more."""

_OPEN = (TrainingState.WAITING.value, TrainingState.RUNNING.value)


class TrainingStore:
    """The trainings of one feed."""

    def __init__(self, database: Database, source_key: str) -> None:
        self._database = database
        self._source_key = source_key

    async def add(self, order: TrainingOrder, now: datetime) -> bool:
        """Keep an order; return False when its id is known already: it is carried out once."""
        added = (
            insert(JOBS)
            .values(
                source_key=self._source_key,
                job_id=order.job_id,
                horizons_min=list(order.horizons_min),
                trigger=order.trigger,
                asked_by=order.asked_by,
                asked_at=now,
                state=TrainingState.WAITING.value,
                words="",
                attempts=0,
            )
            .on_conflict_do_nothing()
            .returning(JOBS.c.job_id)
        )
        async with self._database.transaction() as connection:
            return (await connection.execute(added)).first() is not None

    async def take(self, now: datetime, claim: timedelta, worker: str = "") -> TrainingJob | None:
        """Claim what is to be trained next for so long; None: nothing, or another trains.

        ``worker``: the name of whoever asks, who trains nothing now; what is claimed in his name
        is nobody's. Empty: he has none. What was taken ATTEMPTS_MAX times and never ended has failed.
        """
        async with self._database.transaction() as connection:
            await self._lock(connection)
            for row in await self._open(connection):
                if _is_kept(row, now, worker):
                    return None
                if row.attempts < ATTEMPTS_MAX:
                    return await self._claimed(connection, row.job_id, now, claim, worker)
                words = f"{row.attempts} workers died of it, or while it ran"
                await self._end(connection, row.job_id, TrainingState.FAILED, words, now)
        return None

    async def keep(self, job: TrainingJob, until: datetime) -> bool:
        """Put off the end of a claim; return False when the training is no longer ours."""
        kept = update(JOBS).where(self._ours(job)).values(claimed_until=until)
        async with self._database.transaction() as connection:
            return (await connection.execute(kept)).rowcount > 0

    async def put_back(self, job: TrainingJob, now: datetime) -> None:
        """Leave a training that is ours to the next worker; this attempt does not count."""
        left = update(JOBS).where(self._ours(job))
        async with self._database.transaction() as connection:
            await connection.execute(left.values(claimed_until=now, attempts=JOBS.c.attempts - 1))

    async def end(self, job: TrainingJob, state: TrainingState, words: str, now: datetime) -> bool:
        """Note what came of a training; return False when it is no longer ours."""
        ended = update(JOBS).where(self._ours(job))
        async with self._database.transaction() as connection:
            done = await connection.execute(
                ended.values(state=state.value, words=words, ended=now, claimed_until=None)
            )
            return done.rowcount > 0

    async def cancel(self, job_id: str, words: str, now: datetime) -> TrainingJob | None:
        """Cancel a training unless it is over; return it as it was, None: there is none."""
        async with self._database.transaction() as connection:
            await self._lock(connection)
            found = (await connection.execute(self._wanted(job_id))).one_or_none()
            if found is None:
                return None
            before = _job(found)
            if not before.state.over:
                await self._end(connection, job_id, TrainingState.CANCELED, words, now)
        return before

    async def job(self, job_id: str) -> TrainingJob | None:
        """Return one training."""
        async with self._database.transaction() as connection:
            found = (await connection.execute(self._wanted(job_id))).one_or_none()
        return None if found is None else _job(found)

    async def open(self) -> list[TrainingJob]:
        """Return the trainings that are not over, in the order in which they will be done."""
        async with self._database.transaction() as connection:
            return [_job(row) for row in await self._open(connection)]

    async def last(self) -> TrainingJob | None:
        """Return the training that ended last."""
        newest = (
            select(JOBS)
            .where(JOBS.c.source_key == self._source_key, JOBS.c.ended.is_not(None))
            .order_by(JOBS.c.ended.desc(), JOBS.c.number.desc())
            .limit(1)
        )
        async with self._database.transaction() as connection:
            found = (await connection.execute(newest)).one_or_none()
        return None if found is None else _job(found)

    async def _lock(self, connection: AsyncConnection) -> None:
        await connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
            {"key": f"qtrade.trainings {self._source_key}"},
        )

    def _wanted(self, job_id: str) -> Select[Any]:
        return select(JOBS).where(JOBS.c.source_key == self._source_key, JOBS.c.job_id == job_id)

    async def _open(self, connection: AsyncConnection) -> list[Row[Any]]:
        wanted = (
            select(JOBS)
            .where(JOBS.c.source_key == self._source_key, JOBS.c.state.in_(_OPEN))
            # What was begun comes first: nothing else may run meanwhile.
            .order_by(JOBS.c.state, JOBS.c.number)
        )
        return list((await connection.execute(wanted)).all())

    async def _claimed(
        self, connection: AsyncConnection, job_id: str, now: datetime, claim: timedelta,
        worker: str,
    ) -> TrainingJob:  # fmt: skip
        mine = (JOBS.c.source_key == self._source_key) & (JOBS.c.job_id == job_id)
        taken = (
            update(JOBS)
            .where(mine)
            .values(
                state=TrainingState.RUNNING.value,
                attempts=JOBS.c.attempts + 1,
                begun=now,
                claimed_until=now + claim,
                claimed_by=worker or None,
            )
            .returning(JOBS)
        )
        return _job((await connection.execute(taken)).one())

    async def _end(
        self, connection: AsyncConnection, job_id: str, state: TrainingState, words: str,
        now: datetime,
    ) -> None:  # fmt: skip
        mine = (JOBS.c.source_key == self._source_key) & (JOBS.c.job_id == job_id)
        ended = update(JOBS).where(mine)
        await connection.execute(
            ended.values(state=state.value, words=words, ended=now, claimed_until=None)
        )

    def _ours(self, job: TrainingJob) -> Any:
        """Say which row is still this attempt's: whoever was late finds it taken anew, or over."""
        return and_(
            JOBS.c.source_key == self._source_key,
            JOBS.c.job_id == job.job_id,
            JOBS.c.attempts == job.attempts,
            JOBS.c.state == TrainingState.RUNNING.value,
        )


def _is_kept(row: Row[Any], now: datetime, worker: str) -> bool:
    """Tell whether somebody trains this, as far as is known."""
    if row.state != TrainingState.RUNNING.value or row.claimed_until <= now:
        return False
    return not worker or row.claimed_by != worker


def _job(row: Row[Any]) -> TrainingJob:
    return TrainingJob(
        order=TrainingOrder(
            job_id=row.job_id,
            horizons_min=tuple(row.horizons_min),
            trigger=row.trigger,
            asked_by=row.asked_by,
        ),
        asked_at=row.asked_at.astimezone(UTC),
        state=TrainingState(row.state),
        words=row.words,
        attempts=row.attempts,
        begun=_utc(row.begun),
        ended=_utc(row.ended),
        claimed_until=_utc(row.claimed_until),
    )


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)
