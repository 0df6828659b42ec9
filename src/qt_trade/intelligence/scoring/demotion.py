"""When a model in use is taken out of use, and when it is time to train anew."""

from collections.abc import Mapping
from dataclasses import dataclass

from qt_trade.intelligence.scoring.scoring import Score
from qt_trade.model.scores import Verdict

COVERAGE_LOST = 0.05
"""A band is lost that holds so much less than it promised, chance allowed for: conformal bands are
held to two points on data like that of the training."""


def demotion(live: Score, coverage: float) -> str:
    """Return why a model in use has to go back into the shadow; empty while it may stay.

    ``coverage``: what its bands promise (0.8). Too little data takes nothing away.
    """
    if live.difference is not None and live.verdict is Verdict.WORSE:
        return (
            f"worse than the naive forecaster by {-live.difference.value:.1f} points, and by"
            f" {-live.difference.high:.1f} at least, over {live.sessions} sessions"
        )
    lost = coverage_lost(live, coverage)
    return f"{lost} over {live.sessions} sessions" if lost else ""


def coverage_lost(live: Score, coverage: float) -> str:
    """Return how far bands hold less than they promise; empty while that may be chance."""
    held = live.coverage
    if held is None or held.high >= coverage - COVERAGE_LOST:
        return ""
    return f"its {coverage:.0%} bands held {held.value:.1%} of outcomes, {held.high:.1%} at most"


@dataclass(frozen=True, slots=True)
class DriftFigure:
    """One figure at training and live. ``worse_pct``: by how many per cent it is worse now."""

    name: str
    trained: float
    live: float
    worse_pct: float


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a model's live figures have come from those of its training.

    ``words``: why it should be trained anew; empty while it should not.
    """

    figures: tuple[DriftFigure, ...]
    words: str


def drift(
    live: Score, trained: Mapping[str, float], *, coverage: float, deviation_pct: float
) -> Drift:
    """Compare live figures with those of the training that both name.

    ``trained``: out of sample, by name: ``hit_rate``, ``brier``, ``pinball_bp``. A model has
    drifted where one is worse by more than ``deviation_pct`` per cent, or its coverage is lost.
    """
    told: dict[str, tuple[float | None, int]] = {
        "hit_rate": (live.hit_rate, 1),
        "brier": (live.brier, -1),
        "pinball_bp": (live.pinball_bp, -1),
    }
    figures = tuple(
        DriftFigure(
            name, trained[name], value, 100.0 * better * (trained[name] - value) / trained[name]
        )
        for name, (value, better) in told.items()
        if value is not None and trained.get(name, 0.0) > 0
    )
    reasons = [
        f"{one.name} is {one.live:.4g} live and was {one.trained:.4g} at training,"
        f" {one.worse_pct:.0f} % worse"
        for one in figures
        if one.worse_pct > deviation_pct
    ]
    lost = coverage_lost(live, coverage)
    return Drift(figures, "; ".join([*reasons, lost] if lost else reasons))
