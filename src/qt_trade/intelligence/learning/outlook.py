"""From two boosters' scores to probability, centre and spread of a return."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from qt_trade.intelligence.learning.cases import Floats
from qt_trade.intelligence.learning.learnt import Certainty

CERTAIN_MAX = 0.999
"""No model is more certain than this of a direction."""
CERTAIN_MIN = 0.5 + 1e-6
"""And a direction it has is not a coin toss, so that it stays the direction."""

RETURN_MAX = 1.0
"""In logarithms, either way: a price that falls to a third or rises nearly threefold within an hour.

No centre, spread or band is beyond it, whatever a damaged bar makes of the volatility.
"""
_SCORE_MAX = 20.0
"""Of a spread, in logarithms: what is beyond is no spread, and its exponential no number."""

_INVERSE_NORMAL = NormalDist().inv_cdf
_ABSOLUTE_OF_NORMAL = float(np.sqrt(2.0 / np.pi))
"""The mean of |z| for a standard normal z."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """One value per row; ``centre`` and ``spread`` are log returns."""

    prob_up: Floats
    centre: Floats
    spread: Floats


def outlook(direction: Floats, spread: Floats, volatility: Floats, certainty: Certainty) -> Outlook:
    """Join the scores: the centre is where a normal return with this spread rises so often.

    P(rise) = Phi(centre / spread), so centre = spread * Phi^-1(P(rise)): direction and expected
    return never contradict each other.
    """
    right = how_certain(certainty, np.abs(direction))
    prob_up = np.where(direction >= 0, right, 1.0 - right)
    size = np.exp(np.minimum(spread, _SCORE_MAX))
    sigma = np.minimum(volatility * size / _ABSOLUTE_OF_NORMAL, RETURN_MAX)
    lean = np.asarray([_INVERSE_NORMAL(float(up)) for up in prob_up])
    return Outlook(prob_up, np.clip(sigma * lean, -RETURN_MAX, RETURN_MAX), sigma)


def how_certain(certainty: Certainty, distance: Floats) -> Floats:
    """Return the probability that a direction so far from the coin toss is right."""
    if certainty.method == "platt":
        right = 1.0 / (1.0 + np.exp(-certainty.slope * distance))
    else:
        right = np.interp(distance, certainty.scores, certainty.right)
    return np.clip(right, CERTAIN_MIN, CERTAIN_MAX)
