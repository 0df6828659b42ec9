"""What frames every page: is what I see old, the banner, the status line."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qt_trade.contract.link import LinkPhase
from qt_trade.contract.payloads.sessions import TakeoverRequest
from qt_trade.desktop.snapshot import Notice, SessionOver, Snapshot
from qt_trade.desktop.view_models import control, rights, words

TOLD_S = 6.0
"""How long good news stays (tokens: duration.toast)."""
_TO_SETTINGS = {"banner_more": "Open Settings", "banner_page": "Settings"}
_TO_SYSTEM = {"banner_more": "Details", "banner_page": "System"}
_ICONS = {"ok": "check", "warn": "question", "crit": "panic"}


@dataclass(frozen=True, slots=True)
class ShellView:
    """``stale``: the wire is down, everything shown is old. ``why``: why nothing may be sent."""

    stale: bool = False
    can_write: bool = False
    why: str = ""
    stale_note: str = ""
    waiting: str = "Waiting for the first snapshot"
    banner_visible: bool = False
    banner_icon: str = "plug"
    banner_tone: str = "crit"
    banner_title: str = ""
    banner_words: str = ""
    banner_detail: str = ""
    banner_action: str = ""
    banner_more: str = ""
    banner_page: str = ""
    status_alarm: str = ""
    status_left: tuple[str, ...] = ()
    status_right: tuple[str, ...] = ()
    status_time: str = ""


def shell_view(desk: Snapshot, wall: datetime) -> ShellView:
    """Return the frame for this moment."""
    stale = not desk.connected and desk.stale_since is not None
    now = desk.feed_now(wall)
    why = rights.objection(desk, wall)
    return ShellView(
        stale=stale,
        can_write=not why,
        why=why,
        stale_note=f"stale since {words.clock(desk.stale_at)}" if stale else "",
        waiting=_waiting(desk, wall),
        **_banner(desk, wall),
        status_alarm=f"Redis: disconnected since {words.clock(desk.stale_at)} ET" if stale else "",
        status_left=_left(desk, wall, stale=stale),
        status_right=_right(desk, now),
        status_time=f"{words.clock(now)} ET" if now is not None else words.NONE,
    )


def _waiting(desk: Snapshot, wall: datetime) -> str:
    if not desk.connected:
        return "No connection to Redis yet"
    return f"Waiting for the first snapshot, {words.age(desk.link.since, wall)}"


def _banner(desk: Snapshot, wall: datetime) -> dict[str, Any]:
    link = desk.link
    request = control.asker(desk)
    if request is not None:
        return _asked(request, desk, wall)
    if desk.notice is not None and _fresh(desk.notice, wall):
        return _noticed(desk.notice)
    if link.connected:
        return _back(desk, wall) if desk.over is None else _logged_out(desk.over)
    return _away(desk, wall) if desk.target else _unnamed()


def _asked(request: TakeoverRequest, desk: Snapshot, wall: datetime) -> dict[str, Any]:
    """Only a few seconds are left to answer: on every page, before everything else."""
    title = f"{request.name} asks for the control of AutoTrading."
    left = f"It passes in {control.seconds_left(request, desk, wall):.0f} s."
    return _shown(title, left, "", "Keep") | {
        "banner_icon": "person",
        "banner_tone": "warn",
        "banner_more": "Hand over",
    }


def _away(desk: Snapshot, wall: datetime) -> dict[str, Any]:
    link = desk.link
    error = link.last_error.partition(" ([Errno")[0]  # its number says no more than the words
    parts = (error,) if desk.target in error else (desk.target, error)
    detail = " · ".join(part for part in parts if part)
    if link.phase is LinkPhase.REFUSED:
        refused = f"User or password do not fit. It is not tried again by itself.{_old(desk)}"
        shown = _shown("Redis refuses this desk.", refused, detail, "Try now")
        return shown | {"banner_icon": "lock"} | _TO_SETTINGS
    if desk.stale_since is None:
        if link.attempt <= 1:
            return {}
        title = "No connection to Redis."
        return _shown(title, _retry(desk, wall), detail, "Try now") | _TO_SETTINGS
    title = f"Connection to Redis lost {words.age(link.since, wall)} ago."
    text = f"{_retry(desk, wall)}{_old(desk)} Nothing can be sent from this desk."
    return _shown(title, text, detail, "Try now") | _TO_SYSTEM


def _old(desk: Snapshot) -> str:
    if desk.stale_since is None:
        return ""
    return f" Values below are from {words.clock(desk.stale_at)} and do not change."


def _unnamed() -> dict[str, Any]:
    shown = _shown("No Redis is named.", "Enter its address in Settings, then test and save.", "")
    return shown | {"banner_tone": "warn"} | _TO_SETTINGS


def _logged_out(over: SessionOver) -> dict[str, Any]:
    title = f"Logged out by {over.by}." if over.by else "Logged out."
    reason = f"{words.sentence(words.prose(over.reason))} " if over.reason else ""
    looking = "This desk goes on looking; it sends nothing."
    return _shown(title, reason + looking, "", "Start a new session") | {"banner_icon": "lock"}


def _fresh(notice: Notice, wall: datetime) -> bool:
    """Good news leaves by itself, bad news when it was dismissed."""
    return notice.tone != "ok" or (wall - notice.at).total_seconds() <= TOLD_S


def _noticed(notice: Notice) -> dict[str, Any]:
    return _shown(notice.title, notice.words, "", "Dismiss") | {
        "banner_icon": _ICONS[notice.tone],
        "banner_tone": notice.tone,
    }


def _retry(desk: Snapshot, wall: datetime) -> str:
    link = desk.link
    wait = desk.next_attempt_in_s(wall)
    soon = f"next in {words.span(wait)}" if wait >= words.NOW_S else "now"
    return f"Trying again: attempt {max(1, link.attempt)}, {soon}."


def _shown(title: str, text: str, detail: str, action: str = "") -> dict[str, Any]:
    return {
        "banner_visible": True,
        "banner_title": title,
        "banner_words": text,
        "banner_detail": detail,
        "banner_action": action,
    }


def _back(desk: Snapshot, wall: datetime) -> dict[str, Any]:
    if desk.caught_up is None or desk.caught_up_at is None:
        return {}
    if (wall - desk.caught_up_at).total_seconds() > TOLD_S:
        return {}
    gaps = desk.gaps - desk.gaps_when_lost
    gap = "0 lost" if gaps == 0 else f"{words.count(gaps, 'gap')}, loaded anew"
    return {
        "banner_visible": True,
        "banner_icon": "check",
        "banner_tone": "ok",
        "banner_title": "Connected.",
        "banner_words": f"{words.count(desk.caught_up, 'event')} caught up, {gap}.",
    }


def _left(desk: Snapshot, wall: datetime, *, stale: bool) -> tuple[str, ...]:
    if desk.last_event is None:
        return ("Waiting for the first snapshot",)
    parts = [f"{words.count(desk.messages, 'message')} received"]
    if stale:
        return (*parts, "Showing the last snapshot")
    parts.append(f"Last event {words.age(desk.last_event, wall)}")
    parts.append(words.count(desk.gaps, "gap"))
    if desk.damaged:
        parts.append(words.count(desk.damaged, "refused document"))
    return tuple(parts)


def _right(desk: Snapshot, now: datetime | None) -> tuple[str, ...]:
    status = desk.market_status
    if status is None or now is None:
        return ()
    return (f"{status.feed.value} · {status.feed_source}", status.account, words.day(now))
