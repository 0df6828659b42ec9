"""The rules over any order, any account, any sequence of orders and fills."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.trading.make import BAC, COSTS, FEED, IBM, WALL, WIDE, account, book_of, quote
from tests.unit.trading.risk.books import after, bought, marked, waiting

from qt_trade.model.money import Usd, usd
from qt_trade.model.order_terms import OrderType
from qt_trade.model.orders import Fill, Order, OrderOrigin, Side, TimeInForce
from qt_trade.model.shares import shares
from qt_trade.model.symbols import Symbol
from qt_trade.model.verdicts import Approved
from qt_trade.trading import events as e
from qt_trade.trading.commands import Now
from qt_trade.trading.ledger import fold
from qt_trade.trading.orders import judge_order
from qt_trade.trading.risk import RULES, judge, largest_quantity, verdicts_of
from qt_trade.trading.risk.case import Case, Standing, open_notional
from qt_trade.trading.steps import NOTHING_OPENS

AAPL = Symbol("AAPL")
SYMBOLS = (IBM, AAPL, BAC)
QUOTES = tuple(quote(one, bid=99.9, ask=100.1) for one in SYMBOLS)
cents = st.integers(8_000, 12_000).map(lambda count: Usd(count * 10_000))

limits_drawn = st.builds(
    lambda **drawn: replace(WIDE, **drawn),
    daily_notional_cap=st.integers(0, 40_000).map(usd),
    order_notional_max=st.integers(0, 20_000).map(usd),
    position_shares_max=st.integers(0, 300),
    position_weight_max=st.floats(0, 0.5),
    sector_weight_max=st.floats(0, 0.5),
    exposure_max=st.floats(0, 0.5),
    positions_max=st.integers(0, 3),
    open_orders_max=st.integers(0, 6),
    trades_per_day_max=st.integers(0, 8),
    symbol_trades_per_day_max=st.integers(0, 4),
    orders_per_min_max=st.integers(0, 8),
    cash_reserve=st.integers(0, 120_000).map(usd),
    trading_capital=st.none() | st.integers(0, 40_000).map(usd),
    day_loss_soft=st.floats(0, 0.1),
    drawdown_max=st.floats(0, 0.1),
    excluded=st.frozensets(st.sampled_from(SYMBOLS), max_size=1),
)


@st.composite
def orders_drawn(draw, name="o-1"):
    """A market, limit or stop order, in part too."""
    kind = draw(st.sampled_from([OrderType.MARKET, OrderType.LIMIT, OrderType.STOP]))
    parts = draw(st.integers(1, 300_000))
    price = draw(cents)
    return Order(
        order_id=name,
        symbol=draw(st.sampled_from(SYMBOLS)),
        side=draw(st.sampled_from(Side)),
        quantity=shares(Decimal(parts) / 1_000),
        order_type=kind,
        limit_price=price if kind is OrderType.LIMIT else None,
        stop_price=price if kind is OrderType.STOP else None,
        time_in_force=TimeInForce.DAY,
        origin=OrderOrigin.MANUAL,
        reason="a test",
        created_at=WALL,
    )


books_drawn = st.builds(
    lambda held, there, value: book_of(
        after(bought(quantity=held), waiting(AAPL, there), marked(value)), *QUOTES, costs=COSTS
    ),
    held=st.integers(1, 100),
    there=st.integers(1, 50),
    value=st.integers(95_000, 110_000),
)


@given(one=orders_drawn(), book=books_drawn, limits=limits_drawn, part=st.integers(1, 1_000))
def test_an_approved_order_stays_approved_when_it_shrinks(one, book, limits, part):
    """Rule by rule: what passes for more passes for less."""
    smaller = replace(
        one, quantity=max(shares("0.000001"), shares(round(one.quantity * part / 1000, 6)))
    )
    for more, less in zip(
        verdicts_of(one, book, limits), verdicts_of(smaller, book, limits), strict=True
    ):
        assert less.passed or not more.passed, less


@given(one=orders_drawn(), book=books_drawn, limits=limits_drawn)
def test_the_largest_quantity_passes_and_a_part_more_does_not(one, book, limits):
    """Also where it is more than was asked for, and of parts of a share."""
    most = shares(1_000)
    largest = largest_quantity(one, book, limits, most)
    unit = shares(1) if one.quantity == int(one.quantity) else shares("0.000000001")
    if largest:
        assert isinstance(judge(replace(one, quantity=largest), book, limits), Approved)
    if largest < most:
        more = replace(one, quantity=shares(largest + unit))
        assert not isinstance(judge(more, book, limits), Approved)


@given(one=orders_drawn(), quantity=st.integers(1, 100))
def test_an_order_that_can_only_shrink_a_position_passes_every_cap(one, quantity):
    """Whatever the limits: a cap must never keep anyone in."""
    book = book_of(after(bought(one.symbol, quantity)), *QUOTES, costs=COSTS)
    leaving = replace(one, side=Side.SELL, quantity=shares(quantity), limit_price=None,
                      stop_price=None, order_type=OrderType.MARKET)  # fmt: skip
    assert isinstance(judge(leaving, book, NOTHING_OPENS), Approved)


step = st.tuples(orders_drawn(), st.sampled_from(["keep", "fill", "part", "cancel"]), st.integers())


def _happens(held, one, approved, what, rest):
    """Return the account after what became of an approved order."""
    if what == "cancel":
        gone = e.OrderCanceled(at=WALL, feed_at=FEED, order_id=one.order_id, words="gone")
        return fold(held, (gone,))
    if what == "keep" or one.quantity < 1:
        return held
    quantity = one.quantity if what == "fill" else shares(1 + rest % int(one.quantity))
    # The worst that can happen: the price the caps were reckoned with.
    price = one.limit_price or approved.worst_price or usd("99.9")
    fill = Fill(
        fill_id=f"{one.order_id}-0",
        order_id=one.order_id,
        symbol=one.symbol,
        side=one.side,
        quantity=min(quantity, one.quantity),
        price=price,
        commission=usd(1),
        at=FEED,
    )
    return fold(held, (e.OrderFilled(at=WALL, feed_at=FEED, fill=fill, realized=None),))


@given(steps=st.lists(step, min_size=1, max_size=12), limits=limits_drawn)
def test_no_sequence_of_approved_orders_exceeds_a_cap_whatever_fills(steps, limits):
    """Open orders counted; reckoned here once more from the account alone."""
    held, now = account(), Now(WALL, FEED)
    for number, (drawn, what, rest) in enumerate(steps):
        one = replace(drawn, order_id=f"o-{number}")
        book = book_of(held, *QUOTES, costs=COSTS)
        judged = judge_order(one, book, limits, command_id="c", cycle=None, now=now)
        held = fold(held, judged.events)
        if not isinstance(judged.verdict, Approved):
            continue
        opened = not book.reduces(one)
        if opened:
            _within_caps(Standing(book_of(held, *QUOTES, costs=COSTS), limits), one)
        held = _happens(held, one, judged.verdict, what, rest)


def _within_caps(standing, one):
    held, limits = standing.book.account, standing.limits
    assert one.symbol not in limits.excluded
    assert held.today.opened + standing.waiting <= limits.daily_notional_cap
    assert held.cash - held.reserved >= limits.cash_reserve
    assert held.quantity(one.symbol) + held.waiting(one.symbol, Side.BUY) <= (
        limits.position_shares_max
    )
    assert len(standing.symbols) <= limits.positions_max
    assert len(held.open_orders) <= limits.open_orders_max
    assert held.today.orders <= limits.trades_per_day_max
    there = standing.exposure()
    assert there is not None
    if limits.trading_capital is not None:
        assert there <= limits.trading_capital + usd(1)
    notional = open_notional(held.orders[one.order_id], standing.book)
    assert notional <= limits.order_notional_max + usd(20)


@given(one=orders_drawn(), book=books_drawn, limits=limits_drawn)
def test_every_rule_answers_in_words(one, book, limits):
    """And names the setting where it has a limit."""
    case = Case(book, limits, one)
    for rule in RULES:
        found = rule(case)
        assert found.rule == rule.name
        assert found.words
        assert bool(found.setting) is bool(rule.limits)


def test_an_order_that_is_approved_again_is_still_one_order():
    """It waited, was judged anew, and counts once in every count."""
    (first,) = waiting()
    held = after(first, first)
    assert held.risk.orders_of(IBM, FEED.date()) == 1
    assert len(held.risk.approved) == 1
    assert held.today.orders == 1
