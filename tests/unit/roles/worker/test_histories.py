"""The stored past as charts read it: on real servers, never beyond feed time, adjusted for splits."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import pytest_asyncio
from tests.unit.roles.parts import RUN, eventually, four_days, settings_of
from tests.unit.roles.worker.test_jobs import STAMP, status
from tests.unit.trading.make import IBM, WALL

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.history import (
    BackfillJob,
    BackfillState,
    DataStatus,
    History,
    Interval,
)
from qt_trade.kit.clock import ManualClock, SystemClock
from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.instruments import Split
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.worker.data.histories import Histories
from qt_trade.storage.actions import ActionStore
from qt_trade.storage.bars import BarOrigin, BarStore
from qt_trade.storage.database import Database

pytestmark = pytest.mark.asyncio

FRIDAY = datetime(2013, 10, 4, 13, 30, tzinfo=UTC)
MONDAY = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)
MIDNIGHT = datetime(2013, 10, 4, 4, tzinfo=UTC)
ORIGIN = BarOrigin("replay:test", FeedKind.REPLAY, "replay")


def bar(at: datetime, price: float = 100.0, interval_s: int = 60) -> Bar:
    return Bar(IBM, at, interval_s, price, price + 1, price - 1, price, 10)


def minutes(opened: datetime, count: int, price: float = 100.0) -> list[Bar]:
    return [bar(opened + timedelta(minutes=number), price) for number in range(count)]


@dataclass
class Past:
    histories: Histories
    front: Bus
    worker: Bus
    database: Database
    wall: ManualClock

    async def store(self, *bars: Bar) -> None:
        await BarStore(self.database).store(ORIGIN, bars)

    async def told(self) -> History:
        found = await self.front.read(registry.HISTORY, IBM)
        assert found is not None
        return found.value

    async def starts(self, interval: Interval) -> list[datetime]:
        told = await self.told()
        return [datetime.fromtimestamp(at, UTC) for at in told.bars[interval].at]


@pytest_asyncio.fixture
async def past(redis_url: str, database_url: str) -> AsyncIterator[Past]:
    """A worker at 14:30 UTC of Monday, 7 October 2013, in feed time."""
    buses = [
        Bus(redis_url, party, SystemClock(), random.Random(number))
        for number, party in enumerate((Party.STREAMER, Party.WORKER, Party.FRONTEND))
    ]
    for bus in buses:
        await bus.open(timeout_s=20.0)
    streamer, worker, front = buses
    wall = ManualClock(WALL)
    await streamer.write(registry.MARKET_STATUS, status())
    feed_time = FeedTime(RUN, wall)
    await feed_time.follow(worker)
    await feed_time.known.wait()
    wall.advance((MONDAY + timedelta(hours=1) - feed_time.clock.now()) / 60)
    settings = settings_of(redis_url, database_url)
    store = wiring.open_market_store(settings)
    database = Database(database_url, name="test", pool_size=1)
    histories = Histories(worker, store, four_days(), feed_time, wall)
    await histories.begin()
    yield Past(histories, front, worker, database, wall)
    await histories.close()
    await store.close()
    await database.close()
    for bus in buses:
        await bus.close()


async def test_quarters_and_days_are_made_of_the_stored_minutes(past: Past) -> None:
    """Friday whole, Monday so far; today is no day yet."""
    await past.store(*minutes(FRIDAY, 390), *minutes(MONDAY, 40))
    assert await past.histories.publish() == 1
    quarters = await past.starts(Interval.MIN_15)
    assert len(quarters) == 26 + 3
    assert quarters[-1] == MONDAY + timedelta(minutes=30)
    assert await past.starts(Interval.DAY_1) == [MIDNIGHT]
    assert (await past.told()).bars[Interval.DAY_1].volume == (3900,)


async def test_what_is_still_to_come_is_not_shown(past: Past) -> None:
    """An earlier lap of the replay stored the whole of Monday."""
    await past.store(*minutes(MONDAY, 390))
    await past.histories.publish()
    assert (await past.starts(Interval.MIN_15))[-1] == MONDAY + timedelta(minutes=45)


async def test_a_day_of_which_too_much_is_missing_is_none(past: Past) -> None:
    """Twenty of its 26 quarters; what was stored as a day is one."""
    await past.store(*minutes(FRIDAY, 300))
    await past.histories.publish()
    assert await past.starts(Interval.DAY_1) == []
    await past.store(bar(MIDNIGHT, 99.0, 86_400))
    await past.histories.publish()
    assert (await past.told()).bars[Interval.DAY_1].close == (99.0,)


async def test_stored_quarters_go_before_those_made_of_minutes(past: Past) -> None:
    """Whoever told a quarter of an hour saw all of it."""
    await past.store(*minutes(FRIDAY, 15), bar(FRIDAY, 101.0, 900))
    await past.histories.publish()
    assert (await past.told()).bars[Interval.MIN_15].close == (101.0,)


async def test_bars_before_a_split_are_told_in_todays_shares(past: Past) -> None:
    """And the words name it; one that is still to come changes nothing."""
    await past.store(*minutes(FRIDAY, 390, 400.0), *minutes(MONDAY, 15, 100.0))
    splits = [Split(IBM, date(2013, 10, 7), Decimal(4)), Split(IBM, date(2013, 10, 8), Decimal(2))]
    await ActionStore(past.database).store("replay:test", "replay", splits)
    await past.histories.publish()
    told = await past.told()
    assert told.bars[Interval.MIN_15].close == (100.0,) * 27
    assert told.bars[Interval.DAY_1].volume == (3900 * 4,)
    assert told.words == "adjusted for the split 4:1 of 2013-10-07"


async def test_nothing_is_written_twice(past: Past) -> None:
    """A new minute in a running quarter changes nothing, a corrected one does."""
    await past.store(*minutes(FRIDAY, 390))
    assert await past.histories.publish() == 1
    assert await past.histories.publish() == 0
    await past.store(bar(MONDAY + timedelta(hours=1)))
    assert await past.histories.publish() == 0
    await past.store(bar(FRIDAY + timedelta(minutes=389), 105.0))
    past.wall.advance(timedelta(seconds=15))
    assert await past.histories.publish() == 1


async def test_a_symbol_without_a_past_says_so(past: Past) -> None:
    """Empty, and in words."""
    await past.histories.publish()
    assert (await past.told()).words == "nothing is stored of it yet"


def data(state: BackfillState) -> DataStatus:
    job = BackfillJob(
        job_id="job-1", asked_by="me", symbols=1, interval=Interval.DAY_1, since=date(2013, 1, 1),
        until=date(2013, 10, 4), state=state, words="", done=0, total=1, bars=0, begun=None,
        ended=None,
    )  # fmt: skip
    return DataStatus(**STAMP, run_id=RUN, holdings={}, jobs=(job,))


async def test_what_a_backfill_brought_is_shown_at_once(past: Past) -> None:
    """Not only with the next quarter of an hour."""
    await past.worker.write(registry.DATA_STATUS, data(BackfillState.RUNNING))
    await past.histories.publish()
    await eventually(lambda: past.histories._done is not None)
    await past.store(bar(MIDNIGHT, 99.0, 86_400))
    changes: list[History | None] = []
    await past.front.watch(registry.HISTORY, lambda change: changes.append(change.value), IBM)
    await past.worker.write(registry.DATA_STATUS, data(BackfillState.DONE))
    await eventually(
        lambda: (
            bool(changes)
            and changes[-1] is not None
            and changes[-1].bars[Interval.DAY_1].close == (99.0,)
        )
    )
