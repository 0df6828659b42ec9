"""Trees are read as they were learnt, and a damaged text never reaches LightGBM, which would die of it."""

import random
import re

import lightgbm
import numpy as np
import pytest

from qt_trade.intelligence.learning import boosters
from qt_trade.intelligence.learning.learnt import DamagedModelError
from qt_trade.intelligence.learning.trees import checked

FEATURES = 5
MUTATIONS = 400
_RNG = np.random.default_rng(3)
ROWS = _RNG.normal(size=(1500, FEATURES))
# Some are missing, and of one it counts alone whether it is: that is a split at infinity.
ROWS[_RNG.random(ROWS.shape) < 0.05] = np.nan
WENT = (np.nan_to_num(ROWS[:, 0]) + np.isnan(ROWS[:, 1]) + _RNG.normal(size=1500) > 0).astype(float)


@pytest.fixture(scope="module")
def learnt() -> lightgbm.Booster:
    settings = {"objective": "binary", "num_leaves": 7, "num_threads": 1, "verbosity": -1}
    return lightgbm.train(settings, lightgbm.Dataset(ROWS, WENT), 12)


@pytest.fixture(scope="module")
def text(learnt: lightgbm.Booster) -> str:
    return learnt.model_to_string()


def test_checked_trees_say_the_same(learnt: lightgbm.Booster, text: str) -> None:
    """To the last bit: scores, what moved them, and what splitting gained."""
    read = boosters.read(text, FEATURES)
    assert "threshold=inf" in text or " inf" in text
    for more in ({"raw_score": True}, {"pred_contrib": True}):
        np.testing.assert_array_equal(read.predict(ROWS, **more), learnt.predict(ROWS, **more))
    np.testing.assert_array_equal(
        read.feature_importance("gain"), learnt.feature_importance("gain")
    )


def test_a_tree_of_one_leaf_is_a_tree() -> None:
    """What never changes is learnt with a single number."""
    settings = {"objective": "regression", "num_threads": 1, "verbosity": -1}
    flat = lightgbm.train(settings, lightgbm.Dataset(ROWS, np.full(1500, 0.25)), 2)
    said = boosters.read(flat.model_to_string(), FEATURES).predict(ROWS[:3], raw_score=True)
    assert said == pytest.approx([0.25] * 3)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("left_child", "1 99999 -3 -1 5 -4", "make no tree"),
        ("left_child", "1 1 1 1 1 1", "make no tree"),
        ("left_child", "0 0 0 0 0 0", "make no tree"),
        ("left_child", "1 2", "left_child has 2 values, 6 are wanted"),
        ("left_child", "1 2 3 4 5 x", "no number"),
        ("split_feature", "0 1 2 3 4 5", "a feature that there is none of"),
        ("split_feature", "-1 1 2 3 4 0", "a feature that there is none of"),
        ("decision_type", "1 2 2 2 2 2", "not known"),
        ("leaf_value", "nan 0 0 0 0 0 0", "no number"),
        ("leaf_value", "1e999 0 0 0 0 0 0", "no number"),
        ("leaf_count", "9999999999999 1 1 1 1 1 1", "no number"),
        ("num_leaves", "1000000", "leaves; 1 to 256"),
        ("num_leaves", "-3", "leaves; 1 to 256"),
        ("num_cat", "1", "no plain tree"),
        ("shrinkage", "fast", "no plain tree"),
    ],
)
def test_a_damaged_tree_is_refused_in_words(text: str, field: str, value: str, words: str) -> None:
    """It says which tree, and what of it."""
    damaged = re.sub(rf"^{field}=.*$", f"{field}={value}", text, count=1, flags=re.MULTILINE)
    with pytest.raises(DamagedModelError, match=f"tree 0 of the model is damaged.*{words}"):
        checked(damaged, FEATURES)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("tree\n", "branch\n", "no beginning or no end"),
        ("end of trees", "end", "no beginning or no end"),
        ("num_class=1", "num_class=3", "more than one score"),
        ("Tree=1\n", "Tree=7\n", "tree 1 is missing"),
        ("Tree=1\n", "", "'num_leaves' twice"),
        ("num_cat=0", "num_cats=0", "other fields"),
        ("max_feature_idx=4", "max_feature_idx=-4", "ask for 0 features, it names 5"),
    ],
)
def test_a_damaged_head_is_refused_in_words(text: str, before: str, after: str, words: str) -> None:
    """So is what is not all of the trees."""
    with pytest.raises(DamagedModelError, match=words):
        checked(text.replace(before, after, 1), FEATURES)


def test_no_damage_brings_the_process_down(text: str) -> None:
    """Cut, torn and overwritten at random: refused, or read as trees that give numbers."""
    refused = 0
    for seed in range(MUTATIONS):
        try:
            booster = boosters.read(damaged(text, random.Random(seed)), FEATURES)
        except DamagedModelError:
            refused += 1
        else:
            assert np.isfinite(booster.predict(ROWS[:20], raw_score=True, num_threads=1)).all()
    assert MUTATIONS / 4 < refused < MUTATIONS


def damaged(text: str, rng: random.Random) -> str:
    place = rng.randrange(text.index("end of trees"))
    match rng.randrange(3):
        case 0:
            return text[:place]
        case 1:
            return text[:place] + text[place + rng.randint(1, 60) :]
        case _:
            return text[:place] + rng.choice("0123456789-. =\nx") + text[place + 1 :]
