"""The data of the candle chart: history, closed bars, quotes that form one."""

import pytest
from PySide6.QtTest import QSignalSpy
from tests.desktop.items.days import OPEN_S, bars, minutes

from qt_trade.desktop.items.bar_series import BarSeries, Outlook, Point


@pytest.fixture
def series() -> BarSeries:
    """Two closed bars: 09:30 and 09:31, the last at 100.5."""
    filled = BarSeries()
    whole = bars(minutes(range(2)))
    filled.set_bars(whole.start, whole.open, whole.high, whole.low, whole.close, whole.volume)
    return filled


def last(series: BarSeries) -> tuple[int, list[float]]:
    one = series.bars
    columns = (one.open, one.high, one.low, one.close, one.volume)
    return int(one.start[-1] - OPEN_S), [float(column[-1]) for column in columns]


def test_history_says_the_last_price_and_its_moment(series: BarSeries) -> None:
    assert (series.last, series.now_s) == (100.5, OPEN_S + 120)


def test_quotes_form_a_bar_and_the_closed_one_replaces_it(series: BarSeries) -> None:
    changed = QSignalSpy(series.changed)
    for price, second in ((101.0, 121), (103.0, 125), (100.0, 140), (102.0, 170)):
        series.apply_quote(price, OPEN_S + second)
    assert last(series) == (120, [101.0, 103.0, 100.0, 102.0, 0.0])
    series.apply_bar(OPEN_S + 120, 100.5, 103.5, 99.5, 102.5, 700.0)
    assert last(series) == (120, [100.5, 103.5, 99.5, 102.5, 700.0])
    assert (len(series.bars), changed.count(), series.last) == (3, 5, 102.5)


def test_a_quote_at_the_end_of_a_known_minute_begins_no_new_one(series: BarSeries) -> None:
    series.apply_quote(100.75, OPEN_S + 120)
    assert len(series.bars) == 2
    assert (series.last, series.now_s) == (100.75, OPEN_S + 120)


def test_a_quote_at_the_end_of_a_forming_minute_belongs_to_it(series: BarSeries) -> None:
    series.apply_quote(101.0, OPEN_S + 130)
    series.apply_quote(99.0, OPEN_S + 180)
    assert last(series) == (120, [101.0, 101.0, 99.0, 99.0, 0.0])


def test_the_first_quote_of_a_session_opens_its_bar() -> None:
    empty = BarSeries()
    empty.apply_quote(50.0, OPEN_S)
    assert last(empty) == (0, [50.0, 50.0, 50.0, 50.0, 0.0])


def test_an_older_quote_changes_nothing(series: BarSeries) -> None:
    changed = QSignalSpy(series.changed)
    series.apply_quote(1.0, OPEN_S + 60)
    assert (series.last, changed.count(), len(series.bars)) == (100.5, 0, 2)


def test_a_late_bar_comes_in_at_its_place_and_is_not_the_last_price(series: BarSeries) -> None:
    series.apply_bar(OPEN_S + 240, 104, 104, 104, 104, 1)
    series.apply_bar(OPEN_S + 180, 90, 90, 90, 90, 1)
    assert ((series.bars.start - OPEN_S) // 60).tolist() == [0, 1, 3, 4]
    assert series.last == 104


def test_a_closed_bar_is_not_formed_by_quotes(series: BarSeries) -> None:
    series.apply_bar(OPEN_S + 120, 100, 101, 99, 100, 5)
    series.apply_quote(150.0, OPEN_S + 180)
    assert last(series) == (120, [100.0, 101.0, 99.0, 100.0, 5.0])


def test_a_prediction_is_ordered_and_can_be_none(series: BarSeries) -> None:
    near, far = Point(15, 101.0, 99.0, 102.0), Point(60, 103.0, 90.0, 110.0)
    series.set_prediction(OPEN_S, 100.0, [far, near])
    assert series.outlook == Outlook(OPEN_S, 100.0, (near, far))
    series.set_prediction(OPEN_S, 100.0, [])
    assert series.outlook is None
    series.set_prediction(OPEN_S, 100.0, [near], old=True)
    assert series.outlook == Outlook(OPEN_S, 100.0, (near,), old=True)
    series.clear_prediction()
    assert series.outlook is None


def test_clearing_forgets_everything(series: BarSeries) -> None:
    series.clear()
    assert (len(series.bars), series.last, series.now_s, series.outlook) == (0, None, 0.0, None)


def test_bars_that_do_not_fit_are_refused(series: BarSeries) -> None:
    with pytest.raises(ValueError, match="one length"):
        series.set_bars([1, 2], [1.0], [1.0], [1.0], [1.0], [1.0])
    with pytest.raises(ValueError, match="in order"):
        series.set_bars([2, 1], [1.0] * 2, [1.0] * 2, [1.0] * 2, [1.0] * 2, [1.0] * 2)
    assert len(series.bars) == 2


def test_what_was_given_is_copied() -> None:
    series, whole = BarSeries(), bars(minutes(range(2)))
    series.set_bars(whole.start, whole.open, whole.high, whole.low, whole.close, whole.volume)
    series.apply_bar(int(whole.start[0]), 1, 1, 1, 1, 1)
    assert whole.close[0] == 100.0
