"""How the paper broker makes its fills, and how it comes back after a restart."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.trading.make import BAC, COSTS, FEED, FREE, fill, order, quote

from qt_trade.brokers.paper import PaperBroker
from qt_trade.model.costs import TradingCosts
from qt_trade.model.money import Usd, usd
from qt_trade.model.orders import BrokerOrder, OrderStatus, OrderType, Side, TimeInForce
from qt_trade.model.verdicts import Approved


def broker_of(*quotes, costs=COSTS, limited=False):
    broker = PaperBroker(costs, limited_by_size=limited)
    for one in quotes or (quote(bid=99.9, ask=100.1),):
        broker.on_quote(one)
    return broker


def send(broker, one, worst_price=None):
    """Submit an order as risk would have approved it, and return the news."""
    ack = asyncio.run(broker.submit(Approved(one, (), worst_price)))
    assert ack.accepted
    return broker.take_events()


@pytest.mark.parametrize(("side", "price"), [(Side.BUY, "100.12"), (Side.SELL, "99.89")])
def test_a_market_order_pays_the_touch_and_slippage_to_the_adverse_cent(side, price):
    """100.10 and 1 bp are 100.11001, paid as 100.12; 99.90 less 1 bp is 99.89001."""
    (done,) = send(broker_of(), order(side))
    assert done.price == usd(price)
    assert done.at == FEED


@pytest.mark.parametrize(("side", "price"), [(Side.BUY, "100.04"), (Side.SELL, "99.97")])
def test_without_a_book_half_the_spread_is_paid(side, price):
    """100.00 and 2 bp are 100.02, 1 bp slippage more 100.030002: 100.04."""
    (done,) = send(broker_of(quote()), order(side))
    assert done.price == usd(price)


def test_a_limit_that_meets_the_market_pays_the_touch_and_a_resting_one_its_limit():
    (done,) = send(broker_of(), order(limit=usd("105")))
    assert done.price == usd("100.10")
    broker = broker_of()
    assert send(broker, order(limit=usd("99.50"))) == []
    (done,) = broker.on_quote(quote(bid=98.0, ask=98.5))
    assert done.price == usd("99.50")


def test_an_opening_is_not_filled_beyond_its_worst_price_also_after_a_restart():
    """What the price ran away from waits for it to come back."""
    broker = broker_of(quote(ask=100.0, ask_size=4), costs=FREE, limited=True)
    (first,) = send(broker, order(), usd("100.50"))
    assert first.quantity == 4
    assert broker.on_quote(quote(ask=100.51, ask_size=100)) == []
    reborn = PaperBroker(FREE, limited_by_size=True)
    reborn.restore(asyncio.run(broker.orders()))
    assert reborn.on_quote(quote(ask=100.51, ask_size=100)) == []
    (rest,) = reborn.on_quote(quote(ask=100.5, ask_size=100))
    assert (rest.quantity, rest.price, rest.fill_id) == (6, usd("100.50"), "o-1-1")


def test_a_sale_at_its_limit():
    (done,) = send(broker_of(), order(Side.SELL, limit=usd("99")))
    assert done.price == usd("99.90")


def test_fills_have_ids_that_follow_from_their_order():
    broker = broker_of(quote(ask=100.0, ask_size=4), limited=True)
    first = send(broker, order())
    more = broker.on_quote(quote(ask=100.0, ask_size=6))
    assert [one.fill_id for one in (*first, *more)] == ["o-1-0", "o-1-1"]


def test_orders_share_what_is_offered_first_come_first_served():
    broker = broker_of(quote(ask=100.0, ask_size=15), limited=True)
    (first,) = send(broker, order(quantity=10))
    (second,) = send(broker, order(quantity=10, order_id="o-2"))
    assert (first.quantity, second.quantity) == (10, 5)
    assert send(broker, order(quantity=10, order_id="o-3")) == []
    news = broker.on_quote(quote(ask=100.0, ask_size=12))
    assert [(one.order_id, one.quantity) for one in news] == [("o-2", 5), ("o-3", 7)]


def test_a_size_nobody_quoted_does_not_limit():
    broker = broker_of(quote(ask=100.0), limited=True)
    (done,) = send(broker, order(quantity=10_000))
    assert done.quantity == 10_000


def test_sizes_count_only_where_they_are_asked_to():
    (done,) = send(broker_of(quote(ask=100.0, ask_size=1)), order(quantity=10))
    assert done.quantity == 10


def test_a_quote_that_contradicts_itself_fills_nothing():
    broker = broker_of(quote(bid=101.0, ask=100.0))
    assert send(broker, order()) == []
    (done,) = broker.on_quote(quote(bid=99.0, ask=100.0))
    assert done.quantity == 10


def test_an_older_quote_than_the_last_is_left_out():
    broker = broker_of()
    assert send(broker, order(limit=usd(50))) == []
    assert broker.on_quote(quote(ask=40.0, at=FEED - timedelta(seconds=1))) == []


def test_another_symbol_moves_only_the_time():
    broker = broker_of()
    assert send(broker, order(limit=usd(99))) == []
    minute = FEED + timedelta(minutes=1)
    assert broker.on_quote(quote(BAC, 14.0, at=minute)) == []
    (done,) = send(broker, order(order_id="o-2"))
    assert done.at == minute


def restored(status, *fills, **fields):
    broker = broker_of(limited=False, costs=FREE)
    known = BrokerOrder(order(quantity=10, **fields), status, "paper-o-1", fills, None)
    broker.restore((known,))
    return broker


def test_an_open_order_goes_on_where_it_was():
    """Its next fill has the next id, and the commission of the first parts is not charged again."""
    broker = PaperBroker(COSTS, limited_by_size=False)
    known = BrokerOrder(
        order(quantity=10, limit=usd(99)),
        OrderStatus.PARTIALLY_FILLED,
        "paper-o-1",
        (fill(quantity=4, price="99", commission="1"),),
        None,
    )
    broker.restore((known,))
    (done,) = broker.on_quote(quote(bid=98.0, ask=98.5))
    assert (done.fill_id, done.quantity, done.price) == ("o-1-1", 6, usd(99))
    assert done.commission == 0


def test_a_submit_repeated_after_the_restart_is_recognised():
    broker = restored(OrderStatus.FILLED, fill())
    assert send(broker, order()) == []
    (known,) = asyncio.run(broker.orders())
    assert known.filled == 10


@pytest.mark.parametrize("force", [TimeInForce.IOC, TimeInForce.FOK])
def test_an_order_for_now_does_not_outlive_its_broker(force):
    (news,) = restored(OrderStatus.ACCEPTED, force=force).take_events()
    assert news.status is OrderStatus.CANCELED


def test_the_oldest_ended_orders_are_forgotten():
    broker = PaperBroker(COSTS, limited_by_size=False, ended_kept=2)
    broker.on_quote(quote(bid=99.9, ask=100.1))
    send(broker, order(limit=usd(50), order_id="rests"))
    for n in range(4):
        send(broker, order(order_id=f"o-{n}"))
    known = [one.order.order_id for one in asyncio.run(broker.orders())]
    assert known == ["rests", "o-2", "o-3"]


@given(
    parts=st.lists(st.integers(1, 50), min_size=1, max_size=20),
    quantity=st.integers(1, 300),
)
def test_however_it_fills_the_commission_is_that_of_the_order(parts, quantity):
    broker = PaperBroker(COSTS, limited_by_size=True)
    broker.on_quote(quote(ask=100.0, ask_size=0))
    assert send(broker, order(quantity=quantity)) == []
    fills = [done for size in parts for done in broker.on_quote(quote(ask=100.0, ask_size=size))]
    filled = sum(done.quantity for done in fills)
    assert filled == min(sum(parts), quantity)
    if filled:
        assert sum(done.commission for done in fills) == COSTS.commission(filled)
    assert [done.fill_id for done in fills] == [f"o-1-{n}" for n in range(len(fills))]


@given(bid=st.integers(1, 50_000), spread=st.integers(0, 500), limit=st.integers(1, 60_000))
def test_no_limit_is_ever_broken(bid, spread, limit):
    price, ask = Usd(limit * 10_000), bid + spread
    for side in Side:
        broker = broker_of(quote(bid=bid / 100, ask=ask / 100))
        for done in send(broker, order(side, limit=price)):
            assert done.price <= price if side is Side.BUY else done.price >= price


@pytest.mark.parametrize(
    "wrong",
    [{"slippage_bp": -1.0}, {"half_spread_bp": float("nan")}, {"commission_min": Usd(-1)}],
)
def test_costs_are_finite_and_not_negative(wrong):
    with pytest.raises(ValueError, match="finite and not negative"):
        replace(COSTS, **wrong)


def test_the_cheapest_share_still_costs_a_cent():
    costs = TradingCosts(0.0, 9_999.0, usd(0), usd(0))
    assert costs.market_price(quote(price=0.01), Side.SELL) == usd("0.01")


DOUBT = "1 of 2 sources: nothing confirms the price"


def test_an_opening_waits_for_a_price_that_is_confirmed():
    """It was approved on a sound one; it is filled on a sound one."""
    broker = broker_of(quote(bid=99.9, ask=100.1, doubt=DOUBT))
    assert send(broker, order()) == []
    assert broker.on_quote(quote(bid=89.9, ask=90.1, doubt=DOUBT)) == []
    (done,) = broker.on_quote(quote(bid=99.9, ask=100.1))
    assert done.price == usd("100.12")


@pytest.mark.parametrize("force", [TimeInForce.IOC, TimeInForce.FOK])
def test_an_opening_that_cannot_wait_ends_on_a_price_in_doubt(force):
    broker = broker_of(quote(bid=99.9, ask=100.1, doubt=DOUBT))
    (ended,) = send(broker, replace(order(), time_in_force=force))
    assert ended.status is OrderStatus.CANCELED


def test_a_position_may_be_left_on_a_price_in_doubt():
    """Not being able to leave is the greater risk; more than is held is not left but opened."""
    broker = broker_of()
    broker.restore((), cash=usd(100_000))
    send(broker, order(quantity=10))
    broker.on_quote(quote(bid=99.9, ask=100.1, doubt=DOUBT))
    (done,) = send(broker, order(Side.SELL, 10, order_id="leave"))
    assert done.quantity == 10


def test_a_stop_that_opens_is_not_reached_by_a_price_in_doubt():
    """A wrong price must not set off what a right one would then fill."""
    one = replace(order(), order_type=OrderType.STOP, stop_price=usd(105))
    broker = broker_of(quote(price=100.0, bid=99.9, ask=100.1))
    assert send(broker, one) == []
    assert broker.on_quote(quote(price=106.0, bid=105.9, ask=106.1, doubt=DOUBT)) == []
    assert broker.on_quote(quote(price=100.0, bid=99.9, ask=100.1)) == []
