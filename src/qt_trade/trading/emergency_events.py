"""An emergency in the journal: what it found, what the broker said afterwards, how it ended."""

from dataclasses import dataclass

from qt_trade.model.emergencies import Emergency
from qt_trade.model.money import Usd
from qt_trade.model.shares import Shares
from qt_trade.model.symbols import Symbol
from qt_trade.trading.happened import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStopped(Happened):
    """Nothing opens any more until a person resumes."""

    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingResumed(Happened):
    """A person lifted the stop."""

    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAsked(Happened):
    """A symbol's position is to be closed as soon as its open orders are out of the way."""

    symbol: Symbol
    command_id: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class PositionBefore:
    """A position as an emergency found it; ``worth`` at the last quote, None without one."""

    symbol: Symbol
    quantity: Shares
    worth: Usd | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyBegan(Happened):
    """An emergency is being carried out. ``orders``: the ids of those that were open."""

    command_id: str
    action: Emergency
    by: str
    how: str
    reason: str
    positions: tuple[PositionBefore, ...]
    orders: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyCounted(Happened):
    """The broker was asked what is still open, and its answer counts for or against the end."""

    command_id: str
    positions: int
    orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyEnded(Happened):
    """``verified``: the broker said twice that what was called for is done."""

    command_id: str
    verified: bool
    words: str
