"""How the books move: fills, corporate actions, cash without a trade, differences taken over.

Whatever comes, in whatever order, of every account always holds:
cash = deposited + realized + adjustments − sum of the positions' cost.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from qt_trade.model.money import ZERO, Usd
from qt_trade.model.orders import Fill
from qt_trade.model.portfolio import Position
from qt_trade.model.shares import value_of, whole
from qt_trade.model.symbols import Symbol
from qt_trade.trading import book_events as b
from qt_trade.trading.account import Account
from qt_trade.trading.positions import book, flat, split

Positions = dict[Symbol, Position]


def book_fill(head: Account, positions: Positions, fill: Fill) -> Account:
    """Return the account after an execution; its position is changed in ``positions``."""
    position = positions.get(fill.symbol) or flat(fill.symbol)
    booking = book(position, fill)
    gained = booking.position.realized - position.realized
    positions[fill.symbol] = booking.position
    today = head.today
    return replace(
        head,
        cash=Usd(head.cash + booking.cash),
        realized=Usd(head.realized + gained),
        commissions=Usd(head.commissions + fill.commission),
        part_fills=head.part_fills + (not whole(fill.quantity)),
        today=replace(
            today,
            realized=Usd(today.realized + gained),
            commissions=Usd(today.commissions + fill.commission),
            opened=Usd(today.opened + booking.opened),
            volume=Usd(today.volume + value_of(fill.price, fill.quantity)),
            trades=today.trades + 1,
        ),
    )


def _begun(head: Account, positions: Positions, event: b.BooksBegun) -> Account:
    for line in event.positions:
        positions[line.symbol] = replace(
            flat(line.symbol), quantity=line.quantity, cost=line.cost, opened_at=event.feed_at
        )
    deposited = Usd(event.cash + sum(line.cost for line in event.positions))
    booked = head.booked | set(event.activities)
    return replace(head, cash=event.cash, deposited=deposited, booked=booked)


def _external(head: Account, positions: Positions, event: b.ExternalFill) -> Account:
    if event.activity_id in head.booked:
        return head
    return _marked(book_fill(head, positions, event.fill), event.activity_id)


def _cash(head: Account, _positions: Positions, event: b.CashAdjusted) -> Account:
    if event.activity_id in head.booked:
        return head
    moved = replace(head, cash=Usd(head.cash + event.amount))
    if event.kind is b.Adjustment.TRANSFER:
        moved = replace(moved, deposited=Usd(head.deposited + event.amount))
    else:
        moved = replace(moved, adjustments=Usd(head.adjustments + event.amount))
    if event.kind is b.Adjustment.ROUNDING:
        moved = replace(moved, part_fills=0)
    return _marked(moved, event.activity_id)


def _shares(head: Account, positions: Positions, event: b.SharesAdjusted) -> Account:
    if event.activity_id in head.booked:
        return head
    position = positions.get(event.symbol) or flat(event.symbol)
    positions[event.symbol] = split(position, event.quantity)
    return _marked(head, event.activity_id)


def _found(head: Account, _positions: Positions, event: b.DiscrepancyFound) -> Account:
    return replace(head, unexplained=MappingProxyType({**head.unexplained, event.key: event}))


def _ended(head: Account, _positions: Positions, event: b.DiscrepancyEnded) -> Account:
    return _without(head, event.key)


def _accepted(head: Account, positions: Positions, event: b.DifferenceAccepted) -> Account:
    moved = replace(
        head,
        cash=Usd(head.cash + event.cash),
        adjustments=Usd(head.adjustments + event.cash),
    )
    if event.symbol is not None:
        before = positions.get(event.symbol) or flat(event.symbol)
        quantity = before.quantity + event.quantity
        cost = Usd(before.cost + event.cost) if quantity else ZERO
        opened_at = before.opened_at or event.feed_at
        positions[event.symbol] = replace(
            before, quantity=quantity, cost=cost, opened_at=opened_at if quantity else None
        )
        moved = replace(moved, adjustments=Usd(moved.adjustments + cost - before.cost))
    return _without(moved, event.key)


def _marked(head: Account, activity_id: str) -> Account:
    return replace(head, booked=head.booked | {activity_id})


def _without(head: Account, key: str) -> Account:
    left = {name: found for name, found in head.unexplained.items() if name != key}
    return replace(head, unexplained=MappingProxyType(left))


FOLDS: Mapping[type, Callable[[Account, Positions, Any], Account]] = MappingProxyType(
    {
        b.BooksBegun: _begun,
        b.ExternalFill: _external,
        b.CashAdjusted: _cash,
        b.SharesAdjusted: _shares,
        b.DiscrepancyFound: _found,
        b.DiscrepancyEnded: _ended,
        b.DifferenceAccepted: _accepted,
    }
)
