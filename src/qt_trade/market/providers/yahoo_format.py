"""Yahoo's way of writing symbols and prices, converted at the edge and nowhere else."""

from qt_trade.market.errors import BadAnswerError
from qt_trade.model.symbols import Symbol, symbol

VENDOR = "Yahoo"

PAUSE_MIN_S = 60.0
"""After a 429, never ask sooner: Yahoo publishes no limit and forgives slowly."""


def to_yahoo(name: Symbol) -> str:
    """Return Yahoo's spelling: ``BRK.B`` is ``BRK-B`` (the dotted form is silently empty there)."""
    return name.replace(".", "-")


def from_yahoo(name: str) -> Symbol:
    """Return the canonical spelling of Yahoo's. Raises BadAnswerError for what is no US ticker."""
    try:
        return symbol(name)
    except ValueError as error:
        raise BadAnswerError(VENDOR, str(error)) from error


def shortest(price: float) -> float:
    """Return the decimal Yahoo meant: it sends 32-bit floats, 268.40 arrives as 268.3999939."""
    return float(f"{price:.7g}")
