"""The real worker, called through Celery: it trains, hears a cancel, and is killed on the way."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil
import pytest
from tests.unit.roles.parts import ACCOUNT, RUN, eventually
from tests.unit.roles.worker.school import ENOUGH, School, school_in, trainings_of

from qt_trade.model.trainings import TrainingState

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def worker(school: School) -> AsyncIterator[Process]:
    """Run a worker as its supervisor does, in the place it keeps filled."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "qt_trade.roles.entries", "worker",
        stdout=DEVNULL, stderr=DEVNULL,
        env=os.environ | {
            "REDIS_URL": school.settings.redis(),
            "DATABASE_URL": school.settings.database(),
            "QTRADE_RUN__ID": RUN,
            "QTRADE_RUN__ACCOUNT": ACCOUNT,
            "QTRADE_RUN__SOURCE_KEY": school.settings.run.source_key,
            "QTRADE_RUN__PLACE": "worker-1",
            "QTRADE_FEED__CHOICE": "replay",
        },
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def training_of(process: Process) -> psutil.Process | None:
    """Return the worker's training process."""
    return next(iter(trainings_of(psutil.Process(process.pid))), None)


async def test_a_worker_killed_while_it_trains_leaves_nothing_stuck(
    redis_url: str, database_url: str
) -> None:
    """Its training process goes with it; whoever comes in its place begins anew, and hears a cancel."""
    async with school_in(redis_url, database_url, ENOUGH) as school:
        async with worker(school) as first:
            await eventually(lambda: bool(school.told))
            reply = await school.train(15, command_id="long")
            assert reply.accepted, reply.reason
            await eventually(lambda: training_of(first) is not None)
            training = training_of(first)
            assert training is not None
            first.kill()
            await first.wait()
            await eventually(lambda: not training.is_running())
        left = await school.store.trainings.job("long")
        assert left is not None
        assert left.state is TrainingState.RUNNING
        async with worker(school) as second:
            await eventually(lambda: "for the 2. time" in school.told[-1].detail)
            assert "gbm-15-v1" in (await school.event("long", "finished")).detail
            assert (await school.train(command_id="more")).accepted
            await eventually(lambda: training_of(second) is not None)
            assert (await school.cancel("more")).accepted
            last = await school.event("more", "cancelled")
            assert (last.active, last.detail) == (False, "canceled by desktop")
        assert [one.model_id for one in await school.store.models.all()] == ["gbm-15-v1"]
