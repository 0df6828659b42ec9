"""The candle chart as it is drawn, turned and asked."""

import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QWheelEvent
from PySide6.QtTest import QTest
from tests.desktop.items.conftest import Show, Shown
from tests.desktop.items.days import OPEN_S, bars, minutes

from qt_trade.desktop.items.aggregation import Ints
from qt_trade.desktop.items.bar_series import BarSeries, Point
from qt_trade.desktop.items.candle_chart import CandleChart

CHART = """CandleChart {{ objectName: "item"; anchors.fill: parent; series: window.series;
                          interval: "1m"; showRsi: {rsi}; {more} }}"""
Ink = Callable[[str], str]


def filled(start: Ints, close: list[float] | None = None) -> BarSeries:
    series = BarSeries()
    b = bars(start, None if close is None else np.array(close))
    series.set_bars(b.start, b.open, b.high, b.low, b.close, b.volume)
    return series


def chart_of(show: Show, series: BarSeries, more: str = "", rsi: str = "false") -> Shown:
    return show(CHART.format(more=more, rsi=rsi), series)


def item(shown: Shown) -> CandleChart:
    assert isinstance(shown.item, CandleChart)
    return shown.item


def test_up_is_hollow_and_down_is_full(show: Show, ink: Ink) -> None:
    shown = chart_of(show, filled(minutes(range(4)), [100, 100, 104, 101]))
    chart = item(shown)
    up, down = chart.indexToX(2), chart.indexToX(3)
    middle = chart.yOf(102.5)
    assert shown.at(up, middle) == ink("panel")
    assert ink("gain") in shown.colors(up - 6, middle, up, middle)
    assert ink("gain") in shown.colors(up, middle, up + 6, middle)
    assert shown.colors(down - 1, middle, down + 1, middle) == {ink("loss")}


@pytest.mark.parametrize(("slots", "hollow"), [(45, True), (135, True), (180, False)])
def test_bodies_are_hollow_while_a_hollow_fits(
    show: Show, ink: Ink, slots: int, *, hollow: bool
) -> None:
    closes = [100.0 + 20 * (n % 2) for n in range(390)]
    shown = chart_of(show, filled(minutes(range(390)), closes))
    chart = item(shown)
    while chart.indexToX(389) - chart.indexToX(388) < chart.property("panes")["right"] / slots:
        chart.zoomIn()
    x, half = chart.indexToX(381), (chart.indexToX(381) - chart.indexToX(380)) / 2
    row = shown.row(x - half, x + half, chart.yOf(104))
    strokes = [color for color, _ in itertools.groupby(row)].count(ink("gain"))
    assert strokes == (2 if hollow else 1)


def test_wicks_reach_from_high_to_low(show: Show, ink: Ink) -> None:
    series = BarSeries()
    series.set_bars([OPEN_S, OPEN_S + 60], [100, 102], [110, 108], [95, 92], [104, 98], [1, 1])
    shown = chart_of(show, series)
    chart = item(shown)
    for index, name, high, low in ((0, "gain", 109, 96), (1, "loss", 107, 93)):
        x = chart.indexToX(index)
        assert ink(name) in shown.colors(x - 1, chart.yOf(high), x + 1, chart.yOf(high))
        assert ink(name) in shown.colors(x - 1, chart.yOf(low), x + 1, chart.yOf(low))


def test_a_gap_stays_a_gap_for_candles_and_lines(show: Show, ink: Ink) -> None:
    shown = chart_of(show, filled(minutes([*range(25), *range(31, 40)]), [100.0] * 34))
    chart = item(shown)
    left, right = chart.indexToX(24) + 4, chart.indexToX(25) - 4
    assert chart.xToIndex((left + right) / 2) == -1
    bottom = chart.property("panes")["bottom"]
    lines = {ink(name) for name in ("gain", "loss", "series3", "series4")}
    # The last price has its own dotted line, which says nothing about the gap.
    above, below = chart.yOf(100.0) - 3, chart.yOf(100.0) + 3
    found = shown.colors(left, 30, right, above) | shown.colors(left, below, right, bottom - 2)
    assert not found & lines
    here = shown.colors(chart.indexToX(26) - 2, 30, chart.indexToX(33) + 2, bottom - 2)
    assert lines & here


def test_lines_are_broken_where_minutes_are_missing(show: Show, ink: Ink) -> None:
    closes = [100 + 0.2 * n for n in range(34)]
    shown = chart_of(show, filled(minutes([*range(25), *range(35, 44)]), closes))
    chart = item(shown)
    left, right = chart.indexToX(24) + 4, chart.indexToX(25) - 4
    ema = chart.property("legend")
    assert ema["ema"] != "—"
    assert ink("series3") not in shown.colors(left, 30, right, chart.property("panes")["bottom"])


PROVEN = (
    Point(15, 101, 99, 103, (100, 102), proven=True),
    Point(30, 102, 98, 104, (101, 103), proven=True),
    Point(60, 103, 97, 106, (101, 104), proven=True),
)


def predicted(show: Show, *points: Point, old: bool = False) -> tuple[Shown, float]:
    """Return an hour of bars at 100 with a prediction made at its end, and where it begins."""
    series = filled(minutes(range(60)), [100.0] * 60)
    series.set_prediction(OPEN_S + 3600, 100.0, points, old=old)
    shown = chart_of(show, series)
    chart = item(shown)
    return shown, chart.indexToX(59) + (chart.indexToX(59) - chart.indexToX(58)) / 2


def future(shown: Shown, now: float) -> set[str]:
    panes = item(shown).property("panes")
    return shown.colors(now + 2, 30, panes["right"], panes["priceBottom"])


def test_the_future_has_its_own_ground_and_the_band_lies_there(show: Show, ink: Ink) -> None:
    shown, now = predicted(show, *PROVEN)
    panes = item(shown).property("panes")
    assert shown.at(now - 40, 60) == ink("panel")
    assert shown.at(now + 20, 35) not in {ink("panel"), ink("raised")}
    assert ink("accent") in future(shown, now)
    past = shown.colors(10, 30, now - 2, panes["priceBottom"] - 2)
    assert ink("accent") not in past


def column(shown: Shown, now: float, slots: float) -> list[str]:
    """Return the colours of a column of the prices so many slots after now."""
    chart = item(shown)
    x = now + slots * (chart.indexToX(59) - chart.indexToX(58))
    image, bottom = shown.grab(), round(chart.property("panes")["priceBottom"])
    return [image.pixelColor(round(x), y).name() for y in range(30, bottom)]


def test_the_fan_begins_at_the_last_price_and_has_a_band_inside_the_band(show: Show) -> None:
    """Half of all outcomes lie in the inner one; without it only the outer one is drawn."""
    grounds = []
    for inner in (True, False):
        points = [replace(one, half=one.half if inner else None) for one in PROVEN]
        shown, now = predicted(show, *points)
        chart, far = item(shown), column(shown, now, 55)
        y = [round(chart.yOf(price)) - 30 for price in (97.5, 101.5, 105.0)]
        grounds.append([far[place] for place in y])
        near = column(shown, now, 0.5)
        above, below = (round(chart.yOf(price)) - 30 for price in (101.2, 98.8))
        assert near[above] == near[below] != far[above], "it begins at one price"
    assert grounds[0][0] == grounds[0][2] == grounds[1][0] == grounds[1][1]
    assert grounds[0][1] != grounds[1][1]


@pytest.mark.parametrize("old", [False, True], ids=["not proven", "expired"])
def test_what_is_not_proven_or_has_expired_is_not_blue(show: Show, ink: Ink, *, old: bool) -> None:
    points = PROVEN if old else [replace(one, proven=False) for one in PROVEN]
    shown, now = predicted(show, *points, old=old)
    found = future(shown, now)
    assert ink("accent") not in found
    assert ink("textOff" if old else "text3") in found


def test_each_horizon_has_the_colour_of_its_own_skill(show: Show, ink: Ink) -> None:
    near, middle, far = PROVEN
    shown, now = predicted(show, replace(near, proven=False), replace(middle, proven=False), far)
    chart = item(shown)
    slot = chart.indexToX(59) - chart.indexToX(58)
    bottom = chart.property("panes")["priceBottom"]
    unproven = shown.colors(now + 2, 30, now + 25 * slot, bottom)
    assert ink("text3") in unproven
    assert ink("accent") not in unproven
    assert ink("accent") in shown.colors(now + 35 * slot, 30, now + 62 * slot, bottom)


def test_horizons_that_have_passed_are_not_drawn(show: Show, ink: Ink) -> None:
    """An hour later nothing of it lies ahead; half an hour later only its end does."""
    for minute, ahead in ((31, True), (61, False)):
        series = filled(minutes(range(60)), [100.0] * 60)
        series.set_prediction(OPEN_S + (60 - minute) * 60, 100.0, PROVEN)
        shown = chart_of(show, series)
        found = shown.colors(0, 30, 599, item(shown).property("panes")["priceBottom"])
        assert (ink("accent") in found) is ahead


def test_a_quote_moves_the_fan_and_redraws_no_ground(show: Show) -> None:
    """The static layer is kept while nothing but the last price changes."""
    shown, _ = predicted(show, *PROVEN)
    chart = item(shown)
    series = chart.series
    for price in (100.01, 100.02, 100.03):
        series.apply_quote(price, series.now_s + 0.5)
        shown.grab()
    drawn, repaints = chart._ground.drawn, chart.repaints  # what it costs has no other sign
    for price in (100.02, 100.01, 100.02):
        series.apply_quote(price, series.now_s + 0.5)
        shown.grab()
    assert chart._ground.drawn == drawn
    assert chart.repaints == repaints + 3


def test_the_prediction_is_not_drawn_where_bars_are_too_long_for_it(show: Show, ink: Ink) -> None:
    series = filled(minutes(range(60)))
    series.set_prediction(OPEN_S + 3600, 130.0, [Point(15, 131, 129, 133, proven=True)])
    shown = chart_of(show, series)
    for interval in ("15m", "1h", "1D"):
        item(shown).setProperty("interval", interval)
        assert ink("accent") not in shown.colors(0, 0, 599, 319)


def test_no_bars_are_said_in_words(show: Show, ink: Ink) -> None:
    shown = chart_of(show, BarSeries(), more='emptyText: "No bars yet."')
    colors = shown.colors(200, 140, 400, 180)
    assert {ink("panel"), ink("text3")} <= colors
    assert item(shown).property("legend")["close"] == "—"
    assert item(shown).property("crosshair")["visible"] is False


def test_stale_data_has_no_colours(show: Show, ink: Ink) -> None:
    shown = chart_of(show, filled(minutes(range(40))), more="stale: true", rsi="true")
    found = shown.colors(0, 0, 599, 319)
    assert not found & {ink(name) for name in ("gain", "loss", "series3", "series4", "accent")}
    item(shown).stale = False
    assert {ink("gain"), ink("series3")} <= shown.colors(0, 0, 599, 319)


def test_the_theme_reaches_the_picture(show: Show) -> None:
    more = 'colors: ChartColors { panel: "#fafafa"; gain: "#123456" }'
    shown = chart_of(show, filled(minutes(range(5))), more=more)
    assert {"#fafafa", "#123456"} <= shown.colors(0, 0, 599, 319)
    item(shown).colors.setProperty("gain", "#654321")
    found = shown.colors(0, 0, 599, 319)
    assert "#654321" in found
    assert "#123456" not in found


def test_a_moving_crosshair_repaints_nothing(show: Show) -> None:
    shown = chart_of(show, filled(minutes(range(40))))
    chart = item(shown)
    before = chart.repaints
    for x in range(50, 300, 10):
        shown.point(x, 100)
        shown.window.update()
        shown.grab()
    assert chart.property("crosshair")["visible"] is True
    assert chart.repaints == before
    chart.zoomIn()
    shown.grab()
    assert chart.repaints == before + 1


def test_the_crosshair_snaps_to_the_bar_and_says_its_values(show: Show) -> None:
    chart = item(shown := chart_of(show, filled(minutes([0, 1, 4]))))
    x = chart.indexToX(1)
    chart.hoverAt(x + 2, chart.yOf(100.25))
    cross = chart.property("crosshair")
    assert (cross["x"], cross["index"]) == (pytest.approx(x), 1)
    assert (cross["price"], cross["time"]) == ("100.25", "7 Oct 09:31")
    assert chart.property("legend")["close"] == "100.50"
    assert chart.priceAt(chart.yOf(101.0)) == pytest.approx(101.0)
    slot = chart.indexToX(1) - chart.indexToX(0)
    chart.hoverAt(x + slot, 40)
    cross = chart.property("crosshair")
    assert (cross["index"], cross["time"]) == (-1, "7 Oct 09:32")
    assert chart.property("legend")["close"] == "—"
    chart.hoverEnd()
    assert chart.property("legend")["close"] == "101.00"
    assert chart.indexToX(99) == -1
    chart.hoverAt(shown.window.width() - 5, 40)
    assert chart.property("crosshair")["visible"] is False


def test_drag_wheel_and_keys_turn_the_view(show: Show) -> None:
    shown = chart_of(show, filled(minutes(range(390))))
    chart = item(shown)
    left, middle = Qt.MouseButton.LeftButton, QPoint(200, 100)
    home = chart.indexToX(380)
    QTest.mousePress(shown.window, left, Qt.KeyboardModifier.NoModifier, middle)
    QTest.mouseMove(shown.window, QPoint(300, 100))
    assert chart.indexToX(380) == pytest.approx(home + 100)
    QTest.mouseRelease(shown.window, left, Qt.KeyboardModifier.NoModifier, QPoint(300, 100))
    assert chart.property("following") is False
    under = chart.xToIndex(250)
    wheel(shown, QPoint(250, 100), 120)
    assert chart.xToIndex(250) == under
    QTest.keyClick(shown.window, Qt.Key.Key_Home)
    assert chart.property("following") is True
    near = chart.indexToX(380) - chart.indexToX(379)
    QTest.keyClick(shown.window, Qt.Key.Key_Minus)
    assert chart.indexToX(380) - chart.indexToX(379) < near
    QTest.keyClick(shown.window, Qt.Key.Key_Plus)
    assert chart.indexToX(380) - chart.indexToX(379) == pytest.approx(near)
    QTest.keyClick(shown.window, Qt.Key.Key_Left)
    assert chart.property("following") is False
    QTest.keyClick(shown.window, Qt.Key.Key_Right)
    assert chart.property("following") is True


def wheel(shown: Shown, at: QPoint, turned: int) -> None:
    event = QWheelEvent(
        QPointF(at),
        QPointF(shown.window.mapToGlobal(at)),
        QPoint(),
        QPoint(0, turned),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,  # noqa: FBT003  # Qt knows no keywords here
    )
    QGuiApplication.sendEvent(shown.window, event)


def test_what_is_looked_at_stays_when_bars_come_in_before_it(show: Show) -> None:
    series = filled(minutes(range(200, 390), range(390)))
    chart = item(chart_of(show, series))
    chart.pan(300)
    chart.hoverAt(200, 60)
    looked_at = chart.property("crosshair")["time"]
    whole = bars(minutes(range(390), range(390)))
    series.set_bars(whole.start, whole.open, whole.high, whole.low, whole.close, whole.volume)
    assert chart.property("crosshair")["time"] == looked_at


def test_intervals_change_the_bars(show: Show) -> None:
    chart = item(chart_of(show, filled(minutes(range(390)))))
    for interval, last in (("5m", "7 Oct 15:55"), ("1h", "7 Oct 15:30"), ("1D", "Mon 7 Oct 2013")):
        chart.setProperty("interval", interval)
        assert chart.property("legend")["time"] == last
    chart.setProperty("interval", "7m")
    assert chart.property("interval") == "1D"


def test_another_series_is_shown_from_its_end(show: Show, ink: Ink) -> None:
    first = filled(minutes(range(390)))
    shown = chart_of(show, first)
    chart = item(shown)
    chart.pan(500)
    other = filled(minutes(range(5)), [5.0] * 5)
    shown.window.setProperty("series", other)
    assert (chart.property("following"), chart.property("legend")["close"]) == (True, "5.00")
    other.apply_quote(9.0, OPEN_S + 310)
    assert chart.property("legend")["close"] == "9.00"
    assert ink("gain") in shown.colors(0, 30, 599, 200)


def test_a_source_that_goes_leaves_an_empty_chart(show: Show) -> None:
    chart = item(shown := chart_of(show, filled(minutes(range(30)))))
    shown.window.setProperty("series", None)
    shown.grab()
    assert chart.property("legend")["close"] == "—"


def test_thousands_of_bars_are_drawn_as_columns_with_their_full_range(show: Show, ink: Ink) -> None:
    closes = [100.0] * 3900
    closes[1000] = 150.0
    start = minutes(*[range(390)] * 10)
    shown = chart_of(show, filled(start, closes))
    chart = item(shown)
    for _ in range(40):
        chart.zoomOut()
    x, y = chart.indexToX(1000), chart.yOf(140)
    assert {ink("gain"), ink("loss")} & shown.colors(x - 3, y, x + 3, y)


DOUBLE = """
import sys
from PySide6.QtQml import QQmlApplicationEngine
import shiboken6
from qt_trade.desktop.app import prepare
from tests.desktop.items.conftest import Shown, WINDOW
from tests.desktop.items.test_candle_chart import CHART, filled
from tests.desktop.items.days import minutes
application = prepare(["double"])
engine = QQmlApplicationEngine()
series = filled(minutes(range(4)), [100, 100, 104, 101])
engine.setInitialProperties({"series": series})
text = WINDOW.format(item=CHART.format(more="", rsi="false"), width=600, height=320)
engine.loadData(text.encode())
shown = Shown(engine)
shown.grab().save(sys.argv[1])
chart = shown.item
print(chart.indexToX(2), chart.indexToX(3), chart.yOf(102.5), chart.repaints)
shiboken6.delete(engine)
"""


def test_at_two_pixels_per_unit_lines_are_two_pixels_sharp(tmp_path: Path, ink: Ink) -> None:
    picture = tmp_path / "double.png"
    done = subprocess.run(
        [sys.executable, "-c", DOUBLE, str(picture)],
        env=os.environ | {"QT_SCALE_FACTOR": "2"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    up, down, y, _ = (float(word) for word in done.stdout.split())
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1200, 640)
    row = [image.pixelColor(x, round(2 * y)).name() for x in range(1200)]
    body = row[round(2 * up) - 14 : round(2 * up) + 14]
    sides = [x for x, color in enumerate(body) if color == ink("gain")]
    # Two sides of two full pixels each, and nothing half-coloured beside them.
    assert len(sides) == 4
    assert (sides[1] - sides[0], sides[3] - sides[2]) == (1, 1)
    assert set(body) == {ink("gain"), ink("panel")}
    assert row[round(2 * down)] == ink("loss")
