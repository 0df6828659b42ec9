"""What a training is asked for, what it says on its way, and what comes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from qt_trade.intelligence.learning.learnt import Learnt
from qt_trade.model.predictions import Skill


class NotEnoughDataError(ValueError):
    """Too few rows or sessions to learn from and to judge; the words say how many are missing."""


class TrainingCancelledError(Exception):
    """The caller asked to stop; what there was is dropped."""


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """How to train. ``features``: columns to learn from, in the order a model keeps.

    ``volatility``: columns with the realised volatility of one bar; the geometric mean of those that
    are known counts. ``audit``: looks for features that peek into the future and returns their
    names; None: nobody looks, and the gate stays closed. ``cost_bp`` per side. ``threads``: of
    LightGBM; a second one gains little on an idle machine and loses tenfold where others work.
    """

    features: tuple[str, ...]
    volatility: tuple[str, ...] = ("volatility_130", "volatility_8")
    audit: Callable[[], tuple[str, ...]] | None = None
    seed: int = 7
    cost_bp: float = 1.5
    folds: int = 5
    rounds: int = 40
    threads: int = 1


@dataclass(frozen=True, slots=True)
class LossCurve:
    """Log loss of the direction by rounds of boosting: columns of equal length."""

    rounds: tuple[int, ...] = ()
    training: tuple[float, ...] = ()
    validation: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a training is. ``share`` 0 … 1; ``metrics``: what is known so far, by name.

    ``stage``, ``data`` and ``split`` in words, such as "fold 3 of 5".
    """

    stage: str
    share: float
    curve: LossCurve = LossCurve()
    metrics: Mapping[str, float] = field(default_factory=dict)
    data: str = ""
    split: str = ""


@dataclass(frozen=True, slots=True)
class GateResult:
    """One condition of a promotion. ``passed`` None: it cannot be said."""

    name: str
    passed: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class Training:
    """What came of it. ``refused``: why the model must not be used at all, empty: it may.

    ``words``: what the skill was judged by, in a sentence.
    """

    learnt: Learnt
    skill: Skill
    gates: tuple[GateResult, ...]
    refused: str
    words: str
