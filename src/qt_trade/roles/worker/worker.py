"""The worker: thin tasks that hand over to the jobs in an event loop of their own."""

import asyncio
import concurrent.futures
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qt_trade import wiring
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.kit.clock import Clock, SystemClock
from qt_trade.kit.logs import get_logger
from qt_trade.kit.loop_thread import LoopThread
from qt_trade.market.calendar import Sessions
from qt_trade.market.providers.yahoo import Yahoo
from qt_trade.roles.database_line import DatabaseLine
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.log_lines import LogLines
from qt_trade.roles.patience import connect
from qt_trade.roles.presence import Presence
from qt_trade.roles.process import begin_logs, tell_ready
from qt_trade.roles.worker.ai.parts import AiParts
from qt_trade.roles.worker.ai.room import AiRoom
from qt_trade.roles.worker.data.histories import Histories
from qt_trade.roles.worker.data.polling import Polling
from qt_trade.roles.worker.data.room import DataRoom, HandOn
from qt_trade.roles.worker.data.sources import Sources
from qt_trade.roles.worker.data.yahoo_services import YahooAsked, YahooParts, YahooServices
from qt_trade.roles.worker.jobs import Jobs, Rooms
from qt_trade.roles.worker.models.training_room import CallTrainer, TrainingRoom
from qt_trade.roles.worker.rhythms import BACKFILL, CANARY, TRAINING, Task
from qt_trade.roles.worker.scoring.scoring import Scoring, ScoringParts
from qt_trade.settings import FeedChoice, Settings

if TYPE_CHECKING:
    from celery import Celery


AT_ONCE = (
    Task.PREDICTIONS,
    Task.HISTORIES,
    Task.YFINANCE,
    Task.YFINANCE_ENHANCED,
    Task.AI_CANDIDATES,
)
"""What a worker does when it begins, whatever the hour."""


@dataclass(frozen=True, slots=True)
class _Office:
    """The jobs, and what runs beside them in their loop."""

    jobs: Jobs
    room: DataRoom
    training: TrainingRoom
    beside: tuple[asyncio.Task[None], ...]

    async def close(self) -> None:
        for task in self.beside:
            task.cancel()
        await asyncio.gather(*self.beside, return_exceptions=True)
        await self.jobs.close()


def main() -> int:
    """Run the worker until it is told to stop."""
    settings = Settings()
    logs = begin_logs("worker", settings)
    loop = LoopThread("jobs")
    opening = loop.submit(_open(settings, logs))
    # Meanwhile: 200 ms of imports.
    from qt_trade.roles.worker.app import make_app  # noqa: PLC0415
    from qt_trade.roles.worker.celery_worker import QuietWorker  # noqa: PLC0415

    office = opening.result()
    jobs = office.jobs
    app = make_app(settings)

    for task in Task:
        app.task(_doing(task, jobs, loop), name=task.value)
    app.task(_proving(jobs, loop), name=CANARY)
    app.task(_going_on(jobs, loop), name=BACKFILL)
    app.task(_training(jobs, loop), name=TRAINING)
    worker = QuietWorker(
        app=app,
        pool="threads",
        concurrency=2,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    worker.on_stop = lambda: loop.loop.call_soon_threadsafe(jobs.stop)
    loop.loop.call_soon_threadsafe(office.room.begin, _handing_on(app))
    loop.loop.call_soon_threadsafe(office.training.begin, _handing_trainings_on(app))
    # Not to wait for the first quarter of an hour.
    for task in AT_ONCE:
        loop.submit(jobs.run(task))
    tell_ready()
    get_logger().info("role.started")
    try:
        worker.start()
    finally:
        loop.run(office.close())
        loop.close()
        get_logger().info("role.stopped")
    return 0


def _doing(task: Task, jobs: Jobs, loop: LoopThread) -> Callable[[], None]:
    """Return a job as Celery calls it: in one of its threads, without arguments."""

    def do() -> None:
        try:
            loop.run(jobs.run(task))
        except concurrent.futures.CancelledError:
            get_logger().info("job.given_up", job=task.value)

    return do


def _proving(jobs: Jobs, loop: LoopThread) -> Callable[[int], None]:
    """Return the canary's job: it goes the way of all jobs, so whatever blocks them stops it."""

    def prove(number: int) -> None:
        with suppress(concurrent.futures.CancelledError):
            loop.run(jobs.canary(number))

    return prove


def _going_on(jobs: Jobs, loop: LoopThread) -> Callable[[str], None]:
    """Return the job that goes on with a backfill: it begins it, and waits for nothing."""

    def go_on(job_id: str) -> None:
        with suppress(concurrent.futures.CancelledError):
            loop.run(jobs.backfill(job_id))

    return go_on


def _training(jobs: Jobs, loop: LoopThread) -> Callable[[], None]:
    """Return the job that trains what was ordered: it begins it, and waits for nothing."""

    def train() -> None:
        with suppress(concurrent.futures.CancelledError):
            loop.run(jobs.train())

    return train


def _handing_trainings_on(app: "Celery") -> CallTrainer:
    """Return how whichever worker is free is called to train."""
    from kombu.exceptions import OperationalError  # noqa: PLC0415  # Celery is there by now

    async def hand_on() -> None:
        try:
            await asyncio.to_thread(app.send_task, TRAINING)
        except OperationalError as away:
            # The desk looks again.
            get_logger().warning("training.not_handed_on", words=str(away))

    return hand_on


def _handing_on(app: "Celery") -> HandOn:
    """Return how a backfill is given to whichever worker is free."""
    from kombu.exceptions import OperationalError  # noqa: PLC0415  # Celery is there by now

    async def hand_on(job_id: str) -> None:
        try:
            await asyncio.to_thread(app.send_task, BACKFILL, args=(job_id,))
        except OperationalError as away:
            # The desk looks again.
            get_logger().warning("backfill.not_handed_on", job=job_id, words=str(away))

    return hand_on


async def _open(settings: Settings, logs: LogLines) -> _Office:
    wall = SystemClock()
    bus = Bus(settings.redis(), Party.WORKER, wall, random.SystemRandom())
    presence = Presence("worker", settings, bus, wall, logs)
    store = wiring.open_market_store(settings)
    line = DatabaseLine(store.ping)
    presence.postgres = line.health
    beside = tuple(asyncio.create_task(work) for work in (presence.run(), line.run()))
    presence.lead()
    await connect(bus)
    feed_time = FeedTime(settings.run.id, wall)
    await feed_time.follow(bus)
    await feed_time.known.wait()
    sessions = await asyncio.to_thread(wiring.exchange_sessions, settings, feed_time.clock.now())
    sources = None
    if settings.feed.choice is FeedChoice.REALTIME:
        sources = await Sources.open(settings, wall, sessions)
    polling, yahoo = _asking(settings, bus, feed_time, wall, sessions, sources)
    histories = Histories(bus, store, sessions, feed_time, wall)
    await histories.begin()
    providers = {} if sources is None else sources.background
    room = DataRoom(settings, bus, store, providers, feed_time, wall)
    scoring = Scoring(ScoringParts(bus, store, sessions, feed_time, wall, settings))
    scoring.begin()
    ai = AiRoom(
        AiParts(settings, bus, store, feed_time, wall, asyncio.sleep, random.SystemRandom())
    )
    await ai.open()
    training = TrainingRoom(settings, bus, store, sessions, feed_time, wall, scoring.scores)
    rooms = Rooms(polling, yahoo, histories, room, scoring, ai, training)
    jobs = Jobs(bus, store, feed_time, wall, settings, sessions, presence.work, rooms)
    return _Office(jobs, room, training, beside)


def _asking(
    settings: Settings,
    bus: Bus,
    feed_time: FeedTime,
    wall: Clock,
    sessions: Sessions,
    sources: Sources | None,
) -> tuple[Polling | None, YahooServices]:
    """Return what asks the providers; where the feed is not real time nobody is asked."""
    asked, polling, why_not = None, None, ""
    if sources is not None:
        polling = Polling(bus, sources, sessions, feed_time, wall, settings.rhythms.market_data)
        yahoo = sources.providers.get("yahoo")
        why_not = "QTRADE_PROVIDERS__YAHOO__ENABLED is false"
        if isinstance(yahoo, Yahoo):
            asked = YahooAsked(yahoo, sources.ledger, sessions)
    parts = YahooParts(
        bus, asked, feed_time, wall, asyncio.sleep, settings.rhythms.yfinance, why_not
    )
    return polling, YahooServices(parts)
