"""The naive forecasters a model has to beat: yesterday's commoner direction, drift, no change."""

from dataclasses import dataclass

import numpy as np

from qt_trade.intelligence.learning.cases import Cases, Floats

SESSIONS = 20
"""How far back the naive forecaster looks."""


@dataclass(frozen=True, slots=True)
class Naive:
    """One value per row. ``prob_up``: 1, 0, or a half where both directions came as often.

    ``drift``: the mean return of the same sessions, 0 where there are none.
    """

    prob_up: Floats
    drift: Floats


def naive(cases: Cases, wanted: Floats) -> Naive:
    """Return what the last SESSIONS sessions say of each row, by symbol, at the same horizon.

    ``wanted``: the returns of the rows, NaN where there is none. The session itself says nothing.
    """
    known = np.isfinite(wanted)
    leaning = _before(cases, np.where(known, np.sign(wanted), 0.0))
    total = _before(cases, np.where(known, wanted, 0.0))
    count = _before(cases, known.astype(np.float64))
    return Naive(
        prob_up=0.5 + 0.5 * np.sign(leaning),
        drift=np.divide(total, count, out=np.zeros_like(total), where=count > 0),
    )


def _before(cases: Cases, values: Floats) -> Floats:
    """Return each row's sum of ``values`` over its symbol's SESSIONS sessions before."""
    sums = np.zeros((len(cases.symbols), len(cases.sessions) + 1))
    np.add.at(sums, (cases.symbol, cases.session + 1), values)
    running = np.cumsum(sums, axis=1)
    start = np.maximum(cases.session - SESSIONS, 0)
    return running[cases.symbol, cases.session] - running[cases.symbol, start]
