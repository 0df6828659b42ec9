"""Sits between people and models: takes requests, hands trainings on, tells of every model.

Of all workers one sits at the desk, by a lease: a command has one reader, and documents made
wholly from the database have one writer. It looks up when a training or the score-card changed,
and now and then for a training that is left to itself, because its worker died.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import msgspec

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import DisconnectedError, InvalidMessageError
from qt_trade.contract.payloads.intelligence import MlModels, MlScorecard
from qt_trade.contract.payloads.signals import MlTrainingStatus
from qt_trade.contract.topics import Change
from qt_trade.intelligence.scoring.promotion import surplus
from qt_trade.intelligence.scoring.scoring import Score
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.model.journal import JournalAwayError
from qt_trade.model.models import Decision, ModelRecord
from qt_trade.model.scores import ModelState
from qt_trade.model.trainings import TrainingJob
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.worker.leased_desk import sit_at
from qt_trade.roles.worker.models.board import Board
from qt_trade.roles.worker.models.judge import ModelJudge
from qt_trade.roles.worker.models.requests import ModelRequests, RequestParts
from qt_trade.roles.worker.models.training_board import ended_status, idle_status, waiting_status
from qt_trade.settings import Settings
from qt_trade.storage.errors import StorageError
from qt_trade.wiring.leadership import Lead

LEASE = "models"
LOOK_S = 30.0
"""How often the desk looks when nothing tells it to."""
AGAIN_S = 0.1
"""Not sooner: a claim may be looked at a moment before it ends."""

Scores = Callable[[], Awaitable[Mapping[str, Score]]]
"""Returns what models have shown live, by model id."""


@dataclass(frozen=True, slots=True)
class ModelDeskParts:
    """What the desk works with. ``hand_on``: calls whichever worker is free to train."""

    settings: Settings
    store: wiring.MarketStore
    feed_time: FeedTime
    wall: Clock
    hand_on: Callable[[], Awaitable[None]]
    scores: Scores


class ModelDesk:
    """Serves ``frontend:ml_requests`` and writes ``backend:ml_models`` while its lease is held."""

    def __init__(self, parts: ModelDeskParts) -> None:
        self._p = parts
        self._kind = parts.settings.feed.choice.kind
        self._news = asyncio.Event()
        self._told: tuple[str, str, bool] | None = None
        self._written: MlModels | None = None
        self._log = get_logger()

    async def run(self) -> None:
        """Wait for the lease and sit at the desk, again and again, until cancelled."""
        await sit_at(LEASE, self._p.settings, self._p.wall, self._sit)

    def look(self) -> None:
        """Look up now."""
        self._news.set()

    async def _sit(self, bus: Bus, lead: Lead, group: asyncio.TaskGroup) -> None:
        bus.on_doubt(self._doubt)
        self._doubt()
        await bus.watch(registry.ML_TRAINING_STATUS, self._hear_training)
        await bus.watch(registry.ML_SCORECARD, self._hear_scores)
        parts = self._parts()
        requests = ModelRequests(parts, bus, lead.audit())
        bus.serve(registry.ML_REQUESTS, requests.on_request, requests.reject)
        group.create_task(self._look(bus, ModelJudge(parts, lead.audit())))

    def _parts(self) -> RequestParts:
        p = self._p
        return RequestParts(p.settings, p.store, p.feed_time, p.wall, p.scores, self.look)

    def _doubt(self) -> None:
        """Write everything anew: the server may have lost it."""
        self._written = None
        self._news.set()

    def _hear_training(self, change: Change[MlTrainingStatus]) -> None:
        told = change.value
        now = None if told is None else (told.job_id, told.event, told.active)
        if now != self._told:
            self._told = now
            self._news.set()

    def _hear_scores(self, _change: Change[MlScorecard]) -> None:
        self._news.set()

    async def _look(self, bus: Bus, judge: ModelJudge) -> None:
        while True:
            self._news.clear()
            wait_s = LOOK_S
            try:
                wait_s = await self._trainings(bus)
                await self._models(bus, judge)
            except (StorageError, JournalAwayError, DisconnectedError) as away:
                self._log.warning("model_desk.waits", words=str(away))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._news.wait()

    async def _trainings(self, bus: Bus) -> float:
        """Hand on what nobody works on, and say so; return in how many seconds to look again."""
        now = self._p.wall.now()
        open_ = await self._p.store.trainings.open()
        first = open_[0] if open_ else None
        if first is not None and first.claimed_until is not None and first.claimed_until > now:
            return min(LOOK_S, (first.claimed_until - now).total_seconds() + AGAIN_S)
        last = None if open_ else await self._p.store.trainings.last()
        await self._tell_rest(bus, first or last)
        if first is not None:
            await self._p.hand_on()
        return LOOK_S

    async def _tell_rest(self, bus: Bus, job: TrainingJob | None) -> None:
        """Write ``ml_training_status`` while nobody trains, unless it stands there already."""
        now = self._p.wall.now()
        if job is None:
            document = idle_status(self._kind, now)
        elif job.state.over:
            document = ended_status(job, self._kind, now)
        else:
            document = waiting_status(job, self._kind, now)
        try:
            found = await bus.read(registry.ML_TRAINING_STATUS)
        except InvalidMessageError:
            found = None
        if found is None or _said(found.value) != _said(document):
            await bus.write(registry.ML_TRAINING_STATUS, document)

    async def _models(self, bus: Bus, judge: ModelJudge) -> None:
        """Judge, let go of surplus shadows, and write ``backend:ml_models`` where it has changed."""
        store = self._p.store.models
        records, scores = await store.all(), await self._p.scores()
        if await judge.judge(records, scores):
            records = await store.all()
        gone = surplus([one for one in records if one.state is ModelState.SHADOW])
        for record in gone:
            await self._retire(record)
        if gone:
            records = await store.all()
        board = Board(
            records,
            scores,
            await store.last_changes(),
            self._p.settings.intelligence,
        )
        document = board.document(self._kind, self._p.settings.run.id, self._p.wall.now())
        if self._written is None or _as_of(document, self._written) != self._written:
            await bus.write(registry.ML_MODELS, document)
            self._written = document

    async def _retire(self, record: ModelRecord) -> None:
        words = "newer models wait in the shadow, and older ones are nearer to their judgement"
        decision = Decision(self._p.feed_time.clock.now(), "model desk", words)
        await self._p.store.models.retire(record.model_id, decision)


def _said(status: MlTrainingStatus) -> tuple[str, str, bool]:
    return status.job_id, status.event, status.active


def _as_of(document: MlModels, other: MlModels) -> MlModels:
    """Return a document as if it had been written when the other was."""
    return msgspec.structs.replace(document, ts=other.ts)
