"""Folds know nothing of what they are judged on; controls and naive are what they say."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.intelligence.noise import BARS, FEATURES, World, frame

from qt_trade.intelligence.learning import controls, measures
from qt_trade.intelligence.learning.cases import Cases, gather
from qt_trade.intelligence.learning.forward import Goal, out_of_fold
from qt_trade.intelligence.learning.judgement import loudest
from qt_trade.intelligence.learning.naive import naive
from qt_trade.intelligence.learning.training import TrainingPlan
from qt_trade.intelligence.learning.validation import Fold, walk_forward

MINUTE_US = 60_000_000
HORIZON = timedelta(minutes=60)


SMALL = World()


def cases(world: World = SMALL, seed: int = 1) -> Cases:
    return gather(frame(world, seed), "target_15", FEATURES, ("volatility_130", "volatility_8"))


@settings(deadline=None)
@given(
    sessions=st.integers(10, 60),
    folds=st.integers(1, 6),
    horizon=st.integers(1, 600),
    embargo=st.integers(0, 600),
)
def test_no_outcome_learnt_from_reaches_the_embargo(
    sessions: int, folds: int, horizon: int, embargo: int
) -> None:
    """Also where sessions follow each other without a night; every later session is judged once."""
    session = np.repeat(np.arange(sessions), 8)
    moment = np.arange(len(session)) * 60 * MINUTE_US
    wait = timedelta(minutes=horizon), timedelta(minutes=embargo)
    judged = np.zeros(len(session), dtype=np.int64)
    for fold in walk_forward(moment, session, *wait, folds):
        first = moment[fold.judged].min()
        ends = moment[fold.learnt] + (horizon + embargo) * MINUTE_US
        assert ends.max() <= first
        left_out = ~fold.learnt & (moment + (horizon + embargo) * MINUTE_US <= first)
        assert not left_out.any()
        judged += fold.judged
    begun = int(sessions * 0.4)
    assert (judged == (session >= begun)).all()


def test_purging_takes_out_what_would_be_known() -> None:
    """With hourly moments, two hours of horizon and embargo leave out the last before the fold."""
    session = np.repeat(np.arange(10), 8)
    moment = np.arange(80) * 60 * MINUTE_US
    fold = next(walk_forward(moment, session, HORIZON, HORIZON, 3))
    assert int(moment[fold.judged].min() // (60 * MINUTE_US)) == 32
    assert np.flatnonzero(fold.learnt).tolist() == list(range(31))


def test_shuffled_labels_come_from_other_sessions_together() -> None:
    """No session keeps its own, whole moments stay together, and hardly any label is lost."""
    drawn = cases()
    mixed = controls.shuffled(drawn, seed=3)
    known = np.isfinite(mixed)
    assert known.mean() > 0.9
    assert np.isin(mixed[known], drawn.wanted).all()
    source = dict(zip(drawn.wanted.tolist(), drawn.session.tolist(), strict=True))
    origin = np.array([source[value] for value in mixed[known].tolist()])
    assert (origin != drawn.session[known]).all()
    of_moment = dict(zip(drawn.wanted.tolist(), drawn.moment.tolist(), strict=True))
    for moment in np.unique(drawn.moment)[::97]:
        came = mixed[(drawn.moment == moment) & known]
        assert len({of_moment[value] for value in came.tolist()}) <= 1
    assert (controls.shuffled(drawn, seed=3)[known] == mixed[known]).all()
    assert not np.array_equal(controls.shuffled(drawn, seed=4), mixed, equal_nan=True)


def test_moved_labels_are_those_of_the_same_time_a_session_later() -> None:
    """Symbol by symbol; the last session has none."""
    drawn = cases()
    later = controls.moved(drawn)
    assert not np.isfinite(later[drawn.session == drawn.session.max()]).any()
    place = np.flatnonzero((drawn.session == 7) & (drawn.symbol == 1))[4]
    same = np.flatnonzero((drawn.session == 8) & (drawn.symbol == 1))[4]
    assert later[place] == drawn.wanted[same]


def test_naive_repeats_a_symbol_s_commoner_direction_of_twenty_sessions() -> None:
    """Counted by hand: what the session itself brings, and what is older, does not matter."""
    drawn = cases(World(sessions=30))
    said = naive(drawn, drawn.wanted)
    for session, symbol in ((0, 0), (1, 2), (12, 1), (29, 0)):
        mine = (drawn.session == session) & (drawn.symbol == symbol)
        before = (drawn.symbol == symbol) & (drawn.session < session)
        before &= drawn.session >= session - 20
        leaning = np.sign(drawn.wanted[before]).sum()
        assert set(said.prob_up[mine]) == {0.5 + 0.5 * np.sign(leaning)}
        drift = drawn.wanted[before].mean() if before.any() else 0.0
        assert said.drift[mine] == pytest.approx(drift)


def test_the_interval_holds_the_mean_of_cases_that_hang_together() -> None:
    """19 of 20 times, though each session moves as one; naive counting would hold it half as often."""
    rng = np.random.default_rng(1)
    held, naively = 0, 0
    for _ in range(300):
        session = np.repeat(np.arange(20), 30)
        values = rng.normal(size=20)[session] + rng.normal(size=600)
        found = measures.mean(values, session)
        held += found.low <= 0 <= found.high
        naively += abs(found.value) <= 1.96 * values.std() / np.sqrt(600)
    assert 0.92 <= held / 300 <= 0.98
    assert naively / 300 < 0.6


def test_the_error_of_equal_sessions_is_that_of_their_means() -> None:
    """Student's t of the session means, as in a textbook."""
    rng = np.random.default_rng(2)
    values, session = rng.normal(0.3, 1, 120), np.repeat(np.arange(12), 10)
    means = values.reshape(12, 10).mean(axis=1)
    found = measures.mean(values, session)
    error = means.std(ddof=1) / np.sqrt(12)
    assert found.value == pytest.approx(means.mean())
    assert found.high - found.value == pytest.approx(2.200985160 * error)
    assert found.t_value == pytest.approx(means.mean() / error)


def test_few_sessions_prove_nothing() -> None:
    """Nine sessions of perfect hits leave everything open, and no case says nothing at all."""
    found = measures.mean(np.ones(900), np.repeat(np.arange(9), 100))
    assert (found.low, found.high, found.p_value) == (-np.inf, np.inf, 1.0)
    assert measures.mean(np.array([]), np.array([], dtype=np.int64)).cases == 0


def test_reversion_on_noise_has_no_information() -> None:
    """Within one session past and future seem to go against each other; over all they do not."""
    rng = np.random.default_rng(3)
    session = np.repeat(np.arange(400), BARS)
    returns = rng.normal(size=len(session))
    said = -np.roll(returns, 1)
    found = measures.rank_correlation(said, returns, session)
    assert found.low < 0 < found.high
    assert measures.rank_correlation(returns, returns, session).value == pytest.approx(1.0)
    assert measures.rank_correlation(np.zeros(5), np.ones(5), session[:5]).cases == 0


def test_hits_of_no_direction_are_a_half() -> None:
    """Naming none is right half the time; a price that stood still was foreseen by nobody."""
    said, came = np.array([0.6, 0.6, 0.5, 0.2]), np.array([0.1, -0.1, 0.1, -0.1])
    assert measures.hits(said, came).tolist() == [1.0, 0.0, 0.5, 1.0]


def test_pinball_loss_by_hand() -> None:
    """Over by one: each level's share of it; the middle of seven levels is a half."""
    under = measures.pinball_bp(np.zeros((1, 7)), np.array([1.0]))
    assert under[0] == pytest.approx(10_000 * 0.5)
    assert measures.pinball_bp(np.full((1, 7), 0.3), np.array([0.3]))[0] == 0.0


def test_a_leak_does_not_hide_behind_a_feature_that_is_louder_by_luck() -> None:
    """What is known of a few sessions may seem to go with the outcome more, and surely does not."""
    drawn = cases()
    rng = np.random.default_rng(6)
    leak = np.sign(drawn.wanted) * (rng.random(len(drawn)) < 0.5) + rng.normal(0, 0.6, len(drawn))
    lucky = np.where(drawn.session < 11, drawn.wanted, np.nan)
    lucky *= np.where(drawn.session % 5 == 0, -1, 1)
    columns = np.stack([lucky, leak], axis=1).astype(np.float32)
    found = {
        name: measures.rank_correlation(column[known], drawn.wanted[known], drawn.session[known])
        for name, column in (("lucky", lucky), ("leak", leak))
        for known in [np.isfinite(column)]
    }
    assert found["lucky"].value > found["leak"].value
    assert found["lucky"].low < 0.25 < found["leak"].low
    name, loud = loudest(replace(drawn, inputs=columns), ("lucky", "leak"))
    assert (name, loud.low > 0.25) == ("leak", True)


def test_a_row_needs_a_volatility_and_an_outcome() -> None:
    """Rows without are left out; the volatility is the geometric mean of those that are known."""
    rows = frame(World(), 1).filter(pl.col("volatility_130").is_not_null())
    at = rows["at"][100]
    odd = rows.with_columns(
        volatility_8=pl.when(pl.col("at") == at).then(0.0).otherwise("volatility_8"),
    )
    found = gather(odd, "target_15", FEATURES, ("volatility_130", "volatility_8"))
    here = found.moment == int((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
    there = odd.filter(pl.col("target_15").is_not_null()).sort("at", "symbol")
    assert np.allclose(found.volatility[here], there.filter(pl.col("at") == at)["volatility_130"])
    product = (there["volatility_130"] * there["volatility_8"]).sqrt().to_numpy()
    assert np.allclose(found.volatility[~here], product[~here], rtol=1e-5)
    assert found.sessions[-1] == date(2026, 2, 27)


def test_a_random_split_finds_skill_in_noise_and_walking_forward_does_not() -> None:
    """Outcomes that overlap tell of each other: the reason why no row is judged by its neighbours."""
    differences: dict[str, list[float]] = {"random": [], "forward": []}
    plan = TrainingPlan(FEATURES, rounds=20, folds=3)
    for seed in range(6):
        drawn = gather(frame(SMALL, seed, 60), "target_60", FEATURES, plan.volatility)
        part = np.random.default_rng(seed).integers(0, plan.folds, len(drawn))
        splits = {
            "random": [Fold(one + 1, part != one, part == one) for one in range(plan.folds)],
            "forward": list(
                walk_forward(drawn.moment, drawn.session, HORIZON, HORIZON, plan.folds)
            ),
        }
        up = Goal("binary", (drawn.wanted > 0).astype(np.float64))
        usual = naive(drawn, drawn.wanted).prob_up
        for name, folds in splits.items():
            said = out_of_fold(drawn, {"up": up}, folds, plan, lambda *_: None)["up"]
            rows = np.isfinite(said)
            right = measures.hits(0.5 + said[rows], drawn.wanted[rows])
            better = right - measures.hits(usual[rows], drawn.wanted[rows])
            differences[name].append(float(better.mean()))
    assert np.mean(differences["random"]) > 0.05
    assert abs(np.mean(differences["forward"])) < 0.03
