"""Targets are what came of a moment within its session, and of no other."""

import math

import polars as pl
import pytest
from tests.unit.intelligence.quarters import BAR, HALF_DAY, drawn, start

from qt_trade.intelligence.features import feature_frame
from qt_trade.intelligence.targets import target_name, with_targets

BARS = drawn(["A", "B"], 20)
HORIZONS = (15, 30, 60)


def test_a_target_is_the_log_return_to_the_horizon_s_end() -> None:
    """From the moment's price to the close of the bar that ends then; the frame keeps its order."""
    features = feature_frame(BARS)
    made = with_targets(features, BARS, HORIZONS)
    assert made.drop(map(target_name, HORIZONS)).equals(features)
    a = BARS.filter(pl.col("symbol") == "A")["close"].to_list()
    first = made.filter(pl.col("symbol") == "A").row(0, named=True)
    assert [first[target_name(minutes)] for minutes in HORIZONS] == pytest.approx(
        [math.log(a[bars] / a[0]) for bars in (1, 2, 4)]
    )


@pytest.mark.parametrize(("horizon_min", "missing"), [(15, 1), (30, 2), (60, 4)])
def test_no_target_leaves_its_session(horizon_min: int, missing: int) -> None:
    """Its last moments have none, on full days and half days alike, and all others have one."""
    made = with_targets(feature_frame(BARS), BARS, HORIZONS)
    name = target_name(horizon_min)
    for session, count in made.group_by("session").agg(pl.col(name).null_count()).iter_rows():
        assert count == 2 * missing, session
    half = made.filter((pl.col("session") == HALF_DAY) & pl.col(name).is_null())["at"]
    assert half.min() == start(HALF_DAY, 210) - (missing - 1) * BAR


def test_a_missing_bar_is_no_target() -> None:
    """Where the bar at the horizon's end is missing, or its close cannot be, the target is null."""
    gone, broken = start(HALF_DAY, 60), start(HALF_DAY, 90)
    close = pl.when(pl.col("at") == broken).then(float("nan")).otherwise("close")
    bars = BARS.filter(pl.col("at") != gone).with_columns(close.alias("close"))
    made = with_targets(feature_frame(bars), bars, [15])
    without = made.filter((pl.col("session") == HALF_DAY) & pl.col("target_15").is_null())["at"]
    assert sorted(set(without)) == [gone, broken, start(HALF_DAY, 210)]
