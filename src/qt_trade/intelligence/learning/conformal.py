"""Bands that hold what they say: a conformal predictive system (library ``crepes``).

Vovk, Shen, Manokhin & Xie, "Nonparametric predictive distributions based on conformal prediction"
(Machine Learning 108, 2019), normalised: the quantiles of a return are its own expected spread times
the quantiles of earlier residuals in units of theirs, each left by a model that had not seen its row.
Classes of volatility on top (Mondrian) were measured and told no more.
"""

import numpy as np
from crepes import ConformalPredictiveSystem

from qt_trade.intelligence.learning.cases import Floats
from qt_trade.intelligence.learning.learnt import DamagedModelError
from qt_trade.intelligence.learning.outlook import RETURN_MAX

_LOWER, _UPPER = (0.05, 0.10, 0.25, 0.50), (0.75, 0.90, 0.95)
QUANTILES: tuple[float, ...] = _LOWER + _UPPER
"""Of the return: the bounds of the bands that hold 50, 80 and 90 %, and the middle."""
KEPT_MIN = 19
"""Of fewer residuals none lies beyond the 5 % quantile, and there is no band to be had from them."""
KEPT_MAX = 4000
"""Residuals kept: more do not move a 5 % quantile by a tenth of its error."""


def kept(in_spreads: Floats) -> tuple[float, ...]:
    """Return out-of-fold residuals, in units of their spread, as a model keeps them: sorted."""
    ordered = np.sort(in_spreads)
    if len(ordered) > KEPT_MAX:
        places = (np.arange(KEPT_MAX) + 0.5) / KEPT_MAX * len(ordered)
        ordered = ordered[places.astype(np.int64)]
    return tuple(ordered.tolist())


def quantiles(residuals: tuple[float, ...], centre: Floats, spread: Floats) -> Floats:
    """Return each row's log returns at ``QUANTILES``, one column each, rising from left to right.

    None is beyond ``RETURN_MAX``. Raises DamagedModelError for fewer residuals than ``KEPT_MIN``, and
    for what is no number.
    """
    alphas = np.asarray(residuals, dtype=np.float64)
    if len(alphas) < KEPT_MIN or not np.isfinite(alphas).all():
        raise DamagedModelError(f"no bands from {len(alphas)} residuals: {KEPT_MIN} are needed")
    system = ConformalPredictiveSystem()
    # What is kept is in units of the spread already: its own spread is one.
    system.fit(alphas, sigmas=np.ones_like(alphas))
    found = system.predict_percentiles(
        centre,
        sigmas=spread,
        lower_percentiles=[100 * share for share in _LOWER],
        higher_percentiles=[100 * share for share in _UPPER],
    )
    return np.clip(np.asarray(found, dtype=np.float64), -RETURN_MAX, RETURN_MAX)
