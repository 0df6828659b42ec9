"""Train one horizon's model and judge it on sessions it has not seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import polars as pl

from qt_trade.intelligence import boosters, controls, gates, measures
from qt_trade.intelligence.cases import Cases, Floats, gather
from qt_trade.intelligence.forward import calibrated, go_forward, out_of_fold
from qt_trade.intelligence.judgement import judge, loudest
from qt_trade.intelligence.learnt import Learnt
from qt_trade.intelligence.measures import Measured
from qt_trade.intelligence.naive import naive
from qt_trade.intelligence.trained import (
    GateResult,
    LossCurve,
    NotEnoughDataError,
    Progress,
    Training,
    TrainingCancelledError,
    TrainingPlan,
)
from qt_trade.intelligence.validation import Fold, walk_forward

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

_SIZE_MIN = 1e-3
"""In volatilities of a bar: a price that did not move still has a spread."""


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
    course = _Course(cases, horizon_min, plan, folds, report, cancelled)
    direction = course.scores("binary", _up(cases.wanted), "fold")
    spread = course.scores("gamma", _size(cases), "spread, fold")
    forward = go_forward(cases, folds, direction, spread)
    judgement = judge(cases, forward, plan.cost_bp)
    course.known = {
        "hit_rate": judgement.hit_rate,
        "naive_hit_rate": judgement.naive_hit_rate,
        "p_value": judgement.difference.p_value,
    }
    evidence = gates.Evidence(
        judgement=judgement,
        features=len(plan.features),
        peeking=plan.audit() if plan.audit is not None else None,
        loudest=loudest(cases, plan.features),
        shuffled=course.control(controls.shuffled(cases, plan.seed), "shuffled labels, fold"),
        moved=course.control(controls.moved(cases), "labels a day off, fold"),
    )
    ruling = gates.rule(evidence)
    taught = calibrated(cases, forward.rows, direction, spread)
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
        metrics=gates.figures(evidence),
        direction=course.last("binary", _up(cases.wanted)),
        spread=course.last("gamma", _size(cases)),
        certainty=taught.certainty,
        residuals=taught.residuals,
    )
    course.say("done", 1.0, LossCurve(), learnt.metrics)
    return Training(learnt, ruling.skill, ruling.gates, ruling.refused, ruling.words)


def _up(wanted: Floats) -> Floats:
    """Return 1 for a rise, 0 for a fall; a price that did not move has no direction to learn."""
    return np.where(np.isfinite(wanted) & (wanted != 0), (wanted > 0).astype(np.float64), np.nan)


def _size(cases: Cases) -> Floats:
    return np.maximum(np.abs(cases.wanted) / cases.volatility, _SIZE_MIN)


def _numbers(plan: TrainingPlan, rows: int) -> dict[str, float]:
    settings = boosters.parameters(_boosting("binary", plan), rows)
    numbers = {
        name: float(value)
        for name, value in settings.items()
        if not isinstance(value, str) and name not in {"verbosity", "num_threads", "seed"}
    }
    return {"rounds": float(plan.rounds), "folds": float(plan.folds), **numbers}


def _boosting(objective: str, plan: TrainingPlan) -> boosters.Boosting:
    return boosters.Boosting(objective, plan.rounds, plan.seed, plan.threads)


@dataclass(slots=True)
class _Course:
    """One training on its way: how far it is, what it has found, and whether to go on."""

    cases: Cases
    horizon_min: int
    plan: TrainingPlan
    folds: Sequence[Fold]
    report: Callable[[Progress], None]
    cancelled: Callable[[], bool]
    done: int = 0
    known: dict[str, float] = field(default_factory=dict)

    def scores(self, objective: str, wanted: Floats, stage: str) -> Floats:
        """Return out-of-fold scores, saying which fold is under way."""

        def watch(fold: Fold, curve: LossCurve) -> None:
            self._watch(f"{stage} {fold.number} of {len(self.folds)}", curve)

        return out_of_fold(self.cases, wanted, self.folds, _boosting(objective, self.plan), watch)

    def control(self, wanted: Floats, stage: str) -> Measured:
        """Return how much a model of these outcomes beats naive, which knows them as well."""
        direction = self.scores("binary", _up(wanted), stage)
        judged = np.isfinite(direction)
        usual = naive(self.cases, wanted).prob_up[judged]
        came, session = wanted[judged], self.cases.session[judged]
        better = measures.hits(0.5 + direction[judged], came) - measures.hits(usual, came)
        found = measures.mean(better, session)
        if found is None:
            raise NotEnoughDataError("no price moved in any session that was to be judged on")
        return found

    def last(self, objective: str, wanted: Floats) -> str:
        """Return the booster that learnt from all rows, as text."""
        known = np.isfinite(wanted)

        def watch(curve: LossCurve) -> None:
            self._watch("last model, of all sessions", curve)

        booster = boosters.fit(
            _boosting(objective, self.plan), self.cases.inputs[known], wanted[known], None, watch
        )
        return booster.model_to_string()

    def _watch(self, stage: str, curve: LossCurve) -> None:
        if self.cancelled():
            raise TrainingCancelledError("the training was cancelled")
        rounds = curve.rounds[-1]
        fits = 4 * len(self.folds) + 2
        self.say(stage, (self.done + rounds / self.plan.rounds) / fits, curve, self.known)
        # The watch looks every few rounds, so that the last look may be just before the end.
        self.done += rounds + boosters.WATCH_ROUNDS > self.plan.rounds

    def say(self, stage: str, share: float, curve: LossCurve, metrics: dict[str, float]) -> None:
        """Report where the training is."""
        cases = self.cases
        self.report(
            Progress(
                stage=stage,
                share=min(share, 1.0),
                curve=curve,
                metrics=metrics,
                data=f"{len(cases):,} rows of {len(cases.symbols)} symbols,"
                f" {cases.first:%d %b %Y} to {cases.last:%d %b %Y}",
                split=f"walk-forward, {len(self.folds)} folds, purged,"
                f" {self.horizon_min} min embargo",
            )
        )
