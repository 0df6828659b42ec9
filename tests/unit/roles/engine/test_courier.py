"""The courier: nobody waits for a slow broker, and a lost answer is asked for until it is known."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from tests.unit.roles.engine.shop import Shop, buy, kinds, open_shop, stop
from tests.unit.roles.parts import eventually, running
from tests.unit.trading.make import FREE, fill, quote

from qt_trade import wiring
from qt_trade.brokers.paper import PaperBroker
from qt_trade.model.broker_errors import AmbiguousAnswerError, BrokerAwayError
from qt_trade.model.money import usd
from qt_trade.model.orders import BrokerAck, BrokerOrder, OrderStatus
from qt_trade.model.verdicts import Approved
from qt_trade.roles.engine.courier import AskingPatience
from qt_trade.trading.commands import CancelManual
from qt_trade.trading.events import (
    OrderAcknowledged,
    OrderApproved,
    OrderCanceled,
    OrderFilled,
    OrderSent,
    OrderUnknown,
)

pytestmark = pytest.mark.asyncio

QUICK = AskingPatience(first_s=0.01, ceiling_s=0.05, settle_s=0.3, retry_s=0.02)


class SlowBroker(PaperBroker):
    """The paper broker behind a line that is slow, loses answers or loses orders."""

    def __init__(self) -> None:
        super().__init__(FREE, limited_by_size=True)
        self.answer = asyncio.Event()
        self.answer.set()
        self.fails: list[OSError] = []
        self.taken_before_failing = True
        self.hides = False
        self.questions = 0
        self.posts: list[str] = []

    async def submit(self, approved: Approved) -> BrokerAck:
        self.posts.append(approved.order.order_id)
        await self.answer.wait()
        if not self.fails:
            return await super().submit(approved)
        if self.taken_before_failing:
            await super().submit(approved)
        raise self.fails.pop(0)

    async def order(self, order_id: str) -> BrokerOrder | None:
        self.questions += 1
        return None if self.hides else await super().order(order_id)


@pytest_asyncio.fixture
async def shop(lead: wiring.Lead) -> AsyncGenerator[Shop]:
    """A running dealer whose broker is slow on demand."""
    opened = await open_shop(lead, SlowBroker(), patience=QUICK)
    async with running(opened.dealer.run()):
        yield opened


def broker(shop: Shop) -> SlowBroker:
    assert isinstance(shop.broker, SlowBroker)
    return shop.broker


async def test_a_stop_is_acknowledged_while_a_submit_hangs(shop: Shop) -> None:
    """And the order that was waiting behind it is taken back."""
    broker(shop).answer.clear()
    first = await shop.dealer.handle(buy("c-1"))
    await eventually(lambda: broker(shop).posts == [first.order_id])
    assert (await shop.dealer.handle(stop())).accepted
    assert (await shop.dealer.handle(buy("c-2"))).accepted is False
    broker(shop).answer.set()
    await shop.heard(OrderFilled)
    assert broker(shop).posts == [first.order_id]


async def test_news_of_an_order_waits_for_the_answer_to_it(shop: Shop) -> None:
    broker(shop).answer.clear()
    await shop.dealer.handle(buy())
    await eventually(lambda: len(broker(shop).posts) == 1)
    broker(shop).answer.set()
    await shop.heard(OrderFilled)
    order = [
        type(event)
        for step in shop.steps
        for event in step.events
        if isinstance(event, OrderSent | OrderAcknowledged | OrderFilled)
    ]
    assert order == [OrderSent, OrderAcknowledged, OrderFilled]


async def test_an_order_whose_answer_was_lost_is_asked_for_until_it_is_known(shop: Shop) -> None:
    """It stays reserved meanwhile, and the desks see how often it was asked for and when again."""
    broker(shop).hides = True
    broker(shop).fails = [AmbiguousAnswerError("no answer")]
    reply = await shop.dealer.handle(buy(limit=usd(99)))
    order_id = str(reply.order_id)
    await shop.heard(OrderUnknown)
    await eventually(lambda: order_id in shop.dealer.enquiries)
    await eventually(lambda: shop.dealer.enquiries[order_id].asked >= 1)
    assert shop.core.account.orders[order_id].status is OrderStatus.UNKNOWN
    assert shop.core.account.reserved > 0
    broker(shop).hides = False
    await shop.heard(OrderAcknowledged)
    assert broker(shop).posts == [order_id]
    await eventually(lambda: not shop.dealer.enquiries)


async def test_an_order_that_never_arrived_is_judged_again_and_sent_under_its_id(
    shop: Shop,
) -> None:
    broker(shop).fails = [AmbiguousAnswerError("cut")]
    broker(shop).taken_before_failing = False
    reply = await shop.dealer.handle(buy())
    await shop.heard(OrderFilled)
    assert broker(shop).posts == [reply.order_id, reply.order_id]
    assert broker(shop).questions >= 2, "one answer is no proof"
    assert len(kinds(shop.steps, OrderFilled)) == 1


async def test_an_order_that_never_arrived_is_not_sent_into_a_stop(shop: Shop) -> None:
    broker(shop).fails = [AmbiguousAnswerError("cut")]
    broker(shop).taken_before_failing = False
    await shop.dealer.handle(buy())
    await shop.heard(OrderUnknown)
    await shop.dealer.handle(stop())
    await shop.heard(OrderCanceled)
    assert len(broker(shop).posts) == 1


async def test_an_order_the_broker_could_not_be_given_is_judged_again(shop: Shop) -> None:
    """Nothing left, so it was never UNKNOWN."""
    broker(shop).fails = [BrokerAwayError("too many requests", 0.01)]
    broker(shop).taken_before_failing = False
    reply = await shop.dealer.handle(buy())
    await shop.heard(OrderFilled)
    assert broker(shop).posts == [reply.order_id, reply.order_id]
    assert kinds(shop.steps, OrderUnknown) == []
    assert len(kinds(shop.steps, OrderApproved)) == 2


async def test_an_order_that_waits_for_the_broker_is_given_up_at_once(lead: wiring.Lead) -> None:
    """However long the broker wants to be left alone."""
    slow = SlowBroker()
    slow.fails = [BrokerAwayError("too many requests", 3_600.0)]
    slow.taken_before_failing = False
    shop = await open_shop(lead, slow, patience=QUICK)
    async with running(shop.dealer.run()):
        reply = await shop.dealer.handle(buy())
        await eventually(lambda: bool(shop.dealer._courier._given_up))
        cancel = CancelManual(command_id="x-1", by="desk-1", order_id=str(reply.order_id))
        assert (await shop.dealer.handle(cancel)).accepted
        await shop.heard(OrderCanceled)
    assert len(slow.posts) == 1


async def test_what_somebody_else_traded_is_left_to_the_brokers_record(shop: Shop) -> None:
    """It is no order of ours; whoever keeps the books is told to look."""
    told = asyncio.Event()
    shop.dealer.on_stranger(told.set)
    broker(shop)._events.append(fill(order_id="by-hand"))
    shop.dealer.see_quote(quote())
    async with asyncio.timeout(10):
        await told.wait()
    assert shop.dealer.waiting() == 0
    assert kinds(shop.steps, OrderFilled) == []
