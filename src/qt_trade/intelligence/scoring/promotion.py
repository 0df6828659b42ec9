"""When a model in shadow may be put in use, and how many are kept in the shadow."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from qt_trade.intelligence.scoring.scoring import Score
from qt_trade.model.models import Gate, ModelRecord
from qt_trade.model.scores import Verdict

SHADOWS_KEPT = 5
"""Models in shadow at one horizon. Each is asked at every prediction and held in memory."""


NOTHING_SCORED = Score(0, 0, Verdict.WAIT, "nothing is scored yet")
"""Of a model that is new."""


def promotion_gates(
    trained: Iterable[Gate], live: Score, *, cases_needed: int, days_needed: int
) -> tuple[Gate, ...]:
    """Return every condition of a promotion: those of the training, then those of the shadow.

    ``live``: what the model has shown on claims that were sealed before their outcome.
    """
    return (
        *trained,
        Gate(
            "Scored in shadow",
            passed=live.cases >= cases_needed or None,
            words=f"{live.cases} of {cases_needed} predictions",
        ),
        Gate(
            "Days in shadow",
            passed=live.sessions >= days_needed or None,
            words=f"{live.sessions} of {days_needed} trading days",
        ),
        Gate("Live not worse than naive", passed=_not_worse(live.verdict), words=live.words),
    )


def closed(gates: Iterable[Gate]) -> list[Gate]:
    """Return the gates that keep a model from being put in use: failed, or not known yet."""
    return [gate for gate in gates if gate.passed is not True]


def surplus(shadows: Sequence[ModelRecord], kept: int = SHADOWS_KEPT) -> list[ModelRecord]:
    """Return the models in shadow that have to go, at each horizon beyond ``kept``.

    The newest stays, and those that have waited longest: a model trained every day would
    otherwise never let one before it become old enough to be judged.
    """
    by_horizon: defaultdict[int, list[ModelRecord]] = defaultdict(list)
    for record in sorted(shadows, key=lambda one: one.facts.trained_at):
        by_horizon[record.horizon_min].append(record)
    return [gone for waiting in by_horizon.values() for gone in waiting[kept - 1 : -1]]


def _not_worse(verdict: Verdict) -> bool | None:
    match verdict:
        case Verdict.WAIT:
            return None
        case Verdict.WORSE:
            return False
        case _:
            return True
