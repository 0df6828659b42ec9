"""Sixty thousand messages of every kind at an engine's bus: none lost, none uncounted, no fall.

The other forty thousand go to a desktop: ``tests/desktop/test_fuzz.py``.
"""

import asyncio
from typing import Any

import pytest
import redis
from tests.unit.contract import make
from tests.unit.contract.conftest import Connect
from tests.unit.contract.fuzz import OVERSIZED, Flood, Target
from tests.unit.contract.seen import Seen

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.consumer import Rejection
from qt_trade.contract.endpoints import Command, Document, Party
from qt_trade.contract.payloads.commands import Reply

PUSHES, COMMANDS, CHUNK = 45_000, 15_000, 1_500
DOCUMENTS = (
    registry.RISK_SETTINGS, registry.AUTOTRADING_ENABLED, registry.SESSION_SETTINGS,
    registry.MARKET_DATA, registry.PREDICTIONS_CURRENT, registry.AUTOTRADING_STATUS,
)  # fmt: skip
FEEDS = (registry.QUOTES, registry.ROLE_REPORTS, registry.CANARY_PROBE)
SERVED = (
    registry.EMERGENCY_ACTIONS, registry.MANUAL_ORDERS, registry.SESSION_ACTIONS,
    registry.TRADING_CYCLE,
)  # fmt: skip
FENCE = make.stop("fence")


class Served:
    """Carries out what it is given, and remembers which command that was."""

    def __init__(self) -> None:
        self.done: Seen[str] = Seen()
        self.rejected = 0

    async def handle(self, command: Any) -> Reply:
        self.done(command.command_id)
        return make.reply(command.command_id, "done")

    def reject(self, rejection: Rejection) -> Reply:
        self.rejected += 1
        return make.reply(rejection.command_id, rejection.reason, accepted=False)


class Flooded:
    """One chunk after the other, with what a reader must have counted in the end."""

    def __init__(self, stranger: "redis.Redis", flood: Flood) -> None:
        self._stranger = stranger
        self._flood = flood
        self.sent = self.refused = 0
        self.revisions: dict[str, int] = {}

    async def push(self, number: int) -> None:
        """Push messages on the channels of documents and feeds, each once to be counted."""
        pipeline = self._stranger.pipeline(transaction=False)
        for _ in range(number):
            target = self._flood.target()
            shot = self._flood.message(target)
            if isinstance(target.endpoint, Document):
                key = target.endpoint.key()
                self.revisions[key] = self.revisions.get(key, 0) + 1
                pipeline.publish(key, b"%d %s" % (self.revisions[key], shot.data))
                self.refused += shot.refused and shot.data != b""  # nothing: it was deleted
            else:
                # A channel of its own for each, so that none is overtaken by the next.
                pipeline.publish(target.endpoint.key(f"F{self.sent}"), shot.data)
                self.refused += shot.refused
            self.sent += 1
        await asyncio.to_thread(pipeline.execute)

    async def fence(self, document: Document[Any], good: bytes) -> int:
        """Push a good message that is waited for; return its revision."""
        key = document.key()
        self.revisions[key] = self.revisions.get(key, 0) + 1
        data = b"%d %s" % (self.revisions[key], good)
        await asyncio.to_thread(self._stranger.publish, key, data)
        return self.revisions[key]

    async def command(self, number: int) -> None:
        """Add entries to the commands' streams."""
        pipeline = self._stranger.pipeline(transaction=False)
        for _ in range(number):
            target = self._flood.target()
            shot = self._flood.message(target)
            pipeline.xadd(target.endpoint.key(), {"d": shot.data, "r": "nobody"})
            self.refused += shot.refused
            self.sent += 1
        await asyncio.to_thread(pipeline.execute)


@pytest.mark.asyncio
async def test_an_engine_counts_every_bad_push_and_misses_no_good_one(
    connect: Connect, redis_url: str, stranger: "redis.Redis"
) -> None:
    """Documents and feeds: what was refused is counted to the one, the last good one arrives."""
    engine = await connect(redis_url, Party.ENGINE)
    told: Seen[Change[Any]] = Seen()
    fed: list[Any] = []
    for document in DOCUMENTS:
        await engine.watch(document, told)
    for feed in FEEDS:
        await engine.subscribe(feed, fed.append, "*")
    await told.count(len(DOCUMENTS))
    flooded = Flooded(stranger, Flood([Target(key) for key in (*DOCUMENTS, *FEEDS)], seed=3))
    risk = Target(registry.RISK_SETTINGS).good[0]
    while flooded.sent < PUSHES:
        await flooded.push(CHUNK)
        revision = await flooded.fence(registry.RISK_SETTINGS, risk)
        await told.until(
            lambda seen, end=revision: any(
                one.revision == end and one.key == "risk_settings" for one in seen[-CHUNK:]
            )
        )
    # What comes by feeds is read when all that has arrived is sorted: a moment later.
    await counted(engine, flooded.refused)
    pushed = sum(flooded.revisions.values())
    assert len(told) == len(DOCUMENTS) + pushed
    assert engine.skipped == 0
    bad = sum(1 for change in told if change.error is not None)
    good = PUSHES + PUSHES // CHUNK - pushed - (flooded.refused - bad)
    async with asyncio.timeout(60.0):
        while len(fed) < good:
            await engine.ping()
    assert len(fed) == good
    assert 0 < flooded.refused < PUSHES
    assert (engine.link.connected, engine.link.reconnects) == (True, 0)


@pytest.mark.asyncio
async def test_an_engine_answers_what_it_can_of_a_flood_of_commands(
    connect: Connect, redis_url: str, stranger: "redis.Redis"
) -> None:
    """Each is carried out or refused, counted and gone from its stream; then a person is served."""
    engine = await connect(redis_url, Party.ENGINE)
    desk = await connect(redis_url, Party.FRONTEND)
    served = Served()
    for command in SERVED:
        engine.serve(command, served.handle, served.reject)
    flooded = Flooded(stranger, Flood([Target(command) for command in SERVED], seed=4))
    while flooded.sent < COMMANDS:
        await flooded.command(CHUNK)
    stranger.xadd(registry.MANUAL_ORDERS.key(), {"d": OVERSIZED})
    stranger.xadd(registry.MANUAL_ORDERS.key(), {"e": b"no message at all"})
    flooded.refused += 2
    assert (await desk.send(registry.EMERGENCY_ACTIONS, FENCE, 60.0)).accepted
    await every_stream_is_empty(engine, stranger)
    assert engine.rejected == flooded.refused
    assert len(served.done) == flooded.sent + 2 - flooded.refused + 1
    assert 0 < served.rejected < flooded.refused
    assert await engine.length(registry.DEAD_LETTERS) <= registry.DEAD_LETTERS.cap
    assert engine.link.reconnects == 0


async def counted(engine: Bus, refused: int) -> None:
    """Wait until so many messages were refused, and hold that it is no more."""
    async with asyncio.timeout(60.0):
        while engine.rejected < refused:
            await engine.ping()
    assert engine.rejected == refused


async def every_stream_is_empty(engine: Any, stranger: "redis.Redis") -> None:
    """Wait until the last command of each stream was answered and so removed."""
    for command in SERVED:
        assert isinstance(command, Command)
        async with asyncio.timeout(60.0):
            while stranger.xlen(command.key()):
                await engine.ping()


@pytest.mark.asyncio
async def test_a_desk_that_waits_for_a_reply_survives_what_is_sent_in_its_place(
    connect: Connect, redis_url: str, stranger: "redis.Redis"
) -> None:
    """Its own channel is open to others of its server; the right answer still comes through."""
    engine = await connect(redis_url, Party.ENGINE)
    desk = await connect(redis_url, Party.FRONTEND)
    served = Served()
    engine.serve(registry.EMERGENCY_ACTIONS, served.handle, served.reject)
    await desk.send(registry.EMERGENCY_ACTIONS, make.stop("first"), 20.0)
    (channel,) = (name for name in stranger.pubsub_channels("replies:*"))
    flood = Flood([Target(registry.MANUAL_ORDERS)], seed=5)
    refused = 0
    pipeline = stranger.pipeline(transaction=False)
    for _ in range(500):
        shot = flood.message(flood.target())
        pipeline.publish(channel, shot.data)
        refused += 1
    pipeline.execute()
    assert (await desk.send(registry.EMERGENCY_ACTIONS, make.stop("second"), 20.0)).accepted
    await counted(desk, refused)
