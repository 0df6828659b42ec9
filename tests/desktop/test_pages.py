"""The pages: what they show of what was published, and what their controls send."""

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from tests.desktop import backend as published
from tests.desktop.backend import Backend
from tests.desktop.hands import Hands

from qt_trade.contract import registry
from qt_trade.contract.payloads.commands import CancelOrder, Emergency, SubmitOrder
from qt_trade.contract.payloads.trading import AutoTradingConfig, AutoTradingStatus, BackendStatus
from qt_trade.model.limits import Strategy
from qt_trade.model.orders import OrderType, Side

DASHBOARD, MARKETS, AUTOTRADING = "Dashboard", "Markets", "AutoTrading"


def full(desk: Hands, backend: Backend, page: str) -> None:
    backend.publish_everything()
    desk.show(page)
    desk.until(lambda: desk.read("headerTradeTitle") == "Ready to trade")
    desk.until(lambda: len(desk.snapshot.quotes) == len(published.CASES))


def test_the_dashboard_shows_account_holdings_predictions_and_fills(
    desk: Hands, backend: Backend
) -> None:
    full(desk, backend, DASHBOARD)

    desk.until(lambda: desk.read("portfolioTotal") == "100,452.61")
    desk.until(lambda: "buy 10 at 484.28" in desk.words())
    words = desk.words()
    for expected in ("26,544.30", "73,908.31", "AAPL", "+73.00", "drift-volatility", "no signal"):
        assert expected in words
    assert desk.read("tradingDecision") == "AAPL: Buy 10 at market"


def test_empty_pages_say_what_is_missing_in_words(desk: Hands, backend: Backend) -> None:
    backend.write(registry.MARKET_STATUS, published.status())
    backend.write(registry.TRADING_STATUS, published.engine(active=False, cycles=0))
    desk.until(lambda: desk.read("tradingState") == "STOPPED")

    assert "No trades yet" in desk.words()
    assert "No cycle has run yet" in desk.words()
    desk.show(MARKETS)
    desk.until(lambda: desk.read("chartSymbol") == "AAPL")
    assert "No quote of AAPL yet" in desk.words()
    assert desk.read("chartLast") == "—"


def test_a_quote_reaches_the_markets_page(desk: Hands, backend: Backend) -> None:
    full(desk, backend, MARKETS)
    assert desk.read("chartLast") == "487.75"

    backend.publish(published.quote("AAPL", 490.12, 483.03, sequence=11))

    desk.until(lambda: desk.read("chartLast") == "490.12")
    assert desk.read("quoteLast") == "490.12"
    assert desk.read("quoteFeed") == "REPLAY"
    assert "490.10 × 490.14" in desk.words()


def test_a_damaged_document_counts_as_none(desk: Hands, backend: Backend) -> None:
    full(desk, backend, DASHBOARD)
    backend.spoil("backend:portfolio_summary", b'{"total_value": 1}')

    desk.until(lambda: desk.read("headerAccountTitle") == "—")
    assert desk.snapshot.damaged == 1


def test_start_and_stop_write_the_configuration_and_the_word(desk: Hands, backend: Backend) -> None:
    full(desk, backend, AUTOTRADING)
    backend.write(registry.TRADING_STATUS, published.engine(active=False))
    desk.until(lambda: desk.read("tradingSwitch") == "Start AutoTrading")

    desk.press("tradingSwitch")
    desk.until(lambda: backend.read(registry.AUTOTRADING_STATUS) is not None)
    config = backend.read(registry.AUTOTRADING_ENABLED).value
    assert isinstance(config, AutoTradingConfig)
    assert config.enabled
    assert config.strategy is Strategy.BALANCED
    assert config.session_id == desk.snapshot.session_id
    assert backend.read(registry.AUTOTRADING_STATUS).value is AutoTradingStatus.ACTIVE
    assert backend.read(registry.SESSION, desk.snapshot.session_id) is not None

    backend.write(registry.TRADING_STATUS, published.engine(active=True))
    desk.until(lambda: desk.read("tradingSwitch") == "Stop AutoTrading")
    desk.press("tradingSwitch")
    desk.until(lambda: not backend.read(registry.AUTOTRADING_ENABLED).value.enabled)


def test_the_form_applies_a_strategy_and_discards(desk: Hands, backend: Backend) -> None:
    full(desk, backend, AUTOTRADING)
    desk.until(lambda: desk.read("config-confidence") == "55")

    desk.press("strategyConservative")
    assert desk.read("config-confidence") == "60"
    assert desk.read("applyConfig", "enabled") is True
    desk.press("discardConfig")
    assert desk.read("config-confidence") == "55"

    desk.press("strategyConservative")
    desk.press("applyConfig")
    desk.until(lambda: backend.read(registry.AUTOTRADING_ENABLED) is not None)
    config = backend.read(registry.AUTOTRADING_ENABLED).value
    assert (config.strategy, config.confidence_min) == (Strategy.CONSERVATIVE, 0.60)


def test_a_form_with_words_for_a_number_is_not_sent(desk: Hands, backend: Backend) -> None:
    full(desk, backend, AUTOTRADING)
    desk.until(lambda: desk.read("config-confidence") == "55")
    desk.app.desk.config.type("confidence", "high")
    desk.press("applyConfig")

    desk.until(lambda: desk.read("configError", "visible"))
    assert desk.read("configError").startswith("Least confidence: a number")
    assert backend.read(registry.AUTOTRADING_ENABLED) is None


def test_a_market_order_is_sent_and_its_answer_shown(desk: Hands, backend: Backend) -> None:
    full(desk, backend, MARKETS)
    desk.until(lambda: desk.read("ticketSend", "enabled"))

    desk.press("ticketSend")
    desk.until(lambda: "accepted" in desk.read("ticketResult"))
    (order,) = backend.received
    assert isinstance(order, SubmitOrder)
    assert (order.symbol, order.side, order.quantity) == ("AAPL", Side.BUY, 10)
    assert order.order_type is OrderType.MARKET


def test_a_refusal_names_its_reason(desk: Hands, backend: Backend) -> None:
    full(desk, backend, MARKETS)
    backend.accept, backend.reason = False, "cash reserve 10,000 would be 9,122"

    desk.press("ticketSend")
    desk.until(lambda: "refused" in desk.read("ticketResult"))
    assert desk.read("ticketResult").endswith(backend.reason)


def test_a_wrong_quantity_is_said_at_the_field_and_nothing_is_sent(
    desk: Hands, backend: Backend
) -> None:
    full(desk, backend, MARKETS)
    QTest.keyClick(desk.app.window, Qt.Key.Key_S)
    desk.until(lambda: desk.read("ticketQuantity", "activeFocus"))
    for key in (Qt.Key.Key_1, Qt.Key.Key_Period, Qt.Key.Key_5):
        QTest.keyClick(desk.app.window, key)
    desk.press("ticketSend")

    desk.until(lambda: desk.read("ticketQuantity", "error") != "")
    assert desk.read("ticketSend").endswith("sell order")
    assert backend.received == []


def test_cancel_asks_for_the_order_it_stands_beside(desk: Hands, backend: Backend) -> None:
    full(desk, backend, DASHBOARD)
    desk.until(lambda: desk.read("ordersCard", "count") == "1")

    desk.until(lambda: desk.item("cancel-order-9").isVisible())
    desk.press("cancel-order-9")
    desk.until(lambda: bool(backend.received))
    assert isinstance(backend.received[0], CancelOrder)
    assert backend.received[0].order_id == "order-9"


def test_after_an_emergency_the_switch_resumes(desk: Hands, backend: Backend) -> None:
    full(desk, backend, AUTOTRADING)
    backend.write(registry.TRADING_STATUS, published.engine(active=False, emergency=True))
    desk.until(lambda: desk.read("tradingSwitch") == "Resume after emergency")

    desk.press("tradingSwitch")
    desk.until(lambda: bool(backend.received))
    assert backend.received[0].action is Emergency.RESUME


def test_the_last_cycle_says_where_each_symbol_stopped_and_why(
    desk: Hands, backend: Backend
) -> None:
    full(desk, backend, AUTOTRADING)
    desk.until(lambda: "Confidence 53%, needs 55%" in desk.words())
    words = desk.words()
    assert "Cycle 24" in words
    assert "Weight of TSLA would be 16.1%, cap 15%" in words
    assert "Buy 10 at market" in words


def test_a_table_that_was_empty_shows_every_later_change(desk: Hands, backend: Backend) -> None:
    full(desk, backend, DASHBOARD)
    before = published.position("AAPL", 10, "480.00", "481.00", "480.50")
    after = published.position("AAPL", 10, "480.00", "479.25", "480.50")
    for held, shown in (
        (published.HELD, "+73.00"),
        ((), "No open positions"),
        ((before,), "+10.00"),
        ((after,), "−7.50"),
    ):
        backend.write(registry.PORTFOLIO_POSITIONS, published.holdings(held))
        table = desk.item("positionsCard")
        desk.until(lambda shown=shown, table=table: shown in desk.words_in(table))
    assert "479.25" in desk.words_in(desk.item("positionsTable"))


def test_every_state_of_autotrading_is_said_in_words(desk: Hands, backend: Backend) -> None:
    """Whatever the engine may say it does stands on the screen, none of it as a gap."""
    full(desk, backend, AUTOTRADING)
    for state in BackendStatus:
        said = msgspec.structs.replace(published.engine(), status=state)
        backend.write(registry.TRADING_STATUS, said)
        word = state.value.replace("_", " ")
        desk.until(lambda word=word: desk.read("tradingState") == word)
