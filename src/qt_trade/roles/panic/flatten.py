"""Cancels and closes straight at the broker, until it says twice that nothing is left."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from qt_trade.kit.clock import Clock
from qt_trade.model.broker_account import BrokerAccount
from qt_trade.model.broker_errors import AmbiguousAnswerError
from qt_trade.model.emergencies import Emergency
from qt_trade.model.orders import BrokerOrder
from qt_trade.model.shares import format_shares
from qt_trade.model.symbols import Symbol
from qt_trade.model.verdicts import Approved
from qt_trade.trading.commands import Now
from qt_trade.trading.emergency import AGAIN_AFTER, ATTEMPTS_MAX
from qt_trade.trading.leaving import exits
from qt_trade.trading.ports import Broker

Tell = Callable[[str], None]
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done. ``command_id``: the ids of the closing orders follow from it."""

    command_id: str
    action: Emergency
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Count:
    """What the broker said is open."""

    at: datetime
    positions: int
    orders: int


@dataclass(slots=True)
class Outcome:
    """What came of it. ``left``: what is still open and why, in words."""

    verified: bool = False
    counts: list[Count] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    canceled: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


class Flattener:
    """``apart_s``: between the two good answers; ``patience_s``: then what is left is named."""

    def __init__(
        self,
        broker: Broker,
        clock: Clock,
        sleep: Sleep,
        tell: Tell,
        *,
        apart_s: float,
        patience_s: float,
        look_s: float = 1.0,
    ) -> None:
        self._broker = broker
        self._clock = clock
        self._sleep = sleep
        self._tell = tell
        self._apart_s = apart_s
        self._patience_s = patience_s
        self._look_s = look_s
        self._tried: dict[Symbol, tuple[int, datetime]] = {}
        self._asked: set[str] = set()

    async def carry_out(self, wanted: Wanted) -> Outcome:
        """Cancel, close, ask again and again; return what came of it.

        A broker that cannot be asked is asked again until the patience ends. Nothing is sent under
        a second id while it is not known what became of the first.
        """
        outcome, begun = Outcome(), self._clock.now()
        line = asyncio.ensure_future(self._broker.run())
        try:
            while True:
                try:
                    if await self._turn(wanted, outcome):
                        return outcome
                except (OSError, TimeoutError) as away:
                    outcome.left = [f"the broker cannot be asked: {away}"]
                    self._tell(outcome.left[0])
                if (self._clock.now() - begun).total_seconds() >= self._patience_s:
                    return outcome
                await self._sleep(self._look_s)
        finally:
            line.cancel()
            with suppress(asyncio.CancelledError):
                await line

    async def _turn(self, wanted: Wanted, outcome: Outcome) -> bool:
        """Do what can be done now; return whether the end is proved."""
        orders = [one for one in await self._broker.orders() if one.status.open]
        theirs = await self._broker.account()
        held = [line for line in theirs.positions.values() if line.quantity]
        closes = wanted.action is Emergency.CLOSE_ALL_POSITIONS
        outcome.left = _left(orders, theirs if closes else None)
        if not outcome.left:
            return self._prove(outcome, len(held), len(orders))
        outcome.counts.clear()
        await self._cancel(orders, outcome)
        if closes:
            await self._close(orders, theirs, wanted, outcome)
        return False

    def _prove(self, outcome: Outcome, positions: int, orders: int) -> bool:
        now = self._clock.now()
        first = outcome.counts[0].at if outcome.counts else None
        if first is None or (now - first).total_seconds() >= self._apart_s:
            outcome.counts.append(Count(now, positions, orders))
            self._tell(f"the broker says: {positions} positions, {orders} open orders")
        outcome.verified = len(outcome.counts) > 1
        return outcome.verified

    async def _cancel(self, orders: Sequence[BrokerOrder], outcome: Outcome) -> None:
        for one in orders:
            order_id = one.order.order_id
            if order_id in self._asked or order_id in outcome.sent:
                continue
            with suppress(AmbiguousAnswerError):  # it is asked again at the next look
                ack = await self._broker.cancel(order_id)
                self._asked.add(order_id)
                outcome.canceled.append(order_id)
                self._tell(f"{order_id}: {'cancel asked' if ack.accepted else ack.words}")

    async def _close(
        self,
        orders: Sequence[BrokerOrder],
        theirs: BrokerAccount,
        wanted: Wanted,
        outcome: Outcome,
    ) -> None:
        busy = {one.order.symbol for one in orders}
        now = self._clock.now()
        tried = {symbol: count for symbol, (count, _) in self._tried.items()}
        for approved in exits(
            wanted.command_id, wanted.reason, theirs, tried, Now(wall=now, feed=now)
        ):
            symbol = approved.order.symbol
            count, last = self._tried.get(symbol, (0, None))
            waits = last is not None and now - last < AGAIN_AFTER
            if symbol not in busy and not waits and count < ATTEMPTS_MAX:
                await self._submit(approved, outcome, count, now)

    async def _submit(
        self, approved: Approved, outcome: Outcome, count: int, now: datetime
    ) -> None:
        order = approved.order
        known = await self._broker.order(order.order_id)
        if known is not None and known.status.open:
            return
        what = f"{order.side} {format_shares(order.quantity)} {order.symbol}"
        outcome.sent.append(order.order_id)
        try:
            # An id that has ended already, by an earlier panic or the engine: the next one's turn.
            if known is None:
                ack = await self._broker.submit(approved)
                self._tell(f"{what}: {'sent' if ack.accepted else ack.words}")
        except AmbiguousAnswerError as lost:
            # Not counted as tried: at the next look the same id is asked for, then sent again.
            self._tell(f"{what}: {lost}; it is asked for by its id")
            return
        self._tried[order.symbol] = (count + 1, now)


def _left(orders: Sequence[BrokerOrder], theirs: BrokerAccount | None) -> list[str]:
    lines = [
        f"order {one.order.order_id} ({one.order.side} {one.order.symbol}) is {one.status}"
        for one in orders
    ]
    positions = {} if theirs is None else theirs.positions
    lines += [
        f"{format_shares(line.quantity)} {line.symbol} are held"
        for line in positions.values()
        if line.quantity
    ]
    return lines
