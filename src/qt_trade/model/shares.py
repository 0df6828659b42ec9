"""Quantities of shares: exact decimals, because a share can be bought in parts.

Whole shares are the rule; a part of a share has at most nine places, as brokers book it.
"""

from decimal import ROUND_HALF_EVEN, Decimal

from qt_trade.model.money import Usd

Shares = Decimal
"""A quantity of shares; negative only where a position is short."""

NO_SHARES = Decimal(0)
SHARE_PLACES = 9
"""The finest part of a share that a broker books (Alpaca's documented limit)."""
SHARES_MAX = Decimal(1_000_000_000)
"""No order is larger; at the highest price its value is still one that can be counted."""


def shares(quantity: Decimal | int | str) -> Shares:
    """Return a quantity in its plain form: ``10``, not ``1E+1``; ``2.5``, not ``2.500``.

    Raises ValueError when it is no number, finer than SHARE_PLACES or beyond SHARES_MAX.
    """
    try:
        exact = Decimal(quantity)
    except ArithmeticError as error:
        raise ValueError(f"{quantity!r} is no number of shares") from error
    if not exact.is_finite() or abs(exact) > SHARES_MAX:
        raise ValueError(f"{quantity} shares are not between -{SHARES_MAX} and {SHARES_MAX}")
    if exact != round(exact, SHARE_PLACES):
        raise ValueError(f"{quantity} shares have more than {SHARE_PLACES} decimal places")
    return _plain(exact)


def whole(quantity: Shares) -> bool:
    """Return whether a quantity has no part of a share."""
    return quantity == quantity.to_integral_value()


def value_of(price: Usd, quantity: Shares) -> Usd:
    """Return what shares are worth at a price; a part of a micro-dollar is rounded half to even.

    Exact for whole shares.
    """
    return rounded_usd(price * quantity)


def rounded_usd(micro_dollars: Decimal) -> Usd:
    """Return micro-dollars as money, rounded half to even."""
    return Usd(int(micro_dollars.to_integral_value(rounding=ROUND_HALF_EVEN)))


def part_of(amount: int, part: Shares, of: Shares) -> int:
    """Return the part of an amount that falls to some shares of all, rounded down, exactly.

    Nothing is lost over several parts when each is taken of what is left.
    """
    return amount * _smallest(part) // _smallest(of) if part else 0


def format_shares(quantity: Shares) -> str:
    """Return a quantity for people: thousands separated, no places that say nothing."""
    return f"{_plain(Decimal(quantity)):,}"


def _smallest(quantity: Shares) -> int:
    return int(quantity.scaleb(SHARE_PLACES))


def _plain(exact: Decimal) -> Decimal:
    return exact.quantize(Decimal(1)) if whole(exact) else exact.normalize()
