"""Numbers and times as the desktop writes them.

Missing (None, or not finite) is an em dash, never a zero. A gain or a loss always has its sign,
and what rounds to zero has neither sign nor colour. Minus is U+2212, as wide as the plus.
"""

import math
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

MISSING = "—"
MINUS = "−"
UP = "▲"
DOWN = "▼"
WARNING = "⚠"
NO_SIGNAL = "no signal"
NEW_YORK = ZoneInfo("America/New_York")

GAIN, LOSS, WARN, OFF, NORMAL, FAINT, MUTED = "gain", "loss", "warn", "off", "", "faint", "muted"
"""The tones a cell can have; the theme gives them their colours. NORMAL is the empty word."""

Number = Decimal | float | int
NOW_S = 0.1
"""What is nearer than this is now."""

_SPREAD_WIDE_BP = 10.0
_TENTHS_BELOW_S = 10.0
_TENTHS_BELOW_MS = 10.0
_SECONDS_BELOW_S = 120.0
_MINUTE_S = 60
_HOUR_S = 3600
_DAY_S = 86_400
_VOLUME_UNITS = ((1e9, "B"), (1e6, "M"), (1e3, "K"))


def is_missing(value: Number | None) -> bool:
    """Return whether there is no number to show."""
    return value is None or not math.isfinite(value)


def number(value: Number | None, places: int = 2) -> str:
    """Return a number with separated thousands: ``1,234.50``, ``−0.75``."""
    if value is None or is_missing(value):
        return MISSING
    text = f"{abs(value):,.{places}f}"
    return MINUS + text if value < 0 and not _is_zero(text) else text


def signed(value: Number | None, places: int = 2, unit: str = "") -> str:
    """Return a gain or a loss with its sign: ``+144.00``, ``−55.80``; zero has none."""
    text = number(value, places)
    if value is None or text == MISSING:
        return MISSING
    plus = "+" if value > 0 and not _is_zero(text) else ""
    return f"{plus}{text}{unit}"


def price(value: Number | None) -> str:
    """Return a price: two places, four below one dollar (as US stocks are quoted)."""
    cents = value is None or abs(float(value)) >= 1
    return number(value, 2 if cents else 4)


def price_change(value: Number | None) -> str:
    """Return the change of a price with its sign."""
    return signed(value, 2)


def percent(fraction: Number | None, places: int = 2) -> str:
    """Return a change as a signed percentage: 0.013 is ``+1.30%``."""
    return signed(_hundredfold(fraction), places, "%")


def share(fraction: Number | None, places: int = 1) -> str:
    """Return a share as a percentage without a sign: 0.108 is ``10.8%``."""
    text = number(_hundredfold(fraction), places)
    return text if text == MISSING else f"{text}%"


def tone(value: Number | None, places: int = 2) -> str:
    """Return GAIN or LOSS for what ``signed`` shows with that sign, else NORMAL; OFF if missing."""
    text = signed(value, places)
    if text == MISSING:
        return OFF
    return {"+": GAIN, MINUS: LOSS}.get(text[0], NORMAL)


def percent_tone(fraction: Number | None, places: int = 2) -> str:
    """Return the tone of what ``percent`` shows."""
    return tone(_hundredfold(fraction), places)


def with_triangle(text: str, of_tone: str) -> str:
    """Return a signed text behind its triangle: ``▲ +1.30%``."""
    mark = {GAIN: UP, LOSS: DOWN}.get(of_tone)
    return text if mark is None else f"{mark} {text}"


def quantity(value: Decimal | None) -> str:
    """Return a count of shares: ``1,200``, short ``−60``, in part ``2.5``."""
    if value is None or is_missing(value):
        return MISSING
    return number(value, max(0, -int(Decimal(value).normalize().as_tuple().exponent)))


def volume(shares: int | None) -> str:
    """Return traded shares in short: ``48.2 M``, ``412.6 K``, ``940``."""
    if shares is None:
        return MISSING
    for size, unit in _VOLUME_UNITS:
        # Half of the last place of the unit below: 999,950 would read 1000.0 K.
        if shares >= size - size / 20_000:
            return f"{shares / size:.1f} {unit}"
    return f"{shares}"


def spread_bp(bid: float | None, ask: float | None) -> float | None:
    """Return the spread in basis points of the middle; None where a side is missing."""
    if bid is None or ask is None or is_missing(bid) or is_missing(ask) or bid + ask <= 0:
        return None
    return (ask - bid) / (bid + ask) * 2e4


def spread(basis_points: float | None, calm: str = NORMAL) -> tuple[str, str]:
    """Return text and tone of a spread: amber with a sign when wide or crossed."""
    if basis_points is None:
        return MISSING, OFF
    text = f"{number(basis_points, 0)} bp"
    if basis_points >= 0 and round(basis_points) <= _SPREAD_WIDE_BP:
        return text, calm
    return f"{WARNING} {text}", WARN


def span(seconds: float) -> str:
    """Return a length of time in the unit that reads best: ``0.8 s``, ``42 s``, ``2:14 h``."""
    if seconds < _TENTHS_BELOW_S:
        return f"{math.floor(max(0.0, seconds) * 10) / 10:.1f} s"
    if seconds < _SECONDS_BELOW_S:
        return f"{seconds:.0f} s"
    if seconds < _HOUR_S:
        return f"{seconds // _MINUTE_S:.0f} min"
    if seconds < _DAY_S:
        return f"{seconds // _HOUR_S:.0f}:{seconds % _HOUR_S // _MINUTE_S:02.0f} h"
    return f"{seconds // _DAY_S:.0f} d"


def age(seconds: float | None) -> str:
    """Return how old something is; MISSING when it never was."""
    return MISSING if seconds is None or is_missing(seconds) else span(seconds)


def milliseconds(value: float | None) -> str:
    """Return a duration in milliseconds: ``0.7 ms``, ``38 ms``, ``4,100 ms``."""
    if value is None or is_missing(value):
        return MISSING
    return f"{number(value, 1 if value < _TENTHS_BELOW_MS else 0)} ms"


def countdown(seconds: float) -> str:
    """Return the time to go as ``3:12`` (minutes, seconds), ``2:05:00`` with hours."""
    whole = max(0, math.ceil(seconds))
    hours, rest = divmod(whole, _HOUR_S)
    minutes, rest = divmod(rest, _MINUTE_S)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def clock(at: datetime | None) -> str:
    """Return the New York time of day: ``13:45:18``."""
    return MISSING if at is None else f"{at.astimezone(NEW_YORK):%H:%M:%S}"


def clock_ms(at: datetime) -> str:
    """Return the New York time of day to the millisecond: ``13:44:16.204``."""
    return f"{clock(at)}.{at.microsecond // 1000:03}"


def _is_zero(text: str) -> bool:
    return not text.strip("0.,")


def _hundredfold(fraction: Number | None) -> Number | None:
    return None if fraction is None else fraction * 100
