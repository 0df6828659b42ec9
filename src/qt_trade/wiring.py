"""The only place that builds adapters and lays them into the ports they must fit."""

import asyncio
import random
from collections.abc import AsyncIterator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import date, datetime

from qt_trade.brokers.paper import PaperBroker
from qt_trade.kit.clock import Anchor, Clock, monotonic
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import Sessions
from qt_trade.market.calendar_memory import remembered_sessions
from qt_trade.market.pacing import Pace
from qt_trade.market.ports import QuoteSource
from qt_trade.model.audit import AuditEntry, KeptSetting
from qt_trade.model.bars import Bar
from qt_trade.model.costs import TradingCosts
from qt_trade.model.feeds import FeedKind
from qt_trade.model.journal import JournalAwayError, JournalRecord
from qt_trade.model.money import usd
from qt_trade.model.predictions import Prediction
from qt_trade.model.symbols import Symbol
from qt_trade.settings import FeedChoice, Settings
from qt_trade.storage.audit import AuditLog
from qt_trade.storage.bars import BarOrigin, BarStore
from qt_trade.storage.database import Database
from qt_trade.storage.errors import (
    DuplicateError,
    InvalidValueError,
    UncertainError,
    UnreachableError,
)
from qt_trade.storage.journal import Journal, OnceKeys
from qt_trade.storage.leases import Fence, Leases
from qt_trade.storage.predictions import PredictionStore
from qt_trade.storage.runs import FeedRuns, RunRecord
from qt_trade.trading.events import AccountOpened, CommandAnswered, Event, OrderFilled
from qt_trade.trading.records import from_record

LEASE_TTL_S = 6.0
RENEW_S = 2.0
STANDBY_S = 0.5
"""How often a standby asks whether the lease is free; the database's clock decides."""


# Market data


def _sessions(settings: Settings, first: date, last: date) -> Sessions:
    """Return the calendar of all days a run may come to: whole years, so that roles share it."""
    before, after = date(first.year - 1, 1, 1), date(last.year + 1, 12, 31)
    return remembered_sessions(before, after, settings.data_dir / "cache")


def exchange_sessions(settings: Settings, around: datetime) -> Sessions:
    """Return the exchange's calendar for a run at that feed time."""
    return _sessions(settings, around.date(), around.date())


def make_source(
    settings: Settings, wall: Clock, anchor: Anchor | None
) -> tuple[QuoteSource, Sessions]:
    """Return the run's source of market data and the calendar of its span.

    ``anchor``: the clock an earlier streamer of this run left. Raises BadRecordingError.
    """
    feed = settings.feed
    # A clock that runs already says where the feed stands; what was played before is history.
    pace = Pace(wall, asyncio.sleep, feed.speed, feed.start if anchor is None else None, anchor)
    match feed.choice:
        case FeedChoice.REPLAY:
            return _replay(settings, pace)
        case FeedChoice.SIMULATION:
            return _simulation(settings, pace)
        case FeedChoice.REALTIME:
            return _yahoo(settings, wall)


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


def _yahoo(settings: Settings, wall: Clock) -> tuple[QuoteSource, Sessions]:
    from qt_trade.market.providers.yahoo import YahooSource  # noqa: PLC0415  # yfinance takes 1 s
    from qt_trade.market.providers.yahoo_charts import YahooAccess  # noqa: PLC0415

    yahoo = settings.yahoo
    sessions = exchange_sessions(settings, wall.now())
    access = YahooAccess(base_url=yahoo.base_url, cache_dir=str(settings.data_dir / "yahoo"))
    if yahoo.stream_url is not None:
        access = replace(access, stream_url=yahoo.stream_url)
    symbols = [Symbol(text) for text in settings.feed.symbols]
    source = YahooSource(
        symbols, sessions, access, wall=wall, sleep=asyncio.sleep, rng=random.SystemRandom()
    )
    return source, sessions


class MarketStore:
    """The worker's memory: bars and predictions of this run's feed."""

    def __init__(self, database: Database, settings: Settings) -> None:
        kind = settings.feed.choice.kind
        self._database = database
        self._bars = BarStore(database)
        self._origin = BarOrigin(settings.run.source_key, kind, settings.feed.choice)
        self._predictions = PredictionStore(database, settings.run.source_key, kind)

    async def save_bars(self, bars: list[Bar]) -> int:
        """Store bars, idempotently, and return how many were new or better."""
        return await self._bars.store(self._origin, bars)

    async def save_predictions(self, predictions: list[Prediction]) -> None:
        """Store predictions, idempotently."""
        await self._predictions.store(predictions)

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


# Leadership and the journal


def once_keys(record: JournalRecord) -> OnceKeys:
    """Say what a record may be the only one of: the answer to a command, a fill."""
    if record.kind == CommandAnswered.__name__:
        return OnceKeys(answers=record.command_id)
    if record.kind == OrderFilled.__name__:
        event = from_record(record)
        if isinstance(event, OrderFilled):
            return OnceKeys(fill_id=event.fill.fill_id)
    return OnceKeys()


class JournalRefusesError(Exception):
    """The journal will never take these records: none is stored, nothing happened."""


class FencedJournal:
    """The journal of one account, written only while the lease is ours."""

    def __init__(self, journal: Journal, fence: Fence) -> None:
        self._journal = journal
        self._fence = fence

    async def append(self, records: Sequence[JournalRecord]) -> None:
        """Store all records in one transaction.

        Raises JournalAwayError when surely none was stored, and JournalRefusesError when none ever
        will be (a command answered so long ago that the account forgot it, a value PostgreSQL does
        not take); any other error leaves it in doubt.
        """
        try:
            await self._journal.append(records, self._fence)
        except UncertainError:
            raise
        except UnreachableError as away:
            raise JournalAwayError(str(away)) from away
        except (DuplicateError, InvalidValueError) as refused:
            raise JournalRefusesError(str(refused)) from refused

    async def load(self) -> list[JournalRecord]:
        """Return every record of the account, oldest first."""
        return [entry.record async for entry in self._journal.read()]


class FencedAudit:
    """The audit, the kept settings and the control's tokens, written only while we lead.

    Every method raises JournalAwayError while the database is away.
    """

    def __init__(self, audit: AuditLog, fence: Fence) -> None:
        self._audit = audit
        self._fence = fence

    async def add(self, entries: Sequence[AuditEntry], kept: Sequence[KeptSetting]) -> None:
        """Store entries and settings together; after an error perhaps, so that twice may be.

        Raises FencedError, too, when the lease is another's.
        """
        with _or_away():
            await self._audit.add(entries, kept, self._fence)

    async def kept_settings(self) -> dict[str, str]:
        """Return the JSON of every setting as it was last accepted, by its key."""
        with _or_away():
            return {one.key: one.body for one in await self._audit.kept_settings()}

    async def open_sessions(self) -> list[AuditEntry]:
        """Return how each session was opened that has not ended yet."""
        with _or_away():
            return await self._audit.open_sessions()

    async def revoked(self) -> list[AuditEntry]:
        """Return every revocation, oldest first."""
        with _or_away():
            return await self._audit.revoked()

    async def next_control_token(self) -> int:
        """Return a token greater than every one before."""
        with _or_away():
            return await self._audit.next_control_token()


@contextmanager
def _or_away() -> Generator[None]:
    try:
        yield
    except UnreachableError as away:
        raise JournalAwayError(str(away)) from away


class Lead:
    """A held lease, with what only its holder may use."""

    def __init__(self, database: Database, leases: Leases, fence: Fence) -> None:
        self._database = database
        self._leases = leases
        self._fence = fence

    def journal(self, account: str) -> FencedJournal:
        """Return the journal of an account."""
        return FencedJournal(Journal(self._database, account, once_keys), self._fence)

    def audit(self) -> FencedAudit:
        """Return the audit and what is kept with it."""
        return FencedAudit(AuditLog(self._database), self._fence)

    def runs(self) -> FeedRuns:
        """Return the laps of the feeds."""
        return FeedRuns(self._database)

    async def ping(self) -> float:
        """Return the database's round trip in seconds. Raises JournalAwayError."""
        with _or_away():
            return await self._database.ping()

    async def commit(self) -> float:
        """Commit something that changes nothing, the lease's next seconds; return how long it took.

        Raises FencedError when another holds the lease, JournalAwayError.
        """
        begun = monotonic()
        try:
            await self._leases.renew(self._fence)
        except UnreachableError as away:
            raise JournalAwayError(str(away)) from away
        return monotonic() - begun

    async def keep(self) -> None:
        """Renew the lease until cancelled.

        Raises FencedError when another took it. While the database is away nobody can take it,
        and nothing can be journalled, so there is nothing to do but to try again.
        """
        log = get_logger()
        while True:
            await asyncio.sleep(RENEW_S)
            try:
                await self._leases.renew(self._fence)
            except UnreachableError as away:
                log.warning("lease.not_renewed", lease=self._fence.role, words=str(away))


@asynccontextmanager
async def leading(role: str, settings: Settings) -> AsyncIterator[Lead]:
    """Wait for the role's lease, hold it for the block, and give it back.

    The holder is named after the run: a role that its supervisor starts again takes over at once
    from its dead predecessor, another run's has to wait until the lease expires.
    """
    database = Database(settings.database(), name=role)
    leases = Leases(database)
    try:
        fence = await _take(leases, role, settings.run.id)
        get_logger().info("lease.taken", lease=role, token=fence.token)
        try:
            yield Lead(database, leases, fence)
        finally:
            await asyncio.shield(_release(leases, fence))
    finally:
        await database.close()


async def _take(leases: Leases, role: str, holder: str) -> Fence:
    """Ask for the lease until it is ours, across another's time and the database's absence."""
    log, said = get_logger(), ""
    while True:
        try:
            fence = await leases.acquire(role, holder, LEASE_TTL_S)
        except UnreachableError as away:
            words = str(away)
        else:
            if fence is not None:
                return fence
            words = "another holds it"
        if words != said:
            said = words
            log.info("lease.awaited", lease=role, words=words)
        await asyncio.sleep(STANDBY_S)


async def _release(leases: Leases, fence: Fence) -> None:
    try:
        await leases.release(fence)
    except UnreachableError as away:
        get_logger().warning("lease.not_released", lease=fence.role, words=str(away))


# Trading


def trading_costs(settings: Settings) -> TradingCosts:
    """Return what the paper broker charges, for its fills and for estimates before."""
    paper = settings.paper
    return TradingCosts(
        half_spread_bp=paper.half_spread_bp,
        slippage_bp=paper.slippage_bp,
        commission_per_share=usd(paper.commission_per_share),
        commission_min=usd(paper.commission_min),
    )


def make_broker(settings: Settings) -> PaperBroker:
    """Return the paper broker, with an empty book."""
    return PaperBroker(trading_costs(settings), limited_by_size=True)


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


def account_opened(settings: Settings, wall: Clock, feed: Clock) -> AccountOpened:
    """Return a new account's first event."""
    return AccountOpened(
        at=wall.now(),
        feed_at=feed.now(),
        account_id=settings.run.account,
        cash=usd(settings.paper.starting_cash),
    )
