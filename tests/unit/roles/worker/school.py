"""What trainings are tested with: stored bars, a person at a frontend, a worker's room."""

import asyncio
import contextlib
import math
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import psutil
from tests.unit.roles.parts import RUN, settings_of
from tests.unit.roles.worker.test_polling import status

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.commands import Reply
from qt_trade.contract.payloads.intelligence import (
    CancelTraining,
    Demote,
    MlModels,
    Promote,
    Train,
)
from qt_trade.contract.payloads.signals import MlTrainingStatus
from qt_trade.kit.clock import SystemClock
from qt_trade.market.calendar import Session, load_sessions
from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.up.session import new_session
from qt_trade.roles.worker.models.training_child import PROGRAM
from qt_trade.roles.worker.models.training_room import TrainingRoom
from qt_trade.roles.worker.scoring.scoring import Scoring, ScoringParts
from qt_trade.settings import Settings

WALL = SystemClock()
NOW = datetime(2026, 11, 27, 12, 45, tzinfo=UTC)
"""A quarter to eight in New York, on the half day after Thanksgiving."""
NAMES = ("AAPL", "SPY")
QUARTER = timedelta(minutes=15)
ENOUGH = 27
TRAINED_S = 90.0
"""Longer than a training takes, however loaded the machine."""
CALENDAR = load_sessions(date(2026, 8, 1), date(2026, 12, 10))


def past_sessions(count: int) -> list[Session]:
    """Return the last sessions before NOW."""
    return [one for one in CALENDAR.all if one.close <= NOW][-count:]


def drawn_bars(sessions: int, seed: int = 11) -> list[Bar]:
    """Draw quarters of an hour without any skill to be found in them."""
    rng = random.Random(seed)
    bars: list[Bar] = []
    for name in NAMES:
        price = 100.0
        for session in past_sessions(sessions):
            for quarter in range(session.minutes // 15):
                after = price * math.exp(rng.gauss(0.0, 0.002))
                bars.append(
                    Bar(
                        symbol=Symbol(name), at=session.open + quarter * QUARTER, interval_s=900,
                        open=price, high=max(price, after) * 1.0005,
                        low=min(price, after) * 0.9995, close=after,
                        volume=rng.randint(1_000, 90_000),
                        bid=None, bid_size=None, ask=None, ask_size=None,
                    )
                )  # fmt: skip
                price = after
    return bars


@dataclass
class School:
    """A person who asks, and a worker who trains."""

    settings: Settings
    front: Bus
    worker: Bus
    feed_time: FeedTime
    store: wiring.MarketStore
    session_id: str
    scoring: Scoring
    rooms: list[TrainingRoom] = field(default_factory=list)
    told: list[MlTrainingStatus] = field(default_factory=list)
    models: list[MlModels] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    sent: int = 0

    def hear(self, status: MlTrainingStatus | None) -> None:
        """Note what is told of trainings."""
        if status is not None:
            self.told.append(status)
            self.news.set()

    def room(self) -> TrainingRoom:
        """Open the room of one worker, which does what it calls for itself."""
        room = TrainingRoom(
            self.settings, self.worker, self.store, CALENDAR, self.feed_time, WALL,
            self.scoring.scores,
        )  # fmt: skip

        async def hand_on() -> None:
            room.trainer.begin()

        room.begin(hand_on)
        self.rooms.append(room)
        return room

    async def live(self) -> None:
        """Beat the heart of the person's session, which a loaded machine outlasts."""
        person = new_session(self.session_id, "desktop", WALL.now())
        await self.front.write(registry.SESSION, person, person.session_id)

    async def ask(self, kind: type[Any], **more: Any) -> Reply:
        self.sent += 1
        await self.live()
        told = {
            "ts": WALL.now(), "source": "test", "feed": FeedKind.REPLAY,
            "session_id": self.session_id, "command_id": f"ask-{self.sent}",
        }  # fmt: skip
        return await self.front.send(registry.ML_REQUESTS, kind(**told | more), timeout_s=20.0)

    async def train(self, *horizons_min: int, **more: Any) -> Reply:
        return await self.ask(Train, horizons_min=horizons_min, **more)

    async def cancel(self, job_id: str) -> Reply:
        return await self.ask(CancelTraining, job_id=job_id)

    async def promote(self, model_id: str, **more: Any) -> Reply:
        return await self.ask(Promote, model_id=model_id, **more)

    async def demote(self, model_id: str, **more: Any) -> Reply:
        return await self.ask(Demote, model_id=model_id, **more)

    async def event(self, job_id: str, event: str) -> MlTrainingStatus:
        """Wait until the document tells an event of a job."""
        async with asyncio.timeout(TRAINED_S):
            while not any((one.job_id, one.event) == (job_id, event) for one in self.told):
                await self.news.wait()
                self.news.clear()
        return next(one for one in reversed(self.told) if one.event == event)


@asynccontextmanager
async def school_in(
    redis_url: str, database_url: str, sessions: int, **intelligence: Any
) -> AsyncIterator[School]:
    """Open a school with so many sessions of bars stored."""
    settings = settings_of(
        redis_url, database_url, feed={"speed": 1.0}, intelligence=intelligence
    )  # fmt: skip
    streamer, worker, front = buses = [
        Bus(redis_url, party, WALL, random.Random(number))
        for number, party in enumerate((Party.STREAMER, Party.WORKER, Party.FRONTEND))
    ]
    for bus in buses:
        await bus.open(timeout_s=20.0)
    before = status(NAMES)
    clock = msgspec.structs.replace(before.clock, wall=WALL.now(), feed=NOW)
    now = msgspec.structs.replace(before, clock=clock, feed=FeedKind.REPLAY)
    await streamer.write(registry.MARKET_STATUS, now)
    feed_time = FeedTime(RUN, WALL)
    await feed_time.follow(worker)
    await feed_time.known.wait()
    store = wiring.open_market_store(settings)
    if sessions:
        await store.save_bars(drawn_bars(sessions))
    scoring = Scoring(ScoringParts(worker, store, CALENDAR, feed_time, WALL, settings))
    school = School(settings, front, worker, feed_time, store, "desk-1", scoring)
    await front.watch(registry.ML_TRAINING_STATUS, lambda change: school.hear(change.value))
    await front.watch(
        registry.ML_MODELS,
        lambda change: change.value is not None and school.models.append(change.value),
    )
    try:
        yield school
    finally:
        await asyncio.gather(*(room.close() for room in school.rooms))
        await scoring.close()
        await store.close()
        for bus in buses:
            await bus.close()


def trainings_of(worker: psutil.Process) -> list[psutil.Process]:
    """Return the training processes that a worker has begun and that are not gone."""
    found = []
    for child in worker.children(recursive=True):
        # It may end while it is looked at.
        with contextlib.suppress(psutil.NoSuchProcess):
            if PROGRAM in " ".join(child.cmdline()):
                found.append(child)
    return found
