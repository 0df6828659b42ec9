"""Numbers and moments as the desktop writes them; a missing one is an em dash, never a zero."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

NONE = "—"
MINUS = "\u2212"
NEW_YORK = ZoneInfo("America/New_York")
_MINUTE = 60
_HOUR = 3600
_DAY = 86400
_SECOND_DIGIT = 10
_TENTHS_BELOW_S = 10


def money(amount: Decimal | float | None, *, signed: bool = False) -> str:
    """Return USD with two places and separated thousands."""
    if amount is None:
        return NONE
    text = f"{abs(amount):,.2f}"
    if amount < 0:
        return MINUS + text
    return f"+{text}" if signed and amount > 0 else text


def percent(fraction: float | None, *, places: int = 2) -> str:
    """Return a fraction as a signed percentage."""
    if fraction is None:
        return NONE
    text = f"{abs(fraction) * 100:.{places}f}%"
    if fraction < 0:
        return MINUS + text
    return f"+{text}" if fraction > 0 else text


def percentage(value: float | None) -> str:
    """Return a value that is in per cent already as a signed percentage."""
    return percent(None if value is None else value / 100)


def plain_percent(fraction: float, *, places: int = 1) -> str:
    """Return a share or a limit as a percentage without a sign, no needless zeros."""
    text = f"{fraction * 100:.{places}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


def tone(value: Decimal | float | None) -> str:
    """Return ``gain``, ``loss`` or nothing."""
    if value is None or value == 0:
        return ""
    return "gain" if value > 0 else "loss"


def age(since: datetime | None, now: datetime) -> str:
    """Return how long ago something was: ``0.8 s``, ``42 s``, ``3 min``, ``2:14 h``, ``5 d``."""
    if since is None:
        return NONE
    return span(max(0.0, (now - since).total_seconds()))


def span(seconds: float) -> str:
    """Return a length of time in the unit that reads best."""
    if seconds < _TENTHS_BELOW_S:
        return f"{seconds:.1f} s"
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min"
    if seconds < _DAY:
        return f"{seconds // _HOUR:.0f}:{seconds % _HOUR // _MINUTE:02.0f} h"
    return f"{seconds // _DAY:.0f} d"


def countdown(seconds: float) -> str:
    """Return ``3:12`` (minutes, seconds) or ``2:05:00`` with hours."""
    whole = timedelta(seconds=max(0, round(seconds)))
    minutes, rest = divmod(int(whole.total_seconds()), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def clock(at: datetime | None) -> str:
    """Return the New York time of day, ``13:45:18``."""
    return NONE if at is None else f"{at.astimezone(NEW_YORK):%H:%M:%S}"


def minute(at: datetime | None) -> str:
    """Return the New York time of day without seconds."""
    return NONE if at is None else f"{at.astimezone(NEW_YORK):%H:%M}"


def day(at: datetime) -> str:
    """Return the New York date, ``Mon 7 Oct 2013``."""
    local = at.astimezone(NEW_YORK)
    return f"{local:%a} {local.day} {local:%b %Y}"


def date(at: datetime) -> str:
    """Return the New York date without the day of the week."""
    local = at.astimezone(NEW_YORK)
    return f"{local.day} {local:%b %Y}"


def count(number: int, one: str, many: str | None = None) -> str:
    """Return ``1 order``, ``2 orders``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
