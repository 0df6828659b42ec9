"""Models: what they have shown, which there are, what is asked of the trainer."""

from typing import Annotated

import msgspec

from qt_trade.contract.payloads.base import (
    Backend,
    Count,
    Fraction,
    Frontend,
    Id,
    Moment,
    SymbolText,
    Words,
)
from qt_trade.model.predictions import Skill
from qt_trade.model.scores import ModelState, Verdict

HorizonMin = Annotated[int, msgspec.Meta(ge=1, le=390)]


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Of ``cases`` predictions said to be right with probability ``said``, so many were."""

    said: Fraction
    right: Interval
    cases: Count


class ScoreLine(msgspec.Struct, frozen=True, kw_only=True):
    """One model at one horizon, out of sample, against the naive baseline.

    ``hit_rate`` and ``naive_hit_rate``: of directions; ``difference`` in points of a hundred.
    ``coverage``: how many outcomes fell into the 80 % band. ``edge_bp``: per prediction acted on,
    after costs. None: not enough data yet, ``cases`` of ``cases_needed``.
    """

    model_id: Id
    model: str
    version: str
    horizon_min: HorizonMin
    state: ModelState
    hit_rate: Fraction | None
    naive_hit_rate: Fraction | None
    difference: Interval | None
    verdict: Verdict
    cases: Count
    cases_needed: Count
    brier: float | None
    coverage: Interval | None
    pinball: float | None
    information_coefficient: Interval | None
    edge_bp: Interval | None
    calibration: tuple[Calibration, ...]
    words: Words


class SymbolScore(msgspec.Struct, frozen=True, kw_only=True):
    """The same of one symbol alone, without a curve; ``words``: what is missing, or what it means."""

    symbol: SymbolText
    model_id: Id
    horizon_min: HorizonMin
    cases: Count
    hit_rate: Fraction | None
    difference: Interval | None
    verdict: Verdict
    brier: float | None = None
    coverage: Interval | None = None
    pinball: float | None = None
    information_coefficient: Interval | None = None
    edge_bp: Interval | None = None
    words: Words = ""


class MlScorecard(Backend, frozen=True, kw_only=True):
    """What every model has shown since ``since`` (feed time). ``sealed``: predictions in the chain.

    ``head``: the chain's last hash, in hex. ``naive``: what the baseline is, in words.
    """

    run_id: str
    feed_ts: Moment
    since: Moment | None
    naive: Words
    lines: tuple[ScoreLine, ...]
    symbols: tuple[SymbolScore, ...]
    sealed: Count
    scored: Count
    head: str


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """One condition of a promotion. ``passed`` None: it cannot be said yet."""

    name: Words
    passed: bool | None
    words: Words


class ModelLine(msgspec.Struct, frozen=True, kw_only=True):
    """One trained model. ``metrics``: out of sample, by name. ``data_hash``: of what it learnt from.

    ``skill``: what it has shown, in its training, and taken away where it has been worse since, live.
    ``demoted``: why it was taken out of use by itself; empty when it was not, or another is in use.
    """

    model_id: Id
    model: str
    version: str
    horizon_min: HorizonMin
    state: ModelState
    trained_at: Moment
    data_from: Moment
    data_to: Moment
    rows: Count
    features: tuple[str, ...]
    parameters: dict[str, float]
    seed: Count
    data_hash: str
    metrics: dict[str, float]
    gates: tuple[Gate, ...]
    promotable: bool
    words: Words
    demoted: Words = ""
    skill: Skill = Skill.WAITING


class MlModels(Backend, frozen=True, kw_only=True):
    """Every model that is kept, newest first."""

    run_id: str
    models: tuple[ModelLine, ...]


class Train(Frontend, frozen=True, kw_only=True, tag_field="request", tag="TRAIN"):
    """Train anew, one model per horizon; no horizons: all."""

    command_id: Id
    horizons_min: tuple[HorizonMin, ...]


class CancelTraining(Frontend, frozen=True, kw_only=True, tag_field="request", tag="CANCEL"):
    """Stop the training that runs; what it had is dropped."""

    command_id: Id
    job_id: Id


class Promote(Frontend, frozen=True, kw_only=True, tag_field="request", tag="PROMOTE"):
    """Put a model in use in place of the one that is; refused while a gate is closed."""

    command_id: Id
    model_id: Id


class Demote(Frontend, frozen=True, kw_only=True, tag_field="request", tag="DEMOTE"):
    """Take a model out of use, and put the one before it back where there is one."""

    command_id: Id
    model_id: Id


MlRequest = Train | CancelTraining | Promote | Demote
