"""An emergency while it is carried out, and the receipt it leaves."""

from enum import StrEnum

import msgspec

from qt_trade.contract.payloads.base import (
    Amount,
    Backend,
    Count,
    Moment,
    Quantity,
    SymbolText,
    Words,
)
from qt_trade.contract.payloads.commands import Emergency


class EmergencyState(StrEnum):
    """Where an emergency stands.

    WAITING: the market is closed, the exits are queued. VERIFYING: all is closed as far as we
    know, and the broker is asked twice. NEEDS_YOU: something cannot be closed by itself.
    """

    IDLE = "IDLE"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    VERIFYING = "VERIFYING"
    VERIFIED = "VERIFIED"
    NEEDS_YOU = "NEEDS_YOU"


class StepState(StrEnum):
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


class EmergencyStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step: stopped, canceling, closing, asked twice, receipt. ``after_s``: since the call."""

    name: Words
    state: StepState
    after_s: float | None
    words: Words


class EmergencyLine(msgspec.Struct, frozen=True, kw_only=True):
    """One position that is being closed. ``price``: the average of its fills so far."""

    symbol: SymbolText
    qty: Quantity
    was_worth: Amount | None
    state: Words
    filled: Quantity
    price: Amount | None
    after_s: float | None
    words: Words


class BrokerCount(msgspec.Struct, frozen=True, kw_only=True):
    """What the broker said is still open when it was asked."""

    at: Moment
    positions: Count
    orders: Count


class EmergencyStatus(Backend, frozen=True, kw_only=True):
    """The emergency that is being carried out, or the last one. Open figures are the broker's."""

    account: str
    state: EmergencyState
    command_id: str
    action: Emergency | None
    by: str
    how: Words
    reason: Words
    began_at: Moment | None
    positions_before: Count
    orders_before: Count
    positions_open: Count | None
    orders_open: Count | None
    exposure_open: Amount | None
    counted_at: Moment | None
    lines: tuple[EmergencyLine, ...]
    steps: tuple[EmergencyStep, ...]
    unknown_orders: tuple[Words, ...]
    words: Words


class EmergencyReceipt(Backend, frozen=True, kw_only=True):
    """What an emergency did, proved by the broker. ``slippage_bp``: against the marks before.

    ``journal_seq`` and ``journal_hash``: the entry of the journal that closes it.
    """

    account: str
    mode: str
    command_id: str
    action: Emergency
    by: str
    how: Words
    reason: Words
    began_at: Moment
    ended_at: Moment
    verified: bool
    counts: tuple[BrokerCount, ...]
    orders_canceled: Count
    orders_before: Count
    positions_before: Count
    lines: tuple[EmergencyLine, ...]
    steps: tuple[EmergencyStep, ...]
    slippage_bp: float | None
    slippage: Amount | None
    journal_hash: str
    words: Words
