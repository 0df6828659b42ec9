"""The work behind ``qtrade data backfill``, ``cancel`` and ``status``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Self, TypeVar

from rich.markup import escape
from rich.progress import MofNCompleteColumn

from qt_trade.cli import attach
from qt_trade.cli.console import print_json, print_table, say
from qt_trade.cli.errors import USAGE, RefusalError
from qt_trade.cli.options import Target
from qt_trade.cli.reporting import NEW_YORK
from qt_trade.cli.requesting import Course, Following, feed_of, run, show
from qt_trade.cli.watchlist_tools import named
from qt_trade.contract import registry
from qt_trade.contract.payloads.commands import Reply
from qt_trade.contract.payloads.history import (
    Backfill,
    BackfillJob,
    BackfillState,
    CancelBackfill,
    DataRequest,
    DataStatus,
    Holding,
    Interval,
)
from qt_trade.contract.payloads.sessions import Session
from qt_trade.kit.clock import SystemClock
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol

LOOK_BACK = {
    Interval.MIN_1: timedelta(days=5),
    Interval.MIN_5: timedelta(days=58),
    Interval.MIN_15: timedelta(days=58),
    Interval.DAY_1: timedelta(days=730),
}
T = TypeVar("T")
_NOTHING = "–"
_STORED = ("Interval", "#Symbols", "#Bars", "First", "Last", "#Gaps")
_JOBS = ("Job", "By", "Interval", "From", "To", "State", "#Done", "#Bars", "")
_OVER = (BackfillState.DONE, BackfillState.CANCELED, BackfillState.FAILED)
_UNKNOWN = "it may still be taken up: look at `qtrade data status`"


@dataclass(frozen=True, slots=True)
class Asked:
    """What to fetch, as it was typed."""

    symbols: Sequence[Symbol]
    interval: Interval
    since: date
    until: date

    @classmethod
    def read(
        cls,
        symbols: Sequence[str],
        interval: Interval,
        since: datetime | None,
        until: datetime | None,
    ) -> Self:
        """Read what was typed. Raises RefusalError that names the option."""
        today = SystemClock().now().astimezone(NEW_YORK).date()
        last = today if until is None else until.date()
        first = last - LOOK_BACK[interval] if since is None else since.date()
        if first > last:
            raise RefusalError("--since is after --until", USAGE)
        if last > today:
            raise RefusalError(f"--until is {last}; the future is nowhere stored", USAGE)
        return cls(named(symbols), interval, first, last)


def backfill(asked: Asked, target: Target, *, wait: bool, as_json: bool) -> None:
    """Ask for a backfill, and show how it goes; exit code 1 when it is refused or fails."""

    async def work() -> tuple[Reply, BackfillJob | None]:
        async with attach.attached(target) as bus, attach.trader_session(bus) as session:
            feed = await feed_of(bus)
            now = SystemClock().now()
            request = Backfill(
                ts=now,
                source="cli",
                feed=feed,
                session_id=session.session_id,
                command_id=attach.command_id("backfill", now),
                symbols=tuple(asked.symbols),
                interval=asked.interval,
                since=asked.since,
                until=asked.until,
            )
            following = Following[DataStatus, BackfillJob](
                partial(_job_of, job_id=request.command_id), _course, MofNCompleteColumn()
            )
            await bus.watch(registry.DATA_STATUS, following.on_change)
            reply = await bus.send(registry.DATA_REQUESTS, request)
            ended = await following.end(as_json=as_json) if reply.accepted and wait else None
            return reply, ended

    reply, ended = run(work, _UNKNOWN)
    if as_json:
        print_json({"reply": reply, "job": ended})
    if not reply.accepted:
        raise RefusalError(reply.reason)
    if not as_json:
        say(escape(reply.reason if ended is None else _told(ended)))
    if ended is not None and ended.state is BackfillState.FAILED:
        raise RefusalError(ended.words)


def cancel(job_id: str, target: Target, *, as_json: bool) -> None:
    """Ask to stop a backfill; exit code 1 when that is refused."""

    async def work() -> Reply:
        async with attach.attached(target) as bus, attach.trader_session(bus) as session:
            feed = await feed_of(bus)
            return await bus.send(registry.DATA_REQUESTS, _canceling(job_id, session, feed))

    show(run(work, _UNKNOWN), as_json=as_json)


def _canceling(job_id: str, session: Session, feed: FeedKind) -> DataRequest:
    now = SystemClock().now()
    return CancelBackfill(
        ts=now,
        source="cli",
        feed=feed,
        session_id=session.session_id,
        command_id=attach.command_id("cancel", now),
        job_id=job_id,
    )


def status(target: Target, *, as_json: bool) -> None:
    """Print what is stored and how backfills go."""

    async def look() -> DataStatus | None:
        async with attach.attached(target) as bus:
            found = await bus.read(registry.DATA_STATUS)
            return None if found is None else found.value

    told = attach.run(look)
    if told is None:
        raise RefusalError("no worker has written backend:data_status yet; does one run?")
    if as_json:
        print_json(told)
        return
    rows = [_holding(name, one) for name, one in told.holdings.items()]
    print_table(f"Stored ({told.feed})", _STORED, rows)
    if told.jobs:
        print_table("Backfills, newest first", _JOBS, [_job(one) for one in told.jobs])


def _holding(name: Interval, one: Holding) -> tuple[str, ...]:
    return (
        name, f"{one.symbols:,}", f"{one.bars:,}", _moment(one.first), _moment(one.last),
        f"{one.gaps:,}",
    )  # fmt: skip


def _job(one: BackfillJob) -> tuple[str, ...]:
    return (
        one.job_id, one.asked_by, one.interval, f"{one.since}", f"{one.until}",
        one.state.lower(), f"{one.done} of {one.total}", f"{one.bars:,}", one.words,
    )  # fmt: skip


def _moment(at: datetime | None) -> str:
    return _NOTHING if at is None else f"{at.astimezone(NEW_YORK):%Y-%m-%d %H:%M} ET"


def _told(job: BackfillJob) -> str:
    words = f"{job.job_id}: {job.state.lower()}, {job.bars:,} bars stored"
    return f"{words}; {job.words}" if job.words else words


def _job_of(told: DataStatus, job_id: str) -> BackfillJob | None:
    """Return a job: it has the id of the command that asked for it."""
    return next((one for one in told.jobs if one.job_id == job_id), None)


def _course(job: BackfillJob) -> Course:
    words = f"{job.bars:,} bars {job.words}"
    return Course(job.state.lower(), job.done, job.total or None, words, job.state in _OVER)
