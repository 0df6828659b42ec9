"""Several sources' words made into one, by the preset's rule of agreement."""

from collections.abc import Sequence
from dataclasses import dataclass

from qt_trade.model.presets import Agreement
from qt_trade.model.signals import SourceSignal, Vote


@dataclass(frozen=True, slots=True)
class Blend:
    """What the sources say together. ``strength``: 0 to 1, of the side that counts.

    ``words`` say what each one says, and all together; ``lacks``: why it is no BUY.
    """

    vote: Vote
    strength: float
    words: str
    lacks: str


def blend(signals: Sequence[SourceSignal], agreement: Agreement) -> Blend:
    """Return the word of the sources in use, of which there is at least one.

    Strength is the weighted mean of the agreeing sources' over all in use, so that one that is
    silent or undecided weakens the rest. One without weight is heard and counts for nothing. The
    order of the sources is of no matter.
    """
    counted = [signal for signal in signals if signal.weight > 0]
    buys = _strengths(counted, Vote.BUY)
    sells = _strengths(counted, Vote.SELL)
    vote = _vote(buys, sells, agreement, sources=len(counted))
    agreeing = {Vote.BUY: buys, Vote.SELL: sells}.get(vote, [])
    weight = sum(sorted(signal.weight for signal in counted))
    strength = min(sum(agreeing) / weight, 1.0) if agreeing else 0.0
    words = [_words(signal, alone=len(signals) == 1) for signal in signals]
    if len(signals) > 1 and agreeing:
        words.append(f"together {vote} at {strength:.2f}")
    return Blend(
        vote=vote,
        strength=strength,
        words="; ".join(words),
        lacks="" if vote is Vote.BUY else _lacks(signals, counted),
    )


def _vote(
    buys: Sequence[float], sells: Sequence[float], agreement: Agreement, *, sources: int
) -> Vote:
    net = sum(buys) - sum(sells)
    # By agreement: when they say BUY together, and when they say SELL.
    turns = {
        Agreement.ALL: (0 < len(buys) == sources, bool(sells)),
        Agreement.NO_OBJECTION: (bool(buys) and not sells, bool(sells) and not buys),
        Agreement.NET: (
            bool(buys) and (net > 0 or not sells),
            bool(sells) and (net < 0 or not buys),
        ),
    }
    buy, sell = turns[agreement]
    return Vote.BUY if buy else Vote.SELL if sell else Vote.HOLD


def _strengths(signals: Sequence[SourceSignal], vote: Vote) -> list[float]:
    # Sorted, because a sum of floats depends on its order.
    return sorted(signal.weight * signal.strength for signal in signals if signal.vote is vote)


def _words(signal: SourceSignal, *, alone: bool) -> str:
    return signal.words if alone else f"{signal.source} {signal.vote}: {signal.words}"


def _lacks(signals: Sequence[SourceSignal], counted: Sequence[SourceSignal]) -> str:
    if len(signals) == 1:
        return signals[0].lacks
    if not counted:
        return "no opening: no source counts"
    against = [f"{signal.source} says {signal.vote}" for signal in counted if not _agrees(signal)]
    return f"no opening: {', '.join(against)}"


def _agrees(signal: SourceSignal) -> bool:
    return signal.vote is Vote.BUY
