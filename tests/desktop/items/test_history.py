"""Stored bars before the minutes: joined, and no bar counts twice."""

import numpy as np
import pytest
from tests.desktop.items.days import DAY_S, OPEN_S, bars, minutes

from qt_trade.desktop.items.aggregation import DAY_MIN, Bars, Ints, no_bars
from qt_trade.desktop.items.bar_series import BarSeries
from qt_trade.desktop.items.history import joined, stored
from qt_trade.desktop.items.study import study

MIDNIGHT_S = OPEN_S - 34_200
QUARTER_S = 900


def quarters(*places: int, close: float = 50.0) -> Bars:
    """Return stored quarters of an hour of Monday, by their number from the open."""
    start: Ints = np.array([OPEN_S + place * QUARTER_S for place in places], np.int64)
    made = bars(start, np.full(len(places), close))
    return Bars(made.start, made.open, made.high, made.low, made.close, made.volume * 15)


def days(*places: int) -> Bars:
    """Return stored days, by their number from Monday; each begins at midnight."""
    start: Ints = np.array([MIDNIGHT_S + place * DAY_S for place in places], np.int64)
    return bars(start, np.full(len(places), 50.0))


def test_minutes_from_the_open_on_follow_the_days_before() -> None:
    """The stored day that the minutes make whole themselves is not taken twice."""
    live = bars(minutes([], [], range(390)))
    drawn = study(joined(days(0, 1, 2), DAY_MIN, live), DAY_MIN)
    assert len(drawn) == 3
    assert drawn.bars.volume.tolist() == [100.0, 100.0, 39_000.0]


def test_a_day_that_the_minutes_have_only_in_part_is_the_stored_one() -> None:
    live = bars(minutes([], range(100, 390), range(10)))
    drawn = study(joined(days(0, 1), DAY_MIN, live), DAY_MIN)
    assert drawn.bars.volume.tolist() == [100.0, 100.0, 1000.0]


def test_a_day_that_is_not_stored_is_what_the_minutes_have_of_it() -> None:
    live = bars(minutes([], [], range(100, 110)))
    drawn = study(joined(days(0, 1), DAY_MIN, live), DAY_MIN)
    assert drawn.bars.volume.tolist() == [100.0, 100.0, 1000.0]


@pytest.mark.parametrize(
    ("first", "volumes"),
    [
        (30, [1500.0, 1500.0, 1500.0]),
        (37, [1500.0, 1500.0, 1500.0, 800.0]),
    ],
    ids=["at the border", "inside a stored bar"],
)
def test_minutes_begin_where_the_stored_bars_end(first: int, volumes: list[float]) -> None:
    """Minutes that begin inside a stored bar count from its end on."""
    live = bars(minutes(range(first, 45 if first == 30 else 53)))
    drawn = study(joined(quarters(0, 1, 2), 15, live), 15)
    assert drawn.bars.volume.tolist() == volumes


def test_an_hour_is_made_of_stored_quarters_and_of_minutes() -> None:
    live = bars(minutes(range(37, 60)))
    drawn = study(joined(quarters(0, 1, 2), 15, live), 60)
    assert drawn.bars.volume.tolist() == [3 * 1500.0 + 15 * 100.0]


def test_a_hole_between_the_stored_bars_and_the_minutes_stays_one() -> None:
    live = bars(minutes(range(75, 90)))
    drawn = study(joined(quarters(0, 1), 15, live), 15)
    assert drawn.slot.tolist() == [0, 1, 5]
    assert drawn.linked.tolist() == [False, True, False]


def test_either_alone_is_all_there_is() -> None:
    live = bars(minutes(range(3)))
    assert joined(None, 15, live) is live
    past = quarters(0, 1)
    assert joined(past, 15, no_bars()) is past


def test_a_series_gives_each_interval_its_past() -> None:
    """Minutes have none; an hour is made of quarters."""
    series = BarSeries()
    live = bars(minutes([], range(390)))
    series.set_bars(live.start, live.open, live.high, live.low, live.close, live.volume)
    series.set_past({15: quarters(0, 1), DAY_MIN: days(-3, 0)})
    assert [len(series.of(n)) - 390 for n in (1, 5, 15, 60, DAY_MIN)] == [0, 0, 2, 2, 2]
    series.clear()
    assert len(series.of(15)) == 0


@pytest.mark.parametrize(
    ("start", "closes"),
    [([], []), ([60, 60], [1.0, 1.0]), ([120, 60], [1.0, 1.0]), ([60], [1.0, 2.0]),
     ([-60], [1.0]), ([10**15], [1.0])],
    ids=["none", "twice", "backwards", "too many", "before time", "after time"],
)  # fmt: skip
def test_what_is_no_history_is_not_drawn(start: list[int], closes: list[float]) -> None:
    assert stored(start, [closes] * 5) is None
