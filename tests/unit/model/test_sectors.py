"""The sectors: a table with a date, and nothing guessed beyond it."""

import pytest

from qt_trade.model.sector_table import SYMBOLS
from qt_trade.model.sectors import SECTORS, sector_named, sector_of
from qt_trade.model.symbols import Symbol
from qt_trade.model.symbols import symbol as canonical


@pytest.mark.parametrize(
    ("symbol", "sector"),
    [
        ("AAPL", "Information Technology"),
        ("IBM", "Information Technology"),
        ("FB", "Communication Services"),
        ("META", "Communication Services"),
        ("XOM", "Energy"),
        ("BRK.B", "Financials"),
    ],
)
def test_a_listed_company_has_its_sector(symbol: str, sector: str) -> None:
    """The symbols of the feeds among them, the renamed ones, too."""
    assert sector_of(Symbol(symbol)) == sector


@pytest.mark.parametrize("symbol", ["SPY", "NOSUCH"])
def test_what_the_table_does_not_list_is_unknown(symbol: str) -> None:
    """A fund holds many sectors, and a stranger's is not guessed."""
    assert sector_of(Symbol(symbol)) is None


def test_the_table_is_sound() -> None:
    """Eleven sectors, every symbol canonical and in one sector alone."""
    listed = [one for symbols in SYMBOLS.values() for one in symbols.split()]
    assert len(SECTORS) == 11
    assert len(listed) == len(set(listed)) > 500
    assert [canonical(one) for one in listed] == listed


@pytest.mark.parametrize("text", ["Health Care", "health care", " HEALTH  CARE ", "Healthcare"])
def test_a_sector_is_understood_however_it_is_written(text: str) -> None:
    """By its own name in any case, or by the one the vendors use."""
    assert sector_named(text) == "Health Care"


def test_an_unknown_sector_is_refused_with_the_known_ones() -> None:
    """So that a misspelt preference is not ignored."""
    with pytest.raises(ValueError, match="'Tecnology' is no sector; there are Communication"):
        sector_named("Tecnology")
