"""One order before the rules, and what they reckon with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from qt_trade.model.limits import RiskLimits
from qt_trade.model.money import ZERO, Usd
from qt_trade.model.orders import Order, Side
from qt_trade.model.quotes import Quote
from qt_trade.model.sectors import sector_of
from qt_trade.model.shares import Shares, value_of
from qt_trade.model.symbols import Symbol
from qt_trade.trading.book import RiskBook
from qt_trade.trading.claims import successor_of
from qt_trade.trading.order_state import OrderState
from qt_trade.trading.risk_memory import Worth, exchange_date, worth

T = TypeVar("T")


class reckoned(Generic[T]):  # noqa: N801  # used as property is
    """A property that is reckoned once; ``cached_property`` takes a lock, which costs as much."""

    def __init__(self, reckon: Callable[[Any], T]) -> None:
        self._reckon = reckon
        self.__doc__ = reckon.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> T:
        value: T = self._reckon(instance)
        instance.__dict__[self._name] = value
        return value


@dataclass(frozen=True)
class Standing:
    """An account as it stands before the limits in force; every figure is reckoned once."""

    book: RiskBook
    limits: RiskLimits

    @reckoned
    def value(self) -> Usd | None:
        """The account's value."""
        return self.book.value()

    @reckoned
    def today(self) -> date:
        """The exchange's day."""
        return exchange_date(self.book.feed_now)

    @reckoned
    def worth(self) -> Worth | None:
        """The account against the day's beginning and its peak; None while it has no value."""
        account = self.book.account
        if self.value is None:
            return None
        return worth(account.risk, self.value, account.deposited, self.today)

    @reckoned
    def open_orders(self) -> tuple[OrderState, ...]:
        """Every order that may still be filled."""
        return self.book.account.open_orders

    @reckoned
    def orders_there(self) -> int:
        """How many of them a person would count: no exits of another, no order about to go."""
        return sum(
            state.order.parent_id is None and state.replaced_by is None
            for state in self.open_orders
        )

    @reckoned
    def opening_orders(self) -> tuple[OrderState, ...]:
        """The open orders that would grow a position."""
        return tuple(state for state in self.open_orders if state.opens)

    @reckoned
    def _ordered(self) -> Mapping[Symbol, Usd]:
        found: dict[Symbol, Usd] = {}
        for state in self.opening_orders:
            symbol, amount = state.order.symbol, open_notional(state, self.book)
            after = successor_of(self.book.account.orders, state)
            if after is not None:
                # An order and the one that is to take its place come to the larger of the two.
                amount = Usd(max(amount - open_notional(after, self.book), 0))
            found[symbol] = Usd(found.get(symbol, 0) + amount)
        return found

    def ordered(self, symbol: Symbol) -> Usd:
        """Return what the open orders that grow a symbol's position may still come to."""
        return self._ordered.get(symbol, ZERO)

    @reckoned
    def waiting(self) -> Usd:
        """What all open orders that grow a position may still come to."""
        return Usd(sum(self._ordered.values()))

    def held(self, symbol: Symbol) -> Usd | None:
        """Return what the shares held of a symbol are worth, long or short; None without a price."""
        quantity = self.book.account.quantity(symbol)
        mark = self.book.mark(symbol) if quantity else ZERO
        return None if mark is None else value_of(mark, abs(quantity))

    @reckoned
    def symbols(self) -> frozenset[Symbol]:
        """What is held, and what open orders may make us hold."""
        return frozenset((*self.book.account.held, *self._ordered))

    def exposure(self, symbols: frozenset[Symbol] | None = None) -> Usd | None:
        """Return what positions and opening orders come to; None while one has no price.

        ``symbols``: of these alone.
        """
        total = 0
        for symbol in self.symbols if symbols is None else symbols:
            part = self._exposures.get(symbol, ZERO)
            if part is None:
                return None
            total += part
        return Usd(total)

    @reckoned
    def _exposures(self) -> Mapping[Symbol, Usd | None]:
        return {
            symbol: None
            if (held := self.held(symbol)) is None
            else Usd(held + self.ordered(symbol))
            for symbol in self.symbols
        }

    def of_sector(self, sector: str) -> frozenset[Symbol]:
        """Return the symbols of a sector among those held or ordered."""
        return frozenset(symbol for symbol in self.symbols if sector_of(symbol) == sector)


@dataclass(frozen=True)
class Case(Standing):
    """An order, the book it is judged against and the limits in force."""

    order: Order

    @reckoned
    def reduces(self) -> bool:
        """Whether the order can only shrink a position, whatever else is open."""
        return self.book.reduces(self.order)

    @reckoned
    def quote(self) -> Quote | None:
        """The last quote of the order's symbol."""
        return self.book.quotes.get(self.order.symbol)

    @reckoned
    def mark(self) -> Usd | None:
        """What a share is worth by the last quote."""
        return self.book.mark(self.order.symbol)

    @reckoned
    def price(self) -> Usd | None:
        """The worst price the order is reckoned to fill at."""
        return self.book.price(self.order)

    @reckoned
    def cost(self) -> Usd | None:
        """What the order may cost at most, commission included."""
        return self.book.cost(self.order)

    @reckoned
    def notional(self) -> Usd | None:
        """What the order is worth at its worst price."""
        return None if self.price is None else value_of(self.price, self.order.quantity)

    @reckoned
    def sector(self) -> str | None:
        """The sector of the order's symbol; None for a fund, and where it is not known."""
        return sector_of(self.order.symbol)


def open_notional(state: OrderState, book: RiskBook) -> Usd:
    """Return what the rest of an open order may come to: the cash reserved, of a sale its worth."""
    if state.order.side is Side.BUY:
        return state.cost_left
    price = state.order.limit_price or book.mark(state.order.symbol) or ZERO
    return value_of(price, state.remaining)


def shares_after(case: Case) -> Shares:
    """Return the shares held, in open orders of the same side, and wanted."""
    order, account = case.order, case.book.account
    held = account.quantity(order.symbol)
    there = held if order.side is Side.BUY else -held
    return there + account.waiting(order.symbol, order.side) + order.quantity
