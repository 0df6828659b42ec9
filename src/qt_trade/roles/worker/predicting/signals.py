"""Predictions in the form of the older frontends, and as signals by the settings in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from qt_trade.contract.payloads import signals as wire
from qt_trade.contract.payloads.trading import TradingSettings
from qt_trade.model.feeds import FeedKind
from qt_trade.model.predictions import HorizonPrediction, Prediction, Skill
from qt_trade.model.presets import PRESETS
from qt_trade.roles.worker.payloads import PERCENT, SOURCE
from qt_trade.trading.strategies.trust import Trust

TREND_CONFIDENCE = 0.55
"""Below this a direction is NEUTRAL: hardly better than a coin."""
STRONG_CONFIDENCE = 0.65
QUIET, LIVELY = 0.003, 0.008
"""Half the 90 % interval over an hour, as a fraction: below is LOW, above is HIGH volatility."""
ADVICE_HORIZON_MIN = 60
_HOUR_MIN = 60
_PROVEN_MODELS = "of models with proven skill alone"
_EVERY_MODEL = "of unproven models, too, for the money is simulated and they are to be traded on"


@dataclass(frozen=True, slots=True)
class Moment:
    """When and on what feed the predictions were made."""

    wall: datetime
    feed_at: datetime
    feed: FeedKind
    run_id: str
    model: str


def enhanced(
    predictions: Iterable[Prediction],
    missing: dict[str, str],
    moment: Moment,
    every: timedelta,
) -> wire.MlPredictionsEnhanced:
    """Return ``backend:ml_predictions_enhanced``; ``missing``: symbols without one, and why."""
    made: dict[str, wire.EnhancedPrediction] = {
        prediction.symbol: wire.EnhancedPrediction(
            current_price=prediction.price,
            at=prediction.at,
            expires_at=prediction.at + every,
            predictions={
                f"{horizon.horizon_min}min": _horizon(horizon, prediction.price)
                for horizon in prediction.horizons
            },
            recommendation=_advice(prediction),
            words="",
        )
        for prediction in predictions
    }
    unknown = {
        symbol: wire.EnhancedPrediction(
            current_price=None,
            at=moment.feed_at,
            expires_at=moment.feed_at + every,
            predictions={},
            recommendation=wire.Recommendation.HOLD,
            words=words,
        )
        for symbol, words in missing.items()
    }
    return wire.MlPredictionsEnhanced(
        ts=moment.wall,
        source=SOURCE,
        feed=moment.feed,
        run_id=moment.run_id,
        feed_ts=moment.feed_at,
        model=moment.model,
        predictions={**made, **unknown},
    )


def _horizon(horizon: HorizonPrediction, price: float) -> wire.EnhancedHorizon:
    return wire.EnhancedHorizon(
        price=horizon.price,
        low=horizon.low,
        high=horizon.high,
        confidence=horizon.confidence,
        change_pct=horizon.expected_return * PERCENT,
        trend=_trend(horizon),
        volatility=_volatility(horizon, price),
        low_50=horizon.low_50,
        high_50=horizon.high_50,
        model=horizon.model,
        skill=horizon.skill,
    )


def _trend(horizon: HorizonPrediction) -> wire.Trend:
    if horizon.confidence < TREND_CONFIDENCE or horizon.expected_return == 0:
        return wire.Trend.NEUTRAL
    return wire.Trend.BULLISH if horizon.expected_return > 0 else wire.Trend.BEARISH


def _volatility(horizon: HorizonPrediction, price: float) -> wire.Volatility:
    """Judge the interval as if the horizon were an hour: it widens with the root of time."""
    scale: float = (_HOUR_MIN / horizon.horizon_min) ** 0.5
    hourly = (horizon.high - horizon.low) / 2 / price * scale
    if hourly < QUIET:
        return wire.Volatility.LOW
    return wire.Volatility.HIGH if hourly > LIVELY else wire.Volatility.MEDIUM


def _advice(prediction: Prediction) -> wire.Recommendation:
    """Advise only on what is proven: a frontend that knows no skill would show the word alone."""
    horizon = _of(prediction, ADVICE_HORIZON_MIN)
    if horizon is None or horizon.skill is not Skill.PROVEN:
        return wire.Recommendation.HOLD
    if _trend(horizon) is wire.Trend.NEUTRAL:
        return wire.Recommendation.HOLD
    strong = horizon.confidence >= STRONG_CONFIDENCE
    if horizon.expected_return > 0:
        return wire.Recommendation.STRONG_BUY if strong else wire.Recommendation.BUY
    return wire.Recommendation.STRONG_SELL if strong else wire.Recommendation.SELL


def _of(prediction: Prediction, horizon_min: int) -> HorizonPrediction | None:
    return next((one for one in prediction.horizons if one.horizon_min == horizon_min), None)


def signals(
    predictions: Iterable[Prediction],
    settings: TradingSettings | None,
    trust: Trust,
    moment: Moment,
) -> wire.MlTradingSignals:
    """Return ``backend:ml_trading_signals`` by the thresholds in force; none without settings.

    Models whose skill is not proven give signals only where simulated money trades on them.
    """
    found: list[wire.MlSignal] = []
    words = "the engine has not said by which thresholds"
    if settings is not None:
        each = (_signal(prediction, settings, trust) for prediction in predictions)
        found = sorted((one for one in each if one is not None), key=lambda one: -one.strength)
        words = (
            f"{settings.strategy}: confidence from {settings.confidence_min:.0%}, rise from "
            f"{settings.buy_threshold_pct:.2%}, fall from {settings.sell_threshold_pct:.2%}; "
            + (_EVERY_MODEL if trust.unproven else _PROVEN_MODELS)
        )
    return wire.MlTradingSignals(
        ts=moment.wall,
        source=SOURCE,
        feed=moment.feed,
        run_id=moment.run_id,
        feed_ts=moment.feed_at,
        signals=tuple(found),
        words=words,
    )


def _signal(
    prediction: Prediction, settings: TradingSettings, trust: Trust
) -> wire.MlSignal | None:
    preset = PRESETS[settings.strategy]
    horizon = _of(prediction, preset.horizon_min)
    if horizon is None or horizon.confidence < settings.confidence_min:
        return None
    if trust.objection_to(horizon) is not None:
        return None
    action = _action(horizon.expected_return, settings)
    if action is None:
        return None
    stop = prediction.price * (1 - settings.stop_loss_pct)
    return wire.MlSignal(
        signal_id=f"{prediction.symbol}-{prediction.at:%Y%m%dT%H%M%S}-{horizon.horizon_min}min",
        symbol=prediction.symbol,
        action=action,
        strength=2 * horizon.confidence - 1,
        confidence=horizon.confidence,
        predicted_return=horizon.expected_return,
        time_horizon=f"{horizon.horizon_min}min",
        target_price=horizon.price,
        current_price=prediction.price,
        stop_loss=stop if action == "BUY" and stop > 0 else None,
        generated_at=prediction.at,
        expires_at=prediction.at + timedelta(minutes=preset.prediction_age_max_min),
        model=horizon.model,
        skill=horizon.skill,
        low=horizon.low,
        high=horizon.high,
        trend=_trend(horizon),
        volatility=_volatility(horizon, prediction.price),
    )


def _action(expected_return: float, settings: TradingSettings) -> Literal["BUY", "SELL"] | None:
    if expected_return >= settings.buy_threshold_pct:
        return "BUY"
    return "SELL" if expected_return <= -settings.sell_threshold_pct else None
