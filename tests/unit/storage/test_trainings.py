"""Trainings: one at a time, each once, and none is left behind by a worker that dies."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from qt_trade.model.trainings import TrainingJob, TrainingOrder, TrainingState
from qt_trade.storage.database import Database
from qt_trade.storage.trainings import ATTEMPTS_MAX, TrainingStore

pytestmark = pytest.mark.asyncio

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
CLAIM = timedelta(seconds=30)


def order(job_id: str) -> TrainingOrder:
    return TrainingOrder(job_id, (15, 30, 60), "by hand", "desk-1")


@pytest.fixture
def trainings(database: Database) -> TrainingStore:
    return TrainingStore(database, "realtime")


async def taken(trainings: TrainingStore, now: datetime = NOW) -> TrainingJob:
    job = await trainings.take(now, CLAIM)
    assert job is not None
    return job


async def test_an_order_is_kept_once_and_done_in_its_turn(trainings: TrainingStore) -> None:
    """The second waits until the first has ended."""
    assert await trainings.add(order("a"), NOW)
    assert not await trainings.add(order("a"), NOW)
    await trainings.add(order("b"), NOW)
    first = await taken(trainings)
    assert (first.order, first.state, first.attempts) == (order("a"), TrainingState.RUNNING, 1)
    assert await trainings.take(NOW, CLAIM) is None
    assert [job.job_id for job in await trainings.open()] == ["a", "b"]
    assert await trainings.end(first, TrainingState.DONE, "3 models", NOW)
    last = await trainings.last()
    assert last is not None
    assert (last.job_id, last.state, last.words) == ("a", TrainingState.DONE, "3 models")
    assert (await taken(trainings)).job_id == "b"


async def test_two_workers_never_train_at_once(
    database: Database, other_database: Database
) -> None:
    """Of two that ask at the same moment one gets it."""
    stores = [TrainingStore(one, "realtime") for one in (database, other_database)]
    for job_id in ("a", "b"):
        await stores[0].add(order(job_id), NOW)
    found = await asyncio.gather(*(store.take(NOW, CLAIM) for store in stores))
    assert sorted(job is None for job in found) == [False, True]


async def test_what_a_dead_worker_left_is_begun_anew(trainings: TrainingStore) -> None:
    """When its claim is over; the one who was late finds it is no longer his."""
    await trainings.add(order("a"), NOW)
    first = await taken(trainings)
    assert await trainings.keep(first, NOW + 2 * CLAIM)
    assert await trainings.take(NOW + CLAIM, CLAIM) is None
    second = await taken(trainings, NOW + 2 * CLAIM)
    assert second.attempts == 2
    assert not await trainings.keep(first, NOW + 4 * CLAIM)
    assert not await trainings.end(first, TrainingState.DONE, "late", NOW)
    assert await trainings.end(second, TrainingState.DONE, "in time", NOW)


async def test_a_worker_started_again_does_not_wait(trainings: TrainingStore) -> None:
    """What was claimed in its own name died with its predecessor; another's claim is kept."""
    await trainings.add(order("a"), NOW)
    first = await trainings.take(NOW, CLAIM, "worker-1")
    assert first is not None
    assert await trainings.take(NOW, CLAIM, "worker-2") is None
    again = await trainings.take(NOW, CLAIM, "worker-1")
    assert again is not None
    assert (again.job_id, again.attempts) == ("a", 2)
    assert not await trainings.keep(first, NOW + CLAIM)


async def test_what_kills_every_worker_has_failed(trainings: TrainingStore) -> None:
    """And the next in the line has its turn."""
    await trainings.add(order("a"), NOW)
    await trainings.add(order("b"), NOW)
    for number in range(ATTEMPTS_MAX):
        assert (await taken(trainings, NOW + number * CLAIM)).job_id == "a"
    after = await taken(trainings, NOW + ATTEMPTS_MAX * CLAIM)
    assert after.job_id == "b"
    failed = await trainings.job("a")
    assert failed is not None
    assert (failed.state, failed.words) == (
        TrainingState.FAILED, "3 workers died of it, or while it ran",
    )  # fmt: skip


async def test_what_a_worker_puts_back_is_free_at_once(trainings: TrainingStore) -> None:
    """And counts no attempt: a worker may be stopped as often as one likes."""
    await trainings.add(order("a"), NOW)
    for _ in range(ATTEMPTS_MAX + 1):
        await trainings.put_back(await taken(trainings), NOW)
    assert (await taken(trainings)).attempts == 1


async def test_a_canceled_training_is_nobodys(trainings: TrainingStore) -> None:
    """Its worker hears of it at the next word; a second cancel changes nothing."""
    await trainings.add(order("a"), NOW)
    job = await taken(trainings)
    before = await trainings.cancel("a", "canceled by desk-1", NOW)
    assert before is not None
    assert before.state is TrainingState.RUNNING
    assert not await trainings.keep(job, NOW + CLAIM)
    assert not await trainings.end(job, TrainingState.DONE, "", NOW)
    again = await trainings.cancel("a", "canceled by desk-2", NOW)
    assert again is not None
    assert (again.state, again.words) == (TrainingState.CANCELED, "canceled by desk-1")
    assert await trainings.cancel("nothing", "", NOW) is None


async def test_feeds_train_apart(database: Database, trainings: TrainingStore) -> None:
    """A simulation's training is no other run's."""
    await trainings.add(order("a"), NOW)
    drawn = TrainingStore(database, "simulation:7")
    assert await drawn.take(NOW, CLAIM) is None
    assert await drawn.job("a") is None
    assert await drawn.last() is None
