"""Each feature is the figure it documents, in trading time, and null where that is not known."""

import math
from datetime import date, timedelta

import numpy as np
import polars as pl
import polars_talib as plta
import pytest
from polars.testing import assert_frame_equal
from tests.unit.intelligence.quarters import BAR, HALF_DAY, days, drawn, frame, start

from qt_trade.intelligence.features import FEATURES, WARM_UP_SESSIONS, feature_frame, features_at

CLOSES = (100 * np.exp(np.cumsum(np.random.default_rng(3).normal(0, 0.004, 26 * 25)))).tolist()
LAST = len(CLOSES) - 1


def column(bars: pl.DataFrame, name: str, symbol: str = "A") -> list[float | None]:
    return feature_frame(bars).filter(pl.col("symbol") == symbol)[name].to_list()


def test_rows_are_the_ends_of_bars_by_moment_and_symbol() -> None:
    """A row stands at its bar's end, with the close as its price and 32-bit features in order."""
    bars = drawn(["B", "A"], 2)
    made = feature_frame(bars)
    assert made.columns == ["symbol", "at", "session", "price", *FEATURES]
    assert made.select("at", "symbol").rows() == sorted(made.select("at", "symbol").rows())
    first = bars.filter(pl.col("symbol") == "A").row(0, named=True)
    assert made.row(0)[:4] == ("A", first["at"] + BAR, first["session"], first["close"])
    assert {made.schema[name] for name in FEATURES} == {pl.Float32}


@pytest.mark.parametrize("bars", [1, 2, 4, 8, 26])
def test_returns_are_log_returns_over_nights(bars: int) -> None:
    """A return over n bars is the log of the ratio of two closes; before there were n it is null."""
    found = column(frame("A", CLOSES), f"return_{bars}")
    assert found[:bars] == [None] * bars
    assert found[-1] == pytest.approx(math.log(CLOSES[-1] / CLOSES[-1 - bars]), rel=1e-5)


@pytest.mark.parametrize("bars", [8, 130])
def test_volatility_leaves_nights_out(bars: int) -> None:
    """The night into a session changes no volatility: its first bar counts from its open."""
    made = frame("A", CLOSES)
    opens = pl.when(pl.col("minute") == 0).then(pl.col("open") * 1.05).otherwise("open")
    gapped = made.with_columns(opens)
    opened, minutes = gapped["open"].to_list(), made["minute"].to_list()
    returns = [
        math.log(CLOSES[i] / (opened[i] if minutes[i] == 0 else CLOSES[i - 1]))
        for i in range(LAST - bars + 1, LAST + 1)
    ]
    expected = math.sqrt(sum(one * one for one in returns) / bars)
    assert column(gapped, f"volatility_{bars}")[-1] == pytest.approx(expected, rel=1e-5)


def test_rsi_and_macd_are_those_of_ta_lib() -> None:
    """After their start has faded both equal TA-Lib's."""
    reference = pl.DataFrame({"close": CLOSES}).select(
        rsi=plta.rsi(pl.col("close"), timeperiod=14),
        macd=plta.macd(pl.col("close")).struct.field("macdhist") / pl.col("close"),
    )
    made = frame("A", CLOSES)
    assert column(made, "rsi_14")[300:] == pytest.approx(reference["rsi"][300:], rel=1e-5)
    expected = reference["macd"][300:].to_list()
    assert column(made, "macd_histogram")[300:] == pytest.approx(expected, abs=1e-9)


def test_bollinger_counts_half_widths_of_the_band() -> None:
    """On the upper edge, two standard deviations above the mean of 20 closes, it is 1."""
    window = np.asarray(CLOSES[-20:])
    expected = (window[-1] - window.mean()) / (2 * window.std())
    assert column(frame("A", CLOSES), "bollinger_20")[-1] == pytest.approx(expected, rel=1e-4)


def test_a_flat_price_stands_in_no_band_and_has_no_strength() -> None:
    """Without any movement there is no RSI and no Bollinger band, rather than a made-up middle."""
    found = feature_frame(frame("A", [100.0] * 200)).row(-1, named=True)
    assert (found["rsi_14"], found["bollinger_20"], found["volume_z"]) == (None, None, None)
    assert (found["return_1"], found["volatility_8"], found["macd_histogram"]) == (0, 0, 0)


def test_volume_is_held_against_the_same_quarter_of_earlier_sessions() -> None:
    """The z-score is of log volume, among up to 20 sessions before, from the sixth session on."""
    volumes = np.random.default_rng(4).lognormal(8, 1, len(CLOSES)).round().tolist()
    made = frame("A", CLOSES, volumes=volumes)
    found = column(made, "volume_z")
    minutes = made["minute"].to_list()
    same = [math.log1p(volumes[i]) for i in range(LAST + 1) if minutes[i] == minutes[LAST]]
    assert len(same) > 21
    earlier = np.asarray(same[-21:-1])
    assert found[-1] == pytest.approx((same[-1] - earlier.mean()) / earlier.std(ddof=1), rel=1e-4)
    sixth = made["session"].to_list().index(days(6)[5])
    assert found[:sixth] == [None] * sixth
    assert None not in found[sixth:]


def test_the_session_passes_by_its_own_length() -> None:
    """The share that has passed is 1 at the close, of a half day after 210 minutes."""
    made = feature_frame(frame("A", CLOSES))
    half = made.filter(pl.col("session") == HALF_DAY)["session_time"]
    full = made.filter(pl.col("session") == days(1)[0])["session_time"]
    assert (len(half), len(full)) == (14, 26)
    assert half[0] == pytest.approx(15 / 210)
    assert full[0] == pytest.approx(15 / 390)
    assert half[-1] == full[-1] == 1.0


def test_the_gap_is_the_night_before_all_session_long() -> None:
    """It is the log return from the close before to the open; the first session has none."""
    made = frame("A", CLOSES[:52]).with_columns(
        pl.when((pl.col("minute") == 0) & (pl.col("session") == days(2)[1]))
        .then(pl.lit(CLOSES[25] * 1.02))
        .otherwise("open")
        .alias("open")
    )
    found = column(made, "gap")
    assert found[:26] == [None] * 26
    assert found[26:] == pytest.approx([math.log(1.02)] * 26, rel=1e-5)


def test_the_night_after_a_missing_close_is_not_known() -> None:
    """Without the last bar of the day before there is no gap, and yesterday's is not carried on."""
    made = frame("A", CLOSES[:78])
    without = made.filter(pl.col("at") != start(days(2)[1], 375))
    found = feature_frame(without).filter(pl.col("session") == days(3)[2])
    assert found["gap"].to_list() == [None] * 26


@pytest.mark.parametrize("bars", [4, 26])
def test_strength_is_the_return_less_the_market_s(bars: int) -> None:
    """The market is SPY, and beside itself it has no strength and no weakness."""
    made = feature_frame(drawn(["A", "B", "C", "SPY"], 3))
    last = made.tail(4)
    returns = dict(last.select("symbol", f"return_{bars}").iter_rows())
    strengths = dict(last.select("symbol", f"market_strength_{bars}").iter_rows())
    assert strengths["B"] == pytest.approx(returns["B"] - returns["SPY"], rel=1e-4)
    assert strengths["SPY"] == 0


@pytest.mark.parametrize("bars", [4, 26])
def test_without_spy_the_market_is_the_mean_of_all(bars: int) -> None:
    """At a moment without SPY's return the mean of all stands for it; one symbol has no market."""
    made = feature_frame(drawn(["A", "B", "C"], 3)).tail(3)
    returns = made[f"return_{bars}"].to_numpy()
    expected = (returns - returns.mean()).tolist()
    assert made[f"market_strength_{bars}"].to_list() == pytest.approx(expected, abs=1e-6)
    assert column(drawn(["A"], 3), f"market_strength_{bars}")[-1] is None


@pytest.mark.parametrize("bars", [4, 26])
def test_the_sector_is_its_other_symbols(bars: int) -> None:
    """A symbol's own return is not in the mean it is held against; alone it has none."""
    made = feature_frame(drawn(["A", "B", "C", "D", "E"], 3)).tail(5)  # A, C, E and B, D
    returns, strengths = made[f"return_{bars}"], made[f"sector_strength_{bars}"]
    assert strengths[0] == pytest.approx(returns[0] - (returns[2] + returns[4]) / 2, rel=1e-4)
    assert strengths[1] == pytest.approx(returns[1] - returns[3], rel=1e-4)
    alone = feature_frame(drawn(["A", "B", "SPY"], 3)).tail(3)
    assert alone[f"sector_strength_{bars}"].to_list() == [None, None, None]


def test_dispersion_is_handed_through() -> None:
    """It is what the bars say, and null where they say nothing or what cannot be."""
    said = pl.Series("dispersion", [0.001, None, math.nan, -1.0])
    found = column(frame("A", CLOSES[:4]).with_columns(said), "dispersion")
    assert found == [pytest.approx(0.001), None, None, None]


def test_a_missing_bar_breaks_what_needs_it_and_no_more() -> None:
    """Lags count trading time: a hole makes the returns that end in it null, not longer."""
    hole = start(days(2)[1], 150)
    whole = feature_frame(frame("A", CLOSES[:100]))
    made = feature_frame(frame("A", CLOSES[:100]).filter(pl.col("at") != hole))
    after = made.filter(pl.col("at") == hole + 2 * BAR).row(0, named=True)
    same = whole.filter(pl.col("at") == hole + 2 * BAR).row(0, named=True)
    assert hole + BAR not in made["at"].to_list()
    assert (after["return_1"], after["bollinger_20"]) == (None, None)
    assert after["return_2"] == same["return_2"]
    assert after["volatility_8"] is not None


def test_a_row_without_a_close_is_a_missing_bar() -> None:
    """What ``learning_bars`` says of a session without any bars keeps its place in time."""
    second = days(2)[1]
    made = frame("A", CLOSES[:78])
    nothing = pl.col("session") == second
    told = pl.concat(
        [
            made.filter(~nothing),
            made.filter(nothing).head(1).with_columns(close=pl.lit(None, pl.Float64)),
        ]
    )
    found = feature_frame(told)
    third = found.filter(pl.col("session") == days(3)[2])
    assert second not in found["session"].to_list()
    assert third["return_26"].null_count() == 26
    assert third["gap"].null_count() == 26


def test_a_price_s_level_is_in_no_feature() -> None:
    """A share at a tenth of the price looks the same."""
    made = drawn(["A", "B", "SPY"], 8)
    tenth = made.with_columns(pl.col("open", "high", "low", "close") / 10)
    features = pl.col(FEATURES).fill_null(-999.0)
    found, expected = feature_frame(tenth).select(features), feature_frame(made).select(features)
    assert_frame_equal(found, expected, rel_tol=1e-3, abs_tol=1e-6)


@pytest.mark.parametrize("back", [1, 14, 40])
def test_a_warm_up_is_enough_to_the_last_bit(back: int) -> None:
    """A moment's features are the same from the sessions before it as from all of the history."""
    made = drawn(["A", "B", "SPY"], WARM_UP_SESSIONS + 9)
    moment = made["at"].unique().sort()[-back] + BAR
    expected = feature_frame(made).filter(pl.col("at") == moment)
    assert features_at(made, [moment]).equals(expected, null_equal=True)
    tail = made.filter(pl.col("session") >= _sessions_before(made, moment.date())[0])
    assert features_at(tail, [moment]).equals(expected, null_equal=True)


def _sessions_before(bars: pl.DataFrame, day: date) -> list[date]:
    sessions = bars.filter(pl.col("session") < day)["session"].unique().sort()
    return sessions[-WARM_UP_SESSIONS:].to_list()


def test_no_moments_are_no_rows() -> None:
    """Of nothing, and of moments at which no bar ended, there are no features, but all columns."""
    made = drawn(["A"], 2)
    assert features_at(made, []).columns == feature_frame(made).columns
    assert len(features_at(made, [])) == 0
    assert len(features_at(made, [made["at"][0] + timedelta(minutes=1)])) == 0
