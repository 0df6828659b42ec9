"""Measures the figures of docs/guide/intelligence-method.md, in the worlds of the tests beside it.

``python -m tests.unit.intelligence.figures``: some minutes. Real bars are added where
QTRADE_REAL_DATA names their folder.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import kstest
from tests.unit.intelligence.noise import FEATURES, World, frame
from tests.unit.intelligence.test_coverage import (
    PLAN,
    REGIMES,
    of_real_hours,
    of_world,
    real_years,
)

from qt_trade.intelligence.learning import gates
from qt_trade.intelligence.learning.training import Training, TrainingPlan, train
from qt_trade.model.predictions import Skill

NOISE_SEEDS, SEEDS = 200, 20
AUDITED = replace(PLAN, audit=tuple)
SMALL, LARGE = World(40, 3), World(60, 8)
VOLATILITIES = (("volatility_8",), ("volatility_130",), ("volatility_130", "volatility_8"))


def trained(rows: pl.DataFrame, plan: TrainingPlan = AUDITED) -> Training:
    """Train at 15 minutes, as the tests do."""
    return train(rows, 15, plan, lambda _: None, lambda: False)


def passed(training: Training, name: str) -> bool:
    """Return whether a gate is open."""
    return any(one.name == name and one.passed for one in training.gates)


def noise() -> Iterator[str]:
    """Tell how often luck alone is taken for skill."""
    for seeds in (NOISE_SEEDS // 4, NOISE_SEEDS):
        found = [trained(frame(SMALL, seed)) for seed in range(seeds)]
        for name in ("p_value", "shuffled_labels_p_value", "labels_a_day_off_p_value"):
            values = np.array([one.learnt.metrics[name] for one in found])
            below = ", ".join(
                f"{(values < level).mean():.1%} < {level}" for level in (0.025, 0.05, 0.1)
            )
            uniform = kstest(values, "uniform").pvalue
            yield f"{seeds} worlds of noise, {name}: {below}; Kolmogorov-Smirnov p = {uniform:.2f}"
        proven = sum(one.skill is Skill.PROVEN for one in found)
        costs = sum(passed(one, gates.AFTER_COSTS) for one in found)
        every = sum(all(gate.passed for gate in one.gates) for one in found)
        refused = sum(bool(one.refused) for one in found)
        yield f"{seeds} worlds of noise: {proven} proven, {costs} after costs, {every} every gate, {refused} refused"


def power() -> Iterator[str]:
    """Tell how often a planted signal is found."""
    for world in (SMALL, LARGE):
        for momentum in (0.05, 0.1, 0.15, 0.2, 0.25):
            rows = (frame(replace(world, momentum=momentum), seed) for seed in range(SEEDS))
            found = [trained(one) for one in rows]
            proven = sum(one.skill is Skill.PROVEN for one in found)
            every = sum(all(gate.passed for gate in one.gates) for one in found)
            points = 100 * np.mean([one.learnt.metrics["difference"] for one in found])
            refused = sum(bool(one.refused) for one in found)
            yield (
                f"{world.symbols} symbols, {world.sessions} sessions, {momentum} repeated:"
                f" {points:+.1f} points, {proven} of {SEEDS} proven, {every} pass every gate,"
                f" {refused} refused"
            )


def leaks() -> Iterator[str]:
    """Tell how often a feature that carries the outcome is refused, by how much of it is noise."""
    for share in (1.0, 0.5, 0.25, 0.1):
        refused = 0
        for seed in range(SEEDS):
            rows = frame(SMALL, seed)
            drawn = np.random.default_rng(seed).normal(0, 0.002, len(rows))
            leak = share * pl.col("target_15") + (1 - share) * pl.Series(drawn)
            plan = replace(AUDITED, features=(*FEATURES, "leak"))
            refused += bool(trained(rows.with_columns(leak=leak), plan).refused)
        yield f"a leak of {share:.0%} outcome: {refused} of {SEEDS} refused"


def coverage() -> Iterator[str]:
    """Tell what the bands held in sessions nobody had seen."""
    for name, regime in REGIMES.items():
        yield _held(name, of_world(*regime))
    if "QTRADE_REAL_DATA" in os.environ:
        for horizon_min in (15, 60):
            yield _held(f"real hours, {horizon_min // 15} bars", of_real_hours(horizon_min))


def _held(name: str, found: npt.NDArray[np.bool_]) -> str:
    shares = ", ".join(f"{share:.1%}" for share in found.mean(axis=0))
    return f"{name}: 50/80/90 % held {shares} of {len(found):,}"


def volatility() -> Iterator[str]:
    """Tell which volatility tells the spread best, by the pinball loss of the quantiles."""
    worlds: dict[str, Sequence[pl.DataFrame]] = {
        "volatility switches": [frame(World(90, 5, switching=True), seed) for seed in range(4)]
    }
    if "QTRADE_REAL_DATA" in os.environ:
        worlds["real hours"] = list(real_years(15))
    for name, rows in worlds.items():
        for columns in VOLATILITIES:
            plan = replace(PLAN, volatility=columns)
            found = [trained(one, plan).learnt.metrics for one in rows]
            ours, bare = (
                np.mean([one[of] for one in found]) for of in ("pinball_bp", "pinball_unmoved_bp")
            )
            yield f"{name}, {' and '.join(columns)}: pinball {ours:.3f} bp, without features {bare:.3f} bp"


def main() -> None:
    """Print every figure when it is measured."""
    parts: Iterable[Iterator[str]] = (noise(), power(), leaks(), coverage(), volatility())
    for part in parts:
        for line in part:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
