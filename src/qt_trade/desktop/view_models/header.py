"""The header: can I trade, what am I worth, what do I look at, is the wire up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.link import Link, LinkPhase
from qt_trade.contract.payloads.sessions import SessionRole
from qt_trade.contract.payloads.trading import TradingStatus
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import emergency, feed_badge, freshness, rights, words
from qt_trade.desktop.view_models.market_clock import market_clock
from qt_trade.desktop.view_models.mode import mode_of, words_of


@dataclass(frozen=True, slots=True)
class HeaderView:
    """One field per word on the screen; the defaults are what a desk knows before anything."""

    trade_icon: str = "question"
    trade_title: str = "Not known"
    trade_tone: str = "faint"
    trade_words: str = "waiting for the engine"
    trade_alarmed: bool = False
    trade_hint: str = ""
    account_value: str = words.NONE
    account_unit: str = ""
    account_words: str = "Account value"
    account_tone: str = "faint"
    account_stale: bool = False
    day_text: str = words.NONE
    day_tone: str = ""
    day_words: str = "Day P/L"
    mode: str = ""
    mode_words: str = ""
    feed_icon: str = "feed"
    feed_title: str = "NO DATA"
    feed_tone: str = "faint"
    feed_words: str = "waiting"
    feed_short: str = ""
    feed_words_tone: str = "faint"
    feed_hint: str = ""
    feed_named: bool = False
    feed_dashed: bool = False
    clock_title: str = "Market"
    clock_words: str = "not known yet"
    clock_hint: str = ""
    link_title: str = "Connecting"
    link_tone: str = "warn"
    link_words: str = ""
    link_hint: str = ""
    session_title: str = ""
    session_words: str = ""
    session_tone: str = "faint"
    session_chip: str = ""
    session_count: str = ""
    session_hint: str = ""
    session_over: bool = False
    session_reachable: bool = False
    panic_reachable: bool = False
    panic_locked: str = ""
    panic_engaged: bool = False
    panic_title: str = ""
    panic_words: str = ""


def header_view(desk: Snapshot, wall: datetime) -> HeaderView:
    """Return the header for this moment."""
    return HeaderView(
        **_trade(desk, wall),
        mode=mode_of(desk),
        mode_words=words_of(mode_of(desk)),
        **_account(desk, wall),
        **feed_badge.feed_badge(desk, wall),
        **market_clock(desk.market_status, desk.feed_now(wall)),
        **_link(desk, wall),
        **_session(desk),
        panic_reachable=not rights.session_objection(desk),
        panic_locked=_panic_locked(desk),
        **emergency.panic_face(desk),
    )


def _session(desk: Snapshot) -> dict[str, Any]:
    others = "this desk"
    if desk.sessions is not None:
        others = words.count(len(desk.sessions.sessions), "session")
    view: dict[str, Any] = {
        "session_title": desk.session_name,
        "session_words": others,
        "session_chip": "read only" if desk.role is SessionRole.VIEWER else "",
        "session_count": "" if desk.sessions is None else str(len(desk.sessions.sessions)),
        "session_hint": f"This desk: {desk.session_id}"
        + (", read only" if desk.role is SessionRole.VIEWER else ""),
        "session_over": desk.over is not None,
        "session_reachable": desk.connected,
    }
    if not desk.connected:
        return view | {"session_words": "others not known"}
    if desk.over is not None:
        return view | {"session_words": "logged out", "session_tone": "warn"}
    return view


def _panic_locked(desk: Snapshot) -> str:
    """Return what stands on a panic control that this desk must not use though Redis is there."""
    if desk.connected and desk.role is SessionRole.VIEWER:
        return "read only"
    return "logged out" if desk.connected and desk.over is not None else ""


def _trade(desk: Snapshot, wall: datetime) -> dict[str, Any]:
    if not desk.connected:
        return _cannot("No connection to Redis")
    if rights.engine_is_silent(desk, wall):
        last = freshness.last_answer(desk, registry.TRADING_STATUS)
        return _cannot(rights.ENGINE_SILENT, f"{rights.ENGINE_SILENT}. Last answer {last}.")
    status = desk.trading_status
    if status is None:
        return {"trade_words": "waiting for the engine"}
    hint = "\n".join(f"{'✓' if c.ok else '✕'} {c.name}: {c.words}" for c in status.checks)
    stopped = _stopped(desk, status)
    if stopped:
        return _cannot(stopped, hint)
    if not status.can_trade:
        failed = next((c for c in status.checks if not c.ok), None)
        return _cannot(failed.words if failed else "the engine gives no reason", hint)
    passed = sum(c.ok for c in status.checks)
    return {
        "trade_icon": "check",
        "trade_title": "Ready to trade",
        "trade_tone": "ok",
        "trade_words": f"{passed} of {len(status.checks)} checks pass",
        "trade_hint": hint,
    }


def _stopped(desk: Snapshot, status: TradingStatus) -> str:
    if desk.emergency is not None and emergency.is_active(desk.emergency):
        return emergency.reason(desk.emergency)
    if not status.emergency_stop:
        return ""
    return status.emergency_words or "Emergency stop"


def _cannot(reason: str, hint: str = "") -> dict[str, Any]:
    return {
        "trade_icon": "cross",
        "trade_title": "Cannot trade",
        "trade_tone": "crit",
        "trade_words": reason,
        "trade_alarmed": True,
        "trade_hint": hint or reason,
    }


def _account(desk: Snapshot, wall: datetime) -> dict[str, Any]:
    summary = desk.summary
    if summary is None:
        return {
            "account_words": "Account value · none yet",
            "day_words": "Day P/L · none yet",
        }
    fresh = freshness.of(desk, registry.PORTFOLIO_SUMMARY, wall)
    seconds = freshness.age_s(summary.ts, desk, wall)
    ago = f"stale {words.span(seconds)}" if fresh.stale else words.span(seconds)
    change = words.money(summary.day_change, signed=True)
    known = summary.day_change is not None
    return {
        "account_value": words.money(summary.total_value),
        "account_unit": "USD",
        "account_words": f"Account value · {ago}",
        "account_tone": fresh.tone,
        "account_stale": fresh.stale,
        "day_text": f"{change} {words.percentage(summary.day_change_pct)}" if known else words.NONE,
        "day_tone": words.tone(summary.day_change),
        "day_words": f"Day P/L · {ago}",
    }


def _link(desk: Snapshot, wall: datetime) -> dict[str, Any]:
    link = desk.link
    if link.connected:
        return {
            "link_title": "Connected" if link.latency_ms is None else f"{_ms(link.latency_ms)} ms",
            "link_tone": "",
            "link_words": f"Redis, {words.count(desk.gaps, 'gap')}",
            "link_hint": f"Time to Redis and back. Lost {words.count(link.reconnects, 'time')}.",
        }
    if not desk.target:
        return {"link_title": "No address", "link_tone": "warn", "link_words": "see Settings"}
    title = "Connecting" if link.phase is LinkPhase.CONNECTING else "Offline"
    refused = link.phase is LinkPhase.REFUSED
    return {
        "link_title": "Refused" if refused else title,
        "link_tone": "crit" if title == "Offline" else "warn",
        "link_words": _attempt(link, desk.next_attempt_in_s(wall)),
        "link_hint": link.last_error,
    }


def _ms(latency: float) -> str:
    return f"{latency:.1f}" if latency < 1 else f"{latency:.0f}"


def _attempt(link: Link, wait: float) -> str:
    if link.phase is LinkPhase.REFUSED:
        return "Redis says no"
    if link.attempt == 0:
        return "Redis, first attempt"
    soon = f"next {wait:.1f} s" if wait >= words.NOW_S else "now"
    return f"attempt {link.attempt}, {soon}"
