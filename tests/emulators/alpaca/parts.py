"""What the emulated account is made of, and how Alpaca writes numbers and moments."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Touch:
    """The market of a symbol: the best prices, and how much is offered there (None: plenty)."""

    bid: Decimal
    ask: Decimal
    bid_size: Decimal | None = None
    ask_size: Decimal | None = None


@dataclass(slots=True)
class Holding:
    """Shares held (negative: short) and what they cost."""

    quantity: Decimal = ZERO
    cost: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Activity:
    """A line of the broker's own record, in its wire form."""

    at: datetime
    body: dict[str, Any]


def text(value: Decimal | None) -> str | None:
    """Return a number as Alpaca writes it: a string without needless places."""
    if value is None:
        return None
    plain = value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
    return f"{plain:f}"


def rfc3339(at: datetime | None) -> str | None:
    """Return a moment with nanoseconds, as Go writes it."""
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}000Z"
