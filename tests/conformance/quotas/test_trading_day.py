"""A whole trading day with the free plans: what each provider counts, and how far its budget goes."""

import asyncio
from collections.abc import Mapping

import pytest
from tests.conformance.quotas.trading_day import (
    ALLOWED,
    EARLY_DAY,
    NORMAL_DAY,
    Day,
    Line,
    calendar,
    session_of,
    table,
)

from qt_trade.market.calendar import Sessions
from qt_trade.market.provider import Timeliness

REAL_TIME = ("finnhub", "twelvedata", "yahoo", "alpaca")


@pytest.fixture(scope="module")
def sessions() -> Sessions:
    """The exchange's calendar."""
    return calendar()


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("count", "early"), [(20, False), (100, False), (500, False), (20, True), (100, True)]
)
def test_no_provider_is_asked_too_often_and_none_runs_dry(
    redis_url: str, sessions: Sessions, count: int, *, early: bool
) -> None:
    """Three workers, one ledger, a backfill beside them, calls that overtake each other."""
    session = session_of(sessions, EARLY_DAY if early else NORMAL_DAY)
    day = Day(redis_url, session, sessions, count)
    lines = asyncio.run(day.lived())
    print(table([("early close" if early else "normal", lines)]))  # noqa: T201  # shown on failure
    _nobody_would_have_refused(lines)
    _budgets_last(lines)
    _all_are_covered(lines, count)
    # No slot of a provider was two workers'.
    assert set(day.claimed.values()) == {1}


def _nobody_would_have_refused(lines: Mapping[str, Line]) -> None:
    """Hold what came in against what is allowed, in every window of that length."""
    for name, limits in ALLOWED.items():
        for limit in limits:
            assert lines[name].arrivals.most(limit) <= limit.count, (name, limit)


def _budgets_last(lines: Mapping[str, Line]) -> None:
    """Half of what a session spends is left at half-time, and something at the close."""
    for name, line in lines.items():
        assert all(use.left > 0 for use in line.windows_at_close if not use.limit.window.sliding)
        if line.plan.timeliness is not Timeliness.END_OF_DAY:
            assert line.at_half_time is not None
            assert 0.4 <= line.at_half_time <= 0.6, name


def _all_are_covered(lines: Mapping[str, Line], count: int) -> None:
    """Every symbol has a price of every real-time provider, by its stream or by a question."""
    for name in REAL_TIME:
        line = lines[name]
        assert line.covered == count, name
        assert line.every_min is None or line.every_min > 4.9, name
    assert len(lines["fmp"].asked) == min(count, 200)
    assert 3 <= len(lines["marketstack"].asked) <= 20
