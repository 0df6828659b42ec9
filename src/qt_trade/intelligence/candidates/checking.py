"""From an answer to opinions: what is no symbol, no sense or no possible price is left out."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from qt_trade.intelligence.candidates.answer import Advice, Said, SaidCandidate
from qt_trade.intelligence.candidates.facts import Headline
from qt_trade.intelligence.candidates.text import plain
from qt_trade.model.symbols import Symbol, symbol

TARGET_RANGE = 0.10
"""A target farther from the last price than this fraction is no opinion about the coming hour."""
READ_MAX = 50
"""So many opinions of an answer are looked at."""
REASON_MAX, SOURCE_MAX, SOURCES_MAX = 400, 160, 5
RISK_MIN, RISK_MAX = 1, 5
DROPPED_TOLD = 8
"""So many reasons are told why opinions were left out: an answer may give hundreds."""
_COIN = 0.5


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a symbol at that moment. ``trouble``: why no opinion of it is taken."""

    price: float | None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """A checked opinion. ``price``: the last one when the answer came; returns as fractions."""

    symbol: Symbol
    recommendation: Advice
    score: float
    confidence: float
    target_price: float | None
    price: float
    risk_level: int
    reason: str
    cited: tuple[str, ...]

    @property
    def expected_return(self) -> float | None:
        """What it expects, where it names a target."""
        return None if self.target_price is None else self.target_price / self.price - 1

    @property
    def prob_up(self) -> float:
        """The probability that the price is higher when the horizon has passed."""
        if self.recommendation == "HOLD":
            return _COIN
        return self.confidence if self.recommendation in _UP else 1 - self.confidence


_UP: frozenset[Advice] = frozenset({"STRONG_BUY", "BUY"})
_DOWN: frozenset[Advice] = frozenset({"STRONG_SELL", "SELL"})


@dataclass(frozen=True, slots=True)
class Checked:
    """What is taken of an answer, the strongest first, and why each other opinion is not."""

    said: int
    kept: tuple[Opinion, ...]
    dropped: tuple[str, ...]

    @property
    def words(self) -> str:
        """How many opinions were taken, and what became of the rest."""
        if not self.said:
            return "the AI names no candidate: nothing stands out to it"
        words = f"{len(self.kept)} of {self.said} opinions taken"
        if not self.dropped:
            return words
        return f"{words}; left out: {_counted(self.dropped)}"


def named(said: Said) -> tuple[Symbol, ...]:
    """Return the symbols an answer names, those that can be some, each once."""
    found = (_symbol(one.symbol) for one in said.candidates[:READ_MAX])
    return tuple(dict.fromkeys(one for one in found if one is not None))


@dataclass(frozen=True, slots=True)
class Sources:
    """``headlines``: what was told, by id. ``of_all``: what the answer as a whole cites."""

    headlines: Mapping[str, Headline]
    of_all: tuple[str, ...] = ()


def check(said: Said, known: Mapping[Symbol, Known], sources: Sources, most: int) -> Checked:
    """Take at most ``most`` opinions. ``known``: of every symbol that the answer names."""
    kept: dict[Symbol, Opinion] = {}
    dropped: list[str] = []
    for one in said.candidates[:READ_MAX]:
        found = _opinion(one, known, sources)
        if isinstance(found, str):
            dropped.append(found)
        elif found.symbol in kept:
            dropped.append(f"{found.symbol} named again")
        else:
            kept[found.symbol] = found
    more = len(said.candidates) - READ_MAX
    dropped += ["beyond what is read"] * max(0, more)
    best = sorted(kept.values(), key=lambda one: -one.score)
    dropped += [f"{one.symbol} beyond the {most} that are kept" for one in best[most:]]
    return Checked(len(said.candidates), tuple(best[:most]), tuple(dropped))


def _opinion(one: SaidCandidate, known: Mapping[Symbol, Known], sources: Sources) -> Opinion | str:
    """Return the opinion, or why it is none."""
    name = _symbol(one.symbol)
    if name is None:
        return "something that is no symbol"
    there = known.get(name, Known(None, "nobody knows it"))
    if there.trouble or there.price is None:
        return f"{name}: {there.trouble or 'it has no price'}"
    trouble = next(_troubles(one, there.price), "")
    if trouble:
        return f"{name}: {trouble}"
    return Opinion(
        symbol=name,
        recommendation=one.recommendation,
        score=one.score,
        confidence=one.confidence,
        target_price=one.target_price,
        price=there.price,
        risk_level=one.risk_level,
        reason=plain(one.reason, REASON_MAX),
        cited=_cited(one.sources, sources),
    )


def _symbol(text: str) -> Symbol | None:
    try:
        return symbol(text[:20])
    except ValueError:
        return None


def _troubles(one: SaidCandidate, price: float) -> Iterator[str]:
    if not 0 <= one.score <= 1:
        yield "a score that is none"
    least = 0.0 if one.recommendation == "HOLD" else _COIN
    if not least <= one.confidence <= 1:
        yield "a confidence below a coin's toss, or above certainty"
    if not RISK_MIN <= one.risk_level <= RISK_MAX:
        yield "a risk level that is none"
    yield from _of_target(one, price)


def _of_target(one: SaidCandidate, price: float) -> Iterator[str]:
    if one.target_price is None:
        return
    change = one.target_price / price - 1
    if not math.isfinite(change) or abs(change) > TARGET_RANGE:
        yield f"a target more than {TARGET_RANGE:.0%} from the last price"
    elif (change < 0 and one.recommendation in _UP) or (change > 0 and one.recommendation in _DOWN):
        yield "a target on the other side of its view"


def _cited(named: Iterable[str], sources: Sources) -> tuple[str, ...]:
    """Say what an opinion relies on: headlines by their titles, anything else as it says.

    One that names nothing has what the whole answer cites, and that is said.
    """
    lines = []
    for source in list(named)[:SOURCES_MAX]:
        told = sources.headlines.get(source.strip())
        lines.append(source if told is None else f"{told.publisher}: {told.title}")
    if not lines:
        lines = [f"{link} (of the whole answer)" for link in sources.of_all[:SOURCES_MAX]]
    return tuple(dict.fromkeys(cut for line in lines if (cut := plain(line, SOURCE_MAX))))


def _counted(dropped: Iterable[str]) -> str:
    counts = Counter(dropped)
    told = [one if count == 1 else f"{one} ({count} times)" for one, count in counts.items()]
    more = len(told) - DROPPED_TOLD
    return ", ".join(told[:DROPPED_TOLD]) + (f" and {more} others" if more > 0 else "")
