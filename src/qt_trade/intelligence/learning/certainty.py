"""How often a direction is right, by how far its score is from the coin toss.

Learnt from out-of-fold scores alone: a booster is always too sure of the rows it learnt from. Two
monotone ways, the one that tells later sessions better is kept: Platt's sigmoid ("Probabilistic
outputs for support vector machines", 1999) without its shift, so that no direction is turned round;
or isotonic regression (Zadrozny & Elkan, "Transforming classifier scores into accurate multiclass
probability estimates", KDD 2002).
"""

import numpy as np
from sklearn.isotonic import IsotonicRegression

from qt_trade.intelligence.learning.cases import Flags, Floats, Integers
from qt_trade.intelligence.learning.learnt import Certainty
from qt_trade.intelligence.learning.outlook import CERTAIN_MAX, CERTAIN_MIN, how_certain

UNKNOWN = Certainty("platt", slope=0.25)
"""Before anything was seen out of fold: a score is worth a quarter of what it says."""

_SLOPE_MAX = 5.0
_STEPS = 40
_LATE_MIN = 200
_POINTS_MAX = 200


def certainty(distance: Floats, right: Flags, session: Integers) -> Certainty:
    """Fit both ways on the earlier half of the sessions, keep the better one, fitted on all.

    The curve has to be better than the sigmoid by one standard error (Breiman, Friedman, Olshen &
    Stone, "Classification and Regression Trees", 1984, 3.4.3): it bends to luck more easily.
    """
    if len(distance) == 0:
        return UNKNOWN
    late = session > np.median(session)
    if late.sum() < _LATE_MIN:
        return _platt(distance, right)
    sigmoid, curve = (
        losses(how_certain(way(distance[~late], right[~late]), distance[late]), right[late])
        for way in (_platt, _isotonic)
    )
    gained = sigmoid - curve
    better = gained.mean() > gained.std() / np.sqrt(len(gained))
    return _isotonic(distance, right) if better else _platt(distance, right)


def losses(said: Floats, came: Flags) -> Floats:
    """Return -log of the probability that was given to what came."""
    return -np.log(np.where(came, said, 1.0 - said))


def _platt(distance: Floats, right: Flags) -> Certainty:
    """Maximise the likelihood of one slope by bisection: its derivative falls all the way."""
    sign = np.where(right, 1.0, -1.0)
    low, high = 0.0, _SLOPE_MAX
    for _ in range(_STEPS):
        middle = (low + high) / 2
        rising = np.mean(sign * distance / (1.0 + np.exp(sign * middle * distance))) > 0
        low, high = (middle, high) if rising else (low, middle)
    return Certainty("platt", slope=low)


def _isotonic(distance: Floats, right: Flags) -> Certainty:
    fitted = IsotonicRegression(y_min=CERTAIN_MIN, y_max=CERTAIN_MAX).fit(
        distance, right.astype(np.float64)
    )
    points = np.linspace(0, len(fitted.X_thresholds_) - 1, _POINTS_MAX).round().astype(np.int64)
    kept = np.unique(points)
    return Certainty(
        "isotonic",
        slope=0.0,
        scores=tuple(fitted.X_thresholds_[kept].tolist()),
        right=tuple(fitted.y_thresholds_[kept].tolist()),
    )
