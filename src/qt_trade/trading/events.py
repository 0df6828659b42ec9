"""What happened, as the journal keeps it: the account's whole state is a fold over these.

The kinds stand in a module per room; a kind is never renamed, and new fields have defaults, so
that the journal of an earlier version can be read.
"""

from qt_trade.trading.account_events import (
    AccountOpened,
    CommandAnswered,
    WishesNamed,
)
from qt_trade.trading.book_events import (
    BooksBegun,
    CashAdjusted,
    DayValued,
    DifferenceAccepted,
    DiscrepancyEnded,
    DiscrepancyFound,
    ExternalFill,
    SharesAdjusted,
)
from qt_trade.trading.control_events import (
    AutoTradingStarted,
    AutoTradingStopped,
    ControllerLost,
    ControllerReturned,
    ControlReleased,
    ControlTaken,
    SessionRevoked,
    TakeoverAsked,
    TakeoverEnded,
)
from qt_trade.trading.cycle_events import (
    CycleFinished,
    CycleReport,
    CycleRow,
    DecisionMade,
    Stage,
)
from qt_trade.trading.emergency_events import (
    CloseAsked,
    EmergencyBegan,
    EmergencyCounted,
    EmergencyEnded,
    TradingResumed,
    TradingStopped,
)
from qt_trade.trading.order_events import (
    CancelAsked,
    OrderAcknowledged,
    OrderActivated,
    OrderApproved,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRefused,
    OrderRejected,
    OrderReplaced,
    OrderSent,
    OrderTriggered,
    OrderUnknown,
    ReplaceAsked,
    RiskJudged,
    StopMoved,
)
from qt_trade.trading.risk_events import BreakerTurned, ValueMarked

__all__ = [
    "AccountOpened",
    "AutoTradingStarted",
    "AutoTradingStopped",
    "BooksBegun",
    "BreakerTurned",
    "CancelAsked",
    "CashAdjusted",
    "CloseAsked",
    "CommandAnswered",
    "ControlReleased",
    "ControlTaken",
    "ControllerLost",
    "ControllerReturned",
    "CycleFinished",
    "CycleReport",
    "CycleRow",
    "DecisionMade",
    "DifferenceAccepted",
    "DiscrepancyEnded",
    "DiscrepancyFound",
    "EmergencyBegan",
    "EmergencyCounted",
    "EmergencyEnded",
    "Event",
    "ExternalFill",
    "OrderAcknowledged",
    "OrderActivated",
    "OrderApproved",
    "OrderCanceled",
    "OrderExpired",
    "OrderFilled",
    "OrderRefused",
    "OrderRejected",
    "OrderReplaced",
    "OrderSent",
    "OrderTriggered",
    "OrderUnknown",
    "ReplaceAsked",
    "RiskJudged",
    "SessionRevoked",
    "SharesAdjusted",
    "Stage",
    "StopMoved",
    "TakeoverAsked",
    "TakeoverEnded",
    "TradingResumed",
    "TradingStopped",
    "ValueMarked",
    "WishesNamed",
]

Event = (
    AccountOpened
    | CommandAnswered
    | DecisionMade
    | RiskJudged
    | OrderApproved
    | OrderRefused
    | OrderSent
    | OrderAcknowledged
    | OrderActivated
    | StopMoved
    | OrderTriggered
    | OrderFilled
    | CancelAsked
    | ReplaceAsked
    | OrderReplaced
    | OrderCanceled
    | OrderExpired
    | OrderRejected
    | OrderUnknown
    | TradingStopped
    | TradingResumed
    | AutoTradingStarted
    | AutoTradingStopped
    | WishesNamed
    | CloseAsked
    | EmergencyBegan
    | EmergencyCounted
    | EmergencyEnded
    | CycleFinished
    | ControlTaken
    | ControlReleased
    | TakeoverAsked
    | TakeoverEnded
    | ControllerLost
    | ControllerReturned
    | SessionRevoked
    | BooksBegun
    | DayValued
    | ExternalFill
    | CashAdjusted
    | SharesAdjusted
    | DiscrepancyFound
    | DiscrepancyEnded
    | DifferenceAccepted
    | ValueMarked
    | BreakerTurned
)
