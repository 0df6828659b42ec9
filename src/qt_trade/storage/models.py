"""Trained models in PostgreSQL: facts, content, state, and every change of state for ever.

The content stays in the database rather than in files beside it: workers on several machines
read the same model, a back-up of the database is whole, and a model of some hundred kilobytes,
compressed by PostgreSQL, costs less to read than to parse. Its hash is checked at every load.

A model never acts on another feed than it learnt from, nor before the (feed) time it was trained
at: an earlier lap of a replay knows what is still to come.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, RowMapping, func, select, text, true, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from qt_trade.model.feeds import FeedKind
from qt_trade.model.models import Decision, Gate, ModelChange, ModelFacts, ModelRecord
from qt_trade.model.predictions import Skill
from qt_trade.model.scores import ModelState
from qt_trade.storage.database import Database
from qt_trade.storage.errors import DamagedModelError, ModelStateError, NoModelError
from qt_trade.storage.intelligence_tables import MODEL_CHANGES as CHANGES
from qt_trade.storage.intelligence_tables import MODEL_CONTENTS as CONTENTS
from qt_trade.storage.intelligence_tables import MODELS


class ModelStore:
    """The models of one feed."""

    def __init__(self, database: Database, source_key: str, feed: FeedKind) -> None:
        self._database = database
        self._source_key = source_key
        self._feed = feed

    async def add(self, content: bytes, facts: ModelFacts, made_by: str) -> ModelRecord:
        """Keep a training's model: in shadow, or refused where ``facts.refused`` says why.

        ``made_by``: the training's id. The same training's model for the same horizon is kept
        once; the second time, the first is returned.
        """
        async with self._database.transaction() as connection:
            await self._lock(connection, facts.horizon_min)
            same = (MODELS.c.made_by == made_by) & (MODELS.c.horizon_min == facts.horizon_min)
            if known := await self._found(connection, same):
                return known[0]
            family = MODELS.c.family == facts.family
            of_horizon = MODELS.c.horizon_min == facts.horizon_min
            last = select(func.max(MODELS.c.number)).where(self._mine(), family, of_horizon)
            number = ((await connection.execute(last)).scalar() or 0) + 1
            model_id = f"{facts.family}-{facts.horizon_min}-v{number}"
            state = ModelState.REFUSED if facts.refused else ModelState.SHADOW
            await connection.execute(
                insert(MODELS).values(
                    source_key=self._source_key, feed=self._feed.value, model_id=model_id,
                    number=number, state=state.value, since=facts.trained_at, replaced="",
                    made_by=made_by, **_fields(facts),
                )
            )  # fmt: skip
            await connection.execute(
                insert(CONTENTS).values(
                    source_key=self._source_key,
                    model_id=model_id,
                    sha256=hashlib.sha256(content).digest(),
                    body=content,
                )
            )
            words = facts.refused or f"trained: {facts.trigger}"
            decision = Decision(facts.trained_at, "training", words)
            await self._note(connection, ModelChange(model_id, None, state, decision))
            return await self._one(connection, model_id)

    async def in_use(self, horizon_min: int, *, until: datetime) -> ModelRecord | None:
        """Return the model in use at a horizon, if it was trained by ``until`` (feed time)."""
        of_horizon = MODELS.c.horizon_min == horizon_min
        found = await self._read(of_horizon & _known(ModelState.IN_USE, until))
        return found[0] if found else None

    async def shadows(self, *, until: datetime) -> list[ModelRecord]:
        """Return the models in shadow that were trained by ``until`` (feed time), newest first."""
        return await self._read(_known(ModelState.SHADOW, until))

    async def all(self) -> list[ModelRecord]:
        """Return every model, newest first."""
        return await self._read(true())

    async def get(self, model_id: str) -> ModelRecord:
        """Return one model. Raises NoModelError."""
        async with self._database.transaction() as connection:
            return await self._one(connection, model_id)

    async def load(self, model_id: str) -> bytes:
        """Return a model's content as it was stored. Raises DamagedModelError, NoModelError."""
        wanted = (
            select(CONTENTS.c.sha256, CONTENTS.c.body)
            .select_from(MODELS.outerjoin(CONTENTS))
            .where(self._mine(), MODELS.c.model_id == model_id)
        )
        async with self._database.transaction() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            raise NoModelError(model_id)
        if row.body is None:
            raise DamagedModelError(model_id, "its content is missing")
        if hashlib.sha256(row.body).digest() != row.sha256:
            raise DamagedModelError(model_id, "its content is not what was stored (SHA-256)")
        return bytes(row.body)

    async def promote(self, model_id: str, decision: Decision) -> ModelRecord:
        """Put a model in shadow in use; the one that was is retired, in the same transaction.

        Raises NoModelError, ModelStateError. Whether it may be is for the caller to know.
        """
        async with self._database.transaction() as connection:
            model = await self._locked(connection, model_id)
            if await self._carried_out(connection, model_id, decision.command_id):
                return model
            if model.state is not ModelState.SHADOW:
                raise ModelStateError(
                    f"{model_id} is {model.state}; only a model in SHADOW can be put in use"
                )
            before = await self._in_use(connection, model.horizon_min)
            if before is not None:
                await self._set(connection, before, ModelState.RETIRED, decision)
            replaced = "" if before is None else before.model_id
            await self._set(connection, model, ModelState.IN_USE, decision, replaced=replaced)
            return await self._one(connection, model_id)

    async def demote(
        self, model_id: str, decision: Decision, *, put_back: bool
    ) -> ModelRecord | None:
        """Take a model out of use: back into shadow, where it is scored and never traded on.

        ``put_back``: the model it had replaced is in use again, and returned; None: there is
        none, and the baseline is what is left. Raises NoModelError, ModelStateError.
        """
        async with self._database.transaction() as connection:
            model = await self._locked(connection, model_id)
            if await self._carried_out(connection, model_id, decision.command_id):
                return await self._in_use(connection, model.horizon_min)
            if model.state is not ModelState.IN_USE:
                raise ModelStateError(f"{model_id} is {model.state}, not in use")
            await self._set(connection, model, ModelState.SHADOW, decision)
            if not (put_back and model.replaced):
                return None
            before = await self._one(connection, model.replaced)
            if before.state is not ModelState.RETIRED:
                return None
            await self._set(connection, before, ModelState.IN_USE, decision)
            return await self._one(connection, before.model_id)

    async def retire(self, model_id: str, decision: Decision) -> ModelRecord:
        """End a model's time in shadow. Raises NoModelError, ModelStateError."""
        async with self._database.transaction() as connection:
            model = await self._locked(connection, model_id)
            if await self._carried_out(connection, model_id, decision.command_id):
                return model
            if model.state is not ModelState.SHADOW:
                raise ModelStateError(f"{model_id} is {model.state}; only a shadow is retired")
            await self._set(connection, model, ModelState.RETIRED, decision)
            return await self._one(connection, model_id)

    async def carried_out(self, model_id: str, command_id: str) -> bool:
        """Return whether a command has changed a model's state already."""
        async with self._database.transaction() as connection:
            return await self._carried_out(connection, model_id, command_id)

    async def last_changes(self) -> dict[str, ModelChange]:
        """Return the last change of each model's state, by model id."""
        wanted = (
            select(CHANGES)
            .where(CHANGES.c.source_key == self._source_key)
            .ext(distinct_on(CHANGES.c.model_id))
            .order_by(CHANGES.c.model_id, CHANGES.c.id.desc())
        )
        async with self._database.transaction() as connection:
            rows = (await connection.execute(wanted)).mappings().all()
        return {row["model_id"]: _change(row) for row in rows}

    async def changes(self, model_id: str | None = None) -> list[ModelChange]:
        """Return every change of one model's state, or of all models', oldest first."""
        wanted = select(CHANGES).where(CHANGES.c.source_key == self._source_key)
        if model_id is not None:
            wanted = wanted.where(CHANGES.c.model_id == model_id)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(wanted.order_by(CHANGES.c.id))).mappings().all()
        return [_change(row) for row in rows]

    def _mine(self) -> ColumnElement[bool]:
        return MODELS.c.source_key == self._source_key

    async def _lock(self, connection: AsyncConnection, horizon_min: int) -> None:
        """Let one at a time change what models there are at a horizon."""
        await connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
            {"key": f"qtrade.models {self._source_key} {horizon_min}"},
        )

    async def _locked(self, connection: AsyncConnection, model_id: str) -> ModelRecord:
        model = await self._one(connection, model_id)
        await self._lock(connection, model.horizon_min)
        return await self._one(connection, model_id)

    async def _read(self, which: ColumnElement[bool]) -> list[ModelRecord]:
        async with self._database.transaction() as connection:
            return await self._found(connection, which)

    async def _found(
        self, connection: AsyncConnection, which: ColumnElement[bool]
    ) -> list[ModelRecord]:
        newest_first = (
            select(MODELS)
            .where(self._mine(), which)
            .order_by(MODELS.c.trained_at.desc(), MODELS.c.horizon_min, MODELS.c.number.desc())
        )
        return [_record(row) for row in (await connection.execute(newest_first)).mappings()]

    async def _one(self, connection: AsyncConnection, model_id: str) -> ModelRecord:
        found = await self._found(connection, MODELS.c.model_id == model_id)
        if not found:
            raise NoModelError(model_id)
        return found[0]

    async def _in_use(self, connection: AsyncConnection, horizon_min: int) -> ModelRecord | None:
        in_use = MODELS.c.state == ModelState.IN_USE.value
        found = await self._found(connection, in_use & (MODELS.c.horizon_min == horizon_min))
        return found[0] if found else None

    async def _carried_out(
        self, connection: AsyncConnection, model_id: str, command_id: str
    ) -> bool:
        if not command_id:
            return False
        known = select(CHANGES.c.id).where(
            CHANGES.c.source_key == self._source_key,
            CHANGES.c.command_id == command_id,
            CHANGES.c.model_id == model_id,
        )
        return (await connection.execute(known)).first() is not None

    async def _set(
        self, connection: AsyncConnection, model: ModelRecord, after: ModelState,
        decision: Decision, **values: str,
    ) -> None:  # fmt: skip
        changed = update(MODELS).where(self._mine(), MODELS.c.model_id == model.model_id)
        await connection.execute(changed.values(state=after.value, since=decision.at, **values))
        await self._note(connection, ModelChange(model.model_id, model.state, after, decision))

    async def _note(self, connection: AsyncConnection, change: ModelChange) -> None:
        await connection.execute(
            insert(CHANGES).values(
                source_key=self._source_key,
                model_id=change.model_id,
                at=change.decision.at,
                before=None if change.before is None else change.before.value,
                after=change.after.value,
                done_by=change.decision.by,
                words=change.decision.words,
                command_id=change.decision.command_id or None,
            )
        )


def _known(state: ModelState, until: datetime) -> ColumnElement[bool]:
    return (MODELS.c.state == state.value) & (MODELS.c.trained_at <= until)


def _fields(facts: ModelFacts) -> dict[str, object]:
    fields = asdict(facts)
    return fields | {
        "features": list(facts.features),
        "parameters": dict(facts.parameters),
        "metrics": dict(facts.metrics),
        "skill": facts.skill.value,
    }


def _gates(stored: Sequence[dict[str, object]]) -> tuple[Gate, ...]:
    return tuple(
        Gate(str(gate["name"]), _passed(gate["passed"]), str(gate["words"])) for gate in stored
    )


def _passed(stored: object) -> bool | None:
    return None if stored is None else bool(stored)


def _record(row: RowMapping) -> ModelRecord:
    return ModelRecord(
        model_id=row["model_id"],
        version=f"v{row['number']}",
        state=ModelState(row["state"]),
        since=row["since"].astimezone(UTC),
        replaced=row["replaced"],
        facts=ModelFacts(
            family=row["family"],
            horizon_min=row["horizon_min"],
            trained_at=row["trained_at"].astimezone(UTC),
            data_from=row["data_from"].astimezone(UTC),
            data_to=row["data_to"].astimezone(UTC),
            rows=row["rows"],
            features=tuple(row["features"]),
            parameters=row["parameters"],
            metrics=row["metrics"],
            seed=row["seed"],
            data_hash=row["data_hash"],
            gates=_gates(row["gates"]),
            skill=Skill(row["skill"]),
            refused=row["refused"],
            trigger=row["trigger"],
        ),
    )


def _change(row: RowMapping) -> ModelChange:
    return ModelChange(
        model_id=row["model_id"],
        before=None if row["before"] is None else ModelState(row["before"]),
        after=ModelState(row["after"]),
        decision=Decision(
            at=row["at"].astimezone(UTC),
            by=row["done_by"],
            words=row["words"],
            command_id=row["command_id"] or "",
        ),
    )
