"""Two writers, strangers, lost connections and lost data in any order, on a real server.

What the contract promises a watcher, held after every few steps, when all writes are answered:

1. What it was told last is what stands on the server: value, revision, or that it does not fit.
2. A value of ours comes with the revision its writer was given.
3. Revisions fall only when the server lost its data, and stay only for strangers, who know none:
   whatever they write counts as one more than ours, and counts back when they put ours back.
4. No revision is skipped unseen: as long as the connection holds, strangers are quiet and no data
   is lost, every single one is delivered, in order. Otherwise what was overwritten before it could
   be read is not told of any more.
"""

import asyncio
import random
import threading
from collections.abc import Callable, Coroutine
from decimal import Decimal
from itertools import pairwise
from typing import Any

import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from tests.unit.contract import make

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.codec import Codec
from qt_trade.contract.endpoints import Document, Party
from qt_trade.contract.errors import ConflictError, InvalidMessageError
from qt_trade.contract.topics import revision_of
from qt_trade.kit.clock import SystemClock
from qt_trade.kit.loop_thread import LoopThread

PATIENCE_S = 20.0
WATCHER = Party.WORKER
"""A party that writes none of the documents, so that its connections are told by their name."""
State = tuple[int, Any, bool]
"""Revision, value, and whether what stands there does not fit."""


class Watching:
    """What a watcher was told, and a way to wait for more."""

    def __init__(self) -> None:
        self.told: list[Change[Any]] = []
        self._news = threading.Condition()

    def __call__(self, change: Change[Any]) -> None:
        with self._news:
            self.told.append(change)
            self._news.notify_all()

    def until(self, enough: Callable[[], bool]) -> None:
        with self._news:
            assert self._news.wait_for(enough, PATIENCE_S), f"in vain; told was {self.told[-5:]}"

    def news(self) -> None:
        """Say that something else happened that may be waited for."""
        with self._news:
            self._news.notify_all()

    def last(self) -> State | None:
        return state_of(self.told[-1]) if self.told else None


def state_of(change: Change[Any]) -> State:
    return change.revision, change.value, change.error is not None


class Interleavings(RuleBasedStateMachine):
    """The steps; ``document`` and its writers are given by the two machines below."""

    document: Document[Any]
    parties: tuple[Party, Party]
    make: Callable[[int], Any]
    url: str

    def __init__(self) -> None:
        super().__init__()
        self.loop = LoopThread("interleavings")
        self.stranger = redis.Redis.from_url(self.url)
        self.stranger.flushall()
        self.numbers = 0
        self.ever_emptied = False
        self.buses = [self.opened(party) for party in (*self.parties, WATCHER)]
        self.codec: Codec[Any] = Codec(self.document)
        self.ours: dict[Any, int] = {}
        self.watching = Watching()
        watcher = self.buses[2]
        watcher.on_link(lambda _: self.watching.news())
        self.run(watcher.watch(self.document, self.watching))
        self.watching.until(lambda: bool(self.watching.told))
        self.begin()

    def teardown(self) -> None:
        for bus in self.buses:
            self.run(bus.close())
        self.loop.close()
        self.stranger.close()

    # What the steps are made of

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run(work, PATIENCE_S)

    def opened(self, party: Party) -> Bus:
        async def open_bus() -> Bus:
            bus = Bus(self.url, party, SystemClock(), random.Random(self.numbers))
            await bus.open(PATIENCE_S)
            return bus

        return self.run(open_bus())

    def value(self) -> Any:
        self.numbers += 1
        return type(self).make(self.numbers)

    def standing(self) -> State:
        answer = self.stranger.mget(self.document.keys())
        try:
            value = None if answer[0] is None else self.codec.decode(answer[0])
        except InvalidMessageError:
            return revision_of(answer), None, True
        return revision_of(answer), value, False

    def begin(self) -> None:
        """Begin to count: what follows is held against what is told of it."""
        self.start = self.standing()[0]
        self.seen = len(self.watching.told)
        self.steps = 0
        self.disturbed = self.emptied = False
        self.lost_at: int | None = None

    @property
    def doubtful(self) -> bool:
        """Whether a revision may stand for another value than a writer has seen at it."""
        return self.disturbed or self.ever_emptied

    async def try_on_top(self, bus: Bus, value: Any, revision: int) -> int | None:
        try:
            return await bus.write(self.document, value, expect=revision)
        except ConflictError as conflict:
            # The same revision, but not what this writer has seen at it: a stranger's, or from
            # before the server was emptied.
            assert conflict.found != revision or self.doubtful
            return None

    # The steps

    @rule(writer=st.sampled_from([0, 1]))
    def write(self, writer: int) -> None:
        value = self.value()
        self.ours[value] = self.run(self.buses[writer].write(self.document, value))
        self.steps += 1

    @rule(writer=st.sampled_from([0, 1]))
    def write_on_top_of_what_stands(self, writer: int) -> None:
        value, revision = self.value(), self.standing()[0]
        written = self.run(self.try_on_top(self.buses[writer], value, revision))
        if written is None:
            assert self.doubtful
            return
        assert written == revision + 1
        self.ours[value] = written
        self.steps += 1

    @rule(writer=st.sampled_from([0, 1]), behind=st.integers(1, 3))
    def write_on_top_of_what_was(self, writer: int, behind: int) -> None:
        before = self.standing()
        wrong = before[0] - behind if before[0] >= behind else before[0] + behind
        assert self.run(self.try_on_top(self.buses[writer], self.value(), wrong)) is None
        assert self.standing() == before

    @rule()
    def write_at_once(self) -> None:
        values = self.value(), self.value()
        revisions = self.both(
            bus.write(self.document, value) for bus, value in zip(self.buses, values, strict=False)
        )
        assert len(set(revisions)) == 2
        self.ours |= dict(zip(values, revisions, strict=True))
        self.steps += 2

    @rule()
    def write_at_once_on_top_of_the_same(self) -> None:
        values, revision = (self.value(), self.value()), self.standing()[0]
        written = self.both(
            self.try_on_top(bus, value, revision)
            for bus, value in zip(self.buses, values, strict=False)
        )
        won = {value: one for value, one in zip(values, written, strict=True) if one is not None}
        assert len(won) == 1 or (self.doubtful and not won)
        self.ours |= won
        self.steps += len(won)

    def both(self, works: Any) -> list[Any]:
        async def gather() -> list[Any]:
            return list(await asyncio.gather(*works))

        return list(self.run(gather()))

    @rule(writer=st.sampled_from([0, 1]))
    def delete(self, writer: int) -> None:
        self.run(self.buses[writer].delete(self.document))
        self.steps += 1

    @precondition(lambda self: self.document.foreign_writers)
    @rule(what=st.sampled_from(["value", "nonsense", "nothing"]))
    def a_stranger_writes(self, what: str) -> None:
        self.disturbed = True
        key = self.document.key()
        if what == "value":
            self.stranger.set(key, self.codec.encode(self.value()))
        elif what == "nonsense":
            self.numbers += 1
            self.stranger.set(key, f'{{"ts":{self.numbers}')
        else:
            self.stranger.delete(key)

    @precondition(lambda self: self.lost_at is None)
    @rule()
    def the_watcher_loses_its_connections(self) -> None:
        self.lost_at = self.buses[2].link.reconnects
        for client in self.stranger.client_list():
            if client["name"] == f"qtrade-{WATCHER}":
                self.stranger.client_kill_filter(_id=client["id"])

    @rule()
    def the_server_loses_its_data(self) -> None:
        self.emptied = self.ever_emptied = True
        self.stranger.flushall()

    @rule()
    def all_is_quiet(self) -> None:
        stands = self.standing()
        link = lambda: self.buses[2].link  # noqa: E731
        if (lost_at := self.lost_at) is not None:
            self.watching.until(lambda: link().connected and link().reconnects > lost_at)
        self.watching.until(lambda: self.watching.last() == stands)
        self.fence()
        assert self.watching.last() == stands
        self.judge(stands[0])
        self.begin()

    def fence(self) -> None:
        """Wait until the watcher has handled all that came before: it keeps the wire's order."""
        fence = Watching()
        topic = self.run(self.buses[2].watch(registry.SYSTEM_STATUS, fence))
        fence.until(lambda: bool(fence.told))
        self.run(self.buses[2].unwatch(topic))

    def judge(self, end: int) -> None:
        told = self.watching.told[self.seen - 1 :]
        for change in told:
            if change.value in self.ours:
                assert change.revision == self.ours[change.value], change
        revisions = [change.revision for change in told]
        falls = sum(1 for one, next_ in pairwise(revisions) if next_ < one)
        stays = sum(1 for one, next_ in pairwise(revisions) if next_ == one)
        assert self.emptied or self.disturbed or falls == 0, revisions
        assert self.emptied or self.disturbed or stays == 0, revisions
        if not (self.emptied or self.disturbed or self.lost_at is not None):
            assert revisions == list(range(self.start, end + 1))
            assert end == self.start + self.steps


def _run(machine: type[Interleavings], redis_url: str) -> None:
    bound = type(machine.__name__, (machine,), {"url": redis_url})
    run_state_machine_as_test(
        bound,
        settings=settings(
            max_examples=15,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


class Shared(Interleavings):
    """A setting: engine and frontends write it, and strangers do."""

    document = registry.RISK_SETTINGS
    parties = (Party.ENGINE, Party.FRONTEND)
    make = staticmethod(lambda number: make.risk(Decimal(number)))


class Own(Interleavings):
    """A document of the backend: two of one role write it while one takes over from the other."""

    document = registry.AUTOTRADING_STATS
    parties = (Party.ENGINE, Party.ENGINE)
    make = staticmethod(make.stats)


def test_a_setting_written_by_many(redis_url: str) -> None:
    """Whatever happens in between, a watcher ends with what the server holds."""
    _run(Shared, redis_url)


def test_a_document_of_the_backend(redis_url: str) -> None:
    """The same without strangers, whose writing is not expected there."""
    _run(Own, redis_url)
