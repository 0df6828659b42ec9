"""What a model has to show before anybody may act on it, and what makes it unbelievable."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from qt_trade.intelligence.learning.judgement import Judgement
from qt_trade.intelligence.learning.measures import Measured
from qt_trade.intelligence.learning.trained import GateResult
from qt_trade.model.predictions import Skill

BEATS_NAIVE = "Walk-forward beats naive"
AFTER_COSTS = "Beats it after costs"
CALIBRATED = "Calibrated"
NO_LOOK_AHEAD = "No look-ahead found"
CONTROLS = "Controls show nothing"
BELIEVABLE = "Not too good to be true"

COVERAGE_OFF_MAX = 0.02
"""A band may hold two in a hundred more or fewer than it says, or what luck allows."""
CERTAINTY_OFF_MAX = 0.02
LUCK = 1.5
"""Times the 95 % interval: four figures are looked at, and what they were calibrated on is drawn, too."""
CONTROL_P_MIN = 0.001
"""A control that luck explains less often than once in a thousand trainings is no luck."""
DIFFERENCE_MAX = 0.12
"""Surely more than 12 points above naive at an hour or less: no market has been that kind."""
INFORMATION_MAX = 0.25
"""Nor is a rank correlation surely above a quarter, of a model or of one feature."""

_POINTS = 100.0
_P_SAID_MIN = 0.001


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that speaks for or against a model.

    ``peeking``: features that know the future; None: nobody looked. ``loudest``: the feature that
    goes with the outcome most, and how much. ``controls``: their difference from naive, by name.
    """

    judgement: Judgement
    features: int
    peeking: tuple[str, ...] | None
    loudest: tuple[str, Measured]
    controls: Mapping[str, Measured]


@dataclass(frozen=True, slots=True)
class Ruling:
    """``refused``: why the model must not be used at all; empty: it may."""

    skill: Skill
    gates: tuple[GateResult, ...]
    refused: str
    words: str


def rule(evidence: Evidence) -> Ruling:
    """Hold the evidence against every gate; skill is what beats naive and cannot be a mistake."""
    gates = (
        _beats_naive(evidence.judgement),
        _after_costs(evidence.judgement.edge_bp),
        _calibrated(evidence.judgement),
        _no_look_ahead(evidence),
        _controls(evidence),
        _believable(evidence),
    )
    refused = "; ".join(
        f"{gate.name}: no: {gate.words}"
        for gate in gates
        if gate.passed is False and gate.name in {NO_LOOK_AHEAD, BELIEVABLE, CONTROLS}
    )
    skill = Skill.NO_SKILL if refused else skill_of(evidence.judgement.difference)
    return Ruling(skill, gates, refused, refused or in_words(skill, gates[0].words))


def skill_of(difference: Measured) -> Skill:
    """PROVEN where the whole interval is above zero, NO_SKILL where not even the middle is."""
    if difference.low > 0:
        return Skill.PROVEN
    return Skill.NOT_PROVEN if difference.value > 0 else Skill.NO_SKILL


def in_words(skill: Skill, figures: str) -> str:
    """Say what the figures mean, and give them."""
    meaning = {
        Skill.PROVEN: "better than the naive forecaster out of sample",
        Skill.NOT_PROVEN: "not proven: luck alone may explain it",
        Skill.NO_SKILL: "no skill: no better than the naive forecaster",
        Skill.WAITING: "not enough data yet",
    }
    return f"{meaning[skill]}: {figures}"


def _beats_naive(judgement: Judgement) -> GateResult:
    found = judgement.difference
    words = (
        f"{_points(found)}; {judgement.hit_rate:.1%} against {judgement.naive_hit_rate:.1%} of"
        f" {found.cases:,} cases in {found.sessions} sessions, {_luck(found.p_value)}"
    )
    return GateResult(BEATS_NAIVE, found.low > 0, words)


def _after_costs(edge: Measured) -> GateResult:
    if edge.cases == 0:
        return GateResult(AFTER_COSTS, passed=False, words="nothing it said was worth its costs")
    words = f"{_signed(edge, 1.0)} bp in {edge.cases:,} cases worth acting on"
    return GateResult(AFTER_COSTS, edge.low > 0, words)


def _calibrated(judgement: Judgement) -> GateResult:
    if any(math.isinf(one.high) for one in (*judgement.coverage.values(), judgement.certainty)):
        return GateResult(CALIBRATED, None, "too few sessions to tell")
    off = [
        f"the {share:.0%} band held {found.value:.1%}"
        for share, found in judgement.coverage.items()
        if not _near(found, share, COVERAGE_OFF_MAX)
    ]
    sure = judgement.certainty
    if not _near(sure, 0.0, CERTAINTY_OFF_MAX):
        too = "too sure of itself" if sure.value > 0 else "less sure than it might be"
        off.append(f"{too} by {abs(sure.value) * _POINTS:.1f} points")
    held = ", ".join(f"{found.value:.1%}" for found in judgement.coverage.values())
    said = "/".join(f"{share:.0%}" for share in judgement.coverage)
    return GateResult(CALIBRATED, not off, "; ".join(off) or f"bands of {said} held {held}")


def _near(found: Measured, wanted: float, off_max: float) -> bool:
    luck = LUCK * (found.high - found.value)
    return abs(found.value - wanted) <= max(off_max, luck)


def _no_look_ahead(evidence: Evidence) -> GateResult:
    if evidence.peeking is None:
        return GateResult(NO_LOOK_AHEAD, None, "nobody looked")
    words = f"{len(evidence.peeking)} of {evidence.features} features"
    if evidence.peeking:
        words += f" know what comes later: {', '.join(evidence.peeking)}"
    return GateResult(NO_LOOK_AHEAD, not evidence.peeking, words)


def _controls(evidence: Evidence) -> GateResult:
    found = evidence.controls
    words = ", ".join(f"{_points(one)} on {name}" for name, one in found.items())
    quiet = all(one.p_value >= CONTROL_P_MIN for one in found.values())
    return GateResult(CONTROLS, quiet, words)


def _believable(evidence: Evidence) -> GateResult:
    name, loud = evidence.loudest
    found = evidence.judgement
    why = []
    if max(loud.low, -loud.high) > INFORMATION_MAX:
        why.append(f"{name} alone goes with the outcome by {loud.value:+.2f}")
    if found.difference.low > DIFFERENCE_MAX:
        why.append(f"{_points(found.difference)} above naive is more than a market gives")
    if found.information.low > INFORMATION_MAX:
        why.append(f"an information coefficient of {found.information.value:.2f} is")
    words = "no feature varies"
    if loud.cases:
        words = (
            f"no feature alone goes with the outcome by more than {abs(loud.value):.2f} ({name})"
        )
    return GateResult(BELIEVABLE, not why, "; ".join(why) or words)


def _points(found: Measured) -> str:
    return f"{_signed(found, _POINTS)} points"


def _luck(p_value: float) -> str:
    return "p < 0.001" if p_value < _P_SAID_MIN else f"p = {p_value:.3f}"


def _signed(found: Measured, unit: float) -> str:
    """Write a figure with its interval, or why it has none; minus signs as in print."""
    span = f"{found.low * unit:.1f} to {found.high * unit:.1f}"
    if math.isinf(found.low):
        span = f"of {found.sessions} sessions, too few for an interval"
    text = f"{found.value * unit:+.1f} ({span})"
    return text.replace("-", "−")


def figures(evidence: Evidence) -> dict[str, float]:
    """Return every finite figure by name, as a model keeps them: fractions, or ``_bp``."""
    judgement = evidence.judgement
    spans: dict[str, Measured] = {
        "difference": judgement.difference,
        "information_coefficient": judgement.information,
        "edge_bp": judgement.edge_bp,
        "certainty_off": judgement.certainty,
        **{f"{_key(name)}_difference": one for name, one in evidence.controls.items()},
        **{f"coverage_{share * _POINTS:.0f}": one for share, one in judgement.coverage.items()},
    }
    found = {
        "hit_rate": judgement.hit_rate,
        "naive_hit_rate": judgement.naive_hit_rate,
        "p_value": judgement.difference.p_value,
        "cases": float(judgement.difference.cases),
        "sessions": float(judgement.difference.sessions),
        **{f"{_key(name)}_p_value": one.p_value for name, one in evidence.controls.items()},
        "loudest_feature": abs(evidence.loudest[1].value),
        "information_coefficient_t": judgement.information.t_value,
        "acted": float(judgement.edge_bp.cases),
        **judgement.others,
    }
    for name, one in spans.items():
        found |= {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _key(name: str) -> str:
    return name.replace(" ", "_")
