"""What an AI is told: symbols, their prices and headlines, and nothing of the person who asks."""

from dataclasses import dataclass
from datetime import datetime

from qt_trade.model.symbols import Symbol

HORIZON_MIN = 60
"""The opinions are about the coming hour, so that they can be scored as all predictions are."""


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline from outside."""

    published: datetime
    publisher: str
    title: str


@dataclass(frozen=True, slots=True)
class SymbolFacts:
    """One symbol. Changes in per cent; None: not known."""

    symbol: Symbol
    name: str
    price: float
    change_today: float | None = None
    change_15_min: float | None = None
    change_60_min: float | None = None
    low_today: float | None = None
    high_today: float | None = None
    volume_today: int | None = None
    headlines: tuple[Headline, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """All there is to ask about at a moment. ``wanted``: at most so many opinions."""

    at: datetime
    symbols: tuple[SymbolFacts, ...]
    wanted: int
