"""From a judgement to ``system_status`` and ``backend:system_health``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from qt_trade.contract.link import Link
from qt_trade.contract.payloads.base import WORDS_LENGTH_MAX
from qt_trade.contract.payloads.health import (
    Canary,
    HealthStatus,
    RoleHealth,
    RoleState,
    ServiceHealth,
    ServiceStatus,
    SystemHealth,
)
from qt_trade.contract.payloads.market import MarketStatus
from qt_trade.contract.payloads.signals import GrokCandidates
from qt_trade.contract.payloads.sources import MultiApiEnhancedStats
from qt_trade.contract.payloads.trading import SystemStatus
from qt_trade.roles.engine.ai_health import ai_service
from qt_trade.roles.engine.conditions import Condition, health
from qt_trade.roles.engine.documents import SOURCE, Stamp
from qt_trade.roles.engine.source_health import service

PREDICTIONS_LATE = 2.5
"""Predictions that are older than so many of their periods have missed two runs."""
PREDICTIONS_LATE_LEAST_S = 10.0
"""However fast a replay runs: a restarted worker needs some wall seconds to be back."""
_SOURCES = (
    ("finnhub", "finnhub"), ("fmp", "fmp"), ("marketstack", "marketstack"),
    ("twelvedata", "twelvedata"), ("yfinance", "yahoo"), ("alpaca", "alpaca"),
)  # fmt: skip
"""The older system's names of the sources, and ours."""


@dataclass(frozen=True, slots=True)
class Judged:
    """All that is known of the whole at one moment. ``holding``: what is wrong, worst first."""

    stamp: Stamp
    now: datetime
    started: datetime
    roles: Mapping[str, RoleHealth]
    holding: tuple[Condition, ...]
    canary: Canary | None
    market: MarketStatus | None
    sources: MultiApiEnhancedStats | None
    ai: GrokCandidates | None
    market_open: bool
    redis: Link
    database_latency_ms: float | None
    predicted_at: datetime | None
    predictions_every_s: float
    open_orders: int
    last_fill: datetime | None
    desks: tuple[str, ...]
    memory_mb: float
    cpu_usage_pct: float

    @property
    def chain_ok(self) -> bool:
        """Whether the last canary came through the whole chain."""
        return self.canary is not None and self.canary.ok

    def word(self) -> tuple[object, ...]:
        """Return what is worth writing at once when it changes: all but figures and ages."""
        return (
            tuple((name, role.state, role.words) for name, role in self.roles.items()),
            tuple((one.key, one.message) for one in self.holding),
            self.chain_ok,
            self.market_open,
            self.database_latency_ms is None,
            None if self.market is None else self.market.feed_state,
            tuple(one.state for one in self.sources.providers.values()) if self.sources else (),
            None if self.ai is None else self.ai.state,
            self.desks,
        )


def system_status(judged: Judged, rejected: int) -> SystemStatus:
    """Return ``system_status``. ``rejected``: messages refused, of whomever."""
    services = _services(judged)

    def active(name: str) -> bool:
        return services[name].status is ServiceStatus.ACTIVE

    return SystemStatus(
        ts=judged.now,
        source=SOURCE,
        feed=judged.stamp.feed,
        run_id=judged.stamp.run_id,
        redis_connected=judged.redis.connected,
        redis_latency_ms=_rounded(judged.redis.latency_ms),
        postgres_connected=judged.database_latency_ms is not None,
        postgres_latency_ms=judged.database_latency_ms,
        finnhub_api_active=active("finnhub"),
        fmp_api_active=active("fmp"),
        marketstack_api_active=active("marketstack"),
        twelvedata_api_active=active("twelvedata"),
        yfinance_api_active=active("yfinance"),
        alpaca_api_active=active("alpaca"),
        grok_api_active=active("grok"),
        worker_running=judged.roles["worker"].alive,
        market_open=judged.market_open,
        last_market_check=None if judged.market is None else judged.market.ts,
        roles=dict(judged.roles),
        services=services,
        chain_ok=judged.chain_ok,
        chain_ms=None if judged.canary is None else judged.canary.total_ms,
        last_heartbeat=judged.now,
        uptime_seconds=(judged.now - judged.started).total_seconds(),
        memory_usage_mb=round(judged.memory_mb, 1),
        cpu_usage_percent=round(judged.cpu_usage_pct, 1),
        rejected_messages=rejected,
    )


def system_health(judged: Judged) -> SystemHealth:
    """Return ``backend:system_health``: one word for the whole, and its reasons."""
    services, status = _services(judged), health(judged.holding, judged.roles)
    database = judged.database_latency_ms is not None
    return SystemHealth(
        ts=judged.now,
        source=SOURCE,
        feed=judged.stamp.feed,
        status=status,
        words=_reasons(judged, status),
        chain_ok=judged.chain_ok,
        chain_ms=None if judged.canary is None else judged.canary.total_ms,
        redis_latency_ms=_rounded(judged.redis.latency_ms),
        alpaca_api_status=services["alpaca"].status,
        database_status=ServiceStatus.ACTIVE if database else ServiceStatus.OFFLINE,
        ml_models_status=services["models"].status,
        grok_api_status=services["grok"].status,
        last_trade_execution=judged.last_fill,
        pending_orders_count=judged.open_orders,
        active_sessions=judged.desks,
        memory_usage_mb=round(judged.memory_mb, 1),
        cpu_usage_pct=round(judged.cpu_usage_pct, 1),
        uptime_hours=round((judged.now - judged.started) / timedelta(hours=1), 4),
    )


def _reasons(judged: Judged, status: HealthStatus) -> str:
    if status is HealthStatus.HEALTHY:
        awaited = [n for n, role in judged.roles.items() if role.state is RoleState.NOT_SEEN]
        if awaited:
            return f"nothing is known to be wrong; not heard yet: {', '.join(awaited)}"
        if judged.canary is None:
            return "every role works; the first canary is awaited"
        return "every role works, and the canary came through the whole chain"
    titles = [one.title for one in judged.holding if one.system]
    if status is HealthStatus.OFFLINE:
        titles.insert(0, "Only the engine is there")
    return "; ".join(titles)[:WORDS_LENGTH_MAX]


def _services(judged: Judged) -> dict[str, ServiceHealth]:
    """Return the state of every vendor the older system asked, and of our own models."""
    return {
        **{name: service(judged.sources, source, judged.stamp.feed) for name, source in _SOURCES},
        "grok": ai_service(judged.ai),
        "models": _models(judged),
    }


def _models(judged: Judged) -> ServiceHealth:
    at = judged.predicted_at
    if at is None:
        return ServiceHealth(status=ServiceStatus.OFFLINE, words="no prediction yet")
    late_s = max(PREDICTIONS_LATE_LEAST_S, PREDICTIONS_LATE * judged.predictions_every_s)
    late = (judged.now - at).total_seconds() > late_s
    status = ServiceStatus.DEGRADED if late else ServiceStatus.ACTIVE
    return ServiceHealth(status=status, words=f"last predictions {at:%H:%M:%S} UTC")


def _rounded(latency_ms: float | None) -> float | None:
    return None if latency_ms is None else round(latency_ms, 2)
