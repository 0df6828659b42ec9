"""What may come in a backfill's way: a late answer, a death, many orders, and the night."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from tests.emulators.market import Fault
from tests.unit.roles.parts import RUN, eventually
from tests.unit.roles.worker.test_backfills import (
    AAPL,
    FRIDAY,
    MONDAY,
    MSFT,
    NOW,
    WEEK_MIN,
    Archive,
    archive,
)
from tests.unit.roles.worker.test_polling import status

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.kit.clock import SystemClock
from qt_trade.model.backfills import BackfillOrder, BackfillState
from qt_trade.model.bars import Bar
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.worker.data.backfills import CLAIM
from qt_trade.roles.worker.data.room import DataRoom

__all__ = ["archive"]
pytestmark = pytest.mark.asyncio

ROOT = Path(__file__).parents[4]
BARS = "/v2/stocks/bars"


async def test_what_may_still_come_is_asked_for_again(archive: Archive) -> None:
    """A minute that did not come on its own day is no minute that does not exist."""
    archive.clock.set(datetime(2026, 11, 27, 18, 5, tzinfo=UTC))
    known = dict(archive.emulator.market.names)
    del archive.emulator.market.names["AAPL"]
    await archive.order("job-1", AAPL)
    first = await archive.work()
    assert (first.state, first.bars) == (BackfillState.DONE, 0)
    archive.emulator.market.names.update(known)
    archive.clock.set(NOW)
    await archive.order("job-2", AAPL)
    await archive.work("job-2")
    days = {bar.at.date() for bar in await archive.bars(AAPL)}
    # What had been over for a day is known not to exist; Friday's minutes came.
    assert days == {FRIDAY}


async def test_a_job_is_found_behind_many_others(archive: Archive) -> None:
    """However many were ordered after it."""
    await archive.order("job-1", AAPL)
    for number in range(60):
        order = BackfillOrder(f"later-{number}", "me", (MSFT,), 60, MONDAY, FRIDAY)
        await archive.jobs.add(order, NOW)
    archive.backfills.begin("job-1")
    await archive.backfills.ended()
    found = await archive.jobs.job("job-1")
    assert found is not None
    assert (found.state, found.bars) == (BackfillState.DONE, WEEK_MIN)


class Tripwire(list[dict[str, str]]):
    """Lets every call after the first one hang."""

    def __init__(self, archive: Archive) -> None:
        super().__init__()
        self._emulator = archive.emulator

    def append(self, query: dict[str, str]) -> None:
        super().append(query)
        self._emulator.fail_always(Fault.DELAY)


async def test_a_worker_killed_on_the_way_loses_nothing(
    archive: Archive, redis_url: str, database_url: str
) -> None:
    """SIGKILL while it waits for the second span: the next worker ends the job, with every minute once."""
    archive.emulator.asked = Tripwire(archive)
    await archive.order("job-1", AAPL, MSFT)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.unit.roles.worker.backfill_process",
        redis_url, database_url, archive.emulator.base_url, "job-1", NOW.isoformat(),
        cwd=ROOT,
    )  # fmt: skip
    await eventually(lambda: archive.emulator.hits[BARS] == 2)
    process.kill()
    assert await process.wait() < 0
    half = await archive.jobs.job("job-1")
    assert half is not None
    assert (half.state, half.done, half.total) == (BackfillState.RUNNING, 1, 2)
    assert await archive.bars(MSFT) == []

    archive.emulator.fail_always(None)
    archive.emulator.asked = []
    archive.clock.advance(CLAIM)
    # Nobody is asked for what was stored before.
    ended = await archive.work()
    assert (ended.state, ended.done, ended.bars) == (BackfillState.DONE, 2, 2 * WEEK_MIN)
    assert {query["symbols"] for query in archive.emulator.asked} == {"MSFT"}
    for symbol in (AAPL, MSFT):
        assert len(await archive.bars(symbol)) == WEEK_MIN


@pytest_asyncio.fixture
async def room(archive: Archive, redis_url: str) -> AsyncIterator[tuple[DataRoom, Bus]]:
    """A worker's room for the past, in a run in real time with the market closed."""
    wall = SystemClock()
    streamer = Bus(redis_url, Party.STREAMER, wall, random.Random(1))
    worker = Bus(redis_url, Party.WORKER, wall, random.Random(2))
    for bus in (streamer, worker):
        await bus.open(timeout_s=20.0)
    closed = msgspec.structs.replace(status(("AAPL",)), market_open=False)
    await streamer.write(registry.MARKET_STATUS, closed)
    feed_time = FeedTime(RUN, archive.clock)
    await feed_time.follow(worker)
    await feed_time.known.wait()
    providers = archive.parts.providers
    made = DataRoom(archive.settings, worker, archive.store, providers, feed_time, archive.clock)
    yield made, streamer
    await made.close()
    for bus in (streamer, worker):
        await bus.close()


async def test_the_night_fills_what_is_watched_and_lets_go_of_what_is_old(
    archive: Archive, room: tuple[DataRoom, Bus]
) -> None:
    """Minutes, quarters and days, each once a night; minutes older than 400 days go."""
    data, _ = room
    old = _bar(NOW - timedelta(days=800))
    late = _bar(NOW - timedelta(days=300))
    await archive.store.save_bars([old, late])
    await data.tidy()
    await data.backfills.ended()
    jobs = await archive.jobs.jobs(9)
    assert {one.order.interval_s: one.state for one in jobs} == dict.fromkeys(
        (60, 900, 86_400), BackfillState.DONE
    )
    kept = await archive.bars(AAPL)
    assert old not in kept
    assert kept[0] == late
    assert len(kept) == 1 + WEEK_MIN
    asked = len(archive.emulator.asked)
    await data.tidy()
    await data.backfills.ended()
    assert len(await archive.jobs.jobs(9)) == len(jobs)
    assert len(archive.emulator.asked) == asked


async def test_while_it_trades_nothing_is_tidied(
    archive: Archive, room: tuple[DataRoom, Bus]
) -> None:
    """The day's budget is the prices'."""
    data, streamer = room
    await streamer.write(registry.MARKET_STATUS, status(("AAPL",)))
    await eventually(lambda: _open(data))
    await data.tidy()
    assert await archive.jobs.jobs(9) == []


def _open(data: Any) -> bool:
    return bool(data._feed_time.status.market_open)


def _bar(at: datetime) -> Bar:
    return Bar(
        symbol=AAPL, at=at.replace(second=0, microsecond=0), interval_s=60, open=10.0, high=11.0,
        low=9.0, close=10.5, volume=100, bid=None, bid_size=None, ask=None, ask_size=None,
    )  # fmt: skip
