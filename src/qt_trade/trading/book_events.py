"""What happened to the books beside our own orders, and where they differ from the broker's."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qt_trade.model.broker_account import BrokerPosition
from qt_trade.model.money import Usd
from qt_trade.model.orders import Fill, Order
from qt_trade.model.shares import Shares
from qt_trade.model.symbols import Symbol
from qt_trade.trading.happened import Happened


class Adjustment(StrEnum):
    """Why cash came or went without a trade.

    TRANSFER alone is a deposit or a withdrawal; the rest are gains or losses of the account.
    ROUNDING: brokers book parts of a share to the cent, we to the micro-dollar.
    """

    DIVIDEND = "DIVIDEND"
    FEE = "FEE"
    INTEREST = "INTEREST"
    TRANSFER = "TRANSFER"
    ROUNDING = "ROUNDING"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksBegun(Happened):
    """An account that held something before us: its books begin with the broker's figures.

    ``activities``: the numbers of what had happened until then; none of it is booked again.
    """

    cash: Usd
    positions: tuple[BrokerPosition, ...]
    activities: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayValued(Happened):
    """What the account was worth when an exchange day's session closed; told once per day.

    ``deposited``: as of then, so that a deposit is no gain. ``benchmark``: the last price of
    ``benchmark_symbol`` on that day, None where the feed had none.
    """

    day: date
    value: Usd
    deposited: Usd
    benchmark: float | None
    benchmark_symbol: Symbol


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalFill(Happened):
    """The broker executed an order that is not ours; it is booked as it stands there.

    ``order``: what is known of it, with the size of the fill. ``realized`` as of an OrderFilled.
    """

    activity_id: str
    order: Order
    fill: Fill
    realized: Usd | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CashAdjusted(Happened):
    """Cash came (positive) or went at the broker without a trade."""

    activity_id: str
    kind: Adjustment
    amount: Usd
    symbol: Symbol | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SharesAdjusted(Happened):
    """A split: ``quantity`` shares came (positive) or went, and the position costs what it did."""

    activity_id: str
    symbol: Symbol
    quantity: Shares
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyFound(Happened):
    """Our books differ from the broker's, seen twice, and nothing explains it: nothing opens.

    ``key``: ``cash`` or ``position:SYMBOL``. ``cash``, ``quantity`` and ``cost``: what must be
    added to ours to have the broker's. ``ours`` and ``brokers``: the figures for people.
    """

    key: str
    symbol: Symbol | None
    cash: Usd
    quantity: Shares
    cost: Usd
    ours: str
    brokers: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyEnded(Happened):
    """A figure that differed agrees again."""

    key: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceAccepted(Happened):
    """A person takes the broker's figure over, though nobody could explain it.

    ``cash``, ``quantity`` and ``cost`` are added to ours.
    """

    key: str
    by: str
    reason: str
    symbol: Symbol | None
    cash: Usd
    quantity: Shares
    cost: Usd
