"""``backend:ml_models``: every model that is kept, with its gates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from qt_trade.contract.payloads import intelligence as wire
from qt_trade.contract.payloads.base import WORDS_LENGTH_MAX
from qt_trade.intelligence.learning.statements import skill_of
from qt_trade.intelligence.scoring.promotion import NOTHING_SCORED, closed, promotion_gates
from qt_trade.intelligence.scoring.scoring import Score
from qt_trade.model.feeds import FeedKind
from qt_trade.model.models import Gate, ModelChange, ModelRecord
from qt_trade.model.scores import ModelState
from qt_trade.roles.worker.payloads import SOURCE
from qt_trade.settings import IntelligenceSettings

NAMES = {"gbm": "Gradient boosting"}
SCORE_CARD = "score-card"
"""Who takes a model out of use when no person does."""
OLD_TOLD = 60
"""Models that are retired or refused are kept for ever; so many of the newest are told."""


@dataclass(frozen=True, slots=True)
class Board:
    """What is told of models.

    ``scores``: live, by model id. ``changes``: the last of each model's state, by its id.
    """

    records: Sequence[ModelRecord]
    scores: Mapping[str, Score]
    changes: Mapping[str, ModelChange]
    settings: IntelligenceSettings

    def gates(self, record: ModelRecord) -> tuple[Gate, ...]:
        """Return a model's gates as they are now."""
        return promotion_gates(
            record.facts.gates,
            self.scores.get(record.model_id, NOTHING_SCORED),
            cases_needed=self.settings.cases_needed,
            days_needed=self.settings.shadow_days,
        )

    def document(self, feed: FeedKind, run_id: str, now: datetime) -> wire.MlModels:
        """Return the document."""
        return wire.MlModels(
            ts=now,
            source=SOURCE,
            feed=feed,
            run_id=run_id,
            models=tuple(self._line(one) for one in _told(self.records)),
        )

    def _line(self, record: ModelRecord) -> wire.ModelLine:
        facts, gates = record.facts, self.gates(record)
        live = self.scores.get(record.model_id, NOTHING_SCORED)
        last, shut = self.changes.get(record.model_id), closed(gates)
        return wire.ModelLine(
            model_id=record.model_id,
            model=NAMES.get(facts.family, facts.family),
            version=record.version,
            horizon_min=record.horizon_min,
            state=record.state,
            trained_at=facts.trained_at,
            data_from=facts.data_from,
            data_to=facts.data_to,
            rows=facts.rows,
            features=facts.features,
            parameters=dict(facts.parameters),
            seed=facts.seed,
            data_hash=facts.data_hash,
            metrics=dict(facts.metrics),
            gates=tuple(
                wire.Gate(name=one.name, passed=one.passed, words=one.words) for one in gates
            ),
            promotable=record.state is ModelState.SHADOW and not shut,
            words=_words(record, last, shut)[:WORDS_LENGTH_MAX],
            demoted=self._demoted(record, last)[:WORDS_LENGTH_MAX],
            skill=skill_of(facts.skill, live.verdict),
        )

    def _demoted(self, record: ModelRecord, last: ModelChange | None) -> str:
        alone = last is not None and last.decision.by == SCORE_CARD
        if last is None or not alone or record.state is not ModelState.SHADOW:
            return ""
        replaced = any(
            one.state is ModelState.IN_USE and one.horizon_min == record.horizon_min
            for one in self.records
        )
        return "" if replaced else last.decision.words


def _told(records: Sequence[ModelRecord]) -> list[ModelRecord]:
    """Return the models in use and in shadow, and the newest of the others, in their order."""
    living = {ModelState.IN_USE, ModelState.SHADOW}
    old = [one.model_id for one in records if one.state not in living][:OLD_TOLD]
    return [one for one in records if one.state in living or one.model_id in old]


def _words(record: ModelRecord, last: ModelChange | None, shut: Sequence[Gate]) -> str:
    why = "" if last is None else last.decision.words
    match record.state:
        case ModelState.SHADOW:
            awaited = ", ".join(f"{gate.name.lower()} ({gate.words})" for gate in shut)
            return f"{why}; still closed: {awaited}" if shut else f"{why}; every gate is open"
        case _:
            return why
