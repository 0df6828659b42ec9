"""95 % intervals of figures whose cases are not independent.

Claims of one moment about many symbols are right or wrong together, and so are claims whose
horizons overlap. No horizon reaches beyond a session, so sessions are what is taken as independent:
the figure is computed anew with each session left out, and its variance is that of these figures
(the jackknife over clusters, "CV3" of J. G. MacKinnon, M. O. Nielsen & M. D. Webb, "Fast and
reliable jackknife and bootstrap methods for cluster-robust inference", Journal of Applied
Econometrics 38 (2023), which errs on the wide side where clusters are few), with Student's t at as
many degrees of freedom as there are sessions but one (A. C. Cameron & D. L. Miller, "A
Practitioner's Guide to Cluster-Robust Inference", Journal of Human Resources 50 (2015)).
"""

import math
from collections.abc import Callable, Sequence

from qt_trade.model.scores import Estimate
from qt_trade.model.tallies import Tally

SESSIONS_MIN = 10
"""Below so many sessions no interval over sessions is worth the name."""
_Z = 1.959963984540054
"""The normal distribution's 97.5 % quantile."""


def total(tallies: Sequence[Tally]) -> Tally:
    """Return the sums of all."""
    return sum(tallies, Tally())


def estimate(
    tallies: Sequence[Tally], figure: Callable[[Tally], float], cases: Callable[[Tally], float]
) -> Estimate | None:
    """Return a figure of all sessions together with its interval.

    ``tallies``: one a session. ``cases``: how many of a session's are in the figure; sessions
    without any do not count. None below SESSIONS_MIN sessions.
    """
    sessions = [tally for tally in tallies if cases(tally) > 0]
    if len(sessions) < SESSIONS_MIN:
        return None
    everything = total(sessions)
    value = figure(everything)
    error = math.sqrt(_variance(sessions, everything, figure))
    margin = student_t(len(sessions) - 1) * error
    return Estimate(value, value - margin, value + margin)


def _variance(
    sessions: Sequence[Tally], everything: Tally, figure: Callable[[Tally], float]
) -> float:
    value, count = figure(everything), len(sessions)
    squares = (figure(everything - session) - value for session in sessions)
    return (count - 1) / count * sum(square**2 for square in squares)


def student_t(freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t, exact to a thousandth from 5 degrees on.

    Whoever scores need not load scipy, which takes longer than a round of scoring does.
    The expansion 26.7.5 of M. Abramowitz & I. A. Stegun, "Handbook of Mathematical Functions".
    """
    z, v = _Z, float(freedom)
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * v**4)
    )


def wilson(share: float, cases: float) -> Estimate:
    """Return a share of independent cases with its interval.

    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal
    of the American Statistical Association 22 (1927).
    """
    square = _Z**2 / cases
    middle = (share + square / 2) / (1 + square)
    margin = _Z / (1 + square) * math.sqrt(share * (1 - share) / cases + square / (4 * cases))
    return Estimate(share, max(0.0, middle - margin), min(1.0, middle + margin))


def independent(shares: Sequence[tuple[float, float]]) -> float:
    """Return how many independent cases a share of dependent ones is worth, at most all of them.

    ``shares``: (cases, right ones) of each session. The design effect of L. Kish, "Survey Sampling"
    (1965): the variance over sessions against that of independent cases.
    """
    cases, right = sum(n for n, _ in shares), sum(r for _, r in shares)
    share, count = right / cases, len(shares)
    alone = share * (1 - share) / cases
    if alone <= 0 or count == 1:
        return cases
    squares = sum((r - n * share) ** 2 for n, r in shares)
    together = count / (count - 1) * squares / cases**2
    return cases / max(1.0, together / alone)
