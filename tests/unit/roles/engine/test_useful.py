"""The engine's useful work in words: what came of a command says more than that it was answered."""

import pytest
from tests.unit.roles.engine.shop import buy, open_shop
from tests.unit.roles.parts import running
from tests.unit.trading.make import BALANCED, FEED

from qt_trade import wiring
from qt_trade.roles.engine.useful import UsefulSteps
from qt_trade.roles.work import Work
from qt_trade.trading.commands import RunCycle, StartAutoTrading
from qt_trade.trading.events import OrderFilled

pytestmark = pytest.mark.asyncio


async def test_orders_fills_and_cycles_are_work(lead: wiring.Lead) -> None:
    """Each step counts as one piece."""
    shop = await open_shop(lead)
    work = Work(shop.wall)
    shop.dealer.on_step(UsefulSteps(work).on_step)
    assert work.told().words == ""
    await shop.dealer.handle(buy("c-1", 10))
    assert work.told().words == "SubmitManual carried out"
    async with running(shop.dealer.run()):
        await shop.heard(OrderFilled)
    assert work.told().words == "fill of 10 IBM"
    await shop.dealer.handle(buy("c-2", 10**6))
    assert work.told().words == "SubmitManual refused"
    start = StartAutoTrading(command_id="a-1", by="desk-1", settings=BALANCED)
    await shop.dealer.handle(start)
    await shop.dealer.handle(RunCycle(command_id="cycle-1", by="worker", slot=FEED))
    assert work.told().words == "cycle 1: 0 orders of 1 candidates"
