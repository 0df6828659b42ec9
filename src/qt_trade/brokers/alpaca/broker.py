"""The Alpaca broker: approved orders out, each once, and every fill back, each once.

* A POST is attempted once per call. When its answer is lost the order may be there:
  AmbiguousAnswerError goes up, the order is UNKNOWN, and ``order`` asks for it by its client order
  id until Alpaca says. Sent again it is sent under the same id, and a 422 "client_order_id must be
  unique" is the answer that it is there already: it is looked up.
* News comes by the stream; whatever the stream can lose is caught up with over REST. How an
  execution that is seen on both ways keeps one name stands in ``known``.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import msgspec

from qt_trade.brokers.alpaca.book import AlpacaBook
from qt_trade.brokers.alpaca.known import Executed, Known
from qt_trade.brokers.alpaca.line import Line, Patience, Stream
from qt_trade.brokers.alpaca.record import Record
from qt_trade.brokers.alpaca.rest import AlpacaRest, RefusedError
from qt_trade.brokers.alpaca.translation import (
    GROUPS,
    parent_of,
    replacement,
    status_of,
    submission,
    unchangeable,
)
from qt_trade.brokers.alpaca.wire import WireOrder, WireUpdate, query
from qt_trade.kit.logs import get_logger
from qt_trade.model.alpaca_access import Access
from qt_trade.model.broker_account import BrokerAccount, BrokerPosition
from qt_trade.model.broker_errors import AmbiguousAnswerError, BrokerAwayError
from qt_trade.model.money import ZERO, Usd
from qt_trade.model.orders import BrokerAck, BrokerEvent, BrokerOrder
from qt_trade.model.quotes import Quote
from qt_trade.model.shares import shares
from qt_trade.model.verdicts import Approved

ORDERS_PAGE = 500
BEFORE_ORDER = timedelta(minutes=1)
RECORD_TRIES_S = (0.2, 0.6, 1.2)
"""How long an execution may need to come into the record, before its order's average tells it."""
ALREADY_THERE = "client_order_id must be unique"
REFUSALS_KEPT = 1_000


class AlpacaBroker:
    """One account at Alpaca. ``restore`` first, then ``run`` beside everything else."""

    def __init__(
        self,
        access: Access,
        rest: AlpacaRest,
        record: Record,
        stream: Stream,
        rng: random.Random,
        patience: Patience | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = access.name
        self._rest = rest
        self._record = record
        self._sleep = sleep
        self._book = AlpacaBook()
        self._patience = patience or Patience()
        self._line = Line(stream, self._take_update, self.catch_up, self._look, rng, self._patience)
        self._refused: dict[str, BrokerAck] = {}
        self._in_flight = 0
        self._early: list[WireUpdate] = []
        self._log = get_logger()

    def restore(
        self,
        orders: Iterable[BrokerOrder],
        cash: Usd = ZERO,
        positions: Iterable[BrokerPosition] = (),
    ) -> None:
        """Follow the orders of an earlier life; cash and positions Alpaca knows itself."""
        del cash, positions
        self._book.restore(orders)

    # -- what is done ------------------------------------------------------------------------

    async def submit(self, approved: Approved) -> BrokerAck:
        """Send an order with its exits, once."""
        order_id = approved.order.order_id
        known = self._book.orders.get(order_id)
        if known is not None and known.broker_id:
            return _ack(known)
        if order_id in self._refused:
            return self._refused[order_id]
        self._book.expect(approved)
        return await self._placed(approved, "POST", "/v2/orders", submission(approved))

    async def replace(self, order_id: str, approved: Approved) -> BrokerAck:
        """Put an approved order in the place of an open one that has not traded."""
        new_id = approved.order.order_id
        if new_id in self._refused:
            return self._refused[new_id]
        known = self._book.orders.get(new_id)
        if known is not None and known.broker_id:
            return _ack(known)
        old = await self._ask_for(order_id)
        objection = "no such order" if old is None else _fixed(old, approved)
        if old is None or objection is not None:
            return self._refuse(new_id, objection or "no such order")
        self._book.expect(approved)
        path = f"/v2/orders/{old.id}"
        ack = await self._placed(approved, "PATCH", path, replacement(approved))
        if ack.accepted:
            self._line.expect(order_id)
        return ack

    async def cancel(self, order_id: str) -> BrokerAck:
        """Ask for a cancel; refused when there is no such order or it has ended."""
        known = self._book.orders.get(order_id)
        broker_id = known.broker_id if known is not None else ""
        if not broker_id:
            wire = await self._ask_for(order_id)
            if wire is None:
                return _refusal(order_id, "no such order")
            broker_id = wire.id
        try:
            await self._rest.tell("DELETE", f"/v2/orders/{broker_id}", None, escape=True)
        except RefusedError as refused:
            self._line.expect(order_id, 0.0)
            stands = "" if known is None else f" (it is {known.status})"
            return _refusal(order_id, f"{refused}{stands}")
        self._line.expect(order_id)
        return BrokerAck(order_id, accepted=True, broker_order_id=broker_id, words="accepted")

    # -- what is asked -----------------------------------------------------------------------

    async def order(self, order_id: str) -> BrokerOrder | None:
        """Return an order by its client order id, None when Alpaca says there is none."""
        wire = await self._ask_for(order_id)
        if wire is None:
            return None
        known = await self._take(wire)
        return None if known is None else known.as_broker_order()

    async def orders(self) -> tuple[BrokerOrder, ...]:
        """Return every order that is open, and those that ended lately."""
        await self.catch_up()
        return tuple(one.as_broker_order() for one in self._book.orders.all() if one.broker_id)

    async def account(self) -> BrokerAccount:
        """Return cash, positions and what happened beside our orders."""
        try:
            account = await self._record.account()
        except RefusedError as refused:
            raise BrokerAwayError(f"Alpaca refuses to show the account: {refused}") from refused
        restrictions = account.restrictions
        strange = [
            f"an order at Alpaca is none that QtTrade can follow: {why}"
            for why in self._book.unreadable.values()
        ]
        words = (*restrictions.words, *strange)
        return replace(account, restrictions=replace(restrictions, words=words))

    def take_events(self) -> list[BrokerEvent]:
        """Return what happened since the last call, oldest first."""
        return self._book.take_events()

    def on_news(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` whenever there is news."""
        self._book.on_news(listener)

    def on_quote(self, quote: Quote) -> list[BrokerEvent]:
        """Do nothing: Alpaca has a market of its own."""
        del quote
        return []

    def on_session_close(self) -> list[BrokerEvent]:
        """Do nothing: Alpaca ends the day's orders itself, and says so."""
        return []

    async def run(self) -> None:
        """Keep the line until cancelled."""
        try:
            await self._line.run()
        finally:
            await self.close()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._rest.close()

    async def catch_up(self) -> None:
        """Learn what became of everything open. Raises BrokerAwayError."""
        wires = await self._open_orders()
        for wire in wires:
            await self._take(wire)
        listed = {one.id for wire in wires for one in (wire, *(wire.legs or ()))}
        for known in self._book.orders.open():
            if known.broker_id and known.broker_id not in listed:
                wire_now = await self._ask_by_broker_id(known.broker_id)
                if wire_now is not None:
                    await self._take(wire_now)

    # -- inside ------------------------------------------------------------------------------

    async def _placed(
        self, approved: Approved, method: str, path: str, body: msgspec.Struct
    ) -> BrokerAck:
        """Place an order by one request, and take over what Alpaca says of it."""
        self._in_flight += 1
        try:
            wire = await self._answered(approved.order.order_id, method, path, body)
            known = self._book.place(wire)
        except RefusedError as refused:
            self._book.forget(approved.order)
            return self._refuse(approved.order.order_id, str(refused))
        finally:
            # News of its exits could only be recognised now.
            self._in_flight -= 1
            self._take_early()
        if known is None:
            raise AmbiguousAnswerError("Alpaca shows another order under our id")
        for one in (wire, *(wire.legs or ())):
            self._record.belongs(one.id, self._book.id_of(one))
        self._settle_placed(known, wire)
        return _ack(known)

    async def _answered(
        self, order_id: str, method: str, path: str, body: msgspec.Struct
    ) -> WireOrder:
        try:
            return msgspec.json.decode(await self._rest.tell(method, path, body), type=WireOrder)
        except msgspec.MsgspecError as error:
            raise AmbiguousAnswerError(f"Alpaca's answer cannot be read: {error}") from error
        except RefusedError as refused:
            if ALREADY_THERE not in str(refused):
                raise
        return await self._there_already(order_id)

    def _settle_placed(self, known: Known, wire: WireOrder) -> None:
        if self._book.settle(known, wire):
            self._line.expect(known.order.order_id, self._patience.gap_s)
        else:
            self._line.expect(known.order.order_id)

    async def _there_already(self, order_id: str) -> WireOrder:
        try:
            wire = await self._ask_for(order_id)
        except BrokerAwayError as away:
            raise AmbiguousAnswerError(f"it is there, and cannot be looked up: {away}") from away
        if wire is None:
            raise AmbiguousAnswerError("Alpaca says that it is there, and does not find it")
        return wire

    async def _ask_for(self, order_id: str) -> WireOrder | None:
        """Return an order by our id, with its exits; None when Alpaca says there is none."""
        known = self._book.orders.get(order_id)
        if known is not None and known.broker_id:
            return await self._ask_by_broker_id(known.broker_id)
        parent = parent_of(order_id)
        if parent is not None:
            return await self._ask_for_leg(order_id, parent)
        path = "/v2/orders:by_client_order_id"
        wire = await self._asked(path, query(client_order_id=order_id))
        if wire is not None and wire.order_class in GROUPS:
            return await self._ask_by_broker_id(wire.id)
        return wire

    async def _ask_for_leg(self, order_id: str, parent: str) -> WireOrder | None:
        entry = await self._ask_for(parent)
        if entry is None:
            return None
        self._book.place(entry)
        known = self._book.orders.get(order_id)
        if known is None or not known.broker_id:
            return None
        return await self._ask_by_broker_id(known.broker_id)

    async def _ask_by_broker_id(self, broker_id: str) -> WireOrder | None:
        return await self._asked(f"/v2/orders/{broker_id}", query(nested="true"))

    async def _asked(self, path: str, params: dict[str, str]) -> WireOrder | None:
        try:
            return await self._rest.ask(path, params, WireOrder)
        except RefusedError as refused:
            if refused.unknown:
                return None
            raise BrokerAwayError(f"Alpaca refuses to show an order: {refused}") from refused

    async def _open_orders(self) -> list[WireOrder]:
        found: dict[str, WireOrder] = {}
        after: str | None = None
        while True:
            page = await self._list(status="open", direction="asc", after=after)
            new = [wire for wire in page if wire.id not in found]
            found |= {wire.id: wire for wire in new}
            if len(page) < ORDERS_PAGE or not new:
                break
            after = page[-1].created_at.isoformat()
        for name in {w.symbol for w in found.values() if self._orphan(w)}:
            # An exit whose entry is filled is listed by itself, and does not say whose it is.
            for wire in await self._list(status="all", direction="desc", symbols=name):
                if wire.legs:
                    self._book.place(wire)
        return list(found.values())

    def _orphan(self, wire: WireOrder) -> bool:
        return wire.order_class in GROUPS and not wire.legs and self._book.stranger(wire)

    async def _list(self, **fields: str | None) -> list[WireOrder]:
        params = query(nested="true", limit=ORDERS_PAGE, **fields)
        try:
            return await self._rest.ask("/v2/orders", params, list[WireOrder])
        except RefusedError as refused:
            raise BrokerAwayError(f"Alpaca refuses to list the orders: {refused}") from refused

    async def _look(self, order_id: str) -> None:
        wire = await self._ask_for(order_id)
        if wire is not None:
            await self._take(wire)

    async def _take(self, wire: WireOrder) -> Known | None:
        """Take over what was asked for, fills first."""
        known = self._book.place(wire)
        if known is not None:
            if known.told < wire.filled_qty and not known.ended:
                await self._take_fills(known, wire)
            self._book.settle(known, wire)
        for leg in wire.legs or ():
            await self._take(leg)
        return known

    async def _take_fills(self, known: Known, wire: WireOrder) -> None:
        since = wire.created_at - BEFORE_ORDER
        for wait_s in (0.0, *RECORD_TRIES_S):
            if wait_s:
                await self._sleep(wait_s)
            self._book.execute(known, await self._record.executions(wire.id, since))
            if known.told >= wire.filled_qty:
                return
        average = wire.filled_avg_price or Decimal(0)
        total = shares(wire.filled_qty)
        rest = (average * total - known.average_cost) / (total - known.told)
        at = wire.updated_at or wire.created_at
        self._log.warning("broker.fill_at_average", order_id=known.order.order_id)
        self._book.execute(known, [Executed(total, total, rest, at)])

    def _take_update(self, update: WireUpdate) -> None:
        if self._in_flight and self._book.stranger(update.order):
            # It may be the exit of an order whose answer is on its way.
            self._early.append(update)
            return
        self._line.heard(self._book.id_of(update.order))
        missing = self._book.take_update(update)
        if missing is not None:
            self._line.expect(missing, self._patience.gap_s)

    def _take_early(self) -> None:
        if self._in_flight == 0:
            early, self._early = self._early, []
            for update in early:
                self._take_update(update)

    def _refuse(self, order_id: str, words: str) -> BrokerAck:
        while len(self._refused) >= REFUSALS_KEPT:
            del self._refused[next(iter(self._refused))]
        ack = self._refused[order_id] = _refusal(order_id, words)
        return ack


def _fixed(old: WireOrder, approved: Approved) -> str | None:
    """Return why an order cannot be changed, None when it can."""
    status = status_of(old)
    if not status.open:
        return f"the order is {status} already"
    if old.filled_qty:
        return f"{old.filled_qty} shares of the order are filled already"
    return unchangeable(old, approved.order)


def _ack(known: Known) -> BrokerAck:
    return BrokerAck(
        known.order.order_id,
        accepted=True,
        broker_order_id=known.broker_id,
        words="accepted",
    )


def _refusal(order_id: str, words: str) -> BrokerAck:
    return BrokerAck(order_id, accepted=False, broker_order_id="", words=words)
