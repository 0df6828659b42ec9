"""Bands that hold what they say: conformal predictive systems (library ``crepes``).

Vovk, Shen, Manokhin & Xie, "Nonparametric predictive distributions based on conformal prediction"
(Machine Learning 108, 2019): the quantiles of a prediction are its own spread times the quantiles of
earlier residuals, each made by a model that had not seen its row, in units of their spread. Within
classes of volatility (Mondrian: Boström & Johansson, "Mondrian conformal regressors", COPA 2020), so
that calm and wild moments are covered alike.
"""

import numpy as np
import numpy.typing as npt
from crepes import ConformalPredictiveSystem

from qt_trade.intelligence.learnt import Residuals

Floats = npt.NDArray[np.float64]

_LOWER, _UPPER = (0.05, 0.10, 0.25, 0.50), (0.75, 0.90, 0.95)
QUANTILES: tuple[float, ...] = _LOWER + _UPPER
"""Of the return: the bounds of the bands that hold 50, 80 and 90 %, and the middle."""
CLASSES = 3
KEPT_PER_CLASS_MAX = 2000
"""Residuals kept of each class: more do not move a 5 % quantile by a tenth of its error."""


def residuals(in_spreads: Floats, volatility: Floats) -> Residuals:
    """Keep out-of-fold residuals, in units of their spread, by class of volatility."""
    edges = np.quantile(volatility, np.arange(1, CLASSES) / CLASSES)
    of_row = np.digitize(volatility, edges)
    kept = tuple(_thinned(in_spreads[of_row == number]) for number in range(CLASSES))
    return Residuals(edges=tuple(float(edge) for edge in edges), classes=kept)


def _thinned(of_class: Floats) -> tuple[float, ...]:
    ordered = np.sort(of_class)
    if len(ordered) > KEPT_PER_CLASS_MAX:
        places = (np.arange(KEPT_PER_CLASS_MAX) + 0.5) / KEPT_PER_CLASS_MAX * len(ordered)
        ordered = ordered[places.astype(np.int64)]
    return tuple(float(value) for value in ordered)


def quantiles(kept: Residuals, centre: Floats, spread: Floats, volatility: Floats) -> Floats:
    """Return each row's returns at ``QUANTILES``, one column each, rising from left to right."""
    alphas = np.concatenate([np.asarray(one, dtype=np.float64) for one in kept.classes])
    of_kept = np.repeat(np.arange(len(kept.classes)), [len(one) for one in kept.classes])
    system = ConformalPredictiveSystem()
    # What is kept is in units of the spread already: its own spread is one.
    system.fit(alphas, sigmas=np.ones_like(alphas), bins=of_kept)
    found = system.predict_percentiles(
        centre,
        sigmas=spread,
        bins=np.digitize(volatility, np.asarray(kept.edges)),
        lower_percentiles=[100 * share for share in _LOWER],
        higher_percentiles=[100 * share for share in _UPPER],
    )
    return np.asarray(found, dtype=np.float64)
