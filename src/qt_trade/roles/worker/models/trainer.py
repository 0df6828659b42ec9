"""Carries out trainings: one at a time, each in a process of its own, beside the jobs.

A training is handed to a worker by Celery and goes on in its event loop. What is to be done stands
in PostgreSQL: a worker that dies leaves its training claimed for CLAIM, and the desk
(``desk``) hands it on when that is over. The models are kept when the last one is trained,
so that a training that is canceled leaves nothing behind.
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import DisconnectedError
from qt_trade.contract.payloads.signals import MlTrainingStatus
from qt_trade.contract.topics import Change
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import Sessions
from qt_trade.model.feeds import FeedKind
from qt_trade.model.models import Decision, ModelRecord
from qt_trade.model.predictions import Skill
from qt_trade.model.symbols import Symbol
from qt_trade.model.trainings import TrainingJob, TrainingState
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.worker.models.training_board import Course, ended_status
from qt_trade.roles.worker.models.training_child import TrainingCrashedError, training_child
from qt_trade.roles.worker.models.training_lines import Lacking, Learned, Lesson, Line, Told
from qt_trade.settings import Settings
from qt_trade.storage.errors import StorageError, UnreachableError

CLAIM = timedelta(seconds=30)
KEEP_S = 5.0
"""How often a claim is put off: a few of these may fail before another worker takes over."""
PACE_S = 0.5
"""Told at most twice a second."""
RETRY_S = 1.0
THREADS_MAX = 4
"""Of LightGBM, and half the processors at most: a thread that waits for its processor holds up all
others of its round (measured: on two busy ones, two threads took 28 s for one's 1.5 s)."""


@dataclass(frozen=True, slots=True)
class TrainerParts:
    """What trainings are carried out with.

    ``symbols``: which are learnt from.
    """

    settings: Settings
    bus: Bus
    store: wiring.MarketStore
    sessions: Sessions
    feed_time: FeedTime
    wall: Clock
    symbols: Callable[[], Awaitable[Sequence[Symbol]]]


class _LostError(Exception):
    """The training is no longer this worker's: canceled, or another's."""


class Trainer:
    """The trainings that this worker carries out."""

    def __init__(self, parts: TrainerParts) -> None:
        self._p = parts
        self._running: asyncio.Task[None] | None = None
        self._log = get_logger()

    def begin(self) -> None:
        """Train what is due until nothing is; nobody waits for it."""
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
            self._running.add_done_callback(_complain)

    async def ended(self) -> None:
        """Return when nothing is under way any more."""
        if self._running is not None:
            await asyncio.gather(self._running, return_exceptions=True)

    async def close(self) -> None:
        """Give up what is under way; the next worker begins it anew."""
        if self._running is not None:
            self._running.cancel()
        await self.ended()

    async def _run(self) -> None:
        try:
            while (job := await self._take()) is not None:
                await self._carry_out(job)
        except (StorageError, DisconnectedError) as away:
            # The desk looks again.
            self._log.warning("training.waits", words=str(away))

    async def _take(self) -> TrainingJob | None:
        of = self._p.settings.run
        worker = f"{of.id} {of.place}" if of.place else ""
        return await self._p.store.trainings.take(self._p.wall.now(), CLAIM, worker)

    async def _carry_out(self, job: TrainingJob) -> None:
        self._log.info("training.begun", job=job.job_id, attempt=job.attempts)
        cost_bp = self._p.settings.intelligence.cost_bp
        costs = f"{cost_bp:g} basis points per side are counted in every edge"
        run = _Run(self._p, Course(job, self._p.wall.now(), costs))
        try:
            await run.to_its_end()
        except asyncio.CancelledError:
            with contextlib.suppress(StorageError):
                await asyncio.shield(self._p.store.trainings.put_back(job, self._p.wall.now()))
            raise
        except _LostError:
            self._log.info("training.lost", job=job.job_id)
        await run.tell_the_end()


class _Run:
    """One training, from the claim to its last word."""

    def __init__(self, parts: TrainerParts, course: Course) -> None:
        self._p = parts
        self._course = course
        self._news = asyncio.Event()
        self._canceled = asyncio.Event()
        self._learned: list[Learned] = []
        self._lacking: list[str] = []

    @property
    def _job(self) -> TrainingJob:
        return self._course.job

    async def to_its_end(self) -> None:
        """Train, tell, keep the claim. Raises _LostError, StorageError."""
        topic = await self._p.bus.watch(registry.ML_TRAINING_STATUS, self._hear)
        teach = asyncio.create_task(self._teach())
        keep, tell = asyncio.create_task(self._keep()), asyncio.create_task(self._tell())
        works = (teach, keep, tell)
        try:
            await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
            for work in works:
                if work.done():
                    await work
        finally:
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)
            await self._p.bus.unwatch(topic)

    async def tell_the_end(self) -> None:
        """Write the last word where the training is over; where it is another's, that one tells."""
        job = await self._p.store.trainings.job(self._job.job_id)
        if job is not None and job.state.over:
            document = ended_status(job, self._feed, self._p.wall.now(), self._course)
            await self._p.bus.write(registry.ML_TRAINING_STATUS, document)
            get_logger().info("training.ended", job=job.job_id, state=job.state.value)

    @property
    def _feed(self) -> FeedKind:
        return self._p.settings.feed.choice.kind

    def _hear(self, change: Change[MlTrainingStatus]) -> None:
        """Hear at once of a cancel, which the desk writes where all look."""
        told = change.value
        if told is not None and told.job_id == self._job.job_id and told.event == "cancelled":
            self._canceled.set()

    async def _keep(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(KEEP_S):
                    await self._canceled.wait()
            self._canceled.clear()
            with contextlib.suppress(StorageError):
                until = self._p.wall.now() + CLAIM
                if not await self._p.store.trainings.keep(self._job, until):
                    raise _LostError

    async def _tell(self) -> None:
        while True:
            self._news.clear()
            with contextlib.suppress(DisconnectedError):
                document = self._course.status(self._feed, self._p.wall.now())
                await self._p.bus.write(registry.ML_TRAINING_STATUS, document)
            await asyncio.sleep(PACE_S)
            await self._news.wait()

    async def _teach(self) -> None:
        lesson = await self._lesson()
        try:
            async with training_child(lesson) as child:
                get_logger().info("training.process", job=self._job.job_id, pid=child.pid)
                async for line in child.lines():
                    self._take(line)
        except TrainingCrashedError as crashed:
            await self._end(TrainingState.FAILED, str(crashed))
            return
        kept = [await self._stored(one) for one in self._learned]
        records = [record for record in kept if record is not None]
        words = "; ".join(
            [*(_in_words(record) for record in records), *dict.fromkeys(self._lacking)]
        )
        state = TrainingState.DONE if records else TrainingState.FAILED
        if not await self._end(state, words):
            await self._drop(records)
            raise _LostError

    async def _lesson(self) -> Lesson:
        of, settings = self._p.settings.intelligence, self._p.settings
        until = self._p.feed_time.clock.now()
        since = until - of.history
        return Lesson(
            database_url=settings.database(),
            source_key=settings.run.source_key,
            sessions=self._p.sessions.all,
            symbols=tuple(await self._p.symbols()),
            since=since,
            until=until,
            horizons_min=self._job.order.horizons_min,
            trigger=self._job.order.trigger,
            seed=of.seed,
            cost_bp=of.cost_bp,
            threads=max(1, min(THREADS_MAX, (os.cpu_count() or 1) // 2)),
        )

    def _take(self, line: Line) -> None:
        match line:
            case Told():
                self._course.hear(line)
            case Learned(facts=facts):
                self._learned.append(line)
                self._course.event = "horizon_trained"
                self._course.detail = f"{facts.horizon_min} minutes: {line.words}"
            case Lacking():
                self._lacking.append(line.words)
                self._course.detail = f"{line.horizon_min} minutes: {line.words}"
        self._news.set()

    async def _stored(self, one: Learned) -> ModelRecord | None:
        """Keep a model however long PostgreSQL is away; None: it never will take it."""
        while True:
            try:
                return await self._p.store.models.add(one.content, one.facts, self._job.job_id)
            except UnreachableError as away:
                # Whoever keeps the claim ends this when it is another's.
                get_logger().warning("training.not_stored", words=str(away))
            except StorageError as refused:
                words = f"{one.facts.horizon_min} minutes: the model cannot be kept: {refused}"
                self._lacking.append(words)
                get_logger().error("training.not_stored", words=words)
                return None
            await asyncio.sleep(RETRY_S)

    async def _end(self, state: TrainingState, words: str) -> bool:
        while True:
            try:
                ended = await self._p.store.trainings.end(
                    self._job, state, words, self._p.wall.now()
                )
            except UnreachableError as away:
                get_logger().warning("training.not_ended", words=str(away))
            else:
                return ended
            await asyncio.sleep(RETRY_S)

    async def _drop(self, records: Sequence[ModelRecord]) -> None:
        """Take back models whose training was canceled while they were stored."""
        job = await self._p.store.trainings.job(self._job.job_id)
        if job is None or job.state is not TrainingState.CANCELED:
            return
        decision = Decision(self._p.feed_time.clock.now(), "training", job.words)
        for record in records:
            if not record.facts.refused:
                await self._p.store.models.retire(record.model_id, decision)


_SKILL = {
    Skill.PROVEN: "skill proven",
    Skill.NOT_PROVEN: "skill not proven",
    Skill.NO_SKILL: "no skill",
    Skill.WAITING: "not enough data to tell",
}


def _in_words(record: ModelRecord) -> str:
    facts = record.facts
    if facts.refused:
        return f"{record.model_id} is refused: {facts.refused}"
    return f"{record.model_id} is in shadow, {_SKILL[facts.skill]}"


def _complain(task: asyncio.Task[None]) -> None:
    """Say why nobody trains any more, which nobody waits for; the desk hands it on."""
    if not task.cancelled() and (error := task.exception()) is not None:
        get_logger().error("training.died", exc_info=error)
