"""Who controls AutoTrading, who asks for it, and what happens when the controller is gone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qt_trade.contract.payloads.sessions import (
    AutoTradingControl,
    SessionRole,
    TakeoverRequest,
)
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import rights, words
from qt_trade.model.control import ControllerLoss

LOSSES = tuple(ControllerLoss)
TOLD_S = 10.0
"""So long it is said how a take-over ended."""


@dataclass(frozen=True, slots=True)
class ControlView:
    """``asking``: this desk has asked for the control. ``asked``: another asks this desk for it."""

    known: bool = False
    mine: bool = False
    other: bool = False
    holder: str = words.NONE
    hint: str = ""
    nobody: str = ""
    can_take: bool = False
    take_hint: str = ""
    question: str = ""
    can_hand_over: bool = False
    asking: bool = False
    asking_words: str = ""
    asked: bool = False
    asked_words: str = ""
    progress: float = 0.0
    paused: bool = False
    paused_words: str = ""
    watchers: str = ""
    news: str = ""
    news_tone: str = ""
    loss_known: bool = False
    loss_index: int = LOSSES.index(ControllerLoss.PAUSE_ENTRIES)
    loss_hint: str = ""
    loss_title: str = ""
    loss_words: str = ""
    loss_mark: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """How a take-over ended, or who took the control away."""

    words: str
    tone: str
    at: datetime


def control_view(desk: Snapshot, wall: datetime, news: News | None) -> ControlView:
    """Return the control for this moment; how the setting stands is added by its form."""
    told = news is not None and (wall - news.at).total_seconds() <= TOLD_S
    said: dict[str, Any] = (
        {"news": news.words, "news_tone": news.tone} if news is not None and told else {}
    )
    control = desk.control
    if control is None:
        return ControlView(holder=_known_to_the_engine(desk), **said)
    objection = rights.objection(desk, wall)
    mine = control.holder == desk.session_id
    asking = control.request is not None
    return ControlView(
        known=True,
        mine=mine and desk.connected,
        other=is_another(desk),
        holder=_holder(desk, control),
        hint=objection_of(desk),
        nobody=words.prose(control.words) if control.holder is None else "",
        can_take=not mine and control.holder is not None and not objection and not asking,
        take_hint=objection or _asked_already(desk, control, wall),
        question=_question(control),
        can_hand_over=mine and not objection,
        paused=control.entries_paused and desk.connected,
        paused_words=words.sentence(words.prose(control.words or "Entries are paused")),
        watchers=_watchers(desk, wall),
        **_request(desk, control, wall),
        **said,
    )


def is_another(desk: Snapshot) -> bool:
    """Whether another living desk holds the control."""
    control = desk.control
    if control is None or control.holder is None:
        return False
    return control.alive and control.holder != desk.session_id


def asker(desk: Snapshot) -> TakeoverRequest | None:
    """Return who asks this desk for the control; nobody where it may not answer."""
    control = desk.control
    if control is None or control.holder != desk.session_id or rights.session_objection(desk):
        return None
    return control.request


def seconds_left(request: TakeoverRequest, desk: Snapshot, wall: datetime) -> float:
    """Return how long until the control passes, on the server's clock."""
    return max(0.0, (request.ends_at - desk.backend_now(wall)).total_seconds())


def objection_of(desk: Snapshot) -> str:
    """Return why this desk may not start or change AutoTrading, empty when it may."""
    if desk.control is None or not is_another(desk):
        return ""
    return f"{desk.control.holder_name} controls AutoTrading. Take over."


def changed(desk: Snapshot, before: AutoTradingControl | None, wall: datetime) -> News | None:
    """Return what a person must hear of how the control has passed, if anything."""
    now, me = desk.control, desk.session_id
    if before is None or now is None:
        return None
    if now.holder != before.holder:
        if now.holder == me:
            return News("This desk controls AutoTrading now.", "ok", wall)
        if before.holder == me:
            return News(f"{now.holder_name or 'Nobody'} controls AutoTrading now.", "warn", wall)
        return None
    was_asking = before.request is not None and before.request.session_id == me
    if was_asking and now.request is None and now.alive:
        return News(f"{now.holder_name} keeps the control.", "warn", wall)
    return None


def _known_to_the_engine(desk: Snapshot) -> str:
    status = desk.trading_status
    if status is None:
        return words.NONE
    if not status.controller:
        return "nobody"
    name = desk.name_of(status.controller)
    if not desk.connected:
        return f"{name}, last known"
    return "this desk" if status.controller == desk.session_id else name


def _holder(desk: Snapshot, control: AutoTradingControl) -> str:
    if control.holder is None:
        return "nobody"
    if not desk.connected:
        return f"{control.holder_name}, last known"
    if control.holder == desk.session_id:
        return f"{control.holder_name} (this desk)"
    return control.holder_name if control.alive else f"{control.holder_name}, gone"


def _question(control: AutoTradingControl) -> str:
    if control.alive:
        return f"{control.holder_name} is asked, and has 10 s to keep the control."
    return f"{control.holder_name} is gone: the control passes at once."


def _request(desk: Snapshot, control: AutoTradingControl, wall: datetime) -> dict[str, Any]:
    request = control.request
    if request is None or not desk.connected:
        return {}
    left_s = seconds_left(request, desk, wall)
    left = f"{left_s:.0f} s"
    view: dict[str, Any] = {"progress": _progress(request, left_s)}
    if request.session_id == desk.session_id:
        return view | {
            "asking": True,
            "asking_words": f"Asking {control.holder_name}, {left}",
        }
    if control.holder == desk.session_id:
        text = f"{request.name} asks for the control. It passes in {left}."
        return view | {"asked": True, "asked_words": text}
    return view


def _asked_already(desk: Snapshot, control: AutoTradingControl, wall: datetime) -> str:
    request = control.request
    if request is None or request.session_id == desk.session_id:
        return ""
    left_s = seconds_left(request, desk, wall)
    return f"{request.name} asks {control.holder_name} for the control, {left_s:.0f} s"


def _progress(request: TakeoverRequest, left_s: float) -> float:
    whole_s = (request.ends_at - request.asked_at).total_seconds()
    return min(1.0, max(0.0, left_s / whole_s)) if whole_s > 0 else 0.0


def _watchers(desk: Snapshot, wall: datetime) -> str:
    living = () if desk.sessions is None or not desk.connected else desk.sessions.sessions
    others = [one for one in living if one.session_id != desk.session_id and not one.controls]
    if not others:
        return ""
    if len(others) > 1:
        return f"{words.count(len(others), 'other desk')} watching"
    one = others[0]
    verb = "looks on" if one.role is SessionRole.VIEWER else "watches"
    seen = words.span(max(0.0, (desk.backend_now(wall) - one.last_seen).total_seconds()))
    return f"{one.name} {verb}, last seen {seen} ago"
