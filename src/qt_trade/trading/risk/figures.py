"""Figures in a verdict's words; written for speed, because every order needs a few dozen."""

from qt_trade.model.money import Usd

_CENT = 10_000


def dollars(amount: Usd) -> str:
    """Return an amount to the cent, thousands separated."""
    cents, rest = divmod(abs(amount), _CENT)
    half = _CENT // 2
    cents += rest > half or (rest == half and cents % 2 == 1)
    sign = "-" if amount < 0 and cents else ""
    return f"{sign}{cents // 100:,}.{cents % 100:02d}"


def percent(share: float) -> str:
    """Return a fraction as a percentage: as few places as say it, at most two."""
    text = f"{share * 100:.2f}".rstrip("0").rstrip(".")
    return f"{text}%"
