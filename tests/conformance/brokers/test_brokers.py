"""What every broker promises, whoever it is: one row in BROKERS is one broker more."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from tests.unit.trading.make import IBM, WIDE, book_of, order, quote
from tests.unit.trading.test_risk import holding

from qt_trade.brokers.paper import PaperBroker
from qt_trade.model.costs import TradingCosts
from qt_trade.model.money import usd
from qt_trade.model.orders import (
    BrokerEvent,
    Fill,
    OrderStatus,
    OrderUpdate,
    Side,
    TimeInForce,
)
from qt_trade.model.quotes import Quote
from qt_trade.model.shares import shares
from qt_trade.model.verdicts import Approved
from qt_trade.trading.ports import Broker
from qt_trade.trading.risk import judge

COSTS = TradingCosts(
    half_spread_bp=2.0,
    slippage_bp=1.0,
    commission_per_share=usd("0.005"),
    commission_min=usd(1),
)


@dataclass
class Venue:
    """A broker and the market it trades on: how a test moves the prices and ends the session."""

    broker: Broker
    on_quote: Callable[[Quote], list[BrokerEvent]]
    on_session_close: Callable[[], list[BrokerEvent]]
    news: list[BrokerEvent] = field(default_factory=list)

    def show(self, one: Quote) -> None:
        self.news += self.on_quote(one)

    def close(self) -> None:
        self.news += self.on_session_close()

    def take(self) -> list[BrokerEvent]:
        """Return all news since the last call."""
        news, self.news = [*self.news, *self.broker.take_events()], []
        return news


def paper() -> Venue:
    broker = PaperBroker(COSTS, limited_by_size=True)
    return Venue(broker, broker.on_quote, broker.on_session_close)


BROKERS = [pytest.param(paper, id="paper")]


@pytest.fixture(params=BROKERS)
def venue(request) -> Venue:
    """A broker that has seen IBM at 99.90 to 100.10, plenty on both sides."""
    made = request.param()
    made.show(deep())
    return made


def deep(bid=99.9, ask=100.1, *, bid_size=10_000, ask_size=10_000):
    return quote(bid=bid, ask=ask, bid_size=bid_size, ask_size=ask_size)


def approve(one) -> Approved:
    """Pass an order through the real risk rules, on an account that holds 400 IBM."""
    verdict = judge(one, book_of(holding(400), quote(IBM), quote(one.symbol)), WIDE)
    assert isinstance(verdict, Approved)
    return verdict


async def status(venue: Venue, order_id: str) -> OrderStatus:
    (known,) = [o for o in await venue.broker.orders() if o.order.order_id == order_id]
    return known.status


@pytest.mark.asyncio
async def test_a_market_order_fills_and_says_so(venue):
    ack = await venue.broker.submit(approve(order()))
    assert ack.accepted
    assert ack.broker_order_id
    (fill,) = venue.take()
    assert isinstance(fill, Fill)
    assert (fill.order_id, fill.symbol, fill.side, fill.quantity) == ("o-1", IBM, Side.BUY, 10)
    assert fill.price >= usd("100.1")
    assert fill.commission == usd(1)
    assert await status(venue, "o-1") is OrderStatus.FILLED
    assert venue.take() == [], "news is given once"


@pytest.mark.asyncio
async def test_the_same_order_id_again_is_the_same_order(venue):
    """However often a submit is repeated, the order exists and fills once."""
    first = await venue.broker.submit(approve(order()))
    again = await venue.broker.submit(approve(order()))
    later = await venue.broker.submit(approve(order(quantity=500)))
    assert first == again == later
    assert len(venue.take()) == 1
    assert len(await venue.broker.orders()) == 1


@pytest.mark.asyncio
async def test_a_symbol_without_a_market_is_rejected_every_time(venue):
    one = approve(replace(order(), symbol="NOPE"))
    ack = await venue.broker.submit(one)
    assert not ack.accepted
    assert "NOPE" in ack.words
    assert await venue.broker.submit(one) == ack
    assert venue.take() == []


@pytest.mark.asyncio
async def test_a_buy_limit_is_never_filled_above_nor_a_sell_limit_below(venue):
    await venue.broker.submit(approve(order(limit=usd("99.50"))))
    await venue.broker.submit(approve(order(Side.SELL, limit=usd("100.50"), order_id="o-2")))
    assert venue.take() == []
    venue.show(deep(99.0, 99.2))
    venue.show(deep(100.8, 101.0))
    bought, sold = venue.take()
    assert bought.price <= usd("99.50")
    assert sold.price >= usd("100.50")


@pytest.mark.asyncio
async def test_a_limit_order_rests_until_it_is_canceled(venue):
    await venue.broker.submit(approve(order(limit=usd("99"))))
    assert await status(venue, "o-1") is OrderStatus.ACCEPTED
    ack = await venue.broker.cancel("o-1")
    assert ack.accepted
    (update,) = venue.take()
    assert isinstance(update, OrderUpdate)
    assert (update.order_id, update.status) == ("o-1", OrderStatus.CANCELED)
    venue.show(deep(98.0, 98.2))
    assert venue.take() == [], "a canceled order never fills"


@pytest.mark.asyncio
async def test_what_does_not_exist_or_has_ended_cannot_be_canceled(venue):
    assert not (await venue.broker.cancel("ghost")).accepted
    await venue.broker.submit(approve(order()))
    venue.take()
    ack = await venue.broker.cancel("o-1")
    assert not ack.accepted
    assert "FILLED" in ack.words
    assert venue.take() == []


@pytest.mark.asyncio
async def test_a_large_order_fills_in_parts_with_one_commission(venue):
    venue.show(deep(ask_size=100))
    await venue.broker.submit(approve(order(quantity=250)))
    assert await status(venue, "o-1") is OrderStatus.PARTIALLY_FILLED
    venue.show(deep(ask_size=100))
    venue.show(deep(ask_size=100))
    parts = venue.take()
    assert [fill.quantity for fill in parts] == [100, 100, 50]
    assert len({fill.fill_id for fill in parts}) == 3
    assert sum(fill.commission for fill in parts) == COSTS.commission(shares(250))
    assert await status(venue, "o-1") is OrderStatus.FILLED


@pytest.mark.asyncio
async def test_all_or_nothing_and_now_or_never(venue):
    venue.show(deep(ask_size=100))
    fok = order(quantity=101, force=TimeInForce.FOK)
    await venue.broker.submit(approve(fok))
    (nothing,) = venue.take()
    assert nothing.status is OrderStatus.CANCELED
    ioc = order(quantity=101, force=TimeInForce.IOC, order_id="o-2")
    await venue.broker.submit(approve(ioc))
    part, rest = venue.take()
    assert part.quantity == 100
    assert rest.status is OrderStatus.CANCELED
    venue.show(deep(ask_size=100))
    whole = order(quantity=100, force=TimeInForce.FOK, order_id="o-3")
    await venue.broker.submit(approve(whole))
    assert [event.quantity for event in venue.take()] == [100]


@pytest.mark.asyncio
async def test_a_day_order_ends_with_the_session_and_a_good_till_canceled_stays(venue):
    await venue.broker.submit(approve(order(limit=usd("99"))))
    gtc = order(limit=usd("99"), force=TimeInForce.GTC, order_id="o-2")
    await venue.broker.submit(approve(gtc))
    venue.close()
    (expired,) = venue.take()
    assert (expired.order_id, expired.status) == ("o-1", OrderStatus.EXPIRED)
    assert await status(venue, "o-2") is OrderStatus.ACCEPTED
