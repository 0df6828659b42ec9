"""The work behind ``qtrade status``."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rich.markup import escape

from qt_trade.cli import attach
from qt_trade.cli.console import print_json, print_table, say
from qt_trade.cli.options import Target
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Document
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.payloads.health import AlertsActive, Canary, RoleHealth, SystemHealth
from qt_trade.contract.payloads.market import MarketData, MarketStatus
from qt_trade.contract.payloads.portfolio import ActiveOrders, PortfolioSummary
from qt_trade.contract.payloads.predictions import PredictionsCurrent
from qt_trade.contract.payloads.trading import SystemStatus, TradingStatus
from qt_trade.kit.clock import SystemClock

SHOWN: tuple[Document[Any], ...] = (
    registry.MARKET_STATUS,
    registry.MARKET_DATA,
    registry.PREDICTIONS_CURRENT,
    registry.TRADING_STATUS,
    registry.PORTFOLIO_SUMMARY,
    registry.ACTIVE_ORDERS,
    registry.SYSTEM_STATUS,
    registry.SYSTEM_HEALTH,
    registry.CANARY,
    registry.ALERTS_ACTIVE,
)
NEW_YORK = ZoneInfo("America/New_York")
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400

Rows = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Found:
    """What stands in Redis now: the documents, and of the unreadable ones why."""

    documents: Mapping[str, Any]
    damaged: Mapping[str, str]


def show(target: Target, *, as_json: bool) -> None:
    """Print the documents as one table, or as one JSON object by key."""
    found = attach.run(lambda: _read(target))
    if as_json:
        print_json(dict(found.documents))
    else:
        print_table("QtTrade", ("what", "state"), report(found.documents, SystemClock().now()))
        missing = [
            document.name
            for document in SHOWN
            if document.name not in {*found.documents, *found.damaged}
        ]
        if missing:
            say(f"not published yet: {', '.join(missing)}")
    for words in found.damaged.values():
        say(f"[red]damaged:[/] {escape(words)}")


async def _read(target: Target) -> Found:
    async with attach.attached(target) as bus:
        return await read_documents(bus)


async def read_documents(bus: Bus) -> Found:
    """Read everything that is shown."""
    documents, damaged = {}, {}
    for document in SHOWN:
        try:
            versioned = await bus.read(document)
        except InvalidMessageError as error:
            damaged[document.name] = str(error)
        else:
            if versioned is not None:
                documents[document.name] = versioned.value
    return Found(documents, damaged)


def report(documents: Mapping[str, Any], now: datetime) -> list[tuple[str, str]]:
    """Return the rows of the table, whatever part of the documents is there."""
    makers: dict[str, Callable[[Any, datetime], Rows]] = {
        registry.MARKET_STATUS.name: _market,
        registry.MARKET_DATA.name: _quotes,
        registry.PREDICTIONS_CURRENT.name: _predictions,
        registry.TRADING_STATUS.name: _trading,
        registry.PORTFOLIO_SUMMARY.name: _account,
        registry.ACTIVE_ORDERS.name: _orders,
        registry.SYSTEM_STATUS.name: _system,
        registry.SYSTEM_HEALTH.name: _health,
        registry.CANARY.name: _canary,
        registry.ALERTS_ACTIVE.name: _alerts,
    }
    rows: list[tuple[str, str]] = []
    for document in SHOWN:
        value = documents.get(document.name)
        if value is None:
            continue
        part = list(makers[document.name](value, now))
        rows += [(what, f"{words}{_stale(document, value, now)}") for what, words in part[:1]]
        rows += part[1:]
    return rows


def _stale(document: Document[Any], value: Any, now: datetime) -> str:
    if not document.stale(value.ts, now):
        return ""
    return f"   STALE: written {age(value.ts, now)} ago; its writer is silent"


def age(at: datetime, now: datetime) -> str:
    """Return how long ago a moment was, for people."""
    seconds = max(0.0, (now - at).total_seconds())
    if seconds < MINUTE_S:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004
    if seconds < HOUR_S:
        return f"{seconds / MINUTE_S:.0f} min"
    return f"{seconds / HOUR_S:.0f} h" if seconds < DAY_S else f"{seconds / DAY_S:.0f} days"


def _et(at: datetime) -> str:
    return f"{at.astimezone(NEW_YORK):%a %d %b %Y %H:%M:%S} ET"


def _market(status: MarketStatus, now: datetime) -> Rows:
    clock = status.clock
    feed_now = clock.feed + (now - clock.wall) * clock.speed
    yield "Feed", f"{status.feed} × {clock.speed:g}: {status.feed_source}, run {status.run_id}"
    yield "Feed state", f"{status.feed_state}: {status.feed_words}"
    yield "Feed time", _et(feed_now)
    yield "Market", status.words


def _quotes(data: MarketData, now: datetime) -> Rows:
    newest = max((line.timestamp for line in data.symbols.values()), default=None)
    words = "none yet" if newest is None else f"{len(data.symbols)} symbols, newest {_et(newest)}"
    yield "Quotes", f"{words}; {data.quotes_published:,} published, written {age(data.ts, now)} ago"


def _predictions(made: PredictionsCurrent, now: datetime) -> Rows:
    with_one = sum(bool(line.horizons) for line in made.symbols.values())
    yield (
        "Predictions",
        f"{with_one} of {len(made.symbols)} symbols by {made.model}, made {age(made.ts, now)} ago",
    )


def _trading(status: TradingStatus, _now: datetime) -> Rows:
    by = f" by {status.controller}" if status.controller else ""
    why = f": {status.reason}" if status.reason else ""
    yield "AutoTrading", f"{status.status}{by} ({status.mode}, {status.feed}){why}"
    if status.emergency_stop:
        yield "STOPPED", f"{status.emergency_words}; `qtrade stop --resume` allows trading again"
    failed = [f"✕ {check.name}: {check.words}" for check in status.checks if not check.ok]
    yield "Can trade", "yes" if status.can_trade else "\n".join(["no", *failed])
    last = status.last_cycle
    words = f"{status.cycles_run} this run, {status.trades_today} trades today"
    if last is not None:
        words += (
            f"; the last at {last.slot.astimezone(NEW_YORK):%H:%M} ET: {last.candidates} candidates, "
            f"{last.signals} signals, {last.passed_risk} passed risk, {last.orders} orders"
        )
    yield "Cycles", words
    if status.last_error:
        yield "Last error", status.last_error


def _account(summary: PortfolioSummary, _now: datetime) -> Rows:
    total = "unknown (a held symbol has no price)"
    if summary.total_value is not None:
        total = f"{summary.total_value:,.2f} USD"
    yield "Account", f"{summary.account} ({summary.mode}): {total}"
    yield "Cash", f"{summary.cash_balance:,.2f} USD in cash, {summary.positions_count} positions"
    if summary.day_change is not None:
        yield "Today", f"{summary.day_change:+,.2f} USD, {summary.commissions_today:,.2f} in fees"


def _orders(active: ActiveOrders, _now: datetime) -> Rows:
    yield "Open orders", str(len(active.orders))


def _system(status: SystemStatus, now: datetime) -> Rows:
    yield "Engine", f"up for {age(now - timedelta(seconds=status.uptime_seconds), now)}"
    roles = [_role(name, role, now) for name, role in sorted(status.roles.items())]
    yield "Roles", "\n".join(roles)
    yield "Rejected messages", str(status.rejected_messages)


def _health(health: SystemHealth, _now: datetime) -> Rows:
    yield "Health", f"{health.status}: {health.words}"


def _canary(canary: Canary, now: datetime) -> Rows:
    count = f"{canary.arrived} arrived, {canary.failed} did not"
    if canary.ok and canary.total_ms is not None:
        steps = ", ".join(
            f"{step.name} {step.took_ms:.1f}" for step in canary.steps if step.took_ms is not None
        )
        words = f"{canary.total_ms:.0f} ms through the whole chain ({steps}); {count}"
    else:
        words = f"BROKEN: {canary.words}; {count}"
    yield "Canary", f"{words}; {age(canary.started, now)} ago"


def _alerts(active: AlertsActive, now: datetime) -> Rows:
    told = [
        f"{alert.severity}: {alert.title} ({age(alert.triggered_at, now)}): {alert.message}"
        f" {alert.action_required}"
        for alert in active.alerts
    ]
    yield "Alerts", "\n".join(told) or "none"


def _role(name: str, role: RoleHealth, now: datetime) -> str:
    sign, state = ("✓" if role.alive else "✕"), role.state.replace("ALIVE_", "ALIVE, ")
    work = "" if role.last_work is None else f"{role.work} ({age(role.last_work, now)} ago)"
    said = work if role.alive and work else "; ".join(part for part in (role.words, work) if part)
    return f"{sign} {name}: {state.replace('_', ' ')}: {said}"
