"""The account's value over the day, and the sparkline of a table's row."""

from collections.abc import Callable

import numpy as np
import pytest
from tests.desktop.items.conftest import Show, Shown
from tests.desktop.items.days import DAY_S, OPEN_S

from qt_trade.desktop.items.day_frame import newest_day
from qt_trade.desktop.items.equity_series import EquitySeries
from qt_trade.desktop.items.line_chart import EquityChart
from qt_trade.desktop.items.sparkline import Sparkline

CHART = 'EquityChart { objectName: "item"; anchors.fill: parent; series: window.series }'
Ink = Callable[[str], str]


def filled(values: list[float], every_s: float = 60.0) -> EquitySeries:
    series = EquitySeries()
    series.set_points(OPEN_S + np.arange(len(values)) * every_s, values)
    return series


def item(shown: Shown) -> EquityChart:
    assert isinstance(shown.item, EquityChart)
    return shown.item


def test_the_line_the_level_and_the_label_are_drawn(show: Show, ink: Ink) -> None:
    series = filled([104_000 + n for n in range(200)])
    series.set_previous_close(103_950.0)
    shown = show(CHART, series)
    chart = item(shown)
    found = shown.colors(0, 0, 599, 319)
    assert {ink(name) for name in ("series1", "accentFill", "text3", "panel")} <= found
    chart.hoverAt(0, 100)
    first = chart.property("crosshair")
    assert (first["time"], first["value"]) == ("09:30", "104,000.00")
    chart.hoverAt(chart.property("plotRight") - 5, 100)
    last = chart.property("crosshair")
    assert (last["time"], last["value"]) == ("12:49", "104,199.00")
    assert ink("series1") in shown.colors(last["x"] - 2, last["y"] - 2, last["x"], last["y"])


def test_trades_are_hollow_triangles_below_and_above_the_line(show: Show, ink: Ink) -> None:
    series = filled([104_000.0] * 200)
    series.set_previous_close(103_000.0)
    shown = show(CHART, series)
    chart = item(shown)
    chart.hoverAt(150, 100)
    at = chart.property("crosshair")
    second = OPEN_S + 60 * (int(at["time"][:2]) * 60 + int(at["time"][3:]) - 570)
    above, below = (at["x"] - 8, at["y"] - 18, at["x"] + 8, at["y"] - 5), (
        at["x"] - 8, at["y"] + 5, at["x"] + 8, at["y"] + 18,
    )  # fmt: skip
    for side, here, there in (("buy", below, above), ("sell", above, below)):
        series.set_trades([(float(second), side)])
        assert near(shown.colors(*here), ink("text2"))
        assert not near(shown.colors(*there), ink("text2"))


def near(found: set[str], wanted: str) -> bool:
    """Return whether a colour is there, give or take the smoothing of a slanted line."""
    aim = [int(wanted[n : n + 2], 16) for n in (1, 3, 5)]
    return any(
        max(abs(int(one[n : n + 2], 16) - aim[n // 2]) for n in (1, 3, 5)) < 40 for one in found
    )


def test_a_long_silence_is_a_gap(show: Show, ink: Ink) -> None:
    series = EquitySeries()
    at = [*range(0, 3600, 60), *range(7200, 10_800, 60)]
    series.set_points([OPEN_S + s for s in at], [104_000.0 + s / 100 for s in at])
    shown = show(CHART, series)
    chart = item(shown)
    chart.hoverAt(0, 0)
    right = chart.property("plotRight")
    x = [right * s / 23_400 for s in (3600, 7140)]
    assert ink("series1") not in shown.colors(x[0] + 2, 0, x[1] - 2, 290)


def test_only_the_newest_session_is_shown() -> None:
    day = newest_day(
        np.array([OPEN_S, OPEN_S + 60, OPEN_S + DAY_S, OPEN_S + DAY_S + 60.5]),
        np.array([1.0, 2, 3, 4]),
    )
    assert day.second.tolist() == [34_200.0, 34_260.5]
    assert day.value.tolist() == [3.0, 4.0]
    assert day.linked.tolist() == [False, True]
    assert len(newest_day(np.empty(0), np.empty(0)).second) == 0


def test_no_value_is_said_in_words_and_a_new_one_shows(show: Show, ink: Ink) -> None:
    series = EquitySeries()
    shown = show(CHART, series)
    assert ink("text3") in shown.colors(150, 130, 450, 190)
    assert item(shown).property("crosshair")["visible"] is False
    series.add_point(OPEN_S + 60.0, 100_000.0)
    assert ink("series1") in shown.colors(0, 0, 599, 319)
    series.clear()
    assert ink("series1") not in shown.colors(0, 0, 599, 319)


def test_stale_values_have_no_colours(show: Show, ink: Ink) -> None:
    shown = show(CHART, filled([1.0, 2.0, 3.0] * 20))
    item(shown).stale = True
    assert not shown.colors(0, 0, 599, 319) & {ink("series1"), ink("accentFill")}


def test_a_moving_crosshair_repaints_nothing(show: Show) -> None:
    shown = show(CHART, filled([1.0, 2.0, 3.0] * 20))
    before = item(shown).repaints
    for x in range(10, 400, 20):
        shown.point(x, 50)
        shown.grab()
    assert item(shown).property("crosshair")["visible"] is True
    assert item(shown).repaints == before


def test_points_that_do_not_fit_are_refused_and_old_ones_left_out() -> None:
    series = filled([1.0, 2.0])
    with pytest.raises(ValueError, match="in order"):
        series.set_points([2.0, 1.0], [1.0, 1.0])
    with pytest.raises(ValueError, match="one value"):
        series.set_points([1.0, 2.0], [1.0])
    series.add_point(OPEN_S - 5.0, 9.0)
    assert series.value.tolist() == [1.0, 2.0]


SPARK = """Rectangle {{ width: 200; height: 40; color: "#17263d"
    Sparkline {{ objectName: "item"; width: 90; height: 20; {more} }} }}"""


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ("points: [1, 2, 3]; reference: 2", "gain"),
        ("points: [1, 2, 3]; reference: 4", "loss"),
        ("points: [3, 2, 1]; reference: null", "loss"),
        ("points: [1, 2, 3]; reference: 2; stale: true", "text3"),
    ],
)
def test_a_sparkline_has_the_colour_of_its_day(show: Show, ink: Ink, more: str, name: str) -> None:
    shown = show(SPARK.format(more=more), EquitySeries())
    found = shown.colors(0, 0, 89, 19)
    assert near(found, ink(name))
    assert "#17263d" in found
    assert not near(found, ink("loss" if name == "gain" else "gain"))


@pytest.mark.parametrize("points", ["[]", "[5]", "[5, 5, 5]"])
def test_a_sparkline_of_little_is_no_error(show: Show, points: str) -> None:
    shown = show(SPARK.format(more=f"points: {points}"), EquitySeries())
    assert "#17263d" in shown.colors(0, 0, 89, 19)


def test_a_sparkline_repaints_only_when_its_day_changes(show: Show) -> None:
    shown = show(SPARK.format(more="points: [1, 2, 3]; reference: 2"), EquitySeries())
    spark = shown.item
    assert isinstance(spark, Sparkline)
    before = spark.repaints
    spark.setProperty("points", [1.0, 2.0, 3.0])
    spark.setProperty("reference", 2.0)
    shown.grab()
    assert spark.repaints == before
    spark.setProperty("points", [float(n) for n in range(60)])
    shown.grab()
    assert spark.repaints == before + 1
    assert len(spark.property("points")) == 40
    spark.setProperty("reference", None)
    shown.grab()
    assert spark.repaints == before + 2
    assert spark.property("reference") is None


def test_a_sparkline_can_have_a_colour_of_its_own_and_room_for_what_is_to_come(
    show: Show, ink: Ink
) -> None:
    shown = show(SPARK.format(more='points: [3, 2, 1]; ink: "accent"; room: 40'), EquitySeries())
    assert near(shown.colors(80, 0, 89, 19), ink("accent"))
    assert shown.colors(0, 0, 80, 19) == {"#17263d"}
    assert not near(shown.colors(0, 0, 89, 19), ink("loss"))
