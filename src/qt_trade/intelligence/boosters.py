"""LightGBM, always the same way: seeded, deterministic, few threads, watched while it learns."""

from collections.abc import Callable
from dataclasses import dataclass

import lightgbm
import numpy as np

from qt_trade.intelligence.cases import Floats, Inputs
from qt_trade.intelligence.trained import LossCurve

LEAVES = 15
ROWS_PER_LEAF_MIN = 20
LEAF_SHARE_MIN = 1 / 200
"""Of all rows: a leaf of fewer is luck."""
LEARNING_RATE = 0.05
FEATURE_SHARE = 0.7
LEAF_PENALTY = 10.0
BINS = 63
WATCH_ROUNDS = 5
"""So often a training is looked at, and may be stopped."""
ROWS_PER_THREAD = 250_000
"""A thread for every so many rows: of fewer, threads wait for each other at every node of a tree.

With 30,000 rows two threads are no quicker than one, and on two busy cores ten times slower.
"""


@dataclass(frozen=True, slots=True)
class Boosting:
    """What varies between two boosters. ``objective``: "binary" or "gamma", LightGBM's names."""

    objective: str
    rounds: int
    seed: int
    threads: int


def parameters(boosting: Boosting, rows: int) -> dict[str, float | int | str | bool]:
    """Return LightGBM's parameters in full, for so many rows."""
    return {
        "objective": boosting.objective,
        "metric": "binary_logloss" if boosting.objective == "binary" else boosting.objective,
        "num_leaves": LEAVES,
        "min_data_in_leaf": max(ROWS_PER_LEAF_MIN, int(rows * LEAF_SHARE_MIN)),
        "learning_rate": LEARNING_RATE,
        "feature_fraction": FEATURE_SHARE,
        "lambda_l2": LEAF_PENALTY,
        "max_bin": BINS,
        "seed": boosting.seed,
        "num_threads": threads_for(rows, boosting.threads),
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }


def threads_for(rows: int, most: int) -> int:
    """Return how many threads are worth their while."""
    return min(most, 1 + rows // ROWS_PER_THREAD)


def fit(
    boosting: Boosting,
    rows: Inputs,
    wanted: Floats,
    judged: tuple[Inputs, Floats] | None = None,
    watch: Callable[[LossCurve], None] = lambda _: None,
) -> lightgbm.Booster:
    """Fit one booster. ``judged``: rows and what is wanted of them, for the curve alone.

    ``watch`` is called every few rounds with the losses so far and may raise to stop.
    """
    settings = parameters(boosting, len(wanted))
    training = lightgbm.Dataset(rows, wanted, params=settings)
    sets, names = [training], ["training"]
    if judged is not None:
        sets.append(training.create_valid(judged[0], judged[1]))
        names.append("validation")
    columns: dict[str, list[float]] = {"training": [], "validation": []}
    rounds: list[int] = []

    def look(env: lightgbm.callback.CallbackEnv) -> None:
        if (env.iteration + 1) % WATCH_ROUNDS:
            return
        rounds.append(env.iteration + 1)
        for entry in env.evaluation_result_list or ():
            columns[entry[0]].append(float(entry[2]))
        watch(LossCurve(tuple(rounds), tuple(columns["training"]), tuple(columns["validation"])))

    return lightgbm.train(
        settings,
        training,
        num_boost_round=boosting.rounds,
        valid_sets=sets if judged is not None else None,
        valid_names=names if judged is not None else None,
        callbacks=[look],
    )


def scores(booster: lightgbm.Booster, rows: Inputs, threads: int = 1) -> Floats:
    """Return the raw scores: log odds of a direction, the logarithm of a spread."""
    enough = threads_for(len(rows), threads)
    return np.asarray(booster.predict(rows, raw_score=True, num_threads=enough), dtype=np.float64)


def read(text: str) -> lightgbm.Booster:
    """Read a booster that was kept as text."""
    return lightgbm.Booster(model_str=text)
