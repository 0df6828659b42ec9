"""Commands on the bus: who may ask for what, and every one answered exactly once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import pytest_asyncio
import redis
from tests.unit.roles.engine import wires
from tests.unit.roles.engine.conftest import Connect
from tests.unit.roles.engine.shop import Shop, open_shop
from tests.unit.roles.engine.test_dealer import _blocked_append, _cut_the_append
from tests.unit.roles.parts import eventually, running
from tests.unit.trading.make import WALL

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.commands import Emergency, EmergencyAction, Reply
from qt_trade.contract.payloads.sessions import SessionRole
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.engine.archive import Archive
from qt_trade.roles.engine.command_desk import CommandDesk
from qt_trade.roles.engine.sessions import SessionsDesk
from qt_trade.settings import Settings
from qt_trade.trading.events import OrderApproved, OrderFilled, TradingStopped

pytestmark = pytest.mark.asyncio

_UNKNOWN = "session nobody is unknown or has expired; open a new one (start the program again)"
_VIEWER = "session desk-1 may look, not trade; open one as a trader"


@dataclass
class Counter:
    """Both sides of the counter."""

    shop: Shop
    bus: Bus
    front: Bus

    async def order(self, command_id: str = "o-1", **more: object) -> Reply:
        return await self.front.send(registry.MANUAL_ORDERS, wires.order(command_id, **more))

    async def emergency(self, action: EmergencyAction) -> Reply:
        return await self.front.send(registry.EMERGENCY_ACTIONS, action)


def desk_of(bus: Bus, shop: Shop, lead: wiring.Lead) -> CommandDesk:
    audit = lead.audit()
    people = SessionsDesk(bus, Archive(audit), shop.stamp)
    token = audit.next_control_token
    return CommandDesk(bus, shop.dealer, people, token, shop.board(), shop.stamp, 60.0)


def serve(bus: Bus, shop: Shop, lead: wiring.Lead) -> CommandDesk:
    desk = desk_of(bus, shop, lead)
    desk.serve_people()
    desk.serve_schedule()
    return desk


@pytest_asyncio.fixture
async def counter(lead: wiring.Lead, connect: Connect) -> AsyncIterator[Counter]:
    shop = await open_shop(lead)
    bus, front = await connect(Party.ENGINE), await connect(Party.FRONTEND)
    await front.write(registry.SESSION, wires.session(), "desk-1")
    serve(bus, shop, lead)
    async with running(shop.dealer.run()):
        yield Counter(shop, bus, front)


async def test_an_order_of_a_trader_is_carried_out(counter: Counter) -> None:
    reply = await counter.order()
    assert reply.accepted
    assert reply.verdicts
    await counter.shop.heard(OrderFilled)


async def test_the_same_command_twice_is_one_order_and_one_answer(counter: Counter) -> None:
    first, again = await counter.order(), await counter.order()
    assert (first.accepted, first.order_id) == (again.accepted, again.order_id)
    assert [type(e) for e in await counter.shop.told()].count(OrderApproved) == 1


async def test_a_repeat_is_answered_after_its_session_has_gone(counter: Counter) -> None:
    first = await counter.order()
    await counter.front.delete(registry.SESSION, "desk-1")
    assert (await counter.order()).order_id == first.order_id


async def test_an_unknown_session_is_refused_in_words(counter: Counter) -> None:
    reply = await counter.order(session_id="nobody")
    assert (reply.accepted, reply.reason) == (False, _UNKNOWN)
    assert await counter.shop.broker.orders() == ()


async def test_a_viewer_may_look_and_not_trade(counter: Counter) -> None:
    await counter.front.write(registry.SESSION, wires.session(SessionRole.VIEWER), "desk-1")
    assert (await counter.order()).reason == _VIEWER
    stopped = await counter.emergency(wires.emergency(Emergency.STOP_ALL_TRADING))
    assert not stopped.accepted
    assert counter.shop.core.halted is None


async def test_a_damaged_session_is_refused_in_words(counter: Counter, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as stranger:
        stranger.set("session:desk-1", "{")
    assert "cannot be read" in (await counter.order()).reason


async def test_an_order_for_another_feed_is_refused(counter: Counter) -> None:
    reply = await counter.order(feed=FeedKind.REAL_TIME)
    assert reply.reason == "the order was meant for REAL-TIME, this run is REPLAY"


async def test_an_old_order_is_nobodys_wish_an_old_cancel_is(counter: Counter) -> None:
    counter.shop.wall.set(WALL + timedelta(seconds=61))
    assert "older than 60 s" in (await counter.order()).reason
    reply = await counter.front.send(registry.MANUAL_ORDERS, wires.cancel("o-9"))
    assert reply.reason == "there is no order o-9 today"


async def test_a_stop_is_never_too_old_and_a_resume_is(counter: Counter) -> None:
    counter.shop.wall.set(WALL + timedelta(hours=1))
    stopped = await counter.emergency(wires.emergency(Emergency.STOP_ALL_TRADING, "e-1"))
    resumed = await counter.emergency(wires.emergency(Emergency.RESUME, "e-2"))
    assert (stopped.accepted, resumed.accepted) == (True, False)
    assert counter.shop.core.halted == "enough"


async def test_what_trades_again_needs_a_persons_word(counter: Counter) -> None:
    for action in (Emergency.RESUME, Emergency.CLOSE_ALL_POSITIONS):
        asked = wires.emergency(action, f"e-{action}", confirmed=False)
        assert "confirmed" in (await counter.emergency(asked)).reason
    asked = wires.emergency(Emergency.STOP_ALL_TRADING, "e-3", confirmed=False)
    assert (await counter.emergency(asked)).accepted


async def test_a_cycle_of_another_feed_and_a_repeated_one(
    counter: Counter, lead: wiring.Lead
) -> None:
    desk = desk_of(counter.bus, counter.shop, lead)
    other = await desk.on_cycle(wires.cycle(feed=FeedKind.SIMULATION))
    assert other.reason == "this run is REPLAY"
    off = await desk.on_cycle(wires.cycle())
    assert (off.accepted, off.reason) == (False, "AutoTrading is off")


async def test_a_command_whose_engine_fell_into_doubt_is_answered_by_the_next(
    lead: wiring.Lead, connect: Connect, settings: Settings
) -> None:
    """It is neither lost nor buried as poison, and done once."""
    front = await connect(Party.FRONTEND)
    await front.write(registry.SESSION, wires.session(), "desk-1")
    doomed = await open_shop(lead)
    bus = await connect(Party.ENGINE)
    serve(bus, doomed, lead)
    blocker = await _blocked_append(settings.database())
    asked = asyncio.create_task(front.send(registry.MANUAL_ORDERS, wires.order(), timeout_s=20.0))
    await _cut_the_append(blocker)
    await eventually(doomed.dealer._ended.done)
    await bus.close()

    successor = await open_shop(lead)
    serve(await connect(Party.ENGINE), successor, lead)
    async with running(successor.dealer.run()):
        reply = await asked
        await successor.heard(OrderFilled)
    assert reply.accepted
    assert [type(e) for e in await successor.told()].count(OrderApproved) == 1
    assert await front.length(registry.DEAD_LETTERS) == 0


async def test_a_stop_overtakes_a_backlog_of_orders(counter: Counter, redis_url: str) -> None:
    """Manual orders wait in their own stream; the stop is the next thing that happens."""
    backlog = 400
    sends = [
        asyncio.create_task(
            counter.front.send(registry.MANUAL_ORDERS, wires.order(f"b-{n}"), timeout_s=60.0)
        )
        for n in range(backlog)
    ]
    await counter.shop.heard(OrderApproved)
    reply = await counter.emergency(wires.emergency(Emergency.STOP_ALL_TRADING))
    assert reply.accepted
    answered = sum(send.done() for send in sends)
    assert answered < backlog / 2
    replies = await asyncio.gather(*sends)
    told = await counter.shop.told()
    stopped = next(n for n, event in enumerate(told) if isinstance(event, TradingStopped))
    assert not [e for e in told[stopped:] if isinstance(e, OrderApproved)]
    assert not replies[-1].accepted


async def test_what_cannot_be_read_is_rejected_with_the_field(
    counter: Counter, redis_url: str
) -> None:
    broken = '{"action":"submit","command_id":"o-7","quantity":"three"}'
    with redis.Redis.from_url(redis_url) as stranger:
        stranger.xadd("frontend:manual_orders", {"d": broken, "r": "x"})

        def kept() -> bytes | None:
            found: bytes | None = stranger.get("reply:o-7")
            return found

        await eventually(kept)
        assert b'"accepted":false' in (kept() or b"")
