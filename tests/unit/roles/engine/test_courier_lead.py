"""The courier asks the broker for nothing while the lease may be another's."""

import asyncio
import random

import pytest
from tests.unit.trading.make import FREE, WALL, order

from qt_trade.brokers.paper import PaperBroker
from qt_trade.kit.clock import ManualClock
from qt_trade.model.verdicts import Approved
from qt_trade.roles.engine.courier import AskingPatience, Courier, NeverReached
from qt_trade.trading.steps import Send


@pytest.mark.asyncio
async def test_an_errand_that_begins_after_the_lease_was_lost_asks_nothing() -> None:
    """Seed 80 of the simulation: paused between the look at the lease and the request."""
    broker, heard = PaperBroker(FREE, limited_by_size=False), asyncio.Queue()
    leads = [True]
    courier = Courier(
        broker,
        ManualClock(WALL),
        heard.put_nowait,
        AskingPatience(retry_s=0.0),
        random.Random(1),
        lambda: leads[0],
    )
    courier.begin(Send(Approved(order=order(), verdicts=(), worst_price=None), opens=True))
    leads[0] = False
    async with asyncio.timeout(10):
        assert await heard.get() == NeverReached("o-1")
    assert await broker.orders() == ()
