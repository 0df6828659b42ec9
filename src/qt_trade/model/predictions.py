"""What a model expects of a price, and how sure it is."""

from dataclasses import dataclass
from datetime import datetime

from qt_trade.model.symbols import Symbol

HORIZONS_MIN: tuple[int, ...] = (15, 30, 60)
"""The horizons every model predicts, in minutes of exchange time."""


@dataclass(frozen=True, slots=True)
class HorizonPrediction:
    """``expected_return`` as a fraction; ``confidence`` is the probability of its sign, 0.5 to 1.

    ``low``/``high`` bound the price with 90 % probability under the model's own assumptions.
    """

    horizon_min: int
    price: float
    expected_return: float
    confidence: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """All horizons of one symbol, made at ``at`` (feed time) from bars up to that moment."""

    symbol: Symbol
    at: datetime
    price: float
    model: str
    horizons: tuple[HorizonPrediction, ...]
