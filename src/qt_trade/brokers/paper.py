"""The paper broker: fills orders against the quotes it is given, as a real one would."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from qt_trade.model.broker_account import BrokerAccount, BrokerPosition, Restrictions
from qt_trade.model.costs import TradingCosts
from qt_trade.model.money import ZERO, Usd
from qt_trade.model.orders import (
    BrokerAck,
    BrokerEvent,
    BrokerOrder,
    Fill,
    Order,
    OrderStatus,
    OrderUpdate,
    Side,
    TimeInForce,
)
from qt_trade.model.quotes import Quote
from qt_trade.model.shares import NO_SHARES, Shares, part_of, value_of
from qt_trade.model.symbols import Symbol
from qt_trade.model.verdicts import Approved

ENDED_KEPT = 10_000
"""Ended orders remembered, so that a late repeat of a submit is recognised."""


@dataclass(slots=True)
class _Working:
    order: Order
    status: OrderStatus
    worst_price: Usd | None
    fills: list[Fill] = field(default_factory=list)
    resting: bool = False

    @property
    def remaining(self) -> Shares:
        return self.order.quantity - sum((fill.quantity for fill in self.fills), NO_SHARES)


class PaperBroker:
    """A broker without a market of its own.

    Market orders fill at once at the touch plus slippage, openings not beyond their worst price;
    what the quoted size or that price does not cover waits for the next quotes. Limit orders fill at the touch when they arrive and at their limit
    once they rest, as in a book they were first in. DAY orders end with the session, IOC and FOK
    at once. Commission is per order: all parts of an order together pay it once.

    The same calls in the same order always give the same fills with the same ids
    (``{order_id}-{n}``). Its memory is the journal: ``restore`` gives it back.
    """

    name = "paper"

    def __init__(self, costs: TradingCosts, *, limited_by_size: bool) -> None:
        self._costs = costs
        self._limited_by_size = limited_by_size
        self._quotes: dict[Symbol, Quote] = {}
        self._left: dict[tuple[Symbol, Side], Shares | None] = {}
        self._orders: dict[str, _Working] = {}
        self._rejected: dict[str, BrokerAck] = {}
        self._open: dict[str, _Working] = {}
        self._events: list[BrokerEvent] = []
        self._cash = ZERO
        self._held: dict[Symbol, BrokerPosition] = {}

    def restore(
        self,
        orders: Iterable[BrokerOrder],
        cash: Usd = ZERO,
        positions: Iterable[BrokerPosition] = (),
    ) -> None:
        """Take over the orders, cash and positions of an earlier life, as the journal knows them.

        IOC and FOK orders cannot have outlived it; DAY orders of an earlier session are ended by
        ``on_session_close``, for the broker itself knows no calendar.
        """
        self._cash = cash
        self._held = {position.symbol: position for position in positions}
        for known in orders:
            working = _Working(
                known.order, known.status, known.worst_price, list(known.fills), resting=True
            )
            self._orders[known.order.order_id] = working
            if known.status.open:
                self._open[known.order.order_id] = working
                if known.order.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}:
                    self._end(working, OrderStatus.CANCELED, "the broker restarted meanwhile")

    async def submit(self, approved: Approved) -> BrokerAck:
        """Take an order, or reject one in a symbol without a quote.

        The same order id again returns the same answer and never makes a second order.
        """
        order = approved.order
        if order.order_id in self._rejected:
            return self._rejected[order.order_id]
        if order.order_id in self._orders:
            return _ack(order.order_id)
        quote = self._quotes.get(order.symbol)
        if quote is None:
            rejection = _refusal(order.order_id, f"no quote of {order.symbol}")
            self._rejected[order.order_id] = rejection
            return rejection
        working = _Working(order, OrderStatus.ACCEPTED, approved.worst_price)
        self._orders[order.order_id] = working
        self._open[order.order_id] = working
        self._arrive(working, quote)
        return _ack(order.order_id)

    async def cancel(self, order_id: str) -> BrokerAck:
        """Take an order off the book; refused when there is none or it has ended."""
        working = self._orders.get(order_id)
        if working is None:
            return _refusal(order_id, "no such order")
        if not working.status.open:
            words = f"the order is {working.status} already"
            return _refusal(order_id, words)
        self._end(working, OrderStatus.CANCELED, "canceled on request")
        return _ack(order_id)

    async def replace(self, order_id: str, approved: Approved) -> BrokerAck:
        """Put an order in the place of an open one; refused when that has ended or traded."""
        old, new_id = self._orders.get(order_id), approved.order.order_id
        if new_id in self._orders or new_id in self._rejected:
            return await self.submit(approved)
        if old is None or not old.status.open or old.fills:
            words = "no such order" if old is None else f"the order is {old.status} already"
            refusal = _refusal(new_id, words)
            self._rejected[new_id] = refusal
            return refusal
        self._end(old, OrderStatus.REPLACED, f"replaced by {new_id}")
        return await self.submit(approved)

    async def order(self, order_id: str) -> BrokerOrder | None:
        """Return an order, None when there is none of that id."""
        return next((one for one in await self.orders() if one.order.order_id == order_id), None)

    async def account(self) -> BrokerAccount:
        """Return cash and positions as the fills made them."""
        held = {symbol: line for symbol, line in self._held.items() if line.quantity}
        return BrokerAccount(
            number="paper",
            cash=self._cash,
            positions=held,
            activities=(),
            restrictions=Restrictions(),
        )

    def on_news(self, listener: Callable[[], None]) -> None:
        """Nothing happens here but by calls of ours."""

    async def run(self) -> None:
        """Wait: there is no line to keep."""
        await asyncio.Event().wait()

    async def orders(self) -> tuple[BrokerOrder, ...]:
        """Return every order taken, ended ones included."""
        return tuple(
            BrokerOrder(
                order=working.order,
                status=working.status,
                broker_order_id=_broker_id(order_id),
                fills=tuple(working.fills),
                worst_price=working.worst_price,
            )
            for order_id, working in self._orders.items()
        )

    def on_quote(self, quote: Quote) -> list[BrokerEvent]:
        """Fill what a new quote allows and return all news not taken yet.

        An older quote than the last, or one that contradicts itself, fills nothing.
        """
        last = self._quotes.get(quote.symbol)
        if last is None or quote.at >= last.at:
            self._quotes[quote.symbol] = quote
            self._left[quote.symbol, Side.BUY] = self._room(quote.ask_size)
            self._left[quote.symbol, Side.SELL] = self._room(quote.bid_size)
            for working in list(self._open.values()):
                if working.order.symbol == quote.symbol:
                    self._fill(working, quote)
        return self.take_events()

    def on_session_close(self) -> list[BrokerEvent]:
        """Expire the DAY orders and return all news not taken yet."""
        for working in list(self._open.values()):
            if working.order.time_in_force is TimeInForce.DAY:
                self._end(working, OrderStatus.EXPIRED, "the session is over")
        return self.take_events()

    def take_events(self) -> list[BrokerEvent]:
        """Return what happened since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    def _arrive(self, working: _Working, quote: Quote) -> None:
        force = working.order.time_in_force
        if force is TimeInForce.FOK and self._fillable(working, quote) < working.order.quantity:
            self._end(working, OrderStatus.CANCELED, "FOK: not all could be filled at once")
            return
        self._fill(working, quote)
        working.resting = True
        if force is TimeInForce.IOC and working.status.open:
            self._end(working, OrderStatus.CANCELED, "IOC: the rest could not be filled at once")

    def _room(self, size: int | None) -> Shares | None:
        return Shares(size) if self._limited_by_size and size is not None else None

    def _fillable(self, working: _Working, quote: Quote) -> Shares:
        """Return the shares of an order that a quote fills now."""
        order = working.order
        if quote.crossed or not self._marketable(working, quote):
            return NO_SHARES
        left = self._left[order.symbol, order.side]
        return working.remaining if left is None else min(working.remaining, left)

    def _marketable(self, working: _Working, quote: Quote) -> bool:
        order = working.order
        if order.limit_price is None:
            price, bound = self._costs.market_price(quote, order.side), working.worst_price
        else:
            price, bound = self._costs.touch(quote, order.side), order.limit_price
        if bound is None:
            return True
        return price <= bound if order.side is Side.BUY else price >= bound

    def _price(self, working: _Working, quote: Quote) -> Usd:
        order = working.order
        if order.limit_price is None:
            return self._costs.market_price(quote, order.side)
        return order.limit_price if working.resting else self._costs.touch(quote, order.side)

    def _fill(self, working: _Working, quote: Quote) -> None:
        quantity = self._fillable(working, quote)
        if quantity == 0:
            return
        order = working.order
        left = self._left[order.symbol, order.side]
        if left is not None:
            self._left[order.symbol, order.side] = left - quantity
        filled = order.quantity - working.remaining + quantity
        paid = sum(fill.commission for fill in working.fills)
        fill = Fill(
            fill_id=f"{order.order_id}-{len(working.fills)}",
            order_id=order.order_id,
            symbol=order.symbol,
            side=order.side,
            quantity=quantity,
            price=self._price(working, quote),
            commission=Usd(max(self._costs.commission(filled) - paid, 0)),
            at=self._market_time(),
        )
        working.fills.append(fill)
        self._book(fill)
        self._events.append(fill)
        working.status = OrderStatus.PARTIALLY_FILLED
        if working.remaining == 0:
            working.status = OrderStatus.FILLED
            self._close(working)

    def _book(self, fill: Fill) -> None:
        direction = 1 if fill.side is Side.BUY else -1
        worth = value_of(fill.price, fill.quantity)
        self._cash = Usd(self._cash - direction * worth - fill.commission)
        before = self._held.get(fill.symbol, BrokerPosition(fill.symbol, NO_SHARES, ZERO))
        change = direction * fill.quantity
        quantity = before.quantity + change
        closed = (
            min(abs(before.quantity), abs(change)) if before.quantity * change < 0 else NO_SHARES
        )
        kept = before.cost - part_of(before.cost, closed, abs(before.quantity))
        cost = Usd(kept + direction * value_of(fill.price, abs(change) - closed))
        self._held[fill.symbol] = BrokerPosition(fill.symbol, quantity, cost)

    def _end(self, working: _Working, status: OrderStatus, words: str) -> None:
        working.status = status
        self._events.append(OrderUpdate(working.order.order_id, status, words))
        self._close(working)

    def _close(self, working: _Working) -> None:
        del self._open[working.order.order_id]
        if len(self._orders) - len(self._open) > ENDED_KEPT:
            oldest = next(key for key, known in self._orders.items() if not known.status.open)
            del self._orders[oldest]

    def _market_time(self) -> datetime:
        """Return the broker's only notion of time: the newest quote it has seen (feed time)."""
        return max(quote.at for quote in self._quotes.values())


def _broker_id(order_id: str) -> str:
    return f"paper-{order_id}"


def _ack(order_id: str) -> BrokerAck:
    return BrokerAck(
        order_id, accepted=True, broker_order_id=_broker_id(order_id), words="accepted"
    )


def _refusal(order_id: str, words: str) -> BrokerAck:
    return BrokerAck(order_id, accepted=False, broker_order_id="", words=words)
