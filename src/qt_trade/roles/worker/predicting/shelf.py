"""The trained models that predict: the one in use at each horizon, and those in the shadow."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from qt_trade.intelligence.learning.learnt import DamagedModelError as SpoiltError
from qt_trade.intelligence.learning.learnt import Learnt
from qt_trade.kit.logs import get_logger
from qt_trade.model.models import ModelRecord
from qt_trade.model.predictions import HORIZONS_MIN
from qt_trade.storage.errors import DamagedModelError, NoModelError
from qt_trade.storage.models import ModelStore


@dataclass(frozen=True, slots=True)
class OnHand:
    """``in_use`` by horizon; ``learnt`` and ``troubles``, why one cannot be read, by model id."""

    in_use: Mapping[int, ModelRecord]
    learnt: Mapping[str, Learnt]
    troubles: Mapping[str, str]


class Shelf:
    """Reads each model once: what a model learnt never changes under its id."""

    def __init__(self, store: ModelStore) -> None:
        self._store = store
        self._learnt: dict[str, Learnt] = {}
        self._log = get_logger()

    async def at(self, moment: datetime) -> OnHand:
        """Return the models that were trained by ``moment`` (feed time). Raises UnreachableError."""
        found = [await self._store.in_use(one, until=moment) for one in HORIZONS_MIN]
        in_use = {record.horizon_min: record for record in found if record is not None}
        wanted = [*in_use.values(), *await self._store.shadows(until=moment)]
        troubles = await self._read(wanted)
        # Those that were retired meanwhile leave the shelf.
        ids = [one.model_id for one in wanted if one.horizon_min in HORIZONS_MIN]
        self._learnt = {one: self._learnt[one] for one in ids if one in self._learnt}
        return OnHand(in_use, dict(self._learnt), troubles)

    async def _read(self, records: Iterable[ModelRecord]) -> dict[str, str]:
        troubles = {}
        for record in records:
            model_id = record.model_id
            if model_id in self._learnt:
                continue
            try:
                learnt = Learnt.from_bytes(await self._store.load(model_id))
                self._learnt[model_id] = _of_horizon(learnt, record.horizon_min)
            except (DamagedModelError, NoModelError, SpoiltError) as trouble:
                troubles[model_id] = str(trouble)
                self._log.error("model.unreadable", model=model_id, words=str(trouble))
        return troubles


def _of_horizon(learnt: Learnt, horizon_min: int) -> Learnt:
    if learnt.horizon_min != horizon_min:
        words = f"it learnt {learnt.horizon_min} minutes and is kept for {horizon_min}"
        raise SpoiltError(words)
    return learnt
