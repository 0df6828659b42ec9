"""What every payload carries, and the strict and the tolerant family of payloads.

Unknown fields are accepted where a frontend reads the backend (a newer peer) and refused in
settings and commands (a misspelt limit must not be ignored).
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec

from qt_trade.model.feeds import FeedKind

ID_LENGTH_MAX = 80
WORDS_LENGTH_MAX = 2000
WHOLE_MAX = 2**53 - 1
"""No whole number is larger: up to here every client reads it exactly, and every column holds it."""
SHARES_MAX = 1_000_000_000
"""No order is larger; at the highest price its value is still one that can be counted."""
AMOUNT_PLACES = 6
QUANTITY_PLACES = 9

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Price = Annotated[float, msgspec.Meta(gt=0)]
Fraction = Annotated[float, msgspec.Meta(ge=0, le=1)]
Amount = Decimal
"""USD, exact; finite and within bounds (the codec sees to it)."""
Whole = Annotated[int, msgspec.Meta(ge=-WHOLE_MAX, le=WHOLE_MAX)]
Count = Annotated[int, msgspec.Meta(ge=0, le=WHOLE_MAX)]
Quantity = Annotated[
    Decimal, msgspec.Meta(description="shares, in part too: at most nine decimal places")
]
"""Of shares that are held, ordered or traded."""
Shares = Annotated[int, msgspec.Meta(ge=1, le=SHARES_MAX)]
# (?!\n)$: in Python alone $ matches before a last line feed, too, and these go into names of keys.
SymbolText = Annotated[str, msgspec.Meta(pattern=r"^[A-Z][A-Z0-9]{0,9}(\.[A-Z]{1,3})?(?!\n)$")]
Words = Annotated[str, msgspec.Meta(max_length=WORDS_LENGTH_MAX)]
Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}(?!\n)$")]


class Backend(msgspec.Struct, frozen=True, kw_only=True):
    """A payload the backend writes. ``ts``: wall time of writing; ``source``: the role."""

    ts: Moment
    source: str
    feed: FeedKind


class Frontend(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A payload a frontend writes. ``session_id`` says who; ``feed`` what it believed to see."""

    ts: Moment
    source: str
    feed: FeedKind
    session_id: Id


class WrongFieldError(ValueError):
    """A field that fits its type and not its payload; the codec tells its path."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(f"{field} {words}")
        self.field = field
        self.words = words


def check_given(**amounts: Amount) -> None:
    """Raise WrongFieldError when an amount that a person gives is none that can be used.

    It must not be negative, and whole in micro-dollars: what is rounded is not what was meant.
    """
    for name, amount in amounts.items():
        if not amount.is_finite() or amount < 0:
            raise WrongFieldError(name, f"is {amount:.20}; it must not be negative")
        if _is_finer(amount, AMOUNT_PLACES):
            raise WrongFieldError(name, f"has more than {AMOUNT_PLACES} decimal places")


def check_quantity(name: str, quantity: Decimal) -> None:
    """Raise WrongFieldError when a quantity that a person gives is none that can be traded."""
    if not quantity.is_finite() or not 0 < quantity <= SHARES_MAX:
        words = f"is {quantity:.20}; it must be more than 0 and at most {SHARES_MAX:,} shares"
        raise WrongFieldError(name, words)
    if _is_finer(quantity, QUANTITY_PLACES):
        raise WrongFieldError(name, f"has more than {QUANTITY_PLACES} decimal places")


def _is_finer(number: Decimal, places: int) -> bool:
    # No arithmetic: that would round to as many digits as its context has.
    _, digits, exponent = number.as_tuple()
    more = -int(exponent) - places
    return more > 0 and any(digits[-more:])
