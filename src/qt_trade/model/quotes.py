"""A quote: the last trade and the best bid and ask of one symbol at one moment."""

import math
from dataclasses import dataclass
from datetime import datetime

from qt_trade.model.symbols import Symbol


@dataclass(frozen=True, slots=True)
class Quote:
    """Prices in dollars (marks: floats), sizes in shares, None where the source has none.

    ``at`` is feed time (exchange time of the quote). ``volume`` is the regular session's so far.
    ``doubt``: why the price opens nothing (too few sources agree on it), empty for a sound one.
    Raises ValueError on a price that is not finite and positive, a negative size or volume, and
    a time without a zone.
    """

    symbol: Symbol
    at: datetime
    price: float
    bid: float | None
    ask: float | None
    bid_size: int | None
    ask_size: int | None
    volume: int | None
    open: float | None
    high: float | None
    low: float | None
    previous_close: float | None
    doubt: str = ""

    def __post_init__(self) -> None:
        for name in ("price", "bid", "ask", "open", "high", "low", "previous_close"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise ValueError(f"{self.symbol}.{name} is {value}; a price is finite and positive")
        for name in ("bid_size", "ask_size", "volume"):
            count = getattr(self, name)
            if count is not None and count < 0:
                raise ValueError(f"{self.symbol}.{name} is {count}; it must not be negative")
        if self.at.tzinfo is None:
            raise ValueError(f"{self.symbol}.at has no time zone")

    @property
    def crossed(self) -> bool:
        """Whether the bid stands above the ask, which no honest book shows for long."""
        return self.bid is not None and self.ask is not None and self.bid > self.ask

    @property
    def mid(self) -> float:
        """Middle of bid and ask; the last price where one of them is missing."""
        if self.bid is None or self.ask is None:
            return self.price
        return (self.bid + self.ask) / 2
