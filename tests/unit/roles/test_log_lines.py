"""Log lines on their way: complete, in order, masked, bounded, and never about themselves."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.servers import ServerProcess
from tests.unit.contract.seen import Seen
from tests.unit.roles.parts import eventually, running

from qt_trade.contract import registry
from qt_trade.contract.bus import Batch, Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.health import LogLevel, LogLine
from qt_trade.kit.clock import SystemClock
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.log_lines import BURST, WAITING_MAX, LogLines

pytestmark = pytest.mark.asyncio


def lines_of(role: str = "engine") -> LogLines:
    return LogLines(role, FeedKind.REPLAY, SystemClock())


@pytest_asyncio.fixture
async def bus(redis_url: str) -> AsyncIterator[Bus]:
    bus = Bus(redis_url, Party.ENGINE, SystemClock(), random.Random(1))
    await bus.open(timeout_s=20.0)
    yield bus
    await bus.close()


async def kept(bus: Bus) -> list[LogLine]:
    return [entry.value for entry in await bus.entries(registry.LOG_LINES, last=1000)]


async def until_kept(bus: Bus, count: int) -> list[LogLine]:
    async def there() -> bool:
        return len(await kept(bus)) >= count

    await eventually(there)
    return await kept(bus)


async def test_lines_arrive_in_order_with_level_and_fields(bus: Bus) -> None:
    """Also those said before Redis was there, and of a traceback what matters."""
    lines = lines_of()
    fields = {"timestamp": "t", "level": "info", "role": "engine", "orders": 3, "words": "ok"}
    lines.take("info", "engine.started", fields)
    async with running(lines.ship(bus)):
        lines.take("debug", "engine.detail", {})
        lines.take("warning", "bus.lost", {"reason": "redis://u:s3cret@h:1/0 is away"})
        lines.take("error", "engine.failed", {"exception": "Traceback:\n  x\nValueError: no"})
        told = await until_kept(bus, 3)
    assert [(line.level, line.event, line.words) for line in told] == [
        (LogLevel.INFO, "engine.started", "orders=3 words=ok"),
        (LogLevel.WARNING, "bus.lost", "reason=redis://u:***@h:1/0 is away"),
        (LogLevel.ERROR, "engine.failed", "ValueError: no"),
    ]
    assert {(line.source, line.feed) for line in told} == {("engine", FeedKind.REPLAY)}


async def test_other_threads_are_heard_at_once(bus: Bus) -> None:
    """A worker's jobs log in their own threads."""
    followed: Seen[Batch[LogLine]] = Seen()
    await bus.follow(registry.LOG_LINES, followed, last=10)
    lines = lines_of()
    async with running(lines.ship(bus)):
        await followed.count(1)
        await asyncio.to_thread(lines.take, "info", "job.done", {})
        batches = await followed.until(lambda batches: any(b.entries for b in batches))
    assert [entry.value.event for batch in batches for entry in batch.entries] == ["job.done"]


async def test_while_redis_is_away_the_oldest_are_left_out_and_counted(
    private_valkey: ServerProcess,
) -> None:
    """What matters most is what was said last."""
    bus = Bus(private_valkey.url, Party.ENGINE, SystemClock(), random.Random(1))
    await bus.open(timeout_s=20.0)
    private_valkey.kill()
    await eventually(lambda: not bus.link.connected)
    lines = lines_of()
    async with running(lines.ship(bus)):
        for number in range(WAITING_MAX + 7):
            lines.take("info", f"line.{number}", {})
        private_valkey.start()
        told = await until_kept(bus, BURST)
    assert (told[0].event, told[0].level) == ("log.left_out", LogLevel.WARNING)
    assert "7 lines left out" in told[0].words
    assert told[1].event == "line.7"
    await bus.close()


async def test_a_flood_is_paced(bus: Bus) -> None:
    """One burst goes at once; what comes after it waits, and nothing of it is lost."""
    lines = lines_of()
    for number in range(BURST + 1):
        lines.take("info", f"line.{number}", {})
    async with running(lines.ship(bus)):
        told = await until_kept(bus, BURST + 1)
    assert [line.event for line in told] == [f"line.{number}" for number in range(BURST + 1)]
    gap = told[-1].ts - told[0].ts
    assert gap.total_seconds() < 1, "dated when they were said, not when they were sent"


async def test_what_no_message_can_hold_is_cut_or_mended(bus: Bus) -> None:
    """A line is never refused for what somebody put into it."""
    lines = lines_of()
    async with running(lines.ship(bus)):
        lines.take("info", "e" * 500, {"text": "x" * 5000, "half": "\ud800"})
        (told,) = await until_kept(bus, 1)
    assert (len(told.event), len(told.words), told.words[-1]) == (200, 2000, "…")
    assert bus.rejected == 0


async def test_last_words_go_without_a_shipper(bus: Bus) -> None:
    """Why a process dies is worth more than any line before."""
    lines = lines_of("worker")
    lines.take("error", "role.failed", {"exception": "KeyError: 'x'"})
    await lines.last_words(bus)
    (told,) = await kept(bus)
    assert (told.source, told.words) == ("worker", "KeyError: 'x'")
