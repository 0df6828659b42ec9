"""The desk: models promoted, demoted and told, by people who may, each wish once."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import psycopg
import pytest
import pytest_asyncio
from tests.unit.intelligence.test_promotion import shadow
from tests.unit.roles.parts import eventually, lose_everything
from tests.unit.roles.worker.school import NOW, WALL, School, past_sessions, school_in

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.payloads.intelligence import ModelLine
from qt_trade.contract.payloads.sessions import SessionRole
from qt_trade.intelligence.scoring.promotion import SHADOWS_KEPT
from qt_trade.model.audit import Audited
from qt_trade.model.claims import Claim, ClaimScore
from qt_trade.model.feeds import FeedKind
from qt_trade.model.models import Gate, ModelFacts
from qt_trade.model.predictions import Skill
from qt_trade.model.scores import ModelState
from qt_trade.model.symbols import Symbol
from qt_trade.roles.engine.model_health import model_conditions
from qt_trade.roles.up.session import new_session

pytestmark = pytest.mark.asyncio

PASSED = (Gate("Walk-forward beats naive", passed=True, words="by 1.2 points"),)
AAPL = Symbol("AAPL")
A_DAY = 5
"""So many claims a day."""


@pytest_asyncio.fixture
async def school(redis_url: str, database_url: str) -> AsyncIterator[School]:
    """A desk that wants few cases, so that a fortnight is enough."""
    async with school_in(redis_url, database_url, 0, cases_needed=50) as school:
        school.room()
        await eventually(lambda: bool(school.models))
        yield school


async def show(
    school: School, model_id: str, *, hits: int, naive: int, days: int = 12,
    covered: bool | None = None,
) -> None:  # fmt: skip
    """Let a model claim on each of the last days, and be right so many times a day.

    ``covered``: whether its bands held what came; None: it told none.
    """
    claims, sessions = school.store.claims, past_sessions(days)
    said = [
        Claim(model_id, AAPL, session.open + timedelta(minutes=15 * number), 15, 100.0, 0.6)
        for session in sessions
        for number in range(1, A_DAY + 1)
    ]
    await claims.seal(said, now=sessions[0].open)
    due = await claims.due(sessions[-1].close)
    await claims.settle(
        [
            ClaimScore(
                claim_id=one.claim_id, session=one.claim.at.date(), settled_at=one.claim.due_at,
                outcome_price=100.1, realised=0.001, hit=float(number % A_DAY < hits),
                naive_hit=float(number % A_DAY < naive), brier=0.25, covered=covered,
            )
            for number, one in enumerate(due)
        ]
    )  # fmt: skip
    await school.scoring.score()


def facts(day: int = 0, gates: tuple[Gate, ...] = PASSED) -> ModelFacts:
    metrics = {"hit_rate": 0.8, "brier": 0.25}
    return replace(
        shadow(1).facts,
        gates=gates,
        metrics=metrics,
        trained_at=NOW - timedelta(days=9 - day),
        trigger="by hand",
    )


async def kept(school: School, day: int = 0, **more: Any) -> str:
    record = await school.store.models.add(b"x", facts(day, **more), f"job-{day}")
    return record.model_id


async def proven(school: School, day: int = 0) -> str:
    """Keep a model whose gates are all open."""
    model_id = await kept(school, day)
    await show(school, model_id, hits=4, naive=3)
    return model_id


def line(school: School, model_id: str) -> ModelLine | None:
    """Return what the desktop was told last of a model."""
    return next((one for one in school.models[-1].models if one.model_id == model_id), None)


def gate(school: School, model_id: str, name: str) -> str:
    found = line(school, model_id)
    return next(one.words for one in found.gates if one.name == name) if found else ""


def told(school: School, model_id: str, state: ModelState) -> bool:
    found = line(school, model_id)
    return found is not None and found.state is state


def demoted(school: School, model_id: str) -> bool:
    """Whether a model was in use, and is told to have been taken out of it by itself."""
    found = line(school, model_id)
    return found is not None and bool(found.demoted)


async def test_a_promotion_and_the_way_back_are_told_and_audited(school: School) -> None:
    """The model before is retired, and comes back when its successor is taken out of use."""
    first, second = await proven(school), await proven(school, 1)
    assert (await school.promote(first)).reason == f"{first} is in use for 15 minutes"
    reply = await school.promote(second)
    assert reply.reason == f"{second} is in use for 15 minutes, {first} is retired"
    await eventually(lambda: told(school, second, ModelState.IN_USE))
    assert told(school, first, ModelState.RETIRED)
    back = await school.demote(second)
    assert back.reason == f"{second} is back in the shadow; {first} is in use again"
    await eventually(lambda: told(school, first, ModelState.IN_USE))
    shown = line(school, second)
    assert shown is not None
    assert (shown.state, shown.promotable) == (ModelState.SHADOW, True)
    assert shown.skill is facts().skill
    assert shown.words == "demoted by desktop; every gate is open"
    audit = await wiring.read_audit(school.settings.database(), 9)
    assert [(one.what, one.session_id, one.name) for one in audit] == [
        (Audited.MODEL_PROMOTED, "desk-1", "desktop"),
        (Audited.MODEL_PROMOTED, "desk-1", "desktop"),
        (Audited.MODEL_DEMOTED, "desk-1", "desktop"),
    ]


async def test_a_closed_gate_is_named(school: School) -> None:
    """What is not scored enough, or failed in training, is not put in use."""
    failed = (Gate("No look-ahead found", passed=False, words="gap knows tomorrow"),)
    first, second = await kept(school, 1, gates=failed), await kept(school, 2)
    await show(school, first, hits=4, naive=3)
    refused = await school.promote(first)
    assert refused.reason == (
        "model_id: gbm-15-v1 cannot be promoted yet: No look-ahead found: gap knows tomorrow"
    )
    waits = await school.promote(second)
    assert not waits.accepted
    assert "Days in shadow: 0 of 10 trading days" in waits.reason
    assert await school.store.models.in_use(15, until=NOW + timedelta(days=1)) is None
    assert (await school.promote("gbm-15-v9")).reason == ("model_id: there is no model 'gbm-15-v9'")
    assert "is SHADOW, not in use" in (await school.demote(second)).reason


async def test_a_wish_is_carried_out_once(school: School) -> None:
    """The same id again is answered the same, whatever happened since."""
    first = await proven(school)
    assert (await school.promote(first, command_id="once")).accepted
    assert (await school.demote(first)).accepted
    assert (await school.promote(first, command_id="once")).accepted
    assert (await school.store.models.get(first)).state is ModelState.SHADOW


async def test_who_may_not_trade_moves_no_model(school: School) -> None:
    """Neither a stranger nor a viewer, nor somebody who looks at another feed."""
    first = await kept(school)
    viewer = msgspec.structs.replace(
        new_session("desk-2", "desktop", WALL.now()), role=SessionRole.VIEWER
    )
    await school.front.write(registry.SESSION, viewer, viewer.session_id)
    for more, reason in (
        ({"session_id": "nobody"}, "session_id: there is no living session nobody"),
        ({"session_id": "desk-2"}, "session_id: desk-2 may look, not trade"),
        ({"feed": FeedKind.REAL_TIME}, "feed: the request was meant for REAL-TIME"),
    ):
        reply = await school.promote(first, **more)
        assert not reply.accepted
        assert reason in reply.reason


async def test_a_server_that_lost_everything_is_told_again(school: School) -> None:
    """Wholly from the database."""
    first = await proven(school)
    assert (await school.promote(first)).accepted
    await eventually(lambda: told(school, first, ModelState.IN_USE))
    await lose_everything(school.settings.redis(), school.front)

    async def there() -> bool:
        found = await school.front.read(registry.ML_MODELS)
        return found is not None and len(found.value.models) == 1

    await eventually(there)


async def test_shadows_do_not_gather_without_end(school: School) -> None:
    """Of many the newest stays, and those that have waited longest."""
    for day in range(SHADOWS_KEPT + 2):
        await kept(school, day)
    await school.train(15)
    await eventually(lambda: told(school, "gbm-15-v5", ModelState.RETIRED))
    assert told(school, "gbm-15-v6", ModelState.RETIRED)
    assert told(school, "gbm-15-v7", ModelState.SHADOW)
    assert told(school, "gbm-15-v4", ModelState.SHADOW)


async def test_a_model_that_does_harm_is_taken_out_of_use_by_itself(school: School) -> None:
    """And nobody is put in its place: it is told why, audited, and an alert's ground is laid."""
    before, harmful = await proven(school), await proven(school, 1)
    assert (await school.promote(before)).accepted
    assert (await school.promote(harmful)).accepted
    await show(school, harmful, hits=0, naive=A_DAY, days=30)
    await eventually(lambda: demoted(school, harmful))
    shown = line(school, harmful)
    assert shown is not None
    assert shown.demoted.startswith("taken out of use by itself: worse than the naive forecaster")
    assert shown.skill is Skill.NO_SKILL
    assert told(school, before, ModelState.RETIRED)
    assert not shown.promotable
    (condition,) = model_conditions(school.models[-1])
    assert condition.title == "Gradient boosting v2 was taken out of use at 15 minutes"

    async def audited() -> bool:
        last = (await wiring.read_audit(school.settings.database(), 1))[0]
        return (last.what, last.by) == (Audited.MODEL_DEMOTED, "score-card")

    await eventually(audited)


async def test_what_drifted_is_trained_anew_once_a_day(school: School) -> None:
    """Live it is right less often than at training by more than a fifth: an order, with its reason."""
    model_id = await proven(school)
    assert (await school.promote(model_id)).accepted
    await show(school, model_id, hits=2, naive=2, days=40)

    async def ordered() -> bool:
        return await school.store.trainings.job("drift-15-2026-11-27") is not None

    await eventually(ordered)
    job = await school.store.trainings.job("drift-15-2026-11-27")
    assert job is not None
    assert job.order.horizons_min == (15,)
    assert job.order.trigger.startswith(f"drift of {model_id}: hit_rate is 0.5")
    assert "was 0.8 at training" in job.order.trigger
    assert (await school.cancel(job.job_id)).accepted
    await school.event(job.job_id, "cancelled")
    await show(school, model_id, hits=2, naive=2, days=45)
    await eventually(lambda: gate(school, model_id, "Days in shadow") == "45 of 10 trading days")
    assert await school.store.trainings.open() == []


async def test_bands_that_hold_too_little_cost_a_model_its_use(school: School) -> None:
    """However often it is right: it is taken out of use, and another is trained."""
    model_id = await proven(school)
    assert (await school.promote(model_id)).accepted
    await show(school, model_id, hits=4, naive=3, days=40, covered=False)
    await eventually(lambda: demoted(school, model_id))
    shown = line(school, model_id)
    assert shown is not None
    assert "its 80% bands held 0.0% of outcomes" in shown.demoted
    job = await school.store.trainings.job("drift-15-2026-11-27")
    assert job is not None
    assert "its 80% bands held 0.0% of outcomes" in job.order.trigger


async def test_a_damaged_model_is_not_put_in_use(school: School) -> None:
    """The baseline would stand in its place, and the one that speaks would be gone."""
    before, damaged = await proven(school), await proven(school, 1)
    assert (await school.promote(before)).accepted
    with psycopg.connect(school.settings.database()) as connection:
        connection.execute("UPDATE model_contents SET body = 'z' WHERE model_id = %s", [damaged])
    refused = await school.promote(damaged)
    assert refused.reason == (
        f"model_id: {damaged} cannot be used: its content is not what was stored (SHA-256);"
        " train anew"
    )
    in_use = await school.store.models.in_use(15, until=NOW + timedelta(days=1))
    assert in_use is not None
    assert in_use.model_id == before
