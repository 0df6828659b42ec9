"""The dealer: takes the core's steps to the journal and its effects to the broker, one at a time.

Whoever asks for something waits for its own step alone: what that step makes the broker do, and
what the broker says to it, is done turn by turn by ``run``. So a stop overtakes all that is not at
the broker yet, whatever has piled up before it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.model.broker_account import BrokerAccount
from qt_trade.model.journal import JournalAwayError
from qt_trade.model.orders import BrokerAck, BrokerEvent, BrokerOrder
from qt_trade.model.quotes import Quote
from qt_trade.model.verdicts import Approved
from qt_trade.trading.commands import Command, CommandReply, Now
from qt_trade.trading.engine_core import EngineCore
from qt_trade.trading.ports import Broker, Journal
from qt_trade.trading.returns import DayWorth
from qt_trade.trading.steps import Cancel, Effect, Send, Step
from qt_trade.wiring import JournalRefusesError

JOURNAL_RETRY_S = 0.25
"""Between two attempts while the journal is away; what the broker said waits meanwhile."""


COMPARISONS_MAX = 8
"""So often is a quiet moment tried for, before cash and positions are compared without one."""


class UnfitError(RuntimeError):
    """The engine must not act any more; it is about to be started anew."""


@dataclass(frozen=True, slots=True)
class _Silence:
    """An order was sent, and no answer came."""

    order_id: str
    words: str


_Report = BrokerAck | BrokerEvent | _Silence


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
    ) -> None:
        self.core = core
        self._leads = leads
        self._journal = journal
        self._broker = broker
        self._wall = wall
        self._feed = feed
        self._listeners: list[Callable[[Step], None]] = []
        self._lock = asyncio.Lock()
        # What the broker said and the journal does not know yet, oldest first.
        self._reports: deque[_Report] = deque()
        self._due = asyncio.Event()
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
        return len(self._reports) + self.core.effects_waiting

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
                async with self._acting():
                    orders = await self._broker.orders()
                    await self._keep(self.core.reconcile(orders, self.now()))
            except JournalAwayError as away:
                await self._rest(away)
            else:
                return

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
        """Return the broker's book, asked in turn with all else; nothing changes by it."""
        async with self._acting():
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
                quiet = moves == self._moves and not self._reports
                if quiet:
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
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                while await self._turn():
                    pass
            except JournalAwayError as away:
                await self._rest(away)
                self._due.set()

    async def _turn(self) -> bool:
        """Book one report or have one thing done; return whether there was any."""
        async with self._acting():
            if self._reports:
                await self._keep(self._step_of(self._reports[0]))
                self._reports.popleft()
                return True
            if not self._leads():
                raise JournalAwayError("the lease has to be proved before anything is sent")
            effect = self.core.next_effect(self.now())
            if effect is not None:
                await self._carry_out(effect)
            return effect is not None

    @asynccontextmanager
    async def _acting(self) -> AsyncGenerator[None]:
        async with self._lock:
            if self._ended.done():
                raise UnfitError("this engine has ended: its journal is in doubt")
            yield

    def _hear(self, news: Sequence[BrokerEvent]) -> None:
        if news:
            self._reports.extend(news)
            self._due.set()

    def _step_of(self, report: _Report) -> Step:
        match report:
            case BrokerAck():
                return self.core.on_ack(report, self.now())
            case _Silence(order_id=order_id, words=words):
                return self.core.on_silence(order_id, words, self.now())
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
        for listener in self._listeners:
            listener(step)

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

    async def _carry_out(self, effect: Effect) -> None:
        self._moves += 1
        match effect:
            case Send(approved=approved):
                self._reports.append(await self._send(approved))
            case Cancel(order_id=order_id):
                await self._cancel(order_id)
        self._reports.extend(self._broker.take_events())

    async def _cancel(self, order_id: str) -> None:
        """Ask for a cancel; an open order whose cancel was lost is asked for at the next look."""
        try:
            # The order's end arrives as news; a refusal means that it has ended already.
            ack = await self._broker.cancel(order_id)
        except (OSError, TimeoutError) as error:
            self._log.warning("order.cancel_unanswered", order_id=order_id, words=str(error))
        else:
            self._log.info("order.cancel", order_id=order_id, accepted=ack.accepted)

    async def _send(self, approved: Approved) -> BrokerAck | _Silence:
        order_id = approved.order.order_id
        self._log.info("order.sent", order_id=order_id, symbol=approved.order.symbol)
        try:
            return await self._broker.submit(approved)
        except (OSError, TimeoutError) as error:
            return _Silence(order_id, str(error))
