"""What roles, engine and other desks say of themselves, for the System page's tests."""

from datetime import timedelta
from typing import Any

from tests.desktop.backend import RUN, Backend, stamp

from qt_trade.contract import registry
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads import commands, health, sessions, trading
from qt_trade.kit.clock import SystemClock

UP = health.LineHealth(connected=True, latency_ms=0.4, reconnects=0, last_error="")
DOWN = health.LineHealth(connected=False, latency_ms=None, reconnects=3, last_error="timed out")
ROLES = ("streamer", "engine", "worker", "beat")


def ago(seconds: float) -> Any:
    return SystemClock().now() - timedelta(seconds=seconds)


def report(role: str, number: int = 1, **more: Any) -> health.RoleReport:
    fields: dict[str, Any] = {
        "role": role,
        "instance": f"{role}-study-{4100 + number}",
        "host": "study",
        "pid": 4100 + number,
        "version": "0.1.0",
        "started_at": ago(840),
        "leads": True,
        "last_work": ago(0.3),
        "work": {"streamer": "quote NVDA", "engine": "command cancel", "worker": "predictions"}.get(
            role, "called market_data"
        ),
        "work_done": 4310,
        "per_minute": {"streamer": 4310.0, "engine": 38.0, "worker": 0.2}.get(role, 6.0),
        "queue": 1 if role == "worker" else 0,
        "restarts": 1 if role == "worker" else 0,
        "redis": UP,
        "postgres": None if role == "streamer" else UP,
        "rejected": 0,
        "memory_mb": 92.5,
        "cpu_usage_pct": 2.0,
    }
    return health.RoleReport(**stamp(role), **fields | more)


def role_health(
    state: health.RoleState, words: str = "", instances: tuple[health.RoleInstance, ...] = ()
) -> health.RoleHealth:
    return health.RoleHealth(
        state=state,
        alive=state in (health.RoleState.WORKING, health.RoleState.IDLE),
        words=words,
        heartbeat=ago(0.4),
        last_work=ago(12),
        work="called market_data",
        queue=0,
        per_minute=6.0,
        restarts=0,
        redis_latency_ms=0.4,
        postgres_latency_ms=None,
        instances=instances,
    )


def instance(
    of: health.RoleReport, state: health.RoleState, words: str = ""
) -> health.RoleInstance:
    return health.RoleInstance(
        instance=of.instance, host=of.host, pid=of.pid, state=state, words=words,
        heartbeat=of.ts, last_work=of.last_work, work=of.work, restarts=of.restarts,
    )  # fmt: skip


def system(roles: dict[str, health.RoleHealth], **more: Any) -> trading.SystemStatus:
    now = SystemClock().now()
    fields: dict[str, Any] = {
        "run_id": RUN,
        "redis_connected": True,
        "redis_latency_ms": 0.4,
        "postgres_connected": True,
        "postgres_latency_ms": 1.7,
        **{
            f"{name}_api_active": False
            for name in (
                "finnhub", "fmp", "marketstack", "twelvedata", "yfinance", "alpaca", "grok",
            )
        },
        "worker_running": True,
        "market_open": True,
        "last_market_check": now,
        "roles": roles,
        "services": {},
        "chain_ok": True,
        "chain_ms": 43.0,
        "last_heartbeat": now,
        "uptime_seconds": 840.0,
        "memory_usage_mb": 370.0,
        "cpu_usage_percent": 11.0,
        "rejected_messages": 3,
    }  # fmt: skip
    return trading.SystemStatus(**stamp("engine"), **fields | more)


WORKING = {role: role_health(health.RoleState.WORKING) for role in ROLES}


def canary(number: int = 256, **more: Any) -> health.Canary:
    steps = (
        ("quote in", "streamer to Redis", 0.0, 1.8),
        ("engine hears", "Redis to engine", 1.8, 2.4),
        ("risk", "14 checks", 4.2, 0.9),
        ("journal", "PostgreSQL commit", 5.1, 7.0),
        ("document out", "engine to Redis", 12.1, 1.2),
    )
    fields: dict[str, Any] = {
        "run_id": RUN,
        "number": number,
        "started": ago(0.02),
        "every_s": 5.0,
        "limit_ms": 2000.0,
        "ok": True,
        "words": "",
        "total_ms": 13.3,
        "steps": tuple(
            health.CanaryStep(name=name, words=words, begun_ms=begun, took_ms=took, ok=True)
            for name, words, begun, took in steps
        ),
        "arrived": number,
        "failed": 0,
        "recent_ms": tuple(12.0 + (7 * n) % 11 + (40 if n == 31 else 0) for n in range(40)),
    }
    return health.Canary(**stamp("engine"), **fields | more)


def session(session_id: str, **more: Any) -> sessions.ActiveSession:
    fields: dict[str, Any] = {
        "session_id": session_id,
        "name": session_id[:9],
        "user": "ada",
        "host": "study",
        "role": sessions.SessionRole.TRADER,
        "version": "0.1.0",
        "opened_at": ago(600),
        "last_seen": ago(0.8),
        "delay_ms": 21.4,
        "controls": False,
    }
    return sessions.ActiveSession(**fields | more)


def active(*present: sessions.ActiveSession) -> sessions.ActiveSessions:
    return sessions.ActiveSessions(**stamp("engine"), sessions=present, revoked=())


def letter(key: str, path: str, reason: str, raw: str, seconds: float = 60) -> commands.DeadLetter:
    return commands.DeadLetter(
        ts=ago(seconds), source="engine", key=key, path=path, reason=reason, raw=raw
    )


QUANTITY = (
    "frontend:manual_orders", "$.quantity", "Expected `int`, got `str`",
    '{"action":"submit","symbol":"AAPL","side":"BUY","quantity":"12,5","order_type":"MARKET"}',
)  # fmt: skip
PRICE = (
    "quotes:{SYMBOL}", "$.price", "Expected `float` > 0.0",
    '{"symbol":"JPM","price":-1,"bid":null,"note":"<b>not bold</b>"}',
)  # fmt: skip
LETTERS = [letter(*QUANTITY, 600), letter(*PRICE, 300), letter(*PRICE, 240), letter(*QUANTITY, 60)]


def line(level: health.LogLevel, event: str, words: str, role: str = "engine") -> health.LogLine:
    return health.LogLine(**stamp(role), level=level, event=event, words=words)


LINES = [
    line(health.LogLevel.INFO, "role.started", "run_id=run-1 pid=4101"),
    line(health.LogLevel.INFO, "cycle.ran", "number=24 candidates=10 signals=2 orders=1"),
    line(health.LogLevel.WARNING, "message.refused", "key=frontend:manual_orders path=$.quantity"),
    line(health.LogLevel.INFO, "quotes.published", "symbols=10", "streamer"),
    line(health.LogLevel.ERROR, "predictions.failed", "reason=not enough bars", "worker"),
    line(health.LogLevel.INFO, "order.filled", "symbol=AAPL qty=10 price=484.28"),
]


def hear(backend: Backend, said: health.RoleReport) -> None:
    bus = backend._buses[Party.ENGINE]
    backend._run(bus.publish(registry.ROLE_REPORTS, said, said.instance))


def publish_machine(backend: Backend, here: str = "desk-1") -> None:
    """Say everything the System page shows."""
    for role in ROLES:
        hear(backend, report(role))
    idle = WORKING | {
        "beat": role_health(health.RoleState.ALIVE_NO_WORK, "no job was called for 41 min")
    }
    backend.write(registry.SYSTEM_STATUS, system(idle))
    backend.append(registry.DEAD_LETTERS, LETTERS)
    backend.append(registry.LOG_LINES, LINES)
    backend.write(
        registry.SESSIONS_ACTIVE,
        active(
            session("desk-2", name="desk-2", host="attic", controls=True),
            session(here, name="desk-1"),
            session("viewer-9", name="tablet", user="bob", role=sessions.SessionRole.VIEWER),
        ),
    )
    backend.write(registry.CANARY, canary())
