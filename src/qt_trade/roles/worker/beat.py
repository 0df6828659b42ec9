"""Beat's process: follows the feed's clock in a thread and ticks in the main one."""

import random
import signal
from functools import partial

from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.kit.clock import Clock, SystemClock
from qt_trade.kit.logs import get_logger
from qt_trade.kit.loop_thread import LoopThread
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.log_lines import LogLines
from qt_trade.roles.patience import connect
from qt_trade.roles.presence import Presence
from qt_trade.roles.process import begin_logs, tell_ready
from qt_trade.roles.worker.canary_call import CanaryCall
from qt_trade.roles.worker.rhythms import Timetable, rhythms
from qt_trade.settings import Settings


def main() -> int:
    """Run beat until it is told to stop."""
    settings = Settings()
    logs = begin_logs("beat", settings)
    wall = SystemClock()
    bus = Bus(settings.redis(), Party.BEAT, wall, random.SystemRandom())
    feed_time = FeedTime(settings.run.id, wall)
    loop = LoopThread("feed-clock")
    presence = loop.run(_open_presence(settings, bus, wall, logs))
    present = loop.submit(presence.run())
    canary = _canary_call(presence, loop, wall)
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
        scheduler_cls=partial(FeedBeat, timetable, settings.run.id, canary),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    get_logger().info("role.started", speed=feed_time.clock.speed)
    tell_ready()
    try:
        service.start()
    finally:
        present.cancel()
        loop.run(bus.close())
        loop.close()
        get_logger().info("role.stopped")
    return 0


async def _open_presence(settings: Settings, bus: Bus, wall: Clock, logs: LogLines) -> Presence:
    return Presence("beat", settings, bus, wall, logs)


def _canary_call(presence: Presence, loop: LoopThread, wall: Clock) -> CanaryCall:
    """Return the canary's call, which notes in the main thread what the loop's thread reports."""
    lead = partial(loop.loop.call_soon_threadsafe, presence.lead)
    canary = CanaryCall(presence.work, wall, lead)
    presence.queue = lambda: canary.waiting
    return canary


async def _follow(bus: Bus, feed_time: FeedTime) -> None:
    await connect(bus)
    await feed_time.follow(bus)
    await feed_time.known.wait()


def _leave(_number: int, _frame: object) -> None:
    """End the sleep between two ticks; Celery's service takes this for its orderly end."""
    raise SystemExit
