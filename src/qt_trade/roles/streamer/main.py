"""The streamer's process: holds the lease, makes the source, publishes it."""

import asyncio
import random
from datetime import datetime

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.kit.clock import Anchor, SystemClock
from qt_trade.kit.logs import get_logger
from qt_trade.roles.process import RoleContext, run_role
from qt_trade.roles.streamer.service import Streamer, StreamerParts
from qt_trade.settings import FeedChoice
from qt_trade.storage.errors import UnreachableError


def main() -> int:
    """Run the streamer until it is told to stop."""
    return run_role("streamer", _work)


async def _work(context: RoleContext) -> None:
    settings, wall = context.settings, SystemClock()
    bus = Bus(settings.redis(), Party.STREAMER, wall, random.SystemRandom())
    try:
        await bus.open()
        async with wiring.leading("streamer", settings) as lead, asyncio.TaskGroup() as group:
            group.create_task(lead.keep())
            anchor = await _anchor_of_this_run(context, bus)
            source, sessions = wiring.make_source(settings, wall, anchor)
            runs = lead.runs()

            async def save_progress(feed_at: datetime, ended: bool) -> None:  # noqa: FBT001
                try:
                    await runs.progress(settings.run.account, feed_at, ended=ended)
                except UnreachableError as away:
                    get_logger().warning("streamer.progress_not_saved", words=str(away))

            parts = StreamerParts(
                bus=bus,
                source=source,
                sessions=sessions,
                wall=wall,
                run_id=settings.run.id,
                account=settings.run.account,
                save_progress=save_progress,
            )
            try:
                await Streamer(parts).run(context.ready)
            finally:
                await source.close()
    finally:
        await bus.close()


async def _anchor_of_this_run(context: RoleContext, bus: Bus) -> Anchor | None:
    """Return the clock a streamer of this run left behind: the other roles live by it."""
    if context.settings.feed.choice is FeedChoice.REALTIME:
        return None
    try:
        found = await bus.read(registry.MARKET_STATUS)
    except InvalidMessageError:
        return None
    if found is None or found.value.run_id != context.settings.run.id:
        return None
    clock = found.value.clock
    return Anchor(clock.wall, clock.feed, clock.speed)
