"""Beat's process: follows the feed's clock in a thread and ticks in the main one."""

import random
import signal
from functools import partial

from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.kit.clock import SystemClock
from qt_trade.kit.logs import get_logger
from qt_trade.kit.loop_thread import LoopThread
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.patience import connect
from qt_trade.roles.process import begin_logs, tell_ready
from qt_trade.roles.worker.rhythms import Timetable, rhythms
from qt_trade.settings import Settings


def main() -> int:
    """Run beat until it is told to stop."""
    settings = Settings()
    begin_logs("beat", settings)
    wall = SystemClock()
    bus = Bus(settings.redis(), Party.WORKER, wall, random.SystemRandom())
    feed_time = FeedTime(settings.run.id, wall)
    loop = LoopThread("feed-clock")
    known = loop.submit(_follow(bus, feed_time))
    # Meanwhile: 200 ms of imports.
    from celery.beat import Service  # noqa: PLC0415

    from qt_trade.roles.worker.app import make_app  # noqa: PLC0415
    from qt_trade.roles.worker.feed_beat import FeedBeat, tick_s  # noqa: PLC0415

    known.result()
    timetable = Timetable(rhythms(settings), feed_time.clock, wall)
    app = make_app(settings)
    app.finalize()
    service = Service(
        app,
        max_interval=tick_s(timetable),
        scheduler_cls=partial(FeedBeat, timetable, settings.run.id),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    get_logger().info("role.started", speed=feed_time.clock.speed)
    tell_ready()
    try:
        service.start()
    finally:
        loop.run(bus.close())
        loop.close()
        get_logger().info("role.stopped")
    return 0


async def _follow(bus: Bus, feed_time: FeedTime) -> None:
    await connect(bus)
    await feed_time.follow(bus)
    await feed_time.known.wait()


def _leave(_number: int, _frame: object) -> None:
    """End the sleep between two ticks; Celery's service takes this for its orderly end."""
    raise SystemExit
