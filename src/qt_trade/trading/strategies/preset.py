"""The strategies that come with QtTrade: CONSERVATIVE, BALANCED and AGGRESSIVE.

One procedure, told apart by ``model.presets`` alone. Each symbol goes through candidates and
signals, and has its reason in words wherever its way ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from qt_trade.model.orders import Side
from qt_trade.model.portfolio import Position
from qt_trade.model.presets import TradingPolicy
from qt_trade.model.quotes import Quote
from qt_trade.model.shares import format_shares
from qt_trade.model.signals import SourceSignal, Vote
from qt_trade.model.symbols import Symbol
from qt_trade.trading.events import Stage
from qt_trade.trading.sizing import size_opening
from qt_trade.trading.strategies.blend import Blend, blend
from qt_trade.trading.strategies.rebalancing import rebalance
from qt_trade.trading.strategies.sight import Sight, sight_of
from qt_trade.trading.strategies.snapshot import Decision, Intent, Snapshot
from qt_trade.trading.strategies.sources import Ml, ml, opinion, technical
from qt_trade.trading.strategies.stops import gain_of, stop_reached

FREEING = timedelta(minutes=10)
"""From one cycle to the next, at the usual rhythm."""
FREES = "its exits at the broker are canceled first, to sell in the next cycle"


@dataclass(frozen=True, slots=True)
class _Exit:
    """Why a position is left. ``brokers``: exits at the broker are there for just that."""

    words: str
    brokers: bool = False


def decide(snapshot: Snapshot) -> tuple[Decision, ...]:
    """Return a decision for every candidate and every holding: exits, then openings, then rest.

    Openings are ranked by strength, preferred sectors first, and cut at ``settings.orders_max``
    and at the positions wanted. The same snapshot always gives the same decisions.
    """
    sight = sight_of(snapshot)
    opinions = sight.opinions if snapshot.settings.signals.candidates else {}
    symbols = tuple(dict.fromkeys((*sight.held, *snapshot.candidates, *opinions)))
    decisions = [_decide_symbol(symbol, sight) for symbol in symbols]
    decisions.sort(key=lambda decision: _rank(decision, sight))
    return _cut_openings(decisions, sight)


def _rank(decision: Decision, sight: Sight) -> tuple[int, int, float, str]:
    if decision.intent is None:
        return (2, 0, 0.0, decision.symbol)
    group = 0 if decision.intent.side is Side.SELL else 1
    later = group == 1 and not sight.preferred(decision.symbol)
    return (group, later, -decision.intent.strength, decision.symbol)


def _cut_openings(decisions: list[Decision], sight: Sight) -> tuple[Decision, ...]:
    settings, left = sight.snapshot.settings, sight.snapshot.settings.orders_max
    wanted = settings.aims.positions
    room = left if wanted is None else wanted - sight.positions
    kept = []
    for decision in decisions:
        if decision.intent is None or decision.intent.side is Side.SELL:
            kept.append(decision)
            continue
        grows = decision.symbol in sight.held
        if left <= 0:
            words = f"{settings.orders_max} stronger signals take this cycle's openings"
        elif room <= 0 and not grows:
            words = f"{wanted} positions are wanted, and they are held or on their way"
        else:
            left, room = left - 1, room - (not grows)
            kept.append(decision)
            continue
        kept.append(replace(_signal(decision, f"{decision.signal}; {words}"), intent=None))
    return tuple(kept)


def _decide_symbol(symbol: Symbol, sight: Sight) -> Decision:
    snapshot = sight.snapshot
    quote = snapshot.quotes.get(symbol)
    if quote is None:
        return Decision(symbol, Stage.CANDIDATE, "no quote yet")
    position = sight.held.get(symbol)
    if position is None and symbol in snapshot.settings.aims.excluded:
        return Decision(symbol, Stage.CANDIDATE, f"{symbol} is excluded by the portfolio settings")
    seen = _look(symbol, quote, sight)
    if position is not None:
        return _decide_held(seen, position, quote, sight)
    if all(signal.vote is Vote.SILENT for signal in seen.sources):
        return seen
    return _decide_opening(seen, sight)


def _look(symbol: Symbol, quote: Quote, sight: Sight) -> Decision:
    """Ask the sources in use; a symbol of which none can say anything ends here."""
    snapshot = sight.snapshot
    use = snapshot.settings.signals
    said = ml(symbol, snapshot) if use.ml else None
    signals = [] if said is None else [said.signal]
    if use.candidates:
        signals.append(opinion(symbol, snapshot, sight.opinions.get(symbol)))
    if use.technical:
        signals.append(technical(snapshot.technicals.get(symbol), snapshot))
    return Decision(
        symbol=symbol,
        ended_at=Stage.CANDIDATE,
        candidate=_candidate_words(said, quote, signals),
        prediction=None if said is None else said.prediction,
        horizon=None if said is None else said.horizon,
        sources=tuple(signals),
    )


def _candidate_words(said: Ml | None, quote: Quote, signals: Sequence[SourceSignal]) -> str:
    if not signals:
        return "no source of signals is in use"
    if all(signal.vote is Vote.SILENT for signal in signals):
        return "; ".join(dict.fromkeys(signal.words for signal in signals))
    if said is None or said.horizon is None:
        return f"{quote.price:.2f}, without a prediction"
    return f"{quote.price:.2f}, {said.horizon.model} over {said.horizon.horizon_min} min"


def _signal(decision: Decision, words: str, intent: Intent | None = None) -> Decision:
    return replace(decision, ended_at=Stage.SIGNAL, signal=words, intent=intent)


def _decide_opening(seen: Decision, sight: Sight) -> Decision:
    settings, snapshot = sight.snapshot.settings, sight.snapshot
    said = blend(seen.sources, settings.agreement)
    price = snapshot.buying_price(seen.symbol)
    trouble = _no_opening(seen.symbol, said, sight)
    if trouble is not None or price is None:
        return _signal(seen, f"{said.words}; {trouble}")
    size = size_opening(price, settings, sight.basis(seen.symbol))
    if size.shares == 0:
        return _signal(seen, f"{said.words}; {size.words}")
    intent = Intent(
        symbol=seen.symbol,
        side=Side.BUY,
        quantity=size.shares,
        reason=f"{settings.strategy}: {said.words}",
        strength=said.strength,
    )
    return _signal(seen, f"{said.words}; {size.words}", intent)


def _no_opening(symbol: Symbol, said: Blend, sight: Sight) -> str | None:
    """Return why a symbol is not opened; what the market says goes before what a person set."""
    snapshot = sight.snapshot
    if symbol in sight.buying:
        return "an opening order is on its way"
    if said.vote is not Vote.BUY:
        return said.lacks
    return snapshot.not_opening()


def _decide_held(seen: Decision, position: Position, quote: Quote, sight: Sight) -> Decision:
    settings = sight.snapshot.settings
    gain = gain_of(position, quote)
    said = blend(seen.sources, settings.agreement) if seen.sources else None
    why = _exit_reason(seen.symbol, gain, said, sight)
    holds = f"{format_shares(position.quantity)} held at {gain:+.2%}"
    if why is not None:
        return _leave(seen, why, holds, abs(gain), sight)
    speaks = any(signal.vote is not Vote.SILENT for signal in seen.sources)
    expects = f"; {said.words}" if said is not None and speaks else ""
    change = rebalance(seen.symbol, quote, sight)
    if change.quantity == 0 or (change.side is Side.BUY and _kept_small(seen.symbol, said, sight)):
        words = change.words if change.quantity == 0 and change.words else "no reason to sell"
        return _signal(seen, f"{holds}{expects}; {words}")
    intent = Intent(
        symbol=seen.symbol,
        side=change.side,
        quantity=change.quantity,
        reason=f"{settings.strategy}: {change.words}",
    )
    return _signal(seen, f"{holds}{expects}; {change.words}", intent)


def _kept_small(symbol: Symbol, said: Blend | None, sight: Sight) -> bool:
    """Return whether a holding below its weight is left as it is."""
    snapshot = sight.snapshot
    if said is None or said.vote is Vote.SELL or symbol in snapshot.settings.aims.excluded:
        return True
    return symbol in sight.buying or snapshot.not_opening() is not None


def _leave(seen: Decision, why: _Exit, holds: str, strength: float, sight: Sight) -> Decision:
    sellable, words = sight.sellable(seen.symbol), f"{holds}; {why.words}"
    if sellable <= 0:
        if seen.symbol in sight.exits and not why.brokers:
            return replace(_signal(seen, f"{words}; {FREES}"), frees=True)
        return _signal(seen, f"{words}; nothing left to sell beyond open orders")
    intent = Intent(
        symbol=seen.symbol,
        side=Side.SELL,
        quantity=sellable,
        reason=f"{sight.snapshot.settings.strategy}: {why.words}",
        strength=strength,
    )
    return _signal(seen, words, intent)


def _nears_the_close(symbol: Symbol, sight: Sight) -> bool:
    """Return whether the last minutes have begun; for one with exits at the broker a cycle sooner.

    Canceling those takes a cycle, and the next one has to sell.
    """
    snapshot = sight.snapshot
    ahead = FREEING if symbol in sight.exits else timedelta()
    return snapshot.market.before_close(snapshot.settings.hours, snapshot.feed_now + ahead)


def _exit_reason(symbol: Symbol, gain: float, said: Blend | None, sight: Sight) -> _Exit | None:
    settings = sight.snapshot.settings
    stop = stop_reached(gain, settings)
    if stop is not None:
        return _Exit(stop, brokers=True)
    if settings.policy is TradingPolicy.FLAT_BY_CLOSE and _nears_the_close(symbol, sight):
        return _Exit(f"flat by the close: the last {settings.hours.skip_last_min} min")
    if said is not None and settings.exit_on_flip and said.vote is Vote.SELL:
        turned = "signals" if len(settings.signals.names) > 1 else "prediction"
        return _Exit(f"the {turned} turned: {said.words}")
    return None
