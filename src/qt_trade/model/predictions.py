"""What a model expects of a price, and how sure it is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qt_trade.model.symbols import Symbol

HORIZONS_MIN: tuple[int, ...] = (15, 30, 60)
"""The horizons every model predicts, in minutes of exchange time."""


class Skill(StrEnum):
    """What a model has shown, out of sample, against doing nothing. Only PROVEN is traded on.

    NOT_PROVEN: better, and by less than chance allows. NO_SKILL: no better. WAITING: not enough
    cases yet.
    """

    PROVEN = "PROVEN"
    NOT_PROVEN = "NOT_PROVEN"
    NO_SKILL = "NO_SKILL"
    WAITING = "WAITING"


@dataclass(frozen=True, slots=True)
class HorizonPrediction:
    """``expected_return`` as a fraction; ``confidence`` is the probability of its sign, 0.5 to 1.

    ``low``/``high`` bound the price with 90 % probability, ``low_50``/``high_50`` with 50 %, None
    where a model does not say. ``skill``: what the model has shown at this horizon.
    """

    horizon_min: int
    price: float
    expected_return: float
    confidence: float
    low: float
    high: float
    low_50: float | None = None
    high_50: float | None = None
    skill: Skill = Skill.PROVEN


@dataclass(frozen=True, slots=True)
class Prediction:
    """All horizons of one symbol, made at ``at`` (feed time) from bars up to that moment."""

    symbol: Symbol
    at: datetime
    price: float
    model: str
    horizons: tuple[HorizonPrediction, ...]
