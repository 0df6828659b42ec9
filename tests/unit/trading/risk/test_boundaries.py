"""Every rule just inside its limit, exactly at it, and just outside."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from tests.unit.trading.make import (
    BAC,
    CLOSED,
    FEED,
    IBM,
    OPEN,
    SPY,
    WIDE,
    book_of,
    fill,
    order,
    quote,
)
from tests.unit.trading.risk.books import WHEN, after, approved, at, bought, marked, waiting

from qt_trade.model.broker_account import Restrictions
from qt_trade.model.limits import RiskLimits
from qt_trade.model.money import usd
from qt_trade.model.orders import Exits, Order, OrderClass, OrderOrigin, OrderType, Side
from qt_trade.model.symbols import Symbol
from qt_trade.model.verdicts import RuleVerdict
from qt_trade.trading import events as e
from qt_trade.trading.book import RiskBook
from qt_trade.trading.risk import RULES, verdicts_of

AAPL, MSFT, XOM = Symbol("AAPL"), Symbol("MSFT"), Symbol("XOM")
AT = usd(100)
PASSES, OBJECTS = True, False


@dataclass(frozen=True)
class Boundary:
    """One rule before one order. ``words``: what its verdict says."""

    rule: str
    what: str
    order: Order
    book: RiskBook
    limits: RiskLimits
    passes: bool
    words: str = ""


def verdict(one: Boundary) -> RuleVerdict:
    verdicts = verdicts_of(one.order, one.book, one.limits)
    return next(verdict for verdict in verdicts if verdict.rule == one.rule)


def buy(quantity=1, symbol=IBM, limit=AT, **more) -> Order:
    return replace(order(quantity=quantity, symbol=symbol, limit=limit), **more)


def sell(quantity=1, **more) -> Order:
    return replace(order(Side.SELL, quantity), **more)


def book(*events, quotes=(), now=FEED, **more) -> RiskBook:
    market = more.pop("market", OPEN)
    restrictions = more.pop("restrictions", None)
    found = book_of(after(*events), *(quotes or QUOTES), market=market, feed_now=now, **more)
    return found if restrictions is None else replace(found, restrictions=restrictions)


def limits(**changed) -> RiskLimits:
    return replace(WIDE, **changed)


QUOTES = tuple(quote(one, bid=99.9, ask=100.1) for one in (IBM, BAC, SPY, AAPL, MSFT, XOM))
LATER = FEED + timedelta(minutes=1)
CONTRADICTION = "2 sources contradict each other by 512 bp"


def lost(order_id="have"):
    return e.OrderUnknown(**WHEN, order_id=order_id, words="no answer")


def failed(name, when=WHEN):
    one = order(order_id=name)
    return approved(one, when=when), e.OrderRejected(**when, order_id=name, words="no")


def edges(minutes, **more):
    opens = FEED - timedelta(minutes=minutes)
    return book(market=replace(OPEN, opens_at=opens, closes_at=FEED + timedelta(hours=6)), **more)


def close_in(minutes):
    closes = FEED + timedelta(minutes=minutes)
    return book(market=replace(OPEN, opens_at=FEED - timedelta(hours=1), closes_at=closes))


def bracket(take="120", stop="90") -> Order:
    return buy(
        order_class=OrderClass.BRACKET, exits=Exits(take_profit=usd(take), stop_loss=usd(stop))
    )


def stop_order(stop: str, limit: str | None = None) -> Order:
    return buy(
        limit=None if limit is None else usd(limit),
        order_type=OrderType.STOP if limit is None else OrderType.STOP_LIMIT,
        stop_price=usd(stop),
    )


def two_unknown():
    return (*waiting(name="a"), *waiting(name="b"), lost("a"), lost("b"))


def spread_of(bid, ask):
    return book(quotes=(quote(bid=bid, ask=ask),))


BOUNDARIES = [
    Boundary("stopped", "not stopped", buy(), book(), WIDE, PASSES),
    Boundary("stopped", "stopped", buy(), book(stopped="fire"), WIDE, OBJECTS, "fire"),
    Boundary("stopped", "may be left", sell(10), book(bought(), stopped="fire"), WIDE, PASSES),
    Boundary("restricted", "free", buy(), book(), WIDE, PASSES, "forbids nothing"),
    Boundary(
        "restricted", "blocked", buy(),
        book(restrictions=Restrictions(trading_blocked=True, words=("locked",))), WIDE, OBJECTS,
        "blocked trading: locked",
    ),
    Boundary(
        "restricted", "closing alone", buy(),
        book(restrictions=Restrictions(closing_only=True)), WIDE, OBJECTS, "no reason given",
    ),
    Boundary(
        "restricted", "closing", sell(10),
        book(bought(), restrictions=Restrictions(closing_only=True)), WIDE, PASSES,
    ),
    Boundary("reconciled", "agrees", buy(), book(), WIDE, PASSES),
    Boundary(
        "order_state", "inside", buy(), book(waiting(), lost("wait")),
        limits(unknown_orders_max=2), PASSES,
    ),
    Boundary(
        "order_state", "at", buy(), book(two_unknown()), limits(unknown_orders_max=2), OBJECTS,
        "2 orders whose fate is not known",
    ),
    Boundary(
        "broker_failures", "inside", buy(), book(failed("a"), failed("b")),
        limits(broker_failures_max=3), PASSES,
    ),
    Boundary(
        "broker_failures", "at", buy(), book(failed("a"), failed("b"), failed("c")),
        limits(broker_failures_max=3), OBJECTS, "3 orders rejected or unanswered",
    ),
    Boundary(
        "broker_failures", "a minute later", buy(),
        book(failed("a"), failed("b"), failed("c"), now=LATER), limits(broker_failures_max=3), PASSES,
    ),
    Boundary(
        "day_loss", "inside", buy(), book(marked(100_000, start=101_521)),
        limits(day_loss_soft=0.015), PASSES,
    ),
    Boundary(
        "day_loss", "at", buy(), book(marked(100_000, start=101_523)),
        limits(day_loss_soft=0.015), OBJECTS, "1.5% lost today",
    ),
    Boundary(
        "day_loss", "may be left", sell(10), book(marked(100_000, start=200_000), bought()),
        limits(day_loss_soft=0.015), PASSES,
    ),
    Boundary(
        "drawdown", "inside", buy(), book(marked(108_690)), limits(drawdown_max=0.08), PASSES,
    ),
    Boundary(
        "drawdown", "at", buy(), book(marked(108_700)), limits(drawdown_max=0.08), OBJECTS,
        "RESUME counts anew",
    ),
    Boundary(
        "drawdown", "after RESUME", buy(), book(marked(108_700), marked(100_000, rebased=True)),
        limits(drawdown_max=0.08), PASSES,
    ),
    Boundary("market_hours", "open", buy(), book(), WIDE, PASSES),
    Boundary("market_hours", "closed", buy(), book(market=CLOSED), WIDE, OBJECTS, "is closed"),
    Boundary(
        "market_hours", "before hours", buy(), book(market=replace(CLOSED, extended=True)), WIDE,
        OBJECTS, "only an order for extended hours",
    ),
    Boundary(
        "market_hours", "for extended hours", buy(extended_hours=True),
        book(market=replace(CLOSED, extended=True)), WIDE, PASSES, "for extended hours",
    ),
    Boundary(
        "market_hours", "extended at night", buy(extended_hours=True), book(market=CLOSED), WIDE,
        OBJECTS,
    ),
    Boundary("session_edges", "none set", buy(), edges(0), WIDE, PASSES, "none are left out"),
    Boundary("session_edges", "first", buy(), edges(4.99), limits(skip_first_min=5), OBJECTS, "first"),
    Boundary("session_edges", "then", buy(), edges(5), limits(skip_first_min=5), PASSES),
    Boundary("session_edges", "last", buy(), close_in(5), limits(skip_last_min=5), OBJECTS, "last"),
    Boundary("session_edges", "before", buy(), close_in(5.01), limits(skip_last_min=5), PASSES),
    Boundary("market_data", "fresh", buy(), book(now=FEED + timedelta(seconds=90)), WIDE, PASSES),
    Boundary(
        "market_data", "stale", buy(), book(now=FEED + timedelta(seconds=91)), WIDE, OBJECTS,
        "the quote is 91 s old, 90 s are allowed",
    ),
    Boundary("market_data", "locked", buy(), spread_of(100.0, 100.0), WIDE, PASSES),
    Boundary("market_data", "crossed", buy(), spread_of(100.2, 100.1), WIDE, OBJECTS, "contradicts"),
    Boundary(
        "market_data", "contradictory", buy(), book(quotes=(quote(doubt=CONTRADICTION),)), WIDE,
        OBJECTS, f"{CONTRADICTION}; wait for a fresh quote",
    ),
    Boundary(
        "market_data", "left by hand", sell(10),
        book(bought(), quotes=(quote(doubt=CONTRADICTION),)), WIDE, PASSES, CONTRADICTION,
    ),
    Boundary(
        "market_data", "by AutoTrading", replace(sell(10), origin=OrderOrigin.AUTOTRADING),
        book(bought(), quotes=(quote(doubt=CONTRADICTION),)), WIDE, OBJECTS, CONTRADICTION,
    ),
    Boundary(
        "spread", "at", buy(limit=None, order_type=OrderType.MARKET), spread_of(99.5, 100.5),
        limits(spread_max_bp=100), PASSES, "100.0 bp apart, 100 bp",
    ),
    Boundary(
        "spread", "outside", buy(limit=None, order_type=OrderType.MARKET), spread_of(99.4, 100.5),
        limits(spread_max_bp=100), OBJECTS, "send it with a limit",
    ),
    Boundary("spread", "a limit", buy(), spread_of(90.0, 110.0), limits(spread_max_bp=100), PASSES),
    Boundary(
        "spread", "no book", buy(limit=None, order_type=OrderType.MARKET),
        book(quotes=(quote(),)), limits(spread_max_bp=0), PASSES, "no bid and ask",
    ),
    Boundary("price_tick", "a cent", buy(limit=usd("100.01")), book(), WIDE, PASSES),
    Boundary("price_tick", "finer", buy(limit=usd("100.001")), book(), WIDE, OBJECTS, "multiple"),
    Boundary("price_tick", "exits too", bracket(stop="90.001"), book(), WIDE, OBJECTS, "stop-loss"),
    Boundary("price_collar", "at", buy(limit=usd(110)), book(), WIDE, PASSES),
    Boundary("price_collar", "beyond", buy(limit=usd("110.01")), book(), WIDE, OBJECTS, "10%"),
    Boundary("price_collar", "far below", buy(limit=usd(1)), book(), WIDE, PASSES),
    Boundary("price_collar", "narrower", buy(limit=usd(106)), book(), limits(price_collar=0.05),
             OBJECTS, "up to 105.00"),
    Boundary("price_collar", "a market's ask", buy(limit=None, order_type=OrderType.MARKET),
             book(quotes=(quote(bid=100.0, ask=109.4),)), WIDE, PASSES),
    Boundary("price_collar", "a wild ask", buy(limit=None, order_type=OrderType.MARKET),
             book(quotes=(quote(bid=100.0, ask=109.6),)), WIDE, OBJECTS, "the market at"),
    Boundary("price_collar", "a stop", stop_order("150"), book(), WIDE, PASSES),
    Boundary("price_collar", "a far stop", stop_order("150.01"), book(), WIDE, OBJECTS, "stop"),
    Boundary("price_collar", "its limit", stop_order("120", "132"), book(), WIDE, PASSES),
    Boundary("price_collar", "its far limit", stop_order("120", "132.01"), book(), WIDE, OBJECTS,
             "limit of the stop"),
    Boundary("price_collar", "exits", bracket("150", "50"), book(), WIDE, PASSES),
    Boundary("price_collar", "a far exit", bracket("150", "49.99"), book(), WIDE, OBJECTS,
             "stop-loss 49.99"),
    Boundary("no_short", "all that is held", sell(10), book(bought()), WIDE, PASSES),
    Boundary("no_short", "one more", sell(11), book(bought()), WIDE, OBJECTS, "not allowed"),
    Boundary("no_short", "allowed here alone", sell(11), book(bought()), limits(shorting=True),
             OBJECTS, "the broker allows no short sales"),
    Boundary("no_short", "allowed by both", sell(11),
             book(bought(), restrictions=Restrictions(shorting_allowed=True)),
             limits(shorting=True), PASSES),
    Boundary("excluded_symbols", "another", buy(), book(), limits(excluded=frozenset({BAC})), PASSES),
    Boundary("excluded_symbols", "this one", buy(), book(), limits(excluded=frozenset({IBM})),
             OBJECTS, "IBM is excluded"),
    Boundary("excluded_symbols", "may be left", sell(10), book(bought()),
             limits(excluded=frozenset({IBM})), PASSES),
    Boundary("preferred_sectors", "one of them", buy(), book(),
             limits(preferred_sectors=frozenset({"Information Technology"})), PASSES, "preferred"),
    Boundary("preferred_sectors", "another", buy(), book(),
             limits(preferred_sectors=frozenset({"Energy"})), PASSES, "preferred are Energy"),
    Boundary("order_notional", "at", buy(10), book(), limits(order_notional_max=usd(1000)), PASSES),
    Boundary("order_notional", "above", buy(10), book(), limits(order_notional_max=usd(999)), OBJECTS,
             "above the cap per order"),
    Boundary("position_shares", "at", buy(5), book(bought(), waiting(quantity=5)),
             limits(position_shares_max=20), PASSES),
    Boundary("position_shares", "above", buy(6), book(bought(), waiting(quantity=5)),
             limits(position_shares_max=20), OBJECTS, "15 held or ordered + 6 of 20 shares"),
    Boundary("position_weight", "at", buy(80), book(bought(), waiting(quantity=10)),
             limits(position_weight_max=0.1), PASSES),
    Boundary("position_weight", "above", buy(81), book(bought(), waiting(quantity=10)),
             limits(position_weight_max=0.1), OBJECTS, "against 10% of the account"),
    Boundary("sector_weight", "at", buy(70, AAPL),
             book(bought(MSFT, 10), waiting(IBM, 20)), limits(sector_weight_max=0.1), PASSES),
    Boundary("sector_weight", "above", buy(71, AAPL),
             book(bought(MSFT, 10), waiting(IBM, 20)), limits(sector_weight_max=0.1), OBJECTS,
             "of Information Technology"),
    Boundary("sector_weight", "another sector", buy(90, XOM),
             book(bought(MSFT, 90)), limits(sector_weight_max=0.1), PASSES),
    Boundary("sector_weight", "a fund", buy(900, SPY), book(), limits(sector_weight_max=0.1), PASSES,
             "no sector known here"),
    Boundary("positions", "at", buy(1, XOM), book(bought(), waiting(BAC)), limits(positions_max=3),
             PASSES),
    Boundary("positions", "above", buy(1, XOM), book(bought(), waiting(BAC)),
             limits(positions_max=2), OBJECTS, "sell one first"),
    Boundary("positions", "more of one", buy(), book(bought(), waiting(BAC)),
             limits(positions_max=1), PASSES),
    Boundary("exposure", "at", buy(70), book(bought(BAC), waiting(SPY, 20)),
             limits(exposure_max=0.1), PASSES),
    Boundary("exposure", "above", buy(71), book(bought(BAC), waiting(SPY, 20)),
             limits(exposure_max=0.1), OBJECTS, "in all positions"),
    Boundary("trading_capital", "none named", buy(), book(), WIDE, PASSES, "nobody named"),
    Boundary("trading_capital", "at", buy(70), book(bought(BAC), waiting(SPY, 20)),
             limits(trading_capital=usd(10_000)), PASSES),
    Boundary("trading_capital", "above", buy(71), book(bought(BAC), waiting(SPY, 20)),
             limits(trading_capital=usd(10_000)), OBJECTS, "above the trading capital"),
    Boundary("daily_notional", "at", buy(5), book(bought(), waiting(quantity=5)),
             limits(daily_notional_cap=usd(2000)), PASSES),
    Boundary("daily_notional", "above", buy(6), book(bought(), waiting(quantity=5)),
             limits(daily_notional_cap=usd(2000)), OBJECTS, "1,500.00 opened or ordered today"),
    Boundary("cash_reserve", "at", buy(5), book(waiting()), limits(cash_reserve=usd(98_500)), PASSES),
    Boundary("cash_reserve", "above", buy(6), book(waiting()), limits(cash_reserve=usd(98_500)),
             OBJECTS, "not enough cash"),
    Boundary("settled_cash", "nothing said", buy(), book(), WIDE, PASSES, "no bound of its own"),
    Boundary("settled_cash", "at", buy(5),
             book(waiting(), restrictions=Restrictions(settled_cash=usd(1500))), WIDE, PASSES),
    Boundary("settled_cash", "above", buy(6),
             book(waiting(), restrictions=Restrictions(settled_cash=usd(1500))), WIDE, OBJECTS,
             "wait for the settlement"),
    Boundary("settled_cash", "the lesser counts", buy(6),
             book(restrictions=Restrictions(settled_cash=usd(9000), buying_power=usd(599))), WIDE,
             OBJECTS),
    Boundary("open_orders", "inside", buy(), book(waiting()), limits(open_orders_max=2), PASSES),
    Boundary("open_orders", "at", buy(), book(waiting(), waiting(name="b")),
             limits(open_orders_max=2), OBJECTS, "2 orders are open"),
    Boundary("trades_per_cycle", "inside", buy(), book(cycle_orders=1),
             limits(trades_per_cycle_max=2), PASSES),
    Boundary("trades_per_cycle", "at", buy(), book(cycle_orders=2), limits(trades_per_cycle_max=2),
             OBJECTS, "the next cycle may"),
    Boundary("trades_per_day", "inside", buy(), book(bought()), limits(trades_per_day_max=2), PASSES),
    Boundary("trades_per_day", "at", buy(), book(bought(), bought(BAC, name="b")),
             limits(trades_per_day_max=2), OBJECTS, "2 of 2 orders of the day"),
    Boundary("trades_per_symbol", "another symbol", buy(), book(bought(BAC), bought(BAC, name="b")),
             limits(symbol_trades_per_day_max=2), PASSES),
    Boundary("trades_per_symbol", "at", buy(), book(bought(), bought(name="b")),
             limits(symbol_trades_per_day_max=2), OBJECTS, "2 of 2 orders in IBM"),
    Boundary("order_rate", "inside", buy(), book(bought(when=at(1)), bought(name="b")),
             limits(orders_per_min_max=2), PASSES),
    Boundary("order_rate", "at", buy(), book(bought(when=at(0.99)), bought(name="b")),
             limits(orders_per_min_max=2), OBJECTS, "wait a minute"),
    Boundary("cooldown", "over", buy(), book(bought(when=at(30))), limits(cooldown_min=30), PASSES),
    Boundary("cooldown", "not yet", buy(), book(bought(when=at(29.99))), limits(cooldown_min=30),
             OBJECTS, "possible from 14:00:00 UTC"),
    Boundary("cooldown", "a change of it", buy(replaces="wait"), book(waiting(when=at(1))),
             limits(cooldown_min=30), PASSES, "no earlier opening"),
    Boundary("wash_sale", "no loss", buy(), book(bought()), WIDE, PASSES, "no loss in IBM"),
]  # fmt: skip
"""``passes`` of the boundary itself is what a user would expect: a cap may be reached."""


@pytest.mark.parametrize("one", BOUNDARIES, ids=lambda one: f"{one.rule}: {one.what}")
def test_a_rule_keeps_its_boundary(one: Boundary) -> None:
    """Its verdict, and what it says to a person."""
    found = verdict(one)
    assert found.passed is one.passes, found.words
    assert one.words in found.words


@pytest.mark.parametrize("rule", [rule.name for rule in RULES])
def test_every_rule_has_a_boundary(rule: str) -> None:
    """A rule nobody tried at its boundary is not a rule."""
    assert rule in {one.rule for one in BOUNDARIES}


def test_an_objection_names_the_setting_that_made_it() -> None:
    """Also when another document than risk_settings holds the limit."""
    held = verdict(Boundary("position_shares", "", buy(6), book(), limits(), PASSES))
    assert held.setting == "risk_settings position_shares_max"
    refused = verdict(
        Boundary("order_notional", "", buy(10), book(), limits(order_notional_max=usd(1)), OBJECTS)
    )
    assert refused.words.endswith("(risk_settings order_notional_max)")
    assert (refused.value, refused.limit) == ("1,000.00", "1.00")


def test_a_sector_nobody_prefers_is_worth_a_warning() -> None:
    """It passes, and a person is told."""
    energy = limits(preferred_sectors=frozenset({"Energy"}))
    assert verdict(Boundary("preferred_sectors", "", buy(), book(), energy, PASSES)).warns
    assert not verdict(Boundary("preferred_sectors", "", buy(1, XOM), book(), energy, PASSES)).warns


@pytest.mark.parametrize(("days", "warns"), [(30, PASSES), (30.001, OBJECTS)])
def test_to_buy_within_thirty_days_of_a_loss_is_worth_a_warning(days: float, warns: bool) -> None:  # noqa: FBT001
    """The wash sale: the loss may not count for taxes."""
    minutes = days * 24 * 60
    one = order(Side.SELL, 10, order_id="out")
    closing = replace(approved(one, when=at(minutes)), opens=False)
    sold = e.OrderFilled(
        **at(minutes), fill=fill(Side.SELL, 10, "95", order_id=one.order_id), realized=usd(-50)
    )
    traded = book(bought(when=at(minutes)), closing, sold)
    assert verdict(Boundary("wash_sale", "", buy(), traded, WIDE, PASSES)).warns is warns


def test_to_sell_at_a_loss_soon_after_a_purchase_is_worth_a_warning() -> None:
    """Only at a loss: 110 paid and 100 to be had."""
    dear, cheap = book(bought(price="110")), book(bought(price="90"))
    assert verdict(Boundary("wash_sale", "", sell(10), dear, WIDE, PASSES)).warns
    assert not verdict(Boundary("wash_sale", "", sell(10), cheap, WIDE, PASSES)).warns
