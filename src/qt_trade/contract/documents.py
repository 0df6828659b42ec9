"""Documents as they stand in Redis: value, revision and digest, read and written in one step."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from qt_trade.contract import scripts
from qt_trade.contract.caller import Caller
from qt_trade.contract.codec import Codec
from qt_trade.contract.conflict import changed_fields, digest, writer_of
from qt_trade.contract.endpoints import Document
from qt_trade.contract.errors import ConflictError, InvalidMessageError
from qt_trade.contract.topics import Refuse, revision_of
from qt_trade.kit.clock import monotonic

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Versioned(Generic[T]):
    """A document's value and the revision to write on top of."""

    value: T
    revision: int


class CodecOf(Protocol):
    """Whoever has the codecs."""

    def __call__(self, document: Document[T], /) -> Codec[T]: ...


class Documents:
    """Reads and writes; raises what the bus promises. ``on_latency``: told of round trips, in ms."""

    def __init__(
        self, caller: Caller, codec_of: CodecOf, refuse: Refuse, on_latency: Callable[[float], None]
    ) -> None:
        self._caller = caller
        self._codec_of = codec_of
        self._refuse = refuse
        self._on_latency = on_latency
        # What this program last saw of the documents it shares with strangers, who may write
        # twice without a revision between.
        self._seen: dict[str, tuple[int, bytes | None]] = {}

    async def read(self, document: Document[T], part: str) -> Versioned[T] | None:
        """Return what stands there, None when there is nothing."""
        stands = await self._caller.call("MGET", *document.keys(part))
        body, revision = stands[0], revision_of(stands)
        self.note(document, part, revision, body)
        if body is None:
            return None
        try:
            return Versioned(self._codec_of(document).decode(body), revision)
        except InvalidMessageError as invalid:
            self._refuse(invalid, body)
            raise

    async def write(
        self, document: Document[T], value: T, part: str, expect: int | None, base: T | None
    ) -> int:
        """Write, push and return the revision; a plain document has none and is not pushed."""
        data = self._codec_of(document).encode(value)
        keys = document.keys(part)
        if document.plain:
            return await self._write_plain(keys[0], data, _lifetime(document))
        expected = "" if expect is None else str(expect)
        if document.foreign_writers:
            known = self._known(keys[0], expect)
            work = self._caller.run(scripts.WRITE_SHARED, keys, data, expected, known)
        else:
            work = self._caller.run(scripts.WRITE, keys, data, expected, _lifetime(document))
        written, revision, *there = await work
        if not written:
            conflict = ConflictError(keys[0], expect or 0, revision)
            started_from = value if base is None else base
            raise self._named(conflict, document, there[0], started_from)
        self.note(document, part, revision, data)
        return int(revision)

    async def write_many(
        self, document: Document[T], values: Iterable[tuple[str, T]]
    ) -> tuple[int, ...]:
        """Write members of a family, or one document again and again, and return the revisions."""
        written, lifetime = tuple(values), _lifetime(document)
        encoded = self._codec_of(document).encode_many([value for _, value in written])
        calls = [
            (document.keys(part), (data, "", lifetime))
            for (part, _), data in zip(written, encoded, strict=True)
        ]
        answers = await self._caller.run_all(scripts.WRITE, calls)
        return tuple(answer[1] for answer in answers)

    async def delete(self, document: Document[Any], part: str) -> None:
        """Remove it; unless it is plain its watchers are told."""
        if document.plain:
            await self._caller.call("DEL", document.key(part))
            return
        script = scripts.DELETE_SHARED if document.foreign_writers else scripts.DELETE
        await self._caller.run(script, document.keys(part), _lifetime(document))

    def note(self, document: Document[Any], part: str, revision: int, body: bytes | None) -> None:
        """Remember what this program has seen of a document that is shared with strangers."""
        if document.foreign_writers:
            self._seen[document.key(part)] = revision, body

    async def _write_plain(self, key: str, data: bytes, lifetime: str) -> int:
        started = monotonic()
        await self._caller.call("SET", key, data, *(("PX", lifetime) if lifetime else ()))
        # A heartbeat is a round trip: nobody who keeps a session alive need ping.
        self._on_latency((monotonic() - started) * 1000)
        return 0

    def _known(self, key: str, revision: int | None) -> str:
        """Return the digest of what was seen at a revision, "-" where it is not known."""
        seen = self._seen.get(key)
        return digest(seen[1]) if seen is not None and seen[0] == revision else "-"

    def _named(
        self, conflict: ConflictError, document: Document[T], body: bytes | None, base: T
    ) -> ConflictError:
        if body is None:
            return conflict
        try:
            theirs = self._codec_of(document).decode(body)
        except InvalidMessageError:  # a stranger's nonsense; whoever watches the key reports it
            return conflict
        writer, fields = writer_of(theirs), changed_fields(base, theirs)
        return ConflictError(conflict.key, conflict.expected, conflict.found, writer, fields)


def _lifetime(document: Document[Any]) -> str:
    return "" if document.ttl_s is None else str(int(document.ttl_s * 1000))
