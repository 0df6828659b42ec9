"""What is known of our orders at Alpaca: their ids there, and which of their shares were told.

Every execution is named by its order and by how many shares of it were filled with it:
``<order id>@<cumulative quantity>``. The stream's frames and the record of activities number the
same execution differently (``execution_id`` and ``YYYYMMDDhhmmssmmm::uuid``), and it is not
documented that either can be found in the other; the cumulative quantity stands in both. An
execution covers the shares between the cumulative quantity before and after it, and shares that
are covered are never told again: so neither a repeated frame, nor the same execution on both ways,
nor a remainder that had to be booked at its average price can count twice, also after a restart,
when the journal gives the fills back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from qt_trade.model.money import ZERO, Usd, usd_rounded
from qt_trade.model.orders import BrokerOrder, Fill, Order, OrderStatus
from qt_trade.model.shares import NO_SHARES, Shares, shares

ENDED_KEPT = 2_000
"""Ended orders remembered, for late repeats of news and of submits."""

Span = tuple[Shares, Shares]


@dataclass(frozen=True, slots=True)
class Executed:
    """One execution as one of the two ways tells it."""

    cumulative: Shares
    quantity: Shares
    price: Decimal
    at: datetime


@dataclass(slots=True)
class Known:
    """An order of ours, or one that was placed past us."""

    order: Order
    worst_price: Usd | None
    broker_id: str = ""
    status: OrderStatus = OrderStatus.PENDING_NEW
    fills: list[Fill] = field(default_factory=list)
    stop_price: Usd | None = None
    """Where a stop that trails stands, as Alpaca said last."""
    ended: bool = False
    """Whether its end was told."""

    @property
    def told(self) -> Shares:
        """Shares of it that were told as filled."""
        return sum((fill.quantity for fill in self.fills), NO_SHARES)

    @property
    def average_cost(self) -> Decimal:
        """What the shares that were told cost, in dollars."""
        spent = sum((Decimal(fill.price) * fill.quantity for fill in self.fills), Decimal(0))
        return spent / 1_000_000

    def execute(self, done: Executed) -> list[Fill]:
        """Return the fills an execution adds: none where its shares are covered already."""
        begin = done.cumulative - done.quantity
        added = [self._fill(span, done) for span in self._uncovered((begin, done.cumulative))]
        self.fills.extend(added)
        return added

    def as_broker_order(self) -> BrokerOrder:
        """Return it as the port tells it."""
        fills = sorted(self.fills, key=lambda fill: _cumulative(fill) or NO_SHARES)
        return BrokerOrder(
            order=self.order,
            status=self.status,
            broker_order_id=self.broker_id,
            fills=tuple(fills),
            worst_price=self.worst_price,
            stop_price=self.stop_price,
        )

    def _fill(self, span: Span, done: Executed) -> Fill:
        return Fill(
            fill_id=f"{self.order.order_id}@{shares(span[1])}",
            order_id=self.order.order_id,
            symbol=self.order.symbol,
            side=self.order.side,
            quantity=shares(span[1] - span[0]),
            price=usd_rounded(done.price),
            commission=ZERO,
            at=done.at,
        )

    def _uncovered(self, wanted: Span) -> list[Span]:
        left = [wanted]
        for fill in self.fills:
            end = _cumulative(fill)
            if end is not None:
                left = [
                    part for span in left for part in _without(span, (end - fill.quantity, end))
                ]
        return left


def _without(span: Span, covered: Span) -> Iterable[Span]:
    for begin, end in (
        (span[0], min(span[1], covered[0])),
        (max(span[0], covered[1]), span[1]),
    ):
        if begin < end:
            yield begin, end


def _cumulative(fill: Fill) -> Shares | None:
    """Return how much was filled with a fill, None for one that was named by another broker."""
    _, found, text = fill.fill_id.rpartition("@")
    return Shares(text) if found else None


class KnownOrders:
    """Every order that is followed, by our id and by Alpaca's."""

    def __init__(self) -> None:
        self._orders: dict[str, Known] = {}
        self._ids: dict[str, str] = {}

    def get(self, order_id: str) -> Known | None:
        """Return an order by our id."""
        return self._orders.get(order_id)

    def id_of(self, broker_id: str) -> str | None:
        """Return our id of an order of Alpaca's."""
        return self._ids.get(broker_id)

    def remember(self, known: Known) -> Known:
        """Follow an order; what is followed already stays as it is known."""
        return self._orders.setdefault(known.order.order_id, known)

    def place(self, order_id: str, broker_id: str) -> None:
        """Note Alpaca's id of an order of ours."""
        self._ids[broker_id] = order_id
        known = self._orders.get(order_id)
        if known is not None:
            known.broker_id = broker_id

    def forget(self, order_id: str) -> None:
        """Follow an order no more: Alpaca never took it."""
        known = self._orders.pop(order_id, None)
        if known is not None:
            self._ids.pop(known.broker_id, None)

    def all(self) -> list[Known]:
        """Return every order that is followed."""
        return list(self._orders.values())

    def open(self) -> list[Known]:
        """Return the orders whose end was not told."""
        return [known for known in self._orders.values() if not known.ended]

    def end(self, known: Known, status: OrderStatus) -> None:
        """Note that an order's end was told; the oldest ended ones are forgotten."""
        known.status, known.ended = status, True
        ended = len(self._orders) - len(self.open())
        if ended > ENDED_KEPT:
            oldest = next(key for key, one in self._orders.items() if one.ended)
            self.forget(oldest)
