"""Boundaries are whole multiples of a period, and a tick a little early belongs to the next."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_trade.roles.rhythm import current_boundary, last_boundary

TEN = timedelta(minutes=10)
SLOT = datetime(2013, 10, 7, 14, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("off_s", "minutes"), [(0, 10), (0.001, 10), (599, 10), (600, 20), (-0.001, 0)]
)
def test_the_last_boundary_is_at_or_before(off_s: float, minutes: int) -> None:
    assert last_boundary(SLOT + timedelta(seconds=off_s), TEN).minute == minutes


@pytest.mark.parametrize(("off_s", "minutes"), [(-6, 10), (-6.1, 0), (0, 10), (593, 10)])
def test_a_hundredth_of_a_period_early_is_on_time(off_s: float, minutes: int) -> None:
    assert current_boundary(SLOT + timedelta(seconds=off_s), TEN).minute == minutes


@given(
    at=st.datetimes(datetime(1990, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # hypothesis adds the zone
    minutes=st.sampled_from([1, 5, 10, 15, 60]),
)
def test_every_moment_has_one_slot(at: datetime, minutes: int) -> None:
    every = timedelta(minutes=minutes)
    slot = last_boundary(at, every)
    assert slot <= at < slot + every
    assert last_boundary(slot, every) == slot
