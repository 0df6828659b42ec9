"""Who predicts a symbol at each horizon: the model in use there, or else the baseline, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from qt_trade.intelligence.baseline import MODEL, NO_SKILL, Outcome
from qt_trade.intelligence.learning.statements import horizon_of
from qt_trade.model.predictions import HORIZONS_MIN, HorizonPrediction, Prediction, Skill
from qt_trade.model.symbols import Symbol

if TYPE_CHECKING:
    from qt_trade.intelligence.learning.inference import Expectation

NO_MODEL = "no trained model is in use"


@dataclass(frozen=True, slots=True)
class InUse:
    """What the model in use at a horizon says, by symbol; ``trouble``: why it says nothing."""

    model_id: str
    skill: Skill
    by_symbol: Mapping[str, "Expectation"]
    trouble: str = ""


def said_of(
    symbol: Symbol, at: datetime, close: datetime, baseline: Outcome, in_use: Mapping[int, InUse]
) -> Outcome:
    """Return what is published of a symbol at ``at``, of a session that ends at ``close``.

    The words name the horizons that are missing or the baseline's, and why.
    """
    bare = {} if baseline.prediction is None else _by_minutes(baseline.prediction)
    within = [one for one in HORIZONS_MIN if at + timedelta(minutes=one) <= close]
    horizons: list[HorizonPrediction] = []
    reasons: dict[str, list[int]] = {}
    price = None if baseline.prediction is None else baseline.prediction.price
    for minutes in within:
        model = in_use.get(minutes)
        expectation = None if model is None else model.by_symbol.get(symbol)
        if model is not None and expectation is not None:
            horizons.append(horizon_of(expectation, minutes, model.model_id, model.skill))
            price = expectation.price
            continue
        reasons.setdefault(_silence(symbol, model), []).append(minutes)
        if minutes in bare:
            horizons.append(bare[minutes])
    words = [*_listed(reasons), *_of_baseline(horizons, reasons, baseline)]
    if price is None or not horizons:
        return Outcome(None, baseline.words or "; ".join(words))
    words += _beyond(within)
    return Outcome(Prediction(symbol, at, price, tuple(horizons)), "; ".join(words))


def _by_minutes(prediction: Prediction) -> dict[int, HorizonPrediction]:
    return {one.horizon_min: one for one in prediction.horizons}


def _silence(symbol: Symbol, model: InUse | None) -> str:
    if model is None:
        return NO_MODEL
    return f"{model.model_id} says nothing: {model.trouble or f'too few bars of {symbol} yet'}"


def _listed(reasons: Mapping[str, list[int]]) -> list[str]:
    """Return each reason with its horizons; one that holds for all of them stands alone."""
    if len(reasons) == 1 and (first := next(iter(reasons.items())))[1] == list(HORIZONS_MIN):
        return [first[0]]
    return [f"{_minutes(which)}: {words}" for words, which in reasons.items()]


def _of_baseline(
    horizons: list[HorizonPrediction], reasons: Mapping[str, list[int]], baseline: Outcome
) -> list[str]:
    if any(one.model == MODEL for one in horizons):
        return [NO_SKILL]
    return [baseline.words] if reasons and baseline.words else []


def _beyond(within: list[int]) -> list[str]:
    beyond = [one for one in HORIZONS_MIN if one not in within]
    return [f"{_minutes(beyond)} end after the close"] if beyond else []


def _minutes(horizons: list[int]) -> str:
    return f"{' and '.join(str(one) for one in horizons)} min"
