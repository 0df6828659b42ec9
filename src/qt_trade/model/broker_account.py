"""What a broker says of an account: its cash and positions, what happened there, what it forbids."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qt_trade.model.money import Usd
from qt_trade.model.orders import Side
from qt_trade.model.shares import Shares
from qt_trade.model.symbols import Symbol


@dataclass(frozen=True, slots=True)
class BrokerPosition:
    """Shares held at the broker (negative: short) and what it says they cost in all."""

    symbol: Symbol
    quantity: Shares
    cost: Usd


class ActivityKind(StrEnum):
    """What can happen to an account beside our own orders.

    TRADE: an execution of an order that is not ours. SPLIT: ``quantity`` shares came or went at
    no cost. The others move ``amount`` of cash.
    """

    TRADE = "TRADE"
    SPLIT = "SPLIT"
    DIVIDEND = "DIVIDEND"
    FEE = "FEE"
    INTEREST = "INTEREST"
    TRANSFER = "TRANSFER"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class BrokerActivity:
    """One line of the broker's own record; ``activity_id`` is its number there, unique.

    ``amount``: the change of cash. ``quantity``: the change of shares, of a TRADE its size.
    ``price`` and ``side`` of a TRADE alone; ``order_id``: its client order id, empty where unknown.
    """

    activity_id: str
    kind: ActivityKind
    at: datetime
    amount: Usd
    symbol: Symbol | None
    quantity: Shares | None
    price: Usd | None
    side: Side | None
    order_id: str
    words: str


@dataclass(frozen=True, slots=True)
class Restrictions:
    """What the broker forbids at the moment.

    ``settled_cash``: what may be spent without waiting for a settlement; None where it does not
    say. ``words``: every flag that is set.
    """

    trading_blocked: bool = False
    closing_only: bool = False
    shorting_allowed: bool = False
    settled_cash: Usd | None = None
    buying_power: Usd | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BrokerAccount:
    """An account as its broker has it, all of one moment.

    ``activities``: all since the account was opened or since the last that is known to be booked,
    oldest first; a line may come again and has the same id.
    """

    number: str
    cash: Usd
    positions: Mapping[Symbol, BrokerPosition]
    activities: tuple[BrokerActivity, ...]
    restrictions: Restrictions
