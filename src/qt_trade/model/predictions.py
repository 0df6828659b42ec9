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

    @property
    def words(self) -> str:
        """The skill as it stands in a sentence."""
        return "not enough cases yet" if self is Skill.WAITING else self.lower().replace("_", " ")


@dataclass(frozen=True, slots=True)
class HorizonPrediction:
    """``expected_return`` as a fraction; ``confidence`` is the probability of its sign, 0.5 to 1.

    ``low``/``high`` bound the price with 90 % probability, ``low_50``/``high_50`` with 50 %, None
    where a model does not say. ``model``: who says it; ``skill``: what that model has shown.
    """

    horizon_min: int
    price: float
    expected_return: float
    confidence: float
    low: float
    high: float
    model: str
    skill: Skill
    low_50: float | None = None
    high_50: float | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """All horizons of one symbol, made at ``at`` (feed time) from bars up to that moment."""

    symbol: Symbol
    at: datetime
    price: float
    horizons: tuple[HorizonPrediction, ...]
