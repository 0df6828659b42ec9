"""What a process reports of itself, also while it stands by."""

import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.servers import ServerProcess
from tests.unit.contract.seen import Seen
from tests.unit.roles.parts import eventually, running, settings_of

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.health import RoleReport
from qt_trade.kit.clock import SystemClock
from qt_trade.model.journal import JournalAwayError
from qt_trade.roles.database_line import DatabaseLine
from qt_trade.roles.presence import Presence

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def front(redis_url: str) -> AsyncIterator[Bus]:
    bus = Bus(redis_url, Party.FRONTEND, SystemClock(), random.Random(2))
    await bus.open(timeout_s=20.0)
    yield bus
    await bus.close()


async def test_a_standby_reports_and_tells_at_once_when_it_leads(
    redis_url: str, front: Bus
) -> None:
    """With its work, its restarts and its queue."""
    heard: Seen[RoleReport] = Seen()
    await front.subscribe(registry.ROLE_REPORTS, heard, "*")
    settings = settings_of(redis_url, "postgresql://x/x", run={"restarts": 2})
    bus = Bus(redis_url, Party.STREAMER, SystemClock(), random.Random(3))
    await bus.open(timeout_s=20.0)
    presence = Presence("streamer", settings, bus, SystemClock())
    async with running(presence.run()):
        (first,) = await heard.count(1)
        assert (first.role, first.leads, first.last_work, first.work) == (
            "streamer", False, None, "",
        )  # fmt: skip
        assert (first.restarts, first.queue, first.postgres) == (2, None, None)
        presence.work.done("quote IBM", 3)
        presence.queue = lambda: 4
        presence.lead()
        reports = await heard.until(lambda reports: reports[-1].leads)
    last = reports[-1]
    assert (last.work, last.work_done, last.queue, last.redis.connected) == (
        "quote IBM", 3, 4, True,
    )  # fmt: skip
    assert last.memory_mb > 5
    assert last.instance == first.instance
    await bus.close()


async def test_reports_come_back_with_the_server(private_valkey: ServerProcess) -> None:
    """Nobody has to start the process anew for it."""
    settings = settings_of(private_valkey.url, "postgresql://x/x")
    bus = Bus(private_valkey.url, Party.WORKER, SystemClock(), random.Random(3))
    front = Bus(private_valkey.url, Party.FRONTEND, SystemClock(), random.Random(4))
    await bus.open(timeout_s=20.0)
    await front.open(timeout_s=20.0)
    heard: Seen[RoleReport] = Seen()
    await front.subscribe(registry.ROLE_REPORTS, heard, "*")
    async with running(Presence("worker", settings, bus, SystemClock()).run()):
        await heard.count(1)
        private_valkey.kill()
        await eventually(lambda: not bus.link.connected)
        private_valkey.start()
        await heard.until(lambda reports: reports[-1].redis.reconnects == 1)
    await bus.close()
    await front.close()


async def test_a_database_that_leaves_and_comes_back_is_told() -> None:
    """With its reason, and how often that has happened."""
    answers: list[float | JournalAwayError] = [0.002, JournalAwayError("gone"), 0.003]
    told: Seen[tuple[bool, str, int]] = Seen()

    async def ping() -> float:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, JournalAwayError):
            raise answer
        return answer

    def hear(line: DatabaseLine) -> None:
        health = line.health()
        told((health.connected, health.last_error, health.reconnects))

    async with running(DatabaseLine(ping, hear, every_s=0.0).run()):
        await told.count(3)
    assert told[:3] == [(True, "", 0), (False, "gone", 1), (True, "", 1)]
