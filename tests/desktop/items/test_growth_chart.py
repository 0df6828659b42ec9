"""The account's growth by day: a window's changes, the drawdown, what is drawn of it."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from tests.desktop.items.conftest import Show

from qt_trade.desktop.items.growth_chart import GrowthChart
from qt_trade.desktop.items.growth_frame import date_marks, growth_frame
from qt_trade.desktop.items.growth_series import GrowthSeries

CHART = 'GrowthChart { objectName: "item"; anchors.fill: parent; series: window.series }'
Ink = Callable[[str], str]
FRIDAY = 15_982
"""4 October 2013, in days since 1970."""


def series(values: list[float], benchmark: list[float] | None = None) -> GrowthSeries:
    """Return so many days in a row, up to that Friday."""
    made = GrowthSeries()
    first = FRIDAY - len(values) + 1
    others = [math.nan] * len(values) if benchmark is None else benchmark
    made.set_days(range(first, FRIDAY + 1), values, others, "SPY")
    return made


def test_a_window_begins_at_nothing_and_ends_at_its_change() -> None:
    """Whatever was before the window does not count for the growth."""
    grown = series([50.0, 100.0, 110.0, 99.0], [10.0, 20.0, 20.0, 22.0])
    seen = grown.window(3)
    assert seen.account.tolist() == pytest.approx([0.0, 0.1, -0.01])
    assert seen.benchmark.tolist() == pytest.approx([0.0, 0.0, 0.1])
    assert grown.window(0).account[-1] == pytest.approx(0.98)


def test_the_drawdown_remembers_the_peak_before_the_window() -> None:
    """A window that begins in a fall does not forget where it began."""
    fall = series([200.0, 150.0, 160.0]).window(2).drawdown
    assert fall.tolist() == pytest.approx([-0.25, -0.2])


def test_a_benchmark_that_begins_later_is_a_gap_first() -> None:
    """Its change counts from its own first day."""
    seen = series([1.0, 1.0, 1.0], [math.nan, 10.0, 11.0]).window(0)
    assert math.isnan(seen.benchmark[0])
    assert seen.benchmark[1:].tolist() == pytest.approx([0.0, 0.1])


def test_days_out_of_order_are_refused() -> None:
    """And so are lists of different lengths."""
    for days, values in (([2, 1], [1.0, 1.0]), ([1, 1], [1.0, 1.0]), ([1, 2], [1.0])):
        with pytest.raises(ValueError, match="in order"):
            GrowthSeries().set_days(days, values, values, "")


def test_dates_stand_at_month_starts_and_at_days_of_a_short_window() -> None:
    """Each label names the day it stands under."""
    long = series([100.0] * 70).window(0)
    labels = dict(date_marks(long, growth_frame(long, (900, 300), 1.0)))
    assert list(labels.values()) == ["1 Aug", "1 Sep", "1 Oct"]
    short = series([100.0] * 8).window(0)
    marks = date_marks(short, growth_frame(short, (900, 300), 1.0))
    assert (7, "4 Oct") in marks


def test_both_lines_and_the_drawdown_are_drawn(show: Show, ink: Ink) -> None:
    """With the last day under the pointer at the right end."""
    grown = series([100.0, 104.0, 101.0, 106.0], [10.0, 10.1, 10.3, 10.2])
    shown = show(CHART, grown)
    chart = shown.item
    assert isinstance(chart, GrowthChart)
    found = shown.colors(0, 0, 599, 319)
    assert {ink(name) for name in ("series1", "series2", "loss", "text3", "panel")} <= found
    chart.hoverAt(600 - 58, 100)
    read = chart.property("crosshair")
    assert (read["day"], read["account"], read["benchmark"], read["drawdown"]) == (
        "Fri 4 Oct 2013", "+6.00%", "+2.00%", "0.0%",
    )  # fmt: skip
    chart.hoverEnd()
    assert chart.property("crosshair")["visible"] is False


def test_one_day_is_no_line_and_old_ones_have_no_colour(show: Show, ink: Ink) -> None:
    """Words in its place; grey while nobody says what is now."""
    grown = series([100.0])
    shown = show(CHART, grown)
    assert ink("series1") not in shown.colors(0, 0, 599, 319)
    assert ink("text3") in shown.colors(0, 0, 599, 319)
    grown.set_days(np.arange(4), [100.0, 101.0, 99.0, 103.0], [np.nan] * 4, "")
    assert ink("series1") in shown.colors(0, 0, 599, 319)
    shown.item.setProperty("stale", True)  # noqa: FBT003  # a property has no name here
    assert ink("series1") not in shown.colors(0, 0, 599, 319)
