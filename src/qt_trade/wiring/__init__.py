"""The only place that builds adapters and lays them into the ports they must fit."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from qt_trade.kit.clock import Anchor, Clock
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import Sessions
from qt_trade.market.calendar_memory import remembered_sessions
from qt_trade.market.pacing import Pace
from qt_trade.market.ports import QuoteSource
from qt_trade.model.audit import AuditEntry
from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.instruments import CorporateAction
from qt_trade.model.money import usd
from qt_trade.model.symbols import Symbol
from qt_trade.settings import BrokerKind, FeedChoice, Settings
from qt_trade.storage.actions import ActionStore
from qt_trade.storage.ai_answers import AiAnswerStore
from qt_trade.storage.audit import AuditLog
from qt_trade.storage.backfills import BackfillStore
from qt_trade.storage.bars import BarOrigin, BarStore
from qt_trade.storage.claims import ClaimStore
from qt_trade.storage.database import Database
from qt_trade.storage.dispersions import DispersionStore
from qt_trade.storage.errors import (
    UnreachableError,
)
from qt_trade.storage.journal import Journal
from qt_trade.storage.leases import Leases
from qt_trade.storage.models import ModelStore
from qt_trade.storage.runs import FeedRuns, RunRecord
from qt_trade.storage.tracks import TrackStore
from qt_trade.storage.trainings import TrainingStore
from qt_trade.trading.events import AccountOpened, Event
from qt_trade.trading.records import from_record
from qt_trade.wiring.broker import (
    AnyBroker,
    account_id,
    account_id_at_last,
    far_broker,
    make_broker,
    trading_costs,
    trust,
)
from qt_trade.wiring.leadership import (
    STANDBY_S,
    FencedAudit,
    FencedJournal,
    JournalRefusesError,
    Lead,
    leading,
    once_keys,
)
from qt_trade.wiring.providers import provider_keys

if TYPE_CHECKING:
    from qt_trade.wiring.learning_bars import LearningBars
    from qt_trade.wiring.realtime import RealMarket

__all__ = [
    "AnyBroker",
    "FencedAudit",
    "FencedJournal",
    "JournalRefusesError",
    "Lead",
    "MadeSource",
    "MarketStore",
    "RunFigures",
    "account_id",
    "account_id_at_last",
    "account_opened",
    "exchange_sessions",
    "far_broker",
    "leading",
    "lease_sight",
    "load_events",
    "make_broker",
    "make_source",
    "open_market_store",
    "prepare_run",
    "provider_keys",
    "read_audit",
    "sessions_between",
    "trading_costs",
    "trust",
]


# Market data


def _sessions(settings: Settings, first: date, last: date) -> Sessions:
    """Return the calendar of all days a run may come to: whole years, so that roles share it."""
    before, after = date(first.year - 1, 1, 1), date(last.year + 1, 12, 31)
    return remembered_sessions(before, after, settings.data_dir / "cache")


def exchange_sessions(settings: Settings, around: datetime) -> Sessions:
    """Return the exchange's calendar for a run at that feed time."""
    return _sessions(settings, around.date(), around.date())


def sessions_between(settings: Settings, first: datetime, last: datetime) -> Sessions:
    """Return the exchange's calendar of a span, such as a backfill's."""
    return _sessions(settings, first.date(), last.date())


@dataclass(frozen=True, slots=True)
class MadeSource:
    """A run's source of market data and the calendar of its span. ``real``: where it is real time.

    To be closed.
    """

    source: QuoteSource
    sessions: Sessions
    real: "RealMarket | None" = None

    async def close(self) -> None:
        """Let go of sockets and threads."""
        await self.source.close()
        if self.real is not None:
            await self.real.close()


def make_source(settings: Settings, wall: Clock, anchor: Anchor | None) -> MadeSource:
    """Return the run's source of market data.

    ``anchor``: the clock an earlier streamer of this run left. Raises BadRecordingError, and
    SettingsError for providers that are not set up as they should be.
    """
    feed = settings.feed
    # A clock that runs already says where the feed stands; what was played before is history.
    pace = Pace(wall, asyncio.sleep, feed.speed, feed.start if anchor is None else None, anchor)
    match feed.choice:
        case FeedChoice.REPLAY:
            return MadeSource(*_replay(settings, pace))
        case FeedChoice.SIMULATION:
            return MadeSource(*_simulation(settings, pace))
        case FeedChoice.REALTIME:
            return _real_time(settings, wall)


def _real_time(settings: Settings, wall: Clock) -> MadeSource:
    from qt_trade.wiring.realtime import make_real_market  # noqa: PLC0415  # imports every vendor

    sessions = exchange_sessions(settings, wall.now())
    real = make_real_market(settings, sessions, wall)
    return MadeSource(real.source, sessions, real)


def _replay(settings: Settings, pace: Pace) -> tuple[QuoteSource, Sessions]:
    from qt_trade.market.recording import read_recording  # noqa: PLC0415  # polars takes 200 ms
    from qt_trade.market.replay import ReplaySource, first_quote_at  # noqa: PLC0415

    if settings.feed.source is None:
        raise ValueError("feed.source: a replay needs the file or folder of a recording (--from)")
    recording = read_recording(settings.feed.source)
    sessions = _sessions(settings, recording.first.date(), recording.last.date())
    if pace.start is None and pace.anchor is None:
        # The first minute is history, so that there is a quote from the first moment on.
        pace = replace(pace, start=first_quote_at(recording, sessions))
    return ReplaySource(recording, sessions, pace), sessions


def _simulation(settings: Settings, pace: Pace) -> tuple[QuoteSource, Sessions]:
    from qt_trade.market.simulation import SimulationSource, real_days  # noqa: PLC0415  # numpy

    days = real_days()
    known = [day for bars in days.values() for day in bars]
    sessions = _sessions(settings, max(known), max(known))
    return SimulationSource(days, sessions, pace, settings.feed.seed), sessions


class MarketStore:
    """The worker's memory: bars, models and claims of this run's feed."""

    def __init__(self, database: Database, settings: Settings) -> None:
        kind = settings.feed.choice.kind
        self._database = database
        self._bars = BarStore(database)
        self._origin = BarOrigin(settings.run.source_key, kind, settings.feed.choice)
        self._actions = ActionStore(database)
        self.backfills = BackfillStore(database, settings.run.source_key)
        self.models = ModelStore(database, settings.run.source_key, kind)
        self.trainings = TrainingStore(database, settings.run.source_key)
        self.claims = ClaimStore(database, settings.run.source_key)
        self.ai_answers = AiAnswerStore(database, settings.run.source_key)
        self.tracks = TrackStore(database, settings.run.source_key)
        self.dispersions = DispersionStore(database, settings.run.source_key)

    async def save_bars(self, bars: list[Bar]) -> int:
        """Store bars, idempotently, and return how many were new or better."""
        return await self._bars.store(self._origin, bars)

    async def load_bars(
        self,
        symbol: Symbol,
        interval_s: int,
        *,
        until: datetime,
        since: datetime | None = None,
        limit: int | None = None,
    ) -> list[Bar]:
        """Return the raw bars that had closed by ``until`` (feed time), oldest first."""
        key = self._origin.source_key
        return await self._bars.load(
            key, symbol, until=until, since=since, interval_s=interval_s, limit=limit
        )

    async def save_answer(
        self, provider: str, bars: Sequence[Bar], actions: Sequence[CorporateAction]
    ) -> int:
        """Store what a provider told of the past; return how many bars were new or other."""
        key = self._origin.source_key
        await self._actions.store(key, provider, actions)
        return await self._bars.store(replace(self._origin, provider=provider), bars)

    async def drop_bars(self, interval_s: int, before: datetime) -> int:
        """Let go of bars older than a moment, whole partitions of them; return how many."""
        return await self._bars.drop(self._origin.source_key, interval_s, before)

    async def days_stored(
        self, symbols: Sequence[Symbol], since: datetime, until: datetime
    ) -> list[date]:
        """Return the days on which any of these symbols has bars within the day."""
        return await self._bars.days(self._origin.source_key, symbols, since, until)

    async def load_actions(self, symbol: Symbol) -> list[CorporateAction]:
        """Return a symbol's splits and dividends, oldest first."""
        return await self._actions.load(self._origin.source_key, symbol)

    def learning_bars(self, sessions: Sessions) -> "LearningBars":
        """Return how the stored quarters of an hour of this run's feed are read."""
        from qt_trade.wiring.learning_bars import LearningBars  # noqa: PLC0415  # polars

        return LearningBars(self._database, self._origin.source_key, sessions)

    async def ping(self) -> float:
        """Return the database's round trip in seconds. Raises UnreachableError."""
        return await self._database.ping()

    async def close(self) -> None:
        """Let go of the database."""
        await self._database.close()


def open_market_store(settings: Settings) -> MarketStore:
    """Return the worker's memory."""
    return MarketStore(Database(settings.database(), name="worker"), settings)


# Runs


async def prepare_run(
    database_url: str, source_key: str, kind: FeedKind, *, restart: bool
) -> RunRecord:
    """Bring the tables up to date and decide what a run plays."""
    from qt_trade.storage.migrate import migrate  # noqa: PLC0415  # alembic takes 150 ms

    await migrate(database_url)
    database = Database(database_url, name="up", pool_size=1)
    try:
        return await FeedRuns(database).plan(source_key, kind, restart=restart)
    finally:
        await database.close()


async def read_audit(database_url: str, last: int) -> list[AuditEntry]:
    """Return the newest lines of the audit, oldest first. Raises StorageError."""
    database = Database(database_url, name="audit", pool_size=1)
    try:
        return await AuditLog(database).last(last)
    finally:
        await database.close()


class RunFigures:
    """Counts what a run did, from the journal of its account."""

    def __init__(self, database_url: str, account: str) -> None:
        self._database = Database(database_url, name="up", pool_size=1)
        self._journal = Journal(self._database, account, once_keys)

    async def last_place(self) -> int:
        """Return the place of the newest entry, 0 when there is none."""
        return await self._journal.last_place()

    async def kinds_since(self, place: int) -> list[str]:
        """Return the kinds of all entries behind a place."""
        return [entry.record.kind async for entry in self._journal.read(place)]

    async def close(self) -> None:
        """Let go of the database."""
        await self._database.close()


# Trading


@asynccontextmanager
async def lease_sight(database_url: str) -> AsyncIterator[Callable[[], Awaitable[int | None]]]:
    """Yield a way to look for a living engine: its token, None while there is none."""
    database = Database(database_url, name="watchdog", pool_size=1)
    try:
        leases = Leases(database)
        yield lambda: leases.holding("engine")
    finally:
        await database.close()


async def load_events(journal: FencedJournal) -> list[Event]:
    """Return the account's events, none for a new account; waits while the journal is away."""
    while True:
        try:
            records = await journal.load()
        except UnreachableError as away:
            get_logger().warning("journal.awaited", words=str(away))
            await asyncio.sleep(STANDBY_S)
        else:
            return [from_record(record) for record in records]


async def account_opened(
    settings: Settings, account: str, broker: AnyBroker, wall: Clock, feed: Clock
) -> AccountOpened:
    """Return a new account's first event: what is there already is the broker's to say."""
    cash = usd(settings.paper.starting_cash)
    if settings.broker.kind is not BrokerKind.PAPER:
        cash = (await broker.account()).cash
    return AccountOpened(at=wall.now(), feed_at=feed.now(), account_id=account, cash=cash)
