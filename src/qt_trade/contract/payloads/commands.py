"""Commands and their replies."""

from typing import Annotated

import msgspec

from qt_trade.contract.amounts import AMOUNT_MAX
from qt_trade.contract.payloads.base import (
    Amount,
    Backend,
    Frontend,
    Id,
    Moment,
    Quantity,
    SymbolText,
    Words,
    WrongFieldError,
    check_given,
    check_quantity,
)
from qt_trade.model.emergencies import Emergency
from qt_trade.model.feeds import FeedKind
from qt_trade.model.money import Usd, usd
from qt_trade.model.order_terms import (
    TRAIL_BP_MAX,
    Exits,
    OrderClass,
    OrderType,
    Side,
    Terms,
    TimeInForce,
    objection_to,
)
from qt_trade.model.shares import shares

__all__ = [
    "AcceptDifference",
    "Asked",
    "CancelOrder",
    "DeadLetter",
    "Emergency",
    "EmergencyAction",
    "ManualOrder",
    "ReplaceOrder",
    "Reply",
    "RiskQuestion",
    "SubmitOrder",
    "Ticket",
    "TradingCycleRequest",
    "Verdict",
    "WhatIf",
]

TrailBp = Annotated[int, msgspec.Meta(ge=1, le=TRAIL_BP_MAX)]
_TICKET_PRICES = (
    "limit_price", "stop_price", "trail_price", "take_profit", "stop_loss", "stop_loss_limit",
)  # fmt: skip


class Ticket(Frontend, frozen=True, kw_only=True):
    """An order as a person words it; ``model.order_terms`` says what belongs to what.

    ``trail_price`` in USD per share or ``trail_bp`` in basis points: how far a trailing stop
    follows. ``take_profit``, ``stop_loss`` and ``stop_loss_limit``: the exits of a BRACKET; of an
    OCO its ``limit_price`` is the take-profit. A field that an order has no use for is left out.
    """

    command_id: Id
    symbol: SymbolText
    side: Side
    quantity: Quantity
    order_type: OrderType
    limit_price: Amount | None
    time_in_force: TimeInForce
    stop_price: Amount | None = None
    trail_price: Amount | None = None
    trail_bp: TrailBp | None = None
    extended_hours: bool = False
    order_class: OrderClass = OrderClass.SIMPLE
    take_profit: Amount | None = None
    stop_loss: Amount | None = None
    stop_loss_limit: Amount | None = None

    def __post_init__(self) -> None:
        check_quantity("quantity", self.quantity)
        _check_prices(self, *_TICKET_PRICES)
        objection = objection_to(self.terms())
        if objection is not None:
            raise WrongFieldError(objection.field, objection.words)

    def terms(self) -> Terms:
        """Return the ticket in exact numbers. Raises ValueError when a price is no amount."""
        return Terms(
            side=self.side,
            quantity=shares(self.quantity),
            order_type=self.order_type,
            time_in_force=self.time_in_force,
            limit_price=_usd(self.limit_price),
            stop_price=_usd(self.stop_price),
            trail_price=_usd(self.trail_price),
            trail_bp=self.trail_bp,
            extended_hours=self.extended_hours,
            order_class=self.order_class,
            exits=self._exits(),
        )

    def _exits(self) -> Exits | None:
        exits = Exits(
            take_profit=_usd(self.take_profit),
            stop_loss=_usd(self.stop_loss),
            stop_limit=_usd(self.stop_loss_limit),
        )
        return None if exits == Exits() else exits


class SubmitOrder(Ticket, frozen=True, kw_only=True, tag_field="action", tag="submit"):
    """A manual order."""


class RiskQuestion(Ticket, frozen=True, kw_only=True):
    """What would risk say to this order, and what would it do to the account? Nothing is sent."""


class ReplaceOrder(Frontend, frozen=True, kw_only=True, tag_field="action", tag="replace"):
    """Change an open order: what is given takes the place of what it has, the rest stays."""

    command_id: Id
    order_id: Id
    quantity: Quantity | None = None
    limit_price: Amount | None = None
    stop_price: Amount | None = None
    trail_price: Amount | None = None
    trail_bp: TrailBp | None = None
    time_in_force: TimeInForce | None = None

    def __post_init__(self) -> None:
        if self.quantity is not None:
            check_quantity("quantity", self.quantity)
        _check_prices(self, "limit_price", "stop_price", "trail_price")
        changes = (
            self.quantity, self.limit_price, self.stop_price, self.trail_price, self.trail_bp,
            self.time_in_force,
        )  # fmt: skip
        if all(change is None for change in changes):
            raise WrongFieldError("quantity", "or a price or time in force has to change")


class CancelOrder(Frontend, frozen=True, kw_only=True, tag_field="action", tag="cancel"):
    """Cancel one open order."""

    command_id: Id
    order_id: Id


class AcceptDifference(Frontend, frozen=True, kw_only=True, tag_field="action", tag="accept"):
    """Take the broker's figure over where nobody could explain why ours differs."""

    command_id: Id
    key: Words
    reason: Words


ManualOrder = SubmitOrder | ReplaceOrder | CancelOrder | AcceptDifference


def _check_prices(ticket: Frontend, *names: str) -> None:
    given = {name: price for name in names if (price := getattr(ticket, name)) is not None}
    check_given(**given)
    for name, price in given.items():
        if not 0 < price <= AMOUNT_MAX:
            raise WrongFieldError(name, f"must be positive and at most {AMOUNT_MAX:,}")


def _usd(amount: Amount | None) -> Usd | None:
    return None if amount is None else usd(amount)


class EmergencyAction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Overtakes everything. ``confirmed`` says a person meant it; ``how``: button, key, program.

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
    how: Words = ""


class TradingCycleRequest(Backend, frozen=True, kw_only=True):
    """The worker's call to run the cycle of a slot; the id is derived from the slot."""

    command_id: Id
    slot: Moment


Asked = SubmitOrder | ReplaceOrder | CancelOrder | AcceptDifference | RiskQuestion | EmergencyAction
"""What a session asks for."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One risk rule's answer. ``value`` of ``limit``: the figures alone, where there are any.

    ``warning``: it passed, and a person should know this before sending. ``setting``: the document
    and field that set the limit, empty where there is none.
    """

    rule: str
    passed: bool
    words: Words
    value: Words = ""
    limit: Words = ""
    warning: bool = False
    setting: Words = ""


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """What the account would be after a fill at the worst price reckoned with.

    Open orders are counted. None: not known, for want of a price. Weights are fractions of the
    account's value. ``loss_at_stop``: what the exits of a bracket would lose at most (negative).
    """

    cost: Amount | None
    commission: Amount | None
    slippage_bp: float | None
    free_cash_after: Amount | None
    free_cash_after_weight: float | None
    weight_before: float | None
    weight_after: float | None
    sector: Words
    sector_before: float | None
    sector_after: float | None
    loss_at_stop: Amount | None
    largest_quantity: Quantity


class Reply(Backend, frozen=True, kw_only=True):
    """The answer to a command. ``reason`` is empty only when it was accepted without a remark.

    ``what_if`` answers a risk question.
    """

    command_id: str
    accepted: bool
    reason: Words
    order_id: str | None
    verdicts: tuple[Verdict, ...]
    what_if: WhatIf | None = None


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was refused. ``raw`` is cut at 2,000 characters."""

    ts: Moment
    source: str
    key: str
    path: str
    reason: str
    raw: str
