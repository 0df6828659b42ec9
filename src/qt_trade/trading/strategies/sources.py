"""What each source of signals says about a symbol, by its own thresholds, in words."""

from dataclasses import dataclass, replace
from datetime import timedelta

from qt_trade.model.predictions import HorizonPrediction, Prediction, Skill
from qt_trade.model.presets import StrategySettings
from qt_trade.model.signals import Candidate, Source, SourceSignal, Vote
from qt_trade.model.symbols import Symbol
from qt_trade.trading.strategies.snapshot import Snapshot
from qt_trade.trading.technical import BARS_MIN, Reading

HALF_STRENGTH = 0.0005
"""Edge (confidence above one half) times expected move at which ML is half as strong as can be:
ten points of confidence and half a per cent."""
RSI_HIGH, RSI_LOW = 70.0, 30.0
"""Wilder's own levels."""
BAR_AGE_MAX = timedelta(minutes=10)
"""A last bar that ended longer ago says nothing about now."""


@dataclass(frozen=True, slots=True)
class Ml:
    """The prediction that counts, and what it says; ``horizon`` None: it does not count."""

    signal: SourceSignal
    prediction: Prediction | None
    horizon: HorizonPrediction | None


def ml(symbol: Symbol, snapshot: Snapshot) -> Ml:
    """Say what the prediction of the horizon that counts expects."""
    prediction = snapshot.predictions.get(symbol)
    horizon, trouble = _usable_horizon(prediction, snapshot)
    if horizon is None:
        return Ml(_silent(Source.ML, trouble), prediction, None)
    settings = snapshot.settings
    vote, lacks = _ml_vote(horizon, settings)
    unproven = "" if horizon.skill is Skill.PROVEN else f", unproven ({horizon.skill.words})"
    edge = (horizon.confidence - 0.5) * abs(horizon.expected_return)
    signal = SourceSignal(
        source=Source.ML,
        vote=vote,
        strength=edge / (edge + HALF_STRENGTH) if edge > 0 else 0.0,
        words=(
            f"expects {horizon.expected_return:+.3%} in {horizon.horizon_min} min "
            f"with {horizon.confidence:.1%} confidence{unproven}"
        ),
        lacks=lacks,
    )
    return Ml(signal, prediction, horizon)


def _usable_horizon(
    prediction: Prediction | None, snapshot: Snapshot
) -> tuple[HorizonPrediction | None, str]:
    """Return the horizon that counts, or None and why not.

    An old prediction is no signal, and neither is one of a model that has not shown skill.
    """
    settings = snapshot.settings
    if prediction is None:
        return None, "no prediction yet"
    age_min = (snapshot.feed_now - prediction.at).total_seconds() / 60
    if age_min > settings.prediction_age_max_min:
        allowed = settings.prediction_age_max_min
        return None, f"the prediction is {age_min:.0f} min old, {allowed} min are allowed"
    for horizon in prediction.horizons:
        if horizon.horizon_min == settings.horizon_min:
            objection = snapshot.trust.objection_to(horizon)
            return (horizon, "") if objection is None else (None, objection)
    return None, f"no prediction {settings.horizon_min} min ahead"


def _ml_vote(horizon: HorizonPrediction, settings: StrategySettings) -> tuple[Vote, str]:
    sure = horizon.confidence >= settings.confidence_min
    if sure and horizon.expected_return <= -settings.sell_threshold:
        return Vote.SELL, f"opens from {settings.buy_threshold:+.3%}"
    if horizon.expected_return < settings.buy_threshold:
        return Vote.HOLD, f"opens from {settings.buy_threshold:+.3%}"
    if not sure:
        return Vote.HOLD, f"opens from {settings.confidence_min:.1%}"
    return Vote.BUY, ""


def opinion(symbol: Symbol, snapshot: Snapshot, known: Candidate | None) -> SourceSignal:
    """Say what the AI thinks of a symbol, as long as it has not expired.

    One whose earlier opinions came out worse than naive ones weighs nothing.
    """
    discredited = snapshot.opinions.discredited
    if discredited:
        words = f"the AI's word weighs nothing: {discredited}"
        return replace(_silent(Source.CANDIDATES, words), weight=0.0)
    if known is None:
        words = snapshot.opinions.trouble or f"the AI has no opinion of {symbol}"
        return _silent(Source.CANDIDATES, words)
    if snapshot.feed_now >= known.expires_at:
        return _silent(
            Source.CANDIDATES, f"the AI's opinion expired at {known.expires_at:%H:%M} UTC"
        )
    enough = snapshot.settings.signals.candidate_score_min
    passes = known.score >= enough
    return SourceSignal(
        source=Source.CANDIDATES,
        vote=known.vote if passes else Vote.HOLD,
        strength=known.score * known.confidence,
        words=f"the AI says {known.vote} at {known.score:.0%}: {known.reason}",
        lacks="" if passes and known.vote is Vote.BUY else f"opens from BUY at {enough:.0%}",
    )


def technical(reading: Reading | None, snapshot: Snapshot) -> SourceSignal:
    """Count the votes of moving averages, MACD, RSI and momentum, each +1, 0 or -1."""
    if reading is None:
        return _silent(Source.TECHNICAL, "no bars yet")
    if snapshot.feed_now - reading.at > BAR_AGE_MAX:
        return _silent(Source.TECHNICAL, f"the last bar ended at {reading.at:%H:%M} UTC")
    votes = _technical_votes(reading)
    if votes is None:
        return _silent(Source.TECHNICAL, f"{reading.bars} of {BARS_MIN} bars for the indicators")
    score = sum(vote for _, vote in votes) / len(votes)
    enough = snapshot.settings.signals.technical_score_min
    vote = Vote.BUY if score >= enough else Vote.SELL if score <= -enough else Vote.HOLD
    return SourceSignal(
        source=Source.TECHNICAL,
        vote=vote,
        strength=abs(score),
        words=f"{', '.join(words for words, _ in votes)}: {score:+.2f}",
        lacks="" if vote is Vote.BUY else f"opens from {enough:+.2f}",
    )


def _technical_votes(reading: Reading) -> tuple[tuple[str, int], ...] | None:
    fast, slow, macd = reading.ema_fast, reading.ema_slow, reading.macd_histogram
    rsi, momentum = reading.rsi, reading.momentum
    if fast is None or slow is None or macd is None or rsi is None or momentum is None:
        return None
    return (
        (f"EMA {fast:.2f} over {slow:.2f}" if fast > slow else f"EMA {fast:.2f} under {slow:.2f}",
         _sign(fast - slow)),
        (f"MACD {macd:+.3f}", _sign(macd)),
        (f"RSI {rsi:.0f}", (rsi <= RSI_LOW) - (rsi >= RSI_HIGH)),
        (f"momentum {momentum:+.2%}", _sign(momentum)),
    )  # fmt: skip


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _silent(source: Source, words: str) -> SourceSignal:
    return SourceSignal(source=source, vote=Vote.SILENT, strength=0.0, words=words)
