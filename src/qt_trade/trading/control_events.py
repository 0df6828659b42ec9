"""Who controls AutoTrading, and whether it runs."""

from dataclasses import dataclass
from datetime import datetime

from qt_trade.model.control import ControllerLoss
from qt_trade.model.presets import StrategySettings
from qt_trade.trading.happened import Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoTradingStarted(Happened):
    """AutoTrading runs with these settings, or goes on with new ones."""

    settings: StrategySettings
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoTradingStopped(Happened):
    """No cycle trades any more."""

    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlTaken(Happened):
    """A session controls AutoTrading from now on; ``token`` is greater than any before."""

    session_id: str
    name: str
    token: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlReleased(Happened):
    """The holder gave the control back; nobody holds it."""

    session_id: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeoverAsked(Happened):
    """A session asks the living holder for the control; at ``ends_at`` it passes."""

    session_id: str
    name: str
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeoverEnded(Happened):
    """A request came to nothing; ``words`` say why."""

    session_id: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerLost(Happened):
    """The holder's session died; ``paused``: AutoTrading opens nothing more because of it."""

    session_id: str
    policy: ControllerLoss
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerReturned(Happened):
    """The holder's session lives again, and what its death paused goes on."""

    session_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRevoked(Happened):
    """A session was logged out by another; its id is never valid again."""

    session_id: str
    by: str
    reason: str
