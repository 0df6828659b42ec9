"""Trained models as the registry keeps them: what each learnt from, what it showed, its state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from qt_trade.model.predictions import Skill
from qt_trade.model.scores import ModelState


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition of a promotion. ``passed`` None: it cannot be said yet."""

    name: str
    passed: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a training says of its model. Times are feed time.

    ``family``: the kind of model, "gbm". ``rows`` it learnt from, of bars in [``data_from``,
    ``data_to``]; ``data_hash`` of them, in hex. ``metrics``: out of sample, by name. ``refused``:
    why it may never be used, "" when it may. ``trigger``: why it was trained, in words.
    """

    family: str
    horizon_min: int
    trained_at: datetime
    data_from: datetime
    data_to: datetime
    rows: int
    features: tuple[str, ...]
    parameters: Mapping[str, float]
    metrics: Mapping[str, float]
    seed: int
    data_hash: str
    gates: tuple[Gate, ...]
    skill: Skill
    refused: str
    trigger: str


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """A model of the registry: ``model_id`` "gbm-15-v12", ``version`` "v12".

    ``since``: feed time of its last change of state. ``replaced``: the model that was in use
    before it, "" when there was none.
    """

    model_id: str
    version: str
    state: ModelState
    since: datetime
    replaced: str
    facts: ModelFacts

    @property
    def horizon_min(self) -> int:
        """The horizon it predicts."""
        return self.facts.horizon_min


@dataclass(frozen=True, slots=True)
class Decision:
    """Why a model's state is changed, by whom, when (feed time).

    ``command_id``: of the command it carries out, "" when nobody asked.
    """

    at: datetime
    by: str
    words: str
    command_id: str = ""


@dataclass(frozen=True, slots=True)
class ModelChange:
    """A change of a model's state, as it is kept for ever. ``before`` None: it was new."""

    model_id: str
    before: ModelState | None
    after: ModelState
    decision: Decision
