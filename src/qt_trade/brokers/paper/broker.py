"""The broker itself: takes orders, shows them every quote, tells what happened."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from qt_trade.brokers.paper import matching
from qt_trade.brokers.paper.admission import objection_to
from qt_trade.brokers.paper.books import Books
from qt_trade.brokers.paper.shelf import Shelf
from qt_trade.brokers.paper.working import Working, broker_id, remembered
from qt_trade.model.broker_account import BrokerAccount, BrokerPosition
from qt_trade.model.costs import TradingCosts
from qt_trade.model.money import Usd
from qt_trade.model.orders import (
    BrokerAck,
    BrokerEvent,
    BrokerOrder,
    Fill,
    OrderStatus,
    OrderUpdate,
    Side,
    TimeInForce,
    legs_of,
)
from qt_trade.model.quotes import Quote
from qt_trade.model.shares import NO_SHARES, Shares
from qt_trade.model.symbols import Symbol
from qt_trade.model.verdicts import Approved

ENDED_KEPT = 10_000
"""Ended orders remembered, so that a late repeat of a submit is recognised."""
SILENT_AFTER = timedelta(minutes=15)
"""A symbol without a quote for so long, while others have some, counts as halted."""
_EXCHANGE = ZoneInfo("America/New_York")


class PaperBroker:
    """A broker without a market of its own.

    Market orders fill at once at the touch plus slippage, openings not beyond their worst price;
    what the quoted size or that price does not cover waits for the next quotes. Limit orders fill
    at the touch when they arrive and at their limit once they rest, as in a book they were first
    in. Stops wait for the last price. The exits of a bracket are held until its entry is filled
    whole; of a pair of exits one's fills leave the other less, and the cancel of one order cancels
    all that belongs to it. DAY orders end with the session, those for extended hours with the
    exchange day, IOC and FOK at once. Commission is per order: its parts pay it once together.

    The same calls in the same order always give the same fills with the same ids
    (``{order_id}-{n}``). Its memory is the journal: ``restore`` gives it back, also where a
    trailing stop stands, for each of its moves was told as news. ``regular`` says whether a moment
    of feed time belongs to the regular session: outside of it only orders for extended hours fill.
    """

    name = "paper"

    def __init__(
        self,
        costs: TradingCosts,
        *,
        limited_by_size: bool,
        regular: Callable[[datetime], bool] = lambda _at: True,
        ended_kept: int = ENDED_KEPT,
    ) -> None:
        self._costs = costs
        self._limited_by_size = limited_by_size
        self._regular = regular
        self._quotes: dict[Symbol, Quote] = {}
        self._newest: datetime | None = None
        self._left: dict[tuple[Symbol, Side], Shares | None] = {}
        self._shelf = Shelf(ended_kept)
        self._refused: dict[str, BrokerAck] = {}
        self._events: list[BrokerEvent] = []
        self._books = Books()
        self._halted: set[Symbol] = set()

    def restore(
        self,
        orders: Iterable[BrokerOrder],
        cash: Usd | None = None,
        positions: Iterable[BrokerPosition] = (),
    ) -> None:
        """Take over the orders, cash and positions of an earlier life, as the journal knows them.

        Without ``cash`` no order is refused for want of it or of shares. What follows from what is
        journalled and was not journalled itself happens anew. IOC and FOK orders cannot have
        outlived it; DAY orders of an earlier session are ended by ``on_session_close``, for the
        broker itself knows no calendar.
        """
        self._books.begin(cash, positions)
        for known in orders:
            self._shelf.put(remembered(known))
        for working in self._shelf.open():
            if working.order.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}:
                self._end(working, OrderStatus.CANCELED, "the broker restarted meanwhile")
            elif (after := self._shelf.successor(working)) is not None:
                self._end(working, OrderStatus.REPLACED, f"replaced by {after.order.order_id}")
        for working in list(self._shelf.all()):
            self._follow(working)

    def halt(self, symbol: Symbol) -> None:
        """Halt a symbol: nothing of it is taken or filled until ``resume``."""
        self._halted.add(symbol)

    def resume(self, symbol: Symbol) -> None:
        """Trade a symbol again."""
        self._halted.discard(symbol)

    async def submit(self, approved: Approved) -> BrokerAck:
        """Take an order with its exits, or reject it as a broker would.

        The same order id again returns the same answer and never makes a second order.
        """
        return self._submit(approved, instead_of=None)

    async def replace(self, order_id: str, approved: Approved) -> BrokerAck:
        """Put an order in the place of an open one; refused when that has ended or traded."""
        old, new_id = self._shelf.get(order_id), approved.order.order_id
        known = self._answered(new_id)
        if known is not None:
            return known
        if old is None or not old.live or old.fills:
            words = "no such order" if old is None else f"the order is {old.status} already"
            return self._refuse(new_id, words)
        return self._submit(approved, instead_of=old)

    async def cancel(self, order_id: str) -> BrokerAck:
        """Take an order and what belongs to it off the book; refused when it has ended."""
        working = self._shelf.get(order_id)
        if working is None:
            return _refusal(order_id, "no such order")
        if not working.status.open:
            return _refusal(order_id, f"the order is {working.status} already")
        self._end(working, OrderStatus.CANCELED, "canceled on request")
        for other in self._shelf.group(working):
            if other.status.open:
                self._end(other, OrderStatus.CANCELED, f"canceled together with {order_id}")
        return _ack(order_id)

    async def order(self, order_id: str) -> BrokerOrder | None:
        """Return an order, None when there is none of that id."""
        working = self._shelf.get(order_id)
        return None if working is None else working.known()

    async def orders(self) -> tuple[BrokerOrder, ...]:
        """Return every order taken, ended ones included."""
        return tuple(working.known() for working in self._shelf.all())

    async def account(self) -> BrokerAccount:
        """Return cash and positions as the fills made them."""
        return self._books.account()

    def on_news(self, listener: Callable[[], None]) -> None:
        """Nothing happens here but by calls of ours."""

    async def run(self) -> None:
        """Wait: there is no line to keep."""
        await asyncio.Event().wait()

    def on_quote(self, quote: Quote) -> list[BrokerEvent]:
        """Fill what a new quote allows and return all news not taken yet.

        An older quote than the last, or one that contradicts itself, fills nothing.
        """
        last = self._quotes.get(quote.symbol)
        if last is None or quote.at >= last.at:
            self._see(quote)
            for working in self._shelf.of_symbol(quote.symbol):
                self._work(working, quote)
        return self.take_events()

    def on_session_close(self) -> list[BrokerEvent]:
        """Expire the DAY orders of the regular session and return all news not taken yet."""
        for working in self._shelf.open():
            day_only = working.order.time_in_force is TimeInForce.DAY
            if day_only and not working.order.extended_hours and working.status.open:
                self._end(working, OrderStatus.EXPIRED, "the session is over")
        return self.take_events()

    def take_events(self) -> list[BrokerEvent]:
        """Return what happened since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    def _see(self, quote: Quote) -> None:
        self._quotes[quote.symbol] = quote
        self._left[quote.symbol, Side.BUY] = self._room(quote.ask_size)
        self._left[quote.symbol, Side.SELL] = self._room(quote.bid_size)
        before, self._newest = self._newest, max(quote.at, self._newest or quote.at)
        day = _day(self._newest)
        if before is not None and _day(before) < day:
            self._expire_days(day)

    def _expire_days(self, today: date) -> None:
        for working in self._shelf.open():
            terms = working.order
            of_the_day = terms.extended_hours and terms.time_in_force is TimeInForce.DAY
            if of_the_day and (working.day is None or working.day < today):
                self._end(working, OrderStatus.EXPIRED, "the exchange day is over")

    def _answered(self, order_id: str) -> BrokerAck | None:
        if order_id in self._refused:
            return self._refused[order_id]
        return None if self._shelf.get(order_id) is None else _ack(order_id)

    def _submit(self, approved: Approved, *, instead_of: Working | None) -> BrokerAck:
        order = approved.order
        known = self._answered(order.order_id)
        if known is not None:
            return known
        quote = self._quotes.get(order.symbol)
        working = Working(order, OrderStatus.ACCEPTED, approved.worst_price, stop=order.stop_price)
        objection = self._halt_of(order.symbol) or objection_to(
            working, quote, self._books, self._shelf, self._costs, instead_of
        )
        if quote is None or objection is not None:
            return self._refuse(order.order_id, objection or f"no quote of {order.symbol}")
        if instead_of is not None:
            self._end(instead_of, OrderStatus.REPLACED, f"replaced by {order.order_id}")
        working.day = _day(self._newest or quote.at)
        self._shelf.put(working)
        exits = [
            Working(leg, OrderStatus.HELD, None, stop=leg.stop_price) for leg in legs_of(order)
        ]
        for leg in exits:
            self._shelf.put(leg)
        if working.pair is not None:
            for leg in exits:
                self._activate(leg, "it stands beside its take-profit")
        self._arrive(working, quote)
        return _ack(order.order_id)

    def _halt_of(self, symbol: Symbol) -> str | None:
        """Return why nothing of a symbol can be traded now."""
        quote = self._quotes.get(symbol)
        if symbol in self._halted:
            return f"{symbol} is halted"
        if quote is None or self._newest is None or self._newest - quote.at <= SILENT_AFTER:
            return None
        return f"{symbol} seems halted: its last quote is of {quote.at:%H:%M:%S} UTC"

    def _arrive(self, working: Working, quote: Quote) -> None:
        force = working.order.time_in_force
        if force is TimeInForce.FOK and self._fillable(working, quote) < working.order.quantity:
            self._end(working, OrderStatus.CANCELED, "FOK: not all could be filled at once")
            return
        self._work(working, quote)
        working.resting = True
        if force is TimeInForce.IOC and working.status.open:
            self._end(working, OrderStatus.CANCELED, "IOC: the rest could not be filled at once")

    def _work(self, working: Working, quote: Quote) -> None:
        """Show a live order a quote: its stop first, then what it fills."""
        if not working.live or not self._in_hours(working, quote):
            return
        if self._waits_for_a_better(working, quote):
            return
        if matching.is_stop(working) and not working.triggered:
            self._watch(working, quote)
        self._fill(working, quote)

    def _watch(self, working: Working, quote: Quote) -> None:
        # What was reached is held against where the stop stood before this very price moved it.
        if matching.reached(working, quote):
            working.triggered = True
            words = f"its stop was reached at {quote.price}"
            self._tell(working, words)
            return
        stop = matching.trailed(working, quote)
        if stop is not None and stop != working.stop:
            working.stop = stop
            self._tell(working, "its stop followed the price")

    def _tell(self, working: Working, words: str) -> None:
        self._events.append(
            OrderUpdate(
                working.order.order_id,
                OrderStatus.ACCEPTED,
                words,
                stop_price=working.stop,
                triggered=working.triggered,
            )
        )

    def _in_hours(self, working: Working, quote: Quote) -> bool:
        if quote.symbol in self._halted:
            return False
        return working.order.extended_hours or self._regular(quote.at)

    def _waits_for_a_better(self, working: Working, quote: Quote) -> bool:
        """Return whether a price in doubt may not do anything to an order: it would open on it."""
        return bool(quote.doubt) and self._books.opens(quote.symbol, working.order.side)

    def _room(self, size: int | None) -> Shares | None:
        return Shares(size) if self._limited_by_size and size is not None else None

    def _fillable(self, working: Working, quote: Quote) -> Shares:
        """Return the shares of an order that a quote fills now."""
        order = working.order
        if not self._in_hours(working, quote) or self._waits_for_a_better(working, quote):
            return NO_SHARES
        if not matching.marketable(working, quote, self._costs):
            return NO_SHARES
        left = self._left[order.symbol, order.side]
        wanted = min(working.remaining, self._shelf.unsold(working))
        return wanted if left is None else min(wanted, left)

    def _fill(self, working: Working, quote: Quote) -> None:
        quantity = self._fillable(working, quote)
        if quantity == 0:
            return
        order = working.order
        left = self._left[order.symbol, order.side]
        if left is not None:
            self._left[order.symbol, order.side] = left - quantity
        paid = sum(fill.commission for fill in working.fills)
        due = self._costs.commission(working.filled + quantity)
        fill = Fill(
            fill_id=f"{order.order_id}-{len(working.fills)}",
            order_id=order.order_id,
            symbol=order.symbol,
            side=order.side,
            quantity=quantity,
            price=matching.fill_price(working, quote, self._costs),
            commission=Usd(max(due - paid, 0)),
            at=self._newest or quote.at,
        )
        working.fills.append(fill)
        self._books.book(fill)
        self._events.append(fill)
        working.status = OrderStatus.PARTIALLY_FILLED
        if working.remaining == 0:
            working.status = OrderStatus.FILLED
            self._shelf.close(working)
        self._follow(working)

    def _follow(self, working: Working) -> None:
        """Let happen to the orders beside one what its fill or end means for them."""
        if working.pair is not None and working.fills and self._shelf.unsold(working) == 0:
            for other in (working, *self._shelf.group(working)):
                if other.pair == working.pair and other.status.open:
                    self._end(other, OrderStatus.CANCELED, "the other exit was filled")
        for leg in self._shelf.legs(working):
            if leg.status is not OrderStatus.HELD:
                continue
            if working.status is OrderStatus.FILLED and working.pair is None:
                self._activate(leg, "its entry is filled")
            elif not working.status.open:
                self._end(leg, OrderStatus.CANCELED, f"its entry is {working.status}")

    def _activate(self, leg: Working, words: str) -> None:
        leg.status = OrderStatus.ACCEPTED
        self._tell(leg, words)
        quote = self._quotes.get(leg.order.symbol)
        if quote is not None:
            self._work(leg, quote)
        leg.resting = True

    def _end(self, working: Working, status: OrderStatus, words: str) -> None:
        working.status = status
        self._events.append(OrderUpdate(working.order.order_id, status, words))
        self._shelf.close(working)
        if status is not OrderStatus.REPLACED:
            self._follow(working)

    def _refuse(self, order_id: str, words: str) -> BrokerAck:
        self._refused[order_id] = _refusal(order_id, words)
        return self._refused[order_id]


def _day(at: datetime) -> date:
    return at.astimezone(_EXCHANGE).date()


def _ack(order_id: str) -> BrokerAck:
    return BrokerAck(order_id, accepted=True, broker_order_id=broker_id(order_id), words="accepted")


def _refusal(order_id: str, words: str) -> BrokerAck:
    return BrokerAck(order_id, accepted=False, broker_order_id="", words=words)
