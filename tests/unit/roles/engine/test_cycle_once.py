"""A slot's cycle runs once, on the real bus and the real journal, whoever calls how often."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from tests.unit.roles.engine import wires
from tests.unit.roles.engine.conftest import Connect
from tests.unit.roles.engine.shop import Shop, open_shop
from tests.unit.roles.engine.test_command_desk import serve
from tests.unit.roles.engine.test_dealer import _blocked_append, _cut_the_append
from tests.unit.roles.parts import ACCOUNT, eventually, running
from tests.unit.trading.make import BALANCED, FEED, IBM, prediction

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.commands import Reply
from qt_trade.settings import Settings
from qt_trade.trading.commands import StartAutoTrading
from qt_trade.trading.events import CycleFinished, OrderApproved, OrderFilled
from qt_trade.trading.ids import cycle_command_id

pytestmark = pytest.mark.asyncio

SLOT = timedelta(minutes=10)


async def trading_shop(lead: wiring.Lead) -> Shop:
    """Return a shop whose AutoTrading has something to buy."""
    shop = await open_shop(lead)
    shop.core.on_predictions({IBM: prediction()})
    await shop.dealer.handle(
        StartAutoTrading(command_id="a-1", by="desk-1", settings=BALANCED, token=1)
    )
    return shop


async def call(bus: Bus, slot: datetime = FEED, command_id: str = "") -> Reply:
    """Call for a slot's cycle as the worker does, with the slot's own id unless another is given."""
    request = wires.cycle(slot=slot, command_id=command_id or cycle_command_id(ACCOUNT, slot))
    return await bus.send(registry.TRADING_CYCLE, request, timeout_s=20.0)


async def counts(shop: Shop) -> tuple[int, int]:
    """Return how many cycles and how many orders are in the journal."""
    kinds = [type(event) for event in await shop.told()]
    return kinds.count(CycleFinished), kinds.count(OrderApproved)


@dataclass
class Desk:
    shop: Shop
    worker: Bus


@pytest_asyncio.fixture
async def desk(lead: wiring.Lead, connect: Connect) -> AsyncIterator[Desk]:
    shop = await trading_shop(lead)
    serve(await connect(Party.ENGINE), shop, lead)
    async with running(shop.dealer.run()):
        yield Desk(shop, await connect(Party.WORKER))


async def test_beat_that_fires_twice_is_one_cycle(desk: Desk) -> None:
    """Both calls get the one answer, at once or one after the other."""
    first, second = await asyncio.gather(call(desk.worker), call(desk.worker))
    third = await call(desk.worker)
    assert first.reason == second.reason == third.reason == "1 candidates, 1 signals, 1 orders"
    assert await counts(desk.shop) == (1, 1)


async def test_another_id_for_the_same_slot_is_refused(desk: Desk) -> None:
    """The slot counts, not who asked under which name."""
    assert (await call(desk.worker)).accepted
    again = await call(desk.worker, command_id="by-hand-1")
    assert not again.accepted
    assert again.reason == "the cycle of this slot or of a later one has run"
    assert await counts(desk.shop) == (1, 1)


async def test_a_slot_that_comes_after_the_next_one_is_refused(desk: Desk) -> None:
    """It would act on a past intention, against what the newer cycle wanted."""
    desk.shop.feed.advance(SLOT / 2)
    later = FEED + SLOT / 2
    assert (await call(desk.worker, later)).accepted
    late = await call(desk.worker, FEED)
    assert (late.accepted, late.reason) == (
        False,
        "the cycle of this slot or of a later one has run",
    )
    assert (await counts(desk.shop))[0] == 1


async def test_a_late_call_of_the_present_slot_still_runs_and_of_a_past_one_not(
    desk: Desk,
) -> None:
    """A worker that was away for nine minutes is late; for eleven it is somebody else's turn."""
    desk.shop.feed.advance(SLOT - timedelta(minutes=1))
    assert (await call(desk.worker)).accepted
    desk.shop.feed.advance(SLOT + timedelta(minutes=2))
    gone = await call(desk.worker, FEED + SLOT)
    assert not gone.accepted
    assert gone.reason == "the slot 14:10 UTC is long gone"


async def test_a_call_that_is_delivered_again_after_a_crash_is_one_cycle(
    lead: wiring.Lead, connect: Connect, settings: Settings
) -> None:
    """The engine dies with the cycle half journalled; the next one is given the same call."""
    worker = await connect(Party.WORKER)
    doomed = await trading_shop(lead)
    bus = await connect(Party.ENGINE)
    serve(bus, doomed, lead)
    blocker = await _blocked_append(settings.database())
    asked = asyncio.create_task(call(worker))
    await _cut_the_append(blocker)
    await eventually(doomed.dealer._ended.done)
    await bus.close()

    successor = await open_shop(lead)
    successor.core.on_predictions({IBM: prediction()})
    serve(await connect(Party.ENGINE), successor, lead)
    async with running(successor.dealer.run()):
        reply = await asked
        await successor.heard(OrderFilled)
        again = await call(worker)
    assert reply.accepted
    assert again.reason == reply.reason
    assert await counts(successor) == (1, 1)


async def test_a_call_whose_answer_was_lost_is_answered_by_the_next_engine(
    lead: wiring.Lead, connect: Connect
) -> None:
    """The cycle is in the journal; asked again, a new engine tells and trades nothing."""
    worker, bus = await connect(Party.WORKER), await connect(Party.ENGINE)
    first = await trading_shop(lead)
    serve(bus, first, lead)
    async with running(first.dealer.run()):
        told = await call(worker)
    await bus.close()
    successor = await open_shop(lead)
    serve(await connect(Party.ENGINE), successor, lead)
    async with running(successor.dealer.run()):
        again = await call(worker)
    assert (again.accepted, again.reason) == (told.accepted, told.reason)
    assert await counts(successor) == (1, 1)
