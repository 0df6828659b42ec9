"""Money as whole micro-dollars: exact from order to ledger."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import NewType

Usd = NewType("Usd", int)
"""An amount in millionths of a US dollar; may be negative."""

MICRO = 1_000_000
ZERO = Usd(0)


def usd(amount: Decimal | int | str) -> Usd:
    """Return an exact amount as micro-dollars.

    Raises ValueError when it is finer than a micro-dollar or not finite.
    """
    scaled = Decimal(amount) * MICRO
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} is not a whole number of micro-dollars")
    return Usd(int(scaled))


def usd_rounded(amount: Decimal | float) -> Usd:
    """Return an amount rounded half to even to the micro-dollar: for marks, not for fills."""
    exact = amount if isinstance(amount, Decimal) else Decimal(repr(amount))
    return Usd(int((exact * MICRO).to_integral_value(rounding=ROUND_HALF_EVEN)))


def to_cent(amount: Usd) -> Usd:
    """Return an amount rounded half to even to the cent."""
    quotient, rest = divmod(int(amount), 10_000)
    up = rest > 5_000 or (rest == 5_000 and quotient % 2 == 1)  # noqa: PLR2004
    return Usd((quotient + up) * 10_000)


def to_decimal(amount: Usd) -> Decimal:
    """Return dollars with as many places as the amount needs, at least two."""
    exact = Decimal(amount) / MICRO
    cents = exact.quantize(Decimal("0.01"))
    return cents if cents == exact else exact.normalize()


def to_float(amount: Usd) -> float:
    """Return dollars as a float, for charts and features only."""
    return amount / MICRO


def format_usd(amount: Usd) -> str:
    """Return an amount for people: thousands separated, at least two places."""
    return f"{to_decimal(amount):,}"
