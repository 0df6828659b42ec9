"""What out-of-sample predictions showed, as figures."""

from dataclasses import dataclass

import numpy as np

from qt_trade.intelligence.learning import measures
from qt_trade.intelligence.learning.cases import Cases, Floats, Integers
from qt_trade.intelligence.learning.certainty import losses
from qt_trade.intelligence.learning.forward import Forward
from qt_trade.intelligence.learning.measures import BP, Measured
from qt_trade.intelligence.learning.naive import Naive, naive
from qt_trade.model.scores import CalibrationPoint, Estimate

BANDS = (0.5, 0.8, 0.9)
"""The shares of outcomes that the published bands are to hold."""
POINTS = 5
"""Of the calibration, of equally many cases."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Figures of one walk-forward. ``difference``: of the hit rates, model less naive, a fraction.

    ``certainty``: said less right, a fraction. ``coverage``: by share. ``calibration``: by how sure. ``edge_bp``: per prediction
    worth acting on, after both sides' costs.
    """

    difference: Measured
    hit_rate: float
    naive_hit_rate: float
    information: Measured
    certainty: Measured
    coverage: dict[float, Measured]
    calibration: tuple[CalibrationPoint, ...]
    edge_bp: Measured
    others: dict[str, float]


def judge(cases: Cases, forward: Forward, cost_bp: float) -> Judgement:
    """Measure what ``forward`` predicted; ``cost_bp`` of one side of a trade."""
    came, session = cases.wanted[forward.rows], cases.session[forward.rows]
    before = naive(cases, cases.wanted)
    usual = Naive(before.prob_up[forward.rows], before.drift[forward.rows])
    view, banded = forward.outlook, forward.banded
    moved = came != 0
    right = measures.hits(view.prob_up, came)
    usually_right = measures.hits(usual.prob_up, came)
    said = np.maximum(view.prob_up, 1.0 - view.prob_up)
    difference = measures.mean((right - usually_right)[moved], session[moved])
    both = moved & banded
    side = np.sign(view.centre)
    acted = banded & (np.abs(view.centre) * BP > 2.0 * cost_bp)
    gained = (side * came * BP - 2.0 * cost_bp)[acted]
    coverage = {
        share: measures.mean(
            measures.inside(forward.quantiles, came, share)[banded].astype(np.float64),
            session[banded],
        )
        for share in BANDS
    }
    return Judgement(
        difference=difference,
        hit_rate=float(right[moved].mean()),
        naive_hit_rate=float(usually_right[moved].mean()),
        information=measures.rank_correlation(
            view.centre / view.spread, came / cases.volatility[forward.rows], session
        ),
        certainty=measures.mean((said - right)[both], session[both]),
        coverage=coverage,
        calibration=_points(said[both], right[both], session[both]),
        edge_bp=measures.mean(gained, session[acted]),
        others=_losses(forward, came, usual),
    )


def _points(said: Floats, right: Floats, session: Integers) -> tuple[CalibrationPoint, ...]:
    """Return how often directions were right, in fifths of equal size by how sure they were said."""
    found = []
    for one in np.array_split(np.argsort(said, kind="stable"), POINTS):
        share = measures.mean(right[one], session[one])
        if share.sessions >= measures.SESSIONS_MIN:
            low, high = max(share.low, 0.0), min(share.high, 1.0)
            estimate = Estimate(share.value, low, high)
            found.append(CalibrationPoint(float(said[one].mean()), estimate, len(one)))
    return tuple(found)


def _losses(forward: Forward, came: Floats, usual: Naive) -> dict[str, float]:
    """Return losses of the calibrated cases; a coin's Brier score is 0.25, its log loss 0.6931."""
    banded, view = forward.banded, forward.outlook
    up = (came > 0) & banded
    moved = (came != 0) & banded
    prob = view.prob_up[moved]
    errors = {
        "no_change": float(np.sum(came[banded] ** 2)),
        "drift": float(np.sum((came - usual.drift)[banded] ** 2)),
    }
    error = float(np.sum((came - view.centre)[banded] ** 2))
    return {
        "brier": float(np.mean((prob - up[moved]) ** 2)),
        "log_loss": float(losses(prob, up[moved]).mean()),
        "pinball_bp": float(measures.pinball_bp(forward.quantiles, came)[banded].mean()),
        "pinball_unmoved_bp": float(measures.pinball_bp(forward.unmoved, came)[banded].mean()),
        **{f"r2_against_{name}": 1.0 - error / whole for name, whole in errors.items()},
    }


def loudest(cases: Cases, features: tuple[str, ...]) -> tuple[str, Measured]:
    """Return the feature that most surely goes with the outcome, or against it; "": none varies.

    By the near end of its rank correlation's interval: a leak must not hide behind a feature that
    goes with the outcome more, but perhaps by luck.
    """
    found = {
        name: measures.rank_correlation(
            column[known].astype(np.float64), cases.wanted[known], cases.session[known]
        )
        for name, column in zip(features, cases.inputs.T, strict=True)
        if len(known := np.flatnonzero(np.isfinite(column)))
    }
    heard = {name: one for name, one in found.items() if one.cases}
    name = max(heard, key=lambda one: _surely(heard[one]), default="")
    return name, heard.get(name, measures.NOTHING)


def _surely(found: Measured) -> tuple[float, float]:
    return max(found.low, -found.high), abs(found.value)
