"""No feature knows what was not known yet, and the audit says which one does."""

from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.intelligence.quarters import BAR, drawn

from qt_trade.intelligence.features import FEATURES, feature_frame
from qt_trade.intelligence.peeking import MOMENTS_LOOKED_AT, peeking, some_moments

OTHERS = ("market_strength", "sector_strength")
BARS = drawn(["A", "B", "C", "D", "SPY"], 25)
MOMENTS: list[datetime] = [at + BAR for at in BARS["at"].unique().sort().to_list()]


def test_features_are_the_same_without_what_came_later() -> None:
    """Bit by bit, in the first session, at its ends, on a half day and after it."""
    assert peeking(feature_frame, BARS, MOMENTS[:3] + MOMENTS[5:-1:83] + MOMENTS[-30:-24]) == []


def test_features_are_the_same_without_what_came_later_and_market() -> None:
    """That the market's symbol, or another of the sector, only comes later is not known before."""
    late = BARS.filter(~pl.col("symbol").is_in(["SPY", "C"]) | (pl.col("at") >= MOMENTS[400]))
    assert peeking(feature_frame, late, MOMENTS[30:600:90]) == []


@pytest.mark.parametrize("at", [1, 300])
def test_a_feature_that_knows_the_next_close_is_found(at: int) -> None:
    """Of all the columns the audit names the one that peeks."""

    def planted(bars: pl.DataFrame) -> pl.DataFrame:
        later = bars.select("symbol", pl.col("at"), later="close")
        return feature_frame(bars).join(
            later, on=["symbol", "at"], how="left", maintain_order="left"
        )

    assert peeking(planted, BARS, MOMENTS[at : at + 2]) == ["later"]


def test_a_figure_of_the_whole_history_is_found() -> None:
    """Scaling by a mean that later prices are in is peeking, too, however little it changes."""

    def scaled(bars: pl.DataFrame) -> pl.DataFrame:
        return feature_frame(bars).with_columns(pl.col("rsi_14") / pl.col("rsi_14").mean())

    assert peeking(scaled, BARS, MOMENTS[200:202]) == ["rsi_14"]


def test_rows_that_need_later_bars_accuse_every_column() -> None:
    """Whether a moment is there at all may not depend on what came after it."""

    def whole_days(bars: pl.DataFrame) -> pl.DataFrame:
        return feature_frame(bars).filter(pl.len().over("symbol", "session") == 26)

    assert peeking(whole_days, BARS, MOMENTS[200:202]) == ["price", *FEATURES]


@pytest.mark.parametrize("sessions", [31, 32])
def test_a_leak_is_seen_whatever_the_history_s_length(sessions: int) -> None:
    """Of 32 sessions every so many rows are all at the open, when no bar has ended yet."""
    bars = drawn(["A"], sessions).filter(pl.col("session_minutes") == 390)
    made = feature_frame(bars)
    moments = some_moments(made, seed=7)
    assert len(set(moments)) == MOMENTS_LOOKED_AT
    assert set(moments) <= set(made["at"].unique().sort()[len(made) // 2 :])
    assert len({moment.time() for moment in moments}) > 1
    assert some_moments(made, seed=7) == moments != some_moments(made, seed=8)


def test_an_audit_that_would_look_at_nothing_finds_nothing_in_order() -> None:
    """At the open no bar has ended: that nothing differs there says nothing."""
    opens = BARS.filter(pl.col("minute") == 0)["at"].unique().to_list()
    with pytest.raises(ValueError, match=f"at any of the {len(opens)} moments"):
        peeking(feature_frame, BARS, opens)


def later_by_one(names: list[str]) -> pl.DataFrame:
    """The bars with some columns moved on by a bar; what then stands first has nothing."""
    return BARS.with_columns(pl.col(names).shift(1).over("symbol", order_by="at"))


def one_bar_later(bars: pl.DataFrame, name: str) -> tuple[pl.Series, pl.Series]:
    """A feature of the bars that were moved, and what it was one bar before."""
    before = feature_frame(BARS).filter(pl.col("at") < MOMENTS[-1])
    return feature_frame(bars)[name], before[name]


def test_every_input_one_bar_later_is_every_feature_one_bar_later() -> None:
    """All that is known of a bar, its place in the session too, moves every feature with it."""
    moved = later_by_one([name for name in BARS.columns if name not in {"symbol", "at"}])
    moved = moved.filter(pl.col("close").is_not_null())
    for name in FEATURES:
        after, before = one_bar_later(moved, name)
        assert after.equals(before, null_equal=True), name


def test_prices_one_bar_later_are_their_features_one_bar_later() -> None:
    """Where nights do not matter it is the prices alone that move a feature."""
    moved = later_by_one(["open", "high", "low", "close", "volume"])
    for name in (*(f"return_{bars}" for bars in (1, 2, 4, 8, 26)), "rsi_14", "macd_histogram"):
        after, before = one_bar_later(moved, name)
        assert after.equals(before, null_equal=True), name


@pytest.mark.parametrize("held", range(0, 600, 97))
def test_nothing_changes_before_a_bar_that_changes(held: int) -> None:
    """Another price in one bar changes no feature of an earlier moment, and some of its own."""
    at = MOMENTS[held] - BAR
    hit = (pl.col("at") == at) & (pl.col("symbol") == "B")
    moved = BARS.with_columns(
        pl.when(hit).then(pl.col(name) * 1.01).otherwise(name).alias(name)
        for name in ("open", "high", "low", "close", "volume")
    )
    before, after = feature_frame(BARS), feature_frame(moved)
    earlier = pl.col("at") <= at
    assert before.filter(earlier).equals(after.filter(earlier), null_equal=True)
    later = pl.col("at") == at + BAR
    assert not before.filter(later).equals(after.filter(later), null_equal=True)


odd_floats = st.sampled_from([None, float("nan"), float("inf"), 0.0, -1.0, 1e-300, 1e300])


@st.composite
def damaged(draw: st.DrawFn) -> pl.DataFrame:
    """A few symbols with missing bars and sessions, impossible prices and no volume."""
    bars = drawn(["A", "B", "SPY"][: draw(st.integers(1, 3))], 7, seed=draw(st.integers(0, 3)))
    rows = draw(st.sets(st.integers(0, len(bars) - 1), max_size=40))
    bars = bars.with_row_index().filter(~pl.col("index").is_in(sorted(rows)))
    for name in ("open", "close", "volume", "dispersion"):
        odd = draw(st.dictionaries(st.integers(0, len(bars) + 40), odd_floats, max_size=4))
        bars = bars.with_columns(
            pl.col("index")
            .replace_strict(odd, default=pl.col(name), return_dtype=pl.Float64)
            .alias(name)
        )
    gone = draw(st.sets(st.sampled_from(bars["session"].unique().sort().to_list()), max_size=2))
    left: list[date] = sorted(gone)
    return bars.drop("index").filter(~(pl.col("session").is_in(left) & (pl.col("symbol") == "A")))


@settings(max_examples=25, deadline=None)
@given(damaged(), st.data())
def test_damaged_bars_never_make_a_figure_up(bars: pl.DataFrame, data: st.DataObject) -> None:
    """No NaN, no infinity, one row per sound bar, nothing peeks; order of rows means nothing."""
    made = feature_frame(bars)
    close = pl.col("close")
    assert len(made) == bars.filter(close.is_not_null() & close.is_finite() & (close > 0)).height
    for name in FEATURES:
        assert made[name].is_finite().all(), name
    assert made["volatility_8"].drop_nulls().ge(0).all()
    assert made["rsi_14"].drop_nulls().is_between(0, 100).all()
    assert feature_frame(bars.sample(fraction=1.0, shuffle=True, seed=1)).equals(made)
    if len(made):
        assert (
            peeking(feature_frame, bars, [data.draw(st.sampled_from(made["at"].to_list()))]) == []
        )


@settings(max_examples=15, deadline=None)
@given(damaged(), damaged())
def test_another_symbol_changes_nothing_of_one_s_own(
    bars: pl.DataFrame, others: pl.DataFrame
) -> None:
    """Market and sector aside, a symbol's features are the same whoever else is there."""
    own = [name for name in FEATURES if not name.startswith(OTHERS)]
    others = others.with_columns(("other " + pl.col("symbol")).alias("symbol"))
    alone = feature_frame(bars).select("symbol", "at", *own)
    beside = feature_frame(pl.concat([others, bars])).select("symbol", "at", *own)
    kept = beside.filter(~pl.col("symbol").str.starts_with("other"))
    assert kept.equals(alone, null_equal=True)
