"""What trading has brought so far, from the fills of the journal and the account's value over time.

A trade is a fill that closed (part of) a position; what it earned is the ledger's own figure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from qt_trade.model.money import ZERO, Usd
from qt_trade.model.portfolio import Position
from qt_trade.model.shares import part_of
from qt_trade.model.symbols import Symbol
from qt_trade.trading.events import OrderFilled
from qt_trade.trading.positions import book, flat


@dataclass(frozen=True, slots=True)
class ClosedTrade:
    """One closing fill: what it earned, what its shares had cost, how long they were held."""

    fill_id: str
    realized: Usd
    cost: Usd
    held_for: timedelta | None

    @property
    def realized_share(self) -> float | None:
        """The earnings as a fraction of the cost; None where there was none."""
        return self.realized / self.cost if self.cost else None


class TradeBook:
    """Follows the fills of one account, oldest first, and keeps what its closed trades brought."""

    def __init__(self) -> None:
        self._positions: dict[Symbol, Position] = {}
        self._trades = self._wins = self._losses = 0
        self._won = self._lost = ZERO
        self._timed = 0
        self._held = timedelta()

    def add(self, event: OrderFilled) -> ClosedTrade | None:
        """Take a fill; return the trade it closed, None for one that only opened."""
        fill = event.fill
        before = self._positions.get(fill.symbol, flat(fill.symbol))
        booking = book(before, fill)
        self._positions[fill.symbol] = booking.position
        if event.realized is None:
            return None
        closed = min(abs(before.quantity), fill.quantity)
        cost = Usd(part_of(abs(before.cost), closed, abs(before.quantity))) if closed else ZERO
        held_for = None if before.opened_at is None else fill.at - before.opened_at
        trade = ClosedTrade(fill.fill_id, event.realized, cost, held_for)
        self._count(trade)
        return trade

    def _count(self, trade: ClosedTrade) -> None:
        self._trades += 1
        if trade.realized > 0:
            self._wins += 1
            self._won = Usd(self._won + trade.realized)
        elif trade.realized < 0:
            self._losses += 1
            self._lost = Usd(self._lost + trade.realized)
        if trade.held_for is not None:
            self._timed += 1
            self._held += trade.held_for

    @property
    def trades(self) -> int:
        """Trades closed; those that earned exactly nothing are neither won nor lost."""
        return self._trades

    @property
    def wins(self) -> int:
        """Trades that earned something."""
        return self._wins

    @property
    def losses(self) -> int:
        """Trades that lost something."""
        return self._losses

    @property
    def average_win(self) -> Usd | None:
        """The mean of what won trades earned, rounded down; None before the first."""
        return Usd(self._won // self._wins) if self._wins else None

    @property
    def average_loss(self) -> Usd | None:
        """The mean of what lost trades lost (negative), rounded down; None before the first."""
        return Usd(self._lost // self._losses) if self._losses else None

    @property
    def win_rate(self) -> float | None:
        """The fraction of trades that were won; None before the first."""
        return self._wins / self._trades if self._trades else None

    @property
    def average_holding(self) -> timedelta | None:
        """The mean feed time a closed position had been held; None before the first."""
        return self._held / self._timed if self._timed else None


def max_drawdown(values: Iterable[Usd]) -> float | None:
    """Return the deepest fall from an earlier peak as a fraction of that peak.

    ``values``: the account's value, oldest first. None for fewer than two values or a peak of zero.
    """
    peak, deepest, count = ZERO, 0.0, 0
    for value in values:
        count += 1
        peak = max(peak, value)
        if peak > 0:
            deepest = max(deepest, (peak - value) / peak)
    return deepest if count > 1 and peak > 0 else None


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
