"""Train one horizon's model and judge it on sessions it has not seen."""

import hashlib
from collections.abc import Callable

import numpy as np
import polars as pl

from qt_trade.intelligence import boosters, conformal
from qt_trade.intelligence.inference import matrix, volatility_of
from qt_trade.intelligence.learnt import Certainty, Learnt
from qt_trade.intelligence.outlook import outlook
from qt_trade.intelligence.trained import (
    GateResult,
    LossCurve,
    NotEnoughDataError,
    Progress,
    Training,
    TrainingCancelledError,
    TrainingPlan,
)
from qt_trade.model.predictions import Skill

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

SESSIONS_MIN = 20


def train(
    frame: pl.DataFrame,
    horizon_min: int,
    plan: TrainingPlan,
    report: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> Training:
    """Train the model of ``horizon_min`` on a feature frame with ``target_<horizon_min>``.

    Raises NotEnoughDataError, and TrainingCancelledError within a few rounds of ``cancelled``.
    """
    target = f"target_{horizon_min}"
    rows = frame.filter(pl.col(target).is_not_null() & (volatility_of(plan.volatility) > 0)).sort(
        "at", "symbol"
    )
    sessions = rows["session"].unique().sort()
    if len(sessions) < SESSIONS_MIN:
        raise NotEnoughDataError(f"{len(sessions)} of {SESSIONS_MIN} sessions with {target}")
    split = sessions[int(len(sessions) * 0.7)]
    earlier = (rows["session"] < split).to_numpy()
    inputs = matrix(rows, plan.features)
    wanted = rows[target].cast(pl.Float64).to_numpy()
    volatility = rows.select(volatility_of(plan.volatility)).to_series().cast(pl.Float64).to_numpy()
    up = (wanted > 0).astype(np.float64)
    size = np.log(np.maximum(np.abs(wanted) / volatility, 0.01))

    def watch(curve: LossCurve) -> None:
        if cancelled():
            raise TrainingCancelledError("the training was cancelled")
        report(Progress("fold 1 of 1", 0.5 * len(curve.rounds) / plan.rounds, curve))

    direction = boosters.Boosting("binary", plan.rounds, plan.seed, plan.threads)
    spread = boosters.Boosting("regression", plan.rounds, plan.seed, plan.threads)
    judged = inputs[~earlier], up[~earlier]
    booster = boosters.fit(direction, inputs[earlier], up[earlier], judged, watch)
    sizes = boosters.fit(spread, inputs[earlier], size[earlier])
    certainty = Certainty("platt", slope=0.2)
    seen = outlook(
        boosters.scores(booster, inputs[~earlier]),
        boosters.scores(sizes, inputs[~earlier]),
        volatility[~earlier],
        certainty,
    )
    hits = float(np.mean((seen.centre > 0) == (up[~earlier] > 0)))
    learnt = Learnt(
        horizon_min=horizon_min,
        features=plan.features,
        volatility=plan.volatility,
        parameters={"rounds": float(plan.rounds), "leaves": float(boosters.LEAVES)},
        seed=plan.seed,
        data_hash=hashlib.sha256(rows.write_csv().encode()).hexdigest(),
        data_from=rows["at"][0],
        data_to=rows["at"][-1],
        rows=len(rows),
        metrics={"hit_rate": hits},
        direction=boosters.fit(direction, inputs, up, None, watch).model_to_string(),
        spread=boosters.fit(spread, inputs, size).model_to_string(),
        certainty=certainty,
        residuals=conformal.residuals(
            (wanted[~earlier] - seen.centre) / seen.spread, volatility[~earlier]
        ),
    )
    report(Progress("done", 1.0, metrics=learnt.metrics))
    words = "nothing is proven: this training does not judge by walk-forward yet"
    gates = (GateResult("Walk-forward beats naive", None, words),)
    return Training(learnt, Skill.NOT_PROVEN, gates, "", words)
