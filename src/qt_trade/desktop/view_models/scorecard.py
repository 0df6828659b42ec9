"""The score-card: what every model has shown against the naive baseline, and what may be done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from msgspec import structs

from qt_trade.contract import registry
from qt_trade.contract.payloads.intelligence import (
    Interval,
    MlScorecard,
    ModelLine,
    ScoreLine,
    SymbolScore,
)
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.models.intelligence_rows import Action, Scale, ScoreRow, Span
from qt_trade.desktop.models.system_rows import State
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import freshness, words
from qt_trade.model.claims import AI_PREFIX
from qt_trade.model.scores import ModelState, Verdict

BASELINE_PREFIX = "baseline"
"""How the id of what speaks begins where no model is in use."""
FAMILIES = {"gbm": "GBM", "baseline": "Baseline"}
"""What a model is called by the first part of its id; others by what they are named."""
UNSCORED = "Nothing is scored yet"
NOT_YET = "not enough data yet"
_VERDICTS = {
    Verdict.BETTER: State("better", "check", "ok"),
    Verdict.NOT_PROVEN: State("not proven", "dash", "warn"),
    Verdict.WORSE: State("worse", "cross", "crit"),
    Verdict.WAIT: State("wait", "", ""),
}
_ORDER = (ModelState.IN_USE, ModelState.SHADOW, ModelState.RETIRED, ModelState.REFUSED)
_POINTS_MAX = 100.0
_LEAST_SPAN = 2.0
_ROOM = 0.06


@dataclass(frozen=True, slots=True)
class ScoreView:
    """``by_symbol``: the rows are the symbols of the selected model."""

    known: bool = False
    stale: bool = False
    note: str = ""
    note_tone: str = "faint"
    naive: str = ""
    empty: str = ""
    empty_words: str = ""
    by_symbol: bool = False
    symbols_words: str = ""
    selected: str = ""


def key_of(line: ScoreLine | ModelLine) -> str:
    """Return what names a model at its horizon."""
    return f"{line.model_id}/{line.horizon_min}"


def name_of(line: ScoreLine | ModelLine) -> str:
    """Return a model's name with its version: ``GBM v31``."""
    family = FAMILIES.get(line.model_id.partition("-")[0], line.model)
    return f"{family} {line.version}".strip()


def is_ai(line: ScoreLine | ModelLine) -> bool:
    """Whether the line is an AI's, which nobody trains and nobody promotes."""
    return line.model_id.startswith(AI_PREFIX)


def is_baseline(line: ScoreLine | ModelLine) -> bool:
    """Whether the line is of what speaks where no model is in use: it is not promoted either."""
    return line.model_id.startswith(BASELINE_PREFIX)


def lines(desk: Snapshot) -> list[ScoreLine]:
    """Return what was scored, what is in use first; each model at each horizon once.

    Its state is the registry's: the score-card tells a promotion only with its next scores.
    """
    found = () if desk.scorecard is None else desk.scorecard.lines
    kept = () if desk.models is None else desk.models.models
    states = {one.model_id: one.state for one in kept}
    once = {
        key_of(line): structs.replace(line, state=states.get(line.model_id, line.state))
        for line in found
    }
    return sorted(once.values(), key=lambda line: (is_baseline(line), is_ai(line), *_place(line)))


def missing(line: ScoreLine) -> str:
    """Return how much of what a line needs is there: of cases, or else of sessions."""
    if line.cases < line.cases_needed:
        return f"{line.cases:,} of {line.cases_needed:,} cases"
    return words.figures(line.words).removeprefix(f"{NOT_YET}: ")


def model_of(desk: Snapshot, model_id: str) -> ModelLine | None:
    """Return a trained model by its id."""
    kept = () if desk.models is None else desk.models.models
    return next((one for one in kept if one.model_id == model_id), None)


def mode_of(desk: Snapshot) -> str:
    """Return whose money is traded with, empty while nobody has said."""
    return "" if desk.trading_status is None else desk.trading_status.mode


def state_of(line: ScoreLine | ModelLine, mode: str) -> State:
    """Return what a model may do, as a chip says it."""
    if is_baseline(line):
        return State("fallback", "", "")
    if line.state is ModelState.IN_USE:
        return State(f"in use, {mode}" if mode else "in use", "", "ok")
    if is_ai(line):
        return State("AI, an opinion", "", "accent")
    tone = {ModelState.SHADOW: "accent", ModelState.REFUSED: "crit"}.get(line.state, "")
    return State(line.state.value.lower(), "", tone)


def verdict_of(verdict: Verdict) -> State:
    """Return a verdict, as a chip says it."""
    return _VERDICTS[verdict]


def promote_verb(mode: str) -> str:
    """Return what putting a model in use is called where this money is traded with."""
    return {"PAPER": "Promote to paper", "LIVE": "Promote to LIVE"}.get(mode, "Promote")


def action_of(model: ModelLine | None, mode: str, objection: str) -> Action:
    """Return what may be done with a model, and why it may not."""
    if model is None or model.state is ModelState.REFUSED:
        return Action()
    if model.state is ModelState.IN_USE:
        return Action("Demote", not objection, objection)
    if model.state is ModelState.RETIRED and not model.promotable:
        return Action()
    hint = objection or closed_gates(model)
    return Action(promote_verb(mode), not hint, hint)


def interval_text(interval: Interval, places: int) -> str:
    """Return a figure with its interval: ``+0.8 (−0.4 to 2.0)``."""
    low, high = fmt.number(interval.low, places), fmt.number(interval.high, places)
    return f"{fmt.signed(interval.value, places)} ({low} to {high})"


def closed_gates(model: ModelLine) -> str:
    """Return which gates hold a model back, in words; nothing where it may be promoted."""
    if model.promotable:
        return ""
    closed = [f"{gate.name}: {gate.words}" for gate in model.gates if gate.passed is not True]
    return words.figures("; ".join(closed)) or words.figures(model.words) or "Its gates are closed"


def score_rows(desk: Snapshot, objection: str, *, stale: bool) -> list[ScoreRow]:
    """Return one row for each model at each horizon."""
    scored = lines(desk)
    scale = _scale(line.difference for line in scored)
    mode = mode_of(desk)
    rows = []
    for line in scored:
        row = _scored(line, scale, mode)
        action = action_of(model_of(desk, line.model_id), mode, objection)
        rows.append(replace(row, action=action, stale=stale))
    keys = {row.key for row in rows}
    kept = () if desk.models is None else desk.models.models
    for model in sorted(_worth_a_row(kept), key=_place):
        if key_of(model) not in keys:
            keys.add(key_of(model))
            action = action_of(model, mode, objection)
            rows.append(replace(_unscored(model, scale, mode), action=action, stale=stale))
    return rows


def _worth_a_row(kept: Sequence[ModelLine]) -> list[ModelLine]:
    """Return the models of which something is to come, and what was refused last at each horizon."""
    newest: dict[int, ModelLine] = {}
    for model in kept:
        if model.trained_at >= newest.setdefault(model.horizon_min, model).trained_at:
            newest[model.horizon_min] = model
    living = {ModelState.IN_USE, ModelState.SHADOW}
    last = {key_of(model) for model in newest.values() if model.state is ModelState.REFUSED}
    return [model for model in kept if model.state in living or key_of(model) in last]


def symbol_rows(desk: Snapshot, line: ScoreLine | None, *, stale: bool) -> list[ScoreRow]:
    """Return one row for each symbol of a model, those with the most cases first."""
    if line is None or desk.scorecard is None:
        return []
    of = (line.model_id, line.horizon_min)
    found = {
        one.symbol: one for one in desk.scorecard.symbols if (one.model_id, one.horizon_min) == of
    }
    scale = _scale(one.difference for one in found.values())
    state = state_of(line, mode_of(desk))
    return [
        _of_symbol(one, scale, state, stale=stale)
        for one in sorted(found.values(), key=lambda one: (-one.cases, one.symbol))
    ]


def score_fields(desk: Snapshot, wall: datetime) -> dict[str, object]:
    """Return what stands around the rows."""
    told = desk.scorecard
    fresh = freshness.of(desk, registry.ML_SCORECARD, wall)
    empty, why = _emptiness(desk)
    return {
        "known": told is not None or desk.models is not None,
        "stale": fresh.stale,
        "note": fresh.note.replace("Worker", "Scorer", 1),
        "note_tone": fresh.tone,
        "naive": "" if told is None else _baseline(told),
        "empty": empty,
        "empty_words": why,
    }


def _baseline(told: MlScorecard) -> str:
    since = "" if told.since is None else f", since {words.date(told.since)}"
    naive = words.sentence(words.figures(told.naive))
    return f"Naive: {naive} Out of sample{since}." if naive else f"Out of sample{since}."


def _emptiness(desk: Snapshot) -> tuple[str, str]:
    if desk.models is not None and not desk.models.models:
        return "No model yet", "Train now makes one for each horizon from the stored bars."
    return UNSCORED, "Each prediction is scored when its horizon has passed."


def _scored(line: ScoreLine, scale: Scale, mode: str) -> ScoreRow:
    short = line.cases < line.cases_needed
    return ScoreRow(
        key=key_of(line),
        horizon_min=line.horizon_min,
        name=name_of(line),
        words=words.figures(line.words),
        state=state_of(line, mode),
        hit_rate=line.hit_rate,
        naive=line.naive_hit_rate,
        difference=_span(line.difference),
        scale=scale,
        waiting=NOT_YET if short else f"{NOT_YET}: {missing(line)}",
        verdict=verdict_of(line.verdict),
        cases=line.cases,
        needed=line.cases_needed if short else 0,
        brier=line.brier,
    )


def _unscored(model: ModelLine, scale: Scale, mode: str) -> ScoreRow:
    refused = model.state is ModelState.REFUSED
    return ScoreRow(
        key=key_of(model),
        horizon_min=model.horizon_min,
        name=name_of(model),
        words=words.figures(model.words),
        state=state_of(model, mode),
        hit_rate=None,
        naive=None,
        difference=None,
        scale=scale,
        waiting=(refused and words.figures(model.words)) or "no prediction scored yet",
        verdict=State("no skill", "cross", "crit") if refused else verdict_of(Verdict.WAIT),
        cases=0,
        needed=0,
        brier=None,
    )


def _of_symbol(one: SymbolScore, scale: Scale, state: State, *, stale: bool) -> ScoreRow:
    return ScoreRow(
        key=f"{one.model_id}/{one.horizon_min}/{one.symbol}",
        horizon_min=one.horizon_min,
        name=one.symbol,
        words="",
        state=state,
        hit_rate=one.hit_rate,
        naive=None,
        difference=_span(one.difference),
        scale=scale,
        waiting=NOT_YET,
        verdict=verdict_of(one.verdict),
        cases=one.cases,
        needed=0,
        brier=None,
        stale=stale,
    )


def _span(interval: Interval | None) -> Span | None:
    return None if interval is None else Span(interval.value, interval.low, interval.high)


def _scale(intervals: Iterable[Interval | None]) -> Scale:
    """Return a scale that holds zero and every interval, with some room at both ends."""
    known = [one for one in intervals if one is not None]
    ends = [0.0, *(one.low for one in known), *(one.high for one in known)]
    low, high = max(-_POINTS_MAX, min(ends)), min(_POINTS_MAX, max(ends))
    room = max(high - low, _LEAST_SPAN) * _ROOM
    return Scale(low - room, high + room)


def _place(line: ScoreLine | ModelLine) -> tuple[int, int]:
    return _ORDER.index(line.state), line.horizon_min
