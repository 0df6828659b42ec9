"""Train one horizon's model and judge it on sessions it has not seen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from qt_trade.intelligence.learning import boosters, controls, gates, measures
from qt_trade.intelligence.learning.cases import Cases, Floats, gather
from qt_trade.intelligence.learning.forward import Goal, calibrated, go_forward, out_of_fold
from qt_trade.intelligence.learning.judgement import judge, loudest
from qt_trade.intelligence.learning.learnt import Learnt
from qt_trade.intelligence.learning.measures import Measured
from qt_trade.intelligence.learning.naive import naive
from qt_trade.intelligence.learning.trained import (
    GateResult,
    LossCurve,
    NotEnoughDataError,
    Progress,
    Training,
    TrainingCancelledError,
    TrainingPlan,
)
from qt_trade.intelligence.learning.validation import Fold, walk_forward

__all__ = [
    "GateResult",
    "LossCurve",
    "NotEnoughDataError",
    "Progress",
    "Training",
    "TrainingCancelledError",
    "TrainingPlan",
    "train",
]

_GOALS, _LAST = 4, 2
"""Boosters of each fold: two of the model, two controls; and boosters of the model itself."""
_SIZE_MIN, _SIZE_MAX = 1e-3, 20.0
"""In volatilities of a bar: a price that did not move still has a spread, and one damaged bar must not
widen the spread of all that look like it."""


def train(
    frame: pl.DataFrame,
    horizon_min: int,
    plan: TrainingPlan,
    report: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> Training:
    """Train the model of ``horizon_min`` on a feature frame with ``target_<horizon_min>``.

    The same frame, plan and version give the same model, byte for byte. Raises NotEnoughDataError,
    and TrainingCancelledError within a few rounds of ``cancelled``.
    """
    target, horizon = f"target_{horizon_min}", timedelta(minutes=horizon_min)
    cases = gather(frame, target, plan.features, plan.volatility)
    folds = tuple(walk_forward(cases.moment, cases.session, horizon, horizon, plan.folds))
    course = _Course(cases, horizon_min, plan, report, cancelled)
    elsewhere = {
        "shuffled labels": controls.shuffled(cases, plan.seed),
        "labels a day off": controls.moved(cases),
    }
    direction, spread = Goal("binary", _up(cases.wanted)), Goal("gamma", _size(cases))
    goals = {"direction": direction, "spread": spread} | {
        name: Goal("binary", _up(wanted)) for name, wanted in elsewhere.items()
    }
    scores = out_of_fold(cases, goals, folds, plan, course.watch_fold)
    forward = go_forward(cases, folds, scores["direction"], scores["spread"])
    judgement = judge(cases, forward, plan.cost_bp)
    evidence = gates.Evidence(
        judgement=judgement,
        features=len(plan.features),
        peeking=plan.audit() if plan.audit is not None else None,
        loudest=loudest(cases, plan.features),
        controls={
            name: _control(cases, wanted, scores[name]) for name, wanted in elsewhere.items()
        },
    )
    ruling, metrics = gates.rule(evidence), gates.figures(evidence)
    taught = calibrated(cases, forward.rows, scores["direction"], scores["spread"])
    binned = boosters.Binned(cases.inputs, plan.threads)
    texts = [
        boosters.fit(
            boosters.Boosting(goal.objective, plan.rounds, plan.seed, plan.threads),
            binned,
            goal.wanted,
            watch=lambda _: course.watch_last(metrics),
        ).model_to_string()
        for goal in (direction, spread)
    ]
    learnt = Learnt(
        horizon_min=horizon_min,
        features=plan.features,
        volatility=plan.volatility,
        parameters=_numbers(plan, len(cases)),
        seed=plan.seed,
        data_hash=cases.hash(),
        data_from=cases.first,
        data_to=cases.last,
        rows=len(cases),
        metrics=metrics,
        direction=texts[0],
        spread=texts[1],
        certainty=taught.certainty,
        residuals=taught.residuals,
        calibration=judgement.calibration,
    )
    return Training(learnt, ruling.skill, ruling.gates, ruling.refused, ruling.words)


def _up(wanted: Floats) -> Floats:
    """Return 1 for a rise, 0 for a fall; a price that did not move has no direction to learn."""
    return np.where(np.isfinite(wanted) & (wanted != 0), (wanted > 0).astype(np.float64), np.nan)


def _size(cases: Cases) -> Floats:
    return np.clip(np.abs(cases.wanted) / cases.volatility, _SIZE_MIN, _SIZE_MAX)


def _numbers(plan: TrainingPlan, rows: int) -> dict[str, float]:
    settings = boosters.parameters(
        boosters.Boosting("binary", plan.rounds, plan.seed, plan.threads), rows
    )
    numbers = {
        name: float(value)
        for name, value in settings.items()
        if not isinstance(value, str) and name not in {"verbosity", "num_threads", "seed"}
    }
    return {"rounds": float(plan.rounds), "folds": float(plan.folds), **numbers}


def _control(cases: Cases, wanted: Floats, direction: Floats) -> Measured:
    """Return how much a model of these outcomes beats naive, which knows them as well."""
    judged = np.isfinite(direction) & np.isfinite(_up(wanted))
    usual = naive(cases, wanted).prob_up[judged]
    came = wanted[judged]
    right = measures.hits(0.5 + direction[judged], came)
    return measures.mean(right - measures.hits(usual, came), cases.session[judged])


@dataclass(slots=True)
class _Course:
    """One training on its way: how far it is, and whether to go on."""

    cases: Cases
    horizon_min: int
    plan: TrainingPlan
    report: Callable[[Progress], None]
    cancelled: Callable[[], bool]
    looks: int = 0

    def watch_fold(self, fold: Fold, goal: str, curve: LossCurve) -> None:
        """Report a look at a fold's booster, or stop."""
        self._say(f"fold {fold.number} of {self.plan.folds}: {goal}", curve, {})

    def watch_last(self, metrics: dict[str, float]) -> None:
        """Report a look at a booster of all sessions, or stop."""
        self._say("last model, of all sessions", LossCurve(), metrics)

    def _say(self, stage: str, curve: LossCurve, metrics: dict[str, float]) -> None:
        if self.cancelled():
            raise TrainingCancelledError("the training was cancelled")
        self.looks += 1
        looks = (_GOALS * self.plan.folds + _LAST) * (self.plan.rounds // boosters.WATCH_ROUNDS)
        cases = self.cases
        self.report(
            Progress(
                stage=stage,
                share=self.looks / looks,
                curve=curve,
                metrics=metrics,
                data=f"{len(cases):,} rows of {len(cases.symbols)} symbols,"
                f" {cases.first:%d %b %Y} to {cases.last:%d %b %Y}",
                split=f"walk-forward, {self.plan.folds} folds, purged,"
                f" {self.horizon_min} min embargo",
            )
        )
