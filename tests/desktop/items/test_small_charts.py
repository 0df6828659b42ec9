"""Calibration and loss: where values lie, what is drawn of them, and what is drawn of nonsense."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject, QRectF
from tests.desktop.items.conftest import Show

from qt_trade.desktop.items.calibration_chart import CalibrationChart
from qt_trade.desktop.items.loss_chart import LossChart
from qt_trade.desktop.items.plot import Plane, Range, range_of

CALIBRATION = 'CalibrationChart { objectName: "item"; anchors.fill: parent }'
LOSS = 'LossChart { objectName: "item"; anchors.fill: parent }'
Ink = Callable[[str], str]
HUGE = 1e300


def point(said: float, right: float, half: float = 0.02) -> dict[str, object]:
    return {"said": said, "right": right, "low": right - half, "high": right + half,
            "cases": "402", "words": f"{said} {right}"}  # fmt: skip


def test_a_plane_keeps_what_lies_beyond_it_at_its_edge() -> None:
    """Up is up, and nothing is drawn outside, however large it claims to be."""
    plane = Plane(QRectF(10, 20, 100, 50), Range(0.0, 10.0), Range(0.0, 1.0))
    middle = plane.at(5.0, 0.5)
    assert (middle.x(), middle.y()) == (60.0, 45.0)
    assert plane.at(0.0, HUGE).y() == 20.0
    assert plane.at(-HUGE, 0.0).x() == 10.0


@pytest.mark.parametrize("values", [(0.5,), (0.0, 0.0), (-HUGE, HUGE), (0.69, 0.68, 0.7)])
def test_a_range_has_room_for_every_value(values: tuple[float, ...]) -> None:
    """And is never empty."""
    found = range_of(values, 0.1)
    assert found.low < found.high
    if max(values) < HUGE:
        assert found.low <= min(values) <= max(values) <= found.high


def test_points_are_drawn_with_their_intervals(show: Show, ink: Ink) -> None:
    """The nearest one is told under the pointer; a far pointer tells nothing."""
    shown = show(CALIBRATION, QObject())
    chart = shown.item
    assert isinstance(chart, CalibrationChart)
    assert ink("series1") not in shown.colors(0, 0, 599, 319)
    chart.setProperty("points", [point(0.55, 0.53), point(0.65, 0.6)])
    found = shown.colors(0, 0, 599, 319)
    assert {ink(name) for name in ("series1", "text3", "grid")} <= found
    words = {chart_words(chart, x, y) for x in range(0, 600, 10) for y in range(0, 320, 10)}
    assert words == {"", "0.55 0.53", "0.65 0.6"}
    chart.setProperty("stale", True)  # noqa: FBT003  # a property has no name here
    assert ink("series1") not in shown.colors(0, 0, 599, 319)


def chart_words(chart: CalibrationChart, x: int, y: int) -> str:
    chart.hoverAt(x, y)
    return str(chart.property("crosshair")["words"])


def test_a_loss_is_a_line_once_all_three_columns_are_alike(show: Show, ink: Ink) -> None:
    """They come one by one; a coin's level is drawn where there is one."""
    shown = show(LOSS, QObject())
    chart = shown.item
    assert isinstance(chart, LossChart)
    chart.setProperty("rounds", [10, 20, 30])
    chart.setProperty("training", [0.7, 0.69, 0.68])
    chart.hoverAt(300, 100)
    assert chart.property("crosshair")["visible"] is False
    assert ink("series1") not in shown.colors(0, 0, 599, 319)
    chart.setProperty("validation", [0.7, 0.695, 0.694])
    assert ink("series1") in shown.colors(0, 0, 599, 319)
    before = chart.repaints
    chart.setProperty("reference", 0.6931)
    shown.grab()
    assert chart.repaints > before
    chart.hoverAt(300, 100)
    assert "validation 0.6950" in chart.property("crosshair")["words"]


@pytest.mark.parametrize("value", [HUGE, -HUGE, 0.0])
def test_whatever_fits_the_contract_can_be_drawn(show: Show, value: float) -> None:
    """The window draws on."""
    shown = show(LOSS, QObject())
    for name in ("rounds", "training", "validation"):
        shown.item.setProperty(name, [value, value])
    shown.grab()
    other = show(CALIBRATION, QObject())
    other.item.setProperty("points", [point(1.0, value), point(0.0, 0.5)])
    other.grab()
