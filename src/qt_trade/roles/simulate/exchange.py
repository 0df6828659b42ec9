"""The broker's own side: its book outlives every engine, and strangers trade in it, too.

Orders are matched by the paper broker's code; here it belongs to the world and not to an engine.
"""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from qt_trade.brokers.paper import PaperBroker
from qt_trade.model.broker_account import ActivityKind, BrokerAccount, BrokerActivity
from qt_trade.model.costs import TradingCosts
from qt_trade.model.money import Usd
from qt_trade.model.orders import (
    BrokerAck,
    BrokerEvent,
    BrokerOrder,
    Fill,
    Order,
    OrderOrigin,
    OrderType,
    Side,
    TimeInForce,
)
from qt_trade.model.quotes import Quote
from qt_trade.model.shares import Shares, value_of
from qt_trade.model.symbols import Symbol
from qt_trade.model.verdicts import Approved

T = TypeVar("T")


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """Run what never waits. Raises RuntimeError when it does."""
    try:
        work.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    raise RuntimeError("the paper broker waited for something")


class Exchange:
    """A book, an account, and who listens to them."""

    def __init__(self, costs: TradingCosts, cash: Usd) -> None:
        self._book = PaperBroker(costs, limited_by_size=True)
        self._book.restore((), cash)
        self._activities: list[BrokerActivity] = []
        self._known: set[str] = set()
        self.halted: set[Symbol] = set()
        self.refuses = 0
        self.arrivals: list[str] = []
        self.listeners: list[Callable[[BrokerEvent], None]] = []

    def submit(self, approved: Approved) -> BrokerAck:
        """Take an order, or refuse it."""
        order = approved.order
        self.arrivals.append(order.order_id)
        if order.order_id not in self._known:
            if order.symbol in self.halted:
                return _no(order.order_id, f"{order.symbol} is halted")
            if self.refuses:
                self.refuses -= 1
                return _no(order.order_id, "403: the broker does not want it")
        ack = at_once(self._book.submit(approved))
        if ack.accepted:
            self._known.add(order.order_id)
        self._tell()
        return ack

    def has(self, order_id: str) -> bool:
        """Return whether it ever took an order of that id."""
        return order_id in self._known

    def replace(self, order_id: str, approved: Approved) -> BrokerAck:
        """Put an order in another's place."""
        self.arrivals.append(approved.order.order_id)
        ack = at_once(self._book.replace(order_id, approved))
        if ack.accepted:
            self._known.add(approved.order.order_id)
        self._tell()
        return ack

    def cancel(self, order_id: str) -> BrokerAck:
        """Take an order off the book."""
        ack = at_once(self._book.cancel(order_id))
        self._tell()
        return ack

    def orders(self) -> tuple[BrokerOrder, ...]:
        """Return every order, strangers' included."""
        return tuple(at_once(self._book.orders()))

    def order(self, order_id: str) -> BrokerOrder | None:
        """Return one order."""
        return at_once(self._book.order(order_id))

    def account(self) -> BrokerAccount:
        """Return cash, positions and all that ever happened."""
        return replace(at_once(self._book.account()), activities=tuple(self._activities))

    def on_quote(self, quote: Quote) -> None:
        """Let the market move; a halted symbol stands still."""
        if quote.symbol not in self.halted:
            self._tell(self._book.on_quote(quote))

    def on_session_close(self) -> None:
        """End the day's orders."""
        self._tell(self._book.on_session_close())

    def trade_by_hand(
        self, number: int, symbol: Symbol, side: Side, quantity: Shares, at: datetime
    ) -> None:
        """Let somebody trade in this account who is not the engine."""
        order = Order(
            order_id=f"by-hand-{number}",
            symbol=symbol,
            side=side,
            quantity=quantity,
            order_type=OrderType.MARKET,
            limit_price=None,
            time_in_force=TimeInForce.IOC,
            origin=OrderOrigin.EXTERNAL,
            reason="traded in the broker's own window",
            created_at=at,
        )
        at_once(self._book.submit(Approved(order=order, verdicts=(), worst_price=None)))
        self._tell()

    def _tell(self, news: list[BrokerEvent] | None = None) -> None:
        for event in news or self._book.take_events():
            if isinstance(event, Fill):
                self._activities.append(_activity(event))
            for listener in self.listeners:
                listener(event)


def _activity(fill: Fill) -> BrokerActivity:
    worth = value_of(fill.price, fill.quantity)
    due = -worth if fill.side is Side.BUY else worth
    return BrokerActivity(
        activity_id=f"activity-{fill.fill_id}",
        kind=ActivityKind.TRADE,
        at=fill.at,
        amount=Usd(due - fill.commission),
        symbol=fill.symbol,
        quantity=fill.quantity,
        price=fill.price,
        side=fill.side,
        order_id=fill.order_id,
        words="executed",
    )


def _no(order_id: str, words: str) -> BrokerAck:
    return BrokerAck(order_id, accepted=False, broker_order_id="", words=words)
