"""Acts on what models in use have shown: out of use what does harm, trained anew what has drifted.

Nobody is asked: a model that is worse than naive is not traded on until somebody has time. What it
is judged by stands in ``intelligence/demotion.py``; the act is kept, audited, told and alerted.
"""

from collections.abc import Mapping, Sequence

from qt_trade.intelligence.scoring.demotion import demotion, drift
from qt_trade.intelligence.scoring.scoring import Score
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import NEW_YORK
from qt_trade.model.audit import Audited, AuditEntry
from qt_trade.model.models import Decision, ModelRecord
from qt_trade.model.scores import ModelState
from qt_trade.model.trainings import TrainingOrder
from qt_trade.roles.worker.models.board import SCORE_CARD
from qt_trade.roles.worker.models.requests import RequestParts
from qt_trade.storage.errors import ModelStateError
from qt_trade.wiring.leadership import FencedAudit

DRIFT = "drift"


class ModelJudge:
    """For who sits at the desk: two workers would audit the same act twice."""

    def __init__(self, parts: RequestParts, audit: FencedAudit) -> None:
        self._p = parts
        self._audit = audit

    async def judge(self, records: Sequence[ModelRecord], scores: Mapping[str, Score]) -> bool:
        """Act on every model in use that is scored; return whether a state has changed.

        Raises StorageError, JournalAwayError.
        """
        changed = False
        for record in records:
            score = scores.get(record.model_id)
            if record.state is not ModelState.IN_USE or score is None:
                continue
            await self._train_anew(record, score, records)
            words = demotion(score, self._p.settings.intelligence.coverage)
            changed = bool(words and await self._demote(record, words)) or changed
        return changed

    async def _demote(self, record: ModelRecord, words: str) -> bool:
        """Put a model back into the shadow, and none in its place: the one before was not scored."""
        told = f"taken out of use by itself: {words}"
        decision = Decision(self._p.feed_time.clock.now(), SCORE_CARD, told)
        try:
            await self._p.store.models.demote(record.model_id, decision, put_back=False)
        except ModelStateError:
            return True  # somebody was quicker
        entry = AuditEntry(
            at=self._p.wall.now(),
            what=Audited.MODEL_DEMOTED,
            account=self._p.settings.run.account,
            words=f"{record.model_id} {told}",
            by=SCORE_CARD,
        )
        await self._audit.add([entry], [])
        get_logger().warning("model.demoted", model=record.model_id, words=words)
        return True

    async def _train_anew(
        self, record: ModelRecord, score: Score, records: Sequence[ModelRecord]
    ) -> None:
        """Order a training where a model has drifted, once a day, unless there is a new one."""
        of = self._p.settings.intelligence
        found = drift(
            score,
            record.facts.metrics,
            coverage=of.coverage,
            deviation_pct=of.retrain_drift_pct,
        )
        today = self._p.feed_time.clock.now().astimezone(NEW_YORK).date()
        newest = max(
            one.facts.trained_at for one in records if one.horizon_min == record.horizon_min
        )
        if not found.words or newest.astimezone(NEW_YORK).date() >= today:
            return
        order = TrainingOrder(
            job_id=f"{DRIFT}-{record.horizon_min}-{today}",
            horizons_min=(record.horizon_min,),
            trigger=f"drift of {record.model_id}: {found.words}",
            asked_by=DRIFT,
        )
        if await self._p.store.trainings.add(order, self._p.wall.now()):
            get_logger().info("training.ordered", job=order.job_id, trigger=order.trigger)
            self._p.changed()
