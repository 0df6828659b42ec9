"""Training: what the trainer does or did last, in words."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.payloads.signals import Curve, MlTrainingStatus
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import freshness, words

SILENT_S = 120.0
"""A trainer that works says so far more often."""
COIN_TOSS = math.log(2)
"""The log loss of somebody who always says one half."""
NO_REFERENCE = -1.0
"""No loss is below nothing."""
_BINARY = "log loss"
_MINUTE_S = 60
_ENDS = {
    "finished": ("Finished", "check", "ok"),
    "failed": ("Failed", "cross", "crit"),
    "cancelled": ("Cancelled", "dash", "warn"),
}


@dataclass(frozen=True, slots=True)
class TrainingView:
    """``rounds``, ``training`` and ``validation``: the curve; ``reference``: a coin toss, below 0: none.

    ``state`` is the word of a chip; ``told``: how it ended, with its time. ``objection``: why
    nothing may be asked of the trainer.
    """

    known: bool = False
    stale: bool = False
    note: str = ""
    note_tone: str = "faint"
    active: bool = False
    ever: bool = False
    title: str = ""
    left: str = ""
    progress: float = 0.0
    progress_words: str = ""
    state: str = ""
    state_icon: str = ""
    state_tone: str = ""
    told: str = ""
    told_tone: str = "muted"
    rounds: tuple[Any, ...] = ()
    training: tuple[Any, ...] = ()
    validation: tuple[Any, ...] = ()
    reference: float = NO_REFERENCE
    loss: str = ""
    facts: tuple[Any, ...] = ()
    can_ask: bool = False
    objection: str = ""
    busy: bool = False
    result: str = ""
    result_tone: str = ""


def training_fields(desk: Snapshot, wall: datetime) -> dict[str, Any]:
    """Return what the card says of the trainer; nothing is known before its first word."""
    told = desk.training
    if told is None:
        return {"known": False, "active": False, "ever": False, "note": "", "facts": (),
                "rounds": (), "title": "", "told": ""}  # fmt: skip
    fresh = freshness.of(desk, registry.ML_TRAINING_STATUS, wall)
    silent = told.active and not fresh.stale and _quiet_s(told, desk, wall) > SILENT_S
    return {
        "known": True,
        "stale": fresh.stale,
        "note": fresh.note.replace("Worker", "Trainer", 1),
        "note_tone": fmt.WARN if silent else fresh.tone,
        "active": told.active,
        "ever": told.event != "none" or told.active,
        "title": words.figures(told.stage),
        "left": _left(told.left_s) if told.active else "",
        "progress": told.progress,
        "progress_words": fmt.share(told.progress, 0),
        **_ending(told, desk, wall, silent=silent),
        **_curve(told.curve, told.loss),
        "facts": _facts(told),
    }


def _quiet_s(told: MlTrainingStatus, desk: Snapshot, wall: datetime) -> float:
    return freshness.age_s(told.ts, desk, wall)


def _left(seconds: float | None) -> str:
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return ""
    if seconds < _MINUTE_S:
        return "less than a minute left"
    return f"about {words.span(math.ceil(seconds / _MINUTE_S) * _MINUTE_S)} left"


def _ending(
    told: MlTrainingStatus, desk: Snapshot, wall: datetime, *, silent: bool
) -> dict[str, Any]:
    """Return the chip's state, and how the training goes or ended, with its time."""
    if told.active:
        since = f"Started {_when(told.started, desk, wall)}"
        asked = f", {words.figures(told.trigger)}" if told.trigger else ""
        detail = f". {words.figures(told.detail)}" if told.detail else ""
        fields = {"state": "training", "state_icon": "", "state_tone": "accent"}
        if silent:
            last = f"No word from the trainer since {_clock(told.ts, desk)}"
            return fields | {
                "told": f"{last}. Cancel it, or look at System.",
                "told_tone": fmt.WARN,
            }
        return fields | {"told": words.sentence(since + asked + detail), "told_tone": fmt.MUTED}
    word, icon, tone = _ENDS.get(told.event, ("", "", ""))
    detail = f": {words.figures(told.detail)}" if told.detail else ""
    when = _when(told.updated, desk, wall)
    ended = words.sentence(f"{word} {when}{detail}") if word else words.figures(told.detail)
    return {
        "state": word.lower(),
        "state_icon": icon,
        "state_tone": tone,
        "told": ended,
        "told_tone": "crit" if tone == "crit" else fmt.MUTED,
    }


def _when(at: datetime | None, desk: Snapshot, wall: datetime) -> str:
    if at is None:
        return "at a time nobody noted"
    return f"{words.span(freshness.age_s(at, desk, wall))} ago, at {_clock(at, desk)}"


def _clock(at: datetime, desk: Snapshot) -> str:
    """Return a moment of the backend's clock on the clock of what is shown."""
    return words.clock(desk.feed_at(at) or at)


def _curve(curve: Curve | None, loss: str) -> dict[str, Any]:
    binary = loss.lower().startswith(_BINARY)
    toss = COIN_TOSS if binary else NO_REFERENCE
    named = f"{loss} by round" + (f", coin toss = {COIN_TOSS:.3f}" if binary else "")
    if curve is None:
        return {"rounds": (), "training": (), "validation": (), "reference": toss, "loss": ""}
    return {
        "rounds": curve.rounds,
        "training": curve.training,
        "validation": curve.validation,
        "reference": toss,
        "loss": named,
    }


def _facts(told: MlTrainingStatus) -> tuple[dict[str, str], ...]:
    found = [("Data", told.data), ("Split", told.split), ("Costs in target", told.costs)]
    return tuple({"caption": name, "value": words.figures(text)} for name, text in found if text)
