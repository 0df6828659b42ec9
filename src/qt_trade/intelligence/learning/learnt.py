"""A trained model as plain text: what it learnt, from what, and how it did out of sample.

No pickle: a file from anywhere is numbers and LightGBM's own text, read as data and never run.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from qt_trade.model.scores import CalibrationPoint

FORMAT = "qt-trade-model"
VERSION = 1
"""Of the layout below. A change of it makes older models foreign: they are trained anew."""
HORIZON_MIN_MAX = 390
"""No session is longer."""


class DamagedModelError(ValueError):
    """The bytes are not a whole model of this version; the words say what is wrong."""


@dataclass(frozen=True, slots=True)
class Certainty:
    """From a score's distance to the coin toss to the probability that its direction is right.

    ``method`` "platt": 1 / (1 + exp(-slope * |score|)). "isotonic": straight lines between the
    points (``scores``, ``right``), the nearest point's value beyond them. Both are monotone, at
    least a half, and leave the direction as it is.
    """

    method: Literal["platt", "isotonic"]
    slope: float
    scores: tuple[float, ...] = ()
    right: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Learnt:
    """One horizon's model. Returns are log returns of exchange time.

    ``direction``: LightGBM text, the log odds that the price rises. ``spread``: LightGBM text, the
    log of the expected |return| over the volatility, the geometric mean of those of ``volatility``'s
    columns that are known. ``residuals``: out of fold, in units of the expected spread, sorted.
    ``metrics`` and ``calibration``: out of sample, the former by name. ``data_hash``: sha256 of the rows learnt from, moments of
    decision from ``data_from`` to ``data_to``.
    """

    horizon_min: int
    features: tuple[str, ...]
    volatility: tuple[str, ...]
    parameters: dict[str, float]
    seed: int
    data_hash: str
    data_from: datetime
    data_to: datetime
    rows: int
    metrics: dict[str, float]
    direction: str
    spread: str
    certainty: Certainty
    residuals: tuple[float, ...]
    calibration: tuple[CalibrationPoint, ...] = ()

    def to_bytes(self) -> bytes:
        """Return a head line with the format, its version and the sha256 of the body below it."""
        body = msgspec.json.encode(self, order="deterministic")
        head = _Head(format=FORMAT, version=VERSION, sha256=hashlib.sha256(body).hexdigest())
        return msgspec.json.encode(head) + b"\n" + body

    @classmethod
    def from_bytes(cls, content: bytes) -> "Learnt":
        """Read what ``to_bytes`` wrote; raises DamagedModelError for anything else."""
        line, _, body = content.partition(b"\n")
        _check(line, body)
        try:
            learnt = msgspec.json.decode(body, type=cls)
        except msgspec.DecodeError as error:
            raise DamagedModelError(f"the model's body does not fit: {error}") from error
        if trouble := _trouble(learnt):
            raise DamagedModelError(f"the model's body does not fit: {trouble}")
        return learnt


class _Head(msgspec.Struct, frozen=True):
    format: str
    version: int
    sha256: str


def _check(line: bytes, body: bytes) -> None:
    try:
        head = msgspec.json.decode(line, type=_Head)
    except msgspec.DecodeError as error:
        raise DamagedModelError(f"not a model of QtTrade: its first line says {error}") from error
    if head.format != FORMAT:
        raise DamagedModelError(f"not a model of QtTrade: its format is {head.format[:40]!r}")
    if head.version != VERSION:
        raise DamagedModelError(
            f"a model of version {head.version}, this program reads {VERSION}: train it anew"
        )
    if hashlib.sha256(body).hexdigest() != head.sha256:
        raise DamagedModelError("the model is damaged: its sha256 is not the one it names")


def _trouble(learnt: Learnt) -> str:
    """Return what a whole file may still have wrong: whoever wrote it was broken; empty: nothing."""
    of = learnt.certainty
    if not 0 < learnt.horizon_min <= HORIZON_MIN_MAX:
        return f"horizon_min is {learnt.horizon_min}"
    if not learnt.features or len(set(learnt.features)) < len(learnt.features):
        return "features names none, or one of them twice"
    if not learnt.volatility:
        return "volatility names no feature"
    if not learnt.residuals or list(learnt.residuals) != sorted(learnt.residuals):
        return "residuals are none, or not in order"
    if of.method == "isotonic" and not (0 < len(of.scores) == len(of.right)):
        return f"certainty has {len(of.scores)} scores and {len(of.right)} probabilities"
    return "certainty has a negative slope" if of.slope < 0 else ""
