"""How the pages write what the tables' formats leave open: notes, days, counts, ages."""

import re
from datetime import datetime
from decimal import Decimal

from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.models.format import (
    NEW_YORK,
    clock,
    countdown,
    milliseconds,
    percent,
    span,
)

__all__ = [
    "NEW_YORK",
    "NONE",
    "NOW_S",
    "age",
    "clock",
    "count",
    "countdown",
    "date",
    "day",
    "figures",
    "milliseconds",
    "minute",
    "money",
    "percent",
    "percent_tone",
    "percentage",
    "plain_percent",
    "prose",
    "sentence",
    "signed_ms",
    "span",
    "tone",
]

NONE = fmt.MISSING
NOW_S = fmt.NOW_S
_LONG_MS = 10_000.0
_MINUS_BEFORE_NUMBER = re.compile(r"(?<![\w.])-(?=\d)")


def money(amount: Decimal | float | None, *, signed: bool = False) -> str:
    """Return USD with two places and separated thousands."""
    return fmt.signed(amount) if signed else fmt.number(amount)


def percentage(value: float | None) -> str:
    """Return a value that is in per cent already as a signed percentage."""
    return fmt.signed(value, 2, "%")


def plain_percent(fraction: float, *, places: int = 1) -> str:
    """Return a share or a limit as a percentage without a sign, no needless zeros."""
    text = f"{fraction * 100:.{places}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


def tone(value: Decimal | float | None) -> str:
    """Return ``gain``, ``loss`` or nothing."""
    return fmt.NORMAL if value is None else fmt.tone(value)


def percent_tone(fraction: float | None) -> str:
    """Return the tone of a fraction shown as a percentage."""
    return fmt.NORMAL if fraction is None else fmt.percent_tone(fraction)


def age(since: datetime | None, now: datetime) -> str:
    """Return how long ago something was."""
    return NONE if since is None else span(max(0.0, (now - since).total_seconds()))


def minute(at: datetime | None) -> str:
    """Return the New York time of day without seconds."""
    return NONE if at is None else f"{at.astimezone(NEW_YORK):%H:%M}"


def day(at: datetime) -> str:
    """Return the New York date, ``Mon 7 Oct 2013``."""
    return f"{at.astimezone(NEW_YORK):%a} {date(at)}"


def date(at: datetime) -> str:
    """Return the New York date without the day of the week."""
    local = at.astimezone(NEW_YORK)
    return f"{local.day} {local:%b %Y}"


def count(number: int, one: str) -> str:
    """Return ``1 order``, ``2 orders``."""
    return f"{number:,} {one if number == 1 else one + 's'}"


def prose(text: str) -> str:
    """Return a backend's words with a real minus, in sentence case."""
    calm = text.lower() if text.isupper() else text
    mended = _MINUS_BEFORE_NUMBER.sub(fmt.MINUS, calm)
    return mended[:1].upper() + mended[1:]


def figures(text: str) -> str:
    """Return a backend's figures with a real minus, their letters as they are."""
    return _MINUS_BEFORE_NUMBER.sub(fmt.MINUS, text)


def signed_ms(milliseconds: float) -> str:
    """Return a time of transport: ``+4 ms``; from ten seconds on in the unit that reads best."""
    if abs(milliseconds) >= _LONG_MS:
        return ("+" if milliseconds > 0 else fmt.MINUS) + span(abs(milliseconds) / 1000)
    places = 1 if abs(milliseconds) < _LONG_MS / 1000 else 0
    return fmt.signed(milliseconds, places, " ms")


def sentence(text: str) -> str:
    """Return words with a full stop at their end, unless they end a sentence already."""
    return text if text.endswith((".", "?")) or not text else f"{text}."
