"""What a trading cycle saw and decided."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qt_trade.model.signals import SourceSignal
from qt_trade.model.symbols import Symbol
from qt_trade.trading.happened import Happened


class Stage(StrEnum):
    """Where a symbol's way through a cycle ended."""

    CANDIDATE = "CANDIDATE"
    SIGNAL = "SIGNAL"
    RISK = "RISK"
    ORDER = "ORDER"


@dataclass(frozen=True, slots=True)
class CycleRow:
    """One symbol's way: the words of each stage it reached; the last one says why it ended.

    ``sources``: what each source of signals in use said.
    """

    symbol: Symbol
    ended_at: Stage
    candidate: str
    signal: str
    risk: str
    order: str
    order_id: str
    expected_return: float | None
    confidence: float | None
    sources: tuple[SourceSignal, ...] = ()


@dataclass(frozen=True, slots=True)
class CycleReport:
    """One cycle. ``slot``: the feed time it belongs to; ``at``: the wall time it ran.

    ``strategy``: what decided; ``took_ms``: how long a person's own one took. ``words``: why
    nothing was decided, else empty.
    """

    number: int
    slot: datetime
    at: datetime
    candidates: int
    signals: int
    passed_risk: int
    orders: int
    rows: tuple[CycleRow, ...]
    strategy: str = ""
    took_ms: float | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionMade(Happened):
    """A strategy wanted an order, seeing these inputs (prices are marks).

    ``sources``: what each source of signals in use said.
    """

    order_id: str
    symbol: Symbol
    reason: str
    price: float
    bid: float | None
    ask: float | None
    quote_at: datetime
    model: str | None
    predicted_at: datetime | None
    horizon_min: int | None
    expected_return: float | None
    confidence: float | None
    sources: tuple[SourceSignal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleFinished(Happened):
    """A trading cycle ran to its end."""

    report: CycleReport
