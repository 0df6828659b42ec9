"""The work behind ``qtrade ml train``, ``cancel``, ``promote`` and ``demote``."""

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import typer
from rich.markup import escape
from rich.progress import TaskProgressColumn

from qt_trade.cli import attach
from qt_trade.cli.console import err, print_json, say
from qt_trade.cli.errors import USAGE, RefusalError
from qt_trade.cli.options import Target
from qt_trade.cli.requesting import Course, Following, feed_of, run, show
from qt_trade.contract import registry
from qt_trade.contract.payloads.commands import Reply
from qt_trade.contract.payloads.intelligence import (
    CancelTraining,
    Demote,
    MlRequest,
    Promote,
    Train,
)
from qt_trade.contract.payloads.sessions import Session
from qt_trade.contract.payloads.signals import MlTrainingStatus
from qt_trade.kit.clock import SystemClock
from qt_trade.model.feeds import FeedKind
from qt_trade.model.predictions import HORIZONS_MIN

Wish = Callable[[Session, FeedKind, datetime], MlRequest]

_INTERRUPTED = 130
_OVER = ("finished", "failed", "cancelled")
_UNKNOWN = "it may still be carried out: look at `qtrade ml list`"


def horizons_of(typed: Sequence[int]) -> tuple[int, ...]:
    """Return the horizons that were typed, each once. Raises RefusalError."""
    wrong = [str(minutes) for minutes in typed if minutes not in HORIZONS_MIN]
    if wrong:
        there = ", ".join(str(minutes) for minutes in HORIZONS_MIN)
        raise RefusalError(f"MINUTES: there is no horizon of {', '.join(wrong)}: {there}", USAGE)
    return tuple(dict.fromkeys(typed))


def train(horizons: Sequence[int], target: Target, *, wait: bool, as_json: bool) -> None:
    """Ask for a training and show how it goes; exit code 1 when nothing comes of it."""
    now = SystemClock().now()
    command_id = attach.command_id("train", now)
    following = Following[MlTrainingStatus, MlTrainingStatus](
        partial(_of_job, job_id=command_id), _course, TaskProgressColumn()
    )

    async def work() -> tuple[Reply, MlTrainingStatus | None]:
        async with attach.attached(target) as bus, attach.trader_session(bus) as session:
            request = Train(
                ts=now,
                source="cli",
                feed=await feed_of(bus),
                session_id=session.session_id,
                command_id=command_id,
                horizons_min=tuple(horizons),
            )
            await bus.watch(registry.ML_TRAINING_STATUS, following.on_change)
            reply = await bus.send(registry.ML_REQUESTS, request)
            following.begun = reply.accepted
            if following.begun and not as_json:
                say(escape(reply.reason))
            ended = await following.end(as_json=as_json) if following.begun and wait else None
            return reply, ended

    try:
        reply, ended = run(work, _UNKNOWN)
    except KeyboardInterrupt:
        _let_go(command_id, target, begun=following.begun)
        raise typer.Exit(_INTERRUPTED) from None
    if as_json:
        print_json({"reply": reply, "training": ended})
    if not reply.accepted:
        raise RefusalError(reply.reason)
    if ended is not None and not as_json:
        say(escape(ended.detail))
    if ended is not None and ended.event != "finished":
        raise RefusalError(f"the training {_IN_WORDS[ended.event]}: {ended.detail}")


_IN_WORDS = {"failed": "failed", "cancelled": "was cancelled"}


def _let_go(job_id: str, target: Target, *, begun: bool) -> None:
    """Ask a person who pressed Ctrl-C what is meant by it; in a script the training goes on."""
    if not begun:
        return
    if sys.stdin.isatty() and typer.confirm("Cancel the training, too?", err=True):
        cancel(target, as_json=False, job_id=job_id)
        return
    err.print("the training goes on; `qtrade ml cancel` stops it", highlight=False)


def cancel(target: Target, *, as_json: bool, job_id: str | None = None) -> None:
    """Ask to stop the training that runs, or just this one; exit code 1 when it does not run."""

    async def work() -> Reply:
        async with attach.attached(target) as bus, attach.trader_session(bus) as session:
            found = await bus.read(registry.ML_TRAINING_STATUS)
            if found is None or not found.value.active:
                raise RefusalError("no training runs")
            running = found.value.job_id
            if job_id is not None and running != job_id:
                raise RefusalError("the training is not under way any more")
            feed, now = await feed_of(bus), SystemClock().now()
            request = CancelTraining(
                ts=now,
                source="cli",
                feed=feed,
                session_id=session.session_id,
                command_id=attach.command_id("cancel", now),
                job_id=running,
            )
            return await bus.send(registry.ML_REQUESTS, request)

    show(run(work, _UNKNOWN), as_json=as_json)


def promote(model_id: str, target: Target, *, as_json: bool) -> None:
    """Ask to put a model in use; exit code 1 when that is refused."""

    def wish(session: Session, feed: FeedKind, now: datetime) -> MlRequest:
        return Promote(
            ts=now,
            source="cli",
            feed=feed,
            session_id=session.session_id,
            command_id=attach.command_id("promote", now),
            model_id=model_id,
        )

    show(_sent(wish, target), as_json=as_json)


def demote(model_id: str, target: Target, *, as_json: bool) -> None:
    """Ask to take a model out of use; exit code 1 when that is refused."""

    def wish(session: Session, feed: FeedKind, now: datetime) -> MlRequest:
        return Demote(
            ts=now,
            source="cli",
            feed=feed,
            session_id=session.session_id,
            command_id=attach.command_id("demote", now),
            model_id=model_id,
        )

    show(_sent(wish, target), as_json=as_json)


def _of_job(status: MlTrainingStatus, job_id: str) -> MlTrainingStatus | None:
    """Return the status if it is this training's: it has the id of the command that asked."""
    return status if status.job_id == job_id else None


def _course(status: MlTrainingStatus) -> Course:
    over = status.event in _OVER
    return Course(status.stage, status.progress, 1.0, _progress_words(status), over)


def _progress_words(status: MlTrainingStatus) -> str:
    if status.event in _OVER:
        # The last horizon's figures would seem to be those of all.
        return ""
    right, naive = (status.metrics.get(name) for name in ("hit_rate", "naive_hit_rate"))
    if right is not None and naive is not None:
        return f"{right:.1%} right, naive {naive:.1%}"
    if status.curve is not None and status.curve.validation:
        return f"log loss {status.curve.validation[-1]:.4f}"
    return ""


def _sent(wish: Wish, target: Target) -> Reply:
    async def work() -> Reply:
        async with attach.attached(target) as bus, attach.trader_session(bus) as session:
            request = wish(session, await feed_of(bus), SystemClock().now())
            return await bus.send(registry.ML_REQUESTS, request)

    return run(work, _UNKNOWN)
