"""Who is at the desks: every session with its right and its delay, and the way to end one."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.errors import DisconnectedError, NoReplyError
from qt_trade.contract.payloads.sessions import ActiveSession, SessionRole
from qt_trade.desktop.link import Answer
from qt_trade.desktop.models.system_rows import SessionRow, State
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import freshness, rights

CONTROLS = State("controls", "", "accent")
TRADES = State("trades", "", "")
WATCHES = State("watches", "", "")
HERE = "this desk"
LOG_OUT = "Log out "
NAME_SHOWN = 24
"""A name is what its desk says it is; a button has room for so much of it."""


@dataclass(frozen=True, slots=True)
class SessionsView:
    """``asking``: the session's id while a person is asked whether it should really end."""

    known: bool = False
    count: str = ""
    note: str = ""
    note_tone: str = "faint"
    selected: str = ""
    can_revoke: bool = False
    revoke_hint: str = ""
    asking: str = ""
    question: str = ""
    question_words: str = ""
    verb: str = ""
    busy: bool = False
    result: str = ""
    result_icon: str = ""
    result_tone: str = ""


def session_rows(desk: Snapshot, wall: datetime) -> list[SessionRow]:
    """Return one row per living session, this desk first, then by name."""
    if desk.sessions is None:
        return []
    stale = freshness.of(desk, registry.SESSIONS_ACTIVE, wall).stale
    rows = [_row(session, desk, wall, stale=stale) for session in desk.sessions.sessions]
    return sorted(rows, key=lambda row: (not row.here, row.name, row.key))


def _row(session: ActiveSession, desk: Snapshot, wall: datetime, *, stale: bool) -> SessionRow:
    here = session.session_id == desk.session_id
    return SessionRow(
        key=session.session_id,
        name=session.name,
        where=HERE if here else f"{session.user}@{session.host}",
        version=session.version,
        right=_right(session, desk),
        delay_ms=session.delay_ms,
        seen_s=_seen(session, desk, wall, here=here),
        here=here,
        stale=stale,
    )


def _right(session: ActiveSession, desk: Snapshot) -> State:
    holder = None if desk.control is None else desk.control.holder
    if session.controls or session.session_id == holder:
        return CONTROLS
    return WATCHES if session.role is SessionRole.VIEWER else TRADES


def _seen(session: ActiveSession, desk: Snapshot, wall: datetime, *, here: bool) -> float:
    # This desk is seen by whoever reads this.
    if here and desk.connected:
        return 0.0
    return round(max(0.0, (desk.backend_now(wall) - session.last_seen).total_seconds()), 1)


def sessions_view(view: SessionsView, desk: Snapshot, wall: datetime) -> SessionsView:
    """Return the card for this moment; what is selected and asked stays while it is there."""
    active = desk.sessions
    fresh = freshness.of(desk, registry.SESSIONS_ACTIVE, wall)
    if active is None:
        return SessionsView(note=fresh.note, note_tone="warn", result=view.result)
    ids = {session.session_id for session in active.sessions}
    selected = view.selected if view.selected in ids else ""
    return replace(
        view,
        known=True,
        count=str(len(active.sessions)) if active.sessions else "",
        note=fresh.note,
        note_tone=fresh.tone,
        selected=selected,
        **_may(selected, desk, wall),
        asking=view.asking if view.asking in ids else "",
    )


def changed(view: SessionsView, desk: Snapshot, wall: datetime, **fields: Any) -> SessionsView:
    """Return the view after a person chose or took something back."""
    chosen = replace(view, **fields)
    return replace(chosen, **_may(chosen.selected, desk, wall))


def _may(selected: str, desk: Snapshot, wall: datetime) -> dict[str, Any]:
    why = rights.objection(desk, wall)
    if why:
        return {"can_revoke": False, "revoke_hint": why}
    if not selected:
        return {"can_revoke": False, "revoke_hint": "Choose another session in the list first"}
    if selected == desk.session_id:
        return {"can_revoke": False, "revoke_hint": "This desk ends when its window is closed"}
    return {"can_revoke": True, "revoke_hint": ""}


def asked(view: SessionsView, desk: Snapshot) -> SessionsView:
    """Return the view that asks whether the selected session should really end."""
    session = _session(desk, view.selected)
    if session is None or not view.can_revoke:
        return view
    controls = _right(session, desk) == CONTROLS
    loss = " It controls AutoTrading; what then happens is set for the loss of its controller."
    return replace(
        view,
        asking=session.session_id,
        question=f"Log out {session.name}?",
        question_words=f"{session.user}@{session.host} is ended at once and cannot come back "
        f"under this session.{loss if controls else ''}",
        verb=f"{LOG_OUT}{session.name[:NAME_SHOWN]}",
        result="",
    )


def _session(desk: Snapshot, session_id: str) -> ActiveSession | None:
    sessions = () if desk.sessions is None else desk.sessions.sessions
    return next((one for one in sessions if one.session_id == session_id), None)


def answered(view: SessionsView, name: str, answer: Answer) -> SessionsView:
    """Return the view with how the log-out ended."""
    reply = answer.reply
    text, icon, tone = f"{name}: {answer.error}", "cross", "crit"
    if reply is not None and reply.accepted:
        text, icon, tone = f"{name} is logged out", "check", "ok"
    elif reply is not None:
        text = f"{name} was not logged out: {reply.reason}"
    elif isinstance(answer.error, NoReplyError):
        text, icon, tone = f"{name}: UNKNOWN, the engine has not answered", "question", "warn"
    elif isinstance(answer.error, DisconnectedError):
        text = f"{name} was not logged out: no connection to Redis"
    return replace(view, busy=False, result=text, result_icon=icon, result_tone=tone)
