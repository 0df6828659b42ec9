"""How good predictions were, counted after their horizons had passed."""

from dataclasses import dataclass
from enum import StrEnum


class ModelState(StrEnum):
    """What a model may do. SHADOW predicts and is scored; IN_USE is traded on where proven.

    REFUSED: its training found a leak, or nothing that beats doing nothing.
    """

    SHADOW = "SHADOW"
    IN_USE = "IN_USE"
    RETIRED = "RETIRED"
    REFUSED = "REFUSED"


class Verdict(StrEnum):
    """A score against the naive baseline, at 95 % confidence. WAIT: not enough data yet."""

    BETTER = "BETTER"
    NOT_PROVEN = "NOT_PROVEN"
    WORSE = "WORSE"
    WAIT = "WAIT"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """Of ``cases`` predictions said to be right with probability ``said``, ``right`` were."""

    said: float
    right: Estimate
    cases: int
