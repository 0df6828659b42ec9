"""A feed goes on where it stopped, and begins anew when it ended or when a person wants it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from qt_trade.model.feeds import FeedKind
from qt_trade.storage.database import Database
from qt_trade.storage.runs import FeedRuns, RunRecord

pytestmark = pytest.mark.asyncio

KEY = "replay:october"
AT = datetime(2013, 10, 4, 14, 0, tzinfo=UTC)


@pytest.fixture
def runs(database: Database) -> FeedRuns:
    return FeedRuns(database)


async def test_the_first_lap_begins_at_the_beginning(runs: FeedRuns) -> None:
    first = RunRecord(1, "paper:replay:october:1", None)
    assert await runs.plan(KEY, FeedKind.REPLAY, restart=False) == first
    assert await runs.plan(KEY, FeedKind.REPLAY, restart=False) == first


async def test_a_lap_goes_on_where_it_stopped(runs: FeedRuns) -> None:
    run = await runs.plan(KEY, FeedKind.REPLAY, restart=False)
    await runs.progress(run.account, AT, ended=False)
    assert await runs.plan(KEY, FeedKind.REPLAY, restart=False) == RunRecord(1, run.account, AT)


async def test_feed_time_never_goes_back(runs: FeedRuns) -> None:
    run = await runs.plan(KEY, FeedKind.REPLAY, restart=False)
    await runs.progress(run.account, AT, ended=False)
    await runs.progress(run.account, AT - timedelta(minutes=1), ended=False)
    assert (await runs.plan(KEY, FeedKind.REPLAY, restart=False)).resume_at == AT


async def test_after_the_end_a_new_lap_with_a_new_account_begins(runs: FeedRuns) -> None:
    run = await runs.plan(KEY, FeedKind.REPLAY, restart=False)
    await runs.progress(run.account, AT, ended=True)
    await runs.progress(run.account, AT, ended=False)  # late news does not undo the end
    second = RunRecord(2, "paper:replay:october:2", None)
    assert await runs.plan(KEY, FeedKind.REPLAY, restart=False) == second
    await runs.progress(run.account, AT + timedelta(hours=1), ended=True)
    assert await runs.plan(KEY, FeedKind.REPLAY, restart=False) == second


async def test_a_person_may_begin_a_new_lap(runs: FeedRuns) -> None:
    run = await runs.plan(KEY, FeedKind.REPLAY, restart=False)
    await runs.progress(run.account, AT, ended=False)
    again = await runs.plan(KEY, FeedKind.REPLAY, restart=True)
    assert again == RunRecord(2, "paper:replay:october:2", None)


async def test_feeds_have_laps_of_their_own(runs: FeedRuns) -> None:
    await runs.plan("simulation:7", FeedKind.SIMULATION, restart=False)
    await runs.plan("simulation:7", FeedKind.SIMULATION, restart=True)
    run = await runs.plan("simulation:8", FeedKind.SIMULATION, restart=False)
    assert run == RunRecord(1, "paper:simulation:8:1", None)


async def test_real_time_has_one_account_and_nothing_to_resume(runs: FeedRuns) -> None:
    only = RunRecord(1, "paper:realtime", None)
    assert await runs.plan("realtime", FeedKind.REAL_TIME, restart=False) == only
    await runs.progress("paper:realtime", AT, ended=False)
    assert await runs.plan("realtime", FeedKind.DELAYED, restart=True) == only


async def test_two_that_plan_at_once_agree(runs: FeedRuns) -> None:
    plans = await asyncio.gather(*(runs.plan(KEY, FeedKind.REPLAY, restart=False) for _ in "123"))
    assert set(plans) == {RunRecord(1, "paper:replay:october:1", None)}


async def test_progress_of_an_unknown_account_is_an_error(runs: FeedRuns) -> None:
    with pytest.raises(LookupError, match="paper:nobody"):
        await runs.progress("paper:nobody", AT, ended=False)
