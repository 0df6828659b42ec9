"""Beat in feed time: on the boundaries, through jumps of the clock and losses of the server."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from tests.unit.roles.parts import lose_everything, settings_of
from tests.unit.trading.make import WALL

from qt_trade.kit.clock import Anchor, FeedClock, ManualClock
from qt_trade.roles.work import Work
from qt_trade.roles.worker.app import make_app
from qt_trade.roles.worker.canary_call import JOBS_WAITING_MAX, CanaryCall
from qt_trade.roles.worker.feed_beat import RETRY_S, FeedBeat, tick_s
from qt_trade.roles.worker.rhythms import CANARY, Task, Timetable, rhythms

SPEED = 60.0
FEED = datetime(2013, 10, 7, 14, 3, tzinfo=UTC)
"""Three minutes after a boundary: the next of market data comes after two, of cycles after seven."""

TASKS = (Task.MARKET_DATA, Task.PREDICTIONS, Task.TRADING_CYCLE)
"""Three rhythms are enough to tell them apart."""


class Tower:
    """One or more beats over one Redis, with the clocks in the test's hand."""

    def __init__(self, redis_url: str) -> None:
        self.url = redis_url
        self.wall = ManualClock(WALL)
        self.clock = FeedClock(self.wall, Anchor(WALL, FEED, SPEED))
        self.settings = settings_of(redis_url, "postgresql://x/x", feed={"speed": SPEED})
        periods = {task: every for task, every in rhythms(self.settings).items() if task in TASKS}
        self.timetable = Timetable(periods, self.clock, self.wall)
        self.redis = redis.Redis.from_url(redis_url)

    def beat(self, canary: CanaryCall | None = None) -> FeedBeat:
        app = make_app(self.settings)
        app.finalize()
        return FeedBeat(
            self.timetable,
            self.settings.run.id,
            canary,
            app=app,
            max_interval=tick_s(self.timetable),
        )

    def later(self, feed_minutes: float) -> None:
        self.wall.advance(timedelta(minutes=feed_minutes) / self.clock.speed)

    def sent(self) -> list[str]:
        """Take what was sent since the last time."""
        raw: Any = self.redis.lrange("jobs:run-1", 0, -1)
        self.redis.delete("jobs:run-1")
        return sorted(json.loads(one)["headers"]["task"] for one in raw)


@pytest.fixture
def tower(redis_url: str) -> Iterator[Tower]:
    tower = Tower(redis_url)
    yield tower
    tower.redis.close()


def test_each_job_is_sent_at_its_boundaries(tower: Tower) -> None:
    beat = tower.beat()
    assert beat.tick() <= 2.0
    assert tower.sent() == []
    sent: dict[str, list[int]] = {}
    for minute in range(4, 34):
        tower.later(1)
        beat.tick()
        for task in tower.sent():
            sent.setdefault(task, []).append(minute)
    assert sent == {
        Task.MARKET_DATA: [5, 10, 15, 20, 25, 30],
        Task.TRADING_CYCLE: [10, 20, 30],
        Task.PREDICTIONS: [15, 30],
    }


def test_late_ticks_do_not_add_up(tower: Tower) -> None:
    """Each tick comes half a minute late; the tenth boundary is still the tenth."""
    beat = tower.beat()
    beat.tick()
    tower.later(2.5)
    for _ in range(10):
        beat.tick()
        assert Task.MARKET_DATA in tower.sent()
        assert beat.tick() <= 4.5
        assert tower.sent() == []
        tower.later(5)


def test_it_tells_how_long_nothing_is_due(tower: Tower) -> None:
    beat = tower.beat()
    beat.max_interval = 100.0
    assert beat.tick() == pytest.approx(2.0)


def test_a_jump_of_the_clock_moves_the_boundaries(tower: Tower) -> None:
    """A replay's next morning: one wall second before the open, whatever the phase was."""
    beat = tower.beat()
    beat.tick()
    opening = datetime(2013, 10, 8, 13, 30, tzinfo=UTC)
    tower.clock.move(Anchor(tower.wall.now(), opening - timedelta(seconds=SPEED), SPEED))
    assert beat.tick() == pytest.approx(1.0)
    assert tower.sent() == []
    tower.later(1)
    beat.tick()
    assert tower.sent() == sorted(TASKS)


def test_another_speed_is_another_period(tower: Tower) -> None:
    beat = tower.beat()
    beat.tick()
    tower.clock.move(Anchor(tower.wall.now(), FEED, 1.0))
    beat.max_interval = 1000.0
    assert beat.tick() == pytest.approx(120.0)


def test_announcing_the_same_clock_again_changes_nothing(tower: Tower) -> None:
    beat = tower.beat()
    beat.tick()
    tower.later(1.9999)
    tower.clock.move(Anchor(tower.wall.now(), tower.clock.now(), SPEED))
    beat.tick()
    assert tower.sent() == []
    tower.later(0.001)
    beat.tick()
    assert tower.sent() == [Task.MARKET_DATA]
    beat.tick()
    assert tower.sent() == []


async def _lose(url: str) -> None:
    await lose_everything(url)


@pytest.mark.asyncio
async def test_a_server_that_lost_everything_is_laid_out_again(tower: Tower) -> None:
    beat = tower.beat()
    beat.tick()
    await _lose(tower.url)
    tower.redis.close()
    waits = [beat.tick() for _ in range(4)]
    assert waits[-1] > RETRY_S
    tower.later(2)
    beat.tick()
    assert tower.sent() == [Task.MARKET_DATA]


def test_an_overdue_job_is_sent_once_when_beat_comes_back(tower: Tower) -> None:
    tower.beat().tick()
    tower.later(24)
    tower.redis.delete("redbeat:run-1:leader")
    beat = tower.beat()
    beat.tick()
    assert tower.sent() == sorted(TASKS)
    beat.tick()
    assert tower.sent() == []


def test_of_two_beats_one_acts_until_it_leaves(tower: Tower) -> None:
    first, second = tower.beat(), tower.beat()
    second._me = "another:1"
    first.tick()
    second.tick()
    tower.later(2)
    second.tick()
    assert tower.sent() == []
    first.tick()
    assert tower.sent() == [Task.MARKET_DATA]
    first.close()
    tower.later(5)
    second.tick()
    assert tower.sent() == [Task.MARKET_DATA, Task.TRADING_CYCLE]
    first.tick()
    assert tower.sent() == []


def test_what_earlier_runs_left_is_swept_and_ours_is_kept(tower: Tower) -> None:
    for key in ("jobs:run-0", "redbeat:run-0:x", "jobs:run-0:unacked", "jobs:run-1"):
        tower.redis.rpush(key, "x")
    tower.redis.set("bars", "not ours to touch")
    tower.beat().tick()
    left = {key.decode() for key in tower.redis.keys("*")}  # type: ignore[union-attr]
    assert "bars" in left
    assert not [key for key in left if "run-0" in key]
    assert "jobs:run-1" in left


def test_jobs_travel_through_their_queue_and_nothing_else(tower: Tower) -> None:
    before = {key.decode() for key in tower.redis.keys("*")}  # type: ignore[union-attr]
    beat = tower.beat()
    beat.tick()
    tower.later(2)
    beat.tick()
    keys = {key.decode() for key in tower.redis.keys("*")}  # type: ignore[union-attr]
    assert {key for key in keys - before if not key.startswith("redbeat:run-1:")} == {"jobs:run-1"}


def test_the_canary_job_is_called_in_the_walls_rhythm_beside_the_schedule(tower: Tower) -> None:
    """Whatever the feed's clock does; the schedule's own jobs come as they did."""
    work = Work(tower.wall)
    beat = tower.beat(CanaryCall(work, tower.wall, lambda _leads: None))
    assert beat.tick() <= 2.0
    assert tower.sent() == [CANARY]
    assert beat.tick() <= 2.0
    assert tower.sent() == []
    tower.wall.advance(timedelta(seconds=2))
    beat.tick()
    assert tower.sent() == [Task.MARKET_DATA]
    assert work.told().words == "job called: market_data"
    tower.clock.move(Anchor(tower.wall.now(), FEED, 1.0))
    tower.wall.advance(timedelta(seconds=3))
    beat.tick()
    assert tower.sent() == [CANARY]
    assert work.told().words.startswith("canary job 2 called (job called: market_data")


def test_who_stands_by_calls_no_canary_and_says_that_it_stands_by(tower: Tower) -> None:
    """One beat of a run acts."""
    led: list[bool] = []
    work = Work(tower.wall)
    tower.beat().tick()
    second = tower.beat(CanaryCall(work, tower.wall, led.append))
    second._me = "another:1"
    second.tick()
    tower.redis.delete("redbeat:run-1:leader")
    assert (led, work.told().at) == ([], None)
    second.tick()
    assert (led, tower.sent()) == ([True], [CANARY])


def test_canaries_do_not_pile_up_where_nobody_takes_jobs(tower: Tower) -> None:
    """The length of the queue is known all the same."""
    canary = CanaryCall(Work(tower.wall), tower.wall, lambda _leads: None)
    beat = tower.beat(canary)
    tower.redis.rpush("jobs:run-1", *["x"] * (JOBS_WAITING_MAX + 1))
    beat.tick()
    assert canary.waiting == tower.redis.llen("jobs:run-1") == JOBS_WAITING_MAX + 1


def test_a_wall_clock_that_is_set_back_does_not_end_the_canaries(tower: Tower) -> None:
    """Machines get their time corrected."""
    beat = tower.beat(CanaryCall(Work(tower.wall), tower.wall, lambda _leads: None))
    beat.tick()
    tower.sent()
    tower.wall.advance(timedelta(hours=-1))
    beat.tick()
    assert CANARY in tower.sent()
