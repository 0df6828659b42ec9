"""A writer that is dead although Redis lives: its values grey, its controls off, in words."""

import pytest
from tests.desktop import backend as published
from tests.desktop.backend import Backend
from tests.desktop.hands import Hands

from qt_trade.contract import registry


@pytest.fixture
def full(desk: Hands, backend: Backend) -> Hands:
    backend.publish_everything()
    desk.until(lambda: desk.read("headerTradeTitle") == "Ready to trade")
    return desk


def test_a_document_turns_amber_before_it_is_stale(full: Hands, backend: Backend) -> None:
    """At 8 of 10 s the age is amber and the values keep their colour; at 11 s they are grey."""
    backend.write_old(registry.PORTFOLIO_POSITIONS, published.holdings(published.HELD), 8.0)
    full.until(lambda: full.read("positionsCard", "noteTone") == "warn")
    assert full.read("positionsCard", "note").startswith("Engine · ")
    assert full.read("positionsCard", "stale") is False

    backend.write_old(registry.PORTFOLIO_POSITIONS, published.holdings(published.HELD), 11.0)
    full.until(lambda: full.read("positionsCard", "stale"))
    assert full.read("positionsCard", "note").startswith("stale since 13:4")


def test_only_what_the_silent_writer_wrote_is_stale(full: Hands, backend: Backend) -> None:
    """The account is old, the open orders are not."""
    backend.write_old(registry.PORTFOLIO_SUMMARY, published.summary(), 20.0)
    full.until(lambda: full.read("headerAccountWords").startswith("Account value · stale 2"))
    assert full.read("portfolioCardNote").startswith("stale since")
    assert full.read("portfolioTotal") == "100,452.61"
    assert full.read("ordersCard", "stale") is False
    assert full.read("headerTradeTitle") == "Ready to trade"


def test_a_silent_engine_locks_what_it_would_have_to_carry_out(
    full: Hands, backend: Backend
) -> None:
    """Its card says so in place of its values; every control that needs it is off, but panic."""
    backend.write_old(registry.TRADING_STATUS, published.engine(), 30.0)
    full.until(lambda: full.item("tradingDown").isVisible())
    assert full.read("tradingDownTitle") == "Engine does not answer"
    assert full.read("tradingDownWords").startswith("Orders are locked. Last answer 13:4")
    assert full.read("headerTradeTitle") == "Cannot trade"
    assert full.read("headerTradeWords") == "Engine does not answer"
    assert full.read("dashboardSwitch", "enabled") is False
    assert full.read("dashboardSwitch", "hint") == "Engine does not answer"
    assert full.read("panicButton", "reachable") is True
    full.show("Orders")
    full.until(lambda: full.read("ticketSend", "enabled") is False)
    assert full.read("ticketSend", "hint") == "Engine does not answer"

    backend.write(registry.TRADING_STATUS, published.engine())
    full.until(lambda: full.read("dashboardSwitch", "enabled"))
    assert not full.item("tradingDown").isVisible()
