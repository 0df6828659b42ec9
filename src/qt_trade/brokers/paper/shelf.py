"""The orders the paper broker has, and which of them belong together."""

from collections.abc import Iterable

from qt_trade.brokers.paper.working import Working
from qt_trade.model.orders import OrderClass
from qt_trade.model.shares import NO_SHARES, Shares
from qt_trade.model.symbols import Symbol


class Shelf:
    """Every order taken, in the order of coming; ``ended_kept`` of the ended ones are remembered."""

    def __init__(self, ended_kept: int) -> None:
        self._ended_kept = ended_kept
        self._orders: dict[str, Working] = {}
        self._open: dict[str, Working] = {}
        self._children: dict[str, list[Working]] = {}
        self._successors: dict[str, Working] = {}

    def put(self, working: Working) -> None:
        """Take an order in."""
        order = working.order
        self._orders[order.order_id] = working
        if working.status.open:
            self._open[order.order_id] = working
        if order.parent_id is not None:
            self._children.setdefault(order.parent_id, []).append(working)
        if order.replaces is not None:
            self._successors[order.replaces] = working

    def close(self, working: Working) -> None:
        """Note that an order has ended."""
        self._open.pop(working.order.order_id, None)
        if len(self._orders) - len(self._open) > self._ended_kept:
            oldest = next(key for key, known in self._orders.items() if not known.status.open)
            self._children.pop(oldest, None)
            self._successors.pop(oldest, None)
            del self._orders[oldest]

    def get(self, order_id: str) -> Working | None:
        """Return an order by its id."""
        return self._orders.get(order_id)

    def all(self) -> Iterable[Working]:
        """Return every order remembered."""
        return self._orders.values()

    def open(self) -> list[Working]:
        """Return the orders that may still be filled."""
        return list(self._open.values())

    def of_symbol(self, symbol: Symbol) -> list[Working]:
        """Return the open orders of a symbol."""
        return [working for working in self._open.values() if working.order.symbol == symbol]

    def successor(self, working: Working) -> Working | None:
        """Return the order that took this one's place."""
        return self._successors.get(working.order.order_id)

    def legs(self, working: Working) -> tuple[Working, ...]:
        """Return the exits of an order."""
        return tuple(self._children.get(working.order.order_id, ()))

    def group(self, working: Working) -> tuple[Working, ...]:
        """Return what belongs to an order, itself left out: its exits, its entry, the other exit."""
        key = working.order.parent_id or working.order.order_id
        entry = self._orders.get(key)
        members = (*(() if entry is None else (entry,)), *self._children.get(key, ()))
        return tuple(one for one in members if one is not working)

    def unsold(self, working: Working) -> Shares:
        """Return the shares that an exit and those beside it have not traded; else what is left."""
        if working.pair is None:
            return working.remaining
        exits = list(self._children.get(working.pair, ()))
        entry = self._orders.get(working.pair)
        if entry is not None and entry.order.order_class is OrderClass.OCO:
            exits.append(entry)
        sold = sum((one.filled for one in exits), NO_SHARES)
        return max(working.order.quantity - sold, NO_SHARES)
