"""The pages: what they show of what was published, and what their controls send."""

import msgspec
from PySide6.QtCore import Qt
from tests.desktop import backend as published
from tests.desktop.backend import Backend
from tests.desktop.hands import Hands

from qt_trade.contract import registry
from qt_trade.contract.payloads.commands import CancelOrder, Emergency
from qt_trade.contract.payloads.results import AutoTradingError
from qt_trade.contract.payloads.trading import (
    FLAT_MIN,
    AutoTradingConfig,
    AutoTradingStatus,
    BackendStatus,
)
from qt_trade.model.limits import Strategy
from qt_trade.model.presets import TradingPolicy

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
    assert desk.read("consensusChip") == "REPLAY"
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
    desk.until(lambda: desk.read("tradingSwitch") == "Stop")
    desk.settle()
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


def test_the_cycles_of_the_day_are_stepped_through(desk: Hands, backend: Backend) -> None:
    """What this desk saw is there with its rows; of others it knows the figures, and says so."""
    full(desk, backend, AUTOTRADING)
    desk.until(lambda: desk.read("cycleCard", "title") == "Cycle 24")
    desk.settle()
    assert desk.read("cycleForward", "enabled") is False
    desk.press("cycleBack")
    desk.until(lambda: desk.read("cycleCard", "title") == "Cycle 23")
    assert "This desk did not see this cycle" in desk.words()

    later = msgspec.structs.replace(published.cycle(), number=25)
    status = msgspec.structs.replace(published.engine(cycles=25), last_cycle=later)
    backend.write(registry.TRADING_STATUS, status)
    desk.until(lambda: 25 in desk.snapshot.cycles_seen)
    assert desk.read("cycleCard", "title") == "Cycle 23"
    desk.press("cycleForward")
    desk.until(lambda: desk.read("cycleCard", "title") == "Cycle 24")
    assert "Confidence 53%, needs 55%" in desk.words()
    desk.press("cycleForward")
    desk.until(lambda: desk.read("cycleCard", "title") == "Cycle 25")
    assert desk.read("cycleForward", "enabled") is False


def test_p_asks_before_autotrading_opens_nothing_more(desk: Hands, backend: Backend) -> None:
    """A pause leaves it running with its exits; what else was set stays set."""
    full(desk, backend, AUTOTRADING)
    chosen = msgspec.structs.replace(
        published.settings(), skip_first_min=15, fractional=True, own_strategy="mine"
    )
    backend.write(registry.TRADING_SETTINGS, chosen)
    desk.until(lambda: desk.read("config-skipFirst") == "15")
    desk.type(Qt.Key.Key_P)
    desk.until(lambda: desk.shows("pauseAskConfirm"))
    desk.settle()
    desk.press("pauseAskConfirm")
    desk.until(lambda: backend.read(registry.AUTOTRADING_ENABLED) is not None)
    config = backend.read(registry.AUTOTRADING_ENABLED).value
    assert (config.enabled, config.policy) == (True, TradingPolicy.EXITS_ONLY)
    assert (config.skip_first_min, config.fractional, config.own_strategy) == (15, True, "mine")

    paused = msgspec.structs.replace(chosen, policy=TradingPolicy.EXITS_ONLY)
    backend.write(registry.TRADING_SETTINGS, paused)
    desk.until(lambda: desk.read("tradingPause") == "Open positions again")
    desk.press("tradingPause")
    desk.until(
        lambda: backend.read(registry.AUTOTRADING_ENABLED).value.policy is TradingPolicy.NORMAL
    )


def test_what_the_engine_objects_to_stands_at_its_field(desk: Hands, backend: Backend) -> None:
    """In its words, with the label of the field; gone when the objection is."""
    full(desk, backend, AUTOTRADING)
    objection = AutoTradingError(
        **published.stamp("engine"),
        key=registry.AUTOTRADING_ENABLED.key(),
        path="$.stop_loss_pct",
        reason="is 1.5; it must be at most 1",
        session_id=None,
    )
    backend.write(registry.AUTOTRADING_ERROR, objection)
    desk.until(lambda: desk.read("config-stopLoss", "error") == objection.reason)
    assert desk.read("configError") == "Stop loss: 1.5; it must be at most 1"


def test_flat_by_close_needs_its_minutes_and_says_so_at_the_field(
    desk: Hands, backend: Backend
) -> None:
    """The contract's own words; with minutes enough it is written."""
    full(desk, backend, AUTOTRADING)
    desk.until(lambda: desk.read("config-confidence") == "55")
    desk.app.desk.config.choosePolicy(2)
    desk.press("applyConfig")
    desk.until(lambda: f"at least {FLAT_MIN} minutes" in desk.read("config-skipLast", "error"))
    desk.app.desk.config.type("skipLast", str(FLAT_MIN))
    desk.press("applyConfig")
    desk.until(lambda: backend.read(registry.AUTOTRADING_ENABLED) is not None)
    config = backend.read(registry.AUTOTRADING_ENABLED).value
    assert (config.policy, config.skip_last_min) == (TradingPolicy.FLAT_BY_CLOSE, FLAT_MIN)
