"""An emergency in words: what the broker says is still open, what was done, what is next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qt_trade.contract.payloads.commands import Emergency
from qt_trade.contract.payloads.emergency import (
    EmergencyLine,
    EmergencyState,
    EmergencyStatus,
    EmergencyStep,
    StepState,
)
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import rights, words

ACTIVE = frozenset(
    {
        EmergencyState.RUNNING,
        EmergencyState.WAITING,
        EmergencyState.VERIFYING,
        EmergencyState.NEEDS_YOU,
    }
)
"""The states in which something is still to be done."""
NAMES = {
    Emergency.STOP_ALL_TRADING: "Stop of all trading",
    Emergency.CANCEL_ALL_ORDERS: "Cancel all orders",
    Emergency.CLOSE_ALL_POSITIONS: "Close everything",
    Emergency.RESUME: "Resume",
}
_TITLES = {
    EmergencyState.IDLE: ("Nothing to close", "faint"),
    EmergencyState.RUNNING: ("Closing everything", "crit"),
    EmergencyState.WAITING: ("Market closed, exits are queued", "warn"),
    EmergencyState.VERIFYING: ("Closed, verifying", "crit"),
    EmergencyState.VERIFIED: ("Everything is closed", "ok"),
    EmergencyState.NEEDS_YOU: ("Not everything is closed", "warn"),
}
_DONE = {"closed", "filled", "flat"}
_STUCK = {"failed", "refused", "rejected", "stuck", "cannot be closed", "not closed"}
_STEP_ICONS = {
    StepState.PENDING: ("dash", "faint"),
    StepState.RUNNING: ("clock", "warn"),
    StepState.DONE: ("check", "ok"),
    StepState.FAILED: ("warning", "crit"),
}


@dataclass(frozen=True, slots=True)
class EmergencyView:
    """``open``: it fills the content area. ``out``: nothing was sent, the ways out are shown.

    ``…_open`` are the broker's own counts; the rows of positions, steps and ways out are models.
    """

    open: bool = False
    out: bool = False
    counted: bool = False
    title: str = ""
    tone: str = "crit"
    icon: str = "panic"
    mode: str = ""
    held: str = ""
    took: str = ""
    positions_open: str = words.NONE
    positions_before: str = ""
    orders_open: str = words.NONE
    orders_before: str = ""
    exposure: str = words.NONE
    progress: float = 0.0
    unknown: tuple[str, ...] = ()
    note: str = ""
    note_tone: str = "warn"
    footer: str = ""
    verb: str = "Keep in background"
    proved: bool = False
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Called:
    """A panic that was sent from this desk, until the engine's status tells of it."""

    command_id: str
    at: datetime
    how: str
    note: str = "Sent. Waiting for the engine."
    tone: str = "faint"
    failed: bool = False


def is_active(status: EmergencyStatus | None) -> bool:
    """Whether everything is being closed now, or waits for it."""
    return (
        status is not None
        and status.state in ACTIVE
        and status.action is Emergency.CLOSE_ALL_POSITIONS
    )


def out_view(desk: Snapshot, why: str) -> EmergencyView:
    """Return what a panic shows where nothing can be sent."""
    reason = words.sentence(f"{why[:1].lower()}{why[1:]}")
    return EmergencyView(
        open=True,
        out=True,
        title="This desk cannot stop trading now",
        mode=_mode(desk),
        note=f"Nothing was sent: {reason} It is not sent later, either.",
        note_tone="crit",
        footer="Trading goes on by the backend's own rules until one of these has been done.",
        verb="Close",
    )


def called_view(desk: Snapshot, called: Called, wall: datetime) -> EmergencyView:
    """Return the view of a panic of which the engine has said nothing yet."""
    return EmergencyView(
        open=True,
        out=called.failed,
        title="Closing everything" if not called.failed else "Not carried out, as far as known",
        mode=_mode(desk),
        held=f"held at this desk at {words.clock(called.at)} ET, {called.how}",
        took=words.age(called.at, wall),
        note=called.note,
        note_tone=called.tone,
        footer="It cannot be undone. If this desk fails now, the backend finishes alone.",
    )


def told_view(desk: Snapshot, status: EmergencyStatus, wall: datetime) -> EmergencyView:
    """Return the view of what the engine says of an emergency."""
    title, tone = _TITLES[status.state]
    now = desk.backend_now(wall)
    note, note_tone, out = _note(desk, status, wall)
    ended = status.state is EmergencyState.VERIFIED
    return EmergencyView(
        open=True,
        out=out,
        counted=True,
        title=title,
        tone=tone,
        icon={"ok": "check", "warn": "warning"}.get(tone, "panic"),
        mode=_mode(desk),
        held=_held(desk, status),
        took=_took(status, now),
        positions_open=_count(status.positions_open),
        positions_before=f"of {status.positions_before}",
        orders_open=_count(status.orders_open),
        orders_before=f"of {status.orders_before}",
        exposure=fmt.number(status.exposure_open, 0),
        progress=_progress(status),
        unknown=tuple(words.prose(text) for text in status.unknown_orders),
        note=note,
        note_tone=note_tone,
        footer=_footer(status, now),
        verb="Close" if ended else "Keep in background",
        proved=ended,
        stale=not desk.connected,
    )


def line_rows(status: EmergencyStatus | None) -> list[dict[str, Any]]:
    """Return one row per position, those that are still open first."""
    lines = () if status is None else status.lines
    return [_line(line) for line in sorted(lines, key=lambda line: line.state in _DONE)]


def step_rows(status: EmergencyStatus | None) -> list[dict[str, Any]]:
    """Return the steps with their times since the call."""
    return [] if status is None else [step_row(step) for step in status.steps]


def step_row(step: EmergencyStep) -> dict[str, Any]:
    """Return one step as QML reads it."""
    icon, tone = _STEP_ICONS[step.state]
    return {
        "name": words.prose(step.name),
        "words": step.words,
        "icon": icon,
        "tone": tone,
        "pending": step.state is StepState.PENDING,
        "after": after(step.after_s),
    }


def after(seconds: float | None) -> str:
    """Return how long after the call something was."""
    return "" if seconds is None else f"+{words.span(seconds)}"


def panic_face(desk: Snapshot) -> dict[str, Any]:
    """Return what the panic control of the header says while an emergency holds."""
    status, trading = desk.emergency, desk.trading_status
    stopped = trading is not None and trading.emergency_stop
    if not desk.connected:
        return {}
    if status is None or not is_active(status):
        closed = status is not None and status.state is EmergencyState.VERIFIED
        left = "0 and 0 open" if closed else "see Risk"
        return {"panic_engaged": stopped, "panic_title": "Stopped", "panic_words": left}
    title = {
        EmergencyState.WAITING: "Queued",
        EmergencyState.VERIFYING: "Verifying",
        EmergencyState.NEEDS_YOU: "Needs you",
    }.get(status.state, "Closing")
    return {"panic_engaged": True, "panic_title": title, "panic_words": _left(status)}


def reason(status: EmergencyStatus) -> str:
    """Return why nothing can be traded while an emergency runs."""
    return {
        EmergencyState.WAITING: "Emergency, exits are queued",
        EmergencyState.NEEDS_YOU: "Emergency, needs you",
    }.get(status.state, "Emergency, closing everything")


def _left(status: EmergencyStatus) -> str:
    if status.positions_open is None or status.orders_open is None:
        return "asking the broker"
    return f"{status.positions_open} and {status.orders_open} still open"


def _mode(desk: Snapshot) -> str:
    return "" if desk.summary is None else desk.summary.mode


def _held(desk: Snapshot, status: EmergencyStatus) -> str:
    by = desk.name_of(status.by)
    at = "" if status.began_at is None else f" at {words.clock(status.began_at)} ET"
    how = f", {status.how}" if status.how else ""
    return f"held by {by}{at}{how}"


def _took(status: EmergencyStatus, now: datetime) -> str:
    if status.state is EmergencyState.VERIFIED or status.began_at is None:
        known = [step.after_s for step in status.steps if step.after_s is not None]
        return words.span(max(known)) if known else ""
    return words.age(status.began_at, now)


def _count(number: int | None) -> str:
    return words.NONE if number is None else f"{number:,}"


def _progress(status: EmergencyStatus) -> float:
    """Return the share that is closed: of the value where it is known, else of the count."""
    worth = [line.was_worth for line in status.lines if line.was_worth is not None]
    before = sum(abs(value) for value in worth)
    if before and len(worth) == len(status.lines) and status.exposure_open is not None:
        return max(0.0, 1 - float(abs(status.exposure_open) / before))
    total = status.positions_before + status.orders_before
    if not total or status.positions_open is None or status.orders_open is None:
        return 0.0
    return max(0.0, 1 - (status.positions_open + status.orders_open) / total)


def _note(desk: Snapshot, status: EmergencyStatus, wall: datetime) -> tuple[str, str, bool]:
    """Return what must be said of it, its tone, and whether the other ways out are shown."""
    said = words.sentence(words.prose(status.words))
    if not desk.connected:
        lost = "The connection is lost: what the broker says now is not known here. "
        return f"{lost}The backend finishes alone.", "warn", True
    if status.state in ACTIVE and rights.engine_is_silent(desk, wall):
        return "The engine does not answer. What is still open is not known.", "crit", True
    if status.state is EmergencyState.NEEDS_YOU:
        return said or "Close what is left at the broker.", "warn", True
    if status.state is EmergencyState.WAITING:
        return said or "The exits are sent when the market opens.", "warn", False
    return (said if status.state is EmergencyState.VERIFIED else ""), "faint", False


def _footer(status: EmergencyStatus, now: datetime) -> str:
    if status.counted_at is None:
        asked = "The broker is being asked what is open."
    else:
        asked = f"Counted by the broker, {words.age(status.counted_at, now)} ago."
    if status.state is EmergencyState.VERIFIED:
        return f"{asked} AutoTrading stays stopped until it is started by hand."
    return f"{asked} The receipt comes when it says 0 and 0, twice."


def _line(line: EmergencyLine) -> dict[str, Any]:
    icon, tone = _line_icon(line)
    left = f"{fmt.quantity(line.filled)} of {fmt.quantity(line.qty)}"
    return {
        "symbol": line.symbol,
        "quantity": fmt.quantity(line.qty),
        "worth": fmt.number(line.was_worth),
        "state": line.state,
        "icon": icon,
        "tone": tone,
        "filled": fmt.price(line.price) if line.filled == line.qty and line.price else left,
        "words": words.prose(line.words),
        "open": line.state not in _DONE,
    }


def _line_icon(line: EmergencyLine) -> tuple[str, str]:
    if line.state in _DONE:
        return "check", ""
    if line.state in _STUCK:
        return "warning", "warn"
    return ("question", "warn") if line.state == "unknown" else ("clock", "warn")
