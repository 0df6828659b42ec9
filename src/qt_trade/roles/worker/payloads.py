"""From predictions to the document that shows them."""

from datetime import datetime

from qt_trade.contract.payloads.predictions import Horizon, SymbolPrediction
from qt_trade.model.predictions import Prediction

SOURCE = "worker"
PERCENT = 100


def predicted(prediction: Prediction, words: str) -> SymbolPrediction:
    """Return a symbol's line; ``words`` say which horizons are missing, and why."""
    return SymbolPrediction(
        current_price=prediction.price,
        at=prediction.at,
        horizons={
            str(horizon.horizon_min): Horizon(
                predicted_price=horizon.price,
                change_pct=horizon.expected_return * PERCENT,
                confidence=horizon.confidence,
                low=horizon.low,
                high=horizon.high,
                low_50=horizon.low_50,
                high_50=horizon.high_50,
                model=horizon.model,
                skill=horizon.skill,
            )
            for horizon in prediction.horizons
        },
        words=words,
    )


def unpredicted(words: str, price: float | None, at: datetime) -> SymbolPrediction:
    """Return a symbol's line without a prediction, and why."""
    return SymbolPrediction(current_price=price, at=at, horizons={}, words=words)
