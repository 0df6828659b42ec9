"""Longer bars from minutes, aligned to the session."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.desktop.items.days import DAY_S, MINUTE_S, OPEN_S, bars, minutes

from qt_trade.desktop.items.aggregation import INTERVALS, aggregate, new_york_s, no_bars


def test_five_minutes_become_one_bar() -> None:
    five = aggregate(bars(minutes(range(7))), 5).bars
    assert five.start.tolist() == [OPEN_S, OPEN_S + 300]
    assert five.open.tolist() == [100.0, 102.0]
    assert five.close.tolist() == [102.0, 103.0]
    assert five.high.tolist() == [102.25, 103.25]
    assert five.low.tolist() == [99.75, 101.75]
    assert five.volume.tolist() == [500.0, 200.0]


def test_hours_begin_at_half_past() -> None:
    hours = aggregate(bars(minutes(range(0, 390, 10))), 60).bars
    clock = [datetime.fromtimestamp(s, ZoneInfo("America/New_York")) for s in hours.start.tolist()]
    assert [f"{at:%H:%M}" for at in clock] == [f"{h:02}:30" for h in range(9, 16)]


def test_before_the_open_buckets_are_aligned_to_it_too() -> None:
    early = aggregate(bars(minutes([-7, -6, -5, -1, 0])), 5)
    assert ((early.bars.start - OPEN_S) // MINUTE_S).tolist() == [-10, -5, 0]


def test_a_day_is_a_session() -> None:
    days = aggregate(bars(minutes(range(3), range(2))), 1440)
    assert days.bars.start.tolist() == [OPEN_S, OPEN_S + DAY_S]
    assert days.bars.volume.tolist() == [300.0, 200.0]
    assert days.slot.tolist() == [0, 1]


def test_missing_minutes_keep_their_place_and_nights_have_none() -> None:
    buckets = aggregate(bars(minutes([0, 1, 5], [0, 1])), 1)
    assert buckets.slot.tolist() == [0, 1, 5, 6, 7]
    assert np.diff(buckets.session).tolist() == [0, 0, 1, 0]


def test_a_bucket_never_crosses_the_night() -> None:
    buckets = aggregate(bars(minutes([388, 389], [0, 1])), 15)
    assert buckets.first.tolist() == [0, 2]
    assert buckets.bars.start.tolist() == [OPEN_S + 375 * MINUTE_S, OPEN_S + DAY_S]


def test_a_bucket_never_crosses_midnight() -> None:
    around = aggregate(bars(minutes([-570 + 1439, -570 + 1440])), 60)
    assert ((around.bars.start - OPEN_S) // MINUTE_S + 570).tolist() == [1410, 1440]


@pytest.mark.parametrize("interval", INTERVALS.values())
def test_no_bars_stay_no_bars(interval: int) -> None:
    buckets = aggregate(no_bars(), interval)
    assert (len(buckets.bars), len(buckets.slot)) == (0, 0)


def test_sessions_begin_at_half_past_nine_on_both_sides_of_the_change_of_the_clock() -> None:
    friday = int(datetime(2013, 11, 1, 13, 31, tzinfo=UTC).timestamp())
    monday = int(datetime(2013, 11, 4, 14, 31, tzinfo=UTC).timestamp())
    buckets = aggregate(bars(np.array([friday, monday])), 5)
    assert buckets.bars.start.tolist() == [friday - MINUTE_S, monday - MINUTE_S]


@given(st.lists(st.integers(0, 2_000_000_000), min_size=1, max_size=50))
def test_new_york_time_is_zoneinfos(moments: list[int]) -> None:
    local = new_york_s(np.array(moments, np.int64))
    zone = ZoneInfo("America/New_York")
    expected = [
        int(datetime.fromtimestamp(m, zone).replace(tzinfo=UTC).timestamp()) for m in moments
    ]
    assert local.tolist() == expected


@given(
    st.sets(st.integers(0, 5 * 1440), min_size=1, max_size=200),
    st.sampled_from(sorted(INTERVALS.values())),
)
def test_nothing_is_lost_and_places_grow(offsets: set[int], interval: int) -> None:
    start = OPEN_S + np.array(sorted(offsets), np.int64) * MINUTE_S
    whole = bars(start)
    buckets = aggregate(whole, interval)
    assert buckets.bars.volume.sum() == whole.volume.sum()
    assert buckets.bars.high.max() == whole.high.max()
    assert buckets.bars.low.min() == whole.low.min()
    assert buckets.bars.close[-1] == whole.close[-1]
    assert (np.diff(buckets.slot) > 0).all()
    assert (np.diff(buckets.bars.start) > 0).all()
    assert (buckets.bars.start <= start[buckets.first]).all() or interval == 1440
