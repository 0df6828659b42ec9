"""Carrying out backfills: span by span, through the shared budgets, beside the jobs.

A job is handed to a worker by Celery and goes on in its event loop, so that no prediction and no
trading cycle waits for it. What there is to do stands in PostgreSQL: a worker that dies leaves its
span claimed for CLAIM, and the desk (``backfill_desk``) hands the job on when that is over.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import NEW_YORK, Session, Sessions
from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    MarketDataError,
    NotInPlanError,
    RateLimitedError,
    RestingError,
    UnknownSymbolError,
    UnreachableError,
)
from qt_trade.market.gaps import Gap, Span, find_gaps, requests
from qt_trade.market.provider import BarsAnswer, Provider
from qt_trade.market.reach import longest, who_has
from qt_trade.model.backfills import BackfillOrder, BackfillSpan
from qt_trade.model.bars import Bar
from qt_trade.model.instruments import CorporateAction
from qt_trade.model.quotas import LedgerAwayError
from qt_trade.model.symbols import Symbol
from qt_trade.storage.backfills import BackfillStore
from qt_trade.storage.errors import StorageError

CLAIM = timedelta(minutes=5)
"""Longer than a span takes."""
LATER = timedelta(minutes=1)
"""After a failure that may pass."""
ATTEMPTS = 5
SETTLED = timedelta(days=1)
"""What is younger and did not come may still come: plans tell late, some of a day in the evening."""


class PastStore(Protocol):
    """Where this run's history is kept."""

    @property
    def backfills(self) -> BackfillStore:
        """Jobs, spans and what was asked for."""
        ...

    async def save_answer(
        self, provider: str, bars: Sequence[Bar], actions: Sequence[CorporateAction]
    ) -> int:
        """Store what a provider told; return how many bars were new or other."""
        ...


@dataclass(frozen=True, slots=True)
class BackfillParts:
    """What backfills are carried out with. ``changed``: called whenever progress was made."""

    store: PastStore
    providers: Mapping[str, Provider]
    sessions: Callable[[datetime, datetime], Awaitable[Sessions]]
    wall: Clock
    changed: Callable[[], None]


class Backfills:
    """The jobs that this worker works on."""

    def __init__(self, parts: BackfillParts) -> None:
        self._p = parts
        self._running: dict[str, asyncio.Task[None]] = {}
        self._log = get_logger()

    def begin(self, job_id: str) -> None:
        """Work on a job until it is over or has to wait; nobody waits for it."""
        before = self._running.get(job_id)
        if before is None or before.done():
            self._running[job_id] = asyncio.create_task(self._run(job_id))

    async def ended(self) -> None:
        """Return when what is under way has come to an end, or has to wait."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def close(self) -> None:
        """Give up what is under way; the next worker goes on with it."""
        for task in self._running.values():
            task.cancel()
        await self.ended()

    async def gaps(
        self, symbol: Symbol, interval_s: int, since: datetime, until: datetime
    ) -> list[Gap]:
        """Return what is missing of a symbol in a span, as nobody was asked for it yet."""
        store = self._p.store.backfills
        sessions = _of_days(await self._p.sessions(since, until), since, until)
        stored = await store.starts(symbol, interval_s, since, until)
        covered = [Span(*ends) for ends in await store.covered(symbol, interval_s)]
        return find_gaps(sessions, interval_s, stored, covered, until=self._p.wall.now())

    async def _run(self, job_id: str) -> None:
        try:
            await self._work(job_id)
        except StorageError as away:
            # Claimed spans are free again after CLAIM.
            self._log.warning("backfill.waits", job=job_id, words=str(away))
        finally:
            self._p.changed()

    async def _work(self, job_id: str) -> None:
        store, now = self._p.store.backfills, self._p.wall.now
        found = await store.job(job_id)
        if found is None or found.state.over:
            return
        if not found.planned:
            await store.plan(job_id, await self._planned(found.order), now())
        while (span := await store.take(job_id, now(), CLAIM)) is not None:
            self._p.changed()
            await self._do(span, found.order.interval_s)
        state = await store.settle(job_id, now())
        self._log.info("backfill.settled", job=job_id, state=state.value)

    async def _planned(self, order: BackfillOrder) -> list[BackfillSpan]:
        since, until = ends_of(order)
        spans: list[BackfillSpan] = []
        for symbol in order.symbols:
            gaps = await self.gaps(symbol, order.interval_s, since, until)
            for span in requests(gaps, longest(order.interval_s)):
                number = len(spans)
                spans.append(BackfillSpan(order.job_id, number, symbol, span.since, span.until))
        return spans

    async def _do(self, span: BackfillSpan, interval_s: int) -> None:
        store, now = self._p.store.backfills, self._p.wall.now()
        plans = {name: provider.plan for name, provider in self._p.providers.items()}
        names = who_has(plans, interval_s, span.since, now)
        words = [f"no provider has bars of {interval_s} s from {span.since:%Y-%m-%d} on"]
        later: timedelta | None = None
        limited = False
        for name in names:
            try:
                answer = await self._p.providers[name].bars(
                    span.symbol, interval_s, span.since, span.until
                )
            except (MarketDataError, LedgerAwayError) as error:
                words.append(str(error))
                later = _sooner(later, _wait(error))
                limited = limited or isinstance(error, RateLimitedError | RestingError)
            else:
                await self._keep(span, interval_s, name, answer)
                return
        told = "; ".join(words[1:] or words)
        # A budget that is used up comes back for certain; a server that is broken may not.
        if later is not None and (limited or span.attempts < ATTEMPTS):
            await store.wait(span, now + later, told)
        else:
            await store.fail(span, f"{span.symbol}: {told}")

    async def _keep(
        self, span: BackfillSpan, interval_s: int, name: str, answer: BarsAnswer
    ) -> None:
        store = self._p.store.backfills
        changed = await self._p.store.save_answer(name, answer.bars, answer.actions)
        now = self._p.wall.now()
        settled = min(span.until, now - SETTLED)
        if span.since < settled:
            asked = (span.since, settled, now, len(answer.bars))
            await store.cover(span.symbol, interval_s, name, *asked)
        await store.done(span, name, changed, "")


def ends_of(order: BackfillOrder) -> tuple[datetime, datetime]:
    """Return when an order's first day begins and its last one ends, in New York."""
    first = datetime(order.since.year, order.since.month, order.since.day, tzinfo=NEW_YORK)
    last = datetime(order.until.year, order.until.month, order.until.day, tzinfo=NEW_YORK)
    return first, last + timedelta(days=1)


def _of_days(sessions: Sessions, since: datetime, until: datetime) -> list[Session]:
    return [one for one in sessions.all if since <= one.open < until]


def _wait(error: Exception) -> timedelta | None:
    """Return after how long it may go better; None: never."""
    match error:
        case RateLimitedError(retry_after_s=seconds) | RestingError(retry_after_s=seconds):
            return timedelta(seconds=max(1.0, seconds))
        case UnreachableError() | BadAnswerError() | LedgerAwayError():
            return LATER
        case KeyRefusedError() | NotInPlanError() | UnknownSymbolError():
            return None
        case _:
            return LATER


def _sooner(one: timedelta | None, other: timedelta | None) -> timedelta | None:
    waits = [wait for wait in (one, other) if wait is not None]
    return min(waits, default=None)
