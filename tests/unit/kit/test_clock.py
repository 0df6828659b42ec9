"""Clocks: the wall's, one that is told, and the feed's."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_trade.kit.clock import Anchor, FeedClock, ManualClock, SystemClock, monotonic

WALL = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FEED = datetime(2013, 10, 4, 13, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_the_machines_clock_is_aware_and_goes_on() -> None:
    """UTC, always."""
    clock = SystemClock()
    first = clock.now()
    assert first.tzinfo is UTC
    assert clock.now() >= first
    assert monotonic() <= monotonic()


def test_a_manual_clock_stands_still_until_told() -> None:
    """Forward by a span, or to a moment."""
    clock = ManualClock(WALL)
    assert clock.now() == clock.now() == WALL
    clock.advance(MINUTE)
    assert clock.now() == WALL + MINUTE
    clock.set(FEED)
    assert clock.now() == FEED


def test_in_real_time_feed_time_is_wall_time() -> None:
    """No anchor, speed one."""
    clock = FeedClock(ManualClock(WALL))
    assert clock.now() == WALL
    assert clock.anchor is None
    assert clock.speed == 1.0


def test_a_replay_runs_on_its_own_time() -> None:
    """A wall minute is two hours of the feed at 120; an anchor that moves takes time with it."""
    wall = ManualClock(WALL)
    clock = FeedClock(wall, Anchor(WALL, FEED, 120.0))
    assert clock.speed == 120.0
    wall.advance(MINUTE)
    assert clock.now() == FEED + timedelta(hours=2)
    over_the_night = Anchor(wall.now(), FEED + timedelta(days=1), 60.0)
    clock.move(over_the_night)
    assert clock.anchor == over_the_night
    assert clock.now() == FEED + timedelta(days=1)
    wall.advance(MINUTE)
    assert clock.now() == FEED + timedelta(days=1, hours=1)
    clock.move(None)
    assert clock.now() == wall.now()


@given(
    speed=st.floats(1.0, 10_000.0),
    seconds=st.floats(-1e6, 1e6),
)
def test_there_and_back_is_the_same_moment(speed: float, seconds: float) -> None:
    """Feed time to wall time and back, to the microseconds that datetime rounds."""
    anchor = Anchor(WALL, FEED, speed)
    feed = FEED + timedelta(seconds=seconds)
    away = abs((anchor.feed_time(anchor.wall_time(feed)) - feed).total_seconds())
    assert away <= 2e-6 * max(1.0, speed)


@pytest.mark.parametrize("speed", [0.0, -1.0, math.nan, math.inf])
def test_time_goes_forward(speed: float) -> None:
    """A clock that stands still would wait for ever for its next minute."""
    with pytest.raises(ValueError, match="speed"):
        Anchor(WALL, FEED, speed)
