"""Beat: puts the three rhythms into RedBeat, in feed time, and lets it tick."""

import asyncio
import random

from celery.schedules import schedule
from redbeat import RedBeatSchedulerEntry

from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.kit.clock import FeedClock, SystemClock
from qt_trade.kit.logs import get_logger
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.process import begin_logs, tell_ready
from qt_trade.roles.rhythm import last_boundary
from qt_trade.roles.worker.app import make_app, rhythms
from qt_trade.settings import Settings


def main() -> int:
    """Run beat until it is told to stop."""
    settings = Settings()
    begin_logs("beat", settings)
    clock = asyncio.run(_feed_clock(settings))
    app = make_app(settings)
    feed_now, wall_now = clock.now(), SystemClock().now()
    for task, every in rhythms(settings).items():
        wall_every = every / clock.speed
        # Due next at the feed's next boundary: the last one is when it "last ran".
        last = wall_now - (feed_now - last_boundary(feed_now, every)) / clock.speed
        entry = RedBeatSchedulerEntry(
            task,
            task,
            schedule(wall_every, app=app),
            options={"expires": max(1.0, wall_every.total_seconds())},
            app=app,
        )
        entry.save()
        entry.reschedule(last)
    get_logger().info("beat.ticking", speed=clock.speed)
    tell_ready()
    app.Beat(
        scheduler="redbeat.RedBeatScheduler", schedule="", quiet=True, loglevel="WARNING"
    ).run()
    return 0


async def _feed_clock(settings: Settings) -> FeedClock:
    wall = SystemClock()
    bus = Bus(settings.redis(), Party.WORKER, wall, random.SystemRandom())
    feed_time = FeedTime(settings.run.id, wall)
    try:
        await bus.open()
        await feed_time.follow(bus)
        await feed_time.known.wait()
    finally:
        await bus.close()
    return feed_time.clock
