"""What a bus listens to: per channel, how a push is read and how it is made whole again.

Topics do no I/O: they say what to ask the server for and take its answers, so that any number of
them is made whole in one or two round trips.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from redis.exceptions import ResponseError

from qt_trade.contract.codec import Codec
from qt_trade.contract.conflict import digest
from qt_trade.contract.endpoints import Document, Feed, Log
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.line import Words

T = TypeVar("T")

DIGITS_MAX = 14
"""A revision with more digits is nonsense; the scripts count alike."""
ANEW = b"0-0 "
"""Pushed on a log's channel when the log was begun anew."""


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
    """Entries in order. ``fresh``: they replace what was known; ``gap``: some were missed.

    A batch after a gap is always fresh.
    """

    key: str
    entries: tuple[Entry[T], ...]
    fresh: bool
    gap: bool


RawEntry = tuple[bytes, Sequence[bytes]]
"""An entry as the server tells it: its id, and names and values in turn."""
Refuse = Callable[[InvalidMessageError, bytes], None]


class Topic(Protocol):
    """One thing listened to."""

    channel: str
    pattern: bool
    keyspace: bool

    def push(self, data: bytes, channel: bytes) -> bool:
        """Take a message of a channel; True: the state must be read again."""
        ...

    def ask(self) -> Sequence[Words]:
        """Return the questions for the present state; none where there is no such."""
        ...

    def take(self, answers: Sequence[Any], /) -> bool:
        """Take the answers and deliver what differs from the last known; True: ask again."""
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
        seen: Callable[[int, bytes | None], None],
    ) -> None:
        self.channel = document.key(part)
        self.keyspace = document.noticed
        self._keys = document.keys(part)
        self._seen = seen
        self._codec = codec
        self._deliver = deliver
        self._refuse = refuse
        self._known: tuple[int, bytes | None] | None = None

    def push(self, data: bytes, _channel: bytes) -> bool:
        head, _, body = data.partition(b" ")
        if not head.isdigit() or len(head) > DIGITS_MAX:
            self._refuse(InvalidMessageError(self.channel, "$", "no revision in this push"), data)
            return False
        revision = int(head)
        if self._known is None or revision > self._known[0]:
            self._take(revision, body or None)
            return False
        # Readings and pushes keep their order: one that falls back says that the counter was lost.
        return (revision, body or None) != self._known

    def ask(self) -> Sequence[Words]:
        return (("MGET", *self._keys),)

    def take(self, answers: Sequence[Any], /) -> bool:
        (answer,) = answers
        if isinstance(answer, ResponseError):
            invalid = InvalidMessageError(self.channel, "$", str(answer))
            self._refuse(invalid, b"")
            self._deliver(Change(self.channel, None, 0, invalid))
            return False
        body = answer[0]
        found: tuple[int, bytes | None] = (revision_of(answer), body)
        if found != self._known:
            self._take(*found)
        return False

    def _take(self, revision: int, body: bytes | None) -> None:
        self._known = (revision, body)
        self._seen(revision, body)
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
    """A subscribed feed: latest wins; nothing to make whole.

    A reader who keeps up gets every message. Of those that have piled up meanwhile he gets the
    latest of each part, the others are skipped unread and counted (``skip``); so what waits is
    never more than one message per part. With ``every`` nothing is skipped.
    """

    keyspace = False

    def __init__(
        self,
        feed: Feed[T],
        part: str,
        codec: Codec[T],
        deliver: Callable[[T], None],
        refuse: Refuse,
        queue: "FeedQueue",
    ) -> None:
        self.channel = feed.key(part)
        self.pattern = part == "*"
        self._codec = codec
        self._deliver = deliver
        self._refuse = refuse
        self._queue = queue
        self._latest: dict[bytes, bytes] = {}

    def push(self, data: bytes, channel: bytes) -> bool:
        if self._queue.every:
            self._take(data)
            return False
        if not self._latest:
            self._queue.at_rest(self.channel, self._take_latest)
        elif self._latest.pop(channel, None) is not None:
            self._queue.skip()
        self._latest[channel] = data
        return False

    def ask(self) -> Sequence[Words]:
        """Ask nothing: a feed keeps no past."""
        return ()

    def take(self, _answers: Sequence[Any], /) -> bool:
        """Need nothing."""
        return False

    def _take_latest(self) -> None:
        try:
            while self._latest:
                self._take(self._latest.pop(next(iter(self._latest))))
        finally:
            if self._latest:  # the reader has failed at one; the others are his all the same
                self._queue.at_rest(self.channel, self._take_latest)

    def _take(self, data: bytes) -> None:
        try:
            value = self._codec.decode(data)
        except InvalidMessageError as invalid:
            self._refuse(invalid, data)
        else:
            self._deliver(value)


@dataclass(frozen=True, slots=True)
class FeedQueue:
    """How a feed's messages wait for their reader.

    ``at_rest``: calls back once all that has arrived is sorted. ``skip``: counts one that was
    skipped. ``every``: none may be.
    """

    at_rest: Callable[[str, Callable[[], object]], None]
    skip: Callable[[], None]
    every: bool


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
        after: str,
    ) -> None:
        self.channel = log.key(part)
        self._codec = codec
        self._deliver = deliver
        self._refuse = refuse
        self._last = last
        self._position = _position(after.encode()) if after else None
        if after and self._position is None:
            raise ValueError(
                f"{log.name}: {after!r} is no id of an entry, such as 1526919030474-55"
            )
        self._asked: tuple[int, int] | None = None
        self._asking = False
        self._gap = False

    def push(self, data: bytes, _channel: bytes) -> bool:
        if data == ANEW:
            self._position = None
            return True
        head, _, body = data.partition(b" ")
        position = _position(head)
        if position is None:
            self._refuse(InvalidMessageError(self.channel, "$", "no entry id in this push"), data)
        elif self._asking:
            pass  # it stands in the log already, and the answer brings it
        elif self._position is None or position > self._position:
            self._hand_over([(head, (b"d", body))], fresh=False)
        return False

    def ask(self) -> Sequence[Words]:
        self._asking = True
        self._asked = self._position
        if self._asked is None:
            return (("XREVRANGE", self.channel, "+", "-", "COUNT", self._last),)
        after = f"({self._asked[0]}-{self._asked[1]}"
        return (
            ("XRANGE", self.channel, "-", "+", "COUNT", 1),
            ("XREVRANGE", self.channel, "+", "-", "COUNT", 1),
            ("XRANGE", self.channel, after, "+"),
        )

    def take(self, answers: Sequence[Any], /) -> bool:
        self._asking = False
        problem = next((one for one in answers if isinstance(one, ResponseError)), None)
        if problem is not None:
            self._refuse(InvalidMessageError(self.channel, "$", str(problem)), b"")
            return False
        if self._asked is None:
            self._hand_over(answers[0][::-1], fresh=True)
            return False
        if self._position is None:  # begun anew meanwhile
            return True
        oldest, newest, missed = answers
        if newest and _id(oldest) <= self._position <= _id(newest):
            self._hand_over(missed, fresh=False)
            return False
        # Trimmed past the last entry seen, or emptied: nobody knows what was missed.
        self._position = None
        self._gap = True
        return True

    def _hand_over(self, raw: Sequence[RawEntry], *, fresh: bool) -> None:
        if raw:
            self._position = _id(raw[-1:])
        entries = decode_entries(raw, self._codec, self._refuse)
        gap, self._gap = self._gap, False
        if entries or fresh:
            self._deliver(Batch(self.channel, entries, fresh, gap))


def revision_of(stands: Sequence[bytes | None]) -> int:
    """Return the revision of what stands at a document's keys; what is no number counts as none.

    What a stranger wrote counts as one revision more than the last of our own.
    """
    body, revision, *own = (*stands, None) if len(stands) == 1 else stands
    number = 0
    if revision is not None and revision.isdigit() and len(revision) <= DIGITS_MAX:
        number = int(revision)
    foreign = bool(own) and (own[0] or b"").decode("ascii", "replace") != digest(body)
    return number + foreign


def _id(entries: Sequence[RawEntry]) -> tuple[int, int]:
    milliseconds, _, sequence = entries[0][0].partition(b"-")
    return int(milliseconds), int(sequence)


def _position(text: bytes) -> tuple[int, int] | None:
    milliseconds, _, sequence = text.partition(b"-")
    if milliseconds.isdigit() and sequence.isdigit():
        return int(milliseconds), int(sequence)
    return None


def fields_of(flat: Sequence[bytes]) -> dict[bytes, bytes]:
    """Return the fields of a stream's entry."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


def decode_entries(
    raw: Iterable[RawEntry], codec: Codec[T], refuse: Refuse
) -> tuple[Entry[T], ...]:
    """Return the entries that fit; the others go to ``refuse``."""
    entries: list[Entry[T]] = []
    for entry_id, flat in raw:
        body = fields_of(flat).get(b"d", b"")
        try:
            entries.append(Entry(entry_id.decode(), codec.decode(body)))
        except InvalidMessageError as invalid:
            refuse(invalid, body)
    return tuple(entries)
