"""Health: what each role does, whether the whole chain works, what a person must look at."""

from enum import StrEnum
from typing import Annotated

import msgspec

from qt_trade.contract.payloads.base import Backend, Count, Id, Moment, SymbolText, Words

Milliseconds = Annotated[float, msgspec.Meta(ge=0)]


class LineHealth(msgspec.Struct, frozen=True, kw_only=True):
    """One connection of a role. ``latency_ms`` is None while nothing answers."""

    connected: bool
    latency_ms: Milliseconds | None
    reconnects: Count
    last_error: Words


class RoleReport(Backend, frozen=True, kw_only=True):
    """What one process of a role says of itself, every other second.

    ``instance``: role, host and process. ``leads``: it acts; else it stands by. ``last_work`` and
    ``work``: its last useful work, when and what; ``work_done``: how many pieces since its start;
    ``per_minute``: over the last minute; ``queue``: what waits for it, None where nothing can.
    """

    role: str
    instance: Id
    host: str
    pid: Count
    version: str
    started_at: Moment
    leads: bool
    last_work: Moment | None
    work: Words
    work_done: Count
    per_minute: float
    queue: Count | None
    restarts: Count
    redis: LineHealth
    postgres: LineHealth | None
    rejected: Count
    memory_mb: float
    cpu_usage_pct: float


class RoleState(StrEnum):
    """What a role is worth, judged by its useful work and not by its life.

    WORKING: it does what it is there for. IDLE: it lives, and nothing is due for it. STANDBY:
    it would take over. ALIVE_NO_WORK: it lives and does not do what it should. SILENT: its
    reports have stopped. NOT_SEEN: it has never been heard of.
    """

    WORKING = "WORKING"
    IDLE = "IDLE"
    STANDBY = "STANDBY"
    ALIVE_NO_WORK = "ALIVE_NO_WORK"
    SILENT = "SILENT"
    NOT_SEEN = "NOT_SEEN"


class RoleInstance(msgspec.Struct, frozen=True, kw_only=True):
    """One process of a role as the engine judges it. ``heartbeat``: its last report."""

    instance: Id
    host: str
    pid: Count
    state: RoleState
    words: Words
    heartbeat: Moment
    last_work: Moment | None
    work: Words
    restarts: Count


class RoleHealth(msgspec.Struct, frozen=True, kw_only=True):
    """A role, by the best of its processes.

    ``alive``: WORKING or IDLE. ``words``: why this state. ``last_work`` and ``work``: its last
    useful work, when and what; ``per_minute``: pieces of it over the last minute. ``queue``: what
    waits for the role, None where nothing can. ``restarts``: of all its processes.
    """

    state: RoleState
    alive: bool
    words: Words
    heartbeat: Moment | None
    last_work: Moment | None
    work: Words
    queue: Count | None
    per_minute: float | None
    restarts: Count
    redis_latency_ms: Milliseconds | None
    postgres_latency_ms: Milliseconds | None
    instances: tuple[RoleInstance, ...]


class CanaryProbe(Backend, frozen=True, kw_only=True):
    """The canary as the streamer lets it fly. ``ts`` is when."""

    run_id: str
    number: Count


class CanaryStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the canary's way: when it began after the start, how long it took, how it went."""

    name: str
    words: Words
    begun_ms: Milliseconds
    took_ms: Milliseconds | None
    ok: bool


class Canary(Backend, frozen=True, kw_only=True):
    """The newest canary: how it came through the engine, or where it got lost.

    ``started``: when the streamer let it fly. ``steps``: in order; the last one may be the slowest
    desktop, ``desk``, whose ``took_ms`` counts from the start and is no part of ``total_ms``. ``failed``: how many of this run's did not arrive;
    ``recent_ms``: what the last ones took, oldest first, None for one that did not arrive.
    """

    run_id: str
    number: Count
    started: Moment
    every_s: float
    limit_ms: Milliseconds
    ok: bool
    words: Words
    total_ms: Milliseconds | None
    steps: tuple[CanaryStep, ...]
    arrived: Count
    failed: Count
    recent_ms: tuple[Milliseconds | None, ...]


class HealthStatus(StrEnum):
    HEALTHY = "HEALTHY"
    WARNING = "WARNING"
    ERROR = "ERROR"
    OFFLINE = "OFFLINE"


class ServiceStatus(StrEnum):
    """State of something outside. NOT_CONFIGURED: nobody gave a key or an address."""

    ACTIVE = "ACTIVE"
    DEGRADED = "DEGRADED"
    ERROR = "ERROR"
    OFFLINE = "OFFLINE"
    NOT_CONFIGURED = "NOT_CONFIGURED"


class ServiceHealth(msgspec.Struct, frozen=True, kw_only=True):
    """Something outside, and why it is in that state."""

    status: ServiceStatus
    words: Words


class SystemHealth(Backend, frozen=True, kw_only=True):
    """The state of the whole in one word, judged by the chain and by work done.

    ``words``: the reason for anything but HEALTHY.
    """

    status: HealthStatus
    words: Words
    chain_ok: bool
    chain_ms: Milliseconds | None
    redis_latency_ms: Milliseconds | None
    alpaca_api_status: ServiceStatus
    database_status: ServiceStatus
    ml_models_status: ServiceStatus
    grok_api_status: ServiceStatus
    last_trade_execution: Moment | None
    pending_orders_count: Count
    active_sessions: tuple[Id, ...]
    memory_usage_mb: float
    cpu_usage_pct: float
    uptime_hours: float


class LogLevel(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogLine(Backend, frozen=True, kw_only=True):
    """One line of a role's log; ``source`` is the role. ``words``: its fields, secrets masked."""

    level: LogLevel
    event: Words
    words: Words


class AlertType(StrEnum):
    PRICE = "PRICE"
    PORTFOLIO = "PORTFOLIO"
    TRADE = "TRADE"
    SYSTEM_ALERT = "SYSTEM_ALERT"


class Severity(StrEnum):
    INFO = "INFO"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """Something that needs a person. ``action_required``: what to do, in words; may be empty."""

    alert_id: Id
    type: AlertType
    severity: Severity
    symbol: SymbolText | None
    title: Words
    message: Words
    triggered_at: Moment
    acknowledged: bool
    auto_dismiss: bool
    expires_at: Moment | None
    action_required: Words


class AlertsActive(Backend, frozen=True, kw_only=True):
    """Every alert that still holds, newest last."""

    alerts: tuple[Alert, ...]


class Leader(Backend, frozen=True, kw_only=True):
    """The process that acts. ``token`` of its lease: a later leader's is greater."""

    instance: Id
    token: Count
