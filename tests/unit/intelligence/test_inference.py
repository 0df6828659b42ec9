"""What a model says of rows: complete, in their order, explained, and never of what it cannot know."""

import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tests.unit.intelligence.noise import FEATURES, World, frame

from qt_trade.intelligence.learning import boosters
from qt_trade.intelligence.learning.cases import matrix
from qt_trade.intelligence.learning.inference import contributions, expect
from qt_trade.intelligence.learning.learnt import DamagedModelError, Learnt
from qt_trade.intelligence.learning.statements import claim_of
from qt_trade.intelligence.learning.training import TrainingPlan, train

ROWS = frame(World(30, 4, momentum=0.25), 3)


@pytest.fixture(scope="module")
def learnt() -> Learnt:
    plan = TrainingPlan(FEATURES, rounds=20, folds=3)
    return train(ROWS, 15, plan, lambda _: None, lambda: False).learnt


def test_a_model_that_was_kept_says_the_same(learnt: Learnt) -> None:
    """To the last bit, after it was written and read."""
    assert expect(Learnt.from_bytes(learnt.to_bytes()), ROWS.tail(40)) == expect(
        learnt, ROWS.tail(40)
    )


def test_what_it_expects_agrees_with_its_direction(learnt: Learnt) -> None:
    """The sign of the expected return is the likelier direction, and the quantiles rise."""
    rows = ROWS.tail(300)
    said = expect(learnt, rows)
    assert [(one.symbol, one.at, one.price) for one in said] == rows.select(
        "symbol", "at", "price"
    ).rows()
    assert {one.prob_up > 0.5 for one in said} == {True, False}
    for one in said:
        assert (one.expected_return > 0) == (one.prob_up > 0.5)
        steps = [one.q05, one.q10, one.q25, one.q50, one.q75, one.q90, one.q95]
        assert steps == sorted(steps)


def test_a_row_s_expectation_does_not_depend_on_its_company(learnt: Learnt) -> None:
    """One row alone is told what it is told among others."""
    assert expect(learnt, ROWS.tail(1)) == expect(learnt, ROWS.tail(50))[-1:]


def test_nothing_is_said_where_the_volatility_is_not_known(learnt: Learnt) -> None:
    """Such rows are left out; other features may be missing."""
    rows = ROWS.tail(3).with_columns(rsi_14=pl.lit(None, dtype=pl.Float32))
    assert len(expect(learnt, rows)) == 3
    flat = pl.Series([None, 0.0, 0.001], dtype=pl.Float32)
    some = rows.with_columns(volatility_8=flat, volatility_130=flat)
    assert [one.symbol for one in expect(learnt, some)] == [rows["symbol"][2]]
    assert expect(learnt, rows.clear()) == []


@pytest.mark.parametrize("volatility", [1e-30, 1e-9, 0.5, 690.0, 1e30])
def test_a_damaged_volatility_makes_no_absurd_band(learnt: Learnt, volatility: float) -> None:
    """One bar at an impossible price must not end the predictions of all: a claim can be made of it."""
    absurd = pl.lit(volatility, dtype=pl.Float32)
    (one,) = expect(learnt, ROWS.tail(1).with_columns(volatility_8=absurd, volatility_130=absurd))
    claim = claim_of(one, 15, "gbm-15-v1", learnt.data_to)
    prices = [price for _, price in claim.quantiles]
    assert 0.36 * one.price <= prices[0] <= prices[-1] <= 2.72 * one.price
    assert abs(math.log1p(one.expected_return)) <= 1.0


@pytest.mark.parametrize("volatility", [math.nan, math.inf, -0.1])
def test_a_volatility_that_is_none_is_not_taken_for_one(learnt: Learnt, volatility: float) -> None:
    """Not a number is above zero to polars, and would make bands of nothing."""
    no_figure = pl.lit(volatility, dtype=pl.Float32)
    row = ROWS.tail(1).with_columns(volatility_8=no_figure)
    assert np.isfinite(expect(learnt, row)[0].q95)
    assert expect(learnt, row.with_columns(volatility_130=no_figure)) == []


def test_contributions_sum_up_to_the_score(learnt: Learnt) -> None:
    """Base and features together are the log odds, whose sign is the direction."""
    rows = ROWS.tail(20)
    parts = contributions(learnt, rows)
    booster = boosters.read(learnt.direction, len(FEATURES))
    scores = boosters.scores(booster, matrix(rows, FEATURES))
    for part, score, said in zip(parts, scores, expect(learnt, rows), strict=True):
        assert list(part.by_feature) == list(FEATURES)
        assert part.base + sum(part.by_feature.values()) == pytest.approx(float(score), abs=1e-9)
        assert (score > 0) == (said.prob_up > 0.5)
    assert contributions(learnt, rows.clear()) == []


def test_what_moved_a_prediction_is_what_was_planted(learnt: Learnt) -> None:
    """The return before is what the next one repeats: no feature counts for more."""
    parts = contributions(learnt, ROWS.tail(400))
    weight = {
        name: float(np.mean([abs(part.by_feature[name]) for part in parts])) for name in FEATURES
    }
    assert max(weight, key=lambda name: weight[name]) == "return_1"


@pytest.mark.parametrize(
    ("trees", "words"),
    [
        ("tree\nversion=v4\n", "trees are not whole"),
        ("", "trees are not whole"),
    ],
)
def test_trees_that_are_none_are_refused(learnt: Learnt, trees: str, words: str) -> None:
    """A whole file may hold broken trees: what made it was broken."""
    with pytest.raises(DamagedModelError, match=words):
        expect(replace(learnt, spread=trees), ROWS.tail(1))


def test_trees_of_other_features_are_refused(learnt: Learnt) -> None:
    """They would read one feature for another."""
    with pytest.raises(DamagedModelError, match="ask for 18 features, it names 17"):
        expect(replace(learnt, features=FEATURES[:-1]), ROWS.tail(1))
