"""Predictions of rows whose sessions the models had not seen, calibrated on the folds before."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qt_trade.intelligence.learning import boosters, conformal
from qt_trade.intelligence.learning.cases import Cases, Flags, Floats
from qt_trade.intelligence.learning.certainty import certainty
from qt_trade.intelligence.learning.learnt import Certainty
from qt_trade.intelligence.learning.outlook import Outlook, outlook
from qt_trade.intelligence.learning.trained import LossCurve, TrainingPlan
from qt_trade.intelligence.learning.validation import Fold


@dataclass(frozen=True, slots=True)
class Goal:
    """What a booster is to learn of each case, NaN where nothing is known; ``objective``: how."""

    objective: str
    wanted: Floats


@dataclass(frozen=True, slots=True)
class Forward:
    """One row per judged case. ``rows``: which they are among all.

    ``banded``: whether a case's probability and quantiles are calibrated: those of the first fold
    are not, for nothing had been seen out of fold before it; its quantiles are NaN.
    ``unmoved``: the quantiles of no change, with the volatility of the moment alone.
    """

    rows: Flags
    outlook: Outlook
    quantiles: Floats
    unmoved: Floats
    banded: Flags


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What out-of-fold cases teach: how certain a direction is, and how far off a centre."""

    certainty: Certainty
    residuals: tuple[float, ...]


def out_of_fold(
    cases: Cases,
    goals: Mapping[str, Goal],
    folds: Sequence[Fold],
    plan: TrainingPlan,
    watch: Callable[[Fold, str, LossCurve], None],
) -> dict[str, Floats]:
    """Return every judged row's raw score for every goal, NaN of the rows that are not judged.

    ``watch`` is told the fold, the goal and the losses so far, the latter of the first goal alone.
    """
    found = {name: np.full(len(cases), np.nan) for name in goals}
    first = next(iter(goals))
    for fold in folds:
        learnt = boosters.Binned(cases.inputs[fold.learnt], plan.threads)
        judged = cases.inputs[fold.judged]
        for name, goal in goals.items():

            def look(curve: LossCurve, fold: Fold = fold, name: str = name) -> None:
                watch(fold, name, curve)

            booster = boosters.fit(
                boosters.Boosting(goal.objective, plan.rounds, plan.seed, plan.threads),
                learnt,
                goal.wanted[fold.learnt],
                (judged, goal.wanted[fold.judged]) if name == first else None,
                look,
            )
            found[name][fold.judged] = boosters.scores(booster, judged, plan.threads)
    return found


def calibrated(cases: Cases, seen: Flags, direction: Floats, spread: Floats) -> Calibrated:
    """Learn from the out-of-fold scores of the cases ``seen``."""
    moved = seen & (cases.wanted != 0)
    right = (direction > 0) == (cases.wanted > 0)
    sure = certainty(np.abs(direction[moved]), right[moved], cases.session[moved])
    view = outlook(direction[seen], spread[seen], cases.volatility[seen], sure)
    return Calibrated(sure, conformal.kept((cases.wanted[seen] - view.centre) / view.spread))


def go_forward(cases: Cases, folds: Sequence[Fold], direction: Floats, spread: Floats) -> Forward:
    """Predict each fold with what the folds before it taught, as a model in use would have."""
    rows = np.isfinite(direction)
    width = len(conformal.QUANTILES)
    columns = {name: np.full(len(cases), np.nan) for name in ("up", "centre", "spread")}
    bands, unmoved = np.full((len(cases), width), np.nan), np.full((len(cases), width), np.nan)
    seen = np.zeros(len(cases), dtype=np.bool_)
    banded = seen.copy()
    for fold in folds:
        judged = fold.judged
        taught = calibrated(cases, seen, direction, spread)
        view = outlook(
            direction[judged], spread[judged], cases.volatility[judged], taught.certainty
        )
        columns["up"][judged] = view.prob_up
        columns["centre"][judged], columns["spread"][judged] = view.centre, view.spread
        if seen.sum() >= conformal.KEPT_MIN:
            banded |= judged
            bands[judged] = conformal.quantiles(taught.residuals, view.centre, view.spread)
            still = conformal.kept(cases.wanted[seen] / cases.volatility[seen])
            volatility = cases.volatility[judged]
            unmoved[judged] = conformal.quantiles(still, np.zeros_like(volatility), volatility)
        seen |= judged
    view = Outlook(columns["up"][rows], columns["centre"][rows], columns["spread"][rows])
    return Forward(rows, view, bands[rows], unmoved[rows], banded[rows])
