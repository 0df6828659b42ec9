"""The four kinds of endpoint: Document, Feed, Log and Command."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")

BYTES_MAX = 65_536
"""The largest command, setting, quote or log entry; the largest of ours are far below."""
DOCUMENT_BYTES_MAX = 4_000_000
"""The largest document of the backend's: a year of bars, a market of symbols."""
REVISION_PREFIX = "rev:"
DIGEST_PREFIX = "sum:"


class Party(StrEnum):
    """Who stands at an endpoint. A frontend is a desktop, the CLI or a stranger's client."""

    STREAMER = "streamer"
    WORKER = "worker"
    BEAT = "beat"
    ENGINE = "engine"
    FRONTEND = "frontend"
    SUPERVISOR = "supervisor"
    VIEWS = "views"


EVERYBODY = frozenset(Party)
"""Who reads a key of which nothing else is said."""


class Framing(StrEnum):
    """How a payload stands in Redis: as a JSON document, or as a plain word."""

    JSON = "json"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[T]):
    """One key, or one family of keys with ``{PART}`` in the name.

    ``head``: what stands before the part; ``family``: whether there is one to fill in.
    """

    name: str
    payload: type[T]
    writers: frozenset[Party]
    what: str
    readers: frozenset[Party] = EVERYBODY
    head: str = field(init=False, repr=False, compare=False)
    family: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        head, brace, _ = self.name.partition("{")
        object.__setattr__(self, "head", head)
        object.__setattr__(self, "family", bool(brace))

    def key(self, part: str = "") -> str:
        """Return the Redis key; ``part`` fills the braces of a family."""
        if self.family is not bool(part):
            missing = "a part is missing" if self.family else "takes no part"
            raise ValueError(f"{self.name}: {missing}")
        return self.head + part

    @property
    def bytes_max(self) -> int:
        """How large a message may be; a larger one is neither written nor read."""
        return BYTES_MAX


@dataclass(frozen=True, slots=True)
class Document(Endpoint[T]):
    """A value with a revision, pushed on change.

    ``stale_after_s``: wall seconds after which the writer should have written again (None: only
    on change). ``ttl_s``: Redis drops the key when it is not renewed (None: kept). ``plain``: it
    has one writer, is written by SET alone, has no revision and is not pushed; a watcher hears of
    it by the server's own notifications.
    """

    stale_after_s: float | None = None
    ttl_s: float | None = None
    framing: Framing = Framing.JSON
    plain: bool = False

    @property
    def bytes_max(self) -> int:
        return BYTES_MAX if Party.FRONTEND in self.writers else DOCUMENT_BYTES_MAX

    @property
    def foreign_writers(self) -> bool:
        """Whether clients that know nothing of revisions may SET or DEL the key."""
        return Party.FRONTEND in self.writers and not self.family

    def stale(self, ts: datetime, now: datetime) -> bool:
        """Whether its writer, who wrote last at ``ts``, should have written again by ``now``."""
        return self.stale_after_s is not None and (now - ts).total_seconds() > self.stale_after_s

    @property
    def noticed(self) -> bool:
        """Whether a watcher needs the server's notifications to hear of every change."""
        return self.foreign_writers or self.plain

    def keys(self, part: str = "") -> tuple[str, ...]:
        """Return all keys of the document: value, revision, and where strangers write the digest.

        The digest is that of the last value of our own: what stands there unlike it is a
        stranger's, who left the revision as it was.
        """
        key = self.key(part)
        if self.plain:
            return (key,)
        companions = (
            (REVISION_PREFIX, DIGEST_PREFIX) if self.foreign_writers else (REVISION_PREFIX,)
        )
        return (key, *(prefix + key for prefix in companions))


@dataclass(frozen=True, slots=True)
class Feed(Endpoint[T]):
    """Latest wins, may drop, never queues. One Pub/Sub channel per part."""


@dataclass(frozen=True, slots=True)
class Log(Endpoint[T]):
    """An ordered, capped stream, resumable from an id. ``cap``: entries kept."""

    cap: int = 200


@dataclass(frozen=True, slots=True)
class Command(Endpoint[T]):
    """Delivered at least once, carried out exactly once by its id, always answered."""
