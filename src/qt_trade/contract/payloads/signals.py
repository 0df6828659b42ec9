"""What models and AI say, in the forms the older frontends read."""

from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from qt_trade.contract.payloads.base import (
    Backend,
    Count,
    Fraction,
    Id,
    Moment,
    Price,
    SymbolText,
    Words,
    WrongFieldError,
)
from qt_trade.model.predictions import Skill

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
    """``change_pct`` in per cent; 90 % of outcomes are expected in ``low`` … ``high``.

    50 % of them in ``low_50`` … ``high_50``, None where a model does not say. ``skill``: what
    ``model`` has shown at this horizon; only PROVEN is traded on.
    """

    price: Price
    low: Price
    high: Price
    confidence: Fraction
    change_pct: float
    trend: Trend
    volatility: Volatility
    low_50: Price | None
    high_50: Price | None
    model: str
    skill: Skill


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
    """A prediction strong enough to act on. ``strength``: 0 for a coin's odds, 1 for certainty.

    90 % of outcomes are expected in ``low`` … ``high``; ``predicted_return`` is a fraction.
    ``skill`` is other than PROVEN only where simulated money was told to trade on it all the same.
    """

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
    model: str
    skill: Skill
    low: Price
    high: Price
    trend: Trend
    volatility: Volatility


class MlTradingSignals(Backend, frozen=True, kw_only=True):
    """All signals, the strongest first. ``words``: by which thresholds they are any."""

    run_id: str
    feed_ts: Moment
    signals: tuple[MlSignal, ...]
    words: Words


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """A loss by rounds of training: columns of equal length."""

    rounds: tuple[Count, ...]
    training: tuple[float, ...]
    validation: tuple[float, ...]

    def __post_init__(self) -> None:
        for name in ("training", "validation"):
            length = len(getattr(self, name))
            if length != len(self.rounds):
                raise WrongFieldError(name, f"has {length} values for {len(self.rounds)} rounds")


class MlTrainingStatus(Backend, frozen=True, kw_only=True):
    """What the trainer does. ``progress`` 0 … 1; ``metrics`` by name, empty while there are none.

    ``job_id`` empty: none runs or ran. ``curve`` of the model under way, its loss named in
    ``loss``; ``data``, ``split`` and ``costs`` in words; ``left_s``: about how long it still takes.
    """

    active: bool
    job_id: str
    stage: Words
    progress: Progress
    trigger: Words
    event: Literal["none", "start", "horizon_trained", "finished", "failed", "cancelled"]
    detail: Words
    started: Moment | None
    updated: Moment
    metrics: dict[str, float]
    curve: Curve | None
    loss: str
    data: Words
    split: Words
    costs: Words
    left_s: float | None


class CandidateState(StrEnum):
    """Whether candidates can be asked for. Nothing is invented where they cannot."""

    NOT_CONFIGURED = "NOT_CONFIGURED"
    ACTIVE = "ACTIVE"
    BUDGET_USED = "BUDGET_USED"
    ERROR = "ERROR"


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An opinion, never an order. ``expected_return`` is a fraction.

    ``cited``: what it names as its sources. ``became``: what came of it so far, in words.
    """

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
    cited: tuple[Words, ...]
    became: Words
    generated_at: Moment
    expires_at: Moment


class GrokCandidates(Backend, frozen=True, kw_only=True):
    """The AI's candidates, those that hold before those that expired today.

    ``model``: who answered, empty: nobody. ``asked_at``, ``took_s`` and ``cost_usd`` of the last
    answer; ``spent_usd`` of ``budget_usd`` today. None: nobody was asked. ``action``: what a person
    should do so that there are candidates, in words; empty: nothing.
    """

    state: CandidateState
    words: Words
    model: str
    asked_at: Moment | None
    took_s: float | None
    cost_usd: float | None
    spent_usd: float
    budget_usd: float
    candidates: tuple[Candidate, ...]
    action: Words = ""
