"""An account while events are folded into it."""

from dataclasses import replace
from types import MappingProxyType

from qt_trade.model.orders import Order
from qt_trade.model.symbols import Symbol
from qt_trade.trading.account import Account
from qt_trade.trading.happened import Happened
from qt_trade.trading.order_state import OrderState
from qt_trade.trading.order_states import TABLE, Kind, News


class LedgerError(ValueError):
    """An event that cannot follow the ones before it: the journal is damaged or mixed up."""


class LedgerDraft:
    """An account being folded: figures in ``head``, private copies of its mappings.

    Copied once and not once per event, so that a long journal folds in linear time.
    """

    def __init__(self, account: Account) -> None:
        self.head = account
        self.positions = dict(account.positions)
        self.orders = dict(account.orders)
        self.last_opening = dict(account.last_opening)
        self.answers = dict(account.answers)
        self.closing = dict(account.closing)

    def account(self) -> Account:
        """Return the account as it is now; it moves on with the draft while that is used."""
        return replace(
            self.head,
            positions=MappingProxyType(self.positions),
            orders=MappingProxyType(self.orders),
            last_opening=MappingProxyType(self.last_opening),
            answers=MappingProxyType(self.answers),
            closing=MappingProxyType(self.closing),
        )

    def order(self, order_id: str) -> OrderState:
        """Return the state of an order, which must be known."""
        state = self.orders.get(order_id)
        if state is None:
            raise LedgerError(f"{order_id} was never approved in this journal")
        return state

    def move(self, state: OrderState, news: News, event: Happened, words: str) -> OrderState | None:
        """Return an order after a piece of news, None where it changes nothing.

        Raises LedgerError for what cannot be.
        """
        move = TABLE[state.status, news]
        if move.kind is Kind.REFUSED:
            raise LedgerError(f"{state.order.order_id}: {move.words}")
        if move.kind is Kind.IGNORED:
            return None
        return replace(state, status=move.to, words=words, at=event.at, feed_at=event.feed_at)

    def keep(self, state: OrderState) -> None:
        """Take over an order's new state."""
        self.orders[state.order.order_id] = state

    def freed(self, order: Order) -> None:
        """Forget that an order was to take the place of another, which stays."""
        old = None if order.replaces is None else self.orders.get(order.replaces)
        if old is not None and old.status.open and old.replaced_by == order.order_id:
            self.keep(replace(old, replaced_by=None))

    def forget_closing(self, command_id: str) -> None:
        """Forget what a command wanted closed: it has been given up."""
        for symbol, closing in tuple(self.closing.items()):
            if closing.asked.command_id == command_id:
                del self.closing[symbol]

    def settle_closing(self, symbol: Symbol) -> None:
        """Forget that a symbol is to be closed once it is flat and nothing is open in it."""
        if symbol not in self.closing:
            return
        position = self.positions.get(symbol)
        gone = position is None or position.quantity == 0
        busy = any(s.order.symbol == symbol and s.status.open for s in self.orders.values())
        if gone and not busy:
            del self.closing[symbol]
