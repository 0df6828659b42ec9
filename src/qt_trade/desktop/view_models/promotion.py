"""Promotion: which gates a model has passed, what may be done with it, and how two compare."""

from dataclasses import dataclass
from typing import Any

from qt_trade.contract.payloads.intelligence import Gate, Interval, ModelLine, ScoreLine
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import words
from qt_trade.desktop.view_models.scorecard import (
    action_of,
    interval_text,
    is_ai,
    is_baseline,
    lines,
    mode_of,
    model_of,
    name_of,
    state_of,
    verdict_of,
)
from qt_trade.model.scores import ModelState

_SIGNS = {True: ("check", "ok"), None: ("clock", "warn"), False: ("cross", "crit")}
_GOES = {
    "PAPER": "Goes to paper only when all gates pass; what is in use at its horizon gives way.",
    "LIVE": "Goes into use with real money only when all gates pass.",
}
_GOES_ANY = "Goes into use only when all gates pass; what is in use at its horizon gives way."
_TOLD = {
    ModelState.IN_USE: "In use. Demoting it puts the one before it back, where there is one.",
    ModelState.RETIRED: "Retired: it was in use, and another took its place.",
    ModelState.REFUSED: "Refused by its training: it is never used.",
}
_BASELINE = "Drift and volatility alone: it speaks where no model is in use, and is never promoted."
_AI = "An AI's opinions are scored as a model's are. They are never orders, and never promoted."


@dataclass(frozen=True, slots=True)
class PromotionView:
    """``verb``: what may be done with the model, empty: nothing; ``other``: compared with it."""

    known: bool = False
    name: str = ""
    state: str = ""
    state_icon: str = ""
    state_tone: str = ""
    intro: str = ""
    remark: str = ""
    verb: str = ""
    demotes: bool = False
    can_act: bool = False
    hint: str = ""
    can_compare: bool = False
    comparing: bool = False
    other: str = ""
    others: int = 0
    empty: str = "No model yet"
    empty_words: str = ""
    busy: bool = False
    result: str = ""
    result_tone: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One model as far as it is known: its score, its training, or both."""

    score: ScoreLine | None
    model: ModelLine | None

    @property
    def line(self) -> ScoreLine | ModelLine | None:
        return self.model or self.score


def everything(desk: Snapshot) -> dict[str, Shown]:
    """Return every model that is known, by its key; what is scored comes first."""
    found: dict[str, Shown] = {}
    for line in lines(desk):
        key = f"{line.model_id}/{line.horizon_min}"
        found[key] = Shown(line, model_of(desk, line.model_id))
    for model in () if desk.models is None else desk.models.models:
        found.setdefault(f"{model.model_id}/{model.horizon_min}", Shown(None, model))
    return found


def first_shown(found: dict[str, Shown]) -> str:
    """Return whose gates are shown while nobody chose: of the newest that waits, else the first."""
    kept = {key: one for key, one in found.items() if one.model is not None}
    waiting = [key for key, one in kept.items() if _state(one) is ModelState.SHADOW]
    waiting.sort(key=lambda key: _trained(kept[key]), reverse=True)
    return next(iter(waiting or kept or found), "")


def partners(found: dict[str, Shown], key: str) -> list[str]:
    """Return with which models one can be compared: in use at its horizon first, then alike."""
    one = found.get(key)
    if one is None or one.line is None:
        return []
    horizon = one.line.horizon_min

    def near(other: str) -> tuple[bool, bool]:
        line = found[other].line
        away = line is None or line.horizon_min != horizon
        return away, _state(found[other]) is not ModelState.IN_USE

    return sorted((other for other in found if other != key), key=near)


def promotion_fields(desk: Snapshot, shown: Shown | None, objection: str) -> dict[str, Any]:
    """Return what the card says of one model."""
    line = None if shown is None else shown.line
    if shown is None or line is None:
        return {"known": desk.models is not None or desk.scorecard is not None, "name": "",
                "verb": "", "empty_words": "Train now makes one for each horizon."}  # fmt: skip
    mode = mode_of(desk)
    state = state_of(line, mode)
    action = action_of(shown.model, mode, objection)
    told = "" if shown.model is None else shown.model.words
    return {
        "known": True,
        "name": f"{name_of(line)}, {line.horizon_min} min",
        "state": state.word,
        "state_icon": state.icon,
        "state_tone": state.tone,
        "intro": _intro(shown, mode),
        "remark": words.figures(told or ("" if shown.score is None else shown.score.words)),
        "verb": "Demote, roll back"
        if line.state is ModelState.IN_USE and action.verb
        else action.verb,
        "demotes": line.state is ModelState.IN_USE,
        "can_act": action.on,
        "hint": action.hint,
    }


def gate_rows(shown: Shown | None) -> list[dict[str, Any]]:
    """Return each gate with its sign: passed, closed, or not to be said yet."""
    if shown is None or shown.model is None:
        return []
    return [_gate(gate) for gate in shown.model.gates]


def comparison_rows(left: Shown | None, right: Shown | None) -> list[dict[str, str]]:
    """Return the figures of two models side by side; what one does not have is a dash."""
    if left is None or right is None:
        return []
    ours, theirs = _figures(left), _figures(right)
    names = [*ours, *(name for name in theirs if name not in ours)]
    return [
        {
            "caption": name,
            "left": ours.get(name, fmt.MISSING),
            "right": theirs.get(name, fmt.MISSING),
        }
        for name in names
        if {ours.get(name, fmt.MISSING), theirs.get(name, fmt.MISSING)} != {fmt.MISSING}
    ]


def _figures(one: Shown) -> dict[str, str]:
    return _scored(one.score) | _trained_figures(one.model)


def _scored(line: ScoreLine | None) -> dict[str, str]:
    if line is None:
        return {}
    return {
        "Verdict": verdict_of(line.verdict).word,
        "Difference, points": _around(line.difference, 1),
        "Hit rate": fmt.share(line.hit_rate),
        "Naive": fmt.share(line.naive_hit_rate),
        "Cases": f"{line.cases:,}",
        "Brier score": fmt.number(line.brier, 4),
        "In its 80% band": _shares(line.coverage),
        "Pinball loss, bp": fmt.number(line.pinball, 2),
        "Information coeff.": _around(line.information_coefficient, 3),
        "Edge after costs, bp": _around(line.edge_bp, 1),
    }


def _trained_figures(model: ModelLine | None) -> dict[str, str]:
    if model is None:
        return {}
    metrics = {
        f"Trained: {name.replace('_', ' ')}": f"{value:.4g}"
        for name, value in model.metrics.items()
    }
    return {
        "Trained": words.date(model.trained_at),
        "Data from": words.date(model.data_from),
        "Data to": words.date(model.data_to),
        "Rows": f"{model.rows:,}",
        "Features": str(len(model.features)),
        "Seed": str(model.seed),
        **metrics,
    }


def _around(interval: Interval | None, places: int) -> str:
    return fmt.MISSING if interval is None else interval_text(interval, places)


def _shares(interval: Interval | None) -> str:
    if interval is None:
        return fmt.MISSING
    low, high = fmt.number(interval.low * 100, 1), fmt.number(interval.high * 100, 1)
    return f"{fmt.share(interval.value)} ({low} to {high})"


def _gate(gate: Gate) -> dict[str, Any]:
    icon, tone = _SIGNS[gate.passed]
    return {
        "name": words.figures(gate.name),
        "words": words.figures(gate.words),
        "icon": icon,
        "tone": tone,
        "open": gate.passed is True,
        "state": {True: "passed", None: "not yet", False: "closed"}[gate.passed],
    }


def _intro(shown: Shown, mode: str) -> str:
    line = shown.line
    if line is None or shown.model is None:
        if line is not None and is_baseline(line):
            return _BASELINE
        return _AI if line is not None and is_ai(line) else "Nothing is kept of its training."
    return _TOLD.get(line.state) or _GOES.get(mode, _GOES_ANY)


def _state(one: Shown) -> ModelState | None:
    return None if one.line is None else one.line.state


def _trained(one: Shown) -> float:
    return 0.0 if one.model is None else one.model.trained_at.timestamp()
