"""The desktop's line to the backend: a plain thread with an event loop and the bus.

The GUI thread never waits for the network. What arrives is kept as "the latest of each" and the
GUI is told once, by a queued signal, that something is there; it takes everything at its next
flush. Writes and commands go the other way and are answered by signals.
"""

import asyncio
import contextlib
import random
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, Signal

from qt_trade.contract import registry
from qt_trade.contract.bus import Batch, Bus, Change
from qt_trade.contract.endpoints import Command, Document, Party
from qt_trade.contract.errors import ContractError, DisconnectedError
from qt_trade.contract.link import Link, LinkPhase
from qt_trade.contract.payloads.commands import Reply
from qt_trade.contract.payloads.health import RoleReport
from qt_trade.contract.payloads.history import History
from qt_trade.contract.payloads.market import MarketStatus, Quote
from qt_trade.contract.payloads.sessions import ActiveSessions, Session
from qt_trade.contract.topics import Topic
from qt_trade.contract.trial import try_connection
from qt_trade.desktop.history_watch import HistoryWatch
from qt_trade.desktop.own_session import OwnSession
from qt_trade.desktop.snapshot import (
    BARS_KEPT,
    EQUITY_KEPT,
    ORDER_EVENTS_KEPT,
    RECEIPTS_KEPT,
    TRADES_KEPT,
)
from qt_trade.desktop.system_snapshot import LETTERS_KEPT, LINES_KEPT
from qt_trade.desktop.watched import WATCHED
from qt_trade.kit.clock import Clock

_OF_THE_MACHINE = {"letters", "lines"}


@dataclass(slots=True)
class Pending:
    """What arrived since the last flush: the latest of documents and quotes, all of the logs.

    ``arrived``: when, by this desk's clock, for each document's key; ``quoted``: for each symbol.
    ``ahead_s``: the server's clock minus this desk's.
    """

    link: Link | None = None
    session: Session | None = None
    ahead_s: float | None = None
    documents: dict[str, Change[Any]] = field(default_factory=dict)
    arrived: dict[str, datetime] = field(default_factory=dict)
    quotes: dict[str, Quote] = field(default_factory=dict)
    quoted: dict[str, datetime] = field(default_factory=dict)
    bars: list[tuple[str, Batch[Any]]] = field(default_factory=list)
    histories: dict[str, History | None] = field(default_factory=dict)
    trades: list[Batch[Any]] = field(default_factory=list)
    order_events: list[Batch[Any]] = field(default_factory=list)
    equity: list[Batch[Any]] = field(default_factory=list)
    receipts: list[Batch[Any]] = field(default_factory=list)
    roles: dict[str, RoleReport] = field(default_factory=dict)
    letters: list[Batch[Any]] = field(default_factory=list)
    lines: list[Batch[Any]] = field(default_factory=list)
    messages: int = 0
    elsewhere: Session | None = None
    """This desk's session on another server: nothing of what came before holds any more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command or a write ended. ``reply`` is None when nobody answered (``error``)."""

    request: str
    reply: Reply | None
    error: ContractError | None


class DeskLink(QObject):
    """Owns the thread. All methods are for the GUI thread; ``take`` empties what is pending."""

    arrived = Signal()
    answered = Signal(object)
    tried = Signal(object)
    """One step of the trial of an address."""

    def __init__(self, url: str | None, clock: Clock, rng: random.Random) -> None:
        super().__init__()
        self._clock = clock
        self._own = OwnSession(url or "", clock, rng, self._take_session)
        self._lock = threading.Lock()
        self._pending = Pending()
        self._told = False
        self._loop = asyncio.new_event_loop()
        self._url, self._rng = url, rng
        self._bus: Bus | None = None
        self._topics: dict[str, Topic] = {}
        self._run_id = ""
        self._connected = False
        self._following = asyncio.Lock()
        self._history = HistoryWatch(self._take_history)
        self._called = asyncio.Event()
        self._stopping = False
        self._trial: asyncio.Task[None] | None = None
        self._errands: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._main, name="desk-link", daemon=True)

    @property
    def session(self) -> Session:
        """Who this desktop is; a viewer only once Redis has said so."""
        return self._own.session

    def start(self) -> None:
        """Start to connect; the first state of the link arrives like everything else."""
        self._thread.start()

    def close(self) -> None:
        """End the session and the thread."""
        if self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # it ended between the question and the call
                self._loop.call_soon_threadsafe(self._stop)
            self._thread.join(timeout=5.0)

    def take(self) -> Pending:
        """Return what is pending and begin anew."""
        with self._lock:
            pending, self._pending = self._pending, Pending()
            self._told = False
        return pending

    def note_canary(self, number: int, delay_ms: float) -> None:
        """Tell with the next heartbeat that a canary was shown, and how long after its start."""
        self._post(lambda: self._own.note_canary(number, delay_ms))

    def new_session(self) -> None:
        """Begin a session with a new id: the old one was logged out."""
        self._errand("session", self._own.begin_anew)

    def log_out(self) -> None:
        """End the session; the desk goes on looking."""
        self._errand("session", self._own.end)

    def move(self, url: str) -> None:
        """Speak to another server from now on; all that is known of the present one ends."""
        self._post(lambda: self._move(url))

    def try_address(self, url: str) -> None:
        """Try an address step by step, beside the connection there is; ``tried`` tells each."""
        self._post(lambda: self._begin_trial(url))

    def look_at(self, symbol: str) -> None:
        """Bring the stored bars of this symbol from now on, and of no other."""
        self._post(lambda: self._spawn(self._history.look_at(self._bus, symbol)))

    def try_now(self) -> None:
        """Do not wait for the next attempt to connect."""
        self._post(self._try_now)

    def write(self, request: str, document: Document[Any], value: Any, expect: int | None) -> None:
        """Write a document; ``answered`` tells how it ended. Nothing is sent without the right."""
        self._errand(request, lambda bus: self._write(bus, document, value, expect))

    def send(self, request: str, command: Command[Any], value: Any) -> None:
        """Send a command; ``answered`` brings the reply. Nothing is sent without the right."""
        self._errand(request, lambda bus: self._send(bus, command, value))

    # Everything below runs in the thread

    def _main(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._live())
        finally:
            self._loop.close()

    def _stop(self) -> None:
        self._stopping = True
        self._called.set()

    def _move(self, url: str) -> None:
        self._url = url
        self._called.set()

    async def _live(self) -> None:
        """Live on one server after the other; without one wait until it is named."""
        try:
            while not self._stopping:
                self._called.clear()
                if self._url is None:
                    await self._called.wait()
                else:
                    await self._live_on(self._url)
                if not self._stopping:
                    self._begin_elsewhere(self._url or "")
        finally:
            if self._trial is not None:
                self._trial.cancel()
                await asyncio.gather(self._trial, return_exceptions=True)

    async def _live_on(self, url: str) -> None:
        bus = self._bus = Bus(url, Party.FRONTEND, self._clock, self._rng)
        beats = [asyncio.create_task(self._every(registry.HEARTBEAT_S, self._heartbeat))]
        try:
            await self._watch_all(bus)
            bus.on_link(self._take_link)
            bus.start()
            await self._called.wait()
            if bus.link.connected:  # else it ends by its time-out; nobody waits for that
                await _quiet(self._own.end(bus))
        finally:
            for task in [*beats, *self._errands]:
                task.cancel()
            await asyncio.gather(*beats, *self._errands, return_exceptions=True)
            await bus.close()

    def _begin_elsewhere(self, url: str) -> None:
        self._topics.clear()
        self._run_id, self._connected = "", False
        self._own.move(url)
        with self._lock:
            self._pending = Pending(elsewhere=self._own.session)
        self._tell()

    def _begin_trial(self, url: str) -> None:
        if self._trial is not None:
            self._trial.cancel()
        self._trial = self._loop.create_task(self._try(url))

    async def _try(self, url: str) -> None:
        async for step in try_connection(url, self._clock):
            self.tried.emit(step)

    async def _watch_all(self, bus: Bus) -> None:
        for document in WATCHED:
            await bus.watch(document, self._take_document)
        await self._history.go_on(bus)
        await bus.subscribe(registry.QUOTES, self._take_quote, "*")
        await bus.follow(registry.TRADES_LOG, self._into("trades"), last=TRADES_KEPT)
        await bus.follow(registry.ORDER_EVENTS, self._into("order_events"), last=ORDER_EVENTS_KEPT)
        await bus.follow(registry.EQUITY, self._into("equity"), last=EQUITY_KEPT)
        await bus.follow(registry.EMERGENCY_RECEIPTS, self._into("receipts"), last=RECEIPTS_KEPT)
        await bus.subscribe(registry.ROLE_REPORTS, self._take_role, "*")
        await bus.follow(registry.DEAD_LETTERS, self._into("letters"), last=LETTERS_KEPT)
        await bus.follow(registry.LOG_LINES, self._into("lines"), last=LINES_KEPT)

    async def _every(self, seconds: float, what: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        bus = self._bus
        while bus is not None:
            await asyncio.sleep(seconds)
            if bus.link.connected:
                # Away meanwhile: the link says so by itself, and the next round does it.
                with contextlib.suppress(ContractError):
                    await what()

    async def _heartbeat(self) -> None:
        if self._bus is not None:
            await self._own.beat(self._bus)

    def _take_session(self, session: Session, ahead_s: float | None) -> None:
        with self._lock:
            self._pending.session, self._pending.ahead_s = session, ahead_s
        self._tell()

    def _take_link(self, link: Link) -> None:
        if link.phase is LinkPhase.CLOSED:
            return  # this desk closed it: it ends, or another server follows
        if link.connected and not self._connected:
            self._own.arrive()
            self._spawn(self._heartbeat())
        self._connected = link.connected
        with self._lock:
            self._pending.link = link
        self._tell()

    def _take_document(self, change: Change[Any]) -> None:
        now = self._clock.now()
        with self._lock:
            self._pending.documents[change.key] = change
            self._pending.arrived[change.key] = now
            # Revision 0 says that there never was such a document: that is no event.
            self._pending.messages += change.revision > 0
        self._tell()
        if isinstance(change.value, ActiveSessions):
            self._own.note_living(change.value)
        if isinstance(change.value, MarketStatus):
            self._spawn(self._follow_bars(change.value))

    def _take_history(self, symbol: str, history: History | None) -> None:
        with self._lock:
            self._pending.histories[symbol] = history
        self._tell()

    def _take_quote(self, quote: Quote) -> None:
        now = self._clock.now()
        with self._lock:
            self._pending.quotes[quote.symbol] = quote
            self._pending.quoted[quote.symbol] = now
            self._pending.messages += 1
        self._tell()

    def _into(self, log: str) -> Callable[[Batch[Any]], None]:
        """Return what keeps the entries of a log: in the field of ``Pending`` that has its name."""

        def take(batch: Batch[Any]) -> None:
            with self._lock:
                getattr(self._pending, log).append(batch)
                # What the machine says of itself is no event of the market's.
                self._pending.messages += len(batch.entries) * (log not in _OF_THE_MACHINE)
            self._tell()

        return take

    def _take_role(self, report: RoleReport) -> None:
        with self._lock:
            self._pending.roles[report.instance] = report
        self._tell()

    async def _follow_bars(self, status: MarketStatus) -> None:
        bus = self._bus
        if bus is None:
            return
        async with self._following:
            another_run = status.run_id != self._run_id
            self._run_id = status.run_id
            for name in list(self._topics):
                if another_run or name not in status.symbols:
                    await bus.unwatch(self._topics.pop(name))
            for name in status.symbols:
                if name not in self._topics:
                    await self._follow(bus, name)

    async def _follow(self, bus: Bus, name: str) -> None:
        def take(batch: Batch[Any]) -> None:
            with self._lock:
                self._pending.bars.append((name, batch))
                self._pending.messages += len(batch.entries)
            self._tell()

        self._topics[name] = await bus.follow(registry.BARS, take, name, last=BARS_KEPT)

    def _tell(self) -> None:
        with self._lock:
            told, self._told = self._told, True
        if not told:
            self.arrived.emit()

    def _post(self, what: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the window is closing, too
            self._loop.call_soon_threadsafe(what)

    def _spawn(self, errand: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(_quiet(errand))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    def _try_now(self) -> None:
        if self._bus is not None:
            self._bus.try_now()

    def _errand(
        self, request: str, work: Callable[[Bus], Coroutine[Any, Any, Reply | None]]
    ) -> None:
        async def run() -> None:
            reply, error = None, None
            try:
                if self._bus is None:
                    raise DisconnectedError("no address is known yet")
                reply = await work(self._bus)
            except ContractError as refused:
                error = refused
            self.answered.emit(Answer(request, reply, error))

        self._post(lambda: self._spawn(run()))

    async def _write(
        self, bus: Bus, document: Document[Any], value: Any, expect: int | None
    ) -> None:
        self._own.may_write()
        await bus.write(document, value, expect=expect)

    async def _send(self, bus: Bus, command: Command[Any], value: Any) -> Reply:
        self._own.may_write()
        return await bus.send(command, value)


async def _quiet(errand: Coroutine[Any, Any, None]) -> None:
    # The link itself shows that the server is away; whoever asked for an answer has got it.
    with contextlib.suppress(ContractError):
        await errand
