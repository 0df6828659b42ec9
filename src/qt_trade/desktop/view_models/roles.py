"""The roles: their heartbeat and, apart from it, their last useful work, as the engine judges it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from qt_trade.contract import registry
from qt_trade.contract.payloads.health import RoleHealth, RoleInstance, RoleState
from qt_trade.contract.payloads.trading import SystemStatus
from qt_trade.desktop.models.system_rows import RoleRow, State
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.system_snapshot import Heard
from qt_trade.desktop.view_models import freshness, words

ROLES = ("streamer", "engine", "worker", "beat")
"""Without these nothing trades: each has a row even when nothing was ever heard of it."""
SILENT_S = 6.0
"""Three reports missed."""
HEALTHY = (RoleState.WORKING, RoleState.IDLE, RoleState.STANDBY)
_STATES = {
    RoleState.WORKING: State("working", "check", "ok"),
    RoleState.IDLE: State("waiting", "clock", "muted"),
    RoleState.STANDBY: State("standby", "pause", "muted"),
    RoleState.ALIVE_NO_WORK: State("alive, no work", "cross", "crit"),
    RoleState.SILENT: State("silent", "cross", "crit"),
    RoleState.NOT_SEEN: State("not seen", "question", "warn"),
}
UNJUDGED = State("not judged", "question", "warn")


class Now(NamedTuple):
    """This moment on this desk's clock, and on the backend's."""

    here: datetime
    there: datetime


@dataclass(frozen=True, slots=True)
class RolesView:
    """The card's head. ``trouble``: how many roles and providers a person must look at."""

    known: bool = False
    trouble: int = 0
    count: str = ""
    note: str = ""
    note_tone: str = "faint"


def roles_view(
    desk: Snapshot, wall: datetime, rows: Iterable[RoleRow], broken: int = 0
) -> RolesView:
    """Return the head of the card for this moment; ``broken``: what else on the page is."""
    fresh = freshness.of(desk, registry.SYSTEM_STATUS, wall)
    if desk.system_status is None and not desk.system.roles:
        return RolesView(trouble=broken, note=fresh.note, note_tone="warn")
    healthy = {_STATES[state] for state in HEALTHY}
    states = [row.state for row in rows]
    good = sum(state in healthy for state in states)
    judged = judgement(desk, wall) is not None
    return RolesView(
        known=True,
        trouble=broken + sum(s.tone == "crit" for s in states) if desk.connected else 0,
        count=f"{good} of {len(states)} healthy" if judged else f"{len(states)}, not judged",
        note=fresh.note or "no word of the engine",
        note_tone=fresh.tone if fresh.note else "warn",
    )


def judgement(desk: Snapshot, wall: datetime) -> SystemStatus | None:
    """Return what the engine says of the roles, unless that is too old to count."""
    silent = freshness.is_silent(desk, registry.SYSTEM_STATUS, wall)
    return None if silent else desk.system_status


def role_rows(desk: Snapshot, wall: datetime) -> list[RoleRow]:
    """Return one row per process; one, too, for a role of which no process was seen."""
    status = judgement(desk, wall)
    judged = {} if status is None else status.roles
    heard: dict[str, dict[str, Heard]] = {name: {} for name in (*ROLES, *sorted(judged))}
    for instance, one in sorted(desk.system.roles.items()):
        heard.setdefault(one.report.role, {})[instance] = one
    rows: list[RoleRow] = []
    now = Now(wall, desk.backend_now(wall))
    for role, processes in heard.items():
        rows += _of_role(desk, now, role, judged.get(role), processes)
    return rows


def _of_role(
    desk: Snapshot,
    now: Now,
    role: str,
    health: RoleHealth | None,
    processes: dict[str, Heard],
) -> list[RoleRow]:
    known = {} if health is None else {one.instance: one for one in health.instances}
    names = sorted(processes.keys() | known.keys())
    if not names:
        return [_unseen(desk, now, role, health)]
    alone = len(names) == 1
    return [
        _process(
            _Process(role, name, known.get(name), processes.get(name), health, alone=alone),
            now,
            stale=not desk.connected,
        )
        for name in names
    ]


@dataclass(frozen=True, slots=True)
class _Process:
    """One process: as the engine judges it, as it was heard here; ``alone``: it is the role."""

    role: str
    instance: str
    judged: RoleInstance | None
    heard: Heard | None
    of_role: RoleHealth | None
    alone: bool

    @property
    def health(self) -> RoleInstance | RoleHealth | None:
        return self.judged or (self.of_role if self.alone else None)

    @property
    def where(self) -> str:
        if self.alone:
            return ""
        if self.heard is not None:
            return f"{self.heard.report.host} · {self.heard.report.pid}"
        return "" if self.judged is None else f"{self.judged.host} · {self.judged.pid}"


def _process(process: _Process, now: Now, *, stale: bool) -> RoleRow:
    health, heard = process.health, process.heard
    state, reason = _state(health, heard, now)
    report = None if heard is None else heard.report
    source = report if report is not None else health
    last_work = None if source is None else source.last_work
    return RoleRow(
        key=f"{process.role} {process.instance}",
        role=process.role.capitalize(),
        where=process.where,
        state=state,
        heartbeat_s=_seconds(None if heard is None else heard.at, now.here),
        work="" if source is None else source.work,
        reason=reason,
        ago_s=_seconds(last_work, now.there),
        idle=health is not None and health.state is RoleState.ALIVE_NO_WORK,
        queue=None if report is None else report.queue,
        per_minute=None if report is None else report.per_minute,
        restarts=None if source is None else source.restarts,
        stale=stale,
    )


def _state(
    health: RoleInstance | RoleHealth | None, heard: Heard | None, now: Now
) -> tuple[State, str]:
    """Return the state and, unless all is well, the reason."""
    if health is not None:
        good = health.state in HEALTHY
        return _STATES[health.state], "" if good else words.prose(health.words)
    if heard is None or (now.here - heard.at).total_seconds() > SILENT_S:
        return _STATES[RoleState.SILENT], "no report any more"
    if not heard.report.leads:
        return _STATES[RoleState.STANDBY], ""
    return UNJUDGED, ""


def _unseen(desk: Snapshot, now: Now, role: str, health: RoleHealth | None) -> RoleRow:
    """Return the row of a role of which no process is known, only what the engine says of it."""
    if health is None:
        return RoleRow(
            key=role,
            role=role.capitalize(),
            where="",
            state=_STATES[RoleState.NOT_SEEN],
            reason="nothing was heard of it",
            stale=not desk.connected,
        )
    state, reason = _state(health, None, now)
    return RoleRow(
        key=role,
        role=role.capitalize(),
        where="",
        state=state,
        heartbeat_s=_seconds(health.heartbeat, now.there),
        work=health.work,
        reason=reason,
        ago_s=_seconds(health.last_work, now.there),
        idle=health.state is RoleState.ALIVE_NO_WORK,
        queue=health.queue,
        per_minute=health.per_minute,
        restarts=health.restarts,
        stale=not desk.connected,
    )


def _seconds(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else round(max(0.0, (now - at).total_seconds()), 1)
