"""The dealer: takes the core's steps to the journal, one at a time, and its effects to the broker.

Whoever asks for something waits for its own step alone: what that step makes the broker do is
begun turn by turn by ``run`` and carried by the courier, and what the broker says to it is booked
when its turn comes. The lock is held over the journal and never over the broker. So a stop
overtakes all that is not at the broker yet, whatever has piled up before it and however long the
broker keeps an order waiting.
"""

import asyncio
import random
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.model.broker_account import BrokerAccount
from qt_trade.model.journal import JournalAwayError
from qt_trade.model.orders import (
    BrokerAck,
    BrokerEvent,
    BrokerOrder,
    Fill,
    OrderStatus,
    OrderUpdate,
)
from qt_trade.model.quotes import Quote
from qt_trade.roles.engine.courier import (
    AskingPatience,
    Courier,
    Enquiry,
    Found,
    NeverReached,
    Report,
    Silence,
)
from qt_trade.trading.commands import Command, CommandReply, Now
from qt_trade.trading.engine_core import EngineCore
from qt_trade.trading.events import OrderUnknown
from qt_trade.trading.ids import is_ours
from qt_trade.trading.ports import Broker, Journal
from qt_trade.trading.returns import DayWorth
from qt_trade.trading.steps import Step
from qt_trade.wiring import JournalRefusesError

JOURNAL_RETRY_S = 0.25
"""Between two attempts while the journal is away; what the broker said waits meanwhile."""
BROKER_RETRY_S = 1.0
"""Between two attempts to reconcile at the start while the broker is away."""
COMPARISONS_MAX = 8
"""So often is a quiet moment tried for, before cash and positions are compared without one."""


class UnfitError(RuntimeError):
    """The engine must not act any more; it is about to be started anew."""


class Dealer:
    """The only one who moves the core."""

    def __init__(
        self,
        core: EngineCore,
        journal: Journal,
        broker: Broker,
        wall: Clock,
        feed: Clock,
        leads: Callable[[], bool] = lambda: True,
        patience: AskingPatience | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self.core = core
        self._leads = leads
        self._journal = journal
        self._broker = broker
        self._wall = wall
        self._feed = feed
        self._listeners: list[Callable[[Step], None]] = []
        self._strangers: list[Callable[[], None]] = []
        self._lock = asyncio.Lock()
        # What the broker said and the journal does not know yet, oldest first.
        self._reports: deque[Report] = deque()
        self._due = asyncio.Event()
        self._courier = Courier(
            broker,
            wall,
            self._report,
            patience or AskingPatience(),
            rng or random.SystemRandom(),
            leads,
        )
        self._courier.on_change(self._due.set)
        self._away = ""
        # How often anything was booked or done at the broker.
        self._moves = 0
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._log = get_logger()

    def on_step(self, listener: Callable[[Step], None]) -> None:
        """Tell ``listener`` of every step that is in the journal."""
        self._listeners.append(listener)

    def waiting(self) -> int:
        """Return how much is to be booked, or to be done at the broker."""
        return len(self._reports) + self.core.effects_waiting + self._courier.under_way

    @property
    def broker_name(self) -> str:
        """The broker's name for people."""
        return self._broker.name

    @property
    def enquiries(self) -> Mapping[str, Enquiry]:
        """The orders the broker is asked for because its answer was lost."""
        return self._courier.enquiries

    def on_enquiry(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` whenever ``enquiries`` has changed."""
        self._courier.on_change(listener)

    async def ended(self) -> None:
        """Return never; raise what made this engine unfit to act."""
        await asyncio.shield(self._ended)

    def now(self) -> Now:
        """Return the present on both clocks."""
        return Now(wall=self._wall.now(), feed=self._feed.now())

    async def reconcile(self) -> None:
        """Hold the journal against the broker's book; before anything else is done."""
        while True:
            try:
                orders = await self._broker.orders()
                async with self._acting():
                    await self._keep(self.core.reconcile(orders, self.now()))
            except JournalAwayError as away:
                await self._rest(away)
            except OSError as away:
                self._log.warning("broker.away", words=str(away))
                await asyncio.sleep(BROKER_RETRY_S)
            else:
                break
        for state in self.core.account.open_orders:
            if state.status is OrderStatus.UNKNOWN:
                self._courier.ask(state.order.order_id)

    async def handle(self, command: Command) -> CommandReply:
        """Carry out a command and return its answer; a repeated one is only answered again.

        Raises JournalAwayError when nothing happened, UnfitError when nobody knows.
        """
        async with self._acting():
            step = self.core.handle(command, self.now())
            await self._keep(step)
        if step.reply is None:
            raise LookupError(f"{type(command).__name__} was not answered")
        return step.reply

    async def act(self, make: Callable[[EngineCore, Now], Step]) -> None:
        """Take a step of the core that no command asked for. Raises as ``handle`` does."""
        async with self._acting():
            await self._keep(make(self.core, self.now()))

    async def broker_state(self) -> tuple[Sequence[BrokerOrder], BrokerAccount]:
        """Return the broker's book and account, asked without holding anybody up."""
        return await self._broker.orders(), await self._broker.account()

    async def broker_orders(self) -> tuple[BrokerOrder, ...]:
        """Return the broker's book; nothing changes by it. Raises what the broker raises."""
        return tuple(await self._broker.orders())

    async def compare_books(self) -> BrokerAccount:
        """Hold orders, cash and positions against the broker's; return its account.

        The broker is asked without holding anybody up. What was executed or sent meanwhile would
        look like a difference, so that it is asked again then. Raises what the broker raises, and
        JournalAwayError when what was found could not be kept.
        """
        tried = 0
        while True:
            tried += 1
            moves = self._moves
            orders, theirs = await self._broker.orders(), await self._broker.account()
            async with self._acting():
                quiet = moves == self._moves and not self._reports and not self._courier.under_way
                if quiet:
                    self.core.on_doubt(self._courier.in_question)
                    await self._keep(self.core.reconcile(orders, self.now()))
                # Where something moves all the time, the orders speak for themselves, and a
                # figure that only seems to differ will not be the same at the next look.
                if quiet or tried == COMPARISONS_MAX:
                    await self._keep(self.core.compare(theirs, self.now()))
                    return theirs
            await asyncio.sleep(JOURNAL_RETRY_S)

    async def keep_day(self, day: DayWorth) -> None:
        """Journal what the account was worth at a day's close. Raises as ``handle`` does."""
        async with self._acting():
            await self._keep(self.core.value_day(day, self.now()))

    def see_quote(self, quote: Quote) -> None:
        """Show core and broker a quote; what it fills is booked by ``run``."""
        self.core.on_quote(quote)
        self._hear(self._broker.on_quote(quote))

    def close_session(self) -> None:
        """Tell the broker that the regular session has closed."""
        self._hear(self._broker.on_session_close())

    async def run(self) -> None:
        """Book what the broker says and do what the journal allows, until cancelled."""
        self._due.set()
        try:
            while True:
                await self._due.wait()
                self._due.clear()
                try:
                    while await self._turn():
                        pass
                except JournalAwayError as away:
                    await self._rest(away)
                    self._due.set()
        finally:
            await self._courier.close()

    async def keep_line(self) -> None:
        """Keep the line to the broker until cancelled."""
        await self._broker.run()

    async def _turn(self) -> bool:
        """Book one report or have one thing begun; return whether there was any."""
        self._courier.check()
        async with self._acting():
            if self._reports:
                await self._keep(self._step_of(self._reports[0]))
                self._reports.popleft()
                return True
            if not self._leads():
                raise JournalAwayError("the lease has to be proved before anything is sent")
            again = self.core.reconsider(self.now())
            if again is not None:
                await self._keep(again)
                return True
            effect = None if self._courier.busy else self.core.next_effect(self.now())
            if effect is not None:
                self._moves += 1
                self._courier.begin(effect)
        # What was begun is on its way before anybody else has a turn.
        await asyncio.sleep(0)
        return effect is not None

    @asynccontextmanager
    async def _acting(self) -> AsyncGenerator[None]:
        async with self._lock:
            if self._ended.done():
                raise UnfitError("this engine has ended: its journal is in doubt")
            yield

    def _hear(self, news: Sequence[BrokerEvent]) -> None:
        for event in news:
            self._report(event)

    def on_stranger(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` when somebody else traded at the broker: its record tells of it."""
        self._strangers.append(listener)

    def _report(self, report: Report) -> None:
        self._moves += 1
        if isinstance(report, Fill | OrderUpdate) and not is_ours(report.order_id):
            for listener in self._strangers:
                listener()
            return
        self._reports.append(report)
        self._due.set()

    def _step_of(self, report: Report) -> Step:
        match report:
            case BrokerAck():
                return self.core.on_ack(report, self.now())
            case Silence(order_id=order_id, words=words):
                return self.core.on_silence(order_id, words, self.now())
            case NeverReached(order_id=order_id):
                return self.core.never_reached(order_id, self.now())
            case Found(order=found):
                return self.core.on_found(found, self.now())
            case _:
                return self.core.on_broker(report, self.now())

    async def _keep(self, step: Step) -> None:
        self._moves += bool(step.events)
        if step.events:
            try:
                await self._journal.append(step.records)
            except (JournalAwayError, JournalRefusesError):
                self.core.abandon(step)
                raise
            except BaseException as doubt:
                # Stored or not, or no longer ours to write: only a fresh start from the journal
                # knows. Nothing more is done here.
                self._end(doubt)
                if isinstance(doubt, Exception):
                    raise UnfitError(f"the journal is in doubt: {doubt}") from doubt
                raise
        self.core.journaled(step)
        self._away = ""
        self._due.set()
        if step.problem is not None:
            self._log.error("engine.problem", words=step.problem)
        self._enquire(step)
        for listener in self._listeners:
            listener(step)

    def _enquire(self, step: Step) -> None:
        """Have orders asked for that became UNKNOWN, and no longer those that are known again."""
        for event in step.events:
            if isinstance(event, OrderUnknown):
                self._courier.ask(event.order_id)
        for order_id in self._courier.enquiries:
            state = self.core.account.orders.get(order_id)
            if state is None or state.status is not OrderStatus.UNKNOWN:
                self._courier.settled(order_id)

    def _end(self, doubt: BaseException) -> None:
        if not self._ended.done():
            self._ended.set_exception(UnfitError(f"the journal is in doubt: {doubt!r}"))
            # Told by ``ended``, or else by the error that goes up from here.
            self._ended.exception()

    async def _rest(self, away: JournalAwayError) -> None:
        if not self._away:
            self._away = str(away)
            self._log.warning("journal.away", words=self._away)
        await asyncio.sleep(JOURNAL_RETRY_S)
