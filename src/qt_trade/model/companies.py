"""A company in figures, and what was written about it."""

from dataclasses import dataclass
from datetime import datetime

from qt_trade.model.symbols import Symbol


@dataclass(frozen=True, slots=True)
class Fundamentals:
    """None: the source does not say. Market value in USD; yields and ratios as fractions."""

    symbol: Symbol
    name: str | None = None
    market_cap: float | None = None
    pe_ratio: float | None = None
    peg_ratio: float | None = None
    price_to_book: float | None = None
    beta: float | None = None
    debt_to_equity: float | None = None
    dividend_yield: float | None = None
    sector: str | None = None
    industry: str | None = None
    fifty_two_week_high: float | None = None
    fifty_two_week_low: float | None = None


@dataclass(frozen=True, slots=True)
class NewsItem:
    """A headline from outside: data, and never an instruction to anything."""

    title: str
    publisher: str
    published: datetime
    url: str = ""
    symbols: tuple[Symbol, ...] = ()
