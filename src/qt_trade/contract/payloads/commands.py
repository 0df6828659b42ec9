"""Commands and their replies."""

from enum import StrEnum

import msgspec

from qt_trade.contract.payloads.base import (
    Amount,
    Backend,
    Frontend,
    Id,
    Moment,
    Shares,
    SymbolText,
    Words,
    WrongFieldError,
    check_given,
)
from qt_trade.model.feeds import FeedKind
from qt_trade.model.orders import OrderType, Side, TimeInForce


class SubmitOrder(Frontend, frozen=True, kw_only=True, tag_field="action", tag="submit"):
    """A manual order. ``limit_price`` belongs to LIMIT orders, and to all of them."""

    command_id: Id
    symbol: SymbolText
    side: Side
    quantity: Shares
    order_type: OrderType
    limit_price: Amount | None
    time_in_force: TimeInForce

    def __post_init__(self) -> None:
        if (self.order_type is OrderType.LIMIT) != (self.limit_price is not None):
            raise WrongFieldError("limit_price", "belongs to LIMIT orders, and to all of them")
        if self.limit_price is not None:
            check_given(limit_price=self.limit_price)
            if not self.limit_price:
                raise WrongFieldError("limit_price", "must be positive")


class CancelOrder(Frontend, frozen=True, kw_only=True, tag_field="action", tag="cancel"):
    """Cancel one open order."""

    command_id: Id
    order_id: Id


ManualOrder = SubmitOrder | CancelOrder


class Emergency(StrEnum):
    STOP_ALL_TRADING = "STOP_ALL_TRADING"
    CANCEL_ALL_ORDERS = "CANCEL_ALL_ORDERS"
    CLOSE_ALL_POSITIONS = "CLOSE_ALL_POSITIONS"
    RESUME = "RESUME"


class EmergencyAction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Overtakes everything. ``confirmed`` says a person meant it.

    ``feed`` may be unknown (None): a stop must not wait for a streamer.
    """

    ts: Moment
    source: str
    feed: FeedKind | None
    session_id: Id
    command_id: Id
    action: Emergency
    reason: Words
    confirmed: bool


class TradingCycleRequest(Backend, frozen=True, kw_only=True):
    """The worker's call to run the cycle of a slot; the id is derived from the slot."""

    command_id: Id
    slot: Moment


Asked = SubmitOrder | CancelOrder | EmergencyAction
"""What a session asks for."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One risk rule's answer."""

    rule: str
    passed: bool
    words: Words


class Reply(Backend, frozen=True, kw_only=True):
    """The answer to a command. ``reason`` is empty only when it was accepted without a remark."""

    command_id: str
    accepted: bool
    reason: Words
    order_id: str | None
    verdicts: tuple[Verdict, ...]


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was refused. ``raw`` is cut at 2,000 characters."""

    ts: Moment
    source: str
    key: str
    path: str
    reason: str
    raw: str
