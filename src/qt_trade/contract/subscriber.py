"""The subscribed line of a bus: listens, notices silence, comes back, is whole again.

A topic is subscribed and then read on the same line, so no change falls between the two: what is
pushed before the answer is in it already, what follows is newer.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from redis import exceptions
from redis.asyncio import Redis

from qt_trade.contract.client import COMMAND_TIMEOUT_S, peer_of
from qt_trade.contract.credentials import FILE_CHECK_S, Rotation
from qt_trade.contract.errors import DisconnectedError
from qt_trade.contract.families import PUSHED, KeysTopic
from qt_trade.contract.line import Line, open_line, packed
from qt_trade.contract.link import Link, LinkPhase
from qt_trade.contract.topics import Topic
from qt_trade.contract.words import is_refusal, words_of
from qt_trade.kit.backoff import Backoff
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger

SILENCE_S = 2.0
"""After this long without a message the server is asked whether it lives."""
ANSWER_S = 1.0
"""How long an answer to that may take before the connection counts as lost."""

PING = packed(("PING",))
_TELL_OF_FLUSH = ("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "qtrade:no-such-key:")
"""Nobody tells of FLUSHALL but this: who tracks keys, were it none at all, hears that all are gone.

A server or a user that may not track is served all the same: what was lost then shows when
revisions begin anew.
"""
_KEYSPACE = "__keyspace@"
_LAST = object()
"""Stands for the end of a line's beginning: also one without topics is whole only when answered."""


class Subscriber:
    """Owns the topics and the task that listens for them."""

    def __init__(self, redis: "Redis", clock: Clock, backoff: Backoff, database: int) -> None:
        self._redis = redis
        self._clock = clock
        self._backoff = backoff
        self._keyspace = f"{_KEYSPACE}{database}__:"
        self._topics: dict[str, list[Topic]] = {}
        self._line: Line | None = None
        # Topics that are being read; True: something came meanwhile, read them once more.
        self._reading: dict[Topic, bool] = {}
        # Topics this line began with and has not read to the end: the link is whole without any.
        self._unwhole: set[object] = set()
        self._at_rest: list[tuple[str, Callable[[], object]]] = []
        self._hurry = asyncio.Event()
        self._watchers: list[Callable[[Link], None]] = []
        self._connected_before = False
        self._emptyings = 0
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
        self._begin([topic])

    async def remove(self, topic: Topic) -> None:
        """Stop listening to a topic."""
        remaining = self._topics.get(topic.channel, [])
        if topic not in remaining:
            return
        remaining.remove(topic)
        if remaining:
            return
        del self._topics[topic.channel]
        if self._line is not None:
            channels, patterns = self._channels([topic])
            self._line.subscribe("UNSUBSCRIBE", channels)
            self._line.subscribe("PUNSUBSCRIBE", patterns)

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            self._hurry.clear()
            self._rotation.begin()
            try:
                await self._listen()
            except Exception as error:  # noqa: BLE001  # whatever it is, the link must come back
                if is_refusal(error):
                    await self._refused(error)
                else:
                    await self._lost(error)

    async def _refused(self, error: BaseException) -> None:
        # Trying again may lock the account; a person mends it and says so by try_now, or writes
        # another password into its file.
        again = bool(self._rotation)
        self._away(LinkPhase.REFUSED, error, FILE_CHECK_S if again else 0.0)
        while not self._hurry.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FILE_CHECK_S if again else None):
                    await self._hurry.wait()
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
            async with asyncio.timeout(delay):
                await self._hurry.wait()

    def closed(self) -> None:
        """Say that nobody listens any more."""
        self._set(replace(self.link, phase=LinkPhase.CLOSED, since=self._clock.now(), attempt=0))

    async def _listen(self) -> None:
        line = await open_line(self._redis, COMMAND_TIMEOUT_S, self._take, self._rest)
        watch = asyncio.create_task(self._leave_the_deposed(line, self._peer.primary))
        try:
            await self._ping(line)
            self._line = line
            self._reading.clear()
            topics = [topic for listed in self._topics.values() for topic in listed]
            self._unwhole = {*topics, _LAST}
            self._begin(topics)
            line.ask([_TELL_OF_FLUSH, ("PING",)], lambda _: self._settled(_LAST))
            await self._keep(line)
        finally:
            self._line = None
            line.lose(exceptions.ConnectionError("closed"))
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)

    async def _leave_the_deposed(self, line: Line, primary: tuple[str, int] | None) -> None:
        """End the line when the Sentinels name another primary: this one may live on for long."""
        sentinels = self._peer.sentinels
        while sentinels is not None and not line.lost.done():
            try:
                await sentinels.switched(primary)
            except (exceptions.RedisError, OSError):  # another one is asked next
                await asyncio.wait({line.lost}, timeout=SILENCE_S)
            else:
                words = "the Sentinels have made another server the primary"
                line.lose(exceptions.ConnectionError(words))

    async def _keep(self, line: Line) -> None:
        """Ask now and then whether a silent server lives; return by raising why the line ended."""
        loop = asyncio.get_running_loop()
        while not line.lost.done():
            silent_s = loop.time() - line.heard_at
            if silent_s < SILENCE_S:
                await asyncio.wait({line.lost}, timeout=SILENCE_S - silent_s)
            else:
                await self._ping(line)
        raise line.error

    async def _ping(self, line: Line) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(ANSWER_S):
                await line.call(PING)
        except TimeoutError:
            if line.heard_at <= started:
                raise TimeoutError(f"no answer within {ANSWER_S:g} s") from None
        except DisconnectedError:
            raise line.error from None
        else:
            self.note_latency((loop.time() - started) * 1000)

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

    def _begin(self, topics: list[Topic]) -> None:
        if self._line is not None:  # else the next line begins with all topics
            channels, patterns = self._channels(topics)
            self._line.subscribe("SUBSCRIBE", channels)
            self._line.subscribe("PSUBSCRIBE", patterns)
            for topic in topics:
                self._read(topic)

    def _take(self, message: list[Any]) -> None:
        if message == [b"invalidate", None]:
            self._emptied()
            return
        kind, source, *_, data = message
        if kind not in (b"message", b"pmessage"):
            return
        channel = source.decode()
        for topic in tuple(self._topics.get(channel.removeprefix(self._keyspace), ())):
            if topic.keyspace and isinstance(topic, KeysTopic):
                again = self._tell(topic, message)
            else:
                again = channel.startswith(_KEYSPACE) or self._safely(
                    topic.channel, topic.push, data, message[-2]
                )
            if again:
                self._read(topic)

    def _emptied(self) -> None:
        """Read everything anew, and let those who wrote it write it again."""
        self._log.warning("bus.server_emptied")
        self._emptyings += 1
        self._set(replace(self.link, emptied=self._emptyings))
        for topic in [topic for listed in self._topics.values() for topic in listed]:
            self._read(topic)

    def at_rest(self, channel: str, call: Callable[[], object]) -> None:
        """Call back once all that has arrived by now is sorted."""
        self._at_rest.append((channel, call))

    def _rest(self) -> None:
        while self._at_rest:
            self._safely(*self._at_rest.pop())

    def _tell(self, topic: KeysTopic, message: list[Any]) -> bool:
        """Tell a topic of many keys what became of one."""
        _, _, channel, data = message
        name = channel.decode("utf-8", "replace")
        event = data if name.startswith(_KEYSPACE) else PUSHED
        return topic.tell(name.removeprefix(self._keyspace), event)

    def _read(self, topic: Topic) -> None:
        if topic in self._reading:
            self._reading[topic] = True
            return
        line = self._line
        if line is None:
            return
        try:
            questions = topic.ask()
        except Exception as error:  # noqa: BLE001  # whatever it is, the next line begins anew
            line.lose(error)
            return
        if questions:
            self._reading[topic] = False
            line.ask(questions, lambda answers: self._answered(topic, answers))
        else:
            self._settled(topic)

    def _answered(self, topic: Topic, answers: list[Any]) -> None:
        for answer in answers:
            if isinstance(answer, exceptions.ConnectionError):  # it is loading its data
                raise answer
        again = self._reading.pop(topic, False)
        listed = topic in self._topics.get(topic.channel, ())
        if listed and (self._safely(topic.channel, topic.take, answers) or again):
            self._read(topic)
        else:
            self._settled(topic)

    def _settled(self, topic: object) -> None:
        # Those that came later are not waited for: somebody may add topics all the time.
        self._unwhole.discard(topic)
        if not self._unwhole and not self.link.connected:
            self._arrived()

    def _safely(self, channel: str, take: Callable[..., object], *what: Any) -> bool:
        try:
            return bool(take(*what))
        except Exception:  # noqa: BLE001  # readers are others' code
            # One reader's fault must not make all others deaf; it stands in the log.
            self._log.exception("bus.reader_failed", channel=channel)
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
        return Link(
            phase,
            since,
            attempt=0,
            next_in_s=0.0,
            latency_ms=None,
            reconnects=0,
            last_error="",
            target=peer.place,
            server=peer.server,
            tls=peer.target.tls,
            emptied=self._emptyings,
        )

    def _set(self, link: Link) -> None:
        self.link = link
        for watcher in tuple(self._watchers):
            try:
                watcher(link)
            except Exception:  # noqa: BLE001  # readers are others' code
                self._log.exception("bus.link_reader_failed")
