"""What a bus listens to: per channel, how a push is read and how it is made whole again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from redis.asyncio import Redis

from qt_trade.contract.codec import Codec
from qt_trade.contract.endpoints import Document, Feed, Log
from qt_trade.contract.errors import InvalidMessageError

T = TypeVar("T")

REVISION_PREFIX = "rev:"


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """The state of a document now. ``value`` is None when there is none, or ``error`` says why."""

    key: str
    value: T | None
    revision: int
    error: InvalidMessageError | None


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """One entry of a log."""

    entry_id: str
    value: T


@dataclass(frozen=True, slots=True)
class Batch(Generic[T]):
    """Entries in order. ``fresh``: they replace what was known; ``gap``: some were missed."""

    key: str
    entries: tuple[Entry[T], ...]
    fresh: bool
    gap: bool


Refuse = Callable[[InvalidMessageError, bytes], None]


class Topic(Protocol):
    """One thing listened to."""

    channel: str
    pattern: bool
    keyspace: bool

    def push(self, data: bytes) -> None:
        """Take a message of the channel."""
        ...

    async def resync(self, redis: "Redis") -> None:
        """Read the present state and deliver what differs from the last known."""
        ...


class DocumentTopic(Generic[T]):
    """A watched document: delivers every change once, in order of revision."""

    pattern = False

    def __init__(
        self,
        document: Document[T],
        part: str,
        codec: Codec[T],
        deliver: Callable[[Change[T]], None],
        refuse: Refuse,
    ) -> None:
        self.channel = document.key(part)
        self.keyspace = document.foreign_writers
        self._codec = codec
        self._deliver = deliver
        self._refuse = refuse
        self._known: tuple[int, bytes | None] | None = None

    def push(self, data: bytes) -> None:
        head, _, body = data.partition(b" ")
        revision = int(head)
        if self._known is None or revision > self._known[0]:
            self._take(revision, body or None)

    async def resync(self, redis: "Redis") -> None:
        answer: Any = await redis.mget(self.channel, REVISION_PREFIX + self.channel)
        body, revision = answer
        found: tuple[int, bytes | None] = (int(revision or 0), body)
        if found != self._known:
            self._take(*found)

    def _take(self, revision: int, body: bytes | None) -> None:
        self._known = (revision, body)
        value: T | None = None
        error: InvalidMessageError | None = None
        if body is not None:
            try:
                value = self._codec.decode(body)
            except InvalidMessageError as invalid:
                error = invalid
                self._refuse(invalid, body)
        self._deliver(Change(self.channel, value, revision, error))


class FeedTopic(Generic[T]):
    """A subscribed feed: whatever arrives, latest wins; nothing to make whole."""

    keyspace = False

    def __init__(
        self,
        feed: Feed[T],
        part: str,
        codec: Codec[T],
        deliver: Callable[[T], None],
        refuse: Refuse,
    ) -> None:
        self.channel = feed.key(part)
        self.pattern = part == "*"
        self._codec = codec
        self._deliver = deliver
        self._refuse = refuse

    def push(self, data: bytes) -> None:
        try:
            value = self._codec.decode(data)
        except InvalidMessageError as invalid:
            self._refuse(invalid, data)
            return
        self._deliver(value)

    async def resync(self, redis: "Redis") -> None:
        """Do nothing: a feed keeps no past."""


class LogTopic(Generic[T]):
    """A followed log: first the last entries, then each new one, gaps told."""

    pattern = False
    keyspace = False

    def __init__(
        self,
        log: Log[T],
        part: str,
        codec: Codec[T],
        deliver: Callable[[Batch[T]], None],
        refuse: Refuse,
        last: int,
    ) -> None:
        self.channel = log.key(part)
        self._codec = codec
        self._deliver = deliver
        self._refuse = refuse
        self._last = last
        self._position: tuple[int, int] | None = None

    def push(self, data: bytes) -> None:
        head, _, body = data.partition(b" ")
        if self._position is None or _id(head) > self._position:
            self._hand_over([(head, {b"d": body})], fresh=False, gap=False)

    async def resync(self, redis: "Redis") -> None:
        if self._position is not None:
            oldest: Any = await redis.xrange(self.channel, count=1)
            newest: Any = await redis.xrevrange(self.channel, count=1)
            if newest and _id(newest[0][0]) >= self._position:
                after = f"({self._position[0]}-{self._position[1]}"
                missed: Any = await redis.xrange(self.channel, min=after)
                self._hand_over(missed, fresh=False, gap=_id(oldest[0][0]) > self._position)
                return
        entries: Any = await redis.xrevrange(self.channel, count=self._last)
        gap = self._position is not None
        self._hand_over(list(reversed(entries)), fresh=True, gap=gap)

    def _hand_over(
        self, raw: list[tuple[bytes, dict[bytes, bytes]]], *, fresh: bool, gap: bool
    ) -> None:
        if raw:
            self._position = _id(raw[-1][0])
        entries = decode_entries(raw, self._codec, self._refuse)
        if entries or fresh or gap:
            self._deliver(Batch(self.channel, entries, fresh, gap))


def _id(text: bytes) -> tuple[int, int]:
    milliseconds, _, sequence = text.partition(b"-")
    return int(milliseconds), int(sequence)


def decode_entries(
    raw: list[tuple[bytes, dict[bytes, bytes]]], codec: Codec[T], refuse: Refuse
) -> tuple[Entry[T], ...]:
    """Return the entries that fit; the others go to ``refuse``."""
    entries: list[Entry[T]] = []
    for entry_id, fields in raw:
        body: Any = fields.get(b"d", b"")
        try:
            entries.append(Entry(entry_id.decode(), codec.decode(body)))
        except InvalidMessageError as invalid:
            refuse(invalid, body)
    return tuple(entries)
