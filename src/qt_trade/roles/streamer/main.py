"""The streamer's process: holds the lease, makes the source, publishes it."""

import random
from asyncio import TaskGroup
from contextlib import suppress
from datetime import datetime

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.kit.clock import Anchor, SystemClock
from qt_trade.kit.logs import get_logger
from qt_trade.model.quotas import LedgerAwayError
from qt_trade.roles.database_line import DatabaseLine
from qt_trade.roles.patience import connect, until_answered
from qt_trade.roles.presence import Presence
from qt_trade.roles.process import RoleContext, run_role
from qt_trade.roles.streamer.providers import ProvidersEvidence
from qt_trade.roles.streamer.service import RealTime, SaveProgress, Streamer, StreamerParts
from qt_trade.settings import FeedChoice
from qt_trade.storage.errors import UnreachableError


def main() -> int:
    """Run the streamer until it is told to stop."""
    return run_role("streamer", work)


async def work(context: RoleContext) -> None:
    """Stream until cancelled."""
    settings, wall = context.settings, SystemClock()
    bus = Bus(settings.redis(), Party.STREAMER, wall, random.SystemRandom())
    presence = Presence("streamer", settings, bus, wall, context.logs)
    try:
        async with TaskGroup() as start:
            connected = start.create_task(connect(bus))
            start.create_task(presence.run())
            async with wiring.leading("streamer", settings) as lead, TaskGroup() as group:
                group.create_task(lead.keep())
                line = DatabaseLine(lead.ping)
                group.create_task(line.run())
                presence.postgres = line.health
                bus.gate.hold_to(lead.unbroken)
                presence.lead()
                await connected
                anchor = await _anchor_of_this_run(context, bus)
                made = wiring.make_source(settings, wall, anchor)
                parts = StreamerParts(
                    bus=bus,
                    source=made.source,
                    sessions=made.sessions,
                    wall=wall,
                    run_id=settings.run.id,
                    account=settings.run.account,
                    canaries_since=settings.run.started or wall.now(),
                    work=presence.work,
                    save_progress=_progress(context, lead),
                    real=await _real_time(context, bus, made),
                )
                try:
                    await Streamer(parts).run(context.ready)
                finally:
                    await made.close()
    finally:
        await bus.close()


async def _real_time(context: RoleContext, bus: Bus, made: wiring.MadeSource) -> RealTime | None:
    """Return what prices in real time rest on, and who follows the watch list."""
    real, run_id = made.real, context.settings.run.id
    if real is None:
        return None
    symbols = real.source.info.symbols
    evidence = ProvidersEvidence(real.configured, real.ledger, symbols, run_id, real.source.polled)
    for one in real.configured:
        # A key that was refused may be another by now.
        with suppress(LedgerAwayError):
            await real.ledger.forget(one.spec.name)
    await evidence.begin(bus)
    return RealTime(evidence, real.listings, real.source.follow)


def _progress(context: RoleContext, lead: wiring.Lead) -> SaveProgress | None:
    """Return how to keep the feed's place; real time has none to go on from."""
    if context.settings.feed.choice is FeedChoice.REALTIME:
        return None
    runs, account = lead.runs(), context.settings.run.account

    async def save(feed_at: datetime, ended: bool) -> bool:  # noqa: FBT001  # as the port has it
        try:
            await runs.progress(account, feed_at, ended=ended)
        except UnreachableError as away:
            get_logger().warning("streamer.progress_not_saved", words=str(away))
            return False
        return True

    return save


async def _anchor_of_this_run(context: RoleContext, bus: Bus) -> Anchor | None:
    """Return the clock a streamer of this run left behind: the other roles live by it."""
    if context.settings.feed.choice is FeedChoice.REALTIME:
        return None
    try:
        found = await until_answered(lambda: bus.read(registry.MARKET_STATUS))
    except InvalidMessageError:
        return None
    if found is None or found.value.run_id != context.settings.run.id:
        return None
    clock = found.value.clock
    return Anchor(clock.wall, clock.feed, clock.speed)
