"""A training in a process of its own: reads a lesson from stdin, tells and hands over on stdout.

A process rather than a thread of the worker: its memory (some hundred megabytes of bars, features
and LightGBM's bins) goes back to the system, a kill ends it in the middle of a round, whatever
library it is in, what crashes it takes no worker along, and polars and numpy, which hold the
interpreter now and then, hold up no prediction. It ends when its worker does: stdin closes.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import BinaryIO

import msgspec
import polars as pl

from qt_trade.intelligence.features import FEATURES, feature_frame
from qt_trade.intelligence.learning.training import (
    NotEnoughDataError,
    Progress,
    Training,
    TrainingPlan,
    train,
)
from qt_trade.intelligence.peeking import peeking, some_moments
from qt_trade.intelligence.targets import with_targets
from qt_trade.kit.clock import monotonic
from qt_trade.market.calendar import Sessions
from qt_trade.model.models import Gate, ModelFacts
from qt_trade.model.symbols import Symbol
from qt_trade.roles.worker.models.training_lines import Lacking, Learned, Lesson, Line, Told
from qt_trade.wiring.learning_bars import learning_bars

FAMILY = "gbm"
NICE = 10
"""Predictions, prices and the engine come first."""
PACE_S = 0.2
LOADING, FEATURING = 0.02, 0.05
"""Shares of the whole: reading the bars, and making features of them."""


def main() -> int:
    """Train what is asked for on the first line of stdin."""
    os.nice(NICE)
    lesson = msgspec.json.decode(sys.stdin.buffer.readline(), type=Lesson)
    threading.Thread(target=_end_with_worker, daemon=True).start()
    # LightGBM prints past Python; whatever it says goes to stderr, and the pipe stays ours.
    with os.fdopen(os.dup(1), "wb") as pipe:
        os.dup2(2, 1)
        Teacher(lesson, pipe).teach()
    return 0


def _end_with_worker() -> None:
    """End this process when the worker closes the pipe, or dies."""
    # Past Python's buffer, whose lock the interpreter would want at its own end.
    os.read(0, 1)
    os._exit(1)


class Teacher:
    """Trains one horizon after the other and tells how it goes."""

    def __init__(self, lesson: Lesson, pipe: BinaryIO) -> None:
        self._lesson = lesson
        self._pipe = pipe
        self._stage, self._told_at = "", 0.0
        self._untold: Told | None = None
        self._audit: Callable[[], tuple[str, ...]] | None = None

    def teach(self) -> None:
        """Train every horizon there is data for."""
        self._say(Told(horizon_min=0, stage="reads the stored bars", share=0.0))
        bars = asyncio.run(self._bars())
        data = in_words(bars)
        self._say(Told(horizon_min=0, stage="makes features", share=LOADING, data=data))
        if bars.is_empty():
            for horizon_min in self._lesson.horizons_min:
                self._say(Lacking(horizon_min=horizon_min, words="no bars are stored"))
            return
        frame = with_targets(feature_frame(bars), bars, self._lesson.horizons_min)
        self._audit = _auditor(bars, frame, self._lesson.seed)
        for number, horizon_min in enumerate(self._lesson.horizons_min):
            self._horizon(frame, data, horizon_min, number)

    async def _bars(self) -> pl.DataFrame:
        of = self._lesson
        sessions = Sessions(of.sessions, {})
        async with learning_bars(of.database_url, of.source_key, sessions) as stored:
            symbols = [Symbol(name) for name in of.symbols]
            return await stored.load(symbols, of.since, of.until)

    def _horizon(self, frame: pl.DataFrame, data: str, horizon_min: int, number: int) -> None:
        part = (1.0 - FEATURING) / len(self._lesson.horizons_min)

        def report(progress: Progress) -> None:
            share = FEATURING + part * (number + min(1.0, progress.share))
            self._tell(_told(horizon_min, progress, share, data))

        plan = TrainingPlan(
            features=FEATURES,
            audit=self._audit,
            seed=self._lesson.seed,
            cost_bp=self._lesson.cost_bp,
            threads=self._lesson.threads,
        )
        try:
            training = train(frame, horizon_min, plan, report, lambda: False)
        except NotEnoughDataError as lacking:
            self._say(Lacking(horizon_min=horizon_min, words=str(lacking)))
        else:
            content = training.learnt.to_bytes()
            facts = facts_of(training, self._lesson.trigger, self._lesson.until)
            self._say(Learned(content=content, facts=facts, words=training.words))

    def _tell(self, told: Told) -> None:
        """Say how far it is a few times a second, and of every stage its first and its last."""
        if told.stage != self._stage and self._untold is not None:
            self._say(self._untold)
        if told.stage != self._stage or monotonic() - self._told_at >= PACE_S:
            self._stage, self._told_at, self._untold = told.stage, monotonic(), None
            self._say(told)
        else:
            self._untold = told

    def _say(self, line: Line) -> None:
        self._pipe.write(msgspec.json.encode(line) + b"\n")
        self._pipe.flush()


def in_words(bars: pl.DataFrame) -> str:
    """Return what is learnt from, for people to read."""
    priced = bars.filter(pl.col("close").is_not_null())
    if priced.is_empty():
        return "no bars are stored"
    symbols = priced["symbol"].n_unique()
    days: list[date] = priced["session"].unique().sort().to_list()
    return (
        f"{symbols} symbols, {len(days)} sessions from {days[0]} to {days[-1]},"
        f" {len(priced):,} bars of 15 minutes"
    )


def facts_of(training: Training, trigger: str, trained_at: datetime) -> ModelFacts:
    """Return what the registry keeps of a training beside the model's content."""
    learnt = training.learnt
    return ModelFacts(
        family=FAMILY,
        horizon_min=learnt.horizon_min,
        trained_at=trained_at,
        data_from=learnt.data_from,
        data_to=learnt.data_to,
        rows=learnt.rows,
        features=learnt.features,
        parameters=learnt.parameters,
        metrics=learnt.metrics,
        seed=learnt.seed,
        data_hash=learnt.data_hash,
        gates=tuple(Gate(one.name, one.passed, one.words) for one in training.gates),
        skill=training.skill,
        refused=training.refused,
        trigger=trigger,
    )


def _told(horizon_min: int, progress: Progress, share: float, data: str) -> Told:
    return Told(
        horizon_min=horizon_min,
        stage=progress.stage,
        share=share,
        rounds=progress.curve.rounds,
        training=progress.curve.training,
        validation=progress.curve.validation,
        metrics=dict(progress.metrics),
        data=progress.data or data,
        split=progress.split,
    )


def _auditor(bars: pl.DataFrame, frame: pl.DataFrame, seed: int) -> Callable[[], tuple[str, ...]]:
    """Return what looks at a few moments for features that know the future, once for all horizons."""
    return cache(lambda: tuple(peeking(feature_frame, bars, some_moments(frame, seed))))


if __name__ == "__main__":
    sys.exit(main())
