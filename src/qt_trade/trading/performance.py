"""What trading has brought so far, from the fills of the journal and the account's value over time.

A trade is a fill that closed (part of) a position; what it earned is the ledger's own figure. It
belongs to the source whose signal had opened the oldest of the shares it closed.
"""

from bisect import insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from qt_trade.model.money import ZERO, Usd
from qt_trade.model.orders import OrderOrigin, Side
from qt_trade.model.portfolio import Position
from qt_trade.model.shares import part_of, value_of
from qt_trade.model.signals import Vote
from qt_trade.model.symbols import Symbol
from qt_trade.trading import book_events as b
from qt_trade.trading import events as e
from qt_trade.trading.lots import ClosedLot, Lot, LotBook
from qt_trade.trading.positions import book, flat, split

UNKNOWN_SOURCE = "unknown"
_PER_BP = 10_000


@dataclass(frozen=True, slots=True)
class ClosedTrade:
    """One closing fill: what it earned, what its shares had cost, how long they were held.

    ``source``: whose signal had opened it.
    """

    fill_id: str
    realized: Usd
    cost: Usd
    held_for: timedelta | None
    source: str = UNKNOWN_SOURCE

    @property
    def realized_share(self) -> float | None:
        """The earnings as a fraction of the cost; None where there was none."""
        return self.realized / self.cost if self.cost else None


@dataclass(slots=True)
class Tally:
    """Closed trades counted: those that earned exactly nothing are neither won nor lost."""

    trades: int = 0
    wins: int = 0
    losses: int = 0
    won: Usd = ZERO
    lost: Usd = ZERO

    def add(self, realized: Usd) -> None:
        """Count a trade."""
        self.trades += 1
        if realized > 0:
            self.wins += 1
            self.won = Usd(self.won + realized)
        elif realized < 0:
            self.losses += 1
            self.lost = Usd(self.lost + realized)

    @property
    def realized(self) -> Usd:
        """What they earned together."""
        return Usd(self.won + self.lost)

    @property
    def win_rate(self) -> float | None:
        """The fraction of trades that were won; None before the first."""
        return self.wins / self.trades if self.trades else None

    @property
    def average_win(self) -> Usd | None:
        """The mean of what won trades earned, rounded down; None before the first."""
        return Usd(self.won // self.wins) if self.wins else None

    @property
    def average_loss(self) -> Usd | None:
        """The mean of what lost trades lost (negative), rounded down; None before the first."""
        return Usd(self.lost // self.losses) if self.losses else None

    @property
    def profit_factor(self) -> float | None:
        """What was won per dollar lost; None while nothing was lost."""
        return self.won / -self.lost if self.lost else None


class TradeBook:
    """Follows the journal of one account, oldest event first, and keeps what its trades brought."""

    def __init__(self) -> None:
        self.total = Tally()
        self._positions: dict[Symbol, Position] = {}
        self._lots = LotBook()
        self._sources: dict[str, str] = {}
        self._references: dict[str, float] = {}
        self._by_source: dict[str, Tally] = {}
        self._by_symbol: dict[Symbol, Tally] = {}
        self._holdings: list[timedelta] = []
        self._held = timedelta()
        self._worse, self._referred = 0.0, 0.0

    def take(self, event: e.Event) -> ClosedTrade | None:
        """Take an event; return the trade it closed, None for any that closed none."""
        match event:
            case e.DecisionMade(order_id=order_id, price=price):
                self._sources[order_id] = source_of(event)
                self._references[order_id] = price
            case e.OrderApproved(order=order):
                self._sources.setdefault(order.order_id, _BY_ORIGIN[order.origin])
            case e.OrderFilled() | b.ExternalFill():
                return self._fill(event)
            case b.SharesAdjusted() | b.BooksBegun() | b.DifferenceAccepted():
                self._lots.take(event)
                self._adjust(event)
            case _:
                pass
        return None

    def lots(self, symbol: Symbol) -> tuple[Lot, ...]:
        """Return the open tax lots of a symbol, oldest first."""
        return self._lots.lots(symbol)

    @property
    def by_source(self) -> Mapping[str, Tally]:
        """The closed trades of each source."""
        return self._by_source

    @property
    def by_symbol(self) -> Mapping[Symbol, Tally]:
        """The closed trades of each symbol."""
        return self._by_symbol

    @property
    def average_holding(self) -> timedelta | None:
        """The mean feed time a closed position had been held; None before the first."""
        return self._held / len(self._holdings) if self._holdings else None

    @property
    def median_holding(self) -> timedelta | None:
        """The feed time half of the trades were held for at most; None before the first."""
        return self._holdings[(len(self._holdings) - 1) // 2] if self._holdings else None

    @property
    def slippage_bp(self) -> float | None:
        """How much worse fills were than the price their decision saw, by value, in basis points.

        None before the first fill of an order that had a decision.
        """
        return self._worse / self._referred * _PER_BP if self._referred else None

    def _fill(self, event: e.OrderFilled | b.ExternalFill) -> ClosedTrade | None:
        fill = event.fill
        if isinstance(event, b.ExternalFill):
            self._sources.setdefault(fill.order_id, _BY_ORIGIN[OrderOrigin.EXTERNAL])
        closed = self._lots.take(event)
        self._slip(event)
        before = self._positions.get(fill.symbol, flat(fill.symbol))
        self._positions[fill.symbol] = book(before, fill).position
        if event.realized is None:
            return None
        size = min(abs(before.quantity), fill.quantity)
        cost = Usd(part_of(abs(before.cost), size, abs(before.quantity))) if size else ZERO
        held_for = None if before.opened_at is None else fill.at - before.opened_at
        trade = ClosedTrade(fill.fill_id, event.realized, cost, held_for, self._source(closed))
        self._count(trade, fill.symbol)
        return trade

    def _slip(self, event: e.OrderFilled | b.ExternalFill) -> None:
        fill = event.fill
        reference = self._references.get(fill.order_id)
        if reference:
            value = reference * float(fill.quantity)
            paid = value_of(fill.price, fill.quantity) / 1_000_000
            self._worse += paid - value if fill.side is Side.BUY else value - paid
            self._referred += value

    def _source(self, closed: tuple[ClosedLot, ...]) -> str:
        opened_by = closed[0].opened_by if closed else ""
        return self._sources.get(opened_by, UNKNOWN_SOURCE)

    def _adjust(self, event: b.SharesAdjusted | b.BooksBegun | b.DifferenceAccepted) -> None:
        match event:
            case b.SharesAdjusted(symbol=symbol, quantity=quantity):
                self._positions[symbol] = split(self._positions[symbol], quantity)
            case b.BooksBegun(positions=positions):
                for line in positions:
                    begun = replace(flat(line.symbol), quantity=line.quantity, cost=line.cost)
                    self._positions[line.symbol] = begun
            case b.DifferenceAccepted(symbol=symbol) if symbol is not None:
                before = self._positions.get(symbol, flat(symbol))
                quantity = before.quantity + event.quantity
                cost = Usd(before.cost + event.cost) if quantity else ZERO
                self._positions[symbol] = replace(before, quantity=quantity, cost=cost)
            case _:
                pass

    def _count(self, trade: ClosedTrade, symbol: Symbol) -> None:
        for tally in (
            self.total,
            self._by_source.setdefault(trade.source, Tally()),
            self._by_symbol.setdefault(symbol, Tally()),
        ):
            tally.add(trade.realized)
        if trade.held_for is not None:
            insort(self._holdings, trade.held_for)
            self._held += trade.held_for


_BY_ORIGIN = {
    OrderOrigin.AUTOTRADING: "strategy",
    OrderOrigin.MANUAL: "manual",
    OrderOrigin.EMERGENCY: "emergency",
    OrderOrigin.EXTERNAL: "external",
}


def source_of(decision: e.DecisionMade) -> str:
    """Return whose signal a decision followed: the strongest that spoke for trading.

    Older journals name no sources: what they had was a model's prediction.
    """
    spoke = [one for one in decision.sources if one.vote in (Vote.BUY, Vote.SELL)]
    if spoke:
        return max(spoke, key=lambda one: one.strength).source.lower()
    return "strategy" if decision.model is None else "ml"


def max_drawdown(values: Iterable[Usd]) -> float | None:
    """Return the deepest fall from an earlier peak as a fraction of that peak.

    ``values``: the account's value, oldest first. None for fewer than two values or a peak of zero.
    """
    deepest = None
    for one in drawdowns(values):
        deepest = one if deepest is None else max(deepest, one)
    return deepest


def drawdowns(values: Iterable[Usd]) -> Iterable[float]:
    """Yield how far below the peak so far each value but the first is, as a fraction of the peak."""
    peak = ZERO
    for place, value in enumerate(values):
        peak = max(peak, value)
        if peak > 0 and place:
            yield (peak - value) / peak


@dataclass(frozen=True, slots=True)
class Worth:
    """The account's value at one moment of feed time."""

    at: datetime
    value: Usd


def worth_before(points: Iterable[Worth], moment: datetime) -> Usd | None:
    """Return the last value known before a moment; None where none is. ``points``: oldest first."""
    found = None
    for point in points:
        if point.at >= moment:
            break
        found = point.value
    return found
