"""Carries an emergency to its end: goes after what is left, asks the broker, shows it, proves it."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Protocol

from qt_trade.contract import registry
from qt_trade.contract.errors import ContractError, DisconnectedError
from qt_trade.contract.payloads.emergency import EmergencyReceipt, EmergencyStatus
from qt_trade.kit.logs import get_logger
from qt_trade.model.broker_account import BrokerAccount
from qt_trade.model.journal import JournalAwayError
from qt_trade.model.money import Usd
from qt_trade.model.orders import BrokerOrder
from qt_trade.model.shares import value_of
from qt_trade.roles.engine.books_desk import Publishing
from qt_trade.roles.engine.dealer import Dealer, UnfitError
from qt_trade.roles.engine.documents import Stamp
from qt_trade.roles.engine.emergency_documents import Open, Scene, receipt, status
from qt_trade.roles.engine.emergency_story import Stories, Story
from qt_trade.roles.engine.kept_log import KeptLog, Logging
from qt_trade.trading.events import Event
from qt_trade.trading.steps import Step

LOOK_S = 1.0
"""How often the broker is asked while an emergency is being carried out, and only then: the proof
is what it says when asked, and what a stranger does there nobody pushes."""

SETTLED_S = 10.0
"""After its start: until then an engine that has just lost the lead may still have written."""

HashOf = Callable[[str], Awaitable[str]]
"""Returns the journal's hash of the end of the emergency of a command id."""


class Telling(Publishing, Logging, Protocol):
    """Where its documents and its receipts go; the bus is one."""


class EmergencyDesk:
    """``apart``: the least time between the two answers of the broker that prove the end."""

    def __init__(
        self, bus: Telling, dealer: Dealer, stamp: Stamp, apart: timedelta, hash_of: HashOf
    ) -> None:
        self._bus = bus
        self._dealer = dealer
        self._stamp = stamp
        self._apart = apart
        self._hash_of = hash_of
        self._stories = Stories()
        self._ended: deque[Story] = deque()
        self._receipts: KeptLog[EmergencyReceipt] = KeptLog(
            bus, registry.EMERGENCY_RECEIPTS, _command_of
        )
        self._open: Open | None = None
        self._failed = ""
        self._due = asyncio.Event()
        self._log = get_logger()

    def begin(self, events: Iterable[Event]) -> None:
        """Take in the journal of the account as it was at the start."""
        self._ended.extend(self._stories.take_all(events))

    def on_step(self, step: Step) -> None:
        """Hear of a step that is in the journal."""
        self._ended.extend(self._stories.take_all(step.events))
        # A look whose step found nothing must not be the reason for the next.
        if step.events and self._stories.last is not None:
            self._due.set()

    async def run(self) -> None:
        """Pursue, ask, write until cancelled."""
        self._bus.on_doubt(self._on_doubt)
        self._due.set()
        # A receipt that the engine before wrote at the same moment stands there twice.
        settled = asyncio.get_running_loop().call_later(SETTLED_S, self._on_doubt)
        try:
            await self._keep_writing()
        finally:
            settled.cancel()

    async def _keep_writing(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S if self._running else None):
                    await self._due.wait()
            self._due.clear()
            await self._look()
            await self._write()

    @property
    def _running(self) -> bool:
        return self._dealer.core.account.emergency is not None or bool(self._ended)

    def _on_doubt(self) -> None:
        self._receipts.doubt()
        self._due.set()

    async def _look(self) -> None:
        """Go after what is left, and have the broker's answer journalled."""
        if self._dealer.core.account.emergency is None:
            return
        try:
            await self._dealer.act(lambda core, now: core.attend(now))
            orders, theirs = await self._dealer.broker_state()
            self._count(orders, theirs)
            open_ = self._open
            if open_ is not None:
                await self._dealer.act(
                    lambda core, now: core.count(open_.positions, open_.orders, self._apart, now)
                )
        except (OSError, TimeoutError) as away:
            self._failed = f"the broker cannot be asked: {away}"
        except (JournalAwayError, UnfitError) as away:
            self._failed = f"nothing can be kept: {away}"
        else:
            self._failed = ""
        if self._failed:
            self._log.warning("emergency.waits", words=self._failed)

    def _count(self, orders: Iterable[BrokerOrder], theirs: BrokerAccount) -> None:
        book = self._dealer.core.book(self._dealer.now())
        marks = [(book.mark(symbol), line) for symbol, line in theirs.positions.items()]
        values = [abs(value_of(mark, line.quantity)) for mark, line in marks if mark is not None]
        self._open = Open(
            at=self._stamp.wall.now(),
            positions=len(theirs.positions),
            orders=sum(one.status.open for one in orders),
            exposure=Usd(sum(values)) if len(values) == len(marks) else None,
        )

    async def _write(self) -> None:
        try:
            await self._bus.write(registry.EMERGENCY_STATUS, self.document())
            while self._ended:
                story = self._ended[0]
                hash_ = await self._hash_of(story.command_id)
                self._receipts.add(receipt(self._stamp, story, hash_))
                self._ended.popleft()
            await self._receipts.write()
        except DisconnectedError:
            pass  # the link tells when it is back, and then all is written anew
        except JournalAwayError as away:
            self._log.warning("emergency.receipt_waits", words=str(away))
        except ContractError as refused:
            self._log.error("emergency.refused", words=str(refused))

    def document(self) -> EmergencyStatus:
        """Return ``backend:emergency_status``."""
        now = self._dealer.now()
        book = self._dealer.core.book(now)
        story = self._stories.last
        known = self._open
        if story is None or (known is not None and known.at < story.began.at):
            known = None
        scene = Scene(
            account=book.account,
            market_open=book.market.open,
            market_words=book.market.words,
            open=known,
            failed=self._failed,
        )
        return status(self._stamp, story, scene)


def _command_of(line: EmergencyReceipt) -> str:
    return line.command_id
