"""A person's own strategy: what it has to be, and how its answer is held to the rules.

A strategy of one's own is a name and a function from a ``Snapshot`` to ``Intent``s. It wants and
never orders: what it answers goes through ``trading.risk`` like everybody's. An answer that
cannot be is none: nothing of it is sent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from qt_trade.model.orders import Side
from qt_trade.model.shares import NO_SHARES, format_shares, shares, whole
from qt_trade.model.signals import Source, SourceSignal, Vote
from qt_trade.model.symbols import Symbol
from qt_trade.trading.events import Stage
from qt_trade.trading.strategies.preset import FREES
from qt_trade.trading.strategies.sight import Sight, sight_of
from qt_trade.trading.strategies.snapshot import Decision, Intent, Snapshot
from qt_trade.trading.strategies.stops import gain_of, stop_reached


class OwnStrategy(Protocol):
    """What a file, or an entry point of the group ``qt_trade.strategies``, has to offer."""

    @property
    def name(self) -> str:
        """Its name, by which a configuration asks for it."""
        ...

    def decide(self, snapshot: Snapshot) -> Sequence[Intent]:
        """Return what it wants now; the same snapshot has to give the same answer."""
        ...


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """What a strategy answered and how long that took; ``trouble``: why it is no answer."""

    intents: tuple[Intent, ...]
    took_ms: float
    trouble: str = ""


RunOwn = Callable[[Snapshot], OwnAnswer]
"""A strategy behind a wall: whatever it does, an answer comes back (``wiring.own_strategies``)."""

NO_STRATEGIES: Mapping[str, RunOwn] = {}


def objection_to(intents: Sequence[Intent], snapshot: Snapshot) -> str | None:
    """Return the first thing in an answer that cannot be; None when all of it can."""
    sight, seen = sight_of(snapshot), set[Symbol]()
    for number, intent in enumerate(intents):
        words = _objection(intent, sight)
        if words is None and intent.symbol in seen:
            words = f"{intent.symbol} is wanted twice"
        if words is not None:
            return f"intent {number}: {words}"
        seen.add(intent.symbol)
    return None


def _objection(intent: Intent, sight: Sight) -> str | None:
    snapshot, symbol = sight.snapshot, intent.symbol
    if symbol not in snapshot.quotes:
        return f"there is no quote of {symbol}"
    if not intent.reason.strip():
        return "it has no reason"
    words = _quantity_objection(intent, fractional=snapshot.settings.fractional)
    if words is not None:
        return words
    quantity = shares(intent.quantity)
    held = snapshot.account.quantity(symbol)
    if intent.side is Side.SELL and quantity > held:
        return f"{format_shares(held)} shares of {symbol} are held, {quantity} cannot be sold"
    return None


def _quantity_objection(intent: Intent, *, fractional: bool) -> str | None:
    try:
        quantity = shares(intent.quantity)
    except ValueError as impossible:
        return str(impossible)
    if quantity <= 0:
        return f"quantity is {quantity}; it must be more than 0"
    if not whole(quantity) and not fractional:
        return f"{format_shares(quantity)} shares; the settings allow whole ones alone"
    return None


def own_decisions(snapshot: Snapshot, intents: Sequence[Intent]) -> tuple[Decision, ...]:
    """Return the decisions of an answer that can be: exits, then openings by strength, then rest.

    What a person set for any strategy holds for this one, too: its openings are cut at
    ``settings.orders_max``, excluded symbols and the hours left out are not opened, and what it
    keeps is sold at its stop loss or take profit.
    """
    sight = sight_of(snapshot)
    sold = {intent.symbol for intent in intents if intent.side is Side.SELL}
    stops = [stop for stop in _stops(sight) if stop.symbol not in sold]
    stopped = {stop.symbol for stop in stops}
    intents = [*stops, *(intent for intent in intents if intent.symbol not in stopped)]
    wanted = {intent.symbol: intent for intent in intents}
    ranked = sorted(intents, key=lambda one: (one.side is Side.BUY, -one.strength, one.symbol))
    rest = [
        symbol
        for symbol in dict.fromkeys((*sight.held, *snapshot.candidates))
        if symbol not in wanted
    ]
    left, decisions = snapshot.settings.orders_max, []
    for intent in ranked:
        decision = _decision(intent, snapshot)
        if intent.side is Side.SELL and intent.quantity > sight.sellable(intent.symbol):
            decision = _waiting(decision, sight)
        elif intent.side is Side.BUY:
            trouble = _no_opening(intent.symbol, left, sight)
            left -= trouble is None
            decision = decision if trouble is None else _ended(decision, trouble)
        decisions.append(decision)
    silent = (Decision(symbol, Stage.CANDIDATE, "the strategy wants nothing") for symbol in rest)
    return (*(one for one in decisions if one.intent), *(
        one for one in decisions if one.intent is None
    ), *silent)  # fmt: skip


def _stops(sight: Sight) -> list[Intent]:
    """Return a sale for every position that has reached one of its stops and can be sold."""
    found = []
    for symbol, position in sight.held.items():
        quote, sellable = sight.snapshot.quotes.get(symbol), sight.sellable(symbol)
        if quote is not None and sellable > 0:
            gain = gain_of(position, quote)
            words = stop_reached(gain, sight.snapshot.settings)
            if words is not None:
                found.append(Intent(symbol, Side.SELL, sellable, words, abs(gain)))
    return found


def _decision(intent: Intent, snapshot: Snapshot) -> Decision:
    vote = Vote.BUY if intent.side is Side.BUY else Vote.SELL
    strength = min(max(intent.strength, 0.0), 1.0)
    said = SourceSignal(Source.OWN, vote, strength, intent.reason)
    return Decision(
        symbol=intent.symbol,
        ended_at=Stage.SIGNAL,
        candidate=f"{snapshot.quotes[intent.symbol].price:.2f}",
        signal=intent.reason,
        prediction=snapshot.predictions.get(intent.symbol),
        sources=(said,),
        intent=replace(
            intent,
            quantity=shares(intent.quantity),
            reason=f"{snapshot.settings.own}: {intent.reason}",
            strength=strength,
        ),
    )


def _waiting(decision: Decision, sight: Sight) -> Decision:
    """Return a sale of shares that are on sale already, or wait in exits at the broker."""
    if decision.symbol in sight.exits:
        return replace(_ended(decision, FREES), frees=True)
    return _ended(decision, "open orders sell these shares already")


def _ended(decision: Decision, words: str) -> Decision:
    return replace(decision, signal=f"{decision.signal}; {words}", intent=None)


def _no_opening(symbol: Symbol, left: int, sight: Sight) -> str | None:
    snapshot = sight.snapshot
    settings = snapshot.settings
    if symbol in settings.aims.excluded:
        return f"{symbol} is excluded by the portfolio settings"
    if sight.buying.get(symbol, NO_SHARES):
        return "an opening order is on its way"
    if left <= 0:
        return f"{settings.orders_max} stronger signals take this cycle's openings"
    return snapshot.not_opening()
