"""A socket to Yahoo that stays open and says nothing is told as mute, and forgiven by a quote."""

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from tests.conformance.providers.free_ledger import FreeLedger
from tests.emulators.yahoo import YahooEmulator
from tests.unit.contract.seen import Seen
from tests.unit.roles.parts import running

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.market import FeedState, MarketStatus
from qt_trade.kit.clock import ManualClock, SystemClock
from qt_trade.market.calendar import load_sessions
from qt_trade.market.evidence import Policy
from qt_trade.market.provider import Access, ProviderKit
from qt_trade.market.providers.yahoo import SPEC
from qt_trade.market.realtime import RealtimeParts, RealtimeSource
from qt_trade.model.symbols import Symbol
from qt_trade.roles.streamer.service import Streamer, StreamerParts
from qt_trade.roles.work import Work

pytestmark = pytest.mark.asyncio

IN_SESSION = datetime(2026, 11, 23, 15, 10, 10, tzinfo=UTC)
FOUND = timedelta(seconds=15)
"""So soon at the latest a mute feed must be known."""


def real_time(
    yahoo: YahooEmulator, wall: ManualClock, cache_dir: str, may_be_mute: Callable[[], bool]
) -> RealtimeSource:
    """Return real time over that Yahoo alone."""
    access = Access(base_url=yahoo.base_url, stream_url=yahoo.stream_url, cache_dir=cache_dir)
    kit = ProviderKit(
        access=access, plan=SPEC.plan(""), ledger=FreeLedger(), wall=wall, sleep=asyncio.sleep,
        rng=random.Random(1), may_be_mute=may_be_mute,
    )  # fmt: skip
    sessions = load_sessions(IN_SESSION.date() - timedelta(9), IN_SESSION.date() + timedelta(9))
    parts = RealtimeParts(
        {"yahoo": SPEC.make(kit)}, sessions, Policy(), wall, asyncio.sleep, random.Random(2)
    )
    return RealtimeSource([Symbol("AAPL"), Symbol("MSFT")], parts)


async def until(seen: Seen[Change[MarketStatus]], state: FeedState) -> MarketStatus:
    await seen.until(lambda c: c[-1].value is not None and c[-1].value.feed_state is state)
    status = seen[-1].value
    assert status is not None
    return status


async def test_an_open_socket_that_says_nothing_is_mute_until_it_speaks(
    yahoo: YahooEmulator, redis_url: str, cache_dir: str
) -> None:
    """In market hours, after quotes have come; a quote of any symbol ends it."""
    wall = ManualClock(IN_SESSION)
    source = real_time(yahoo, wall, cache_dir, lambda: False)
    sessions = load_sessions(IN_SESSION.date() - timedelta(9), IN_SESSION.date() + timedelta(9))
    bus = Bus(redis_url, Party.STREAMER, SystemClock(), random.Random(1))
    front = Bus(redis_url, Party.FRONTEND, SystemClock(), random.Random(2))
    await bus.open(timeout_s=20.0)
    await front.open(timeout_s=20.0)
    seen: Seen[Change[MarketStatus]] = Seen()
    await front.watch(registry.MARKET_STATUS, seen)
    parts = StreamerParts(
        bus, source, sessions, wall, "run-1", "paper:x", wall.now(), Work(wall), None
    )
    async with running(Streamer(parts).run(lambda: None)):
        await yahoo.subscribed()
        await yahoo.push("AAPL", 187.3, wall.now(), day_volume=1)
        await until(seen, FeedState.OK)
        wall.advance(FOUND)
        status = await until(seen, FeedState.MUTE)
        assert status.feed_since == IN_SESSION
        assert "no quote of any since 15:10:10 UTC" in status.feed_words
        await yahoo.push("MSFT", 411.2, wall.now(), day_volume=1)
        again = await until(seen, FeedState.OK)
        assert again.feed_words == "1 of 1 sources connected"
    await source.close()
    for one in (bus, front):
        await one.close()
