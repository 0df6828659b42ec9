"""What one execution does to one position, exact to the micro-dollar."""

from dataclasses import dataclass, replace
from datetime import datetime

from qt_trade.model.money import ZERO, Usd
from qt_trade.model.orders import Fill, Side
from qt_trade.model.portfolio import Position
from qt_trade.model.shares import NO_SHARES, Shares, format_shares, part_of, value_of
from qt_trade.model.symbols import Symbol


@dataclass(frozen=True, slots=True)
class Booking:
    """The position after a fill and what the fill moved.

    ``cash`` is the change of cash, commission included. ``realized`` is what a closing fill
    earned after cost and commission, None when the fill only opened. ``opened`` is the notional
    by which the position grew.

    For every booking: cash + change of cost − change of the position's realized profit = 0.
    """

    position: Position
    cash: Usd
    realized: Usd | None
    opened: Usd


def flat(symbol: Symbol) -> Position:
    """Return the position of a symbol never traded."""
    return Position(symbol=symbol, quantity=NO_SHARES, cost=ZERO, realized=ZERO, opened_at=None)


def signed(fill: Fill) -> Shares:
    """Return the shares of a fill: positive when bought, negative when sold."""
    return fill.quantity if fill.side is Side.BUY else -fill.quantity


def book(position: Position, fill: Fill) -> Booking:
    """Return what a fill does to a position, by average cost.

    A partial close takes its share of the cost rounded down; the rest stays with the shares
    still held, so that no micro-dollar is lost whatever the order of closes. The commission of
    an opening fill counts as realized at once, because cost leaves it out. A fill through zero
    closes first and opens the rest the other way.
    """
    change = signed(fill)
    closed = _closing_shares(position.quantity, change)
    direction = 1 if position.quantity > 0 else -1
    released = part_of(position.cost, closed, abs(position.quantity))
    profit = direction * value_of(fill.price, closed) - released
    grown = abs(change) - closed
    opened = value_of(fill.price, grown)
    quantity = position.quantity + change
    # Each part rounded as it is booked, so that cash, cost and profit agree to the micro-dollar.
    closing_cash = direction * value_of(fill.price, closed) - (opened if change > 0 else -opened)
    after = Position(
        symbol=position.symbol,
        quantity=quantity,
        cost=Usd(position.cost - released + (opened if change > 0 else -opened)),
        realized=Usd(position.realized + profit - fill.commission),
        opened_at=_opened_at(position, quantity, fill.at),
    )
    return Booking(
        position=after,
        cash=Usd(closing_cash - fill.commission),
        realized=Usd(profit - fill.commission) if closed else None,
        opened=Usd(opened),
    )


def split(position: Position, change: Shares) -> Position:
    """Return a position after shares came or went at no cost.

    Raises ValueError when it would end it or turn it round, which no split does.
    """
    quantity = position.quantity + change
    if position.quantity * quantity <= 0:
        words = f"{format_shares(position.quantity)} shares of {position.symbol}"
        raise ValueError(f"{words} cannot be split by {format_shares(change)}")
    return replace(position, quantity=quantity)


def _closing_shares(held: Shares, change: Shares) -> Shares:
    return min(abs(held), abs(change)) if held * change < 0 else NO_SHARES


def _opened_at(position: Position, quantity: Shares, at: datetime) -> datetime | None:
    if quantity == 0:
        return None
    return position.opened_at if position.quantity * quantity > 0 else at
