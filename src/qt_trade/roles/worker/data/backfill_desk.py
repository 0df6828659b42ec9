"""Takes requests of data, and hands backfills on to the workers.

Of all workers one sits at the desk, by a lease: a command has one reader. Whoever it hands a job
to, it looks now and then whether a job is left to itself, because its worker died or had to wait.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.consumer import Rejection, TryAgainError
from qt_trade.contract.payloads.commands import Reply
from qt_trade.contract.payloads.history import Backfill, CancelBackfill, DataRequest
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import NEW_YORK
from qt_trade.model.backfills import BackfillOrder
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol
from qt_trade.roles.worker.leased_desk import sit_at
from qt_trade.roles.worker.payloads import SOURCE
from qt_trade.settings import Settings
from qt_trade.storage.backfills import BackfillStore
from qt_trade.storage.errors import StorageError
from qt_trade.wiring.leadership import Lead

LEASE = "data"
LOOK_S = 30.0
"""How often the desk looks for jobs that are left to themselves."""
YEARS_MAX = {60: 5, 300: 5, 900: 10, 86_400: 40}


@dataclass(frozen=True, slots=True)
class DeskParts:
    """What the desk works with.

    ``hand_on``: gives a job to whichever worker is free. ``watched``: what an order for no symbol
    means. ``changed``: called when a job came in or was canceled.
    """

    settings: Settings
    store: BackfillStore
    wall: Clock
    hand_on: Callable[[str], Awaitable[None]]
    watched: Callable[[], Awaitable[Sequence[Symbol]]]
    changed: Callable[[], None]


class BackfillDesk:
    """Serves ``frontend:data_requests`` while its lease is held."""

    def __init__(self, parts: DeskParts) -> None:
        self._p = parts
        self._kind = parts.settings.feed.choice.kind
        self._bus: Bus | None = None
        self._news = asyncio.Event()
        self._log = get_logger()

    async def run(self) -> None:
        """Wait for the lease and sit at the desk, again and again, until cancelled."""
        await sit_at(LEASE, self._p.settings, self._p.wall, self._sit)

    async def _sit(self, bus: Bus, _lead: Lead, group: asyncio.TaskGroup) -> None:
        self._bus = bus
        bus.serve(registry.DATA_REQUESTS, self.on_request, self.reject)
        group.create_task(self._hand_on())

    async def on_request(self, request: DataRequest) -> Reply:
        """Keep an order, or cancel one. Raises TryAgainError while PostgreSQL is away."""
        try:
            words = await self._objection(request)
            if words:
                return self._reply(request.command_id, words, accepted=False)
            match request:
                case Backfill():
                    return await self._backfill(request)
                case CancelBackfill():
                    return await self._cancel(request)
        except StorageError as away:
            raise TryAgainError(str(away)) from away

    def reject(self, rejection: Rejection) -> Reply:
        """Answer what cannot even be read."""
        return self._reply(rejection.command_id, rejection.reason, accepted=False)

    async def _objection(self, request: DataRequest) -> str:
        if self._kind is not FeedKind.REAL_TIME:
            return f"this run is {self._kind}: nobody can be asked for its past"
        if request.feed is not self._kind:
            return f"feed: the request was meant for {request.feed}, this run is {self._kind}"
        if self._bus is not None:
            session = await self._bus.read(registry.SESSION, request.session_id)
            if session is None:
                return f"session_id: there is no living session {request.session_id}"
        return self._wrong_span(request) if isinstance(request, Backfill) else ""

    def _wrong_span(self, request: Backfill) -> str:
        today = self._p.wall.now().astimezone(NEW_YORK).date()
        if request.since > request.until:
            return f"since: {request.since} is after until, {request.until}"
        if request.until > today:
            return f"until: {request.until} is still to come; today is {today}"
        years = YEARS_MAX[request.interval.seconds]
        if request.since < today - timedelta(days=366 * years):
            return f"since: bars of {request.interval} are fetched for at most {years} years"
        return ""

    async def _backfill(self, request: Backfill) -> Reply:
        symbols = tuple(Symbol(name) for name in dict.fromkeys(request.symbols))
        symbols = symbols or tuple(await self._p.watched())
        if not symbols:
            return self._reply(request.command_id, "symbols: none is watched", accepted=False)
        order = BackfillOrder(
            job_id=request.command_id,
            asked_by=request.session_id,
            symbols=symbols,
            interval_s=request.interval.seconds,
            since=request.since,
            until=request.until,
        )
        new = await self._p.store.add(order, self._p.wall.now())
        self._news.set()
        self._p.changed()
        words = f"backfill of {len(symbols)} symbols" if new else "this backfill is known already"
        return self._reply(request.command_id, f"{words}: {order.job_id}", accepted=True)

    async def _cancel(self, request: CancelBackfill) -> Reply:
        words = f"canceled by {request.session_id}"
        before = await self._p.store.cancel(request.job_id, self._p.wall.now(), words)
        self._p.changed()
        if before is None:
            reason = f"job_id: there is no backfill {request.job_id}"
        elif before.over:
            reason = f"job_id: {request.job_id} is over already: {before.value.lower()}"
        else:
            return self._reply(request.command_id, f"{request.job_id} is canceled", accepted=True)
        return self._reply(request.command_id, reason, accepted=False)

    def _reply(self, command_id: str, reason: str, *, accepted: bool) -> Reply:
        return Reply(
            ts=self._p.wall.now(),
            source=SOURCE,
            feed=self._kind,
            command_id=command_id,
            accepted=accepted,
            reason=reason,
            order_id=None,
            verdicts=(),
        )

    async def _hand_on(self) -> None:
        """Give every job that can go on to a worker, at once when it is new."""
        while True:
            wait_s = LOOK_S
            try:
                now = self._p.wall.now()
                jobs, next_at = await self._p.store.due(now)
                for job_id in jobs:
                    await self._p.hand_on(job_id)
                if next_at is not None:
                    wait_s = min(LOOK_S, max(0.1, (next_at - now).total_seconds()))
            except StorageError as away:
                self._log.warning("data_desk.waits", words=str(away))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._news.wait()
            self._news.clear()
