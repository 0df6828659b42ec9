"""AutoTrading in words: its state, its last cycle and why each symbol's way ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.payloads.trading import (
    BackendStatus,
    CycleReport,
    CycleRow,
    Stage,
    TradingStatus,
)
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import control, freshness, words
from qt_trade.model.presets import TradingPolicy

_STATES = {
    BackendStatus.RUNNING: ("RUNNING", "play", "gain"),
    BackendStatus.STOPPED: ("STOPPED", "stop", "muted"),
    BackendStatus.MARKET_CLOSED: ("MARKET CLOSED", "clock", "muted"),
    BackendStatus.PAUSED: ("PAUSED", "pause", "warn"),
    BackendStatus.STALE_DATA: ("STALE DATA", "clock", "warn"),
    BackendStatus.RISK_BLOCKED: ("RISK BLOCKED", "lock", "warn"),
    BackendStatus.ERROR: ("ERROR", "warning", "crit"),
    BackendStatus.CONFIG_ERROR: ("CONFIG ERROR", "warning", "crit"),
}
_SAID = (BackendStatus.RUNNING, BackendStatus.STOPPED)
"""States that need no reason beside their word."""
STAGES = [Stage.CANDIDATE, Stage.SIGNAL, Stage.RISK, Stage.ORDER]


@dataclass(frozen=True, slots=True)
class TradingView:
    """State and last cycle; ``cycles`` are dicts QML reads by name."""

    known: bool = False
    running: bool = False
    stopped_by_person: bool = False
    state: str = "UNKNOWN"
    state_icon: str = "question"
    state_tone: str = "warn"
    state_dashed: bool = True
    strategy: str = ""
    since: str = ""
    remark: str = "No engine heard yet"
    remark_tone: str = "faint"
    next_in: str = words.NONE
    next_progress: float = 0.0
    switch_hint: str = ""
    can_start: bool = False
    can_stop: bool = False
    can_resume: bool = False
    can_pause: bool = False
    paused_by_policy: bool = False
    policy: str = ""
    decision: str = "No cycle has run yet"
    decision_words: str = ""
    decision_time: str = ""
    candidates: str = words.NONE
    signals: str = words.NONE
    passed_risk: str = words.NONE
    orders: str = words.NONE
    cycles: tuple[Any, ...] = ()
    cycles_most: float = 1.0
    cycles_count: str = ""
    cycles_run: str = ""
    note: str = ""
    note_tone: str = "faint"
    stale: bool = False
    down: bool = False
    down_words: str = ""


def trading_view(desk: Snapshot, wall: datetime) -> TradingView:
    """Return AutoTrading for this moment."""
    status = desk.trading_status
    if status is None:
        remark = "No engine heard yet" if desk.connected else "No connection to Redis"
        return TradingView(remark=remark)
    now = desk.backend_now(wall)
    state = _state(desk, status, now) if desk.connected else _unknown(status, desk)
    cycle = {} if status.last_cycle is None else _cycle(status.last_cycle)
    return TradingView(
        known=True,
        running=status.active,
        stopped_by_person=status.emergency_stop,
        strategy=desk.trading_settings.strategy.value if desk.trading_settings else "",
        cycles=tuple(
            {
                "number": c.number,
                "time": words.minute(c.slot),
                "candidates": c.candidates,
                "signals": c.signals,
                "passed": c.passed_risk,
                "orders": c.orders,
            }
            for c in status.cycles
        ),
        cycles_most=float(max((c.candidates for c in status.cycles), default=1) or 1),
        cycles_count=str(len(status.cycles)) if status.cycles else "",
        cycles_run=f"{words.count(status.cycles_run, 'cycle')} in this run",
        **state,
        **_next(desk, status, wall),
        **cycle,
        **_note(desk, wall),
    )


def _state(desk: Snapshot, status: TradingStatus, wall: datetime) -> dict[str, Any]:
    state, icon, tone = _STATES[status.status]
    view = {"state": state, "state_icon": icon, "state_tone": tone, "state_dashed": False}
    view["since"] = f"for {words.age(status.since, wall)}" if status.since else ""
    # A stop is obeyed whoever asks for it; a start is the controller's alone.
    view["switch_hint"] = control.objection_of(desk)
    view["can_start"] = not status.active and not status.emergency_stop and not view["switch_hint"]
    view["can_stop"] = status.active
    view["can_resume"] = status.emergency_stop
    only_exits = _policy(desk) is TradingPolicy.EXITS_ONLY
    view["paused_by_policy"] = status.active and only_exits
    view["can_pause"] = status.active and not view["switch_hint"]
    view["policy"] = "" if only_exits else words.prose(_policy(desk).value.replace("_", " "))
    view["remark"] = words.prose(status.reason) if status.status not in _SAID else ""
    view["remark_tone"] = "warn"
    if status.active and desk.control is not None and desk.control.entries_paused:
        view |= {"state": "ENTRIES PAUSED", "state_icon": "pause", "state_tone": "warn"}
    if status.emergency_stop:
        stopped = {"state": "STOPPED", "state_icon": "panic", "state_tone": "crit"}
        remark = f"Emergency stop: {status.emergency_words}"
        return view | stopped | {"remark": remark, "remark_tone": "crit"}
    if status.last_error is not None:
        return view | {"remark": status.last_error, "remark_tone": "warn"}
    return view


def _policy(desk: Snapshot) -> TradingPolicy:
    settings = desk.trading_settings
    return TradingPolicy.NORMAL if settings is None else settings.policy


def _unknown(status: TradingStatus, desk: Snapshot) -> dict[str, Any]:
    state, _, _ = _STATES[status.status]
    return {
        "since": f"Last known: {state.lower()}",
        "remark": "The backend goes on trading by its own rules. What it did since "
        f"{words.clock(desk.stale_at)} is not known here.",
        "remark_tone": "warn",
    }


def _next(desk: Snapshot, status: TradingStatus, wall: datetime) -> dict[str, Any]:
    if not desk.connected:
        return {"next_in": "unknown"}
    now = desk.feed_now(wall)
    if not status.active or status.next_run is None or now is None:
        return {}
    left = (status.next_run - now).total_seconds()
    done = 1 - left / status.cycle_interval_s if status.cycle_interval_s > 0 else 0.0
    return {"next_in": words.countdown(left), "next_progress": min(1.0, max(0.0, done))}


def _cycle(cycle: CycleReport) -> dict[str, Any]:
    rows = furthest_first(cycle)
    return {
        "candidates": str(cycle.candidates),
        "signals": str(cycle.signals),
        "passed_risk": str(cycle.passed_risk),
        "orders": str(cycle.orders),
        **_decision(cycle, rows),
    }


def furthest_first(cycle: CycleReport) -> list[CycleRow]:
    """Return a cycle's symbols, those that came furthest first."""
    return sorted(cycle.rows, key=lambda row: -STAGES.index(row.ended_at))


def _decision(cycle: CycleReport, rows: list[CycleRow]) -> dict[str, Any]:
    view = {"decision_time": words.clock(cycle.slot)}
    if not rows:
        return view | {"decision": "No candidates", "decision_words": "Nothing to decide on."}
    best = rows[0]
    if best.ended_at is Stage.ORDER:
        text = f"{words.prose(best.signal)}. {words.prose(best.risk)}."
        order = words.prose(best.order)
        return view | {"decision": f"{best.symbol}: {order}", "decision_words": text}
    nothing = "No order in this cycle"
    return view | {
        "decision": nothing,
        "decision_words": f"{best.symbol}: {words.prose(_end(best))}.",
    }


def _end(row: CycleRow) -> str:
    return {
        Stage.CANDIDATE: row.candidate,
        Stage.SIGNAL: row.signal,
        Stage.RISK: row.risk,
        Stage.ORDER: row.order,
    }[row.ended_at]


def _note(desk: Snapshot, wall: datetime) -> dict[str, Any]:
    fresh = freshness.of(desk, registry.TRADING_STATUS, wall)
    last = freshness.last_answer(desk, registry.TRADING_STATUS)
    return {
        "note": fresh.note,
        "note_tone": fresh.tone,
        "stale": fresh.stale,
        "down": desk.connected and fresh.stale,
        "down_words": f"Orders are locked. Last answer {last}.",
    }
