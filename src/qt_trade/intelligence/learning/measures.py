"""Figures of out-of-sample predictions, with intervals that know which cases hang together.

Rows of one moment rise and fall together and horizons overlap, but no horizon leaves its session and
no session was known to a model that is judged on it. So sessions are the cases that count: a figure
is computed anew with each of them left out (the jackknife over clusters, "CV3" of MacKinnon, Nielsen
& Webb, "Fast and reliable jackknife and bootstrap methods for cluster-robust inference", Journal of
Applied Econometrics 38, 2023), and its error is held against Student's t of one degree less than
there are sessions.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata, t

from qt_trade.intelligence.learning.cases import Flags, Floats, Integers
from qt_trade.intelligence.learning.conformal import QUANTILES

SESSIONS_MIN = 10
"""Below so many no interval is worth the name: it is as wide as can be."""
BP = 10_000.0

_TWO_SIDED_95 = 0.975


@dataclass(frozen=True, slots=True)
class Measured:
    """A mean with its 95 % interval; ``p_value``: how often luck alone gives as much above zero."""

    value: float
    low: float
    high: float
    p_value: float
    cases: int
    sessions: int

    @property
    def t_value(self) -> float:
        """The mean over its error; 0 where there is none."""
        error = (self.high - self.value) / float(t.ppf(_TWO_SIDED_95, max(self.sessions - 1, 1)))
        return self.value / error if 0 < error < math.inf else 0.0


NOTHING = Measured(math.nan, -math.inf, math.inf, 1.0, 0, 0)
"""Of no cases at all."""


def mean(values: Floats, session: Integers) -> Measured:
    """Return the mean of all values with its interval over sessions."""
    if len(values) == 0:
        return NOTHING
    _, place = np.unique(session, return_inverse=True)
    sums, counts = np.bincount(place, weights=values), np.bincount(place)
    clusters = len(counts)
    value = float(sums.sum() / counts.sum())
    if clusters < SESSIONS_MIN:
        return Measured(value, -math.inf, math.inf, 1.0, len(values), clusters)
    without = (sums.sum() - sums) / (counts.sum() - counts)
    error = math.sqrt((clusters - 1) / clusters * float(np.sum((without - value) ** 2)))
    margin = float(t.ppf(_TWO_SIDED_95, clusters - 1)) * error
    p_value = float(t.sf(value / error, clusters - 1)) if error > 0 else float(value <= 0)
    return Measured(value, value - margin, value + margin, p_value, len(values), clusters)


def rank_correlation(said: Floats, came: Floats, session: Integers) -> Measured:
    """Return the rank correlation of all cases: the information coefficient.

    R. C. Grinold & R. N. Kahn, "Active Portfolio Management", 2nd ed. (1999), chapter 6. Not the
    mean of each session's own: within one session what has risen has less to rise to the session's
    mean, so that past and future go against each other on noise as well (M. G. Kendall, "Note on
    bias in the estimation of autocorrelation", Biometrika 41, 1954).
    """
    if min(len(np.unique(column)) for column in (said, came)) <= 1:
        return NOTHING
    ranks = rankdata(said), rankdata(came)
    standard = [(rank - rank.mean()) / rank.std() for rank in ranks]
    return mean(standard[0] * standard[1], session)


def hits(prob_up: Floats, came: Floats) -> Floats:
    """Return 1 where the direction was right, 0 where wrong, a half where none was named."""
    agreed: Floats = np.sign(prob_up - 0.5) * np.sign(came)
    return 0.5 + 0.5 * agreed


def pinball_bp(quantiles: Floats, came: Floats) -> Floats:
    """Return each row's pinball loss, the mean over all quantiles, in hundredths of a per cent.

    R. Koenker & G. Bassett, "Regression Quantiles", Econometrica 46 (1978).
    """
    over = came[:, None] - quantiles
    levels = np.asarray(QUANTILES)
    losses: Floats = BP * np.maximum(levels * over, (levels - 1.0) * over).mean(axis=1)
    return losses


def inside(quantiles: Floats, came: Floats, share: float) -> Flags:
    """Return whether each outcome fell into the band that holds ``share`` of them."""
    low, high = (QUANTILES.index(round(level, 2)) for level in (0.5 - share / 2, 0.5 + share / 2))
    return (came >= quantiles[:, low]) & (came <= quantiles[:, high])
