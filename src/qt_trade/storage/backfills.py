"""Backfills in PostgreSQL: each job and each of its spans, so that any worker can go on with them.

A span that is being worked on stays claimed until a moment; a worker that dies leaves it to the
next one, who finds the moment passed. Doing a span twice stores the same bars.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from qt_trade.model.backfills import (
    BackfillOrder,
    BackfillProgress,
    BackfillSpan,
    BackfillState,
    Stored,
)
from qt_trade.model.symbols import Symbol
from qt_trade.storage.database import Database
from qt_trade.storage.tables import BACKFILL_JOBS as JOBS
from qt_trade.storage.tables import BACKFILL_SPANS as SPANS
from qt_trade.storage.tables import BAR_COVERAGE as COVERAGE
from qt_trade.storage.tables import BARS

_OPEN = (BackfillState.WAITING.value, BackfillState.RUNNING.value)


class BackfillStore:
    """The backfills of one feed."""

    def __init__(self, database: Database, source_key: str) -> None:
        self._database = database
        self._source_key = source_key

    async def add(self, order: BackfillOrder, now: datetime) -> bool:
        """Keep an order; return False when its id is known already: it is carried out once."""
        added = (
            insert(JOBS)
            .values(
                job_id=order.job_id,
                source_key=self._source_key,
                asked_by=order.asked_by,
                asked_at=now,
                symbols=list(order.symbols),
                interval_s=order.interval_s,
                since=order.since,
                until=order.until,
                planned=False,
                state=BackfillState.WAITING.value,
                words="",
            )
            .on_conflict_do_nothing()
            .returning(JOBS.c.job_id)
        )
        async with self._database.transaction() as connection:
            return (await connection.execute(added)).first() is not None

    async def plan(self, job_id: str, spans: Sequence[BackfillSpan], now: datetime) -> None:
        """Keep a job's spans, once; a job that is over or planned already is left as it is."""
        mine = update(JOBS).where(
            JOBS.c.job_id == job_id, JOBS.c.planned.is_(False), JOBS.c.state.in_(_OPEN)
        )
        rows = [
            {
                "job_id": job_id, "number": span.number, "symbol": span.symbol,
                "since": span.since, "until": span.until, "state": BackfillState.WAITING.value,
                "provider": "", "bars": 0, "attempts": 0, "words": "",
            }
            for span in spans
        ]  # fmt: skip
        async with self._database.transaction() as connection:
            taken = await connection.execute(
                mine.values(planned=True, begun=now, state=BackfillState.RUNNING.value)
            )
            if taken.rowcount and rows:
                await connection.execute(insert(SPANS).on_conflict_do_nothing(), rows)

    async def take(self, job_id: str, now: datetime, claim: timedelta) -> BackfillSpan | None:
        """Claim a job's next span for so long; None: none can be worked on now."""
        free = (
            select(SPANS.c.number)
            .join(JOBS, JOBS.c.job_id == SPANS.c.job_id)
            .where(SPANS.c.job_id == job_id, JOBS.c.state.in_(_OPEN), _due(now))
            .order_by(SPANS.c.number)
            .limit(1)
            .with_for_update(of=SPANS, skip_locked=True)
        )
        async with self._database.transaction() as connection:
            number = (await connection.execute(free)).scalar()
            if number is None:
                return None
            claimed = (
                update(SPANS)
                .where(SPANS.c.job_id == job_id, SPANS.c.number == number)
                .values(
                    state=BackfillState.RUNNING.value,
                    not_before=now + claim,
                    attempts=SPANS.c.attempts + 1,
                )
                .returning(SPANS)
            )
            row = (await connection.execute(claimed)).one()
        return _span(row)

    async def done(self, span: BackfillSpan, provider: str, bars: int, words: str) -> None:
        """Note that a span is done, and with what result."""
        state = BackfillState.DONE.value
        await self._set(span, state=state, provider=provider, bars=bars, words=words)

    async def wait(self, span: BackfillSpan, until: datetime, words: str) -> None:
        """Put a span back until a moment, and say why."""
        state = BackfillState.WAITING.value
        await self._set(span, state=state, not_before=until, words=words)

    async def fail(self, span: BackfillSpan, words: str) -> None:
        """Give a span up."""
        await self._set(span, state=BackfillState.FAILED.value, words=words)

    async def settle(self, job_id: str, now: datetime) -> BackfillState:
        """Bring a job's state up to that of its spans, and return it."""
        async with self._database.transaction() as connection:
            # Locked: nobody cancels it, or settles it, between what is read and what is written.
            mine = select(JOBS).where(JOBS.c.job_id == job_id).with_for_update()
            job = (await connection.execute(mine)).one()
            state = BackfillState(job.state)
            if state.over or not job.planned:
                return state
            spans = (
                await connection.execute(
                    select(SPANS.c.state, SPANS.c.words, SPANS.c.not_before)
                    .where(SPANS.c.job_id == job_id)
                    .order_by(SPANS.c.number)
                )
            ).all()
            state, words = _state_of([(row[0], row[1], row[2]) for row in spans], now)
            ended = now if state.over else None
            await connection.execute(
                update(JOBS)
                .where(JOBS.c.job_id == job_id)
                .values(state=state.value, words=words, ended=ended)
            )
        return state

    async def cancel(self, job_id: str, now: datetime, words: str) -> BackfillState | None:
        """Cancel a job unless it is over; return what it was, None: there is none."""
        async with self._database.transaction() as connection:
            of_feed = (JOBS.c.job_id == job_id) & (JOBS.c.source_key == self._source_key)
            mine = select(JOBS.c.state).where(of_feed).with_for_update()
            found = (await connection.execute(mine)).scalar()
            if found is None:
                return None
            before = BackfillState(found)
            if not before.over:
                canceled = BackfillState.CANCELED.value
                await connection.execute(
                    update(JOBS).where(of_feed).values(state=canceled, words=words, ended=now)
                )
        return before

    async def jobs(self, last: int) -> list[BackfillProgress]:
        """Return the last jobs, newest first."""
        return await self._found(self._wanted().limit(last))

    async def job(self, job_id: str) -> BackfillProgress | None:
        """Return one job, however many were ordered after it."""
        found = await self._found(self._wanted().where(JOBS.c.job_id == job_id))
        return found[0] if found else None

    def _wanted(self) -> Select[Any]:
        done = func.count().filter(SPANS.c.state.in_(["DONE", "FAILED"]))
        return (
            select(JOBS, done.label("done"), func.count(SPANS.c.number).label("total"),
                   func.coalesce(func.sum(SPANS.c.bars), 0).label("bars"))
            .outerjoin(SPANS, SPANS.c.job_id == JOBS.c.job_id)
            .where(JOBS.c.source_key == self._source_key)
            .group_by(JOBS.c.job_id)
            .order_by(JOBS.c.number.desc())
        )  # fmt: skip

    async def _found(self, wanted: Select[Any]) -> list[BackfillProgress]:
        async with self._database.transaction() as connection:
            rows = (await connection.execute(wanted)).all()
        return [_progress(row) for row in rows]

    async def due(self, now: datetime) -> tuple[list[str], datetime | None]:
        """Return the jobs there is something to do for, and when there is next for any other."""
        unplanned = and_(JOBS.c.planned.is_(False))
        wanted = (
            select(JOBS.c.job_id)
            .outerjoin(SPANS, and_(SPANS.c.job_id == JOBS.c.job_id, _due(now)))
            .where(JOBS.c.source_key == self._source_key, JOBS.c.state.in_(_OPEN))
            .where(or_(unplanned, SPANS.c.number.is_not(None)))
            .group_by(JOBS.c.job_id)
            .order_by(JOBS.c.number)
        )
        later = (
            select(func.min(SPANS.c.not_before))
            .join(JOBS, JOBS.c.job_id == SPANS.c.job_id)
            .where(JOBS.c.source_key == self._source_key, JOBS.c.state.in_(_OPEN))
            .where(SPANS.c.state.in_(_OPEN), SPANS.c.not_before > now)
        )
        async with self._database.transaction() as connection:
            found = list((await connection.execute(wanted)).scalars())
            next_at = (await connection.execute(later)).scalar()
        return found, next_at

    async def cover(
        self, symbol: Symbol, interval_s: int, provider: str, since: datetime, until: datetime,
        asked_at: datetime, bars: int,
    ) -> None:  # fmt: skip
        """Note that a span was asked for: what did not come does not exist."""
        row = {"asked_at": asked_at, "outcome": "answered", "bars": bars, "words": ""}
        keys = {
            "source_key": self._source_key, "symbol": symbol, "interval_s": interval_s,
            "provider": provider, "since": since, "until": until,
        }  # fmt: skip
        kept = insert(COVERAGE).values(**keys, **row)
        async with self._database.transaction() as connection:
            await connection.execute(
                kept.on_conflict_do_update(
                    index_elements=list(COVERAGE.primary_key.columns), set_=row
                )
            )

    async def covered(self, symbol: Symbol, interval_s: int) -> list[tuple[datetime, datetime]]:
        """Return the spans that were asked for."""
        wanted = select(COVERAGE.c.since, COVERAGE.c.until).where(
            COVERAGE.c.source_key == self._source_key,
            COVERAGE.c.symbol == symbol,
            COVERAGE.c.interval_s == interval_s,
        )
        async with self._database.transaction() as connection:
            rows = (await connection.execute(wanted)).all()
        return [(since.astimezone(UTC), until.astimezone(UTC)) for since, until in rows]

    async def starts(
        self, symbol: Symbol, interval_s: int, since: datetime, until: datetime
    ) -> set[datetime]:
        """Return when the stored bars of a span begin."""
        wanted = select(BARS.c.at).where(
            BARS.c.source_key == self._source_key,
            BARS.c.symbol == symbol,
            BARS.c.interval_s == interval_s,
            BARS.c.at >= since,
            BARS.c.at < until,
        )
        async with self._database.transaction() as connection:
            return {at.astimezone(UTC) for at in (await connection.execute(wanted)).scalars()}

    async def stored(self) -> dict[int, Stored]:
        """Return what is stored, by interval."""
        wanted = (
            select(BARS.c.interval_s, func.count(func.distinct(BARS.c.symbol)), func.count(),
                   func.min(BARS.c.at), func.max(BARS.c.at))
            .where(BARS.c.source_key == self._source_key)
            .group_by(BARS.c.interval_s)
        )  # fmt: skip
        async with self._database.transaction(answer_timeout_s=60.0) as connection:
            rows = (await connection.execute(wanted)).all()
        return {
            length: Stored(symbols, bars, _utc(first), _utc(last))
            for length, symbols, bars, first, last in rows
        }

    async def _set(self, span: BackfillSpan, **values: Any) -> None:
        """Change a span that is still ours: whoever was late finds it claimed anew, or over."""
        changed = update(SPANS).where(
            SPANS.c.job_id == span.job_id,
            SPANS.c.number == span.number,
            SPANS.c.attempts == span.attempts,
            SPANS.c.state.in_(_OPEN),
        )
        async with self._database.transaction() as connection:
            await connection.execute(changed.values(**{"not_before": None} | values))


def _due(now: datetime) -> Any:
    """Say which spans can be worked on: those put off, or claimed, until a moment that has come."""
    in_time = or_(SPANS.c.not_before.is_(None), SPANS.c.not_before <= now)
    return and_(SPANS.c.state.in_(_OPEN), in_time)


def _state_of(
    spans: Iterable[tuple[str, str, datetime | None]], now: datetime
) -> tuple[BackfillState, str]:
    states = [(BackfillState(state), words, at) for state, words, at in spans]
    open_ = [one for one in states if not one[0].over]
    if not open_:
        failed = [words for state, words, _ in states if state is BackfillState.FAILED]
        if failed:
            return BackfillState.FAILED, f"{len(failed)} of {len(states)} spans: {failed[0]}"
        return BackfillState.DONE, "" if states else "nothing was missing"
    put_off = [
        words
        for state, words, at in open_
        if state is BackfillState.WAITING and at is not None and at > now
    ]
    if len(put_off) == len(open_):
        return BackfillState.WAITING, put_off[0]
    return BackfillState.RUNNING, ""


def _span(row: Row[Any]) -> BackfillSpan:
    return BackfillSpan(
        job_id=row.job_id,
        number=row.number,
        symbol=Symbol(row.symbol),
        since=row.since.astimezone(UTC),
        until=row.until.astimezone(UTC),
        attempts=row.attempts,
    )


def _progress(row: Row[Any]) -> BackfillProgress:
    return BackfillProgress(
        order=BackfillOrder(
            job_id=row.job_id,
            asked_by=row.asked_by,
            symbols=tuple(Symbol(name) for name in row.symbols),
            interval_s=row.interval_s,
            since=row.since,
            until=row.until,
        ),
        planned=row.planned,
        state=BackfillState(row.state),
        words=row.words,
        begun=_utc(row.begun),
        ended=_utc(row.ended),
        done=row.done,
        total=row.total,
        bars=int(row.bars),
    )


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)
