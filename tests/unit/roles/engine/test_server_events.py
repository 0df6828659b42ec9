"""The engine sees whether its server tells of writes, and says what to set where it may not."""

import asyncio
import random

import pytest
import redis
from tests.servers import ServerProcess
from tests.unit.roles.parts import running

from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.kit.clock import SystemClock
from qt_trade.roles.engine.server_events import ServerEvents

pytestmark = pytest.mark.asyncio

PATIENCE_S = 20.0


async def test_it_says_what_to_set_until_it_is_set(private_valkey: ServerProcess) -> None:
    """At every connect: a server that was started anew may have forgotten."""
    url = private_valkey.url_of("backend")
    with redis.Redis.from_url(private_valkey.url) as admin:
        admin.config_set("notify-keyspace-events", "K$")
        told: asyncio.Queue[str] = asyncio.Queue()
        bus = Bus(url, Party.ENGINE, SystemClock(), random.Random(1))
        await bus.open()
        async with running(ServerEvents(bus, url, told.put_nowait).run()):
            async with asyncio.timeout(PATIENCE_S):
                words = await told.get()
                assert "lacks gx" in words
                assert "CONFIG SET notify-keyspace-events K$gx" in words
                admin.config_set("notify-keyspace-events", "KA")
                admin.execute_command("CLIENT", "KILL", "USER", "backend")
                assert await told.get() == ""
        await bus.close()


async def test_it_sees_to_it_where_it_may(private_valkey: ServerProcess) -> None:
    """A Redis without users of its own lets every client change its settings."""
    with redis.Redis.from_url(private_valkey.url) as admin:
        admin.config_set("notify-keyspace-events", "")
    told: asyncio.Queue[str] = asyncio.Queue()
    bus = Bus(private_valkey.url, Party.ENGINE, SystemClock(), random.Random(1))
    await bus.open()
    async with running(ServerEvents(bus, private_valkey.url, told.put_nowait).run()):
        async with asyncio.timeout(PATIENCE_S):
            assert await told.get() == ""
    await bus.close()
