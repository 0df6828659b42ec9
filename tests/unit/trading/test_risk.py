"""Every rule at its boundary, what a refusal tells, and who may approve."""

import ast
import importlib
import pkgutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.trading.make import (
    BAC,
    CLOSED,
    COSTS,
    FEED,
    FREE,
    IBM,
    WALL,
    WIDE,
    account,
    book_of,
    fill,
    order,
    quote,
)

import qt_trade
from qt_trade.model.money import Usd, usd
from qt_trade.model.orders import OrderOrigin, Side
from qt_trade.model.shares import shares, value_of
from qt_trade.model.verdicts import Approved, Refused
from qt_trade.trading import events as e
from qt_trade.trading import risk
from qt_trade.trading.ledger import fold
from qt_trade.trading.risk import judge, largest_quantity, reserve_for
from qt_trade.trading.risk.rule import Rule
from qt_trade.trading.steps import NOTHING_OPENS

SOURCE = Path(qt_trade.__file__).parent


def holding(quantity=10, *, symbol=IBM, price="100", waiting=0, side=Side.SELL, at=FEED):
    """An account that holds shares and may have an open order for ``waiting`` of them."""
    bought = order(quantity=quantity, symbol=symbol, order_id="have")
    events = [
        approval(bought, at=at),
        e.OrderFilled(
            at=WALL,
            feed_at=at,
            fill=fill(quantity=quantity, price=price, symbol=symbol, order_id="have"),
            realized=None,
        ),
    ]
    if waiting:
        resting = order(side, waiting, symbol=symbol, order_id="waiting", limit=usd(price))
        events.append(approval(resting, at=at))
    return fold(account(), events)


def approval(one, *, at=FEED):
    reserved = one.limit_price or usd(100)
    return e.OrderApproved(
        at=WALL,
        feed_at=at,
        order=one,
        command_id="c",
        reserved=value_of(reserved, one.quantity) if one.side is Side.BUY else usd(0),
        worst_price=None,
        opens=one.side is Side.BUY,
        cycle=None,
    )


def objection(one, book, limits=WIDE):
    verdict = judge(one, book, limits)
    assert isinstance(verdict, Refused)
    failed = [answer.rule for answer in verdict.verdicts if not answer.passed]
    assert verdict.because.startswith(failed[0])
    return verdict.because


def test_an_order_no_rule_objects_to_is_approved_with_every_verdict():
    verdict = judge(order(), book_of(account()), WIDE)
    assert isinstance(verdict, Approved)
    assert verdict.worst_price == usd("100.5")
    assert [answer.rule for answer in verdict.verdicts] == [rule.name for rule in risk.RULES]
    assert all(answer.words for answer in verdict.verdicts)


def test_after_a_stop_nothing_opens_and_everything_may_be_closed():
    stopped = book_of(holding(10), stopped="trading is stopped (fire); resume it")
    assert "trading is stopped (fire)" in objection(order(), stopped)
    assert isinstance(judge(order(Side.SELL, 10), stopped, WIDE), Approved)
    assert objection(order(Side.SELL, 11), stopped).startswith("stopped")


@pytest.mark.parametrize("one", [order(), order(Side.SELL)])
def test_while_the_market_is_closed_nothing_trades(one):
    words = objection(one, book_of(holding(10), market=CLOSED))
    assert words == "market_hours: the market is closed: opens on Tuesday at 13:30 UTC"


def aged(seconds, held=None):
    return book_of(held or account(), feed_now=FEED + timedelta(seconds=seconds))


def test_a_quote_is_stale_beyond_its_age():
    assert isinstance(judge(order(), aged(90), WIDE), Approved)
    words = objection(order(), aged(91))
    assert "the quote is 91 s old, 90 s are allowed; wait for a fresh quote" in words


def test_a_quote_of_the_future_contradicts_the_clock():
    assert isinstance(judge(order(), aged(-90), WIDE), Approved)
    assert "91 s ahead of the clock" in objection(order(), aged(-91))


def test_a_quote_that_contradicts_itself_opens_nothing():
    crossed = book_of(account(), quote(bid=100.2, ask=100.1))
    assert "bid 100.2 above ask 100.1" in objection(order(), crossed)
    locked = book_of(account(), quote(bid=100.1, ask=100.1))
    assert isinstance(judge(order(), locked, WIDE), Approved)


def test_without_a_quote_nothing_opens():
    words = objection(order(symbol=BAC), book_of(account()))
    assert words.startswith("market_data: there is no quote of BAC")
    verdicts = judge(order(symbol=BAC), book_of(account()), WIDE).verdicts
    failed = {answer.rule for answer in verdicts if not answer.passed}
    assert failed == {
        "market_data", "price_collar", "order_notional", "position_weight", "sector_weight",
        "exposure", "daily_notional", "cash_reserve",
    }  # fmt: skip


@pytest.mark.parametrize("origin", [OrderOrigin.MANUAL, OrderOrigin.EMERGENCY])
def test_a_person_may_leave_a_position_on_stale_data(origin):
    book = aged(1_000, holding(10))
    assert isinstance(judge(order(Side.SELL, 10, origin=origin), book, WIDE), Approved)


def test_autotrading_may_not_sell_on_stale_data():
    one = order(Side.SELL, 10, origin=OrderOrigin.AUTOTRADING)
    assert objection(one, aged(1_000, holding(10))).startswith("market_data")


@pytest.mark.parametrize(
    ("side", "limit", "passes"),
    [
        (Side.BUY, "110", True),
        (Side.BUY, "110.01", False),
        (Side.BUY, "1", True),
        (Side.SELL, "90", True),
        (Side.SELL, "89.99", False),
        (Side.SELL, "500", True),
    ],
)
def test_a_limit_stands_at_most_ten_per_cent_beyond_the_market(side, limit, passes):
    one = order(side, 1, limit=usd(limit))
    verdict = judge(one, book_of(holding(10)), WIDE)
    assert isinstance(verdict, Approved) is passes
    assert passes or "choose a price nearer to the market" in verdict.because


@pytest.mark.parametrize(
    ("limit", "passes"), [("100.001", False), ("0.9995", True), ("0.99955", False)]
)
def test_a_limit_is_a_price_the_exchange_knows(limit, passes):
    verdict = judge(order(quantity=1, limit=usd(limit)), book_of(account()), WIDE)
    assert isinstance(verdict, Approved) is passes
    assert passes or "no multiple of" in verdict.because


def test_a_limit_without_a_market_cannot_be_held_against_it():
    one = order(Side.SELL, limit=usd(100))
    words = objection(one, book_of(holding(10), quote(BAC)))
    assert words.startswith("price_collar: there is no price of IBM")


def test_nothing_is_sold_that_is_not_held():
    book = book_of(holding(10, waiting=4))
    assert isinstance(judge(order(Side.SELL, 6), book, WIDE), Approved)
    words = objection(order(Side.SELL, 7), book)
    assert words == (
        "no_short: 6 shares of IBM can be sold, 7 are wanted; going short is not allowed"
        " (risk_settings shorting); 6 shares would pass"
    )


def test_the_share_cap_counts_what_is_held_and_ordered():
    book = book_of(holding(10, waiting=5, side=Side.BUY))
    limits = replace(WIDE, position_shares_max=20)
    assert isinstance(judge(order(quantity=5), book, limits), Approved)
    words = objection(order(quantity=6), book, limits)
    assert words.startswith("position_shares: 15 held or ordered + 6 of 20 shares")
    assert words.endswith("; 5 shares would pass")


def test_the_weight_cap_counts_what_is_held_and_ordered():
    """10,000 of 100,000 USD: 50 held + 20 ordered + 30 wanted at 100 USD each reach it."""
    book = book_of(holding(50, waiting=20, side=Side.BUY))
    limits = replace(WIDE, position_weight_max=0.1)
    at_the_market = usd(100)
    assert isinstance(judge(order(quantity=30, limit=at_the_market), book, limits), Approved)
    words = objection(order(quantity=31, limit=at_the_market), book, limits)
    assert "10,100.00 USD of IBM against 10% of the account = 10,000.00 USD" in words


def test_an_account_with_an_unpriced_holding_opens_nothing():
    book = book_of(holding(10, symbol=BAC), quote(IBM))
    assert "no price of BAC" in objection(order(), book)
    assert book.value() is None


def test_the_daily_cap_counts_fills_and_open_orders():
    """1,000 filled and 500 ordered of 2,000 leave room for 5 shares at 100."""
    book = book_of(holding(10, waiting=5, side=Side.BUY))
    limits = replace(WIDE, daily_notional_cap=usd(2_000))
    assert isinstance(judge(order(quantity=5, limit=usd(100)), book, limits), Approved)
    words = objection(order(quantity=6, limit=usd(100)), book, limits)
    assert "1,500.00 opened or ordered today + 600.00 of 2,000.00 USD" in words


def test_the_reserve_is_not_spent():
    """Free cash is 99,000 after the holding; commission and slippage count."""
    book = book_of(holding(10))
    exact = replace(WIDE, cash_reserve=usd(98_500))
    assert isinstance(judge(order(quantity=5, limit=usd(100)), book, exact), Approved)
    dear = book_of(holding(10), costs=COSTS)
    words = objection(order(quantity=5, limit=usd(100)), dear, exact)
    assert "costs up to 501.00, 500.00 USD are free beyond the reserve of 98,500.00" in words


def test_a_market_order_is_reckoned_with_a_buffer():
    book = book_of(account(), quote(ask=100.0), costs=COSTS)
    one = order(quantity=10)
    assert reserve_for(one, book) == usd("1006.1005")
    assert reserve_for(order(Side.SELL), book) == 0
    assert reserve_for(order(symbol=BAC), book) == 0


def test_only_an_opening_at_the_market_is_held_to_a_price():
    book = book_of(holding(10))
    for one in (order(limit=usd(100)), order(Side.SELL, 10)):
        verdict = judge(one, book, WIDE)
        assert isinstance(verdict, Approved)
        assert verdict.worst_price is None


def test_one_cycle_sends_no_more_openings_than_allowed():
    limits = replace(WIDE, trades_per_cycle_max=2)
    assert isinstance(judge(order(), book_of(account(), cycle_orders=1), limits), Approved)
    full = book_of(holding(10), cycle_orders=2)
    assert "2 of 2 orders of this cycle are used: the next cycle may" in objection(
        order(), full, limits
    )
    assert isinstance(judge(order(Side.SELL), full, limits), Approved)


def test_two_openings_of_a_symbol_keep_their_distance():
    limits = replace(WIDE, cooldown_min=30)
    opened = FEED - timedelta(minutes=30)
    assert isinstance(judge(order(), book_of(holding(at=opened)), limits), Approved)
    soon = book_of(holding(at=opened + timedelta(seconds=1)))
    assert "possible from 14:00:01 UTC" in objection(order(), soon, limits)
    assert isinstance(judge(order(Side.SELL), soon, limits), Approved)
    assert isinstance(judge(order(order_id="have"), soon, limits), Approved)


def test_a_short_position_may_be_bought_back_past_every_cap():
    sold = order(Side.SELL, order_id="have")
    short = fold(
        account(),
        (
            approval(sold),
            e.OrderFilled(
                at=WALL, feed_at=FEED, fill=fill(Side.SELL, order_id="have"), realized=None
            ),
        ),
    )
    nothing = replace(NOTHING_OPENS, cash_reserve=usd(10_000_000), cooldown_min=600)
    book = book_of(short, stopped="stopped", cycle_orders=1)
    assert isinstance(judge(order(quantity=10), book, nothing), Approved)
    assert isinstance(judge(order(quantity=11), book, nothing), Refused)


def test_a_refusal_without_a_way_out_names_none():
    assert objection(order(), book_of(account(), market=CLOSED)).endswith("13:30 UTC")


limits_drawn = st.builds(
    lambda **drawn: replace(WIDE, **drawn),
    daily_notional_cap=st.integers(0, 20_000).map(usd),
    position_shares_max=st.integers(0, 200),
    position_weight_max=st.floats(0, 1),
    trades_per_cycle_max=st.integers(0, 3),
    cash_reserve=st.integers(0, 120_000).map(usd),
    cooldown_min=st.integers(0, 60),
)
orders_drawn = st.builds(
    order,
    side=st.sampled_from(Side),
    quantity=st.integers(1, 400),
    limit=st.none() | st.integers(8_000, 12_000).map(lambda cents: Usd(cents * 10_000)),
    origin=st.sampled_from(OrderOrigin),
)
books_drawn = st.builds(
    lambda held, waiting, side, stopped, cycle_orders, age_s: book_of(
        holding(held, waiting=waiting, side=side, at=FEED - timedelta(minutes=30)),
        quote(bid=99.9, ask=100.1),
        costs=COSTS,
        feed_now=FEED + timedelta(seconds=age_s),
        stopped=stopped,
        cycle_orders=cycle_orders,
    ),
    held=st.integers(1, 100),
    waiting=st.integers(0, 50),
    side=st.sampled_from(Side),
    stopped=st.none() | st.just("stopped"),
    cycle_orders=st.none() | st.integers(0, 3),
    age_s=st.integers(0, 120),
)


@given(one=orders_drawn, book=books_drawn, limits=limits_drawn, less=st.integers(0, 399))
def test_shrinking_an_approved_order_keeps_it_approved(one, book, limits, less):
    if isinstance(judge(one, book, limits), Approved):
        smaller = replace(one, quantity=max(shares(1), one.quantity - less))
        assert isinstance(judge(smaller, book, limits), Approved)


@given(one=orders_drawn, book=books_drawn, limits=limits_drawn)
def test_the_way_out_of_a_refusal_passes_and_one_share_more_does_not(one, book, limits):
    largest = largest_quantity(one, book, limits)
    if largest:
        assert isinstance(judge(replace(one, quantity=shares(largest)), book, limits), Approved)
    if largest < one.quantity:
        assert isinstance(judge(replace(one, quantity=shares(largest + 1)), book, limits), Refused)


@given(one=orders_drawn, book=books_drawn, limits=limits_drawn)
def test_an_approved_order_is_within_every_cap(one, book, limits):
    """The caps, reckoned here once more in plain arithmetic."""
    if not isinstance(judge(one, book, limits), Approved) or one.side is Side.SELL:
        return
    held = book.account
    worst = one.limit_price or usd("100.6206")
    cost = worst * one.quantity + max(usd("0.005") * one.quantity, usd(1))
    assert held.quantity(IBM) + held.waiting(IBM, Side.BUY) + one.quantity <= (
        limits.position_shares_max
    )
    assert held.today.opened + held.opening_reserved + cost <= limits.daily_notional_cap
    assert held.cash - held.reserved - cost >= limits.cash_reserve


def test_every_rule_written_is_listed():
    written = {
        found.name
        for module in pkgutil.iter_modules(risk.__path__)
        for found in vars(importlib.import_module(f"{risk.__name__}.{module.name}")).values()
        if isinstance(found, Rule)
    }
    assert written == {rule.name for rule in risk.RULES}
    assert len(written) == len(risk.RULES)


def test_only_risk_approves():
    """``Approved(...)`` is called nowhere but in risk, and for the way out without an engine."""
    builders = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                if name == "Approved":
                    builders.add(path.relative_to(SOURCE).as_posix())
    assert builders == {
        "roles/simulate/exchange.py",  # the other side: what arrives at the simulated broker
        "trading/leaving.py",
        "trading/risk/judging.py",
    }


def test_rules_never_swallow():
    """There is no ``try`` in trading/risk: a rule that breaks stops the order with it."""
    for path in (SOURCE / "trading" / "risk").glob("*.py"):
        tree = ast.parse(path.read_text())
        assert not any(isinstance(node, ast.Try) for node in ast.walk(tree)), path


def test_costs_default_to_the_last_price_and_half_the_spread():
    assert FREE.touch(quote(price=100.0), Side.BUY) == usd(100)
    assert COSTS.touch(quote(price=100.0), Side.BUY) == usd("100.02")
    assert COSTS.touch(quote(price=100.0), Side.SELL) == usd("99.98")
