"""LightGBM, always the same way: seeded, deterministic, few threads, watched while it learns."""

from collections.abc import Callable
from dataclasses import dataclass

import lightgbm
import numpy as np

from qt_trade.intelligence.learning.cases import Floats, Inputs
from qt_trade.intelligence.learning.learnt import DamagedModelError
from qt_trade.intelligence.learning.trained import LossCurve, NotEnoughDataError
from qt_trade.intelligence.learning.trees import checked

LEAVES = 15
ROWS_PER_LEAF_MIN = 20
LEAF_SHARE_MIN = 1 / 200
"""Of all rows: a leaf of fewer is luck."""
LEARNING_RATE = 0.05
FEATURE_SHARE = 0.7
LEAF_PENALTY = 10.0
_BINNING: dict[str, float | int | str | bool] = {
    "max_bin": 63,
    "feature_pre_filter": False,
    "verbosity": -1,
}
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


class Binned:
    """Rows sorted into LightGBM's bins once, to learn several things from: that is half the work."""

    def __init__(self, rows: Inputs, threads: int) -> None:
        # Threads are named here as well: LightGBM's own choice is one for each core, and they spin.
        settings = {**_BINNING, "num_threads": threads_for(len(rows), threads)}
        self._rows = lightgbm.Dataset(rows, params=settings).construct()

    def labelled(self, wanted: Floats) -> lightgbm.Dataset:
        """Return the rows of which something is known (not NaN) with what it is.

        Raises NotEnoughDataError where that is none: no price moved.
        """
        known = np.flatnonzero(np.isfinite(wanted))
        if len(known) == 0:
            raise NotEnoughDataError(
                f"not enough data yet: no outcome is known of {len(wanted):,} rows to learn from,"
                " for no price moved"
            )
        return self._rows.subset(known.tolist()).construct().set_label(wanted[known])


def parameters(boosting: Boosting, rows: int) -> dict[str, float | int | str | bool]:
    """Return LightGBM's parameters in full, for so many rows."""
    return {
        **_BINNING,
        "objective": boosting.objective,
        "metric": "binary_logloss" if boosting.objective == "binary" else boosting.objective,
        "num_leaves": LEAVES,
        "min_data_in_leaf": max(ROWS_PER_LEAF_MIN, int(rows * LEAF_SHARE_MIN)),
        "learning_rate": LEARNING_RATE,
        "feature_fraction": FEATURE_SHARE,
        "lambda_l2": LEAF_PENALTY,
        "seed": boosting.seed,
        "num_threads": threads_for(rows, boosting.threads),
        "deterministic": True,
        "force_row_wise": True,
    }


def threads_for(rows: int, most: int) -> int:
    """Return how many threads are worth their while."""
    return min(most, 1 + rows // ROWS_PER_THREAD)


def fit(
    boosting: Boosting,
    rows: Binned,
    wanted: Floats,
    judged: tuple[Inputs, Floats] | None = None,
    watch: Callable[[LossCurve], None] = lambda _: None,
) -> lightgbm.Booster:
    """Fit one booster to the rows whose ``wanted`` is known.

    ``judged``: other rows and what is wanted of them, for the curve alone. ``watch`` is called every
    few rounds with the losses so far, none without ``judged``, and may raise to stop.
    """
    training = rows.labelled(wanted)
    settings = parameters(boosting, training.num_data())
    sets = {"training": training}
    if judged is not None:
        known = np.isfinite(judged[1])
        sets["validation"] = training.create_valid(judged[0][known], judged[1][known])
    columns: dict[str, list[float]] = {"training": [], "validation": []}
    rounds: list[int] = []

    def look(env: lightgbm.callback.CallbackEnv) -> None:
        if (env.iteration + 1) % WATCH_ROUNDS:
            return
        for entry in env.evaluation_result_list or ():
            columns[entry[0]].append(float(entry[2]))
        if judged is not None:
            rounds.append(env.iteration + 1)
        watch(LossCurve(tuple(rounds), tuple(columns["training"]), tuple(columns["validation"])))

    return lightgbm.train(
        settings,
        training,
        num_boost_round=boosting.rounds,
        valid_sets=None if judged is None else list(sets.values()),
        valid_names=None if judged is None else list(sets),
        callbacks=[look],
    )


def scores(booster: lightgbm.Booster, rows: Inputs, threads: int = 1) -> Floats:
    """Return the raw scores: log odds of a direction, the logarithm of a spread."""
    enough = threads_for(len(rows), threads)
    return np.asarray(booster.predict(rows, raw_score=True, num_threads=enough), dtype=np.float64)


def read(text: str, features: int) -> lightgbm.Booster:
    """Read a booster that was kept as text; raises DamagedModelError if it is none of so many."""
    try:
        return lightgbm.Booster(model_str=checked(text, features))
    except lightgbm.basic.LightGBMError as error:
        raise DamagedModelError(f"the model's trees cannot be read: {error}") from error
