"""What models and AI say, in the forms the older frontends read."""

from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from qt_trade.contract.payloads.base import (
    Backend,
    Fraction,
    Id,
    Moment,
    Price,
    SymbolText,
    Words,
)

Level = Annotated[int, msgspec.Meta(ge=1, le=5)]
Progress = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Recommendation(StrEnum):
    STRONG_BUY = "STRONG_BUY"
    BUY = "BUY"
    HOLD = "HOLD"
    SELL = "SELL"
    STRONG_SELL = "STRONG_SELL"


class Trend(StrEnum):
    BULLISH = "BULLISH"
    BEARISH = "BEARISH"
    NEUTRAL = "NEUTRAL"


class Volatility(StrEnum):
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class EnhancedHorizon(msgspec.Struct, frozen=True, kw_only=True):
    """``change_pct`` in per cent; 90 % of outcomes are expected in ``low`` … ``high``."""

    price: Price
    low: Price
    high: Price
    confidence: Fraction
    change_pct: float
    trend: Trend
    volatility: Volatility


class EnhancedPrediction(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol. ``predictions`` by "15min", "30min", "60min"; what is missing is in ``words``."""

    current_price: Price | None
    at: Moment
    expires_at: Moment
    predictions: dict[str, EnhancedHorizon]
    recommendation: Recommendation
    words: Words


class MlPredictionsEnhanced(Backend, frozen=True, kw_only=True):
    """Every symbol's newest prediction with its interval. Times are feed times."""

    run_id: str
    feed_ts: Moment
    model: str
    predictions: dict[SymbolText, EnhancedPrediction]


class MlSignal(msgspec.Struct, frozen=True, kw_only=True):
    """A prediction strong enough to act on. ``strength``: 0 for a coin's odds, 1 for certainty."""

    signal_id: Id
    symbol: SymbolText
    action: Literal["BUY", "SELL"]
    strength: Fraction
    confidence: Fraction
    predicted_return: float
    time_horizon: str
    target_price: Price
    current_price: Price
    stop_loss: Price | None
    generated_at: Moment
    expires_at: Moment


class MlTradingSignals(Backend, frozen=True, kw_only=True):
    """All signals, the strongest first. ``words``: by which thresholds they are any."""

    run_id: str
    feed_ts: Moment
    signals: tuple[MlSignal, ...]
    words: Words


class MlTrainingStatus(Backend, frozen=True, kw_only=True):
    """What the trainer does. ``progress`` 0 … 1; ``metrics`` by name, empty while there are none."""

    active: bool
    stage: Words
    progress: Progress
    trigger: Words
    event: Literal["none", "start", "horizon_trained", "finished", "failed", "cancelled"]
    detail: Words
    started: Moment | None
    updated: Moment
    metrics: dict[str, float]


class CandidateState(StrEnum):
    """Whether candidates can be asked for. Nothing is invented where they cannot."""

    NOT_CONFIGURED = "NOT_CONFIGURED"
    ACTIVE = "ACTIVE"
    BUDGET_USED = "BUDGET_USED"
    ERROR = "ERROR"


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An opinion, never an order. ``expected_return`` is a fraction."""

    symbol: SymbolText
    score: Fraction
    recommendation: Recommendation
    reason: Words
    target_price: Price | None
    current_price: Price | None
    expected_return: float | None
    risk_level: Level
    confidence: Fraction
    time_horizon: str
    generated_at: Moment
    expires_at: Moment


class GrokCandidates(Backend, frozen=True, kw_only=True):
    """The AI's candidates that have not expired."""

    state: CandidateState
    words: Words
    candidates: tuple[Candidate, ...]
