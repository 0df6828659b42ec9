"""The engine's process: becomes the leader, folds the journal, then serves."""

import asyncio
import random
from dataclasses import dataclass
from datetime import timedelta

from qt_trade import wiring
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.kit.clock import SystemClock
from qt_trade.kit.logs import get_logger
from qt_trade.roles.engine.books_desk import BooksDesk
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.engine.documents import Stamp
from qt_trade.roles.engine.emergency_desk import EmergencyDesk
from qt_trade.roles.engine.leader_watch import LeaderWatch
from qt_trade.roles.engine.publisher import Publisher
from qt_trade.roles.engine.service import Engine, EngineParts
from qt_trade.roles.engine.status import Board
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.patience import connect
from qt_trade.roles.presence import Presence
from qt_trade.roles.process import RoleContext, run_role
from qt_trade.settings import Settings
from qt_trade.trading.engine_core import EngineCore
from qt_trade.trading.events import Event
from qt_trade.trading.ledger import fold
from qt_trade.trading.records import to_record
from qt_trade.wiring import own_strategies


def main() -> int:
    """Run the engine until it is told to stop."""
    return run_role("engine", work)


async def work(context: RoleContext) -> None:
    """Lead and serve until cancelled."""
    settings, wall = context.settings, SystemClock()
    bus = Bus(settings.redis(), Party.ENGINE, wall, random.SystemRandom())
    feed_time = FeedTime(settings.run.id, wall)
    presence = Presence("engine", settings, bus, wall, context.logs)
    try:
        async with asyncio.TaskGroup() as start:
            # The streamer's first word and the journal are awaited side by side.
            told = start.create_task(_follow(bus, feed_time))
            start.create_task(presence.run())
            account = await wiring.account_id_at_last(settings, wall, settings.run.account)
            async with wiring.leading("engine", settings) as lead, asyncio.TaskGroup() as group:
                group.create_task(lead.keep())
                bus.gate.hold_to(lead.unbroken)
                presence.lead()
                journal = lead.journal(account)
                events = await wiring.load_events(journal)
                await told
                watch = LeaderWatch(
                    bus, lead.token, presence.instance, settings.feed.choice.kind, wall
                )
                bus.gate.hold_to(lambda: lead.unbroken() and not watch.deposed)
                await watch.begin()
                group.create_task(watch.run())
                held = await _hold(settings, account, journal, events, feed_time)
                parts = _build(context, bus, feed_time, lead, presence, held)
                await Engine(parts).run(context.ready)
    finally:
        await bus.close()


@dataclass(frozen=True, slots=True)
class _Held:
    """The account this engine holds: its name, its broker, its journal so far."""

    account: str
    broker: wiring.AnyBroker
    events: list[Event]


async def _hold(
    settings: Settings,
    account: str,
    journal: wiring.FencedJournal,
    events: list[Event],
    feed_time: FeedTime,
) -> _Held:
    """Return the account with its broker; one without a journal is opened as its broker has it."""
    wall = SystemClock()
    sessions = wiring.exchange_sessions(settings, feed_time.clock.now())
    since = events[0].at if events else wall.now()
    broker = wiring.make_broker(settings, wall, since, sessions.is_open)
    if not events:
        clock = feed_time.clock
        events = [await wiring.account_opened(settings, account, broker, wall, clock)]
        await journal.append([to_record(events[0])])
    return _Held(account, broker, events)


async def _follow(bus: Bus, feed_time: FeedTime) -> None:
    await connect(bus)
    await feed_time.follow(bus)
    await feed_time.known.wait()


def _build(
    context: RoleContext,
    bus: Bus,
    feed_time: FeedTime,
    lead: wiring.Lead,
    presence: Presence,
    held: _Held,
) -> EngineParts:
    settings, wall = context.settings, SystemClock()
    stamp = Stamp(
        feed=settings.feed.choice.kind,
        run_id=settings.run.id,
        account=held.account,
        wall=wall,
        feed_clock=feed_time.clock,
    )
    broker, events = held.broker, held.events
    core = EngineCore(
        account=fold(None, events),
        costs=wiring.trading_costs(settings),
        slot_late_after=settings.rhythms.trading_cycle,
    )
    broker.restore(core.broker_orders(), core.account.cash, core.broker_positions())
    journal = lead.journal(held.account)
    own = own_strategies.find(settings.strategies.files)
    core.outlook.strategies = {
        name: own_strategies.guarded(strategy, settings.strategies.budget_ms)
        for name, strategy in own.strategies.items()
    }
    core.outlook.trust = wiring.trust(settings)
    for trouble in own.troubles:
        get_logger().error("strategy.not_loaded", words=trouble)
    board = Board(stamp, settings.rhythms, settings.run.started)
    board.trouble("strategies", "; ".join(own.troubles) or None)
    dealer = Dealer(core, journal, broker, wall, feed_time.clock, lead.sure)
    sessions = wiring.exchange_sessions(settings, feed_time.clock.now())
    publisher = Publisher(bus, dealer, board, stamp)
    publisher.begin(events)
    books = BooksDesk(bus, dealer, board, stamp, broker.name)
    books.begin(events)
    emergency = EmergencyDesk(
        bus,
        dealer,
        stamp,
        timedelta(seconds=settings.emergency_apart_s),
        lambda command_id: lead.hash_of_end(stamp.account, command_id),
    )
    emergency.begin(events)
    return EngineParts(
        books=books,
        emergency=emergency,
        bus=bus,
        dealer=dealer,
        publisher=publisher,
        board=board,
        stamp=stamp,
        sessions=sessions,
        feed_time=feed_time,
        settings=settings,
        audit=lead.audit(),
        ping_database=lead.ping,
        commit=lead.commit,
        presence=presence,
    )
