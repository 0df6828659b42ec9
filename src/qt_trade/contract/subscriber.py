"""The one subscribed connection of a bus: listens, notices silence, comes back, is whole again.

Everything that arrives is handled by one task, in the order of the wire. A topic is subscribed
first and read when the server has confirmed, so no change falls between the two; what is pushed
in between is left out, because the reading that follows is newer.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection

from qt_trade.contract.client import COMMAND_TIMEOUT_S, peer_of
from qt_trade.contract.credentials import FILE_CHECK_S, Rotation
from qt_trade.contract.families import PUSHED, KeysTopic
from qt_trade.contract.link import Link, LinkPhase
from qt_trade.contract.sentinels import Sentinels
from qt_trade.contract.topics import Topic
from qt_trade.contract.words import is_refusal, words_of
from qt_trade.kit.backoff import Backoff
from qt_trade.kit.clock import Clock, monotonic
from qt_trade.kit.logs import get_logger

SILENCE_S = 2.0
"""After this long without a message the server is asked whether it lives."""
ANSWER_S = 1.0
"""How long an answer to that may take before the connection counts as lost."""

_KEYSPACE = "__keyspace@"


class Subscriber:
    """Owns the topics and the task that listens for them."""

    def __init__(self, redis: "Redis", clock: Clock, backoff: Backoff, database: int) -> None:
        self._redis = redis
        self._clock = clock
        self._backoff = backoff
        self._keyspace = f"{_KEYSPACE}{database}__:"
        self._topics: dict[str, list[Topic]] = {}
        self._connection: AbstractConnection | None = None
        self._sending = asyncio.Lock()
        self._asked = 0
        self._confirmed = 0
        self._whole_at = 0
        # Topics to read, each with the confirmation that allows it; confirmations keep order.
        self._unread: deque[tuple[int, Topic]] = deque()
        self._hurry = asyncio.Event()
        self._watchers: list[Callable[[Link], None]] = []
        self._connected_before = False
        self._latency_ms: float | None = None
        self._peer = peer_of(redis)
        target = self._peer.target
        self._rotation = Rotation((target.password_file, target.sentinel_password_file))
        self.link = self._link(LinkPhase.CONNECTING, clock.now())
        self._log = get_logger()

    def on_link(self, watcher: Callable[[Link], None]) -> None:
        """Tell ``watcher`` the state of the link now and at every change."""
        self._watchers.append(watcher)
        watcher(self.link)

    def try_now(self) -> None:
        """End the wait for the next attempt."""
        self._hurry.set()

    async def add(self, topic: Topic) -> None:
        """Listen to one more topic; its state arrives once the server has confirmed."""
        self._topics.setdefault(topic.channel, []).append(topic)
        await self._subscribe([topic])

    async def remove(self, topic: Topic) -> None:
        """Stop listening to a topic."""
        remaining = self._topics.get(topic.channel, [])
        if topic not in remaining:
            return
        remaining.remove(topic)
        if remaining:
            return
        del self._topics[topic.channel]
        channels, patterns = self._channels([topic])
        async with self._sending:
            await self._send("UNSUBSCRIBE", channels)
            await self._send("PUNSUBSCRIBE", patterns)

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            self._hurry.clear()
            self._rotation.begin()
            try:
                await self._until_lost()
            except Exception as error:  # noqa: BLE001  # whatever it is, the link must come back
                if is_refusal(error):
                    await self._refused(error)
                else:
                    await self._lost(error)

    async def _until_lost(self) -> None:
        """Listen until the connection is lost, or the Sentinels name another primary."""
        if self._peer.sentinels is None:
            await self._listen()
            return
        switched = asyncio.create_task(_switched(self._peer.sentinels))
        listening = asyncio.create_task(self._listen())
        try:
            await asyncio.wait({switched, listening}, return_when=asyncio.FIRST_COMPLETED)
            if listening.done():
                await listening
            raise exceptions.ConnectionError("the Sentinels have made another server the primary")
        finally:
            for task in (switched, listening):
                task.cancel()
            await asyncio.gather(switched, listening, return_exceptions=True)

    async def _refused(self, error: BaseException) -> None:
        # Trying again may lock the account; a person mends it and says so by try_now, or writes
        # another password into its file.
        again = bool(self._rotation)
        self._away(LinkPhase.REFUSED, error, FILE_CHECK_S if again else 0.0)
        while not self._hurry.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), FILE_CHECK_S if again else None)
            if self._rotation.worth_trying(self._clock.now()):
                return

    async def _lost(self, error: BaseException) -> None:
        if not isinstance(error, exceptions.RedisError | OSError):
            self._log.error("bus.listener_failed", exc_info=error)
        delay = self._backoff.next_delay()
        before = self._connected_before
        phase = LinkPhase.RECONNECTING if before else LinkPhase.CONNECTING
        self._away(phase, error, delay)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), delay)

    def closed(self) -> None:
        """Say that nobody listens any more."""
        self._set(replace(self.link, phase=LinkPhase.CLOSED, since=self._clock.now(), attempt=0))

    async def _listen(self) -> None:
        connection = await self._connect()
        try:
            async with asyncio.timeout(SILENCE_S + ANSWER_S):
                await self._subscribe([one for topics in self._topics.values() for one in topics])
            self._whole_at = self._asked
            await self._read_unread()
            await self._take_all(connection)
        finally:
            self._connection = None
            with contextlib.suppress(exceptions.RedisError, OSError):
                await connection.disconnect()

    async def _connect(self) -> AbstractConnection:
        # The idle connections of the pool belong to the same, perhaps dead, server.
        pool = self._redis.connection_pool
        with contextlib.suppress(exceptions.RedisError, OSError):
            await pool.disconnect(inuse_connections=False)
        connection: AbstractConnection = pool.make_connection()  # type: ignore[no-untyped-call]  # as most of redis-py
        # redis-py's own handler spells every message out for a debug log.
        parser: Any = connection._get_parser()  # noqa: SLF001
        parser.set_pubsub_push_handler(_as_it_is)
        try:
            async with asyncio.timeout(SILENCE_S + ANSWER_S):
                await connection.connect()  # type: ignore[no-untyped-call]  # as above
                started = monotonic()
                await connection.send_command("PING")
                await connection.read_response()
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        self._latency_ms = (monotonic() - started) * 1000
        self._asked = self._confirmed = 0
        self._unread.clear()
        self._connection = connection
        return connection

    async def _take_all(self, connection: AbstractConnection) -> None:
        asked_at: float | None = None
        while True:
            message = await connection.read_response(
                timeout=SILENCE_S if asked_at is None else ANSWER_S, push_request=True
            )
            if isinstance(message, list):
                await self._take(message)
            elif message is not None and asked_at is not None:
                self.note_latency((monotonic() - asked_at) * 1000)
                asked_at = None
            elif asked_at is None:
                asked_at = monotonic()
                async with asyncio.timeout(ANSWER_S), self._sending:
                    await connection.send_command("PING")
            else:
                raise TimeoutError(f"no answer within {ANSWER_S:g} s")

    def note_latency(self, latency_ms: float) -> None:
        """Take over a measured round trip."""
        self._latency_ms = latency_ms
        if self.link.connected:
            self._set(replace(self.link, latency_ms=latency_ms))

    def _channels(self, topics: list[Topic]) -> tuple[list[str], list[str]]:
        names: tuple[set[str], set[str]] = (set(), set())
        for topic in topics:
            names[topic.pattern].add(topic.channel)
            if topic.keyspace:
                names[topic.pattern].add(self._keyspace + topic.channel)
        return sorted(names[False]), sorted(names[True])

    async def _subscribe(self, topics: list[Topic]) -> None:
        channels, patterns = self._channels(topics)
        async with self._sending:
            if self._connection is None:
                return  # the next connection begins with all topics
            self._asked += len(channels) + len(patterns)
            self._unread.extend((self._asked, topic) for topic in topics)
            await self._send("SUBSCRIBE", channels)
            await self._send("PSUBSCRIBE", patterns)

    async def _send(self, command: str, names: list[str]) -> None:
        connection = self._connection
        # A connection of redis-py that is not connected would connect itself, without topics.
        if names and connection is not None and connection.is_connected:
            # Should it fail, the listening task meets the same dead connection and begins anew.
            with contextlib.suppress(exceptions.RedisError, OSError):
                await connection.send_command(command, *names)

    async def _take(self, message: list[Any]) -> None:
        kind, source, *_, data = message
        if kind in (b"subscribe", b"psubscribe"):
            self._confirmed += 1
        elif kind in (b"message", b"pmessage"):
            channel = source.decode()
            for topic in tuple(self._topics.get(channel.removeprefix(self._keyspace), ())):
                if isinstance(topic, KeysTopic):
                    again = self._tell(topic, message)
                else:
                    again = channel.startswith(_KEYSPACE) or self._push(topic, data)
                if again:
                    self._unread.appendleft((0, topic))
        await self._read_unread()

    def _tell(self, topic: KeysTopic, message: list[Any]) -> bool:
        """Tell a topic of many keys what became of one."""
        if any(waiting is topic for _, waiting in self._unread):
            return False  # all of them are about to be read
        _, _, channel, data = message
        name = channel.decode("utf-8", "replace")
        event = data if name.startswith(_KEYSPACE) else PUSHED
        return topic.tell(name.removeprefix(self._keyspace), event)

    def _push(self, topic: Topic, data: bytes) -> bool:
        if any(waiting is topic for _, waiting in self._unread):
            return False
        return self._safely(topic, topic.push, data)

    async def _read_unread(self) -> None:
        ready: list[Topic] = []
        while self._unread and self._unread[0][0] <= self._confirmed:
            ready.append(self._unread.popleft()[1])
        while ready:
            ready = await self._read(ready)
        # Those that came later are not waited for: somebody may add topics all the time.
        if self._confirmed >= self._whole_at and not self.link.connected:
            self._arrived()

    async def _read(self, topics: list[Topic]) -> list[Topic]:
        """Ask for the state of all these topics at once; return those with further questions."""
        pipeline = self._redis.pipeline(transaction=False)
        ends = [0]
        for topic in topics:
            topic.ask(pipeline)
            ends.append(len(pipeline))
        async with asyncio.timeout(COMMAND_TIMEOUT_S):
            answers = await pipeline.execute(raise_on_error=False) if ends[-1] else []
        for answer in answers:
            if isinstance(answer, exceptions.ConnectionError):
                raise answer
        again = []
        for topic, start, end in zip(topics, ends, ends[1:], strict=False):
            listed = topic in self._topics.get(topic.channel, ())
            if listed and self._safely(topic, topic.take, answers[start:end]):
                again.append(topic)
        return again

    def _safely(self, topic: Topic, take: Callable[[Any], bool], what: Any) -> bool:
        try:
            return take(what)
        except Exception:  # noqa: BLE001  # readers are others' code
            # One reader's fault must not make all others deaf; it stands in the log.
            self._log.exception("bus.reader_failed", channel=topic.channel)
            return False

    def _arrived(self) -> None:
        self._backoff.reset()
        again, self._connected_before = self._connected_before, True
        reconnects = self.link.reconnects + again
        now = self._clock.now()
        self._set(
            replace(
                self._link(LinkPhase.CONNECTED, now),
                latency_ms=self._latency_ms,
                reconnects=reconnects,
            )
        )
        if again:
            self._log.info("bus.reconnected", reconnects=reconnects)

    def _away(self, phase: LinkPhase, error: BaseException, delay: float) -> None:
        reason = words_of(error, self._peer.place)
        since = self.link.since if self.link.phase is phase else self._clock.now()
        if self.link.phase is not phase:
            self._log.warning("bus.lost", phase=phase.value, reason=reason)
        self._set(
            replace(
                self._link(phase, since),
                attempt=self._backoff.attempt,
                next_in_s=delay,
                reconnects=self.link.reconnects,
                last_error=reason,
            )
        )

    def _link(self, phase: LinkPhase, since: datetime) -> Link:
        peer = self._peer
        return Link(phase, since, 0, 0.0, None, 0, "", peer.place, peer.server, tls=peer.target.tls)

    def _set(self, link: Link) -> None:
        self.link = link
        for watcher in tuple(self._watchers):
            try:
                watcher(link)
            except Exception:  # noqa: BLE001  # readers are others' code
                self._log.exception("bus.link_reader_failed")


async def _switched(sentinels: Sentinels) -> None:
    """Return when another server was made the primary; a Sentinel that goes away is replaced."""
    while True:
        try:
            await sentinels.switched()
        except (exceptions.RedisError, OSError):
            await asyncio.sleep(SILENCE_S)
        else:
            return


async def _as_it_is(message: list[Any]) -> list[Any]:
    return message
