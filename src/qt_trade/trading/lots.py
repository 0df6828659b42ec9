"""Tax lots, first in first out: a fold over fills, splits and what was taken over from a broker.

The ledger counts a position at average cost, a tax office by lots. Both tell of the same money:
for every symbol, realized by lots − fees of open lots − cost of open lots is the ledger's realized
− cost, to the micro-dollar (a property test holds that); a flat position has earned the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from qt_trade.model.money import ZERO, Usd
from qt_trade.model.orders import Fill
from qt_trade.model.shares import NO_SHARES, SHARE_PLACES, Shares, part_of, shares, value_of
from qt_trade.model.symbols import Symbol
from qt_trade.trading import book_events as b
from qt_trade.trading import events as e
from qt_trade.trading.positions import signed

WASH_DAYS = 30
"""A loss cannot be deducted when the share is bought within 30 days before or after (26 USC §1091)."""
_FINEST = Decimal(1).scaleb(-SHARE_PLACES)


@dataclass(frozen=True, slots=True)
class Lot:
    """Shares that came together and are still held (negative: sold short).

    ``opened_at`` (feed time) is None where nobody told when. ``cost`` has the sign of the shares;
    ``fees``: the commission of their opening, not in the cost. ``opened_by``: the order, empty
    where it was none of an order.
    """

    symbol: Symbol
    opened_at: datetime | None
    quantity: Shares
    cost: Usd
    fees: Usd
    opened_by: str = ""


@dataclass(frozen=True, slots=True)
class ClosedLot:
    """(A part of) a lot that is gone: what it earned after cost and the fees of both ends.

    ``quantity`` as it was held; ``proceeds`` what leaving brought (negative: cost).
    """

    symbol: Symbol
    opened_at: datetime | None
    closed_at: datetime
    quantity: Shares
    cost: Usd
    proceeds: Usd
    fees: Usd
    opened_by: str = ""

    @property
    def realized(self) -> Usd:
        """What the lot earned."""
        return Usd(self.proceeds - self.cost - self.fees)

    @property
    def long_term(self) -> bool | None:
        """Whether it was held for more than a year; None where nobody knows since when."""
        return None if self.opened_at is None else held_over_a_year(self.opened_at, self.closed_at)


def held_over_a_year(opened_at: datetime, at: datetime) -> bool:
    """Return whether a holding is long-term: the day of leaving is past the opening's anniversary."""
    opened, left = opened_at.date(), at.date()
    years = left.year - opened.year
    return years > 1 or (years == 1 and (left.month, left.day) > (opened.month, opened.day))


class LotBook:
    """Follows the journal of one account, oldest event first."""

    def __init__(self) -> None:
        self._open: dict[Symbol, list[Lot]] = {}

    def take(self, event: e.Event) -> tuple[ClosedLot, ...]:
        """Take an event; return the lots it closed."""
        match event:
            case e.OrderFilled(fill=fill) | b.ExternalFill(fill=fill):
                return tuple(self._fill(fill))
            case b.SharesAdjusted(symbol=symbol, quantity=quantity):
                self._open[symbol] = list(_split(self._open.get(symbol, []), quantity))
            case b.BooksBegun(positions=positions):
                for line in positions:
                    held = Lot(line.symbol, None, line.quantity, line.cost, ZERO)
                    self._open[line.symbol] = [held]
            case b.DifferenceAccepted(symbol=symbol) if symbol is not None:
                return tuple(self._replace(symbol, event))
            case _:
                pass
        return ()

    def lots(self, symbol: Symbol) -> tuple[Lot, ...]:
        """Return the open lots of a symbol, oldest first."""
        return tuple(self._open.get(symbol, ()))

    @property
    def held(self) -> Mapping[Symbol, tuple[Lot, ...]]:
        """The open lots of every symbol that has any."""
        return {symbol: tuple(lots) for symbol, lots in self._open.items() if lots}

    def _fill(self, fill: Fill) -> Iterator[ClosedLot]:
        lots, change = self._open.setdefault(fill.symbol, []), signed(fill)
        held = sum((lot.quantity for lot in lots), NO_SHARES)
        closing = min(abs(held), abs(change)) if held * change < 0 else NO_SHARES
        fees = Usd(part_of(fill.commission, closing, fill.quantity))
        left = _Left(closing, value_of(fill.price, closing), fees)
        while left.quantity:
            lot, closed = _close(lots[0], left, fill.at)
            lots[:1] = [] if lot is None else [lot]
            yield closed
        grown = abs(change) - closing
        if grown:
            sign = 1 if change > 0 else -1
            cost, rest = value_of(fill.price, grown), Usd(fill.commission - fees)
            quantity, signed_cost = sign * grown, Usd(sign * cost)
            lots.append(Lot(fill.symbol, fill.at, quantity, signed_cost, rest, fill.order_id))

    def _replace(self, symbol: Symbol, event: b.DifferenceAccepted) -> Iterator[ClosedLot]:
        """Take over shares of which nobody knows where they came from or went."""
        lots = self._open.get(symbol, [])
        quantity = sum((lot.quantity for lot in lots), event.quantity)
        cost, fees = sum(lot.cost for lot in lots), sum(lot.fees for lot in lots)
        if quantity:
            held = Lot(symbol, None, quantity, Usd(cost + event.cost), Usd(fees))
            self._open[symbol] = [held]
            return
        self._open[symbol] = []
        if lots:
            gone = sum((lot.quantity for lot in lots), NO_SHARES)
            proceeds = Usd(-event.cost)
            yield ClosedLot(symbol, None, event.feed_at, gone, Usd(cost), proceeds, Usd(fees))


@dataclass(slots=True)
class _Left:
    """What of a closing fill is not given to a lot yet."""

    quantity: Shares
    worth: Usd
    fees: Usd


def _close(lot: Lot, left: _Left, at: datetime) -> tuple[Lot | None, ClosedLot]:
    """Take of a lot what a fill closes; return what stays of it, and what is gone."""
    size = abs(lot.quantity)
    part = min(size, left.quantity)
    whole = part == size  # a split may leave a lot without shares, but never without its cost
    sign = 1 if lot.quantity > 0 else -1
    worth = Usd(part_of(left.worth, part, left.quantity))
    fees = Usd(part_of(left.fees, part, left.quantity))
    cost = lot.cost if whole else Usd(part_of(lot.cost, part, size))
    opening = lot.fees if whole else Usd(part_of(lot.fees, part, size))
    left.quantity -= part
    left.worth, left.fees = Usd(left.worth - worth), Usd(left.fees - fees)
    closed = ClosedLot(
        symbol=lot.symbol,
        opened_at=lot.opened_at,
        closed_at=at,
        quantity=sign * part,
        cost=cost,
        proceeds=Usd(sign * worth),
        fees=Usd(opening + fees),
        opened_by=lot.opened_by,
    )
    if whole:
        return None, closed
    stays = replace(
        lot,
        quantity=lot.quantity - sign * part,
        cost=Usd(lot.cost - cost),
        fees=Usd(lot.fees - opening),
    )
    return stays, closed


def _split(lots: list[Lot], change: Shares) -> Iterator[Lot]:
    """Give every lot its part of the shares that came or went; what it cost stays."""
    held = sum((lot.quantity for lot in lots), NO_SHARES)
    after, given = held + change, NO_SHARES
    for lot in lots[:-1]:
        exact = (lot.quantity * after / held).quantize(_FINEST, rounding=ROUND_DOWN)
        quantity = shares(exact)
        given += quantity
        yield replace(lot, quantity=quantity)
    for lot in lots[-1:]:
        yield replace(lot, quantity=after - given)


def washes(closed: Iterable[ClosedLot], symbol: Symbol, at: datetime) -> tuple[ClosedLot, ...]:
    """Return the losses that a purchase at a moment of feed time would wash away.

    Those of the symbol within WASH_DAYS before it.
    """
    span = timedelta(days=WASH_DAYS)
    return tuple(
        one
        for one in closed
        if one.symbol == symbol and one.realized < 0 and timedelta(0) <= at - one.closed_at <= span
    )


def bought_near(lots: Iterable[Lot], at: datetime) -> tuple[Lot, ...]:
    """Return the lots bought within WASH_DAYS before or after: a loss at that moment is washed."""
    span = timedelta(days=WASH_DAYS)
    return tuple(
        lot
        for lot in lots
        if lot.opened_at is not None and lot.quantity > 0 and abs(at - lot.opened_at) <= span
    )
