"""Stops, orders that trail, and exits that exclude each other: what holding brokers promise."""

from dataclasses import replace

import pytest
import pytest_asyncio
from tests.conformance.brokers.test_brokers import known, status, wanted
from tests.conformance.brokers.venues import HELD, alpaca, deep, paper, take
from tests.unit.trading.make import IBM

from qt_trade.model.money import usd
from qt_trade.model.orders import (
    Exits,
    Fill,
    OrderClass,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
)
from qt_trade.model.verdicts import Approved

pytestmark = pytest.mark.asyncio

HOLDING = [pytest.param(paper, id="paper"), pytest.param(alpaca, id="alpaca")]
ENDED = {OrderStatus.CANCELED, OrderStatus.EXPIRED}


@pytest_asyncio.fixture(params=HOLDING)
async def venue(request):
    """A broker that has seen IBM at 99.90 to 100.10, plenty on both sides, and holds 400."""
    async with request.param() as made:
        yield made


def stop(side=Side.SELL, quantity=10, *, at="95", limit=None, **fields):
    kind = OrderType.STOP if limit is None else OrderType.STOP_LIMIT
    return replace(
        wanted(side, quantity, **fields),
        order_type=kind,
        stop_price=usd(at),
        limit_price=None if limit is None else usd(limit),
    )


def bracket(**fields):
    exits = Exits(take_profit=usd(110), stop_loss=usd(95))
    return replace(wanted(**fields), order_class=OrderClass.BRACKET, exits=exits)


def oco():
    one = wanted(Side.SELL, limit=usd(110), force=TimeInForce.GTC)
    return replace(one, order_class=OrderClass.OCO, exits=Exits(stop_loss=usd(95)))


async def send(venue, one):
    ack = await venue.broker.submit(Approved(one, (), None))
    assert ack.accepted, ack.words
    return ack


def fills(events):
    return [one for one in events if isinstance(one, Fill)]


async def test_a_stop_waits_for_its_price_and_then_sells_at_the_market(venue):
    await send(venue, stop())
    venue.show(deep(95.2, 95.4))
    assert fills(await take(venue)) == []
    venue.show(deep(94.5, 94.7))
    (sold,) = fills(await take(venue))
    assert sold.price <= usd("94.5")
    assert await status(venue, "qt-1") is OrderStatus.FILLED


async def test_a_stop_limit_never_sells_below_its_limit(venue):
    await send(venue, stop(limit="94"))
    venue.show(deep(93.0, 93.2))
    assert fills(await take(venue)) == []
    venue.show(deep(94.2, 94.4))
    (sold,) = fills(await take(venue))
    assert sold.price >= usd("94")


async def test_a_trailing_stop_follows_a_rise_and_stays_where_it_falls(venue):
    """From 104.90 it trails by 2.00: 102.90 is reached on the way down, though it began at 99.90."""
    one = replace(wanted(Side.SELL), order_type=OrderType.TRAILING_STOP, trail_price=usd(2))
    await send(venue, one)
    venue.show(deep(104.9, 105.1))
    venue.show(deep(103.5, 103.7))
    assert fills(await take(venue)) == []
    stands = (await known(venue, "qt-1")).stop_price
    assert usd("102.85") <= stands <= usd("103.05")
    venue.show(deep(102.5, 102.7))
    assert len(fills(await take(venue))) == 1


async def test_a_trailing_stop_in_basis_points_trails_by_a_part_of_the_price(venue):
    one = replace(wanted(Side.SELL), order_type=OrderType.TRAILING_STOP, trail_bp=250)
    await send(venue, one)
    venue.show(deep(98.0, 98.2))
    assert fills(await take(venue)) == []
    venue.show(deep(97.3, 97.5))
    assert len(fills(await take(venue))) == 1


async def test_a_bracket_holds_its_exits_until_its_entry_is_filled(venue):
    await send(venue, bracket(limit=usd("99")))
    assert await status(venue, "qt-1-tp") is OrderStatus.HELD
    assert await status(venue, "qt-1-sl") is OrderStatus.HELD
    venue.show(deep(111.0, 111.2))
    assert fills(await take(venue)) == [], "an exit without a position sells nothing"


@pytest.mark.parametrize(
    ("bid", "sold_by", "left"), [(111.0, "qt-1-tp", "qt-1-sl"), (94.0, "qt-1-sl", "qt-1-tp")]
)
async def test_of_a_brackets_exits_one_fills_and_the_other_ends(venue, bid, sold_by, left):
    await send(venue, bracket())
    (bought,) = fills(await take(venue))
    assert bought.order_id == "qt-1"
    venue.show(deep(bid, bid + 0.2))
    (sold,) = fills(await take(venue))
    assert (sold.order_id, sold.side, sold.quantity) == (sold_by, Side.SELL, 10)
    assert await status(venue, left) in ENDED
    for price in (94.0, 111.0):
        venue.show(deep(price, price + 0.2))
    assert fills(await take(venue)) == []
    assert (await venue.broker.account()).positions[IBM].quantity == HELD


@pytest.mark.parametrize(("bid", "sold_by"), [(111.0, "qt-1"), (94.0, "qt-1-sl")])
async def test_of_two_orders_that_exclude_each_other_one_fills(venue, bid, sold_by):
    await send(venue, oco())
    venue.show(deep(bid, bid + 0.2))
    (sold,) = fills(await take(venue))
    assert sold.order_id == sold_by
    for price in (94.0, 111.0):
        venue.show(deep(price, price + 0.2))
    assert fills(await take(venue)) == []
    assert (await venue.broker.account()).positions[IBM].quantity == HELD - 10


async def test_an_entry_that_is_canceled_takes_its_exits_with_it(venue):
    await send(venue, bracket(limit=usd("99")))
    assert (await venue.broker.cancel("qt-1")).accepted
    await take(venue)
    assert await status(venue, "qt-1-tp") in ENDED
    assert await status(venue, "qt-1-sl") in ENDED


async def test_an_exit_filled_in_parts_leaves_no_more_than_the_rest_to_the_other(venue):
    await send(venue, bracket())
    await take(venue)
    venue.show(deep(111.0, 111.2, bid_size=4))
    assert [one.quantity for one in fills(await take(venue))] == [4]
    venue.show(deep(94.0, 94.2))
    sold = fills(await take(venue))
    assert sum(one.quantity for one in sold) == 6
    assert (await venue.broker.account()).positions[IBM].quantity == HELD


async def test_exits_outlive_a_restart_under_their_own_ids(venue):
    await send(venue, bracket(force=TimeInForce.GTC))
    await take(venue)
    await venue.restart()
    venue.show(deep(111.0, 111.2))
    (sold,) = fills(await take(venue))
    assert sold.order_id == "qt-1-tp"
    assert await status(venue, "qt-1-sl") in ENDED
