"""The engine's judgement of the whole, written at once when it changes: status, health, alerts."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.errors import ContractError, DisconnectedError, InvalidMessageError
from qt_trade.contract.link import Link
from qt_trade.contract.payloads.health import RoleHealth, RoleReport
from qt_trade.contract.payloads.intelligence import MlModels
from qt_trade.contract.payloads.sessions import ActiveSessions, AutoTradingControl
from qt_trade.contract.payloads.signals import GrokCandidates
from qt_trade.contract.payloads.sources import MultiApiEnhancedStats
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import SessionPhase, Sessions
from qt_trade.model.orders import OrderStatus
from qt_trade.roles.engine.ai_health import ai_conditions
from qt_trade.roles.engine.alerts import Alerts
from qt_trade.roles.engine.canary import STEADY, CanaryWatch, Rhythm
from qt_trade.roles.engine.conditions import Facts, UnknownOrder, conditions
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.engine.documents import Stamp
from qt_trade.roles.engine.health import Judged, system_health, system_status
from qt_trade.roles.engine.model_health import model_conditions
from qt_trade.roles.engine.role_watch import Around, RoleWatch
from qt_trade.roles.engine.source_health import source_conditions
from qt_trade.roles.engine.status import Board
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.patience import until_answered
from qt_trade.roles.work import Work
from qt_trade.settings import Rhythms

LOOK_S = 1.0
"""Silence is no event: it is looked for this often."""
RENEW = timedelta(seconds=2)
"""Written this often although nothing but figures has changed."""
TROUBLE = "health"
PACE_S = 0.25
"""At most four times a second, whatever happens."""


@dataclass(frozen=True, slots=True)
class HealthParts:
    """What the desk is built from. ``commit``: see CanaryWatch; ``work``: the engine's own."""

    bus: Bus
    dealer: Dealer
    board: Board
    stamp: Stamp
    sessions: Sessions
    feed_time: FeedTime
    rhythms: Rhythms
    work: Work
    commit: Callable[[], Awaitable[float]]
    last_fill: Callable[[], datetime | None]
    canary: Rhythm = STEADY


class HealthDesk:
    """Hears roles and canaries, judges, and writes what it found."""

    def __init__(self, parts: HealthParts) -> None:
        self._p = parts
        self._changed = asyncio.Event()
        self._roles = RoleWatch()
        self._canary = CanaryWatch(
            parts.bus,
            parts.dealer,
            parts.stamp,
            parts.work,
            parts.commit,
            self._changed.set,
            parts.canary,
        )
        self._alerts = Alerts(parts.stamp)
        self._started = parts.stamp.wall.now()
        self._hearing_since = self._started
        self._market_seen: datetime | None = None
        self._control: AutoTradingControl | None = None
        self._desks: tuple[str, ...] = ()
        self._sources: MultiApiEnhancedStats | None = None
        self._ai: GrokCandidates | None = None
        self._models: MlModels | None = None
        self._written: tuple[object, ...] | None = None
        self._written_at = self._started
        self._alerts_written: object = None
        self._connected = parts.bus.link.connected
        self._log = get_logger()

    async def begin(self) -> None:
        """Listen to whoever has something to say of the whole."""
        bus = self._p.bus
        self._p.feed_time.on_announcement(self._on_market)
        self._on_market()
        await bus.subscribe(registry.ROLE_REPORTS, self._on_report, "*")
        await bus.watch(registry.AUTOTRADING_CONTROL, self._on_control)
        await bus.watch(registry.SESSIONS_ACTIVE, self._on_sessions)
        await bus.watch(registry.MULTI_API_STATS, self._on_sources)
        await bus.watch(registry.GROK_CANDIDATES, self._on_ai)
        await bus.watch(registry.ML_MODELS, self._on_models)
        await self._remember_alerts()
        await self._canary.begin()
        bus.on_link(self._on_link)

    async def run(self) -> None:
        """Carry canaries, judge and write until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._canary.run())
            group.create_task(self._keep_judging())

    def commands_waiting(self) -> int:
        """Return how many commands wait, as of the last canary."""
        return self._canary.commands_waiting

    def on_change(self) -> None:
        """Hear that something to judge has changed."""
        self._changed.set()

    def _on_market(self) -> None:
        if self._p.feed_time.status is not None:
            self._market_seen = self._p.stamp.wall.now()
        self._changed.set()

    def _on_report(self, report: RoleReport) -> None:
        self._roles.take(report, self._p.stamp.wall.now())
        self._changed.set()

    def _on_control(self, change: Change[AutoTradingControl]) -> None:
        self._control = change.value
        self._changed.set()

    def _on_sessions(self, change: Change[ActiveSessions]) -> None:
        sessions = () if change.value is None else change.value.sessions
        self._desks = tuple(one.session_id for one in sessions)

    def _on_ai(self, change: Change[GrokCandidates]) -> None:
        self._ai = change.value

    def _on_models(self, change: Change[MlModels]) -> None:
        found = change.value
        ours = found is not None and found.run_id == self._p.stamp.run_id
        self._models = found if ours else None
        self._changed.set()

    def _on_sources(self, change: Change[MultiApiEnhancedStats]) -> None:
        found = change.value
        ours = found is not None and found.run_id == self._p.stamp.run_id
        self._sources = found if ours else None
        self._changed.set()

    def _on_link(self, link: Link) -> None:
        back, self._connected = link.connected and not self._connected, link.connected
        if back:
            # The server may have come back empty.
            self._written = self._alerts_written = None
            self._hearing_since = self._p.stamp.wall.now()
            self._changed.set()

    async def _remember_alerts(self) -> None:
        try:
            found = await until_answered(lambda: self._p.bus.read(registry.ALERTS_ACTIVE))
        except InvalidMessageError:
            return
        if found is not None:
            self._alerts.remember(found.value)

    async def _keep_judging(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._changed.wait()
            self._changed.clear()
            try:
                await self._judge_and_write()
            except DisconnectedError:
                pass  # the link tells when it is back
            except ContractError as refused:
                if self._p.board.trouble(TROUBLE, str(refused)):
                    self._log.error("health.refused", words=str(refused))
            else:
                self._p.board.trouble(TROUBLE, None)
            await asyncio.sleep(PACE_S)

    async def _judge_and_write(self) -> None:
        # What is sent into a silent connection may arrive when it is true no more.
        if not self._p.bus.link.connected:
            return
        judged = self._judge()
        alerts = self._alerts.document()
        if alerts.alerts != self._alerts_written:
            await self._p.bus.write(registry.ALERTS_ACTIVE, alerts)
            self._alerts_written = alerts.alerts
        word = judged.word()
        if word == self._written and judged.now - self._written_at < RENEW:
            return
        rejected = await self._p.bus.length(registry.DEAD_LETTERS)
        await self._p.bus.write(registry.SYSTEM_STATUS, system_status(judged, rejected))
        await self._p.bus.write(registry.SYSTEM_HEALTH, system_health(judged))
        self._written, self._written_at = word, judged.now

    def _judge(self) -> Judged:
        p, seen = self._p, self._p.board.evidence
        now = p.stamp.wall.now()
        roles = self._roles.roles(
            Around(
                now=now,
                market=p.feed_time.status,
                market_seen=self._market_seen,
                hearing_since=self._hearing_since,
                canary_seen=self._canary.seen,
                chain_error=self._journal_error() or self._canary.own_error,
            )
        )
        core = p.dealer.core
        market_open = p.sessions.state(p.stamp.feed_clock.now()).phase is SessionPhase.OPEN
        wrong = conditions(self._facts(now, roles))
        of_sources = source_conditions(self._sources, market_open=market_open)
        of_models = model_conditions(self._models)
        holding = self._alerts.hold((*wrong, *of_sources, *ai_conditions(self._ai), *of_models))
        return Judged(
            stamp=p.stamp,
            now=now,
            started=self._started,
            roles=roles,
            holding=holding,
            canary=self._canary.last,
            market=p.feed_time.status,
            sources=self._sources,
            ai=self._ai,
            market_open=market_open,
            redis=p.bus.link,
            database_latency_ms=seen.database_latency_ms,
            predicted_at=seen.prediction,
            predictions_every_s=p.rhythms.predictions.total_seconds() / p.feed_time.clock.speed,
            open_orders=len(core.account.open_orders),
            last_fill=p.last_fill(),
            desks=self._desks,
            memory_mb=self._roles.memory_mb(),
            cpu_usage_pct=self._roles.cpu_usage_pct(),
        )

    def _facts(self, now: datetime, roles: Mapping[str, RoleHealth]) -> Facts:
        core, board = self._p.dealer.core, self._p.board
        stop = core.account.stop
        since_start = now - self._started
        return Facts(
            roles=roles,
            canary=self._canary.last,
            canary_overdue=since_start > self._p.canary.every + self._p.canary.limit,
            market=self._p.feed_time.status,
            journal_error=self._journal_error(),
            stop=(core.halted or "") if stop is None else f"{stop.reason} ({stop.by})",
            unknown_orders=tuple(
                UnknownOrder(state.order.order_id, state.order.symbol, state.at)
                for state in core.account.open_orders
                if state.status is OrderStatus.UNKNOWN
            ),
            config_error=board.config_error or "",
            troubles=board.troubles,
            control=self._control,
        )

    def _journal_error(self) -> str:
        return self._p.board.evidence.database_error
