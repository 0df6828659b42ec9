"""What a source of signals says about a symbol, and an AI's opinion as one of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qt_trade.model.symbols import Symbol


class Source(StrEnum):
    """Where a signal comes from."""

    ML = "ML"
    CANDIDATES = "CANDIDATES"
    TECHNICAL = "TECHNICAL"
    OWN = "OWN"


class Vote(StrEnum):
    """What a source says. SILENT: it cannot say anything now, and that is no HOLD."""

    BUY = "BUY"
    SELL = "SELL"
    HOLD = "HOLD"
    SILENT = "SILENT"


@dataclass(frozen=True, slots=True)
class SourceSignal:
    """One source's word on one symbol. ``strength``: 0 to 1, of a BUY or SELL.

    ``words``: what it saw, or why it is silent; ``lacks``: what a HOLD is short of, else empty.
    ``weight``: how much it counts beside the others; 0: as if it were not in use.
    """

    source: Source
    vote: Vote
    strength: float
    words: str
    lacks: str = ""
    # Younger than the oldest journals.
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """An AI's opinion of a symbol until ``expires_at`` (feed time). ``score``: 0 to 1."""

    symbol: Symbol
    vote: Vote
    score: float
    confidence: float
    reason: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Candidates:
    """The opinions there are; ``trouble`` says why there are none, else it is empty.

    ``discredited``: why they count for nothing, by what came of earlier ones; empty: they count.
    """

    by_symbol: tuple[Candidate, ...] = ()
    trouble: str = "no AI candidates have been published"
    discredited: str = ""
