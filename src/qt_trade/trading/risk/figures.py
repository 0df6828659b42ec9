"""Figures in a verdict's words; remembered, because every order needs a few dozen of the same."""

from functools import lru_cache

from qt_trade.model.money import Usd

_CENT = 10_000


@lru_cache(maxsize=4_096)
def dollars(amount: Usd) -> str:
    """Return an amount to the cent, thousands separated."""
    cents, rest = divmod(abs(amount), _CENT)
    half = _CENT // 2
    cents += rest > half or (rest == half and cents % 2 == 1)
    sign = "-" if amount < 0 and cents else ""
    return f"{sign}{cents // 100:,}.{cents % 100:02d}"


@lru_cache(maxsize=4_096)
def percent(share: float) -> str:
    """Return a fraction as a percentage: as few places as say it, at most two."""
    text = f"{share * 100:.2f}".rstrip("0").rstrip(".")
    return f"{text}%"
