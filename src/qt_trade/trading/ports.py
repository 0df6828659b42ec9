"""What trading needs from outside; wiring proves that each adapter fits."""

from collections.abc import Callable, Sequence
from typing import Protocol

from qt_trade.model.broker_account import BrokerAccount
from qt_trade.model.journal import JournalRecord
from qt_trade.model.orders import BrokerAck, BrokerEvent, BrokerOrder
from qt_trade.model.quotes import Quote
from qt_trade.model.verdicts import Approved


class Journal(Protocol):
    """The append-only memory of one account."""

    async def append(self, records: Sequence[JournalRecord]) -> None:
        """Store all records, in order, in one transaction.

        Raises JournalAwayError when surely none was stored, and JournalRefusesError when none ever
        will be; any other error, a lost lease among them, leaves it in doubt.
        """
        ...

    async def load(self) -> Sequence[JournalRecord]:
        """Return every record of the account, oldest first."""
        ...


class Broker(Protocol):
    """Where approved orders go.

    Errors are those of ``model.broker_errors``: ``submit``, ``cancel`` and ``replace`` raise
    AmbiguousAnswerError where the answer was lost and BrokerAwayError where nothing left; the rest raise BrokerAwayError alone. No order is ever
    sent under a second id.
    """

    @property
    def name(self) -> str:
        """The broker's name for people: ``paper``, ``Alpaca paper``, ``Alpaca``."""
        ...

    async def submit(self, approved: Approved) -> BrokerAck:
        """Send an order with its exits.

        The same order id again returns the same answer, never a second order.
        """
        ...

    async def replace(self, order_id: str, approved: Approved) -> BrokerAck:
        """Put an approved order in the place of an open one.

        Refused: the old one stays. Accepted: its end (REPLACED) arrives as an event.
        """
        ...

    async def cancel(self, order_id: str) -> BrokerAck:
        """Ask for a cancel; the end of the order itself arrives as an event."""
        ...

    async def order(self, order_id: str) -> BrokerOrder | None:
        """Return an order by its client order id, None when the broker surely has none."""
        ...

    async def orders(self) -> Sequence[BrokerOrder]:
        """Return every order the broker knows of that this account may still care about."""
        ...

    async def account(self) -> BrokerAccount:
        """Return cash, positions and what happened beside our orders."""
        ...

    def take_events(self) -> list[BrokerEvent]:
        """Return what happened since the last call, oldest first.

        The end of an order comes after all its fills, in whatever order the broker told them:
        what has ended is sold again, or its shares are.
        """
        ...

    def on_news(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` whenever there is something to take that no call of ours caused."""
        ...

    def on_quote(self, quote: Quote) -> list[BrokerEvent]:
        """Take a quote and return the news it made: a broker with a market of its own has none."""
        ...

    def on_session_close(self) -> list[BrokerEvent]:
        """Hear that the regular session closed, and return the news that made."""
        ...

    async def run(self) -> None:
        """Keep the line to the broker until cancelled."""
        ...
