"""A watched family of documents: all there are at first, then each that is written or goes.

Who writes a member need know nothing of us: the server itself tells what became of its key.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from qt_trade.contract.codec import Codec
from qt_trade.contract.endpoints import Document
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.line import Words
from qt_trade.contract.topics import Refuse, Topic

T = TypeVar("T")

SCAN_COUNT = 1000
"""Keys the server looks at per question; a large one is asked several times."""
PUSHED = b"push"
_CHANGES = frozenset({PUSHED, b"set", b"del", b"expired", b"evicted", b"rename_from", b"rename_to"})
_EXPIRED = b"expired"


@dataclass(frozen=True, slots=True)
class Members(Generic[T]):
    """Members by the part that fills the braces; None: it is gone, or cannot be read.

    ``whole``: these are all there are, because the connection is new. ``expired``: those of the
    gone whose time ran out.
    """

    parts: Mapping[str, T | None]
    whole: bool
    expired: frozenset[str]


@runtime_checkable
class KeysTopic(Topic, Protocol):
    """A topic of many keys: it is told which of them something happened to."""

    def tell(self, key: str, event: bytes) -> bool:
        """Take an event of a key; True: the state must be read."""
        ...


class FamilyTopic(Generic[T]):
    """All members of a family of documents.

    What cannot be read is refused once and not at each heartbeat of its writer.
    """

    pattern = True
    keyspace = True

    def __init__(
        self,
        document: Document[T],
        codec: Codec[T],
        deliver: Callable[[Members[T]], None],
        refuse: Refuse,
    ) -> None:
        self._head = document.key("*").removesuffix("*")
        self.channel = document.key("*")
        self._codec = codec
        self._deliver = deliver
        self._refuse = refuse
        self._cursor: int | None = None
        self._found: set[str] = set()
        self._dirty: dict[str, bytes] = {}
        self._asked: tuple[str, ...] = ()
        self._answered = True
        self._refused: dict[str, str] = {}

    def tell(self, key: str, event: bytes) -> bool:
        if event not in _CHANGES:
            return False
        # A push says only that something was written: what the server says of the key is better.
        if event is not PUSHED or key not in self._dirty:
            self._dirty[key] = event
        return self._answered  # else the answer under way leads to the next question

    def push(self, _data: bytes, _channel: bytes) -> bool:
        """Need no message itself: ``tell`` hears of every key."""
        return False

    def ask(self) -> Sequence[Words]:
        if not self._answered or (self._cursor is None and not self._dirty):
            # New, or the connection broke before the last answer: look at all there is.
            self._cursor = 0
            self._found.clear()
            self._dirty.clear()
        self._answered = False
        if self._cursor is not None:
            return (("SCAN", self._cursor, "MATCH", self.channel, "COUNT", SCAN_COUNT),)
        self._asked = tuple(self._dirty)
        return (("MGET", *self._asked),)

    def take(self, answers: Sequence[Any], /) -> bool:
        (answer,) = answers
        self._answered = True
        if isinstance(answer, Exception):
            self._cursor = None
            self._dirty.clear()
            self._refuse(InvalidMessageError(self.channel, "$", str(answer)), b"")
            return False
        if self._cursor is not None:
            return self._take_keys(answer)
        self._hand_over(dict(zip(self._asked, answer, strict=True)))
        return bool(self._dirty)

    def _take_keys(self, answer: Any) -> bool:
        cursor, keys = answer
        self._found.update(key.decode("utf-8", "replace") for key in keys)
        self._cursor = int(cursor) or None
        if self._cursor is None and not self._found:
            self._deliver(Members({}, whole=True, expired=frozenset()))
            return bool(self._dirty)
        if self._cursor is None:
            self._dirty = dict.fromkeys(sorted(self._found), PUSHED) | self._dirty
        return True

    def _hand_over(self, bodies: Mapping[str, bytes | None]) -> None:
        expired = {key for key in bodies if self._dirty.pop(key, PUSHED) == _EXPIRED}
        whole, self._found = bool(self._found), set()
        parts = {key.removeprefix(self._head): self._read(key, bodies[key]) for key in bodies}
        gone = frozenset(key.removeprefix(self._head) for key in expired if bodies[key] is None)
        self._deliver(Members(parts, whole, gone))

    def _read(self, key: str, body: bytes | None) -> T | None:
        reason = ""
        value: T | None = None
        if body is not None:
            try:
                value = self._codec.decode(body)
            except InvalidMessageError as invalid:
                reason = f"{invalid.path}: {invalid.reason}"
                if self._refused.get(key) != reason:
                    self._refuse(InvalidMessageError(key, invalid.path, invalid.reason), body)
        if reason:
            self._refused[key] = reason
        else:
            self._refused.pop(key, None)
        return value
