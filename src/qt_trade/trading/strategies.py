"""From a snapshot to intended orders, each symbol's way in words, also where it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from qt_trade.model.money import to_float, usd_rounded
from qt_trade.model.orders import Side
from qt_trade.model.portfolio import Position
from qt_trade.model.predictions import HorizonPrediction, Prediction
from qt_trade.model.presets import StrategySettings
from qt_trade.model.quotes import Quote
from qt_trade.model.shares import Shares
from qt_trade.model.symbols import Symbol
from qt_trade.trading.account import Account
from qt_trade.trading.events import Stage
from qt_trade.trading.sizing import size_opening


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a strategy sees, all of one moment. ``feed_now`` is feed time.

    ``candidates`` is the watch list in force; what is held is looked at in any case.
    """

    slot: datetime
    feed_now: datetime
    candidates: tuple[Symbol, ...]
    quotes: Mapping[Symbol, Quote]
    predictions: Mapping[Symbol, Prediction]
    account: Account


@dataclass(frozen=True, slots=True)
class Intent:
    """An order the strategy wants, at the market. Exits go before openings, strong before weak."""

    side: Side
    quantity: Shares
    reason: str
    strength: float


@dataclass(frozen=True, slots=True)
class Decision:
    """One symbol's way through candidates and signals.

    Without an ``intent`` it ended there, and the last stage's words say why.
    """

    symbol: Symbol
    ended_at: Stage
    candidate: str
    signal: str
    prediction: Prediction | None
    horizon: HorizonPrediction | None
    intent: Intent | None


def decide(snapshot: Snapshot, settings: StrategySettings) -> tuple[Decision, ...]:
    """Return a decision for every candidate and every holding: exits, then openings, then rest.

    Openings are ranked by strength (confidence above one half times expected move) and cut at
    ``settings.orders_max``. The same snapshot always gives the same decisions.
    """
    held = snapshot.account.held
    symbols = tuple(dict.fromkeys((*held, *snapshot.candidates)))
    decisions = [_decide_symbol(symbol, snapshot, settings) for symbol in symbols]
    decisions.sort(key=_rank)
    return _cut_openings(decisions, settings.orders_max)


def _rank(decision: Decision) -> tuple[int, float, str]:
    if decision.intent is None:
        return (2, 0.0, decision.symbol)
    group = 0 if decision.intent.side is Side.SELL else 1
    return (group, -decision.intent.strength, decision.symbol)


def _cut_openings(decisions: list[Decision], orders_max: int) -> tuple[Decision, ...]:
    openings = [d for d in decisions if d.intent is not None and d.intent.side is Side.BUY]
    cut = {decision.symbol for decision in openings[orders_max:]}
    words = f"{orders_max} stronger signals take this cycle's openings"
    return tuple(
        replace(decision, ended_at=Stage.SIGNAL, signal=f"{decision.signal}; {words}", intent=None)
        if decision.symbol in cut
        else decision
        for decision in decisions
    )


def _decide_symbol(symbol: Symbol, snapshot: Snapshot, settings: StrategySettings) -> Decision:
    quote = snapshot.quotes.get(symbol)
    if quote is None:
        return _ended(symbol, "no quote yet")
    prediction = snapshot.predictions.get(symbol)
    horizon, trouble = _usable_horizon(prediction, snapshot, settings)
    position = snapshot.account.held.get(symbol)
    seen = Decision(
        symbol=symbol,
        ended_at=Stage.CANDIDATE,
        candidate=trouble or f"{quote.price:.2f}, {_model_words(prediction, settings)}",
        signal="",
        prediction=prediction,
        horizon=horizon,
        intent=None,
    )
    if position is not None:
        return _decide_held(seen, position, quote, snapshot, settings)
    if horizon is None:
        return seen
    return _decide_opening(seen, horizon, quote, snapshot, settings)


def _ended(symbol: Symbol, words: str) -> Decision:
    return Decision(
        symbol=symbol,
        ended_at=Stage.CANDIDATE,
        candidate=words,
        signal="",
        prediction=None,
        horizon=None,
        intent=None,
    )


def _model_words(prediction: Prediction | None, settings: StrategySettings) -> str:
    model = "no model" if prediction is None else prediction.model
    return f"{model} over {settings.horizon_min} min"


def _usable_horizon(
    prediction: Prediction | None, snapshot: Snapshot, settings: StrategySettings
) -> tuple[HorizonPrediction | None, str | None]:
    """Return the horizon that counts, or None and why not. An old prediction is no signal."""
    if prediction is None:
        return None, "no prediction yet"
    age_min = (snapshot.feed_now - prediction.at).total_seconds() / 60
    if age_min > settings.prediction_age_max_min:
        allowed = settings.prediction_age_max_min
        return None, f"the prediction is {age_min:.0f} min old, {allowed} min are allowed"
    for horizon in prediction.horizons:
        if horizon.horizon_min == settings.horizon_min:
            return horizon, None
    return None, f"{prediction.model} predicts no {settings.horizon_min} min horizon"


def _expects(horizon: HorizonPrediction) -> str:
    return (
        f"expects {horizon.expected_return:+.3%} in {horizon.horizon_min} min "
        f"with {horizon.confidence:.1%} confidence"
    )


def _strength(horizon: HorizonPrediction) -> float:
    return (horizon.confidence - 0.5) * abs(horizon.expected_return)


def _signal(decision: Decision, words: str, intent: Intent | None = None) -> Decision:
    return replace(decision, ended_at=Stage.SIGNAL, signal=words, intent=intent)


def _decide_opening(
    seen: Decision,
    horizon: HorizonPrediction,
    quote: Quote,
    snapshot: Snapshot,
    settings: StrategySettings,
) -> Decision:
    expects = _expects(horizon)
    if snapshot.account.waiting(seen.symbol, Side.BUY):
        return _signal(seen, f"{expects}; an opening order is on its way")
    if horizon.expected_return < settings.buy_threshold:
        return _signal(seen, f"{expects}; opens from {settings.buy_threshold:+.3%}")
    if horizon.confidence < settings.confidence_min:
        return _signal(seen, f"{expects}; opens from {settings.confidence_min:.1%}")
    size = size_opening(usd_rounded(quote.price if quote.ask is None else quote.ask), settings)
    if size.shares == 0:
        return _signal(seen, f"{expects}; {size.words}")
    intent = Intent(
        side=Side.BUY,
        quantity=Shares(size.shares),
        reason=f"{settings.strategy}: {expects}",
        strength=_strength(horizon),
    )
    return _signal(seen, f"{expects}; {size.words}", intent)


def _decide_held(
    seen: Decision,
    position: Position,
    quote: Quote,
    snapshot: Snapshot,
    settings: StrategySettings,
) -> Decision:
    gain = _gain(position, quote)
    why = _exit_reason(gain, seen.horizon, settings)
    holds = f"{position.quantity} held at {gain:+.2%}"
    if why is None:
        expects = "" if seen.horizon is None else f"; {_expects(seen.horizon)}"
        return _signal(seen, f"{holds}{expects}; no reason to sell")
    sellable = position.quantity - snapshot.account.waiting(seen.symbol, Side.SELL)
    if sellable <= 0:
        return _signal(seen, f"{holds}; {why}; nothing left to sell beyond open orders")
    intent = Intent(
        side=Side.SELL,
        quantity=sellable,
        reason=f"{settings.strategy}: {why}",
        strength=abs(gain),
    )
    return _signal(seen, f"{holds}; {why}", intent)


def _gain(position: Position, quote: Quote) -> float:
    """Return the position's gain if it were sold at the bid, as a fraction of its cost."""
    price = quote.price if quote.bid is None else quote.bid
    return price * float(position.quantity) / to_float(position.cost) - 1


def _exit_reason(
    gain: float, horizon: HorizonPrediction | None, settings: StrategySettings
) -> str | None:
    if gain <= -settings.stop_loss:
        return f"stop loss: {gain:+.2%}, the limit is {-settings.stop_loss:+.2%}"
    if gain >= settings.take_profit:
        return f"take profit: {gain:+.2%}, the aim is {settings.take_profit:+.2%}"
    if horizon is None or not settings.exit_on_flip:
        return None
    sure = horizon.confidence >= settings.confidence_min
    if sure and horizon.expected_return <= -settings.sell_threshold:
        return f"the prediction turned: {_expects(horizon)}"
    return None
