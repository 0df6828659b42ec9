"""Trainings on real servers, each in a process of its own: told, kept, canceled, survived."""

import asyncio
import io
import os
import signal
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import psutil
import psycopg
import pytest
import pytest_asyncio
from tests.unit.roles.parts import eventually
from tests.unit.roles.worker.school import (
    CALENDAR,
    ENOUGH,
    NAMES,
    NOW,
    School,
    school_in,
    trainings_of,
)

from qt_trade.contract.payloads.intelligence import MlModels
from qt_trade.model.symbols import Symbol
from qt_trade.model.trainings import TrainingState
from qt_trade.roles.worker.models.retraining import DAILY_WORDS
from qt_trade.roles.worker.models.training_lines import Lacking, Learned, Lesson, Line
from qt_trade.roles.worker.models.training_process import Teacher

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def school(redis_url: str, database_url: str) -> AsyncIterator[School]:
    async with school_in(redis_url, database_url, ENOUGH) as school:
        yield school


def processes() -> list[psutil.Process]:
    """Return this test's training processes."""
    return trainings_of(psutil.Process())


async def test_a_training_ends_with_a_model_in_shadow(school: School) -> None:
    """From the first word to the last: told as it goes, kept with its gates, and shown."""
    school.room()
    reply = await school.train(15)
    assert (reply.accepted, reply.reason) == (True, "training for 15 minutes: ask-1")
    last = await school.event("ask-1", "finished")
    assert (last.active, last.progress, last.trigger) == (False, 1.0, "by hand: desktop")
    assert "gbm-15-v1 is" in last.detail
    active = [one for one in school.told if one.active]
    assert active[0].event == "start"
    shares = [one.progress for one in active]
    assert shares == sorted(shares)
    assert any(one.stage.startswith("15 minutes: ") for one in active)
    assert last.curve is not None
    assert last.curve.rounds == tuple(sorted(set(last.curve.rounds)))
    assert last.metrics["cases"] > 100
    assert f"rows of {len(NAMES)} symbols" in last.data
    assert "basis points" in last.costs
    await eventually(lambda: school.models and school.models[-1].models)
    (line,) = school.models[-1].models
    assert (line.model_id, line.version, line.promotable) == ("gbm-15-v1", "v1", False)
    assert line.rows > 1000
    assert "Days in shadow" in [gate.name for gate in line.gates]
    content = await school.store.models.load("gbm-15-v1")
    assert content.startswith(b'{"format":"qt-trade-model"')
    assert processes() == []


@pytest.mark.parametrize(
    ("days", "words"), [(3, "not enough data yet: 3 of "), (0, "no bars are stored")]
)
async def test_too_little_data_ends_in_words(
    redis_url: str, database_url: str, days: int, words: str
) -> None:
    """It says of each horizon how much is missing, and hands over no model."""
    async with school_in(redis_url, database_url, days) as school:
        lesson = Lesson(
            database_url=database_url, source_key=school.settings.run.source_key,
            sessions=CALENDAR.all, symbols=tuple(map(Symbol, NAMES)), since=NOW - timedelta(60),
            until=NOW, horizons_min=(15, 30), trigger="by hand", seed=7, cost_bp=1.5, threads=1,
        )  # fmt: skip
    pipe = io.BytesIO()
    await asyncio.to_thread(Teacher(lesson, pipe).teach)
    said = [msgspec.json.decode(line, type=Line) for line in pipe.getvalue().splitlines()]
    lacking = [one for one in said if isinstance(one, Lacking)]
    assert [one.horizon_min for one in lacking] == [15, 30]
    assert all(words in one.words for one in lacking)
    assert not any(isinstance(one, Learned) for one in said)


async def test_a_canceled_training_stops_at_once_and_leaves_nothing(school: School) -> None:
    """Its process is gone, no model is kept, and the next training has its turn."""
    school.room()
    await school.train()
    await eventually(processes)
    reply = await school.cancel("ask-1")
    assert (reply.accepted, reply.reason) == (True, "ask-1 is canceled")
    last = await school.event("ask-1", "cancelled")
    assert (last.active, last.detail) == (False, "canceled by desktop")
    await eventually(lambda: not processes())
    assert await school.store.models.all() == []
    assert (await school.cancel("ask-1")).accepted
    assert "there is no training x" in (await school.cancel("x")).reason
    assert (await school.train(15)).accepted


async def test_one_trains_at_a_time(school: School) -> None:
    """A second wish is refused in words; the first one's id is no second wish."""
    school.room()
    await school.train(15, command_id="job")
    again = await school.train(15, command_id="job")
    assert again.accepted
    refused = await school.train(30)
    assert refused.reason == "a training is under way already: job; wait, or cancel it"
    assert "horizons_min: 20 is none of 15, 30, 60" in (await school.train(20)).reason


async def test_what_crashes_the_training_takes_no_worker_along(school: School) -> None:
    """The process is killed from outside: the training has failed, and the worker says why."""
    school.room()
    await school.train(15)
    await eventually(processes)
    os.kill(processes()[0].pid, signal.SIGKILL)
    last = await school.event("ask-1", "failed")
    assert "killed by signal 9" in last.detail
    job = await school.store.trainings.job("ask-1")
    assert job is not None
    assert job.state is TrainingState.FAILED


async def test_a_worker_that_stops_leaves_its_training_to_the_next(school: School) -> None:
    """Who comes after it begins it anew at once; a model that nobody can keep fails it in words."""
    first = school.room()
    await school.train(15)
    await eventually(processes)
    await first.close()
    assert processes() == []
    left = await school.store.trainings.job("ask-1")
    assert left is not None
    assert (left.state, left.attempts) == (TrainingState.RUNNING, 0)
    with psycopg.connect(school.settings.database()) as connection:
        connection.execute("ALTER TABLE model_contents RENAME TO lost")
    school.room()
    last = await school.event("ask-1", "failed")
    assert last.detail.startswith("15 minutes: the model cannot be kept: the tables are not there")
    assert await school.store.models.all() == []


async def test_a_new_desk_tells_all_of_it_anew(school: School) -> None:
    """A feed that never trained says so, and an empty list is a list."""
    school.room()
    await eventually(lambda: school.models and school.told)
    assert isinstance(school.models[-1], MlModels)
    assert school.models[-1].models == ()
    assert (school.told[-1].event, school.told[-1].active) == ("none", False)
    assert "nothing was trained" in school.told[-1].detail


async def test_before_the_open_the_days_training_is_ordered_once(school: School) -> None:
    """By whichever worker is called first; the others, and the next quarter, find it there."""
    room = school.room()
    await room.retrain()
    await school.event("daily-2026-11-27", "start")
    job = await school.store.trainings.job("daily-2026-11-27")
    assert job is not None
    assert (job.order.trigger, job.order.horizons_min) == (DAILY_WORDS, (15, 30, 60))
    await room.retrain()
    assert [one.job_id for one in await school.store.trainings.open()] == ["daily-2026-11-27"]


async def test_without_enough_days_nothing_is_ordered(redis_url: str, database_url: str) -> None:
    """Nobody is told every morning that there is not enough."""
    async with school_in(redis_url, database_url, 3) as school:
        await school.room().retrain()
        assert await school.store.trainings.open() == []
        assert await school.store.trainings.last() is None
