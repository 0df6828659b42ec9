"""Numbers as forms write and read them."""

from decimal import Decimal, InvalidOperation

_PERCENT = Decimal(100)


def in_percent(fraction: float) -> str:
    """Return a fraction in per cent, exactly and without needless zeros."""
    return f"{(Decimal(repr(fraction)) * _PERCENT).normalize():f}"


def grouped(value: Decimal | float) -> str:
    """Return an amount or a count with separated thousands, cents only where there are some."""
    amount = Decimal(value)
    return f"{amount:,.0f}" if amount == int(amount) else f"{amount:,.2f}"


def number(text: str) -> Decimal | None:
    """Return what was typed; None where that is no number, or a negative one."""
    try:
        found = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        return None
    return found if found.is_finite() and found >= 0 else None


def fraction(percentage: Decimal) -> float:
    """Return what was typed in per cent as a fraction."""
    return float(percentage / _PERCENT)
