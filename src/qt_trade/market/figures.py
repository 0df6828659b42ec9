"""Figures out of vendors' JSON: what is no number, no price or no time is None, and never a zero."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from qt_trade.market.errors import BadAnswerError
from qt_trade.model.bars import Bar
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

_YEAR_MAX_S = 4_102_444_800.0
"""2100: what lies behind it is no time in seconds."""


def record(vendor: str, body: object) -> Mapping[str, Any]:
    """Return a JSON object. Raises BadAnswerError for anything else."""
    if not isinstance(body, dict):
        raise BadAnswerError(vendor, f"{type(body).__name__} where an object was expected")
    return body


def number(value: object) -> float | None:
    """Return a finite number, also one written as a string."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def price(value: object) -> float | None:
    """Return a positive number: vendors write zero where they have no price."""
    found = number(value)
    return found if found is not None and found > 0 else None


def count(value: object) -> int | None:
    """Return a size or a volume, whole."""
    found = number(value)
    return int(found) if found is not None and found >= 0 else None


def moment(vendor: str, seconds: object) -> datetime:
    """Return a time given in seconds since 1970. Raises BadAnswerError for what is none."""
    found = number(seconds)
    if found is None or not 0 < found < _YEAR_MAX_S:
        raise BadAnswerError(vendor, "a time that is none")
    return datetime.fromtimestamp(found, UTC)


def last_price(
    vendor: str, name: Symbol, at: datetime, last: object, **others: float | None
) -> Quote:
    """Return a quote; what is not given is None. Raises BadAnswerError for a price that is none."""
    found = price(last)
    if found is None:
        raise BadAnswerError(vendor, f"{name} has no price in it")
    fields: dict[str, Any] = dict.fromkeys(
        ("bid", "ask", "bid_size", "ask_size", "volume", "open", "high", "low", "previous_close")
    )
    return Quote(symbol=name, at=at, price=found, **{**fields, **others})


def bar(
    name: Symbol, at: datetime, interval_s: int, prices: Sequence[object], volume: object
) -> Bar | None:
    """Return a bar of open, high, low and close; None where one is missing or they contradict.

    A vendor's row that is none must not cost us the rows around it.
    """
    opened, high, low, close = (price(value) or 0.0 for value in prices)
    try:
        return Bar(name, at, interval_s, opened, high, low, close, count(volume) or 0)
    except ValueError:
        return None
