"""What AIs were asked and what they answered, to the letter; and whether one may be asked now."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Row, Select, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from qt_trade.model.ai_answers import (
    AiBarred,
    AiEnd,
    AiLimits,
    AiLine,
    AiPermit,
    AiQuestion,
    AiRecord,
    AiStanding,
    Outcome,
)
from qt_trade.storage.database import Database
from qt_trade.storage.intelligence_tables import AI_ANSWERS
from qt_trade.storage.texts import storable

_MINUTE = timedelta(minutes=1)
_AGAIN = (Outcome.LIMITED, Outcome.AWAY)
"""After these another attempt in the same slot may help."""
_LINE = tuple(AI_ANSWERS.c[name] for name in AiLine.__dataclass_fields__)
"""All but the prompt and what came back, which may be hundreds of kilobytes."""
_NO_WORDS = ("answered_by", "request_id", "raw", "usage", "taken", "words", "became")


class AiAnswerStore:
    """The questions of one feed. The budget is that of all feeds: they have one account to pay."""

    def __init__(self, database: Database, source_key: str) -> None:
        self._database = database
        self._source_key = source_key

    async def ask(self, question: AiQuestion, limits: AiLimits) -> AiPermit:
        """Put the question down, with its cost aside, unless it may not leave.

        All processes ask here, one after the other. Raises UnreachableError, UncertainError: then
        it must not leave, and what was put aside stays so.
        """
        async with self._database.transaction() as connection:
            await connection.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended('qtrade.ai', 0))")
            )
            before = (await connection.execute(self._of_slot(question.slot))).all()
            barred = self._barred(question, limits, before)
            until = await self._limited_until(connection, question)
            if barred is None and until is not None:
                barred = AiBarred.LIMITED
            spent = await self._spent(connection, limits.day_from)
            if barred is None and spent + question.cost_max > limits.budget:
                barred = AiBarred.BUDGET
            if barred is None and await self._in_a_minute(connection, question, limits):
                barred = AiBarred.RATE
            if barred is not None:
                return AiPermit(None, barred, until)
            return AiPermit(await self._put_down(connection, question, len(before) + 1))

    async def end(self, number: int, end: AiEnd) -> None:
        """Keep how a question ended. The first word stays. Raises UnreachableError."""
        row = _storable(asdict(end))
        row["ended_at"] = row.pop("at")
        row["outcome"] = end.outcome.value
        open_one = (AI_ANSWERS.c.number == number) & AI_ANSWERS.c.ended_at.is_(None)
        async with self._database.transaction() as connection:
            await connection.execute(update(AI_ANSWERS).where(open_one).values(**row))

    async def standing(self, *, day_from: datetime, taken_since: datetime) -> AiStanding:
        """Return how it stands. ``taken_since``: when the oldest answer looked at was asked for."""
        line = select(*_LINE).where(AI_ANSWERS.c.source_key == self._source_key)
        newest = line.order_by(AI_ANSWERS.c.number.desc()).limit(1)
        taken = line.where(
            AI_ANSWERS.c.asked_at >= taken_since, AI_ANSWERS.c.expires_at.is_not(None)
        ).order_by(AI_ANSWERS.c.number)
        async with self._database.transaction() as connection:
            last = (await connection.execute(newest)).first()
            return AiStanding(
                last=None if last is None else _line(last),
                taken=tuple(_line(row) for row in (await connection.execute(taken)).all()),
                spent=await self._spent(connection, day_from),
                failed=(await connection.execute(self._failed())).scalar_one(),
            )

    async def unsealed(self) -> list[AiLine]:
        """Return the answers whose opinions are still to be sealed, oldest first."""
        wanted = (
            select(*_LINE)
            .where(
                AI_ANSWERS.c.source_key == self._source_key,
                AI_ANSWERS.c.expires_at.is_not(None),
                AI_ANSWERS.c.sealed_at.is_(None),
            )
            .order_by(AI_ANSWERS.c.number)
        )
        async with self._database.transaction() as connection:
            return [_line(row) for row in (await connection.execute(wanted)).all()]

    async def sealed(self, number: int, at: datetime) -> None:
        """Note that an answer's opinions are sealed. Raises UnreachableError."""
        await self._note(number, sealed_at=at)

    async def became(self, number: int, became: str) -> None:
        """Keep what became of an answer's opinions. Raises UnreachableError."""
        await self._note(number, became=storable(became))

    async def since(self, moment: datetime) -> list[AiRecord]:
        """Return this feed's questions that were asked since, oldest first, to the letter."""
        wanted = (
            select(AI_ANSWERS)
            .where(AI_ANSWERS.c.source_key == self._source_key, AI_ANSWERS.c.asked_at >= moment)
            .order_by(AI_ANSWERS.c.number)
        )
        async with self._database.transaction() as connection:
            return [_record(row) for row in (await connection.execute(wanted)).all()]

    async def drop(self, before: datetime) -> int:
        """Let go of what was asked before a moment; return how many questions that were."""
        async with self._database.transaction() as connection:
            gone = delete(AI_ANSWERS).where(AI_ANSWERS.c.asked_at < before)
            return (await connection.execute(gone)).rowcount

    def _of_slot(self, slot: datetime) -> Select[tuple[object, ...]]:
        return (
            select(AI_ANSWERS.c.outcome, AI_ANSWERS.c.asked_at, AI_ANSWERS.c.ended_at)
            .where(AI_ANSWERS.c.source_key == self._source_key, AI_ANSWERS.c.slot == slot)
            .order_by(AI_ANSWERS.c.attempt)
        )

    def _barred(
        self,
        question: AiQuestion,
        limits: AiLimits,
        before: Sequence[Row[tuple[object, ...]]],
    ) -> AiBarred | None:
        if not before:
            return None
        newest = before[-1]
        dead = question.asked_at - timedelta(seconds=limits.given_up_s)
        if newest.ended_at is None:
            return AiBarred.UNDER_WAY if newest.asked_at > dead else AiBarred.ASKED
        again = Outcome(newest.outcome) in _AGAIN and len(before) < limits.attempts_max
        return None if again else AiBarred.ASKED

    async def _limited_until(
        self, connection: AsyncConnection, question: AiQuestion
    ) -> datetime | None:
        """Return until when the AI wants no question; None: it may have one. Its account counts."""
        wanted = select(func.max(AI_ANSWERS.c.not_before)).where(
            AI_ANSWERS.c.address == question.address,
            AI_ANSWERS.c.model == question.model,
            AI_ANSWERS.c.not_before > question.asked_at,
        )
        found: datetime | None = (await connection.execute(wanted)).scalar_one()
        return None if found is None else found.astimezone(UTC)

    def _failed(self) -> Select[int]:
        ours = AI_ANSWERS.c.source_key == self._source_key
        good = select(func.max(AI_ANSWERS.c.number)).where(
            ours, AI_ANSWERS.c.outcome == Outcome.ANSWERED.value
        )
        return select(func.count(AI_ANSWERS.c.slot.distinct())).where(
            ours,
            AI_ANSWERS.c.ended_at.is_not(None),
            AI_ANSWERS.c.number > func.coalesce(good.scalar_subquery(), 0),
        )

    async def _note(self, number: int, **fields: object) -> None:
        noted = update(AI_ANSWERS).where(AI_ANSWERS.c.number == number).values(**fields)
        async with self._database.transaction() as connection:
            await connection.execute(noted)

    async def _spent(self, connection: AsyncConnection, since: datetime) -> Decimal:
        costs = func.sum(func.coalesce(AI_ANSWERS.c.cost, AI_ANSWERS.c.cost_max))
        found = await connection.execute(select(costs).where(AI_ANSWERS.c.asked_at >= since))
        return found.scalar_one() or Decimal(0)

    async def _in_a_minute(
        self, connection: AsyncConnection, question: AiQuestion, limits: AiLimits
    ) -> bool:
        lately = AI_ANSWERS.c.asked_at > question.asked_at - _MINUTE
        found = await connection.execute(select(func.count()).where(lately))
        return found.scalar_one() >= limits.per_minute

    async def _put_down(
        self, connection: AsyncConnection, question: AiQuestion, attempt: int
    ) -> int:
        row = _storable(asdict(question)) | dict.fromkeys(_NO_WORDS, "")
        row |= {"source_key": self._source_key, "attempt": attempt}
        row["outcome"] = Outcome.ASKED.value
        added = insert(AI_ANSWERS).values(**row).returning(AI_ANSWERS.c.number)
        number: int = (await connection.execute(added)).scalar_one()
        return number


def _storable(row: dict[str, object]) -> dict[str, object]:
    return {name: storable(one) if isinstance(one, str) else one for name, one in row.items()}


def _line(row: Row[tuple[object, ...]]) -> AiLine:
    return AiLine(
        number=row.number,
        slot=row.slot.astimezone(UTC),
        asked_at=row.asked_at.astimezone(UTC),
        cost_max=row.cost_max,
        ended_at=_utc(row.ended_at),
        outcome=Outcome(row.outcome),
        words=row.words,
        cost=row.cost,
        answered_by=row.answered_by,
        taken=row.taken,
        became=row.became,
        expires_at=_utc(row.expires_at),
        not_before=_utc(row.not_before),
    )


def _record(row: Row[tuple[object, ...]]) -> AiRecord:
    question = AiQuestion(
        slot=row.slot.astimezone(UTC),
        asked_at=row.asked_at.astimezone(UTC),
        address=row.address,
        model=row.model,
        prompt=row.prompt,
        cost_max=row.cost_max,
    )
    if row.ended_at is None:
        return AiRecord(row.number, question, None)
    end = AiEnd(
        at=row.ended_at.astimezone(UTC),
        outcome=Outcome(row.outcome),
        words=row.words,
        cost=row.cost,
        answered_by=row.answered_by,
        request_id=row.request_id,
        raw=row.raw,
        usage=row.usage,
        taken=row.taken,
        expires_at=_utc(row.expires_at),
        not_before=_utc(row.not_before),
    )
    return AiRecord(row.number, question, end)


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)
