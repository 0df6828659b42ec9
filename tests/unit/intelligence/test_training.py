"""A training says "skill" where there is some, and neither on noise nor because of a leak."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.stats import binomtest, kstest
from tests.unit.intelligence.noise import FEATURES, World, bars, frame

from qt_trade.intelligence.features import feature_frame
from qt_trade.intelligence.learning import gates
from qt_trade.intelligence.learning.inference import expect
from qt_trade.intelligence.learning.learnt import Learnt
from qt_trade.intelligence.learning.training import (
    NotEnoughDataError,
    Progress,
    Training,
    TrainingCancelledError,
    TrainingPlan,
    train,
)
from qt_trade.intelligence.peeking import peeking
from qt_trade.intelligence.targets import with_targets
from qt_trade.model.predictions import Skill

ROUNDS, FOLDS = 20, 3
"""Small, for the many trainings here: 40 sessions of three symbols, learnt from within 0.2 s."""
SEEDS = 50


def plan(*more: str, **changed: object) -> TrainingPlan:
    return TrainingPlan((*FEATURES, *more), rounds=ROUNDS, folds=FOLDS, **changed)  # type: ignore[arg-type]


def trained(rows: pl.DataFrame, its: TrainingPlan | None = None) -> Training:
    return train(rows, 15, its or plan(), lambda _: None, lambda: False)


def gate(training: Training, name: str) -> tuple[bool | None, str]:
    return next((one.passed, one.words) for one in training.gates if one.name == name)


@pytest.fixture(scope="module")
def on_noise() -> Sequence[Training]:
    """Trainings on 50 worlds in which nothing can be foreseen."""
    return [trained(frame(World(), seed)) for seed in range(SEEDS)]


def test_p_values_on_noise_are_uniform(on_noise: Sequence[Training]) -> None:
    """So that "proven" means what it says: chance alone gives it one time in forty, no more."""
    found = [one.learnt.metrics["p_value"] for one in on_noise]
    assert kstest(found, "uniform").pvalue > 0.05
    for level in (0.025, 0.05, 0.1):
        below = sum(p_value < level for p_value in found)
        assert binomtest(below, SEEDS, level, alternative="greater").pvalue > 0.01


def test_the_controls_p_values_are_uniform_as_well(on_noise: Sequence[Training]) -> None:
    """Shuffled labels and labels a day off are noise, whatever the data are."""
    for name in ("shuffled_labels_p_value", "labels_a_day_off_p_value"):
        found = [one.learnt.metrics[name] for one in on_noise]
        assert kstest(found, "uniform").pvalue > 0.05


def test_noise_is_not_traded_on(on_noise: Sequence[Training]) -> None:
    """Proven by chance at most as often as chance allows, and never worth its costs as well."""
    proven = [one for one in on_noise if one.skill is Skill.PROVEN]
    assert binomtest(len(proven), SEEDS, 0.025, alternative="greater").pvalue > 0.01
    assert not [one for one in on_noise if gate(one, gates.AFTER_COSTS)[0]]
    assert not [one for one in on_noise if one.refused]


def test_no_skill_is_said_in_words(on_noise: Sequence[Training]) -> None:
    """Where the interval includes zero it says so, with the figures."""
    said = {one.skill: one.words for one in on_noise}
    assert said[Skill.NO_SKILL].startswith("no skill: no better than the naive forecaster: ")
    assert said[Skill.NOT_PROVEN].startswith("not proven: luck alone may explain it: ")
    assert "points; " in said[Skill.NO_SKILL]
    assert "cases in 24 sessions, p = 0." in said[Skill.NO_SKILL]


def test_a_planted_signal_is_found() -> None:
    """A quarter of each return that the next one repeats: proven in 8 worlds of 10 at the least."""
    found = [trained(frame(World(momentum=0.25), seed)) for seed in range(10)]
    assert sum(one.skill is Skill.PROVEN for one in found) >= 8
    assert not [one for one in found if one.refused]


def test_a_strong_signal_passes_every_gate() -> None:
    """Enough symbols and sessions, and no gate stays closed."""
    world = World(sessions=60, symbols=8, momentum=0.25)
    found = trained(frame(world, 3), plan(audit=tuple))
    assert [one.name for one in found.gates if not one.passed] == []
    assert found.skill is Skill.PROVEN
    assert found.refused == ""
    assert gate(found, gates.NO_LOOK_AHEAD) == (True, f"0 of {len(FEATURES)} features")


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_a_feature_that_carries_the_outcome_is_refused(share: float) -> None:
    """Even where it is half noise: no feature of a real market knows so much."""
    rows = frame(World(), 1)
    noise = np.random.default_rng(1).normal(0, 0.002, len(rows))
    rows = rows.with_columns(leak=share * pl.col("target_15") + (1 - share) * pl.Series(noise))
    found = trained(rows, plan("leak"))
    passed, words = gate(found, gates.BELIEVABLE)
    assert passed is False
    assert "leak alone goes with the outcome by" in words
    assert found.skill is Skill.NO_SKILL
    assert found.refused.startswith("Not too good to be true: no")


def test_a_feature_made_of_the_next_bar_is_refused() -> None:
    """The audit names it, though it hardly goes with the outcome: the next bar's volume."""

    def peeks(made_of: pl.DataFrame) -> pl.DataFrame:
        later = made_of.sort("at").select(
            "symbol",
            pl.col("at") + pl.duration(minutes=15),
            next_volume=pl.col("volume").shift(-1).over("symbol"),
        )
        return feature_frame(made_of).join(
            later, on=["symbol", "at"], how="left", maintain_order="left"
        )

    drawn = bars(World(), 2)
    rows = with_targets(peeks(drawn), drawn, (15,))
    some: list[datetime] = [drawn["at"].max() - timedelta(days=days) for days in (3, 8)]  # type: ignore[operator]
    found = trained(rows, plan("next_volume", audit=lambda: tuple(peeking(peeks, drawn, some))))
    passed, words = gate(found, gates.NO_LOOK_AHEAD)
    assert passed is False
    assert words == f"1 of {len(FEATURES) + 1} features know what comes later: next_volume"
    assert found.skill is Skill.NO_SKILL
    assert "next_volume" in found.refused


def test_without_an_audit_the_gate_stays_closed() -> None:
    """Nobody looked is not the same as nothing found."""
    assert gate(trained(frame(World(), 1)), gates.NO_LOOK_AHEAD) == (None, "nobody looked")


def test_the_same_training_gives_the_same_bytes(on_noise: Sequence[Training]) -> None:
    """Whatever order the rows come in; another seed is another model."""
    rows = frame(World(), 5)
    first = on_noise[5].learnt.to_bytes()
    assert trained(rows.sample(fraction=1.0, shuffle=True, seed=1)).learnt.to_bytes() == first
    assert trained(rows, plan(seed=8)).learnt.to_bytes() != first
    assert Learnt.from_bytes(first).to_bytes() == first


def test_progress_grows_and_shows_the_losses() -> None:
    """Each look at a booster is reported, the loss of the direction falls on what it learns from."""
    said: list[Progress] = []
    train(frame(World(), 5), 15, plan(), said.append, lambda: False)
    shares = [one.share for one in said]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.1
    assert shares[-1] == 1.0
    assert {one.stage for one in said} >= {
        "fold 1 of 3: direction",
        "fold 2 of 3: spread",
        "fold 3 of 3: shuffled labels",
        "fold 3 of 3: labels a day off",
        "last model, of all sessions",
    }
    curve = next(one.curve for one in said if one.stage == "fold 1 of 3: spread")
    assert curve.rounds == ()
    curve = [one.curve for one in said if one.stage == "fold 3 of 3: direction"][-1]
    assert curve.rounds == (5, 10, 15, 20)
    assert list(curve.training) == sorted(curve.training, reverse=True)
    assert len(curve.validation) == 4
    assert said[0].data == "2,985 rows of 3 symbols, 05 Jan 2026 to 27 Feb 2026"
    assert said[0].split == "walk-forward, 3 folds, purged, 15 min embargo"
    assert said[-1].metrics["cases"] == 1800


@pytest.mark.parametrize("looks", [0, 3, 25])
def test_a_cancelled_training_stops_at_the_next_look(looks: int) -> None:
    """Before the first fold's end, in it, or much later: nothing more is said after."""
    said: list[Progress] = []
    with pytest.raises(TrainingCancelledError):
        train(frame(World(), 5), 15, plan(), said.append, lambda: len(said) >= looks)
    assert len(said) == looks


def test_too_little_to_learn_from_is_counted() -> None:
    """Sessions first, then rows."""
    with pytest.raises(NotEnoughDataError, match="not enough data yet: 20 of 25 sessions"):
        trained(frame(World(sessions=20), 1))
    thin = frame(World(), 1).gather_every(20)
    with pytest.raises(NotEnoughDataError, match="not enough data yet: 151 of 500 rows"):
        trained(thin)


def test_a_price_that_hardly_moves_has_no_skill_in_it() -> None:
    """What did not move was foreseen by nobody and lies within every band; nothing breaks."""
    rows = frame(World(), 1)
    found = trained(rows.with_columns(pl.Series("target_15", _specks(len(rows)))))
    assert found.skill in {Skill.NO_SKILL, Skill.NOT_PROVEN}
    assert found.learnt.metrics["coverage_90"] > 0.9


def test_prices_that_never_move_are_not_enough_data() -> None:
    """Nothing can be learnt of directions where there are none, which is said in words."""
    with pytest.raises(NotEnoughDataError, match=r"not enough data yet: .* no price moved"):
        trained(frame(World(), 1).with_columns(target_15=pl.lit(0.0)))


def test_one_absurd_outcome_does_not_widen_the_bands_of_others(
    on_noise: Sequence[Training],
) -> None:
    """A damaged bar in the history is one of thousands."""
    rows = frame(World(), 1)
    hit = pl.int_range(pl.len()) == 500
    absurd = rows.with_columns(target_15=pl.when(hit).then(600.0).otherwise("target_15"))
    before, after = (expect(one.learnt, rows.tail(300)) for one in (on_noise[1], trained(absurd)))
    for one, other in zip(before, after, strict=True):
        assert other.q90 - other.q10 < 1.5 * (one.q90 - one.q10)


def _specks(count: int) -> list[float]:
    """One outcome in fifty moves."""
    rng = np.random.default_rng(1)
    return np.where(rng.random(count) < 0.02, rng.normal(0, 0.001, count), 0.0).tolist()
