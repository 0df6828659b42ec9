"""A made-up market that all emulated providers show: prices as a function of time alone, and faults.

Names are in canonical dot form (``BRK.B``); each emulator converts at its edge. Sessions are those
of New York from Monday to Friday, 09:30 to 16:00; there are no holidays.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum, auto
from functools import cache
from zoneinfo import ZoneInfo

from qt_trade.kit.clock import Clock
from qt_trade.model.quotas import Limit, Window

NEW_YORK = ZoneInfo("America/New_York")
NAMES = {
    "AAPL": "Apple Inc.",
    "MSFT": "Microsoft Corporation",
    "NVDA": "NVIDIA Corporation",
    "SPY": "SPDR S&P 500 ETF Trust",
    "BRK.B": "Berkshire Hathaway Inc. Class B",
    "IBM": "International Business Machines",
    "AMZN": "Amazon.com Inc.",
    "GOOG": "Alphabet Inc. Class C",
    "JPM": "JPMorgan Chase & Co.",
    "META": "Meta Platforms Inc.",
    "TSLA": "Tesla Inc.",
    "XOM": "Exxon Mobil Corporation",
}
DAY_S = 86_400
_OPEN, _CLOSE, _EARLY_CLOSE = time(9, 30), time(16), time(13)
_HOLIDAYS = frozenset(date(2026, *day) for day in ((4, 3), (7, 3), (9, 7), (11, 26), (12, 25)))
_EARLY = frozenset({date(2026, 11, 27), date(2026, 12, 24)})
"""Of 2026, the year that tests which need them play in."""
_STALE = timedelta(days=3)
_SPIKE = 10.0
_WAVES_S = (60.0, 390.0, 3_600.0, 23_400.0)


class Fault(StrEnum):
    """How the next calls go wrong: on the way, in the body, or in the figures."""

    DELAY = auto()
    """No answer until the emulator is gone."""
    RESET = auto()
    ERROR_500 = auto()
    BAD_GATEWAY = auto()
    """502 with a page of HTML."""
    TORN_JSON = auto()
    EMPTY = auto()
    """200 without a body."""
    WRONG_TYPE = auto()
    """200 with a page of HTML."""
    RATE_LIMIT = auto()
    """The provider's own 429, whatever was used."""
    NULL_PRICES = auto()
    ZERO_PRICE = auto()
    STALE = auto()
    """Three days old, and saying so."""
    SPIKE = auto()
    """Ten times the price."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One symbol at one moment, as the emulator is to tell it. None: null on the wire."""

    name: str
    at: datetime
    price: float | None
    bid: float | None
    ask: float | None
    open: float | None
    high: float | None
    low: float | None
    previous_close: float | None
    volume: int | None

    def with_fault(self, fault: Fault | None) -> "Tick":
        """Return it with wrong figures where the fault is one of figures."""
        prices = ("price", "bid", "ask", "open", "high", "low", "previous_close")
        match fault:
            case Fault.NULL_PRICES:
                return replace(self, **dict.fromkeys(prices))
            case Fault.ZERO_PRICE:
                return replace(self, **dict.fromkeys(prices, 0.0))
            case Fault.STALE:
                return replace(self, at=self.at - _STALE)
            case Fault.SPIKE if self.price is not None:
                return replace(self, price=round(self.price * _SPIKE, 2))
            case _:
                return self


@dataclass(frozen=True, slots=True)
class Row:
    """A bar; ``at`` is its start, for a day midnight in New York."""

    at: datetime
    open: float
    high: float
    low: float
    close: float
    volume: int


@dataclass
class MadeUpMarket:
    """Prices of ``names``; ``fixed`` holds those a test wants to be exactly so."""

    clock: Clock
    seed: int = 7
    names: dict[str, str] = field(default_factory=lambda: dict(NAMES))
    fixed: dict[str, float] = field(default_factory=dict)

    def knows(self, name: str) -> bool:
        return name in self.names

    def price(self, name: str, at: datetime) -> float:
        """Return the price at a moment: waves with phases of the seed's, about 1 % high each."""
        if name in self.fixed:
            return self.fixed[name]
        base, phases = _character(self.seed, name)
        second = at.timestamp()
        height = sum(
            0.0005 * math.sqrt(wave) / 10 * math.sin(second / wave * math.tau + phase)
            for wave, phase in zip(_WAVES_S, phases, strict=True)
        )
        return round(base * math.exp(height), 2)

    def tick(self, name: str) -> Tick:
        """Return what is known of a symbol now."""
        now = self.clock.now().replace(microsecond=0)
        price = self.price(name, now)
        began = datetime.combine(now.astimezone(NEW_YORK).date(), _OPEN, NEW_YORK)
        opening = self.price(name, began)
        before = self.price(name, began - timedelta(hours=17, minutes=30))
        return Tick(
            name=name,
            at=now,
            price=price,
            bid=round(price - 0.01, 2),
            ask=round(price + 0.01, 2),
            open=opening,
            high=round(max(price, opening) * 1.001, 2),
            low=round(min(price, opening) * 0.999, 2),
            previous_close=before,
            volume=max(1, int((now - began).total_seconds())) * 100,
        )

    def bars(self, name: str, interval_s: int, since: datetime, until: datetime) -> list[Row]:
        """Return the bars that began in [since, until) and not after now; the last may be open."""
        until = min(until, self.clock.now() + timedelta(microseconds=1))
        return [
            self._row(name, at, ends)
            for at, ends in _starts(interval_s, since, until)
            if since <= at < until
        ]

    def _row(self, name: str, at: datetime, ends: datetime) -> Row:
        span = (ends - at) / 4
        prices = [self.price(name, at + span * quarter) for quarter in range(5)]
        return Row(at, prices[0], max(prices), min(prices), prices[-1], int(span.total_seconds()))


@cache
def _character(seed: int, name: str) -> tuple[float, tuple[float, ...]]:
    """Return what a symbol costs in the middle, and the phases of its waves."""
    rng = random.Random(f"{seed} {name}")
    return 50.0 + rng.random() * 300.0, tuple(rng.random() * math.tau for _ in _WAVES_S)


def _starts(
    interval_s: int, since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Yield begin and end of every bar of the days that are touched, in UTC."""
    day = since.astimezone(NEW_YORK).date()
    while day <= until.astimezone(NEW_YORK).date():
        opens = datetime.combine(day, _OPEN, NEW_YORK)
        trades = day.isoweekday() <= 5 and day not in _HOLIDAYS
        if trades and interval_s == DAY_S:
            begins = datetime.combine(day, time(), NEW_YORK)
            yield begins.astimezone(UTC), (begins + timedelta(days=1)).astimezone(UTC)
        elif trades:
            last = _EARLY_CLOSE if day in _EARLY else _CLOSE
            closes = datetime.combine(day, last, NEW_YORK)
            step = timedelta(seconds=interval_s)
            for number in range((closes - opens) // step):
                at = (opens + step * number).astimezone(UTC)
                yield at, at + step
        day += timedelta(days=1)


class Meter:
    """Counts calls, or credits, in the calendar's seconds, minutes, days and months of UTC."""

    def __init__(self, clock: Clock, limits: tuple[Limit, ...]) -> None:
        self._clock = clock
        self.limits = limits
        self._used: dict[Limit, tuple[str, int]] = {}

    def take(self, cost: int) -> Limit | None:
        """Count a call; return the limit it breaks, None for none. What is refused counts too."""
        broken = None
        for limit in self.limits:
            used = self.used(limit) + cost
            self._used[limit] = (self._window(limit), used)
            if used > limit.count and broken is None:
                broken = limit
        return broken

    def used(self, limit: Limit) -> int:
        """Return what is used of a limit in the present window."""
        window, used = self._used.get(limit, ("", 0))
        return used if window == self._window(limit) else 0

    def resets_at(self, limit: Limit) -> datetime:
        """Return when the present window ends."""
        now = self._clock.now()
        match limit.window:
            case Window.SECOND:
                return now.replace(microsecond=0) + timedelta(seconds=1)
            case Window.MINUTE:
                return now.replace(second=0, microsecond=0) + timedelta(minutes=1)
            case Window.DAY:
                return datetime.combine(now.date(), time(), UTC) + timedelta(days=1)
            case Window.MONTH:
                later = now.date().replace(day=1) + timedelta(days=32)
                return datetime.combine(later.replace(day=1), time(), UTC)

    def _window(self, limit: Limit) -> str:
        return self.resets_at(limit).isoformat()
