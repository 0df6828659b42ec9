"""Holds our books against the broker's: at the start, every minute, and when the line is back."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from qt_trade.contract import registry
from qt_trade.contract.endpoints import Document
from qt_trade.contract.errors import ContractError, DisconnectedError
from qt_trade.contract.payloads.reconciliation import Adoption, Difference, Reconciliation
from qt_trade.kit.logs import get_logger
from qt_trade.model.broker_account import BrokerAccount
from qt_trade.model.journal import JournalAwayError
from qt_trade.model.money import format_usd, to_cent, to_decimal
from qt_trade.model.shares import format_shares
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.engine.documents import SOURCE, BrokerSide, Stamp
from qt_trade.roles.engine.status import Board
from qt_trade.trading import book_events as b
from qt_trade.trading.events import Event
from qt_trade.trading.reconcile_account import Difference as Doubt
from qt_trade.trading.steps import Step

LOOK_S = 60.0
LOOK_AGAIN_S = 5.0
"""After a look that failed or found something unexplained: long enough for news to arrive."""
ADOPTIONS_SHOWN = 50
TROUBLE = "books"
_DOUBTED = "it may be on its way; it is looked at again in seconds"


T = TypeVar("T")


class Publishing(Protocol):
    """Where documents go; the bus is one."""

    async def write(self, document: Document[T], value: T) -> int:
        """Write a document and return its revision. Raises ContractError."""
        ...

    def on_doubt(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` whenever what was written before may be gone."""
        ...


class BooksDesk:
    """Looks, and tells what it saw. ``broker``: its name for people."""

    def __init__(
        self, bus: Publishing, dealer: Dealer, board: Board, stamp: Stamp, broker: str
    ) -> None:
        self._bus = bus
        self._dealer = dealer
        self._board = board
        self._stamp = stamp
        self._broker = broker
        self._listeners: list[Callable[[], None]] = []
        self._adopted: deque[Adoption] = deque(maxlen=ADOPTIONS_SHOWN)
        self._since: dict[str, datetime] = {}
        self._theirs: BrokerAccount | None = None
        self._looked_at: datetime | None = None
        self._failed = ""
        self._due = asyncio.Event()
        self._log = get_logger()

    def begin(self, events: Iterable[Event]) -> None:
        """Take in the journal of the account as it was at the start."""
        for event in events:
            self._take(event)

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` whenever what is wrong with the books has changed."""
        self._listeners.append(listener)

    def on_step(self, step: Step) -> None:
        """Hear of a step that is in the journal."""
        for event in step.events:
            self._take(event)
            if isinstance(event, b.DifferenceAccepted):
                self._due.set()

    def look_now(self) -> None:
        """Look at once: the line to the broker is back, or something may have happened there."""
        self._due.set()

    @property
    def broker(self) -> BrokerSide:
        """What the broker said of itself at the last look."""
        theirs = self._theirs
        return BrokerSide(self._broker, () if theirs is None else theirs.restrictions.words)

    async def look(self) -> None:
        """Compare once, and write what came of it."""
        try:
            self._theirs = await self._dealer.compare_books()
        except (OSError, TimeoutError) as away:
            self._failed = f"the broker cannot be asked: {away}"
        except JournalAwayError as away:
            self._failed = f"nothing can be booked: {away}"
        else:
            self._failed, self._looked_at = "", self._stamp.wall.now()
        self._tell()
        await self._write()

    async def run(self) -> None:
        """Look again and again until cancelled."""
        self._bus.on_doubt(self._due.set)
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._rest_s()):
                    await self._due.wait()
            self._due.clear()
            await self.look()

    def _rest_s(self) -> float:
        return LOOK_AGAIN_S if self._failed or self._dealer.core.suspects else LOOK_S

    def _take(self, event: Event) -> None:
        words = adopted_words(event)
        if words:
            self._adopted.appendleft(Adoption(at=event.at, words=words))
        if isinstance(event, b.DiscrepancyFound):
            self._since.setdefault(event.key, event.at)
        elif isinstance(event, b.DiscrepancyEnded | b.DifferenceAccepted):
            self._since.pop(event.key, None)

    def _tell(self) -> None:
        found = self._dealer.core.account.unexplained
        words = "; ".join(one.words for one in found.values()) or self._failed or None
        if self._board.trouble(TROUBLE, words):
            for listener in self._listeners:
                listener()
            if words:
                self._log.error("books.differ", words=words)

    async def _write(self) -> None:
        try:
            await self._bus.write(registry.RECONCILIATION, self.document())
        except DisconnectedError:
            pass  # the link tells when it is back, and then we look again
        except ContractError as refused:
            self._log.error("books.refused", words=str(refused))

    def document(self) -> Reconciliation:
        """Return ``backend:reconciliation``."""
        core, theirs = self._dealer.core, self._theirs
        found, doubted = core.account.unexplained, core.suspects
        now = self._stamp.wall.now()
        differences = (
            *(self._line(one, one.words) for one in found.values()),
            *(self._line(one, _DOUBTED) for one in doubted if one.key not in found),
        )
        return Reconciliation(
            ts=now,
            source=SOURCE,
            feed=self._stamp.feed,
            account=self._stamp.account,
            broker=self._broker,
            checked_at=self._looked_at,
            matches=None if theirs is None else not differences,
            orders=len(core.account.open_orders),
            positions=0 if theirs is None else len(theirs.positions),
            cash=None if theirs is None else to_decimal(to_cent(theirs.cash)),
            differences=differences,
            adopted=tuple(self._adopted),
            words=self._words(),
        )

    def _line(self, one: b.DiscrepancyFound | Doubt, words: str) -> Difference:
        since = self._since.get(one.key, self._stamp.wall.now())
        return Difference(key=one.key, ours=one.ours, brokers=one.brokers, since=since, words=words)

    def _words(self) -> str:
        if self._failed:
            return self._failed
        if self._theirs is None:
            return "not compared yet"
        found = self._dealer.core.account.unexplained
        if found:
            return "nothing opens: " + "; ".join(one.words for one in found.values())
        return (
            "our books and the broker's agree"
            if not self._dealer.core.suspects
            else ("something differs; it is looked at again before anything is said")
        )


def adopted_words(event: Event) -> str:
    """Return what an event took over from the broker, empty where it took nothing."""
    match event:
        case b.ExternalFill(fill=fill):
            what = f"{fill.side} {format_shares(fill.quantity)} {fill.symbol}"
            return f"a trade that is not ours: {what} at {format_usd(fill.price)}"
        case b.CashAdjusted(kind=kind, amount=amount, words=words):
            return f"{kind.lower()} {format_usd(amount)}: {words}".rstrip(": ")
        case b.SharesAdjusted(symbol=symbol, quantity=quantity, words=words):
            return f"split of {symbol} by {format_shares(quantity)} shares: {words}".rstrip(": ")
        case b.BooksBegun(cash=cash, positions=positions):
            return f"the books begin with {format_usd(cash)} and {len(positions)} positions"
        case b.DifferenceAccepted(key=key, by=by, reason=reason):
            return f"{key} taken over by {by}: {reason}"
        case _:
            return ""
