"""The engine's process: becomes the leader, folds the journal, then serves."""

import asyncio
import random

from qt_trade import wiring
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.kit.clock import SystemClock
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.engine.documents import Stamp
from qt_trade.roles.engine.publisher import Publisher
from qt_trade.roles.engine.service import Engine, EngineParts
from qt_trade.roles.engine.status import Board
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.process import RoleContext, run_role
from qt_trade.trading.engine_core import EngineCore
from qt_trade.trading.ledger import fold


def main() -> int:
    """Run the engine until it is told to stop."""
    return run_role("engine", _work)


async def _work(context: RoleContext) -> None:
    settings, wall = context.settings, SystemClock()
    bus = Bus(settings.redis(), Party.ENGINE, wall, random.SystemRandom())
    feed_time = FeedTime(settings.run.id, wall)
    try:
        await bus.open()
        await feed_time.follow(bus)
        await feed_time.known.wait()
        async with wiring.leading("engine", settings) as lead, asyncio.TaskGroup() as group:
            group.create_task(lead.keep())
            parts = await _build(context, bus, feed_time, lead)
            group.create_task(Engine(parts).run(context.ready))
    finally:
        await bus.close()


async def _build(
    context: RoleContext, bus: Bus, feed_time: FeedTime, lead: wiring.Lead
) -> EngineParts:
    settings, wall = context.settings, SystemClock()
    stamp = Stamp(
        feed=settings.feed.choice.kind,
        run_id=settings.run.id,
        account=settings.run.account,
        wall=wall,
        feed_clock=feed_time.clock,
    )
    journal = lead.journal(settings.run.account)
    events = await wiring.load_events(journal, settings, wall, feed_time.clock)
    broker = wiring.make_broker(settings)
    core = EngineCore(
        account=fold(None, events),
        costs=wiring.trading_costs(settings),
        slot_late_after=settings.rhythms.trading_cycle,
    )
    broker.restore(core.broker_orders())
    board = Board(stamp, settings.rhythms.trading_cycle, settings.rhythms.predictions)
    dealer = Dealer(core, journal, broker, wall, feed_time.clock)
    sessions = wiring.exchange_sessions(settings, feed_time.clock.now())
    publisher = Publisher(bus, dealer, board, stamp, sessions, lambda: feed_time.clock.speed)
    dealer.on_step(publisher.on_step)
    publisher.begin(events)
    return EngineParts(
        bus=bus,
        dealer=dealer,
        publisher=publisher,
        board=board,
        stamp=stamp,
        sessions=sessions,
        feed_time=feed_time,
        settings=settings,
        ping_database=lead.ping,
    )
