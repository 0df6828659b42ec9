"""The dealer: takes the core's steps to the journal and its effects to the broker, one at a time."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.model.journal import JournalAwayError, JournalRecord
from qt_trade.model.orders import BrokerAck, BrokerEvent, BrokerOrder
from qt_trade.model.quotes import Quote
from qt_trade.model.verdicts import Approved
from qt_trade.trading.commands import Command, CommandReply, Now
from qt_trade.trading.engine_core import EngineCore
from qt_trade.trading.steps import Cancel, Effect, Send, Step

JOURNAL_RETRY_S = 0.5
"""Between two attempts to book a fill while the journal is away; the fill waits meanwhile."""


class Journal(Protocol):
    """Where steps are kept before they take effect."""

    async def append(self, records: Sequence[JournalRecord]) -> None:
        """Store all records in one transaction.

        Raises JournalAwayError when surely none was stored; any other error leaves it in doubt.
        """
        ...


class QuotedBroker(Protocol):
    """A broker that fills against the quotes it is given."""

    async def submit(self, approved: Approved) -> BrokerAck:
        """Send an order."""
        ...

    async def cancel(self, order_id: str) -> BrokerAck:
        """Ask for a cancel."""
        ...

    async def orders(self) -> Sequence[BrokerOrder]:
        """Return every order the broker knows of."""
        ...

    def on_quote(self, quote: Quote) -> list[BrokerEvent]:
        """Take a quote and return the news it made."""
        ...

    def on_session_close(self) -> list[BrokerEvent]:
        """End the day's orders and return the news."""
        ...

    def take_events(self) -> list[BrokerEvent]:
        """Return the news since the last call."""
        ...


class UnfitError(RuntimeError):
    """The engine must not act any more; it is about to be started anew."""


class Dealer:
    """The only one who moves the core."""

    def __init__(
        self,
        core: EngineCore,
        journal: Journal,
        broker: QuotedBroker,
        wall: Clock,
        feed: Clock,
    ) -> None:
        self.core = core
        self._journal = journal
        self._broker = broker
        self._wall = wall
        self._feed = feed
        self._listeners: list[Callable[[Step], None]] = []
        self._lock = asyncio.Lock()
        self._news: deque[BrokerEvent] = deque()
        self._news_came = asyncio.Event()
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._log = get_logger()

    def on_step(self, listener: Callable[[Step], None]) -> None:
        """Tell ``listener`` of every step that is in the journal."""
        self._listeners.append(listener)

    async def ended(self) -> None:
        """Return never; raise what made this engine unfit to act."""
        await self._ended

    def _end(self, doubt: BaseException) -> None:
        if not self._ended.done():
            self._ended.set_exception(doubt)

    def now(self) -> Now:
        """Return the present on both clocks."""
        return Now(wall=self._wall.now(), feed=self._feed.now())

    async def reconcile(self) -> None:
        """Hold the journal against the broker's book; before anything else is done."""
        async with self._acting():
            orders = await self._broker.orders()
            await self._settle(self.core.reconcile(orders, self.now()))

    async def handle(self, command: Command) -> CommandReply:
        """Carry out a command and return its answer; a repeated one is only answered again."""
        async with self._acting():
            step = self.core.handle(command, self.now())
            await self._settle(step)
        if step.reply is None:
            raise LookupError(f"{type(command).__name__} was not answered")
        return step.reply

    @asynccontextmanager
    async def _acting(self) -> AsyncIterator[None]:
        async with self._lock:
            if self._ended.done():
                raise UnfitError("this engine has ended: its journal is in doubt")
            yield

    def see_quote(self, quote: Quote) -> None:
        """Show core and broker a quote; what it fills is booked by ``run``."""
        self.core.on_quote(quote)
        self._hear(self._broker.on_quote(quote))

    def close_session(self) -> None:
        """Tell the broker that the regular session has closed."""
        self._hear(self._broker.on_session_close())

    def _hear(self, news: list[BrokerEvent]) -> None:
        if news:
            self._news.extend(news)
            self._news_came.set()

    async def run(self) -> None:
        """Book the broker's news as it comes, until cancelled."""
        while True:
            await self._news_came.wait()
            self._news_came.clear()
            try:
                await self._book_waiting()
            except JournalAwayError as away:
                self._log.warning("journal.away", words=str(away))
                await asyncio.sleep(JOURNAL_RETRY_S)
                self._news_came.set()

    async def _book_waiting(self) -> None:
        async with self._acting():
            while self._news:
                await self._settle(self.core.on_broker(self._news[0], self.now()))
                self._news.popleft()

    async def _settle(self, step: Step) -> None:
        await self._keep(step)
        while True:
            effect = self.core.next_effect(self.now())
            if effect is not None:
                await self._carry_out(effect)
                continue
            news = self._broker.take_events()
            if not news:
                return
            for event in news:
                await self._keep(self.core.on_broker(event, self.now()))

    async def _keep(self, step: Step) -> None:
        if step.events:
            try:
                await self._journal.append(step.records)
            except JournalAwayError:
                self.core.abandon(step)
                raise
            except BaseException as doubt:
                # Stored or not, or no longer ours to write: only a fresh start from the journal
                # knows. Nothing more is done here.
                self._end(doubt)
                raise
        self.core.journaled(step)
        if step.problem is not None:
            self._log.error("engine.problem", words=step.problem)
        for listener in self._listeners:
            listener(step)

    async def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Send(approved=approved):
                await self._keep(await self._send(approved))
            case Cancel(order_id=order_id):
                # The order's end arrives as news; a refusal means that it has ended already.
                ack = await self._broker.cancel(order_id)
                self._log.info("order.cancel", order_id=order_id, accepted=ack.accepted)

    async def _send(self, approved: Approved) -> Step:
        order_id = approved.order.order_id
        self._log.info("order.sent", order_id=order_id, symbol=approved.order.symbol)
        try:
            ack = await self._broker.submit(approved)
        except (OSError, TimeoutError) as error:
            return self.core.on_silence(order_id, str(error), self.now())
        return self.core.on_ack(ack, self.now())
