"""The regular session so far of one symbol: what quotes say beside their price."""

from dataclasses import dataclass
from datetime import date


@dataclass(slots=True)
class DayFigures:
    """Open, high, low and volume since the open, and the close of the session before.

    All None until the first trade of a session; ``previous_close`` None until a session has been
    seen to its end.
    """

    day: date | None = None
    open: float | None = None
    high: float | None = None
    low: float | None = None
    volume: int | None = None
    previous_close: float | None = None
    _last: float | None = None

    def add(self, day: date, prices: tuple[float, float, float, float], volume: int) -> None:
        """Take in what was traded next in a session (New York's date): open, high, low, close."""
        if day != self.day:
            self._begin(day)
        first, high, low, last = prices
        self.open = first if self.open is None else self.open
        self.high = high if self.high is None else max(self.high, high)
        self.low = low if self.low is None else min(self.low, low)
        self.volume = (self.volume or 0) + volume
        self._last = last

    def _begin(self, day: date) -> None:
        self.day = day
        self.previous_close = self._last
        self.open = self.high = self.low = self.volume = None
