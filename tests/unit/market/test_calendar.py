"""The calendar agrees with the exchange's own notices."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from qt_trade.market.calendar import NEW_YORK, SessionPhase, Sessions
from qt_trade.market.errors import OutsideCalendarError


def et(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "phase", "words"),
    [
        ("2026-11-23T03:59:59", "CLOSED", "Closed for the night; opens Mon 2026-11-23 09:30 ET"),
        ("2026-11-23T04:00:00", "PRE_MARKET", "Pre-market; opens 09:30 ET"),
        ("2026-11-23T09:29:59", "PRE_MARKET", "Pre-market; opens 09:30 ET"),
        ("2026-11-23T09:30:00", "OPEN", "Open until 16:00 ET"),
        ("2026-11-23T15:59:59", "OPEN", "Open until 16:00 ET"),
        (
            "2026-11-23T16:00:00",
            "AFTER_HOURS",
            "After hours; closed at 16:00 ET; opens Tue 2026-11-24 09:30 ET",
        ),
        ("2026-11-23T20:00:00", "CLOSED", "Closed for the night; opens Tue 2026-11-24 09:30 ET"),
        ("2026-04-03T12:00:00", "CLOSED", "Closed: Good Friday; opens Mon 2026-04-06 09:30 ET"),
        ("2026-11-26T12:00:00", "CLOSED", "Closed: Thanksgiving; opens Fri 2026-11-27 09:30 ET"),
        ("2026-11-28T12:00:00", "CLOSED", "Closed for the weekend; opens Mon 2026-11-30 09:30 ET"),
        # Hurricane Sandy: a closure nobody planned has no name in the rules.
        (
            "2012-10-29T12:00:00",
            "CLOSED",
            "Closed: exchange holiday; opens Wed 2012-10-31 09:30 ET",
        ),
        ("2026-11-27T12:59:59", "OPEN", "Open until 13:00 ET, an early close"),
        (
            "2026-11-27T16:59:59",
            "AFTER_HOURS",
            "After hours; closed at 13:00 ET, an early close; opens Mon 2026-11-30 09:30 ET",
        ),
        ("2026-11-27T17:00:00", "CLOSED", "Closed for the night; opens Mon 2026-11-30 09:30 ET"),
        ("2013-10-04T09:30:00", "OPEN", "Open until 16:00 ET"),
    ],
)
def test_a_moment_has_its_phase_and_words(
    sessions: Sessions, moment: str, phase: str, words: str
) -> None:
    state = sessions.state(et(moment))
    assert (state.phase, state.words) == (SessionPhase(phase), words)
    assert sessions.is_open(et(moment)) is (phase == "OPEN")


@pytest.mark.parametrize(
    ("day", "opens"),
    [
        ("2026-03-06", "14:30"),
        ("2026-03-09", "13:30"),  # summer time began on Sunday 03-08
        ("2026-10-30", "13:30"),
        ("2026-11-02", "14:30"),
        ("2013-10-04", "13:30"),
    ],
)
def test_summer_time_moves_the_open_in_utc(sessions: Sessions, day: str, opens: str) -> None:
    session = sessions.session_of(et(f"{day}T12:00"))
    assert session is not None
    assert f"{session.open:%H:%M}" == opens


def test_2026_has_251_sessions_and_two_half_days(sessions: Sessions) -> None:
    year = [session for session in sessions.all if session.day.year == 2026]
    assert len(year) == 251
    half = [session for session in year if session.early_close]
    assert [session.day for session in half] == [date(2026, 11, 27), date(2026, 12, 24)]
    assert {session.minutes for session in half} == {210}
    assert {session.minutes for session in year if not session.early_close} == {390}


CLOSED = {
    2026: "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25",
    2027: "01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24",
    2028: "01-17 02-21 04-14 05-29 06-19 07-04 09-04 11-23 12-25",
}
HALF_DAYS = {2026: "11-27 12-24", 2027: "11-26", 2028: "07-03 11-24"}


@pytest.mark.parametrize("year", [2026, 2027, 2028])
def test_every_day_of_the_coming_years_is_what_the_exchange_announced(
    sessions: Sessions, year: int
) -> None:
    """Day by day: closed on the holidays and at weekends only, short on the half days only."""
    closed, half = CLOSED[year].split(), HALF_DAYS[year].split()
    day = date(year, 1, 1)
    while day.year == year:
        noon = sessions.state(et(f"{day}T12:00"))
        rests, name = day.isoweekday() > 5, f"{day:%m-%d}"
        assert noon.trading_day is not (rests or name in closed), day
        assert noon.early_close is (name in half), day
        assert bool(noon.holiday) is (name in closed), day
        assert noon.phase is (SessionPhase.OPEN if noon.trading_day else SessionPhase.CLOSED)
        if noon.trading_day:
            assert noon.next_close == et(f"{day}T{'13:00' if name in half else '16:00'}")
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("moment", "turns"),
    [
        ("2026-11-23T00:00", "04:00 09:30 16:00 20:00"),
        ("2026-11-27T00:00", "04:00 09:30 13:00 17:00"),
        ("2026-03-09T00:00", "04:00 09:30 16:00 20:00"),
    ],
)
def test_every_turn_of_a_day_comes_in_its_order(
    sessions: Sessions, moment: str, turns: str
) -> None:
    at, found = et(moment), []
    for _ in turns.split():
        at = sessions.next_turn(at)
        found.append(f"{at.astimezone(NEW_YORK):%H:%M}")
    assert found == turns.split()


def test_after_the_last_turn_comes_the_next_session_s_pre_market(sessions: Sessions) -> None:
    """Over the night, a weekend with a holiday, and the change to summer time."""
    assert sessions.next_turn(et("2026-11-23T20:00")) == et("2026-11-24T04:00")
    assert sessions.next_turn(et("2026-04-02T20:00")) == et("2026-04-06T04:00")
    assert sessions.next_turn(et("2026-11-26T12:00")) == et("2026-11-27T04:00")
    assert sessions.next_turn(et("2026-03-06T20:00")) == et("2026-03-09T04:00")
    assert sessions.next_turn(et("2026-11-23T15:59:59.999999")) == et("2026-11-23T16:00")


def test_next_turns_are_strictly_later(sessions: Sessions) -> None:
    friday = et("2026-11-27T09:30:00")
    assert sessions.next_open(friday) == et("2026-11-30T09:30:00")
    assert sessions.next_close(friday) == et("2026-11-27T13:00:00")
    assert sessions.next_close(et("2026-11-27T13:00:00")) == et("2026-11-30T16:00:00")
    assert sessions.next_open(friday - timedelta(microseconds=1)) == friday


def test_a_day_without_trading_has_no_session(sessions: Sessions) -> None:
    state = sessions.state(et("2026-04-03T12:00:00"))
    assert not state.trading_day
    assert sessions.session_of(et("2026-04-03T12:00:00")) is None
    # 23:00 in New York is the next day in UTC; the session is still the evening's.
    late = sessions.session_of(et("2026-11-23T23:00:00"))
    assert late is not None
    assert late.day == date(2026, 11, 23)


def test_a_moment_outside_the_span_is_refused(sessions: Sessions) -> None:
    with pytest.raises(OutsideCalendarError, match="outside the loaded calendar"):
        sessions.is_open(datetime(1999, 1, 4, 15, tzinfo=UTC))
    with pytest.raises(OutsideCalendarError):
        sessions.state(datetime(2031, 1, 6, 15, tzinfo=UTC))


def test_a_naive_moment_is_refused(sessions: Sessions) -> None:
    with pytest.raises(TypeError):
        sessions.is_open(datetime(2026, 11, 23, 15))  # noqa: DTZ001 - the point of the test


def test_an_empty_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one session"):
        Sessions([], {})


def test_importing_the_calendar_does_not_load_pandas() -> None:
    code = "import sys, qt_trade.market.calendar as c; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
