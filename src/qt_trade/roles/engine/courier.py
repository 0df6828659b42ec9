"""The courier: takes orders to the broker and brings back what it says, and nobody waits for him.

A broker may need ten seconds for an answer. Each errand is a task of its own, so that a stop is
booked and answered meanwhile; errands for one order follow one another, and its news waits for its
answer. What he brings back is booked by the dealer, in the order in which it came.

An order whose answer is lost is asked for by its client order id until the broker knows: soon,
then at growing distances. That it never arrived is concluded only when the broker has said so at
least MISSING_MIN times over at least ``settle_s`` seconds. A request that was cut may still lie in
the broker's queue: no gateway in reach keeps one longer than the half minute after which it
answers 504 itself. And should it come later still, nothing is doubled: sent again the order has
the same id, which the broker takes once.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from qt_trade.kit.backoff import Backoff
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.model.broker_errors import BrokerAwayError
from qt_trade.model.orders import BrokerAck, BrokerEvent, BrokerOrder
from qt_trade.model.verdicts import Approved
from qt_trade.trading.ports import Broker
from qt_trade.trading.steps import Cancel, Effect, Replace

ERRANDS_MAX = 16
"""Errands under way at once: many more than a broker answers late, few enough to stay in order."""
MISSING_MIN = 2
TURNED_AWAY_KEPT = 1_000
"""Orders of which it is remembered how often the broker could not be given them."""


@dataclass(frozen=True, slots=True)
class Silence:
    """An order was sent, and no answer came."""

    order_id: str
    words: str


@dataclass(frozen=True, slots=True)
class NeverReached:
    """An order surely never arrived at the broker."""

    order_id: str


@dataclass(frozen=True, slots=True)
class Found:
    """An order whose answer was lost, as the broker has it."""

    order: BrokerOrder


Report = BrokerAck | BrokerEvent | Silence | NeverReached | Found


@dataclass(frozen=True, slots=True)
class Enquiry:
    """An order that is asked for: how often so far, and when again (wall time)."""

    asked: int
    next_at: datetime


@dataclass(frozen=True, slots=True)
class AskingPatience:
    """How an order is asked for, in seconds; see the head of this module."""

    first_s: float = 0.5
    ceiling_s: float = 15.0
    settle_s: float = 40.0
    retry_s: float = 1.0
    """Before an order is judged again that the broker could not be given."""


class Courier:
    """Runs the errands. ``hear`` takes reports, ``changed`` hears of every question asked."""

    def __init__(
        self,
        broker: Broker,
        wall: Clock,
        hear: Callable[[Report], None],
        patience: AskingPatience,
        rng: random.Random,
        leads: Callable[[], bool],
    ) -> None:
        self._broker = broker
        self._leads = leads
        self._wall = wall
        self._hear = hear
        self._patience = patience
        self._rng = rng
        self._errands: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._asking: dict[str, Enquiry] = {}
        self._pauses: dict[str, Backoff] = {}
        self._given_up: dict[str, asyncio.Event] = {}
        self._held: list[BrokerEvent] = []
        self._sending: set[str] = set()
        self._listeners: list[Callable[[], None]] = []
        self._broken: BaseException | None = None
        self._log = get_logger()
        broker.on_news(self.fetch)

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` whenever an order begins or ceases to be asked for, or is asked for."""
        self._listeners.append(listener)

    @property
    def enquiries(self) -> Mapping[str, Enquiry]:
        """The orders that are asked for at present."""
        return dict(self._asking)

    @property
    def in_question(self) -> frozenset[str]:
        """The orders of which nobody may say yet that the broker does not have them."""
        return frozenset(self._sending) | frozenset(self._asking)

    @property
    def under_way(self) -> int:
        """How many errands are under way."""
        return len(self._errands)

    @property
    def busy(self) -> bool:
        """Whether the next errand has to wait."""
        return len(self._errands) >= ERRANDS_MAX

    def check(self) -> None:
        """Raise what ended an errand that should not have."""
        if self._broken is not None:
            raise self._broken

    def begin(self, effect: Effect) -> None:
        """Take an effect to the broker, after what is under way for the same order."""
        if isinstance(effect, Cancel):
            order_ids = [effect.order_id]
            if effect.order_id in self._given_up:
                self._given_up[effect.order_id].set()
            work = self._cancel(effect.order_id)
        elif isinstance(effect, Replace):
            order_ids = [effect.approved.order.order_id, effect.order_id]
            work = self._send(effect.approved, partial(self._broker.replace, effect.order_id))
        else:
            order_ids = [effect.approved.order.order_id]
            work = self._send(effect.approved, self._broker.submit)
        if not isinstance(effect, Cancel):
            self._sending.add(order_ids[0])
        before = {self._errands[one] for one in order_ids if one in self._errands}
        task = self._start(self._after(before, work) if before else work)
        for one in order_ids:
            self._errands[one] = task
            task.add_done_callback(partial(self._done, one))

    def ask(self, order_id: str) -> None:
        """Ask for an order until the broker knows."""
        if order_id not in self._asking:
            self._asking[order_id] = Enquiry(0, self._wall.now())
            self._start(self._enquire(order_id))

    def settled(self, order_id: str) -> None:
        """Ask no more: it is known what became of an order."""
        if self._asking.pop(order_id, None) is not None:
            self._tell()

    def fetch(self) -> None:
        """Take the broker's news; that of an order on its way waits for its answer."""
        for event in self._broker.take_events():
            if event.order_id in self._sending:
                self._held.append(event)
            else:
                self._hear(event)

    async def close(self) -> None:
        """Drop every errand, as an engine's death would."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finish)
        return task

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._broken = task.exception()
            self._tell()

    def _done(self, order_id: str, task: asyncio.Task[None]) -> None:
        if self._errands.get(order_id) is task:
            del self._errands[order_id]

    async def _after(
        self, before: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]
    ) -> None:
        try:
            await asyncio.wait(before)
        except asyncio.CancelledError:
            work.close()
            raise
        await work

    async def _send(
        self, approved: Approved, ask: Callable[[Approved], Awaitable[BrokerAck]]
    ) -> None:
        order_id = approved.order.order_id
        self._log.info("order.sent", order_id=order_id, symbol=approved.order.symbol)
        report: Report
        try:
            self._require_lead()
            report = await ask(approved)
        except BrokerAwayError as away:
            self._log.warning("order.not_taken", order_id=order_id, words=str(away))
            await self._pause(order_id, away.retry_after_s)
            report = NeverReached(order_id)
        except (OSError, TimeoutError) as error:
            report = Silence(order_id, str(error))
        else:
            self._pauses.pop(order_id, None)
        self._sending.discard(order_id)
        self._hear(report)
        held, self._held = self._held, []
        for event in held:
            (self._held.append if event.order_id in self._sending else self._hear)(event)
        self.fetch()

    def _require_lead(self) -> None:
        """Raise BrokerAwayError unless the lease is ours at this moment.

        The process may have stood still between the errand's beginning and its first step.
        """
        if not self._leads():
            raise BrokerAwayError("the lease has to be proved before anything is sent")

    async def _pause(self, order_id: str, wanted_s: float | None) -> None:
        """Wait before an order is judged again, the longer the oftener; a cancel ends it at once.

        Every judgement is a line of the journal, and a broker may be away for hours.
        """
        patience = self._patience
        pauses = self._pauses.setdefault(
            order_id, Backoff(patience.retry_s, patience.ceiling_s, self._rng)
        )
        while len(self._pauses) > TURNED_AWAY_KEPT:
            del self._pauses[next(iter(self._pauses))]
        pause_s = max(wanted_s or 0.0, patience.retry_s / 2 + pauses.next_delay())
        given_up = self._given_up[order_id] = asyncio.Event()
        try:
            async with asyncio.timeout(pause_s):
                await given_up.wait()
        except TimeoutError:
            return
        finally:
            del self._given_up[order_id]

    async def _cancel(self, order_id: str) -> None:
        """Ask for a cancel; where no answer comes the order itself is UNKNOWN, and asked for."""
        try:
            self._require_lead()
            # The order's end arrives as news; a refusal means that it has ended already.
            ack = await self._broker.cancel(order_id)
        except BrokerAwayError as away:
            self._log.warning("order.cancel_not_taken", order_id=order_id, words=str(away))
            await asyncio.sleep(away.retry_after_s or self._patience.retry_s)
            await self._cancel(order_id)
        except (OSError, TimeoutError) as error:
            self._log.warning("order.cancel_unanswered", order_id=order_id, words=str(error))
            self._hear(Silence(order_id, f"whether it is canceled is not known: {error}"))
        else:
            self._log.info("order.cancel", order_id=order_id, accepted=ack.accepted)
        self.fetch()

    async def _enquire(self, order_id: str) -> None:
        patience, loop = self._patience, asyncio.get_running_loop()
        pauses = Backoff(patience.first_s, patience.ceiling_s, self._rng)
        since, asked, missing = loop.time(), 0, 0
        while order_id in self._asking:
            pause_s = patience.first_s / 2 + pauses.next_delay()
            self._note(order_id, asked, pause_s)
            await asyncio.sleep(pause_s)
            if order_id not in self._asking:
                return
            asked += 1
            try:
                found = await self._broker.order(order_id)
            except (OSError, TimeoutError) as error:
                self._log.warning("order.asked", order_id=order_id, asked=asked, words=str(error))
                continue
            missing += found is None
            lasted = loop.time() - since >= patience.settle_s
            if found is not None or (missing >= MISSING_MIN and lasted):
                self._hear(NeverReached(order_id) if found is None else Found(found))
                self.fetch()
                self.settled(order_id)

    def _note(self, order_id: str, asked: int, pause_s: float) -> None:
        next_at = self._wall.now() + timedelta(seconds=pause_s)
        self._asking[order_id] = Enquiry(asked, next_at)
        self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()
