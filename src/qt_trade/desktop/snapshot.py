"""What the desktop knows at this moment: the last value of everything it watches."""

from collections import deque
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from qt_trade.contract.bus import Batch, Change
from qt_trade.contract.link import Link, LinkPhase
from qt_trade.contract.payloads.emergency import EmergencyReceipt, EmergencyStatus
from qt_trade.contract.payloads.frontend import PortfolioSettings, TradingConfig
from qt_trade.contract.payloads.health import Canary
from qt_trade.contract.payloads.history import History
from qt_trade.contract.payloads.intelligence import MlModels, MlScorecard
from qt_trade.contract.payloads.market import Bar, MarketData, MarketStatus, Quote
from qt_trade.contract.payloads.portfolio import (
    ActiveOrders,
    EquityPoint,
    PortfolioPositions,
    PortfolioSummary,
    Trade,
)
from qt_trade.contract.payloads.predictions import PredictionsCurrent
from qt_trade.contract.payloads.reconciliation import Reconciliation
from qt_trade.contract.payloads.results import AutoTradingError, OrderEvent, TradingPerformance
from qt_trade.contract.payloads.risk import RiskState
from qt_trade.contract.payloads.sessions import (
    ActiveSessions,
    AutoTradingControl,
    Session,
    SessionRole,
    SessionSettings,
)
from qt_trade.contract.payloads.signals import GrokCandidates, MlTrainingStatus
from qt_trade.contract.payloads.sources import MultiApiEnhancedData, MultiApiEnhancedStats
from qt_trade.contract.payloads.trading import (
    AutoTradingConfig,
    CycleReport,
    RiskSettings,
    SystemStatus,
    TradingSettings,
    TradingStatus,
)
from qt_trade.contract.payloads.watch_list import DynamicTickers, WatchList
from qt_trade.desktop import provenance
from qt_trade.desktop.models.format import NEW_YORK
from qt_trade.desktop.provenance import Provenance
from qt_trade.desktop.system_snapshot import POSTGRES, REDIS, SystemSnapshot, provider_line
from qt_trade.desktop.watched import FIELDS, OF_THE_SYSTEM

TRADES_KEPT = 200
ORDER_EVENTS_KEPT = 1000
BARS_KEPT = 2000
CYCLES_KEPT = 60
"""More than a day has."""
EQUITY_KEPT = 2000
RECEIPTS_KEPT = 50


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person must know about what they asked for. Bad news stays until dismissed."""

    tone: str
    title: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SessionOver:
    """This desk's session was logged out: by whom (a name) and why."""

    by: str
    reason: str
    at: datetime


@dataclass(slots=True)
class Snapshot:
    """The last known values. A document that is missing or damaged is None, never an old one.

    ``role`` is None until Redis has said who this desk is. ``ahead_s``: the server's clock minus
    this desk's. ``quoted``: when each symbol's quote came here. ``closes``: those of each symbol's
    last day. ``cycles_seen``: the cycles of this run that were whole in a status, by their number.
    """

    link: Link
    session_id: str
    session_name: str
    role: SessionRole | None = None
    over: SessionOver | None = None
    ahead_s: float | None = None
    target: str = ""
    market_data: MarketData | None = None
    market_status: MarketStatus | None = None
    predictions: PredictionsCurrent | None = None
    by_source: MultiApiEnhancedData | None = None
    trading_settings: TradingSettings | None = None
    trading_status: TradingStatus | None = None
    system_status: SystemStatus | None = None
    risk_settings: RiskSettings | None = None
    positions: PortfolioPositions | None = None
    summary: PortfolioSummary | None = None
    orders: ActiveOrders | None = None
    config: AutoTradingConfig | None = None
    sessions: ActiveSessions | None = None
    control: AutoTradingControl | None = None
    session_settings: SessionSettings | None = None
    autotrading_error: AutoTradingError | None = None
    canary: Canary | None = None
    risk_state: RiskState | None = None
    emergency: EmergencyStatus | None = None
    reconciliation: Reconciliation | None = None
    performance: TradingPerformance | None = None
    portfolio_settings: PortfolioSettings | None = None
    trading_config: TradingConfig | None = None
    source_stats: MultiApiEnhancedStats | None = None
    tickers: DynamicTickers | None = None
    wished: WatchList | None = None
    scorecard: MlScorecard | None = None
    models: MlModels | None = None
    training: MlTrainingStatus | None = None
    candidates: GrokCandidates | None = None
    system: SystemSnapshot = field(default_factory=SystemSnapshot)
    revisions: dict[str, int] = field(default_factory=dict)
    provenances: dict[str, Provenance] = field(default_factory=dict)
    quotes: dict[str, Quote] = field(default_factory=dict)
    quoted: dict[str, datetime] = field(default_factory=dict)
    bars: dict[str, dict[datetime, Bar]] = field(default_factory=dict)
    closes: dict[str, tuple[float, ...]] = field(default_factory=dict)
    histories: dict[str, History] = field(default_factory=dict)
    trades: deque[Trade] = field(default_factory=lambda: deque(maxlen=TRADES_KEPT))
    order_events: deque[OrderEvent] = field(default_factory=lambda: deque(maxlen=ORDER_EVENTS_KEPT))
    equity: deque[EquityPoint] = field(default_factory=lambda: deque(maxlen=EQUITY_KEPT))
    receipts: deque[EmergencyReceipt] = field(default_factory=lambda: deque(maxlen=RECEIPTS_KEPT))
    cycles_seen: dict[int, CycleReport] = field(default_factory=dict)
    messages: int = 0
    gaps: int = 0
    damaged: int = 0
    last_event: datetime | None = None
    link_at: datetime | None = None
    stale_since: datetime | None = None
    messages_when_lost: int = 0
    gaps_when_lost: int = 0
    caught_up: int | None = None
    caught_up_at: datetime | None = None
    notice: Notice | None = None

    @property
    def connected(self) -> bool:
        """Whether values arrive and may be written."""
        return self.link.connected

    @property
    def stale_at(self) -> datetime | None:
        """From when on everything shown is old, on the clock of what is shown: feed time."""
        if self.stale_since is None:
            return None
        return self.feed_now(self.stale_since) or self.stale_since

    def begin_elsewhere(self, session: Session, now: datetime) -> None:
        """Forget all that another server said; ``target`` is the new one's already."""
        connecting = Link(LinkPhase.CONNECTING, now, 0, 0.0, None, 0, "")
        blank = Snapshot(connecting, session.session_id, session.name, target=self.target)
        for one in fields(self):
            setattr(self, one.name, getattr(blank, one.name))

    def take_link(self, link: Link, now: datetime) -> None:
        """Note the state of the connection, and from when on everything shown is old."""
        if not link.connected and self.link.connected:
            self.stale_since = self.last_event or now
            self.messages_when_lost, self.gaps_when_lost = self.messages, self.gaps
        if link.connected and self.stale_since is not None:
            self.caught_up = self.messages - self.messages_when_lost
            self.caught_up_at = now
            self.stale_since = None
        self.link, self.link_at = link, now
        self.system.latencies.note(REDIS, link.latency_ms, now)
        self.system.changes += 1

    def next_attempt_in_s(self, wall: datetime) -> float:
        """Return the seconds until the link tries again."""
        waited = 0.0 if self.link_at is None else (wall - self.link_at).total_seconds()
        return max(0.0, self.link.next_in_s - waited)

    def take_session(self, session: Session, ahead_s: float | None) -> None:
        """Take over who this desk is now, and how far the server's clock is ahead of its own."""
        if session.session_id != self.session_id:
            self.over = None
        self.session_id, self.session_name = session.session_id, session.name
        self.role, self.ahead_s = session.role, ahead_s

    def log_out(self, wall: datetime) -> None:
        """Note that the person at this desk has ended its session."""
        self.over = SessionOver("", "", wall)

    def take_document(self, change: Change[Any], arrived: datetime) -> None:
        """Take over a document; a damaged one counts as none."""
        if isinstance(change.value, MarketStatus) and self._is_another_run(change.value):
            # Another run plays another day: its prices must not mix with the last one's.
            self.quotes.clear()
            self.quoted.clear()
            self.bars.clear()
            self.closes.clear()
            self.histories.clear()
        if isinstance(change.value, ActiveSessions):
            self._look_for_own_end(change.value)
        if isinstance(change.value, SystemStatus):
            latency_ms = change.value.postgres_latency_ms
            self.system.latencies.note(POSTGRES, latency_ms, change.value.ts)
        if isinstance(change.value, MultiApiEnhancedStats):
            for name, one in change.value.providers.items():
                self.system.latencies.note(provider_line(name), one.latency_ms, change.value.ts)
        if isinstance(change.value, TradingStatus):
            self._remember_cycle(change.value)
        setattr(self, FIELDS[change.key], change.value)
        self.system.changes += change.key in OF_THE_SYSTEM
        self.revisions[change.key] = change.revision
        self._note(change, arrived)
        self.damaged += change.error is not None

    def _remember_cycle(self, status: TradingStatus) -> None:
        """Keep each cycle's way: the engine tells only the last one's whole."""
        if self.trading_status is not None and self.trading_status.run_id != status.run_id:
            self.cycles_seen.clear()
        if status.last_cycle is not None:
            self.cycles_seen[status.last_cycle.number] = status.last_cycle
            while len(self.cycles_seen) > CYCLES_KEPT:
                del self.cycles_seen[next(iter(self.cycles_seen))]

    def _note(self, change: Change[Any], arrived: datetime) -> None:
        known = provenance.of_change(change, arrived)
        if known is None:
            self.provenances.pop(change.key, None)
        else:
            self.provenances[change.key] = known

    def _look_for_own_end(self, active: ActiveSessions) -> None:
        for gone in active.revoked:
            if gone.session_id == self.session_id and self.over is None:
                self.over = SessionOver(self.name_of(gone.by), gone.reason, gone.at)

    def name_of(self, session_id: str) -> str:
        """Return the name a living session has given itself, else its id."""
        living = () if self.sessions is None else self.sessions.sessions
        names = (one.name for one in living if one.session_id == session_id)
        return next(names, session_id)

    def _is_another_run(self, status: MarketStatus) -> bool:
        return self.market_status is not None and self.market_status.run_id != status.run_id

    def take_quote(self, quote: Quote, arrived: datetime) -> None:
        """Take over a quote: the newest to arrive counts."""
        self.quotes[quote.symbol] = quote
        self.quoted[quote.symbol] = arrived

    def take_bars(self, symbol: str, batch: Batch[Bar]) -> None:
        """Add closed bars; a repeated one replaces itself."""
        bars = {} if batch.fresh else self.bars.get(symbol, {})
        for entry in batch.entries:
            bars[entry.value.at] = entry.value
        while len(bars) > BARS_KEPT:
            del bars[next(iter(bars))]
        self.bars[symbol] = bars
        # Once per bar, not once per frame: half a thousand symbols have a day of them each.
        self.closes[symbol] = _closes_of_the_last_day(bars)
        self.gaps += batch.gap

    def take_history(self, symbol: str, history: History | None) -> None:
        """Take over a symbol's stored bars; a damaged document counts as none."""
        self.histories.pop(symbol, None)
        if history is not None:
            self.histories[symbol] = history

    def take_trades(self, batch: Batch[Trade]) -> None:
        """Add fills."""
        if batch.fresh:
            self.trades.clear()
        self.trades.extend(entry.value for entry in batch.entries)
        self.gaps += batch.gap

    def take_order_events(self, batch: Batch[OrderEvent]) -> None:
        """Add steps of orders."""
        if batch.fresh:
            self.order_events.clear()
        self.order_events.extend(entry.value for entry in batch.entries)
        self.gaps += batch.gap

    def take_equity(self, batch: Batch[EquityPoint]) -> None:
        """Add points of the account's value."""
        if batch.fresh:
            self.equity.clear()
        self.equity.extend(entry.value for entry in batch.entries)

    def take_receipts(self, batch: Batch[EmergencyReceipt]) -> None:
        """Add what emergencies left behind."""
        if batch.fresh:
            self.receipts.clear()
        self.receipts.extend(entry.value for entry in batch.entries)

    def own_trades(self) -> list[Trade]:
        """Return the fills of the account that is shown; the log may hold an earlier one's."""
        account = None if self.summary is None else self.summary.account
        return [trade for trade in self.trades if account in (None, trade.account)]

    def own_order_events(self) -> list[OrderEvent]:
        """Return the steps of the orders of the account that is shown."""
        account = None if self.summary is None else self.summary.account
        return [one for one in self.order_events if account in (None, one.account)]

    def own_equity(self) -> list[EquityPoint]:
        """Return the points of the account that is shown."""
        account = None if self.summary is None else self.summary.account
        return [point for point in self.equity if account in (None, point.account)]

    def own_receipts(self) -> list[EmergencyReceipt]:
        """Return the receipts of the account that is shown, newest first."""
        account = None if self.summary is None else self.summary.account
        return [one for one in reversed(self.receipts) if account in (None, one.account)]

    def backend_now(self, wall: datetime) -> datetime:
        """Return the time of the server's clock at a moment of this desk's."""
        return wall if self.ahead_s is None else wall + timedelta(seconds=self.ahead_s)

    def feed_now(self, wall: datetime) -> datetime | None:
        """Return the feed's time at a moment of the wall's, None while its clock is not known."""
        return self.feed_at(self.backend_now(wall))

    def feed_at(self, written: datetime) -> datetime | None:
        """Return the feed's time at a moment of the backend's clock."""
        status = self.market_status
        if status is None:
            return None
        clock = status.clock
        try:
            return clock.feed + (written - clock.wall) * clock.speed
        except OverflowError:  # far beyond all calendars: as good as not known
            return None

    def quote_provenance(self, symbol: str) -> Provenance | None:
        """Return where a symbol's last quote comes from."""
        quote = self.quotes.get(symbol)
        return None if quote is None else provenance.of_quote(quote, self.quoted[symbol])

    def quote_age_s(self, symbol: str, wall: datetime) -> float | None:
        """Return the age of a symbol's last quote in feed seconds."""
        quote, now = self.quotes.get(symbol), self.feed_now(wall)
        if quote is None or now is None:
            return None
        return max(0.0, (now - quote.feed_ts).total_seconds())

    def quotes_stale(self, symbol: str, wall: datetime) -> bool:
        """Whether a symbol's quote is too old while the market is open."""
        status, age = self.market_status, self.quote_age_s(symbol, wall)
        if status is None or age is None or not status.market_open:
            return False
        return age > status.clock.stale_after_s


def _closes_of_the_last_day(bars: dict[datetime, Bar]) -> tuple[float, ...]:
    newest = next(reversed(bars), None)
    if newest is None:
        return ()
    midnight = newest.astimezone(NEW_YORK).replace(hour=0, minute=0, second=0, microsecond=0)
    begun = midnight.astimezone(UTC)
    closes: list[float] = []
    for at, bar in reversed(bars.items()):
        if at < begun:
            break
        closes.append(bar.close)
    return tuple(reversed(closes))
