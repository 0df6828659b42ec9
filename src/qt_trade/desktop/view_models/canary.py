"""The canary in words: the whole way from the streamer to this screen, step by step."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.payloads.health import Canary, CanaryStep
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.system_snapshot import Painted
from qt_trade.desktop.view_models import freshness, words

HERE = "This desk"
SHOWN = 40
OTHER_DESKS = "desk"
"""The engine's word for the slowest of all desktops; this one measures itself."""


@dataclass(frozen=True, slots=True)
class CanaryView:
    """``steps``: dicts with name, words, begun and long (shares of the whole), took, ok, open."""

    known: bool = False
    stale: bool = False
    total: str = words.NONE
    word: str = ""
    icon: str = ""
    tone: str = ""
    remark: str = ""
    next_in: str = ""
    steps: tuple[Any, ...] = ()
    recent: tuple[float, ...] = ()
    recent_words: str = ""
    counts: str = ""
    note: str = ""
    note_tone: str = "faint"


def canary_view(desk: Snapshot, wall: datetime) -> CanaryView:
    """Return the canary for this moment."""
    canary = desk.canary
    fresh = freshness.of(desk, registry.CANARY, wall)
    if canary is None:
        return CanaryView(note=fresh.note, note_tone="warn")
    stale = desk.stale_since is not None
    painted = desk.system.painted if desk.system.is_painted(canary) else None
    late = freshness.is_silent(desk, registry.CANARY, wall)
    arrived = [ms for ms in canary.recent_ms if ms is not None][-SHOWN:]
    return CanaryView(
        known=True,
        stale=stale or late,
        total=words.milliseconds(_total(canary, painted)),
        **_verdict(canary, late=late, stale=stale),
        next_in="" if stale or late else _next(canary, desk.backend_now(wall)),
        steps=_steps(canary, painted),
        recent=tuple(arrived),
        recent_words=f"last {len(arrived)} arrived, limit {canary.limit_ms / 1000:g} s",
        counts=_counts(canary),
        note=fresh.note,
        note_tone=fresh.tone,
    )


def _total(canary: Canary, painted: Painted | None) -> float | None:
    return canary.total_ms if painted is None or not canary.ok else painted.after_ms


def _verdict(canary: Canary, *, late: bool, stale: bool) -> dict[str, Any]:
    if stale:
        return {"word": "not known", "icon": "question", "tone": "warn"}
    if late:
        silent = "The engine has sent no newer one: the chain is not watched."
        return {"word": "no canary", "icon": "cross", "tone": "crit", "remark": silent}
    if canary.ok:
        return {"word": "whole chain works", "icon": "check", "tone": "ok"}
    return {
        "word": "chain broken",
        "icon": "cross",
        "tone": "crit",
        "remark": words.sentence(words.prose(canary.words)),
    }


def _next(canary: Canary, wall: datetime) -> str:
    left = canary.every_s - (wall - canary.started).total_seconds()
    return f"next in {words.span(left)}" if left >= words.NOW_S else "next now"


def _counts(canary: Canary) -> str:
    flown = canary.arrived + canary.failed
    return f"{canary.arrived:,} of {flown:,} arrived"


def _steps(canary: Canary, painted: Painted | None) -> tuple[dict[str, Any], ...]:
    steps = [step for step in canary.steps if step.name.lower() != OTHER_DESKS]
    ended = max((step.begun_ms + (step.took_ms or 0.0) for step in steps), default=0.0)
    whole = max(ended, painted.after_ms if painted is not None else 0.0, 1e-9)
    return (*(_step(step, whole) for step in steps), _here(canary, painted, ended, whole))


def _step(step: CanaryStep, whole: float) -> dict[str, Any]:
    return {
        "name": words.prose(step.name),
        "words": step.words,
        "begun": step.begun_ms / whole,
        "long": (step.took_ms or 0.0) / whole,
        "took": words.milliseconds(step.took_ms),
        "ok": step.ok,
        "open": False,
    }


def _here(canary: Canary, painted: Painted | None, ended: float, whole: float) -> dict[str, Any]:
    """Return the way from the engine to this screen, which only this desktop can know."""
    if painted is None or not canary.ok:
        reason = "not painted yet" if canary.ok else "nothing came"
        row = {"name": HERE, "words": reason, "begun": 0.0, "long": 0.0, "took": words.NONE}
        return row | {"ok": False, "open": canary.ok}
    took = max(0.0, painted.after_ms - ended)
    return {
        "name": HERE,
        "words": "painted",
        "begun": min(ended, painted.after_ms) / whole,
        "long": took / whole,
        "took": words.milliseconds(took),
        "ok": True,
        "open": False,
    }
