"""Gaps are found where the exchange traded, and nowhere else."""

from datetime import UTC, date, datetime, timedelta

import pytest

from qt_trade.market.calendar import Session, Sessions, load_sessions
from qt_trade.market.gaps import Gap, Span, bar_starts, day_start, find_gaps, requests
from qt_trade.market.provider import Capability, Plan, Timeliness
from qt_trade.market.reach import longest, who_has

MINUTE = timedelta(minutes=1)
FOR_EVER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def calendar() -> Sessions:
    return load_sessions(date(2026, 11, 1), date(2026, 12, 31))


@pytest.fixture
def week(calendar: Sessions) -> list[Session]:
    """Thanksgiving's week: Thursday is off, Friday ends at 13:00."""
    return [one for one in calendar.all if date(2026, 11, 23) <= one.day <= date(2026, 11, 27)]


def starts_of(sessions: list[Session], interval_s: int = 60) -> set[datetime]:
    return {at for one in sessions for at in bar_starts(one, interval_s)}


def test_a_holiday_has_no_bars_and_a_half_day_half_of_them(week: list[Session]) -> None:
    """Four sessions in five days, of 390, 390, 390 and 210 minutes."""
    assert [len(bar_starts(one, 60)) for one in week] == [390, 390, 390, 210]
    assert [len(bar_starts(one, 900)) for one in week] == [26, 26, 26, 14]
    assert [len(bar_starts(one, 300)) for one in week] == [78, 78, 78, 42]
    assert bar_starts(week[3], 900)[-1] == datetime(2026, 11, 27, 17, 45, tzinfo=UTC)


def test_a_whole_history_has_no_gap(week: list[Session]) -> None:
    """Neither the holiday nor Friday's afternoon counts as missing."""
    for interval_s in (60, 300, 900, 86_400):
        assert find_gaps(week, interval_s, starts_of(week, interval_s), until=FOR_EVER) == []


def test_a_session_without_bars_is_one_gap(week: list[Session]) -> None:
    """And the half day's is as long as it traded."""
    stored = starts_of(week[:3])
    friday = Span(
        datetime(2026, 11, 27, 14, 30, tzinfo=UTC), datetime(2026, 11, 27, 18, tzinfo=UTC)
    )
    assert find_gaps(week, 60, stored, until=FOR_EVER) == [Gap(friday, 210, whole=True)]


def test_missing_minutes_are_spans(week: list[Session]) -> None:
    """Two holes of one session, the second at its very end."""
    opens, closes = week[0].open, week[0].close
    lost = {opens + 5 * MINUTE, opens + 6 * MINUTE, closes - MINUTE}
    assert find_gaps(week, 60, starts_of(week) - lost, until=FOR_EVER) == [
        Gap(Span(opens + 5 * MINUTE, opens + 7 * MINUTE), 2, whole=False),
        Gap(Span(closes - MINUTE, closes), 1, whole=False),
    ]


def test_what_was_asked_for_and_is_not_there_does_not_exist(week: list[Session]) -> None:
    """An empty minute is not asked for for ever; one beside it is."""
    opens = week[0].open
    stored = starts_of(week) - {opens, opens + MINUTE}
    asked = [Span(opens, opens + MINUTE)]
    (gap,) = find_gaps(week, 60, stored, asked, until=FOR_EVER)
    assert gap.span == Span(opens + MINUTE, opens + 2 * MINUTE)
    assert find_gaps(week, 60, stored, [*asked, gap.span], until=FOR_EVER) == []


def test_what_has_not_closed_is_not_missing(week: list[Session]) -> None:
    """A minute that runs, and the day of a session that runs."""
    now = week[0].open + 90 * timedelta(seconds=1)
    (gap,) = find_gaps(week, 60, (), until=now)
    assert gap.span == Span(week[0].open, week[0].open + MINUTE)
    assert find_gaps(week, 86_400, (), until=week[0].close - MINUTE) == []
    (day,) = find_gaps(week, 86_400, (), until=week[0].close)
    assert day == Gap(
        Span(day_start(week[0]), day_start(week[0]) + timedelta(days=1)), 1, whole=True
    )


def test_days_begin_at_midnight_in_new_york_summer_and_winter() -> None:
    """The clocks went back on 1 November 2026."""
    sessions = load_sessions(date(2026, 10, 30), date(2026, 11, 2)).all
    starts = {one.day: day_start(one) for one in sessions}
    assert starts[date(2026, 10, 30)] == datetime(2026, 10, 30, 4, tzinfo=UTC)
    assert starts[date(2026, 11, 2)] == datetime(2026, 11, 2, 5, tzinfo=UTC)


def test_gaps_are_asked_for_in_few_spans_none_too_long(week: list[Session]) -> None:
    """Near ones together, and what is longer than a span in pieces."""
    gaps = find_gaps(week, 60, (), until=FOR_EVER)
    assert requests(gaps, timedelta(days=7)) == [Span(week[0].open, week[3].close)]
    assert requests(gaps, timedelta(days=1, hours=8)) == [
        Span(week[0].open, week[1].close), Span(week[2].open, week[2].close),
        Span(week[3].open, week[3].close),
    ]  # fmt: skip
    pieces = requests(gaps[:1], timedelta(hours=4))
    assert pieces == [
        Span(week[0].open, week[0].open + timedelta(hours=4)),
        Span(week[0].open + timedelta(hours=4), week[0].close),
    ]
    assert requests([], timedelta(days=1)) == []


def plan(*capabilities: Capability) -> Plan:
    return Plan("free", frozenset(capabilities), Timeliness.DELAYED, ())


def test_who_is_asked_depends_on_plan_and_reach() -> None:
    """Yahoo's minutes of last month, Alpaca's since 2016, daily bars of anybody who has them."""
    now = datetime(2026, 11, 26, tzinfo=UTC)
    plans = {
        "marketstack": plan(Capability.DAILY),
        "own": plan(Capability.INTRADAY, Capability.DAILY),
        "yahoo": plan(Capability.INTRADAY, Capability.DAILY),
        "finnhub": plan(Capability.QUOTE),
        "alpaca": plan(Capability.INTRADAY, Capability.DAILY),
    }
    assert who_has(plans, 60, now - timedelta(days=5), now) == ("alpaca", "yahoo", "own")
    assert who_has(plans, 60, now - timedelta(days=40), now) == ("alpaca", "own")
    assert who_has(plans, 900, now - timedelta(days=40), now) == ("alpaca", "yahoo", "own")
    old = datetime(2010, 1, 4, tzinfo=UTC)
    assert who_has(plans, 86_400, old, now) == ("yahoo", "marketstack", "own")
    assert who_has({}, 60, now, now) == ()
    assert longest(86_400) > longest(900) > longest(300) > longest(60) == longest(120)
