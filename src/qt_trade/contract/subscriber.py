"""The one subscribed connection of a bus: listens, notices silence, comes back, is whole again."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from qt_trade.contract.link import Link, LinkPhase
from qt_trade.contract.topics import Topic
from qt_trade.kit.backoff import Backoff
from qt_trade.kit.clock import Clock, monotonic
from qt_trade.kit.logs import get_logger, mask_secrets

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
        self._unconfirmed: set[str] = set()
        self._unread: list[Topic] = []
        self._pubsub: PubSub | None = None
        self._hurry = asyncio.Event()
        self._watchers: list[Callable[[Link], None]] = []
        self.link = Link(LinkPhase.CONNECTING, clock.now(), 0, 0.0, None, 0, "")
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
        known = topic.channel in self._topics
        self._topics.setdefault(topic.channel, []).append(topic)
        pubsub = self._pubsub
        if pubsub is None:
            return
        if known and topic.channel not in self._unconfirmed:
            await topic.resync(self._redis)
            return
        self._unread.append(topic)
        with contextlib.suppress(RedisError, OSError):  # the listening task meets it, too
            await self._subscribe(pubsub, [topic])

    async def remove(self, topic: Topic) -> None:
        """Stop listening to a topic."""
        remaining = self._topics.get(topic.channel, [])
        if topic in remaining:
            remaining.remove(topic)
        if not remaining and self._topics.pop(topic.channel, None) is not None and self._pubsub:
            leave = self._pubsub.punsubscribe if topic.pattern else self._pubsub.unsubscribe
            with contextlib.suppress(RedisError, OSError):
                await leave(topic.channel)

    async def run(self) -> None:
        """Listen until cancelled. Ends by itself only when the server refuses the credentials."""
        while True:
            try:
                await self._listen()
            except (AuthenticationError, NoPermissionError) as error:
                self._away(LinkPhase.REFUSED, error, 0.0)
                return
            except (RedisError, OSError, TimeoutError) as error:
                delay = self._backoff.next_delay()
                self._away(LinkPhase.RECONNECTING, error, delay)
                self._hurry.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._hurry.wait(), delay)
            finally:
                await self._drop()

    async def _drop(self) -> None:
        pubsub, self._pubsub = self._pubsub, None
        if pubsub is not None:
            with contextlib.suppress(RedisError, OSError, TimeoutError):
                await pubsub.aclose()  # type: ignore[no-untyped-call]  # untyped in redis-py

    async def _listen(self) -> None:
        # The command connections of the pool belong to the same, perhaps dead, server.
        await self._redis.connection_pool.disconnect(inuse_connections=False)
        async with asyncio.timeout(SILENCE_S + ANSWER_S):
            started = monotonic()
            await self._redis.ping()
            latency_ms = (monotonic() - started) * 1000
            pubsub = self._redis.pubsub()
            self._pubsub = pubsub
            self._unconfirmed.clear()
            self._unread = [topic for topics in self._topics.values() for topic in topics]
            await self._subscribe(pubsub, self._unread)
        if not self._unconfirmed:
            self._arrived(latency_ms)
        while True:
            await self._step(pubsub)

    async def _step(self, pubsub: PubSub) -> None:
        if not pubsub.subscribed:
            # Nothing to listen to yet: the connection is only asked whether it lives.
            await asyncio.sleep(SILENCE_S / 4)
            async with asyncio.timeout(ANSWER_S):
                await self._redis.ping()
            return
        message = await pubsub.get_message(timeout=SILENCE_S)
        if message is None:
            await self._prove_alive(pubsub)
        else:
            await self._take(message)

    async def _prove_alive(self, pubsub: PubSub) -> None:
        started = monotonic()
        await pubsub.ping()
        message = await pubsub.get_message(timeout=ANSWER_S)
        if message is None:
            raise TimeoutError(f"no answer within {ANSWER_S:g} s")
        if message["type"] == "pong":
            self.note_latency((monotonic() - started) * 1000)
        else:
            await self._take(message)

    def note_latency(self, latency_ms: float) -> None:
        """Take over a measured round trip."""
        self._set(replace(self.link, latency_ms=latency_ms))

    async def _subscribe(self, pubsub: PubSub, topics: list[Topic]) -> None:
        channels = {topic.channel for topic in topics if not topic.pattern}
        channels |= {self._keyspace + topic.channel for topic in topics if topic.keyspace}
        patterns = {topic.channel for topic in topics if topic.pattern}
        self._unconfirmed |= channels | patterns
        if channels:
            await pubsub.subscribe(*channels)
        if patterns:
            await pubsub.psubscribe(*patterns)

    async def _take(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind in ("subscribe", "psubscribe"):
            self._unconfirmed.discard(message["channel"].decode())
            if not self._unconfirmed:
                await self._read_unread()
            return
        if kind not in ("message", "pmessage"):
            return
        channel = (message["pattern"] or message["channel"]).decode()
        if channel.startswith(_KEYSPACE):
            for topic in self._topics.get(channel.removeprefix(self._keyspace), ()):
                await topic.resync(self._redis)
            return
        for topic in self._topics.get(channel, ()):
            self._push(topic, message["data"])

    def _push(self, topic: Topic, data: bytes) -> None:
        try:
            topic.push(data)
        except Exception:  # noqa: BLE001  # readers are others' code
            # One reader's fault must not make all others deaf; it stands in the log.
            self._log.exception("bus.reader_failed", channel=topic.channel)

    async def _read_unread(self) -> None:
        unread, self._unread = self._unread, []
        async with asyncio.timeout(5 * ANSWER_S):
            for topic in unread:
                await topic.resync(self._redis)
        if not self.link.connected:
            self._arrived(self.link.latency_ms)

    def _arrived(self, latency_ms: float | None) -> None:
        self._backoff.reset()
        again = self.link.phase is not LinkPhase.CONNECTING or self.link.attempt > 0
        reconnects = self.link.reconnects + again
        self._set(Link(LinkPhase.CONNECTED, self._clock.now(), 0, 0.0, latency_ms, reconnects, ""))
        if again:
            self._log.info("bus.reconnected", reconnects=reconnects)

    def _away(self, phase: LinkPhase, error: BaseException, delay: float) -> None:
        reason = mask_secrets(str(error)) or type(error).__name__
        since = self.link.since if self.link.phase is phase else self._clock.now()
        if self.link.phase is not phase:
            self._log.warning("bus.lost", phase=phase.value, reason=reason)
        self._set(
            Link(phase, since, self._backoff.attempt, delay, None, self.link.reconnects, reason)
        )

    def _set(self, link: Link) -> None:
        self.link = link
        for watcher in self._watchers:
            watcher(link)
