"""The bus: the one way in which QtTrade's programs speak to Redis."""

import asyncio
import contextlib
import random
import uuid
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

from redis.exceptions import RedisError

from qt_trade.contract import registry, scripts
from qt_trade.contract.caller import Caller
from qt_trade.contract.client import COMMAND_TIMEOUT_S, make_client, peer_of
from qt_trade.contract.codec import Codec
from qt_trade.contract.consumer import Consumer, Handler, Reject, TryAgainError
from qt_trade.contract.dead_letters import DeadLetterBox
from qt_trade.contract.documents import Documents, Versioned
from qt_trade.contract.endpoints import Command, Document, Endpoint, Feed, Framing, Log, Party
from qt_trade.contract.errors import (
    DisconnectedError,
    ForeignWriteError,
    InvalidMessageError,
    NoReplyError,
    RefusedError,
)
from qt_trade.contract.families import FamilyTopic, Members
from qt_trade.contract.gate import Gate
from qt_trade.contract.link import Link, LinkPhase, each_new_life
from qt_trade.contract.payloads.commands import DeadLetter, Reply
from qt_trade.contract.replies import REPLY, ReplyTopic
from qt_trade.contract.subscriber import Subscriber
from qt_trade.contract.topics import (
    ANEW,
    Batch,
    Change,
    DocumentTopic,
    Entry,
    FeedQueue,
    FeedTopic,
    LogTopic,
    Topic,
    decode_entries,
)
from qt_trade.kit.backoff import Backoff
from qt_trade.kit.clock import Clock, monotonic

__all__ = ["Batch", "Bus", "Change", "Entry", "TryAgainError", "Versioned"]

T = TypeVar("T")

RETRY_BASE_S = 0.05
RETRY_CEILING_S = 0.5
"""The ceiling keeps the promise to be whole within a second of the server's return."""
_SETTLED = (LinkPhase.CONNECTED, LinkPhase.REFUSED)


class Bus:
    """One connection to Redis for one party.

    Reads, writes and sends raise DisconnectedError while the server is away; watches, feeds,
    logs and served commands come back by themselves. Every message is validated both ways;
    what does not fit is refused, counted (``rejected``) and kept in ``contract:dead_letters``.
    """

    def __init__(self, url: str, party: Party, clock: Clock, rng: random.Random) -> None:
        self._party = party
        self._rng = rng
        self._url = url
        redis = make_client(url, f"qtrade-{party}")
        self._clients = [redis]
        self._caller = Caller(redis, COMMAND_TIMEOUT_S)
        database = int(redis.connection_pool.connection_kwargs.get("db", 0))
        self._subscriber = Subscriber(redis, clock, self._backoff(), database)
        self._codecs: dict[str, Codec[Any]] = {}
        self._by_sentinels = bool(peer_of(redis).target.service)
        self._leaving = [self._caller.leave]
        self._tasks: list[asyncio.Task[None]] = []
        self._dead_letters = DeadLetterBox(party, clock, self._bury)
        self._documents = Documents(
            self._caller, self._codec, self._dead_letters.put, self._subscriber.note_latency
        )
        self._reply_codec: Codec[Reply] = Codec(REPLY)
        bus_id = uuid.UUID(int=rng.getrandbits(128)).hex
        self._replies = ReplyTopic(bus_id, self._reply_codec, self._dead_letters.put)
        self._replies_added = False
        self.gate = Gate()
        """What holds this process back when another may have taken its place."""
        self.skipped = 0
        """How many messages of feeds were overtaken by newer ones before they were read."""

    def _backoff(self) -> Backoff:
        return Backoff(RETRY_BASE_S, RETRY_CEILING_S, self._rng)

    def start(self) -> None:
        """Connect in the background: for those who show the attempts instead of failing."""
        self._spawn(self._subscriber.run(), "bus-subscriber")
        self._spawn(self._dead_letters.run(), "bus-dead-letters")
        self.on_link(self._on_link)

    def _on_link(self, link: Link) -> None:
        if link.connected:
            self._dead_letters.try_now()
        elif self._by_sentinels and link.phase is LinkPhase.RECONNECTING:
            # Another server may be the primary, and this one alive: nobody may stay with it.
            for leave in self._leaving:
                leave()
        else:
            self._caller.renew()

    async def open(self, timeout_s: float = 5.0) -> None:
        """Connect, or raise DisconnectedError / RefusedError after at most ``timeout_s``."""
        settled = asyncio.Event()
        self.on_link(lambda link: settled.set() if link.phase in _SETTLED else None)
        self.start()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await settled.wait()
        if self.link.phase is LinkPhase.REFUSED:
            raise RefusedError(self.link.last_error)
        if not self.link.connected:
            raise DisconnectedError(self.link.last_error or f"no answer within {timeout_s:g} s")

    async def close(self) -> None:
        """Stop everything and let go of the connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._subscriber.closed()
        self._caller.close()
        for client in self._clients:
            with contextlib.suppress(RedisError, OSError):
                await client.aclose()

    @property
    def rejected(self) -> int:
        """How many messages this bus refused on reading."""
        return self._dead_letters.count

    @property
    def link(self) -> Link:
        """The state of the connection."""
        return self._subscriber.link

    def on_link(self, watcher: Callable[[Link], None]) -> None:
        """Tell ``watcher`` the state of the link now and at every change."""
        self._subscriber.on_link(watcher)

    def on_doubt(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` whenever what was written before may be gone.

        That is when the server is back after a loss of the connection, and when it was emptied.
        """
        self.on_link(each_new_life(self.link, listener))

    def try_now(self) -> None:
        """Do not wait for the next attempt to connect."""
        self._subscriber.try_now()

    async def ping(self) -> float:
        """Return the round trip in milliseconds, and show it in the link."""
        started = monotonic()
        await self._caller.call("PING")
        latency_ms = (monotonic() - started) * 1000
        self._subscriber.note_latency(latency_ms)
        return latency_ms

    # Documents

    async def read(self, document: Document[T], part: str = "") -> Versioned[T] | None:
        """Return a document's value, or None when there is none.

        Raises InvalidMessageError when what stands there does not fit.
        """
        return await self._documents.read(document, part)

    async def write(
        self,
        document: Document[T],
        value: T,
        part: str = "",
        *,
        expect: int | None = None,
        base: T | None = None,
    ) -> int:
        """Write a document, push it to its watchers, and return its revision (0 for a plain one).

        With ``expect`` it is written only on top of that revision; else raises ConflictError,
        which names the other writer and the fields he changed: against ``base``, the value the
        caller started from, or without it against ``value``.
        """
        self._may_write(document)
        return await self._documents.write(document, value, part, expect, base)

    async def write_many(
        self, document: Document[T], values: Iterable[tuple[str, T]]
    ) -> tuple[int, ...]:
        """Write several parts in one round trip and return their revisions.

        None is written when one does not fit. For the backend's own documents: what is shared
        with strangers, or plain, is written one by one; that raises ValueError.
        """
        self._may_write(document)
        if document.noticed:
            raise ValueError(f"{document.name} is written one by one")
        return await self._documents.write_many(document, values)

    async def delete(self, document: Document[T], part: str = "") -> None:
        """Remove a document and tell its watchers."""
        self._may_write(document)
        await self._documents.delete(document, part)

    async def watch(
        self, document: Document[T], deliver: Callable[[Change[T]], None], part: str = ""
    ) -> Topic:
        """Deliver the present value at once and every later change, across disconnects."""
        topic = DocumentTopic(
            document, part, self._codec(document), deliver, self._dead_letters.put,
            lambda revision, body: self._documents.note(document, part, revision, body),
        )  # fmt: skip
        await self._subscriber.add(topic)
        return topic

    async def watch_family(
        self, document: Document[T], deliver: Callable[[Members[T]], None]
    ) -> Topic:
        """Deliver every member at once, and then each that is written or goes."""
        topic = FamilyTopic(document, self._codec(document), deliver, self._dead_letters.put)
        await self._subscriber.add(topic)
        return topic

    async def unwatch(self, topic: Topic) -> None:
        """Stop a watch, a subscription or a followed log."""
        await self._subscriber.remove(topic)

    # Feeds

    async def publish(self, feed: Feed[T], value: T, part: str) -> None:
        """Send to whoever listens at this moment."""
        self._may_write(feed)
        await self._caller.call("PUBLISH", feed.key(part), self._codec(feed).encode(value))

    async def publish_many(self, feed: Feed[T], values: Iterable[tuple[str, T]]) -> None:
        """Send several in one round trip; none leaves when one of them does not fit."""
        self._may_write(feed)
        lot = tuple(values)
        encoded = self._codec(feed).encode_many([value for _, value in lot])
        key = feed.key
        await self._caller.call_all(
            [("PUBLISH", key(part), data) for (part, _), data in zip(lot, encoded, strict=True)]
        )

    async def subscribe(
        self, feed: Feed[T], deliver: Callable[[T], None], part: str, *, every: bool = False
    ) -> Topic:
        """Deliver what is published from now on; the part ``*`` means all.

        A reader who is slower than the feed gets the latest of each part and skips the others
        (``skipped``), unless he wants ``every`` one.
        """
        queue = FeedQueue(self._subscriber.at_rest, self._skip, every)
        topic = FeedTopic(feed, part, self._codec(feed), deliver, self._dead_letters.put, queue)
        await self._subscriber.add(topic)
        return topic

    # Logs

    async def append(self, log: Log[T], value: T, part: str = "") -> str:
        """Append an entry, push it to the followers, and return its id."""
        self._may_write(log)
        data = self._codec(log).encode(value)
        entry_id: bytes = await self._caller.run(scripts.APPEND, [log.key(part)], log.cap, data)
        return entry_id.decode()

    async def replace(self, log: Log[T], values: Iterable[T], part: str = "") -> None:
        """Begin a log anew with these entries; followers are handed the new ones as fresh."""
        self._may_write(log)
        encode = self._codec(log).encode
        key = log.key(part)
        added = [("XADD", key, "MAXLEN", log.cap, "*", "d", encode(value)) for value in values]
        await self._caller.call_all(
            [("MULTI",), ("DEL", key), *added, ("PUBLISH", key, ANEW), ("EXEC",)]
        )

    async def entries(self, log: Log[T], part: str = "", *, last: int) -> tuple[Entry[T], ...]:
        """Return the last entries, oldest first."""
        raw = await self._caller.call("XREVRANGE", log.key(part), "+", "-", "COUNT", last)
        return decode_entries(raw[::-1], self._codec(log), self._dead_letters.put)

    async def length(self, log: Log[T] | Command[T], part: str = "") -> int:
        """Return how many entries a log holds now, or how many commands are not answered yet."""
        return int(await self._caller.call("XLEN", log.key(part)))

    async def follow(
        self,
        log: Log[T],
        deliver: Callable[[Batch[T]], None],
        part: str = "",
        *,
        last: int,
        after: str = "",
    ) -> Topic:
        """Deliver the last entries and then each new one in order; gaps are told.

        With ``after``, the id of an entry, only what came behind it; when that is no longer known
        (``gap``), the last entries again. Raises ValueError when it is no id.
        """
        topic = LogTopic(log, part, self._codec(log), deliver, self._dead_letters.put, last, after)
        await self._subscriber.add(topic)
        return topic

    # Commands

    async def send(self, command: Command[T], value: T, timeout_s: float = 5.0) -> Reply:
        """Send a command and return its reply.

        Safe to call again with the same ``command_id``: the effect happens once. Raises
        NoReplyError after ``timeout_s`` (the effect is then unknown, not absent) and
        DisconnectedError when the server was away from the start: then nothing was sent.
        """
        self._may_write(command)
        data = self._codec(command).encode(value)
        command_id: str = value.command_id  # type: ignore[attr-defined]  # all commands have one
        if not self.link.connected:
            raise DisconnectedError(f"{command.name}: not sent: {self.link.last_error}")
        future = self._replies.expect(command_id)
        try:
            async with asyncio.timeout(timeout_s):
                await self._send_until_stored(command.key(), data)
                return await future
        except TimeoutError as error:
            words = f"{command.name}: no reply to {command_id} within {timeout_s:g} s"
            raise NoReplyError(words) from error
        finally:
            self._replies.forget(command_id, future)

    async def _send_until_stored(self, stream: str, data: bytes) -> None:
        if not self._replies_added:
            self._replies_added = True
            await self._subscriber.add(self._replies)
        await self._replies.listening.wait()
        backoff = self._backoff()
        while True:
            try:
                await self._caller.call("XADD", stream, "*", "d", data, "r", self._replies.bus_id)
            except DisconnectedError:
                # Stored or not, nobody knows: the same id again does no harm.
                await asyncio.sleep(backoff.next_delay())
            else:
                return

    def serve(self, command: Command[T], handler: Handler[T], reject: Reject) -> None:
        """Carry out commands in order, one reader per command key, until the bus closes.

        A command is delivered at least once: ``handler`` returns the same reply to an id it has
        carried out before, and may raise TryAgainError to have the command again later.
        """
        client = make_client(self._url, f"qtrade-{self._party}-{command.name}")
        self._clients.append(client)
        consumer = Consumer(
            client,
            command,
            self._codec(command),
            self._reply_codec,
            handler,
            reject,
            self._dead_letters.put,
            self._backoff(),
            self.gate.require,
        )
        self._leaving.append(consumer.leave)
        self._spawn(consumer.run(), f"serve-{command.name}")

    # What all share

    def _skip(self) -> None:
        self.skipped += 1

    def _codec(self, endpoint: Endpoint[T]) -> Codec[T]:
        codec = self._codecs.get(endpoint.name)
        if codec is None:
            framing = endpoint.framing if isinstance(endpoint, Document) else Framing.JSON
            codec = self._codecs[endpoint.name] = Codec(endpoint, framing)
        return codec

    def _may_write(self, endpoint: Endpoint[Any]) -> None:
        if self._party not in endpoint.writers:
            owners = ", ".join(sorted(endpoint.writers))
            raise ForeignWriteError(f"{endpoint.name} is written by {owners}, not {self._party}")
        self.gate.require_for(endpoint)

    def refuse(self, key: str, path: str, reason: str, raw: bytes) -> None:
        """Keep a message in the dead letters that fits its type and is refused for its sense."""
        self._dead_letters.put(InvalidMessageError(key, path, reason), raw)

    async def _bury(self, letter: DeadLetter) -> None:
        await self.append(registry.DEAD_LETTERS, letter)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))
