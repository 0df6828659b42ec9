"""A log in Redis whose writer knows what it must hold: whole again after any loss, never doubled."""

from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Generic, Protocol, TypeVar

from qt_trade.contract.endpoints import Log
from qt_trade.contract.topics import Entry

T = TypeVar("T")


class Logging(Protocol):
    """Where logs go; the bus is one. Every method raises DisconnectedError."""

    async def append(self, log: Log[T], value: T) -> str:
        """Append an entry and return its id."""
        ...

    async def replace(self, log: Log[T], values: Iterable[T]) -> None:
        """Begin a log anew with these entries."""
        ...

    async def entries(self, log: Log[T], *, last: int) -> tuple[Entry[T], ...]:
        """Return the last entries, oldest first."""
        ...


class KeptLog(Generic[T]):
    """Appends what is added; compares and mends whenever it is not sure what arrived.

    ``identity`` names an entry, so that one whose answer was lost is recognised.
    """

    def __init__(self, bus: Logging, log: Log[T], identity: Callable[[T], str]) -> None:
        self._bus = bus
        self._log = log
        self._identity = identity
        self._known: dict[str, T] = {}
        self._waiting: deque[T] = deque()
        self._sure = False

    @property
    def known(self) -> tuple[T, ...]:
        """What the log must hold, oldest first."""
        return tuple(self._known.values())

    @property
    def last(self) -> T | None:
        """The newest entry it must hold."""
        return next(reversed(self._known.values()), None)

    def add(self, value: T) -> None:
        """Take a new entry; ``write`` sends it."""
        self._remember(value)
        self._waiting.append(value)

    def begin(self, values: Iterable[T]) -> None:
        """Take what the log must hold already."""
        for value in values:
            self._remember(value)

    def doubt(self) -> None:
        """Look at what is there before the next write: the server was away."""
        self._sure = False

    async def write(self) -> None:
        """Make the log hold what it must. Raises DisconnectedError; then call it again."""
        if not self._sure:
            await self._mend()
        while self._waiting:
            self._sure = False
            await self._bus.append(self._log, self._waiting[0])
            self._waiting.popleft()
            self._sure = True

    async def _mend(self) -> None:
        kept = await self._bus.entries(self._log, last=self._log.cap)
        there = [self._identity(entry.value) for entry in kept]
        ours = list(self._known)
        if there == ours[: len(there)] and (there or not ours):
            self._waiting = deque(islice(self._known.values(), len(there), None))
        elif not ours or there[-len(ours) :] != ours:
            # Another account's, or trimmed past what can be told apart, or lost.
            self._waiting.clear()
            await self._bus.replace(self._log, list(self._known.values()))
        else:
            self._waiting.clear()
        self._sure = True

    def _remember(self, value: T) -> None:
        self._known[self._identity(value)] = value
        while len(self._known) > self._log.cap:
            del self._known[next(iter(self._known))]
