"""Money as whole micro-dollars: exact from order to ledger."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import NewType

Usd = NewType("Usd", int)
"""An amount in millionths of a US dollar; may be negative."""

MICRO = 1_000_000
ZERO = Usd(0)
USD_MAX = Usd(10**18)
"""A trillion dollars: what fits a 64-bit column, and what Decimals hold without rounding."""
_DIGITS_MAX = 20


def usd(amount: Decimal | int | str) -> Usd:
    """Return an exact amount as micro-dollars.

    Raises ValueError when it is no number, finer than a micro-dollar, not finite or beyond
    USD_MAX.
    """
    try:
        scaled = Decimal(amount) * MICRO
    except ArithmeticError as error:
        raise ValueError(f"{amount!r} is no amount") from error
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} is not a whole number of micro-dollars")
    return _bounded(int(scaled))


def usd_rounded(amount: Decimal | float) -> Usd:
    """Return an amount rounded half to even to the micro-dollar: for marks, not for fills.

    Raises ValueError when it is not finite or beyond USD_MAX.
    """
    exact = amount if isinstance(amount, Decimal) else Decimal(repr(float(amount)))
    if not exact.is_finite() or exact.adjusted() > _DIGITS_MAX:
        raise ValueError(f"{amount} is not finite or too large")
    return _bounded(int((exact * MICRO).to_integral_value(rounding=ROUND_HALF_EVEN)))


def _bounded(amount: int) -> Usd:
    if abs(amount) > USD_MAX:
        raise ValueError(f"{amount} micro-dollars are beyond {USD_MAX}")
    return Usd(amount)


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
