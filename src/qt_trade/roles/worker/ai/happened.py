"""What happens to symbols of which an AI had an opinion: cycles look at them, orders follow."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.payloads.portfolio import PortfolioPositions
from qt_trade.contract.payloads.results import OrderEvent
from qt_trade.contract.payloads.trading import CycleRow, Stage, TradingStatus
from qt_trade.contract.topics import Batch
from qt_trade.model.order_terms import Side
from qt_trade.model.orders import OrderOrigin, OrderStatus
from qt_trade.roles.feed_time import FeedTime

ORDERS_KEPT = registry.ORDER_EVENTS.cap
_BEGINS = frozenset({"approved", "refused"})
"""The first step of an order of its own; exits that wait for another order begin as "held"."""
_BY = {
    OrderOrigin.MANUAL: "by hand: ",
    OrderOrigin.EMERGENCY: "emergency: ",
    OrderOrigin.EXTERNAL: "at the broker: ",
}
_STANDS = {
    OrderStatus.FILLED: "",
    OrderStatus.PARTIALLY_FILLED: "the rest is on its way",
    OrderStatus.REJECTED: "order refused: {words}",
    OrderStatus.CANCELED: "order cancelled: {words}",
    OrderStatus.EXPIRED: "order expired",
    OrderStatus.REPLACED: "order replaced by another",
    OrderStatus.UNKNOWN: "order sent, and not known yet what became of it",
    OrderStatus.PENDING_NEW: "order on its way: {order}",
}


@dataclass(frozen=True, slots=True)
class Became:
    """What came of an opinion, when, and whether it was an order."""

    at: datetime
    words: str
    ordered: bool


@dataclass(frozen=True, slots=True)
class _Ordered:
    begun: datetime
    newest: OrderEvent


class Happened:
    """Hears of cycles, orders and positions of this account; ``news`` is called then."""

    def __init__(self, feed_time: FeedTime, news: Callable[[], None]) -> None:
        self._feed_time = feed_time
        self._news = news
        self._cycle = 0
        self._rows: dict[str, Became] = {}
        self._orders: dict[str, _Ordered] = {}
        self.held: frozenset[str] | None = None

    async def follow(self, bus: Bus) -> None:
        """Hear of everything from now on, and of the newest orders before. Raises DisconnectedError."""
        await bus.watch(registry.TRADING_STATUS, self._on_trading)
        await bus.watch(registry.PORTFOLIO_POSITIONS, self._on_positions)
        await bus.follow(registry.ORDER_EVENTS, self._on_orders, last=ORDERS_KEPT)

    def of(self, symbol: str, given: datetime, expires: datetime) -> list[Became]:
        """Return what happened because, or in spite, of an opinion while it held, in any order.

        An order that began then belongs to it to its end.
        """
        found = [
            Became(one.newest.feed_ts, _words(one.newest), ordered=True)
            for one in self._orders.values()
            if one.newest.symbol == symbol and given <= one.begun < expires
        ]
        row = self._rows.get(symbol)
        return found if row is None or not given <= row.at < expires else [*found, row]

    def _on_trading(self, change: Change[TradingStatus]) -> None:
        status, known = change.value, self._feed_time.status
        if status is None or known is None or status.run_id != known.run_id:
            return
        cycle = status.last_cycle
        if cycle is not None and cycle.number != self._cycle:
            self._cycle = cycle.number
            # By when it ran: one that is late has seen newer opinions than its slot.
            rows = {row.symbol: Became(cycle.at, _looked(row), ordered=False) for row in cycle.rows}
            self._rows |= rows
            self._news()

    def _on_positions(self, change: Change[PortfolioPositions]) -> None:
        value = change.value
        if value is None or not self._is_ours(value.account):
            return
        held = frozenset(one.symbol for one in value.positions)
        if held != self.held:
            self.held = held
            self._news()

    def _on_orders(self, batch: Batch[OrderEvent]) -> None:
        ours = [entry.value for entry in batch.entries if self._is_ours(entry.value.account)]
        for event in ours:
            self._take(event)
        if ours:
            self._news()

    def _take(self, event: OrderEvent) -> None:
        before = self._orders.pop(event.order_id, None)
        if before is not None:
            self._orders[event.order_id] = _Ordered(before.begun, event)
        elif event.event in _BEGINS:
            self._orders[event.order_id] = _Ordered(event.feed_ts, event)
        while len(self._orders) > ORDERS_KEPT:
            del self._orders[next(iter(self._orders))]

    def _is_ours(self, account: str) -> bool:
        known = self._feed_time.status
        return known is not None and known.account == account


def _looked(row: CycleRow) -> str:
    match row.ended_at:
        case Stage.ORDER:
            return row.order
        case Stage.RISK:
            return f"stopped: {row.risk}"
        case Stage.SIGNAL:
            return f"no signal: {row.signal}"
        case Stage.CANDIDATE:
            return row.candidate


def _words(event: OrderEvent) -> str:
    """Say how an order stands: ``bought 4 of 10``, ``order refused: the cap of the day``."""
    by = "" if event.origin is None else _BY.get(event.origin, "")
    return f"{by}{_filled(event)}{_stands(event)}"


def _filled(event: OrderEvent) -> str:
    if not event.filled_qty:
        return ""
    done = "bought" if event.side is Side.BUY else "sold"
    if event.status is OrderStatus.FILLED:
        return f"{done} {_shares(event.filled_qty)}"
    return f"{done} {_shares(event.filled_qty)} of {_shares(event.quantity)}; "


def _stands(event: OrderEvent) -> str:
    stands = _STANDS.get(event.status, "order accepted: {order}")
    return stands.format(order=f"{event.side.lower()} {_shares(event.quantity)}", words=event.words)


def _shares(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
