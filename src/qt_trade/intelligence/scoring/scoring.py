"""What a model has shown: its figures against the naive forecaster, with honest intervals.

Every figure is a ratio of sums over scored claims (``model/tallies.py``), every interval one over
sessions (``clustered.py``). The information coefficient is the rank correlation of all forecasts
and outcomes, each in units of the claim's own band (R. C. Grinold & R. N. Kahn, "Active Portfolio
Management", 2nd ed. (1999), chapter 6); the forecast is the expected return, or the probability of up
for claims that name no return.
"""

import math
from collections import defaultdict
from dataclasses import dataclass, replace

from qt_trade.intelligence.scoring.clustered import (
    SESSIONS_MIN,
    estimate,
    independent,
    total,
    wilson,
)
from qt_trade.model.scores import CalibrationPoint, Estimate, Verdict
from qt_trade.model.tallies import Tally, Track

ACTED_MIN = 30
"""Below so many claims worth acting on, nothing is said of their edge."""
POINTS = 100.0
NAIVE = (
    "always the direction a symbol's price took more often at the same horizon, over the 20"
    " sessions before"
)
"""The naive forecaster, in words."""


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one model at one horizon; those that cannot be told yet are None.

    ``difference``: of the hit rates, in points of a hundred. ``verdict``: of that difference.
    ``acted``: how many claims were worth acting on. ``words``: what is missing, or what it means.
    """

    cases: int
    sessions: int
    verdict: Verdict
    words: str
    acted: int = 0
    hit_rate: float | None = None
    naive_hit_rate: float | None = None
    difference: Estimate | None = None
    brier: float | None = None
    pinball_bp: float | None = None
    coverage: Estimate | None = None
    information_coefficient: Estimate | None = None
    edge_bp: Estimate | None = None
    calibration: tuple[CalibrationPoint, ...] = ()


def score(track: Track, cases_needed: int) -> Score:
    """Return what a track record shows. Below ``cases_needed``, or SESSIONS_MIN sessions: to wait."""
    told = direction(track, cases_needed)
    if told.verdict is Verdict.WAIT:
        return told
    sessions = list(track.sessions.values())
    all_of_it = total(sessions)
    edge = _edge(sessions)
    return replace(
        told,
        words=told.words if edge is not None else f"{told.words}; {_idle(told.acted)}",
        brier=all_of_it.brier / all_of_it.cases,
        pinball_bp=_ratio(all_of_it.pinball_bp, all_of_it.quantiled, cases_needed),
        coverage=_coverage(sessions, cases_needed),
        information_coefficient=_information_coefficient(sessions),
        edge_bp=edge,
        calibration=_calibration(track),
    )


def direction(track: Track, cases_needed: int) -> Score:
    """Return what a track record shows of directions alone: the rest stays None."""
    sessions = list(track.sessions.values())
    all_of_it = total(sessions)
    counted = sum(session.cases > 0 for session in sessions)
    cases, acted = round(all_of_it.cases), round(all_of_it.acted)
    missing = _missing(cases, cases_needed, counted)
    difference = None if missing else estimate(sessions, _difference, lambda one: one.cases)
    if difference is None:
        return Score(cases, counted, Verdict.WAIT, missing, acted)
    verdict = verdict_of(difference)
    return Score(
        cases=cases,
        sessions=counted,
        verdict=verdict,
        words=_in_words(verdict, difference, counted),
        acted=acted,
        hit_rate=all_of_it.hits / all_of_it.cases,
        naive_hit_rate=all_of_it.naive_hits / all_of_it.cases,
        difference=difference,
    )


def verdict_of(difference: Estimate) -> Verdict:
    """Return what a difference means: proven only where its whole interval is on one side."""
    if difference.low > 0:
        return Verdict.BETTER
    return Verdict.WORSE if difference.high < 0 else Verdict.NOT_PROVEN


def _missing(cases: int, needed: int, sessions: int) -> str:
    if cases < needed:
        return f"not enough data yet: {cases} of {needed}"
    if sessions < SESSIONS_MIN:
        return f"not enough data yet: {sessions} of {SESSIONS_MIN} sessions"
    return ""


def _in_words(verdict: Verdict, difference: Estimate, sessions: int) -> str:
    match verdict:
        case Verdict.BETTER:
            meaning = "better than the naive forecaster"
        case Verdict.WORSE:
            meaning = "worse than the naive forecaster"
        case _:
            meaning = "no more than chance allows"
    return (
        f"{meaning}: {difference.value:+.1f} points ({difference.low:+.1f} to"
        f" {difference.high:+.1f}) over {sessions} sessions"
    )


def _idle(acted: int) -> str:
    """Say why there is no edge."""
    if acted == 0:
        return "nothing it said was worth its costs"
    return f"only {acted} claims were worth their costs, too few to tell an edge"


def _difference(tally: Tally) -> float:
    return POINTS * (tally.hits - tally.naive_hits) / tally.cases


def _ratio(amount: float, cases: float, needed: int) -> float | None:
    return amount / cases if cases >= needed else None


def _coverage(sessions: list[Tally], needed: int) -> Estimate | None:
    if total(sessions).banded < needed:
        return None
    found = estimate(sessions, lambda one: one.covered / one.banded, lambda one: one.banded)
    return None if found is None else _within(found, 0.0, 1.0)


def _edge(sessions: list[Tally]) -> Estimate | None:
    if total(sessions).acted < ACTED_MIN:
        return None
    return estimate(sessions, lambda one: one.edge_bp / one.acted, lambda one: one.acted)


def _information_coefficient(sessions: list[Tally]) -> Estimate | None:
    if _correlation(total(sessions)) is None:
        return None
    found = estimate(sessions, lambda one: _correlation(one) or 0.0, lambda one: one.paired)
    return None if found is None else _within(found, -1.0, 1.0)


def _correlation(tally: Tally) -> float | None:
    """Return Pearson's correlation of forecasts and outcomes; None where either never changes."""
    n = tally.paired
    if n == 0:
        return None
    spread_x, spread_y = tally.xx - tally.x**2 / n, tally.yy - tally.y**2 / n
    # What rounding leaves of equal forecasts is no spread.
    if spread_x <= _ROUNDING * tally.xx or spread_y <= _ROUNDING * tally.yy:
        return None
    return (tally.xy - tally.x * tally.y / n) / math.sqrt(spread_x * spread_y)


_ROUNDING = 1e-9


def _within(found: Estimate, lowest: float, highest: float) -> Estimate:
    return Estimate(found.value, max(lowest, found.low), min(highest, found.high))


def _calibration(track: Track) -> tuple[CalibrationPoint, ...]:
    by_bin: defaultdict[int, list[tuple[float, float, float]]] = defaultdict(list)
    for bins in track.bins.values():
        for one in bins:
            by_bin[one.number].append((one.cases, one.right, one.said))
    return tuple(_point(by_bin[number]) for number in sorted(by_bin))


def _point(sessions: list[tuple[float, float, float]]) -> CalibrationPoint:
    cases = sum(n for n, _, _ in sessions)
    share = sum(right for _, right, _ in sessions) / cases
    worth = independent([(n, right) for n, right, _ in sessions])
    said = sum(confidence for _, _, confidence in sessions) / cases
    return CalibrationPoint(min(said, 1.0), wilson(share, worth), round(cases))
