"""What the rules remember of an account beyond its books: a fold over its events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from qt_trade.model.money import ZERO, Usd
from qt_trade.model.symbols import Symbol
from qt_trade.trading import events as e
from qt_trade.trading.risk_events import BreakerTurned, ValueMarked

MINUTE = timedelta(minutes=1)
MINUTE_KEPT = 1_000
"""Moments of the last minute that are remembered; no limit per minute may be larger."""
_EXCHANGE = ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True)
class Marks:
    """What the account had earned when the day began and at its peak.

    That is its value without what was paid in.
    """

    day: date
    start: Usd
    peak: Usd


@dataclass(frozen=True, slots=True)
class BreakerMark:
    """A breaker's state as it was journalled; ``trips`` are those of ``day``."""

    open: bool
    since: datetime
    day: date
    trips: int
    words: str


@dataclass(frozen=True, slots=True)
class RiskMemory:
    """Feed time throughout.

    ``approved`` and ``failed``: when orders were approved, and when the broker failed us, within
    the last minute. ``orders``: orders approved per symbol on ``day``. ``opened`` and ``lost``:
    when a symbol was bought last, and when it was last sold at a loss.
    """

    day: date | None = None
    approved: tuple[datetime, ...] = ()
    failed: tuple[datetime, ...] = ()
    orders: Mapping[Symbol, int] = field(default_factory=dict)
    opened: Mapping[Symbol, datetime] = field(default_factory=dict)
    lost: Mapping[Symbol, datetime] = field(default_factory=dict)
    marks: Marks | None = None
    breakers: Mapping[str, BreakerMark] = field(default_factory=dict)

    def approved_since(self, moment: datetime) -> int:
        """Return how many orders were approved after a moment of the last minute."""
        return sum(at > moment for at in self.approved)

    def failed_since(self, moment: datetime) -> int:
        """Return how often the broker failed after a moment of the last minute."""
        return sum(at > moment for at in self.failed)

    def orders_of(self, symbol: Symbol, day: date) -> int:
        """Return how many orders in a symbol were approved on a day."""
        return self.orders.get(symbol, 0) if day == self.day else 0


def exchange_date(feed_at: datetime) -> date:
    """Return the exchange's calendar day at a moment of feed time."""
    return feed_at.astimezone(_EXCHANGE).date()


def _within(moments: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    return (*(at for at in moments if now - at < MINUTE), now)[-MINUTE_KEPT:]


def _approved(memory: RiskMemory, event: e.OrderApproved) -> RiskMemory:
    day, symbol = exchange_date(event.feed_at), event.order.symbol
    orders = memory.orders if day == memory.day else {}
    return replace(
        memory,
        day=day,
        approved=_within(memory.approved, event.feed_at),
        orders=MappingProxyType({**orders, symbol: orders.get(symbol, 0) + 1}),
    )


def _failed(memory: RiskMemory, event: e.OrderRejected | e.OrderUnknown) -> RiskMemory:
    return replace(memory, failed=_within(memory.failed, event.feed_at))


def _filled(memory: RiskMemory, event: e.OrderFilled | e.ExternalFill) -> RiskMemory:
    symbol = event.fill.symbol
    if event.realized is None:
        return replace(memory, opened=MappingProxyType({**memory.opened, symbol: event.feed_at}))
    if event.realized >= 0:
        return memory
    return replace(memory, lost=MappingProxyType({**memory.lost, symbol: event.feed_at}))


def _marked(memory: RiskMemory, event: ValueMarked) -> RiskMemory:
    marks, day = memory.marks, exchange_date(event.feed_at)
    earned = Usd(event.value - event.deposited)
    start = Usd(event.day_start - event.deposited)
    if marks is None:
        return replace(memory, marks=Marks(day, start, max(earned, start)))
    peak = earned if event.rebased else max(marks.peak, earned)
    kept = marks.start if marks.day == day else start
    return replace(memory, marks=Marks(day, kept, peak))


def _turned(memory: RiskMemory, event: BreakerTurned) -> RiskMemory:
    day, before = exchange_date(event.feed_at), memory.breakers.get(event.name)
    trips = before.trips if before is not None and before.day == day else 0
    mark = BreakerMark(event.open, event.feed_at, day, trips + event.open, event.words)
    return replace(memory, breakers=MappingProxyType({**memory.breakers, event.name: mark}))


FOLDS: Mapping[type, Callable[[RiskMemory, Any], RiskMemory]] = MappingProxyType(
    {
        e.OrderApproved: _approved,
        e.OrderRejected: _failed,
        e.OrderUnknown: _failed,
        e.OrderFilled: _filled,
        e.ExternalFill: _filled,
        ValueMarked: _marked,
        BreakerTurned: _turned,
    }
)
"""What each event makes of the memory; the others say nothing to it."""

NOTHING_SEEN = RiskMemory()


@dataclass(frozen=True, slots=True)
class Worth:
    """The account against its marks: amounts are negative for a loss, shares positive for one."""

    value: Usd
    day_change: Usd
    day_loss: float
    drawdown: float


def worth(memory: RiskMemory, value: Usd, deposited: Usd, day: date) -> Worth:
    """Return what the value means against the day's beginning and the peak.

    Before the first mark of a day nothing is lost yet.
    """
    marks = memory.marks
    earned = Usd(value - deposited)
    start = earned if marks is None or marks.day != day else marks.start
    peak = earned if marks is None else max(marks.peak, earned)
    return Worth(
        value,
        Usd(earned - start),
        _share(Usd(start - earned), Usd(start + deposited)),
        _share(Usd(peak - earned), Usd(peak + deposited)),
    )


def _share(lost: Usd, of: Usd) -> float:
    return max(lost, ZERO) / of if of > 0 else 0.0
