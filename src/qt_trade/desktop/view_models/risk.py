"""Risk in words: what of the limits is used, breakers, symbols that wait, the emergency steps."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.payloads.risk import BreakerLine, BreakerState, LimitLine, WaitLine
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import emergency, freshness, rights, words
from qt_trade.desktop.view_models.limit_changes import EXCLUDED, setting_of

NEAR, FULL = 0.8, 1.0
SHOWS = "Open orders counted. The backend enforces, this page only shows."
_NOTHING = "nothing opens"
_BREAKERS = {
    BreakerState.CLOSED: ("closed", "check", "ok"),
    BreakerState.WARNING: ("warning", "warning", "warn"),
    BreakerState.OPEN: ("open", "cross", "crit"),
}


@dataclass(frozen=True, slots=True)
class RiskView:
    """``asking``: which limit (``key|field``) or symbol is being changed; empty: none.

    ``looser``: what was typed would hold less back, so that the password is asked for.
    """

    known: bool = False
    note: str = ""
    note_tone: str = "faint"
    stale: bool = False
    down: bool = False
    down_words: str = ""
    words: str = SHOWS
    words_tone: str = "faint"
    limits_count: str = ""
    waits_count: str = ""
    receipts_count: str = ""
    past_note: str = ""
    can_change: bool = False
    change_hint: str = ""
    armed: str = "not known"
    armed_icon: str = "question"
    armed_tone: str = "warn"
    reachable: bool = False
    can_stop: bool = False
    can_cancel: bool = False
    can_close: bool = False
    cancel_title: str = "Cancel all open orders"
    close_title: str = "Close all positions"
    close_words: str = "cancel, then sell everything at market"
    can_resume: bool = False
    asking: str = ""
    ask_title: str = ""
    ask_words: str = ""
    ask_value: bool = False
    typed: str = ""
    unit: str = ""
    looser: bool = False
    password_name: str = ""
    can_apply: bool = False
    apply_verb: str = "Apply"
    apply_hint: str = ""
    busy: bool = False
    result: str = ""
    result_tone: str = ""
    excluding: bool = False


def risk_fields(desk: Snapshot, wall: datetime) -> dict[str, Any]:
    """Return what of the view follows from the snapshot alone."""
    state = desk.risk_state
    fresh = freshness.of(desk, registry.RISK_STATE, wall)
    objection = rights.objection(desk, wall)
    last = freshness.last_answer(desk, registry.RISK_STATE)
    receipts = desk.own_receipts()
    return {
        "known": state is not None,
        "note": fresh.note,
        "note_tone": fresh.tone,
        "stale": fresh.stale,
        "down": desk.connected and fresh.stale,
        "down_words": f"Orders are locked. Last answer {last}.",
        **_said(desk),
        "limits_count": str(len(state.limits)) if state and state.limits else "",
        "waits_count": str(len(wait_rows(desk, wall)) or ""),
        "receipts_count": str(len(receipts) or ""),
        "past_note": fresh.note if fresh.stale else _last_told(desk, wall),
        "can_change": not objection,
        "change_hint": objection,
        **_steps(desk),
    }


def _said(desk: Snapshot) -> dict[str, Any]:
    """Return what risk says of the whole: why nothing may be opened, where that is so."""
    state = desk.risk_state
    if state is None or not state.words.startswith(_NOTHING):
        return {"words": SHOWS, "words_tone": "faint"}
    return {"words": words.prose(state.words), "words_tone": "warn"}


def _last_told(desk: Snapshot, wall: datetime) -> str:
    status = desk.emergency
    if status is None:
        return ""
    return f"{status.source.capitalize()} · {words.span(freshness.age_s(status.ts, desk, wall))}"


def _steps(desk: Snapshot) -> dict[str, Any]:
    """Return what the emergency steps say; a step that would find nothing is off."""
    orders = None if desk.orders is None else len(desk.orders.orders)
    held = None if desk.positions is None else len(desk.positions.positions)
    status = desk.trading_status
    stopped = status is not None and status.emergency_stop
    armed, icon, tone = _armed(desk, stopped=stopped)
    return {
        "armed": armed,
        "armed_icon": icon,
        "armed_tone": tone,
        "reachable": not rights.session_objection(desk),
        "can_stop": not stopped,
        "can_cancel": orders != 0,
        "can_close": held != 0 or orders != 0,
        "cancel_title": _title("Cancel", orders, "open order"),
        "close_title": _title("Close", held, "position"),
        "close_words": _close_words(desk, held),
        "can_resume": stopped and desk.connected,
    }


def _title(verb: str, many: int | None, what: str) -> str:
    if not many:
        return f"{verb} all {what}s"
    return f"{verb} {words.count(many, what)}" if many == 1 else f"{verb} all {many} {what}s"


def _close_words(desk: Snapshot, held: int | None) -> str:
    if held == 0:
        return "nothing is held; cancels what is open"
    worth = None if desk.summary is None else desk.summary.invested_amount
    value = "everything" if worth is None else f"{fmt.number(worth)} USD"
    return f"cancel, then sell {value} at market"


def _armed(desk: Snapshot, *, stopped: bool) -> tuple[str, str, str]:
    if rights.session_objection(desk):
        return "unreachable", "question", "warn"
    if emergency.is_active(desk.emergency):
        return "being carried out", "clock", "crit"
    return ("stopped", "panic", "crit") if stopped else ("armed", "check", "ok")


def limit_rows(desk: Snapshot, asking: str) -> list[dict[str, Any]]:
    """Return one row per limit, as the engine orders them."""
    state = desk.risk_state
    return [] if state is None else [_limit(one, desk, asking) for one in state.limits]


def _limit(one: LimitLine, desk: Snapshot, asking: str) -> dict[str, Any]:
    name = f"{one.key}|{one.field}"
    share = one.share
    tone = "accent" if share is None or share < NEAR else "warn" if share < FULL else "crit"
    return {
        "name": name,
        "title": one.title,
        "used": words.figures(one.used),
        "allowed": words.figures(one.allowed),
        "share": 0.0 if share is None else min(1.0, max(0.0, share)),
        "shareText": words.NONE if share is None else f"{share:.0%}",
        "tone": tone,
        "atLimit": one.at_limit,
        "pending": one.pending,
        "changeable": setting_of(desk, one.key, one.field) is not None,
        "asked": name == asking,
    }


def breaker_rows(desk: Snapshot) -> list[dict[str, Any]]:
    """Return one row per breaker."""
    state = desk.risk_state
    return [] if state is None else [_breaker(one) for one in state.breakers]


def _breaker(one: BreakerLine) -> dict[str, Any]:
    state, icon, tone = _BREAKERS[one.state]
    trips = f" · {words.count(one.trips_today, 'trip')} today" if one.trips_today else ""
    return {
        "title": one.title,
        "state": state,
        "icon": icon,
        "tone": tone,
        "opensAt": one.opens_at,
        "now": f"{one.now}{trips}",
        "lifts": words.prose(one.lifts),
        "nowTone": "" if tone == "ok" else tone,
    }


def wait_rows(desk: Snapshot, wall: datetime) -> list[dict[str, Any]]:
    """Return the symbols that may not be opened; those that people excluded can be let in again."""
    state, given, now = desk.risk_state, desk.portfolio_settings, desk.feed_now(wall)
    excluded = () if given is None else given.excluded_symbols
    told = () if state is None else state.waits
    rows = [_wait(one, now, removable=_is_exclusion(one, excluded)) for one in told]
    known = {row["symbol"] for row in rows if row["until"] == "always"}
    by = "" if given is None else given.updated_by
    return rows + [
        {"symbol": one, "why": f"Excluded by {by}", "until": "always", "removable": True}
        for one in excluded
        if one not in known
    ]


def _is_exclusion(one: WaitLine, excluded: tuple[str, ...]) -> bool:
    return one.symbol in excluded and one.until is None and one.field in ("", EXCLUDED)


def _wait(one: WaitLine, now: datetime | None, *, removable: bool) -> dict[str, Any]:
    until = "always"
    if one.until is not None:
        left = "" if now is None else f", {fmt.countdown((one.until - now).total_seconds())}"
        until = f"{words.minute(one.until)}{left}"
    return {
        "symbol": one.symbol,
        "why": words.prose(one.why),
        "until": until,
        "removable": removable,
    }
