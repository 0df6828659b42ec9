"""An emergency is shown while it is carried out, proved by the broker, and leaves a receipt."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from tests.unit.contract.seen import Seen
from tests.unit.roles.engine.conftest import Connect
from tests.unit.roles.engine.shop import Shop, buy, open_shop
from tests.unit.roles.parts import running
from tests.unit.trading.make import CLOSED, IBM, OPEN, quote

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.emergency import EmergencyReceipt, EmergencyState, EmergencyStatus
from qt_trade.contract.topics import Batch
from qt_trade.model.emergencies import Emergency
from qt_trade.model.money import usd
from qt_trade.roles.engine.emergency_desk import EmergencyDesk
from qt_trade.trading.commands import CancelAll, CloseAll, StopAll
from qt_trade.trading.events import OrderAcknowledged, OrderFilled

pytestmark = pytest.mark.asyncio

APART = timedelta(seconds=30)


@dataclass
class Watch:
    """A frontend that watches. ``states`` and ``receipts``: what it was told."""

    bus: Bus
    states: Seen[Change[EmergencyStatus]]
    receipts: Seen[Batch[EmergencyReceipt]]

    async def shown(self, state: EmergencyState) -> EmergencyStatus:
        """Wait until the document says a state, and return it."""

        def says(changes: list[Change[EmergencyStatus]]) -> bool:
            return any(one.value is not None and one.value.state is state for one in changes)

        changes = await self.states.until(says)
        newest = next(one.value for one in reversed(changes) if one.value is not None)
        self.states.clear()
        return newest

    async def told(self, count: int) -> list[EmergencyReceipt]:
        """Wait for so many receipts, and return them, oldest first."""

        def enough(batches: list[Batch[EmergencyReceipt]]) -> bool:
            return sum(len(batch.entries) for batch in batches) >= count

        batches = await self.receipts.until(enough)
        return [entry.value for batch in batches for entry in batch.entries]


@asynccontextmanager
async def at_work(shop: Shop, connect: Connect) -> AsyncIterator[Watch]:
    """Have the dealer and the desk at work on a real server, and a frontend that watches."""
    bus, front = await connect(Party.ENGINE), await connect(Party.FRONTEND)

    async def hash_of(command_id: str) -> str:
        return f"hash of {command_id}"

    desk = EmergencyDesk(bus, shop.dealer, shop.stamp, APART, hash_of)
    desk.begin(await shop.told())
    shop.dealer.on_step(desk.on_step)
    watch = Watch(bus, Seen(), Seen())
    await front.watch(registry.EMERGENCY_STATUS, watch.states)
    await front.follow(registry.EMERGENCY_RECEIPTS, watch.receipts, last=100)
    async with running(shop.dealer.run()), running(desk.run()):
        yield watch


async def holding_ten(lead: wiring.Lead) -> Shop:
    shop = await open_shop(lead)
    async with running(shop.dealer.run()):
        await shop.dealer.handle(buy())
        await shop.heard(OrderFilled)
    return shop


def close(command_id: str = "x-1") -> CloseAll:
    return CloseAll(command_id=command_id, by="desk-1", reason="fire", how="F12")


async def test_everything_is_closed_proved_and_told(lead: wiring.Lead, connect: Connect) -> None:
    """Position sold, order canceled; the second answer of the broker, 30 s later, is the proof."""
    shop = await holding_ten(lead)
    async with at_work(shop, connect) as watch:
        await shop.dealer.handle(buy("rests", 5, limit=usd(90)))
        await shop.heard(OrderAcknowledged, 2)
        await shop.dealer.handle(close())
        seen = await watch.shown(EmergencyState.VERIFYING)
        assert (seen.positions_before, seen.orders_before) == (1, 1)
        assert (seen.positions_open, seen.orders_open, seen.exposure_open) == (0, 0, 0)
        assert [(one.symbol, one.state, one.filled) for one in seen.lines] == [
            ("IBM", "closed", 10)
        ]
        shop.wall.advance(APART)
        (told,) = await watch.told(1)
        await watch.shown(EmergencyState.VERIFIED)
    assert told.verified
    assert (told.action, told.by, told.how) == (Emergency.CLOSE_ALL_POSITIONS, "desk-1", "F12")
    assert [(one.positions, one.orders) for one in told.counts] == [(0, 0), (0, 0)]
    assert (told.orders_canceled, told.journal_hash) == (1, "hash of x-1")
    assert [step.state for step in told.steps] == ["DONE"] * 5
    assert told.slippage is not None


async def test_in_a_closed_market_the_exits_wait_and_say_so(
    lead: wiring.Lead, connect: Connect
) -> None:
    shop = await holding_ten(lead)
    async with at_work(shop, connect) as watch:
        shop.core.on_market(CLOSED)
        await shop.dealer.handle(close())
        seen = await watch.shown(EmergencyState.WAITING)
        assert "the market is closed: opens on Tuesday" in seen.words
        assert [one.state for one in seen.lines] == ["queued"]
        assert seen.positions_open == 1
        shop.core.on_market(OPEN)
        await watch.shown(EmergencyState.VERIFYING)
    assert shop.core.account.quantity(IBM) == 0


async def test_a_new_engine_goes_on_with_it(lead: wiring.Lead, connect: Connect) -> None:
    """The engine dies between the call and the opening of the market."""
    shop = await holding_ten(lead)
    shop.core.on_market(CLOSED)
    await shop.dealer.handle(close())
    again = await open_shop(lead)
    async with at_work(again, connect) as watch:
        await watch.shown(EmergencyState.VERIFYING)
        again.wall.advance(APART)
        (told,) = await watch.told(1)
    assert (told.command_id, told.verified) == ("x-1", True)


async def test_a_stop_and_a_cancel_leave_receipts_too(lead: wiring.Lead, connect: Connect) -> None:
    shop = await holding_ten(lead)
    async with at_work(shop, connect) as watch:
        await shop.dealer.handle(StopAll(command_id="s", by="desk-1", reason="calm"))
        await watch.told(1)
        await shop.dealer.handle(CancelAll(command_id="c", by="desk-1", reason="calm"))
        await watch.shown(EmergencyState.VERIFYING)
        shop.wall.advance(APART)
        stopped, canceled = await watch.told(2)
    assert (stopped.action, stopped.verified) == (Emergency.STOP_ALL_TRADING, True)
    assert stopped.words == "nothing opens any more; 1 positions and 0 orders stay open"
    assert (canceled.action, canceled.verified) == (Emergency.CANCEL_ALL_ORDERS, True)


async def test_the_receipts_are_rebuilt_from_the_journal(
    lead: wiring.Lead, connect: Connect
) -> None:
    """The server lost its data while no engine ran."""
    shop = await holding_ten(lead)
    async with at_work(shop, connect) as watch:
        await shop.dealer.handle(StopAll(command_id="s", by="desk-1", reason="calm"))
        (first,) = await watch.told(1)
        await watch.bus.replace(registry.EMERGENCY_RECEIPTS, [])
    again = await open_shop(lead, None, quote())
    async with at_work(again, connect) as watch:
        assert await watch.told(1) == [first]
