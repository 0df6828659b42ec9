"""What an emergency found, what became of each order and position, from the journal alone."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from qt_trade.model.emergencies import Emergency
from qt_trade.model.money import ZERO, Usd
from qt_trade.model.orders import Fill, OrderOrigin
from qt_trade.model.shares import NO_SHARES, Shares, part_of, value_of
from qt_trade.model.symbols import Symbol
from qt_trade.trading import events as e
from qt_trade.trading.emergency_events import (
    EmergencyBegan,
    EmergencyCounted,
    EmergencyEnded,
    PositionBefore,
)

BASIS_POINTS = 10_000


@dataclass(slots=True)
class Exit:
    """One position on its way out. ``before`` is None for one that turned up later."""

    symbol: Symbol
    before: PositionBefore | None
    fills: list[Fill] = field(default_factory=list)
    filled_at: datetime | None = None
    words: str = ""

    @property
    def filled(self) -> Shares:
        """Shares that were closed."""
        return sum((fill.quantity for fill in self.fills), NO_SHARES)

    @property
    def value(self) -> Usd:
        """What the fills brought, or cost for a short position."""
        return Usd(sum(value_of(fill.price, fill.quantity) for fill in self.fills))

    @property
    def slippage(self) -> Usd | None:
        """What the fills brought beyond the worth before; less is negative. None without a mark."""
        before = self.before
        if before is None or before.worth is None or not self.fills:
            return None
        filled = min(self.filled, abs(before.quantity))
        expected = part_of(abs(before.worth), filled, abs(before.quantity))
        return Usd(self.value - expected if before.quantity > 0 else expected - self.value)


@dataclass(slots=True)
class Story:
    """One emergency. ``ours``: its closing orders by id, ``open_orders``: found and not ended."""

    began: EmergencyBegan
    exits: dict[Symbol, Exit]
    open_orders: set[str]
    ours: dict[str, Symbol] = field(default_factory=dict)
    canceled: int = 0
    orders_gone_at: datetime | None = None
    counts: list[EmergencyCounted] = field(default_factory=list)
    ended: EmergencyEnded | None = None

    @property
    def command_id(self) -> str:
        """The command that called for it."""
        return self.began.command_id

    @property
    def over(self) -> bool:
        """Whether it has ended, one way or the other."""
        return self.ended is not None

    def after_s(self, at: datetime | None) -> float | None:
        """Return the seconds from the call to a moment, None while it has not come."""
        return None if at is None else max(0.0, (at - self.began.at).total_seconds())

    def slippage(self) -> tuple[Usd, float] | None:
        """Return what all fills brought beyond the marks, in USD and basis points of them."""
        known = [exit_ for exit_ in self.exits.values() if exit_.slippage is not None]
        worth = sum(exit_.value - (exit_.slippage or ZERO) for exit_ in known)
        if not known or worth <= 0:
            return None
        total = Usd(sum(exit_.slippage or ZERO for exit_ in known))
        return total, total / worth * BASIS_POINTS


class Stories:
    """Reads the journal's events, oldest first, and keeps the story of the last emergency."""

    def __init__(self) -> None:
        self.last: Story | None = None

    def take(self, event: e.Event) -> Story | None:
        """Take an event; return the story it brought to an end, None otherwise."""
        if isinstance(event, EmergencyBegan):
            self.last = _begin(event)
        story = self.last
        if story is None or story.ended is not None:
            return None
        _follow(story, event)
        return story if isinstance(event, EmergencyEnded) and story.over else None

    def take_all(self, events: Iterable[e.Event]) -> list[Story]:
        """Take events; return the stories they brought to an end, oldest first."""
        return [story for event in events if (story := self.take(event)) is not None]


def _begin(event: EmergencyBegan) -> Story:
    closes = event.action is Emergency.CLOSE_ALL_POSITIONS
    exits = {one.symbol: Exit(one.symbol, one) for one in event.positions} if closes else {}
    return Story(began=event, exits=exits, open_orders=set(event.orders))


def _follow(story: Story, event: e.Event) -> None:
    match event:
        case EmergencyCounted(command_id=story.command_id):
            story.counts.append(event)
        case EmergencyEnded(command_id=story.command_id):
            story.ended = event
        case e.OrderFilled(fill=fill):
            _filled(story, fill, event.at)
        case e.OrderCanceled() | e.OrderExpired() | e.OrderRejected():
            _order_ended(story, event)
        case e.OrderApproved() | e.OrderRefused() | e.OrderUnknown():
            _exit_moved(story, event)
        case _:
            pass


def _exit_moved(story: Story, event: e.OrderApproved | e.OrderRefused | e.OrderUnknown) -> None:
    if isinstance(event, e.OrderUnknown):
        symbol = story.ours.get(event.order_id)
        if symbol is not None:
            _exit(story, symbol).words = f"unknown: {event.words}"
        return
    order = event.order
    if event.command_id != story.command_id or order.origin is not OrderOrigin.EMERGENCY:
        return
    if isinstance(event, e.OrderApproved):
        story.ours[order.order_id] = order.symbol
        _exit(story, order.symbol).words = "sent"
    else:
        _exit(story, order.symbol).words = f"not sent: {event.because}"


def _exit(story: Story, symbol: Symbol) -> Exit:
    return story.exits.setdefault(symbol, Exit(symbol, None))


def _filled(story: Story, fill: Fill, at: datetime) -> None:
    symbol = story.ours.get(fill.order_id)
    if symbol is not None:
        exit_ = _exit(story, symbol)
        exit_.fills.append(fill)
        exit_.filled_at = at


def _order_ended(story: Story, event: e.OrderCanceled | e.OrderExpired | e.OrderRejected) -> None:
    symbol = story.ours.get(event.order_id)
    if symbol is not None:
        _exit(story, symbol).words = event.words
    if event.order_id in story.open_orders:
        story.open_orders.discard(event.order_id)
        story.canceled += isinstance(event, e.OrderCanceled)
        story.orders_gone_at = event.at
