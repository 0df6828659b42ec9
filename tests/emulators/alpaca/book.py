"""The emulated broker itself: account, positions and orders, moved by quotes a test sets.

Money and shares are exact. The same calls give the same orders, executions and ids.
"""

import random
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from tests.emulators.alpaca.orders import (
    BAD_FIELD,
    FORBIDDEN,
    REPLACEABLE,
    UNFIT,
    UNKNOWN,
    BookOrder,
    Execution,
    RefusedError,
    check,
    check_grid,
    new_order,
    number,
)
from tests.emulators.alpaca.parts import ZERO, Activity, Holding, Touch, rfc3339, text

MICRO = Decimal("0.000001")
Told = Callable[[str, BookOrder, Execution | None], None]


class Book:
    """An account at the broker. Everything that happens to an order is told to ``told``."""

    def __init__(self, seed: int = 0, cash: Decimal = Decimal(100_000)) -> None:
        self._rng = random.Random(seed)
        self.cash = cash
        self.number = "PA3EMULATED1"
        self.session = "open"
        """open, extended or closed."""
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.told: Told = lambda _event, _order, _execution: None
        self.orders: dict[str, BookOrder] = {}
        self.holdings: dict[str, Holding] = {}
        self.activities: list[Activity] = []
        self.market: dict[str, Touch] = {}
        self.assets: set[str] = {"AAPL", "MSFT", "NVDA", "SPY", "IBM", "BAC", "BRK.B"}
        self.any_asset = False
        """Whether every symbol that is asked for exists."""
        self.halted: set[str] = set()
        self.rejects: set[str] = set()
        """Symbols whose next order is taken and rejected afterwards."""
        self.trading_blocked = False
        self.shorting_enabled = False
        self._left: dict[tuple[str, str], Decimal | None] = {}

    # -- what a client asks for --------------------------------------------------------------

    def submit(self, body: dict[str, Any]) -> BookOrder:
        """Take an order with its legs. Raises RefusedError."""
        check(body)
        symbol = str(body.get("symbol", ""))
        client_id = str(body.get("client_order_id") or self._uuid())
        if self.find(client_id) is not None:
            raise RefusedError(422, BAD_FIELD, "client_order_id must be unique")
        if symbol not in self.assets and not self.any_asset:
            raise RefusedError(422, UNFIT, f'asset "{symbol}" not found')
        if self.trading_blocked:
            raise RefusedError(403, FORBIDDEN, "account is restricted to liquidation only")
        order = new_order(body, client_id, self._uuid, self.now())
        self._afford(order)
        for one in order.group:
            self.orders[one.id] = one
        return order

    def activate(self, order: BookOrder) -> None:
        """Let an order that was taken reach the market: the news begins here."""
        if order.symbol in self.rejects:
            self.rejects.discard(order.symbol)
            self.end_group(order, "rejected")
            return
        order.live = True
        open_now = self._trades(order)
        self._set(order, "new" if open_now else "accepted", "new" if open_now else "accepted")
        if order.order_class == "oco":
            for leg in order.legs:
                leg.live = True
        self._arrive(order)

    def replace(self, order_id: str, body: dict[str, Any]) -> BookOrder:
        """Put a new order in an open one's place. Raises RefusedError."""
        old = self.get(order_id)
        if old.status not in REPLACEABLE:
            raise RefusedError(422, UNFIT, f"order is not replaceable in status {old.status}")
        client_id = str(body.get("client_order_id") or self._uuid())
        if self.find(client_id) is not None:
            raise RefusedError(422, BAD_FIELD, "client_order_id must be unique")
        new = self._copy_of(old, client_id, body)
        old.status = "replaced"
        try:
            self._afford(new)
        except RefusedError:
            old.status = "new"
            raise
        old.replaced_by, old.ended_at, old.live = new.id, self.now(), False
        self.orders[new.id] = new
        if old.parent is not None:
            old.parent.legs[old.parent.legs.index(old)] = new
        self.told("replaced", old, None)
        return new

    def cancel(self, order_id: str) -> None:
        """Take an order and what belongs to it off the book. Raises RefusedError."""
        order = self.get(order_id)
        if not order.open:
            raise RefusedError(422, UNFIT, f'order is already in "{order.status}" state')
        self.end_group(order, "canceled")

    def get(self, order_id: str) -> BookOrder:
        """Return an order by the broker's id. Raises RefusedError."""
        if order_id not in self.orders:
            raise RefusedError(404, UNKNOWN, f"order not found for {order_id}")
        return self.orders[order_id]

    def find(self, client_id: str) -> BookOrder | None:
        """Return an order by the client's id."""
        return next((o for o in self.orders.values() if o.client_order_id == client_id), None)

    # -- what the world does -----------------------------------------------------------------

    def quote(self, symbol: str, touch: Touch) -> None:
        """Move a market, and fill what it allows."""
        self.market[symbol] = touch
        self._left[symbol, "buy"], self._left[symbol, "sell"] = touch.ask_size, touch.bid_size
        for order in list(self.orders.values()):
            if order.symbol == symbol and order.open and order.live:
                self._try(order)

    def open_session(self, session: str = "open") -> None:
        """Begin a session: what was accepted meanwhile reaches the market."""
        self.session = session
        for order in list(self.orders.values()):
            if order.open and order.live and self._trades(order):
                if order.status == "accepted":
                    self._set(order, "new", "new")
                self._try(order)

    def close_session(self) -> None:
        """End the day: DAY orders expire."""
        self.session = "closed"
        for order in list(self.orders.values()):
            if order.open and order.time_in_force == "day":
                self.end_group(order, "expired")

    def trade_by_hand(self, symbol: str, side: str, quantity: Decimal, price: Decimal) -> BookOrder:
        """Trade past every client, as a person on the broker's own page does."""
        order = BookOrder(
            id=self._uuid(), client_order_id=self._uuid(), symbol=symbol, side=side, type="market",
            time_in_force="day", qty=quantity, at=self.now(), live=True, status="new",
        )  # fmt: skip
        self.orders[order.id] = order
        self._execute(order, quantity, price)
        return order

    def split(self, symbol: str, ratio: Decimal) -> None:
        """Give ``ratio`` shares for each that is held, at no cost."""
        holding = self.holdings[symbol]
        more = holding.quantity * (ratio - 1)
        holding.quantity += more
        self.note("SPLIT", ZERO, symbol=symbol, qty=str(more), description=f"split {ratio} for 1")

    def note(self, kind: str, amount: Decimal, **fields: str) -> None:
        """Book what moves cash beside orders: DIV, FEE, INT, CSD and the like."""
        self.cash += amount
        at = self.now()
        line = {
            "id": f"{at:%Y%m%d}000000000::{self._uuid()}", "activity_type": kind,
            "date": f"{at:%Y-%m-%d}", "net_amount": str(amount), "status": "executed", **fields,
        }  # fmt: skip
        self.activities.append(Activity(at, line))

    # -- what follows ------------------------------------------------------------------------

    def figures(self) -> dict[str, Any]:
        """Return the account in short, for people who compare."""
        held = {s: text(h.quantity) for s, h in sorted(self.holdings.items()) if h.quantity}
        return {
            "cash": text(self.cash),
            "held": held,
            "orders": len(self.orders),
            "executions": sum(len(order.executions) for order in self.orders.values()),
        }

    @property
    def buying_power(self) -> Decimal:
        """Cash that no open purchase is kept for."""
        return self.cash - sum((self._cost(o) for o in self.orders.values()), ZERO)

    def held_for_orders(self, symbol: str) -> Decimal:
        """Shares that open sales may sell: of exits that exclude each other the larger counts."""
        seen: set[str] = set()
        held = ZERO
        for order in self.orders.values():
            if order.symbol != symbol or order.side != "sell" or order.id in seen:
                continue
            selling = [one for one in order.exits if one.open and one.side == "sell"]
            waits = order.parent is not None and order.parent.order_class != "oco"
            if waits and order.parent is not None and order.parent.filled < order.parent.qty:
                continue
            held += max((one.remaining for one in selling), default=ZERO)
            seen |= {one.id for one in order.exits}
        return held

    def end_group(self, order: BookOrder, status: str) -> None:
        """End an order, and with it what lives and dies with it."""
        self._end(order, status)
        for one in order.group:
            if one.open:
                self._end(one, status if status == "expired" else "canceled")

    def _copy_of(self, old: BookOrder, client_id: str, body: dict[str, Any]) -> BookOrder:
        for name in ("limit_price", "stop_price"):
            check_grid(name, number(body, name))
        trail = number(body, "trail")
        return BookOrder(
            id=self._uuid(),
            client_order_id=client_id,
            symbol=old.symbol,
            side=old.side,
            type=old.type,
            time_in_force=str(body.get("time_in_force", old.time_in_force)),
            qty=number(body, "qty") or old.qty,
            at=self.now(),
            order_class=old.order_class,
            extended_hours=old.extended_hours,
            limit_price=number(body, "limit_price") or old.limit_price,
            stop_price=number(body, "stop_price") or old.stop_price,
            trail_price=trail if old.trail_price is not None and trail else old.trail_price,
            trail_percent=trail if old.trail_percent is not None and trail else old.trail_percent,
            parent=old.parent,
            replaces=old.id,
        )

    def _afford(self, order: BookOrder) -> None:
        if order.side == "buy":
            cost = self._cost(order)
            if cost > self.buying_power:
                raise RefusedError(
                    403, FORBIDDEN, "insufficient buying power",
                    buying_power=str(self.buying_power), cost_basis=str(cost),
                )  # fmt: skip
            return
        held = self.holdings.get(order.symbol, Holding()).quantity
        waiting = self.held_for_orders(order.symbol)
        if order.qty > held - waiting and not self.shorting_enabled:
            words = f"requested: {order.qty}, available: {max(held - waiting, ZERO)}"
            raise RefusedError(
                403, FORBIDDEN, f"insufficient qty available for order ({words})",
                available=str(max(held - waiting, ZERO)), existing_qty=str(held),
                held_for_orders=str(waiting), symbol=order.symbol,
            )  # fmt: skip

    def _cost(self, order: BookOrder) -> Decimal:
        """What an open purchase may still cost."""
        if order.side != "buy" or not order.open or order.parent is not None:
            return ZERO
        touch = self.market.get(order.symbol)
        price = order.limit_price or order.stop_price or (touch.ask if touch else ZERO)
        return price * order.remaining

    def _trades(self, order: BookOrder) -> bool:
        if order.symbol in self.halted:
            return False
        return self.session == "open" or (self.session == "extended" and order.extended_hours)

    def _arrive(self, order: BookOrder) -> None:
        touch = self.market.get(order.symbol)
        fillable = ZERO if touch is None else self._fillable(order, touch)
        if order.time_in_force == "fok" and fillable < order.qty:
            self._end(order, "canceled")
            return
        for one in [order, *order.legs]:
            self._try(one)
        if order.time_in_force == "ioc" and order.open:
            self._end(order, "canceled")

    def _try(self, order: BookOrder) -> None:
        touch = self.market.get(order.symbol)
        if touch is None or not (order.open and order.live):
            return
        quantity = self._fillable(order, touch)
        if quantity > 0:
            self._execute(order, quantity, touch.ask if order.side == "buy" else touch.bid)

    def _fillable(self, order: BookOrder, touch: Touch) -> Decimal:
        if not self._trades(order):
            return ZERO
        price = touch.ask if order.side == "buy" else touch.bid
        self._trigger(order, price)
        if not order.triggered and order.type in {"stop", "stop_limit", "trailing_stop"}:
            return ZERO
        way = 1 if order.side == "buy" else -1
        if order.limit_price is not None and way * (price - order.limit_price) > 0:
            return ZERO
        left = self._left.get((order.symbol, order.side))
        return order.remaining if left is None else min(order.remaining, left)

    def _trigger(self, order: BookOrder, price: Decimal) -> None:
        way = 1 if order.side == "buy" else -1
        if order.type == "trailing_stop":
            best = order.hwm if order.hwm is not None else price
            order.hwm = min(best, price) if order.side == "buy" else max(best, price)
            trail = order.trail_price
            if trail is None:
                trail = order.hwm * (order.trail_percent or ZERO) / 100
            order.stop_price = order.hwm + way * trail
        if order.stop_price is not None and way * (price - order.stop_price) >= 0:
            order.triggered = True

    def _execute(self, order: BookOrder, quantity: Decimal, price: Decimal) -> None:
        left = self._left.get((order.symbol, order.side))
        if left is not None:
            self._left[order.symbol, order.side] = left - quantity
        at = self.now()
        execution = Execution(self._uuid(), at, price, quantity, order.filled + quantity)
        order.executions.append(execution)
        self._settle(order, execution)
        done = order.remaining == 0
        order.status = "filled" if done else "partially_filled"
        order.updated_at = at
        if done:
            order.ended_at, order.live = at, False
        self._note_fill(order, execution)
        self.told("fill" if done else "partial_fill", order, execution)
        self._follow(order, execution)

    def _settle(self, order: BookOrder, done: Execution) -> None:
        holding = self.holdings.setdefault(order.symbol, Holding())
        value = (done.price * done.quantity).quantize(MICRO, ROUND_HALF_EVEN)
        way = 1 if order.side == "buy" else -1
        self.cash -= way * value
        before, change = holding.quantity, way * done.quantity
        holding.quantity = before + change
        if before * change >= 0:
            holding.cost += way * value
        elif holding.quantity == 0:
            holding.cost = ZERO
        elif before * holding.quantity > 0:
            holding.cost = holding.cost * holding.quantity / before
        else:
            holding.cost = holding.quantity * done.price

    def _follow(self, order: BookOrder, done: Execution) -> None:
        """Begin the exits of a filled entry; shrink or end the exit beside one that filled."""
        if order.legs and order.order_class in {"bracket", "oto"} and not order.open:
            for leg in order.legs:
                leg.live = True
                if leg.type == "limit":
                    self._set(leg, "new", "new")
            for leg in order.legs:
                self._try(leg)
            return
        for other in order.exits:
            if other is not order and other.open:
                if order.open:
                    other.qty -= done.quantity
                else:
                    self._end(other, "canceled")

    def _note_fill(self, order: BookOrder, done: Execution) -> None:
        line = {
            "id": f"{done.at:%Y%m%d%H%M%S}{done.at.microsecond // 1000:03d}::{done.execution_id}",
            "activity_type": "FILL", "transaction_time": rfc3339(done.at),
            "type": "partial_fill" if order.remaining else "fill", "price": text(done.price),
            "qty": text(done.quantity), "side": order.side, "symbol": order.symbol,
            "leaves_qty": text(order.remaining), "cum_qty": text(done.cumulative),
            "order_id": order.id, "order_status": order.status,
        }  # fmt: skip
        self.activities.append(Activity(done.at, line))

    def _set(self, order: BookOrder, status: str, event: str) -> None:
        order.status, order.updated_at = status, self.now()
        self.told(event, order, None)

    def _end(self, order: BookOrder, status: str) -> None:
        order.live, order.ended_at = False, self.now()
        self._set(order, status, status)

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
