"""A bar: open, high, low, close and volume of one symbol over one interval."""

import math
from dataclasses import dataclass
from datetime import datetime

from qt_trade.model.symbols import Symbol


@dataclass(frozen=True, slots=True)
class Bar:
    """``at`` is the bar's start (feed time, UTC); ``interval_s`` its length in seconds.

    Bid, ask and sizes are those at the bar's end, None where the source has none.
    Raises ValueError when the prices contradict each other, one is not finite and positive, a
    size or the volume is negative, or the time has no zone.
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
        traded = (self.open, self.high, self.low, self.close)
        quoted = (price for price in (self.bid, self.ask) if price is not None)
        if not all(math.isfinite(price) and price > 0 for price in (*traded, *quoted)):
            raise ValueError(f"{self.symbol} {self.at}: a price is not finite and positive")
        if self.high < max(traded) or self.low > min(traded):
            raise ValueError(f"{self.symbol} {self.at}: open, high, low, close contradict")
        if min(self.volume, self.bid_size or 0, self.ask_size or 0) < 0:
            raise ValueError(f"{self.symbol} {self.at}: the volume or a size is negative")
        if self.at.tzinfo is None:
            raise ValueError(f"{self.symbol} {self.at}: the time has no zone")
