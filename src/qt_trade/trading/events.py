"""What happened, as the journal keeps it: the account's whole state is a fold over these.

Every event carries ``at`` (wall time) and ``feed_at`` (feed time), both aware UTC.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qt_trade.model.control import ControllerLoss
from qt_trade.model.money import Usd
from qt_trade.model.orders import Fill, Order
from qt_trade.model.presets import StrategySettings
from qt_trade.model.signals import SourceSignal
from qt_trade.model.symbols import Symbol
from qt_trade.model.verdicts import RuleVerdict
from qt_trade.model.wishes import Wishes
from qt_trade.trading.book_events import (
    BooksBegun,
    CashAdjusted,
    DifferenceAccepted,
    DiscrepancyEnded,
    DiscrepancyFound,
    ExternalFill,
    Happened,
    SharesAdjusted,
)
from qt_trade.trading.emergency_events import EmergencyBegan, EmergencyCounted, EmergencyEnded


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
class AccountOpened(Happened):
    """An account began with this cash. Always the first event of a journal."""

    account_id: str
    cash: Usd


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandAnswered(Happened):
    """A command took its effect and was answered so; asked again, it is answered the same.

    ``name`` is the command's type, ``by`` the session or role that sent it, ``asked`` the
    command itself as JSON.
    """

    command_id: str
    name: str
    by: str
    asked: str
    accepted: bool
    reason: str
    order_id: str | None
    verdicts: tuple[RuleVerdict, ...]


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
class RiskJudged(Happened):
    """Every risk rule answered for this order."""

    order: Order
    verdicts: tuple[RuleVerdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderApproved(Happened):
    """The order may leave, and will; journalled before any broker hears of it.

    ``reserved``: the cash its purchase may cost at most (zero for a sale). ``opens``: whether it
    grows a position. ``worst_price``: see ``model.verdicts.Approved``. ``cycle``: the slot of the
    cycle that wanted it.
    """

    order: Order
    command_id: str
    reserved: Usd
    worst_price: Usd | None
    opens: bool
    cycle: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefused(Happened):
    """Risk objected; the order never leaves."""

    order: Order
    command_id: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSent(Happened):
    """The order was handed to the broker; ``at`` is when."""

    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAcknowledged(Happened):
    """The broker has the order."""

    order_id: str
    broker_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilled(Happened):
    """The broker executed (part of) the order.

    ``realized``: what it earned by closing, after cost and commission; None when it only opened.
    """

    fill: Fill
    realized: Usd | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAsked(Happened):
    """Someone wants the order canceled; journalled before the broker is asked."""

    order_id: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCanceled(Happened):
    """The order is off the book; what was filled before stays filled."""

    order_id: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderExpired(Happened):
    """The order's time in force ran out."""

    order_id: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRejected(Happened):
    """The broker did not take the order."""

    order_id: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUnknown(Happened):
    """Sent, and the broker's answer is not known; it counts as open until it is."""

    order_id: str
    words: str


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
class WishesNamed(Happened):
    """A frontend's document wishes this of the strategy, in its new version (all of it)."""

    document: str
    wishes: Wishes
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAsked(Happened):
    """A symbol's position is to be closed as soon as its open orders are out of the way."""

    symbol: Symbol
    command_id: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleFinished(Happened):
    """A trading cycle ran to its end."""

    report: CycleReport


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


Event = (
    AccountOpened
    | CommandAnswered
    | DecisionMade
    | RiskJudged
    | OrderApproved
    | OrderRefused
    | OrderSent
    | OrderAcknowledged
    | OrderFilled
    | CancelAsked
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
    | ExternalFill
    | CashAdjusted
    | SharesAdjusted
    | DiscrepancyFound
    | DiscrepancyEnded
    | DifferenceAccepted
)
