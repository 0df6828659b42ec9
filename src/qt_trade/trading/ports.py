"""What trading needs from outside; wiring proves that each adapter fits."""

from collections.abc import Sequence
from typing import Protocol

from qt_trade.model.journal import JournalRecord
from qt_trade.model.orders import BrokerAck, BrokerEvent, BrokerOrder
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
    """Where approved orders go. A time-out or a cut connection raises; the order is UNKNOWN."""

    async def submit(self, approved: Approved) -> BrokerAck:
        """Send an order. The same order id again returns the same answer, never a second order."""
        ...

    async def cancel(self, order_id: str) -> BrokerAck:
        """Ask for a cancel; the end of the order itself arrives as an event."""
        ...

    async def orders(self) -> Sequence[BrokerOrder]:
        """Return every order the broker knows of that this account may still care about."""
        ...

    def take_events(self) -> list[BrokerEvent]:
        """Return what happened since the last call, oldest first."""
        ...
