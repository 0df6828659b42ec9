"""What every broker promises, whoever it is: one row in BROKERS is one broker more."""

from dataclasses import replace

import pytest
import pytest_asyncio
from tests.conformance.brokers.venues import HELD, Venue, alpaca, deep, paper, take
from tests.unit.trading.make import IBM, WIDE, book_of, order, quote
from tests.unit.trading.test_risk import holding

from qt_trade.model.money import usd
from qt_trade.model.orders import (
    BrokerOrder,
    Fill,
    OrderStatus,
    OrderUpdate,
    Side,
    TimeInForce,
)
from qt_trade.model.shares import shares
from qt_trade.model.verdicts import Approved
from qt_trade.trading.risk import judge

pytestmark = pytest.mark.asyncio

BROKERS = [pytest.param(paper, id="paper"), pytest.param(alpaca, id="alpaca")]


@pytest_asyncio.fixture(params=BROKERS)
async def venue(request):
    """A broker that has seen IBM at 99.90 to 100.10, plenty on both sides, and holds 400."""
    async with request.param() as made:
        yield made


def wanted(side=Side.BUY, quantity=10, *, order_id="qt-1", **fields):
    return order(side, quantity, order_id=order_id, **fields)


def approve(one) -> Approved:
    """Pass an order through the real risk rules, on an account that holds 400 IBM."""
    verdict = judge(one, book_of(holding(HELD), quote(IBM), quote(one.symbol)), WIDE)
    assert isinstance(verdict, Approved)
    # Where the market may run is the market's own matter here.
    return replace(verdict, worst_price=None)


async def known(venue: Venue, order_id: str) -> BrokerOrder:
    (found,) = [o for o in await venue.broker.orders() if o.order.order_id == order_id]
    return found


async def status(venue: Venue, order_id: str) -> OrderStatus:
    return (await known(venue, order_id)).status


async def test_a_market_order_fills_and_says_so(venue):
    ack = await venue.broker.submit(approve(wanted()))
    assert ack.accepted
    assert ack.broker_order_id
    (fill,) = await take(venue)
    assert isinstance(fill, Fill)
    assert (fill.order_id, fill.symbol, fill.side, fill.quantity) == ("qt-1", IBM, Side.BUY, 10)
    assert fill.price >= usd("100.1")
    assert fill.commission == venue.costs.commission(shares(10))
    assert await status(venue, "qt-1") is OrderStatus.FILLED
    assert await take(venue) == [], "news is given once"


async def test_the_same_order_id_again_is_the_same_order(venue):
    """However often a submit is repeated, the order exists and fills once."""
    first = await venue.broker.submit(approve(wanted()))
    again = await venue.broker.submit(approve(wanted()))
    later = await venue.broker.submit(approve(wanted(quantity=50)))
    assert first == again == later
    assert len(await take(venue)) == 1
    assert len(await venue.broker.orders()) == 1


async def test_the_same_order_id_after_a_restart_is_the_same_order(venue):
    """Another process that knows nothing of the answer sends it again, and it is there."""
    await venue.broker.submit(approve(wanted()))
    await take(venue)
    await venue.restart()
    assert (await venue.broker.submit(approve(wanted()))).accepted
    assert (await known(venue, "qt-1")).filled == 10


async def test_a_symbol_without_a_market_is_rejected_every_time(venue):
    one = approve(replace(wanted(), symbol="NOPE"))
    ack = await venue.broker.submit(one)
    assert not ack.accepted
    assert "NOPE" in ack.words
    assert await venue.broker.submit(one) == ack
    assert await take(venue) == []


async def test_an_order_can_be_asked_for_by_its_id(venue):
    assert await venue.broker.order("qt-1") is None
    await venue.broker.submit(approve(wanted()))
    found = await venue.broker.order("qt-1")
    assert found is not None
    assert (found.status, found.filled) == (OrderStatus.FILLED, 10)


async def test_a_buy_limit_is_never_filled_above_nor_a_sell_limit_below(venue):
    await venue.broker.submit(approve(wanted(limit=usd("99.50"))))
    await venue.broker.submit(approve(wanted(Side.SELL, limit=usd("100.50"), order_id="qt-2")))
    assert await take(venue) == []
    venue.show(deep(99.0, 99.2))
    venue.show(deep(100.8, 101.0))
    bought, sold = await take(venue)
    assert bought.price <= usd("99.50")
    assert sold.price >= usd("100.50")


async def test_a_limit_order_rests_until_it_is_canceled(venue):
    await venue.broker.submit(approve(wanted(limit=usd("99"))))
    assert await status(venue, "qt-1") is OrderStatus.ACCEPTED
    assert (await venue.broker.cancel("qt-1")).accepted
    (update,) = await take(venue)
    assert isinstance(update, OrderUpdate)
    assert (update.order_id, update.status) == ("qt-1", OrderStatus.CANCELED)
    venue.show(deep(98.0, 98.2))
    assert await take(venue) == [], "a canceled order never fills"


async def test_what_does_not_exist_or_has_ended_cannot_be_canceled(venue):
    assert not (await venue.broker.cancel("qt-ghost")).accepted
    await venue.broker.submit(approve(wanted()))
    await take(venue)
    ack = await venue.broker.cancel("qt-1")
    assert not ack.accepted
    assert "FILLED" in ack.words
    assert await take(venue) == []


async def test_a_large_order_fills_in_parts_with_one_commission(venue):
    venue.show(deep(ask_size=100))
    await venue.broker.submit(approve(wanted(quantity=250)))
    assert await status(venue, "qt-1") is OrderStatus.PARTIALLY_FILLED
    venue.show(deep(ask_size=100))
    venue.show(deep(ask_size=100))
    parts = await take(venue)
    assert [fill.quantity for fill in parts] == [100, 100, 50]
    assert len({fill.fill_id for fill in parts}) == 3
    assert sum(fill.commission for fill in parts) == venue.costs.commission(shares(250))
    assert await status(venue, "qt-1") is OrderStatus.FILLED
    assert (await known(venue, "qt-1")).fills == tuple(parts)


async def test_an_order_that_is_partly_filled_keeps_its_part_when_it_is_canceled(venue):
    venue.show(deep(ask_size=4))
    await venue.broker.submit(approve(wanted()))
    assert (await venue.broker.cancel("qt-1")).accepted
    fill, end = await take(venue)
    assert (fill.quantity, end.status) == (4, OrderStatus.CANCELED)
    assert (await known(venue, "qt-1")).filled == 4


async def test_all_or_nothing_and_now_or_never(venue):
    venue.show(deep(ask_size=100))
    fok = wanted(quantity=101, force=TimeInForce.FOK)
    await venue.broker.submit(approve(fok))
    (nothing,) = await take(venue)
    assert nothing.status is OrderStatus.CANCELED
    ioc = wanted(quantity=101, force=TimeInForce.IOC, order_id="qt-2")
    await venue.broker.submit(approve(ioc))
    part, rest = await take(venue)
    assert part.quantity == 100
    assert rest.status is OrderStatus.CANCELED
    venue.show(deep(ask_size=100))
    whole = wanted(quantity=100, force=TimeInForce.FOK, order_id="qt-3")
    await venue.broker.submit(approve(whole))
    assert [event.quantity for event in await take(venue)] == [100]


async def test_a_day_order_ends_with_the_session_and_a_good_till_canceled_stays(venue):
    await venue.broker.submit(approve(wanted(limit=usd("99"))))
    gtc = wanted(limit=usd("99"), force=TimeInForce.GTC, order_id="qt-2")
    await venue.broker.submit(approve(gtc))
    venue.close()
    (expired,) = await take(venue)
    assert (expired.order_id, expired.status) == ("qt-1", OrderStatus.EXPIRED)
    assert await status(venue, "qt-2") is OrderStatus.ACCEPTED


async def test_an_order_takes_the_place_of_an_open_one(venue):
    await venue.broker.submit(approve(wanted(limit=usd("99"))))
    better = approve(replace(wanted(limit=usd("99.5"), order_id="qt-2"), replaces="qt-1"))
    assert (await venue.broker.replace("qt-1", better)).accepted
    (end,) = await take(venue)
    assert (end.order_id, end.status) == ("qt-1", OrderStatus.REPLACED)
    assert await status(venue, "qt-2") is OrderStatus.ACCEPTED
    venue.show(deep(99.2, 99.4))
    (fill,) = await take(venue)
    assert fill.order_id == "qt-2"


async def test_what_has_ended_cannot_be_replaced(venue):
    await venue.broker.submit(approve(wanted()))
    await take(venue)
    late = approve(replace(wanted(limit=usd("99"), order_id="qt-2"), replaces="qt-1"))
    ack = await venue.broker.replace("qt-1", late)
    assert not ack.accepted
    assert ack.words
    assert await venue.broker.replace("qt-1", late) == ack
    assert await take(venue) == []


async def test_cash_and_positions_are_what_the_fills_made_them(venue):
    before = await venue.broker.account()
    await venue.broker.submit(approve(wanted()))
    await venue.broker.submit(approve(wanted(Side.SELL, 30, order_id="qt-2")))
    bought, sold = await take(venue)
    after = await venue.broker.account()
    paid = int(bought.price * 10 - sold.price * 30) + bought.commission + sold.commission
    assert before.cash - after.cash == paid
    assert after.positions[IBM].quantity == HELD + 10 - 30


async def test_a_part_of_a_share_is_a_share_in_parts(venue):
    await venue.broker.submit(approve(replace(wanted(), quantity=shares("2.5"))))
    (fill,) = await take(venue)
    assert fill.quantity == shares("2.5")
    assert (await venue.broker.account()).positions[IBM].quantity == HELD + shares("2.5")


async def test_a_restart_keeps_the_book(venue):
    """An open order goes on where it was, and what was told is not told again."""
    venue.show(deep(ask_size=4))
    await venue.broker.submit(approve(wanted(limit=usd("100.10"))))
    (first,) = await take(venue)
    venue.show(deep(101.0, 101.2))
    await venue.restart()
    assert await take(venue) == []
    venue.show(deep(99.8, 100.0))
    (second,) = await take(venue)
    assert (first.quantity, second.quantity) == (4, 6)
    assert first.fill_id != second.fill_id
    assert await status(venue, "qt-1") is OrderStatus.FILLED
