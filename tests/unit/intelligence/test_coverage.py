"""Bands hold what they say, of drawn regimes and of real bars that no model had seen."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.intelligence.noise import FEATURES, World, frame

from qt_trade.intelligence.features import feature_frame
from qt_trade.intelligence.learning import conformal
from qt_trade.intelligence.learning.inference import expect
from qt_trade.intelligence.learning.learnt import DamagedModelError, Learnt
from qt_trade.intelligence.learning.outlook import RETURN_MAX
from qt_trade.intelligence.learning.training import TrainingPlan, train
from qt_trade.intelligence.plots import write_calibration
from qt_trade.intelligence.targets import with_targets

PLAN = TrainingPlan(FEATURES, rounds=20, folds=3)
BANDS = {0.5: ("q25", "q75"), 0.8: ("q10", "q90"), 0.9: ("q05", "q95")}
POINTS_OFF_MAX = 0.02


def learnt_before(rows: pl.DataFrame, cut: object, horizon_min: int) -> Learnt:
    before = rows.filter(pl.col("session") < cut)
    return train(before, horizon_min, PLAN, lambda _: None, lambda: False).learnt


def held(learnt: Learnt, rows: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Whether each outcome lay within each band: one row a case, one column a band."""
    known = rows.filter(pl.col(f"target_{learnt.horizon_min}").is_finite())
    said = expect(learnt, known)
    assert len(said) == len(known)
    came = np.expm1(known[f"target_{learnt.horizon_min}"].to_numpy())

    def quantile(name: str) -> npt.NDArray[np.float64]:
        return np.array([getattr(one, name) for one in said])

    return np.stack(
        [(came >= quantile(low)) & (came <= quantile(high)) for low, high in BANDS.values()], axis=1
    )


REGIMES = {
    "volatility-switches-15": (World(90, 5, switching=True), 60, 15),
    "volatility-switches-60": (World(90, 5, switching=True), 60, 60),
    "fat-tails-15": (World(90, 5, tails=3), 60, 15),
    # A quarter of a per cent a day upwards while it learns, downwards while it is judged.
    "drift-breaks-60": (World(90, 5, drift=1e-4), 45, 60),
}
"""A world, how many of its sessions are learnt from, and the horizon."""


def of_world(world: World, learnt_from: int, horizon_min: int) -> npt.NDArray[np.bool_]:
    """What was held in all later sessions of four drawn worlds."""
    drawn = [drawn_and_learnt(world, seed, learnt_from, horizon_min) for seed in range(4)]
    return np.concatenate([held(learnt, later) for _, later, learnt in drawn])


@cache
def drawn_and_learnt(
    world: World, seed: int, learnt_from: int, horizon_min: int
) -> tuple[pl.DataFrame, pl.DataFrame, Learnt]:
    """A drawn world's rows, those of the later sessions, and what was learnt of those before."""
    rows = frame(world, seed, horizon_min)
    cut = rows["session"].unique().sort()[learnt_from]
    return rows, rows.filter(pl.col("session") >= cut), learnt_before(rows, cut, horizon_min)


@pytest.mark.parametrize("regime", REGIMES)
def test_bands_hold_what_they_say_in_drawn_regimes(regime: str) -> None:
    """50, 80 and 90 % within two points, on all later sessions of four drawn worlds."""
    shares = of_world(*REGIMES[regime]).mean(axis=0)
    assert np.abs(shares - list(BANDS)).max() <= POINTS_OFF_MAX, shares


def test_the_volatility_of_the_moment_widens_the_band() -> None:
    """A calm and a wild session get bands of their own: each alone is covered as well."""
    found: dict[bool, list[npt.NDArray[np.bool_]]] = {True: [], False: []}
    for seed in range(2):
        rows, later, learnt = drawn_and_learnt(World(90, 5, switching=True), seed, 60, 15)
        later = later.filter(pl.col("volatility_8") > 0, pl.col("target_15").is_finite())
        wild = (later["volatility_8"] > rows["volatility_8"].median()).to_numpy()
        covered = held(learnt, later)
        for which in (True, False):
            found[which].append(covered[wild == which])
    for which in (True, False):
        shares = np.concatenate(found[which]).mean(axis=0)
        assert np.abs(shares - list(BANDS)).max() <= 2 * POINTS_OFF_MAX, (which, shares)


@pytest.mark.skipif(
    "QTRADE_REAL_DATA" not in os.environ,
    reason="NOT RUN: QTRADE_REAL_DATA names no folder with bars/ of real hours",
)
@pytest.mark.parametrize("horizon_min", [15, 60])
def test_bands_hold_what_they_say_of_real_bars(horizon_min: int) -> None:
    """Ten times a quarter of a year of real hours that came after the year learnt from, 2001 to 2012.

    There are no real quarters of an hour for years to be had, so that hours stand for them: a
    horizon of one bar, and of four. The model knows nothing but bars, and hours are the harder ones,
    for there are fewer.
    """
    shares = of_real_hours(horizon_min).mean(axis=0)
    assert np.abs(shares - list(BANDS)).max() <= POINTS_OFF_MAX, shares


def of_real_hours(horizon_min: int) -> npt.NDArray[np.bool_]:
    """What was held in the ten quarters of a year that no model had seen."""
    found = []
    for rows in real_years(horizon_min):
        cut = rows["session"].unique().sort()[250]
        learnt = learnt_before(rows, cut, horizon_min)
        found.append(held(learnt, rows.filter(pl.col("session") >= cut)))
    assert len(found) == 10
    return np.concatenate(found)


def real_years(horizon_min: int) -> Iterator[pl.DataFrame]:
    """Features and targets of 310 real sessions each, one span after the other."""
    bars = real_hours()
    days = bars["session"].unique().sort()
    for first in range(620, len(days) - 310, 310):
        span = bars.filter(pl.col("session").is_between(days[first], days[first + 309]))
        yield with_targets(feature_frame(span), span, (horizon_min,))


def real_hours() -> pl.DataFrame:
    """The recorded hours, each in the place of a quarter: the exchange's seven a day."""
    path = Path(os.environ["QTRADE_REAL_DATA"]) / "bars" / "hour_1998_2012.parquet"
    local = pl.col("ts").dt.convert_time_zone("America/New_York")
    bars = pl.read_parquet(path).with_columns(
        session=local.dt.date(), place=local.dt.hour().cast(pl.Int32) - 9
    )
    place, day = pl.col("place"), pl.col("session").cast(pl.Datetime("us"))
    return bars.filter(place.is_between(0, 6)).select(
        "symbol",
        "open",
        "high",
        "low",
        "close",
        "session",
        at=day.dt.replace_time_zone("UTC") + pl.duration(minutes=14 * 60 + 30 + 15 * place),
        volume=pl.col("volume").cast(pl.Float64),
        minute=15 * place,
        session_minutes=pl.lit(105, dtype=pl.Int32),
        sector=pl.lit(None, dtype=pl.String),
        dispersion=pl.lit(None, dtype=pl.Float64),
    )


def test_a_new_case_lies_below_a_quantile_as_often_as_it_says() -> None:
    """However residuals are distributed, and whatever the spread."""
    rng = np.random.default_rng(1)
    kept = conformal.kept(rng.standard_t(3, 20_000))
    assert len(kept) == conformal.KEPT_MAX
    spread = 0.001 * rng.lognormal(0, 1, 20_000)
    centre = rng.normal(0, 0.001, 20_000)
    came = centre + spread * rng.standard_t(3, 20_000)
    said = conformal.quantiles(kept, centre, spread)
    below = (came[:, None] <= said).mean(axis=0)
    assert np.abs(below - conformal.QUANTILES).max() < 0.01
    assert (np.diff(said, axis=1) >= 0).all()


wide = st.floats(-1e6, 1e6)


@given(
    st.lists(wide, min_size=conformal.KEPT_MIN, max_size=60),
    st.lists(st.tuples(wide, st.floats(1e-300, 1e300)), min_size=1, max_size=5),
)
def test_a_band_neither_inverts_nor_leaves_all_sense(
    residuals: list[float], rows: list[tuple[float, float]]
) -> None:
    """Whatever residuals were kept, and whatever a damaged bar makes of centre and spread."""
    centre, spread = (np.array(column) for column in zip(*rows, strict=True))
    said = conformal.quantiles(tuple(residuals), centre, spread)
    assert np.isfinite(said).all()
    assert (np.diff(said, axis=1) >= 0).all()
    assert np.abs(said).max() <= RETURN_MAX


@pytest.mark.parametrize(
    "residuals", [(), (0.1,) * (conformal.KEPT_MIN - 1), (float("nan"),) * 40, (float("inf"),) * 40]
)
def test_too_few_residuals_make_no_band(residuals: tuple[float, ...]) -> None:
    """A model that kept none is damaged; its bands would be endless, or no numbers."""
    with pytest.raises(DamagedModelError, match=f"no bands from {len(residuals)} residuals"):
        conformal.quantiles(residuals, np.zeros(1), np.ones(1))


def test_the_calibration_is_plotted(tmp_path: Path) -> None:
    """A PNG of both panels; a model without figures says that there are not enough cases."""
    rows = frame(World(60, 5, momentum=0.2), 1)
    learnt = train(rows, 15, PLAN, lambda _: None, lambda: False).learnt
    assert len(learnt.calibration) == 5
    assert [point.said for point in learnt.calibration] == sorted(
        point.said for point in learnt.calibration
    )
    write_calibration(learnt, tmp_path / "calibration.png")
    content = (tmp_path / "calibration.png").read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(content[16:20], "big") == 990
    assert int.from_bytes(content[20:24], "big") == 462
    assert len(content) > 10_000
