"""What a chart computes of its bars, and the words under it."""

from datetime import UTC, datetime

import numpy as np
import pytest
from tests.desktop.items.days import DAY_S, OPEN_S, bars, minutes

from qt_trade.desktop.items.aggregation import no_bars
from qt_trade.desktop.items.bar_series import Outlook, Point
from qt_trade.desktop.items.frame import Frame, Place, frame
from qt_trade.desktop.items.legend import bar_words, time_words
from qt_trade.desktop.items.study import Study, study
from qt_trade.desktop.items.time_axis import ticks
from qt_trade.desktop.items.viewport import Viewport

PLACE = Place(width=1000, height=400, unit=1.0, inset_top=28.0, with_rsi=True)
GAP = minutes([0, 1, 5], [0, 1])


def seen(drawn: Study, outlook: Outlook | None = None, span: float | None = None) -> Frame:
    view = Viewport().grown(float(drawn.slots), 3.0)
    if span is not None:
        view = view.scaled(span / view.span, 1.0)
    return frame(drawn, outlook, None, view, PLACE)


def test_no_line_is_drawn_across_a_gap_or_a_night() -> None:
    assert study(bars(GAP), 1).linked.tolist() == [False, True, False, False, True]


def test_days_follow_each_other() -> None:
    assert study(bars(GAP), 1440).linked.tolist() == [False, True]


def test_a_place_without_a_bar_has_no_index() -> None:
    drawn = study(bars(GAP), 1)
    assert [drawn.index_at(slot) for slot in range(-1, 9)] == [-1, 0, 1, -1, -1, -1, 2, 3, 4, -1]
    assert (drawn.slots, study(no_bars(), 1).slots) == (8, 0)


@pytest.mark.parametrize(
    ("at_s", "axis"),
    [
        (OPEN_S + 90, 1.5),
        (OPEN_S + 110, 1 + 50 / 60),
        (OPEN_S + 3600, 6.0),
        (OPEN_S + DAY_S + 90, 7.5),
        (OPEN_S + DAY_S + 60 + 900, 22.0),
        (OPEN_S - 100, 0.0),
    ],
)
def test_a_moment_has_a_place_on_the_axis(at_s: float, axis: float) -> None:
    assert study(bars(GAP), 1).axis_of(at_s) == pytest.approx(axis)


def test_a_place_on_the_axis_has_its_moment() -> None:
    drawn = study(bars(GAP), 1)
    assert drawn.time_at(1.5) == OPEN_S + 90
    assert drawn.time_at(3.0) == OPEN_S + 180
    assert drawn.time_at(22.0) == OPEN_S + DAY_S + 60 + 900
    assert time_words(drawn, 3) == "7 Oct 09:33"


def test_the_last_price_is_compared_with_the_session_before() -> None:
    drawn = study(bars(GAP, np.array([1.0, 2, 3, 4, 5])), 1)
    assert drawn.day_open() == 3.0
    assert study(bars(minutes([0, 1]), np.array([7.0, 8])), 1).day_open() == 7.0


def test_the_vwap_does_not_depend_on_the_interval() -> None:
    whole = bars(minutes(range(30)))
    assert study(whole, 15).vwap[-1] == study(whole, 1).vwap[-1]
    assert np.isnan(study(whole, 1440).vwap).all()


def test_the_legend_of_a_bar_and_of_a_gap() -> None:
    drawn = study(bars(minutes(range(30))), 1)
    words = bar_words(drawn, 29)
    assert (words["time"], words["close"], words["volume"]) == ("7 Oct 09:59", "114.50", "100")
    assert (words["ema"], words["rsi"], words["tone"]) == ("109.75", "100.0", "gain")
    assert bar_words(drawn, 5)["ema"] == "—"
    assert set(bar_words(drawn, -1).values()) == {"—", "off"}


def test_panes_lie_below_each_other_and_prices_map_both_ways() -> None:
    geometry = seen(study(bars(minutes(range(60))), 1))
    assert 28 == geometry.price.top < geometry.price.bottom < geometry.volume.top
    assert geometry.volume.bottom < geometry.rsi.top < geometry.rsi.bottom < geometry.bottom < 400
    assert geometry.price.value_at(geometry.price.y_of(110.0)) == pytest.approx(110.0)
    assert geometry.slot_at(geometry.x_of(12.25)) == pytest.approx(12.25)
    assert geometry.price.low < 99.75
    assert geometry.price.high > 129.75


def test_the_band_is_in_view_while_now_is() -> None:
    drawn = study(bars(minutes(range(60))), 1)
    outlook = Outlook(OPEN_S + 3600, 129.5, (Point(60, 131.0, 90.0, 170.0),))
    geometry = seen(drawn, outlook)
    assert (geometry.price.low < 90.0, geometry.price.high > 170.0) == (True, True)


def test_words_say_the_session_and_round_times() -> None:
    drawn = study(bars(minutes(range(300, 390), range(40))), 1)
    found = {(tick.text, tick.session) for tick in ticks(drawn, seen(drawn))}
    assert {("Mon 7", True), ("Tue 8", True), ("15:00", False), ("10:00", False)} <= found


def test_words_go_on_into_the_future_until_the_close() -> None:
    drawn = study(bars(minutes(range(0, 375, 5))), 5)
    outlook_view = Viewport().grown(float(drawn.slots), 24.0)
    texts = [tick.text for tick in ticks(drawn, frame(drawn, None, None, outlook_view, PLACE))]
    assert texts[-1] == "16:00"


def test_hours_are_named_by_their_begin() -> None:
    drawn = study(bars(minutes(range(0, 390, 10))), 60)
    texts = [tick.text for tick in ticks(drawn, seen(drawn, span=12))]
    assert "10:30" in texts
    assert "10:00" not in texts


def test_days_are_named_by_month_and_year() -> None:
    start = int(datetime(2013, 11, 1, 15, tzinfo=UTC).timestamp())
    drawn = study(bars(start + np.arange(100, dtype=np.int64) * DAY_S), 1440)
    assert [tick.text for tick in ticks(drawn, seen(drawn))] == ["Dec", "2014", "Feb"]
    assert bar_words(drawn, 0)["time"] == "Fri 1 Nov 2013"


def test_nothing_is_written_under_nothing() -> None:
    drawn = study(no_bars(), 1)
    assert ticks(drawn, seen(drawn)) == []


def test_a_price_that_did_not_move_has_a_height() -> None:
    start = minutes([0])
    flat = bars(start, np.array([50.0]))
    drawn = study(flat, 1)
    geometry = seen(drawn)
    assert geometry.price.high > geometry.price.low
