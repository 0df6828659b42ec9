"""The way to the broker: requests that are cut, time out or arrive late, and a stream of news.

A request that has left arrives whatever becomes of who sent it. An answer may be lost before or
after the effect; then nobody here knows, and says so (AmbiguousAnswerError).
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextvars import Context
from enum import StrEnum
from typing import Generic, TypeVar

from qt_trade.model.broker_account import BrokerAccount
from qt_trade.model.broker_errors import AmbiguousAnswerError, BrokerAwayError
from qt_trade.model.orders import BrokerAck, BrokerEvent, BrokerOrder, OrderStatus, OrderUpdate
from qt_trade.model.quotes import Quote
from qt_trade.model.verdicts import Approved
from qt_trade.roles.simulate.exchange import Exchange
from qt_trade.roles.simulate.witness import Witness

T = TypeVar("T")

DELAY_MAX_S = 0.05
TIMEOUT_S = 2.0
RETRY_S = 2.0
LATE_MAX_S = 1.5
"""How long after its time-out a request may still take effect; less than a lease lasts."""


class Fate(StrEnum):
    """What becomes of a request that changes something."""

    FINE = "fine"
    NOT_SENT = "no connection to the broker"
    CUT_BEFORE = "cut before the broker had it"
    CUT_AFTER = "cut after the broker had it"
    TIMED_OUT = "accepted, then timed out"
    LATE = "timed out, then accepted"
    ERROR_WITHOUT = "5xx without effect"
    ERROR_WITH = "5xx with effect"


_ODD = tuple(fate for fate in Fate if fate is not Fate.FINE)
_NO_EFFECT = {Fate.NOT_SENT, Fate.CUT_BEFORE, Fate.ERROR_WITHOUT}
_SLOW = {Fate.TIMED_OUT, Fate.LATE}


class Network:
    """Between all engines and the broker. ``trouble``: the share of requests that go wrong."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, rng: random.Random, witness: Witness
    ) -> None:
        self._loop = loop
        self._rng = rng
        self.witness = witness
        self.trouble = 0.0
        self.muted = False
        self.down = False
        self.on_mute_end: list[Callable[[], None]] = []

    def fate(self) -> Fate:
        """Draw what becomes of a request."""
        if self.down:
            return Fate.NOT_SENT
        return self._rng.choice(_ODD) if self._rng.random() < self.trouble else Fate.FINE

    def delay_s(self) -> float:
        """Draw how long a way takes."""
        return self._rng.random() * DELAY_MAX_S

    def later(self, delay_s: float, effect: Callable[[], None]) -> None:
        """Let something happen in the world, whoever dies meanwhile."""
        self._loop.call_later(delay_s, effect, context=Context())

    def push(self, event: BrokerEvent, receive: Callable[[BrokerEvent], None]) -> None:
        """Carry news: late, twice, out of order, or not at all while the stream is mute."""
        if self.muted:
            self.witness.fault("news lost in a mute stream")
            return
        delay_s = self.delay_s()
        if self._rng.random() < self.trouble:
            self.witness.fault("news late")
            delay_s += self._rng.random() * 2.0
        self.later(delay_s, lambda: receive(event))
        if self._rng.random() < self.trouble:
            self.witness.fault("news twice")
            self.later(delay_s + self._rng.random(), lambda: receive(event))

    def mute(self, *, muted: bool) -> None:
        """Let the stream fall silent, or speak again: half of the time a gap is noticed."""
        self.muted = muted
        if not muted and self._rng.random() < 0.5:  # noqa: PLR2004  # half of the time
            for listener in self.on_mute_end:
                listener()


class _Call(Generic[T]):
    """One request on its way; its effect happens once, and its answer may find nobody."""

    def __init__(self, effect: Callable[[], T], answered: asyncio.Future[T]) -> None:
        self._effect = effect
        self._answered = answered
        self.result: T | None = None

    def arrive(self) -> None:
        self.result = self._effect()

    def answer(self) -> None:
        if not self._answered.done() and self.result is not None:
            self._answered.set_result(self.result)


class RemoteBroker:
    """An engine's adapter; it remembers nothing that another engine would need."""

    name = "simulated"

    def __init__(
        self,
        exchange: Exchange,
        network: Network,
        on_request: Callable[[str, str], None] = lambda _what, _order_id: None,
    ) -> None:
        self._exchange = exchange
        self._network = network
        self._on_request = on_request
        self._events: list[BrokerEvent] = []
        self._hear: Callable[[], None] = lambda: None
        self._gap = asyncio.Event()
        self._ends: asyncio.Queue[str] = asyncio.Queue()
        exchange.listeners.append(lambda event: network.push(event, self._receive))
        network.on_mute_end.append(self._gap.set)

    async def submit(self, approved: Approved) -> BrokerAck:
        """Send an order."""
        order_id = approved.order.order_id
        return await self._change("submit", order_id, lambda: self._exchange.submit(approved))

    async def replace(self, order_id: str, approved: Approved) -> BrokerAck:
        """Put an order in another's place."""
        new_id = approved.order.order_id
        return await self._change(
            "replace", new_id, lambda: self._exchange.replace(order_id, approved)
        )

    async def cancel(self, order_id: str) -> BrokerAck:
        """Ask for a cancel."""
        return await self._change("cancel", order_id, lambda: self._exchange.cancel(order_id))

    async def order(self, order_id: str) -> BrokerOrder | None:
        """Return one order."""
        return await self._look(lambda: self._exchange.order(order_id))

    async def orders(self) -> Sequence[BrokerOrder]:
        """Return every order."""
        return await self._look(self._exchange.orders)

    async def account(self) -> BrokerAccount:
        """Return cash, positions and activities."""
        return await self._look(self._exchange.account)

    def take_events(self) -> list[BrokerEvent]:
        """Return the news since the last call."""
        events, self._events = self._events, []
        return events

    def on_news(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` when there is news."""
        self._hear = listener

    def on_quote(self, quote: Quote) -> list[BrokerEvent]:
        """Return the news that has come: the exchange has quotes of its own."""
        del quote
        return self.take_events()

    def on_session_close(self) -> list[BrokerEvent]:
        """Nothing: the exchange knows its hours."""
        return []

    async def run(self) -> None:
        """After every gap that is noticed catch up; and ask for each order that has ended."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._catch_up())
            group.create_task(self._follow_ends())

    async def _catch_up(self) -> None:
        while True:
            await self._gap.wait()
            self._gap.clear()
            try:
                for known in await self.orders():
                    self._tell(known)
            except BrokerAwayError:
                await asyncio.sleep(RETRY_S)
                self._gap.set()

    async def _follow_ends(self) -> None:
        """Tell the end of an order after all its fills: their news may still be on its way."""
        while True:
            order_id = await self._ends.get()
            try:
                known = await self.order(order_id)
            except BrokerAwayError:
                await asyncio.sleep(RETRY_S)
                self._ends.put_nowait(order_id)
            else:
                if known is not None:
                    self._tell(known)

    def _tell(self, known: BrokerOrder) -> None:
        self._events.extend(known.fills)
        if not known.status.open and known.status is not OrderStatus.FILLED:
            update = OrderUpdate(known.order.order_id, known.status, "ended at the broker")
            self._events.append(update)
        self._hear()

    def _receive(self, event: BrokerEvent) -> None:
        if isinstance(event, OrderUpdate) and not event.status.open:
            self._ends.put_nowait(event.order_id)
            return
        self._events.append(event)
        self._hear()

    async def _change(self, what: str, order_id: str, effect: Callable[[], BrokerAck]) -> BrokerAck:
        self._on_request(what, order_id)
        network, fate = self._network, self._network.fate()
        if fate is not Fate.FINE:
            network.witness.fault(fate.value, f"{what} {order_id}")
        if fate in _NO_EFFECT:
            await asyncio.sleep(network.delay_s())
            if fate is Fate.NOT_SENT:
                raise BrokerAwayError("no connection to the broker")
            raise AmbiguousAnswerError(fate.value)
        answered: asyncio.Future[BrokerAck] = asyncio.get_running_loop().create_future()
        call = _Call(effect, answered)
        way_s = network.delay_s() + (TIMEOUT_S + LATE_MAX_S / 2 if fate is Fate.LATE else 0.0)
        network.later(way_s, call.arrive)
        if fate is Fate.FINE:
            network.later(way_s + network.delay_s(), call.answer)
            return await answered
        await asyncio.sleep(TIMEOUT_S if fate in _SLOW else way_s + network.delay_s())
        raise AmbiguousAnswerError(fate.value)

    async def _look(self, effect: Callable[[], T]) -> T:
        network = self._network
        await asyncio.sleep(network.delay_s())
        if network.fate() is not Fate.FINE:
            network.witness.fault("a question to the broker failed")
            raise BrokerAwayError("the broker does not answer")
        seen = effect()
        await asyncio.sleep(network.delay_s())
        return seen
