"""What a person sees of the limits, and what an order would do: figures by hand."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.trading.make import BAC, COSTS, FEED, IBM, WIDE, book_of, order, quote
from tests.unit.trading.risk.books import after, at, bought, marked, waiting

from qt_trade.model.money import usd
from qt_trade.model.orders import Exits, OrderClass, Side
from qt_trade.model.shares import shares
from qt_trade.model.symbols import Symbol
from qt_trade.trading.risk import judge
from qt_trade.trading.risk.case import Standing
from qt_trade.trading.risk.state import uses, waits
from qt_trade.trading.risk.what_if import what_if

AAPL = Symbol("AAPL")
QUOTES = tuple(quote(one, bid=99.9, ask=100.1) for one in (IBM, BAC, AAPL))
LIMITS = replace(
    WIDE,
    position_weight_max=0.15,
    sector_weight_max=0.35,
    exposure_max=0.5,
    daily_notional_cap=usd(20_000),
    cash_reserve=usd(10_000),
    cooldown_min=30,
    day_loss_soft=0.015,
    trading_capital=usd(50_000),
    excluded=frozenset({BAC}),
)


def standing(**more):
    held = after(bought(IBM, 100, when=at(10)), waiting(AAPL, 20), marked(100_000, start=100_500))
    return Standing(book_of(held, *QUOTES), replace(LIMITS, **more))


def test_every_limit_is_shown_with_its_use():
    """100 IBM at 100 held and 20 AAPL ordered, of 100,000 USD."""
    found = {one.field: (one.used, one.allowed, one.share) for one in uses(standing())}
    assert found["position_weight_max"] == ("10% IBM", "15%", pytest.approx(0.6667, abs=1e-3))
    assert found["sector_weight_max"][0] == "12% Information Technology"
    assert found["exposure_max"] == ("12%", "50%", pytest.approx(0.24))
    assert found["daily_notional_cap"] == ("12,000.00 USD", "20,000.00 USD", 0.6)
    assert found["trading_capital"] == ("12,000.00 USD", "50,000.00 USD", 0.24)
    assert found["positions_max"][0] == "2"
    assert found["open_orders_max"][0] == "1"
    assert found["trades_per_day_max"][0] == "2"
    assert found["position_shares_max"][0] == "100 IBM"
    assert found["day_loss_soft"][0] == "-500.00 USD, 0.5% lost"
    assert found["cash_reserve"][0] == "88,000.00 USD free"


def test_a_limit_of_nothing_is_used_up_by_anything():
    """Nothing of nothing is none."""
    found = {one.field: one.share for one in uses(standing(positions_max=0, open_orders_max=0))}
    assert found["positions_max"] == 1.0
    empty = Standing(book_of(after(), *QUOTES), replace(LIMITS, positions_max=0))
    assert {one.field: one.share for one in uses(empty)}["positions_max"] == 0.0


def test_without_a_price_nothing_is_said():
    """An unknown share is no share of zero."""
    found = {one.field: one.share for one in uses(replace(standing(), book=book_of(
        after(bought(IBM, 100)), quote(BAC))))}  # fmt: skip
    assert found["position_weight_max"] is None
    assert found["day_loss_soft"] is None


def test_what_cannot_be_opened_now_is_listed_with_its_end():
    """Cooldowns first, then what a person excluded."""
    found = waits(standing())
    assert [(one.symbol, one.field) for one in found] == [
        (IBM, "cooldown_min"), (AAPL, "cooldown_min"), (BAC, "excluded")
    ]  # fmt: skip
    assert found[0].until == FEED + timedelta(minutes=20)
    assert found[-1].until is None


def test_what_an_order_would_do_is_reckoned_with_the_rules_figures():
    """A purchase of 50 AAPL with a limit at 100 and a stop at 90; commission is 1."""
    one = replace(
        order(quantity=50, symbol=AAPL, limit=usd(100)),
        order_class=OrderClass.BRACKET,
        exits=Exits(take_profit=usd(110), stop_loss=usd(90)),
    )
    book = replace(standing().book, costs=COSTS)
    verdicts, found = what_if(one, book, LIMITS)
    assert verdicts == judge(one, book, LIMITS).verdicts
    assert found.cost == usd(5_001)
    assert found.commission == usd(1)
    assert found.slippage_bp == 0.0
    assert found.free_cash_after == usd(82_999)
    assert found.weight_before == pytest.approx(0.02)
    assert found.weight_after == pytest.approx(0.07)
    assert (found.sector, found.sector_before) == ("Information Technology", pytest.approx(0.12))
    assert found.sector_after == pytest.approx(0.17)
    assert found.loss_at_stop == usd(-502)
    assert found.largest_quantity == 0  # AAPL was ordered a moment ago


def test_a_sale_brings_cash_and_lightens_the_position():
    """The largest quantity is what is held, in parts where parts were asked for."""
    one = order(Side.SELL, 40)
    _, found = what_if(one, replace(standing().book, costs=COSTS), LIMITS)
    assert found.cost is not None
    assert found.cost < 0
    assert found.weight_after == pytest.approx(0.06)
    assert found.slippage_bp == pytest.approx(11.0, abs=0.5)
    assert found.loss_at_stop is None
    assert found.largest_quantity == 100
    part = replace(one, quantity=shares("0.5"))
    assert what_if(part, standing().book, LIMITS)[1].largest_quantity == 100


def test_an_order_without_a_price_is_not_guessed_at():
    """None, and the rules say why."""
    _, found = what_if(order(symbol=Symbol("XOM")), standing().book, LIMITS)
    assert (found.cost, found.free_cash_after, found.weight_after) == (None, None, None)
    assert found.largest_quantity == 0
