"""How the money is spread, and nothing claimed while a price is missing."""

import pytest
from tests.unit.trading.make import BAC, IBM, SPY, account, fill, quote
from tests.unit.trading.test_books import external

from qt_trade.model.money import usd
from qt_trade.roles.engine.diversification import by_sector, effective_positions
from qt_trade.roles.engine.valuation import Valuation, value
from qt_trade.trading.ledger import fold


def held(*prices: float) -> Valuation:
    """30 IBM, 10 BAC and 10 SPY, all bought at 100."""
    symbols = (IBM, BAC, SPY)
    bought = [
        external(fill(quantity=size, symbol=symbol, n=n), n)
        for n, (symbol, size) in enumerate(zip(symbols, (30, 10, 10), strict=True))
    ]
    quotes = {symbol: quote(symbol, price) for symbol, price in zip(symbols, prices, strict=False)}
    return value(fold(account(10_000), bought), quotes)


def test_sectors_are_fractions_of_the_account() -> None:
    """The largest first; what the table does not know stands as unknown."""
    assert by_sector(held(100.0, 100.0, 100.0)) == (
        ("Information Technology", usd(3_000), pytest.approx(0.3)),
        ("Financials", usd(1_000), pytest.approx(0.1)),
        ("unknown", usd(1_000), pytest.approx(0.1)),
    )


def test_positions_of_equal_size_count_whole() -> None:
    """Thirty to ten to ten are worth about two and a quarter."""
    assert effective_positions(held(100.0, 300.0, 300.0)) == pytest.approx(3.0)
    assert effective_positions(held(100.0, 100.0, 100.0)) == pytest.approx(25 / 11)


def test_without_a_price_nothing_is_claimed() -> None:
    """Nor without a position."""
    assert effective_positions(held(100.0, 100.0)) is None
    assert by_sector(held(100.0, 100.0)) == ()
    nothing = value(account(), {})
    assert effective_positions(nothing) is None
    assert by_sector(nothing) == ()
