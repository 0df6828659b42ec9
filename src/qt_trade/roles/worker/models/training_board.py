"""``ml_training_status``: what the trainer does, from its first word to its last."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from qt_trade.contract.payloads.base import WORDS_LENGTH_MAX
from qt_trade.contract.payloads.signals import Curve, MlTrainingStatus
from qt_trade.model.feeds import FeedKind
from qt_trade.model.trainings import TrainingJob, TrainingState
from qt_trade.roles.worker.models.training_lines import Told
from qt_trade.roles.worker.payloads import SOURCE

Event = Literal["none", "start", "horizon_trained", "finished", "failed", "cancelled"]

LOSS = "log loss of the direction"
STEADY = 0.04
"""Only after this share of the work is it said how long the rest will take."""

_ENDS: dict[TrainingState, Event] = {
    TrainingState.DONE: "finished",
    TrainingState.FAILED: "failed",
    TrainingState.CANCELED: "cancelled",
}


@dataclass(slots=True)
class Course:
    """A training under way, as its worker knows it. ``told``: the process's last word."""

    job: TrainingJob
    begun: datetime
    costs: str
    told: Told = field(default_factory=lambda: Told(horizon_min=0, stage="begins", share=0.0))
    event: Event = "start"
    detail: str = ""

    def hear(self, told: Told) -> None:
        """Take over what was told; the last curve of a horizon is shown until there is another."""
        before = self.told
        if before.rounds and not told.rounds and before.horizon_min == told.horizon_min:
            told = msgspec.structs.replace(
                told,
                rounds=before.rounds,
                training=before.training,
                validation=before.validation,
            )
        self.told = told

    def status(self, feed: FeedKind, now: datetime) -> MlTrainingStatus:
        """Return the document as it is now."""
        told = self.told
        of = f"{told.horizon_min} minutes: " if told.horizon_min else ""
        again = f"taken up for the {self.job.attempts}. time: its worker was lost"
        return MlTrainingStatus(
            ts=now,
            source=SOURCE,
            feed=feed,
            active=True,
            job_id=self.job.job_id,
            stage=of + told.stage,
            progress=min(1.0, max(0.0, told.share)),
            trigger=self.job.order.trigger,
            event=self.event,
            detail=self.detail or (again if self.job.attempts > 1 else ""),
            started=self.begun,
            updated=now,
            metrics=told.metrics,
            curve=_curve(told),
            loss=LOSS if told.rounds else "",
            data=told.data,
            split=told.split,
            costs=self.costs,
            left_s=_left_s(told.share, now - self.begun),
        )


def ended_status(
    job: TrainingJob, feed: FeedKind, now: datetime, course: Course | None = None
) -> MlTrainingStatus:
    """Return the document of a training that is over; ``course``: where its worker is at hand."""
    last = None if course is None else course.told
    return _resting(
        feed, now,
        job=job,
        stage=job.state.value.lower(),
        progress=1.0 if job.state is TrainingState.DONE else 0.0 if last is None else last.share,
        event=_ENDS[job.state],
        detail=job.words,
        last=last,
        costs="" if course is None else course.costs,
    )  # fmt: skip


def waiting_status(job: TrainingJob, feed: FeedKind, now: datetime) -> MlTrainingStatus:
    """Return the document of a training that no worker has taken up yet."""
    lost = job.state is TrainingState.RUNNING
    stage = "its worker was lost; another one will begin it anew" if lost else "waits for a worker"
    return _resting(feed, now, job=job, stage=stage, progress=0.0, event="start", detail="")


def idle_status(feed: FeedKind, now: datetime) -> MlTrainingStatus:
    """Return the document where nothing was ever trained."""
    detail = "nothing was trained on this feed yet"
    return _resting(feed, now, job=None, stage="none", progress=0.0, event="none", detail=detail)


def _resting(
    feed: FeedKind, now: datetime, *, job: TrainingJob | None, stage: str, progress: float,
    event: Event, detail: str, last: Told | None = None, costs: str = "",
) -> MlTrainingStatus:  # fmt: skip
    ended = None if job is None else job.ended
    return MlTrainingStatus(
        ts=now,
        source=SOURCE,
        feed=feed,
        active=False,
        job_id="" if job is None else job.job_id,
        stage=stage,
        progress=progress,
        trigger="" if job is None else job.order.trigger,
        event=event,
        detail=detail[:WORDS_LENGTH_MAX],
        started=None if job is None else job.begun,
        updated=ended or now,
        metrics={} if last is None else last.metrics,
        curve=None if last is None else _curve(last),
        loss=LOSS if last is not None and last.rounds else "",
        data="" if last is None else last.data,
        split="" if last is None else last.split,
        costs=costs,
        left_s=None,
    )


def _curve(told: Told) -> Curve | None:
    if not told.rounds:
        return None
    return Curve(rounds=told.rounds, training=told.training, validation=told.validation)


def _left_s(share: float, elapsed: timedelta) -> float | None:
    if share < STEADY:
        return None
    return round(elapsed.total_seconds() * (1.0 - share) / share, 1)
