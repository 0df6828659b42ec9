"""Sums over scored claims, from which every figure of the score-card is made.

Sums of different claims add up, so that a database can make them, however many claims there are.
"""

from dataclasses import dataclass, fields
from datetime import date
from typing import Self

CALIBRATION_EDGES: tuple[float, ...] = (0.55, 0.6, 0.65, 0.7, 0.8)
"""Where one bin of confidence ends and the next begins; the first begins at 0.5, the last ends at 1."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over scored claims.

    ``cases``: of claims with a direction that came true or did not, ``hits`` and ``naive_hits`` of
    them, and their Brier scores. ``banded``: with an 80 % band, ``covered`` of them. ``quantiled``:
    with quantiles, and their pinball losses in basis points. ``acted``: worth acting on, and their
    edges in basis points. ``paired``: all of them, and of the ranks of their forecasts x and outcomes
    y, from 0 to 1 among all claims of the same track, the sums, squares and products.
    """

    cases: float = 0.0
    hits: float = 0.0
    naive_hits: float = 0.0
    brier: float = 0.0
    banded: float = 0.0
    covered: float = 0.0
    quantiled: float = 0.0
    pinball_bp: float = 0.0
    acted: float = 0.0
    edge_bp: float = 0.0
    paired: float = 0.0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    yy: float = 0.0
    xy: float = 0.0

    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, name) + getattr(other, name) for name in SUMS))

    def __sub__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, name) - getattr(other, name) for name in SUMS))


SUMS: tuple[str, ...] = tuple(field.name for field in fields(Tally))
"""The names of the sums, in order."""


@dataclass(frozen=True, slots=True)
class BinTally:
    """Of ``cases`` claims with a confidence in bin ``number``: sums of confidences and of hits."""

    number: int
    cases: float
    said: float
    right: float


@dataclass(frozen=True, slots=True)
class Track:
    """What one model did at one horizon, session by session.

    ``symbol``: of it alone, without bins; empty: of all together.
    """

    model_id: str
    horizon_min: int
    sessions: dict[date, Tally]
    bins: dict[date, list[BinTally]]
    symbol: str = ""
