"""The day's training: before the open, on trading days, where there is something new."""

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.unit.roles.worker.school import past_sessions

from qt_trade.market.calendar import Sessions, load_sessions
from qt_trade.roles.worker.models.retraining import AHEAD, DAYS_MIN, Known, is_ahead, is_worth_it

THANKSGIVING_WEEK = load_sessions(date(2026, 11, 1), date(2026, 12, 10))
FRIDAY = THANKSGIVING_WEEK.session_of(datetime(2026, 11, 27, 15, 0, tzinfo=UTC))
DAYS = [one.day for one in past_sessions(DAYS_MIN)]


def test_it_is_due_in_the_two_hours_before_the_open() -> None:
    """Not a second earlier, and not at the open itself."""
    assert FRIDAY is not None
    second = timedelta(seconds=1)
    assert not is_ahead(FRIDAY.open - AHEAD - second, FRIDAY)
    assert is_ahead(FRIDAY.open - AHEAD, FRIDAY)
    assert is_ahead(FRIDAY.open - second, FRIDAY)
    assert not is_ahead(FRIDAY.open, FRIDAY)


@pytest.mark.parametrize(
    ("days", "learnt_until", "worth_it"),
    [
        (DAYS, None, True),
        (DAYS[1:], None, False),
        (DAYS, datetime(2026, 11, 24, 20, 45, tzinfo=UTC), True),
        (DAYS, datetime(2026, 11, 25, 20, 45, tzinfo=UTC), False),
        ([*DAYS[1:], date(2026, 11, 27)], None, False),
    ],
    ids=["first", "too few days", "a new day", "nothing new", "today is no past"],
)
def test_it_is_worth_it_where_a_day_is_new(
    days: list[date],
    learnt_until: datetime | None,
    *,
    worth_it: bool,
) -> None:
    """With enough days to learn from, the last of which no model has seen."""
    assert FRIDAY is not None
    assert is_worth_it(FRIDAY, Known(days, learnt_until)) is worth_it


def test_a_holiday_has_no_training() -> None:
    """The calendar has no session on Thanksgiving."""
    calendar: Sessions = THANKSGIVING_WEEK
    assert calendar.session_of(datetime(2026, 11, 26, 13, 0, tzinfo=UTC)) is None
