"""The sector of a company, by the table that is shipped; what it does not list is unknown."""

from types import MappingProxyType

from qt_trade.model.sector_table import SYMBOLS
from qt_trade.model.symbols import Symbol

SECTORS = tuple(SYMBOLS)
"""The eleven sectors of the Global Industry Classification Standard, in alphabetical order."""

_BY_SYMBOL = MappingProxyType(
    {Symbol(one): sector for sector, symbols in SYMBOLS.items() for one in symbols.split()}
)
_BY_NAME = MappingProxyType({sector.casefold(): sector for sector in SECTORS})
_OTHER_NAMES = MappingProxyType(
    {
        "basic materials": "Materials",
        "communications": "Communication Services",
        "consumer cyclical": "Consumer Discretionary",
        "consumer defensive": "Consumer Staples",
        "financial": "Financials",
        "financial services": "Financials",
        "healthcare": "Health Care",
        "industrial": "Industrials",
        "technology": "Information Technology",
    }
)
"""How market-data vendors and people call the same sectors."""


def sector_of(symbol: Symbol) -> str | None:
    """Return the sector of a company's share; None where it is not known, for a fund, too."""
    return _BY_SYMBOL.get(symbol)


def sector_named(text: str) -> str:
    """Return a sector's name as it stands in ``SECTORS``, however it was written.

    Raises ValueError that lists the sectors.
    """
    name = " ".join(text.split()).casefold()
    known = _BY_NAME.get(name) or _OTHER_NAMES.get(name)
    if known is None:
        raise ValueError(f"{text!r} is no sector; there are {', '.join(SECTORS)}")
    return known
