"""The worker: thin tasks that hand over to the jobs in an event loop of their own."""

import asyncio
import random

from qt_trade import wiring
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.kit.clock import SystemClock
from qt_trade.kit.loop_thread import LoopThread
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.process import begin_logs, tell_ready
from qt_trade.roles.worker.app import Task, make_app
from qt_trade.roles.worker.jobs import Jobs
from qt_trade.settings import Settings

JOB_TIMEOUT_S = 300.0


def main() -> int:
    """Run the worker until it is told to stop."""
    settings = Settings()
    begin_logs("worker", settings)
    loop = LoopThread("jobs")
    jobs = loop.run(_open_jobs(settings))
    app = make_app(settings)

    @app.task(name=Task.MARKET_DATA)  # type: ignore[untyped-decorator]  # celery has no types
    def market_data() -> None:
        loop.run(jobs.market_data(), JOB_TIMEOUT_S)

    @app.task(name=Task.PREDICTIONS)  # type: ignore[untyped-decorator]  # celery has no types
    def predictions() -> None:
        loop.run(jobs.predictions(), JOB_TIMEOUT_S)

    @app.task(name=Task.TRADING_CYCLE)  # type: ignore[untyped-decorator]  # celery has no types
    def trading_cycle() -> None:
        loop.run(jobs.trading_cycle(), JOB_TIMEOUT_S)

    tell_ready()
    try:
        app.Worker(
            pool="threads",
            concurrency=2,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            quiet=True,
        ).start()
    finally:
        loop.run(jobs.close())
        loop.close()
    return 0


async def _open_jobs(settings: Settings) -> Jobs:
    wall = SystemClock()
    bus = Bus(settings.redis(), Party.WORKER, wall, random.SystemRandom())
    await bus.open()
    feed_time = FeedTime(settings.run.id, wall)
    await feed_time.follow(bus)
    store = wiring.open_market_store(settings)
    jobs = Jobs(bus, store, feed_time, wall, settings)
    await asyncio.wait_for(feed_time.known.wait(), JOB_TIMEOUT_S)
    await jobs.predictions()
    return jobs
