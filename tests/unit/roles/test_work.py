"""Useful work as it is noted and told."""

from datetime import timedelta

import pytest
from tests.unit.trading.make import WALL

from qt_trade.kit.clock import ManualClock
from qt_trade.roles.work import Work


def test_who_has_done_nothing_says_so() -> None:
    """No invented moment."""
    done = Work(ManualClock(WALL)).told()
    assert (done.at, done.words, done.pieces, done.per_minute) == (None, "", 0, 0.0)


def test_a_proof_counts_and_does_not_hide_the_last_real_work() -> None:
    """The canary's job comes every few seconds, predictions every quarter of an hour."""
    clock = ManualClock(WALL)
    work = Work(clock)
    work.done("10 predictions", 10)
    clock.advance(timedelta(seconds=5))
    work.proved("canary job 1")
    done = work.told()
    assert done.at == WALL + timedelta(seconds=5)
    assert done.words == "canary job 1 (10 predictions at 20:00:00 UTC)"
    assert done.pieces == 11
    clock.advance(timedelta(seconds=1))
    work.done("market data")
    assert work.told().words == "market data"


def test_the_rate_is_that_of_the_last_minute() -> None:
    """What lies longer back counts no more."""
    clock = ManualClock(WALL)
    work = Work(clock)
    for _ in range(60):
        work.done("quote IBM", 20)
        clock.advance(timedelta(seconds=2))
        rate = work.told().per_minute
    assert rate == pytest.approx(600, rel=0.05)
    for _ in range(40):
        clock.advance(timedelta(seconds=2))
        rate = work.told().per_minute
    assert rate == 0.0
