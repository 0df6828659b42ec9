"""A bar: open, high, low, close and volume of one symbol over one interval."""

import math
from dataclasses import dataclass
from datetime import datetime

from qt_trade.model.symbols import Symbol


@dataclass(frozen=True, slots=True)
class Bar:
    """``at`` is the bar's start (feed time, UTC); ``interval_s`` its length in seconds.

    Bid, ask and sizes are those at the bar's end, None where the source has none.
    Raises ValueError when the prices contradict each other.
    """

    symbol: Symbol
    at: datetime
    interval_s: int
    open: float
    high: float
    low: float
    close: float
    volume: int
    bid: float | None = None
    bid_size: int | None = None
    ask: float | None = None
    ask_size: int | None = None

    def __post_init__(self) -> None:
        prices = (self.open, self.high, self.low, self.close)
        if not all(math.isfinite(p) and p > 0 for p in prices):
            raise ValueError(f"{self.symbol} {self.at}: a price is not finite and positive")
        if self.high < max(prices) or self.low > min(prices) or self.volume < 0:
            raise ValueError(f"{self.symbol} {self.at}: open, high, low, close contradict")
