"""The engine's whole process, in this one: it waits for what is away, serves, and gives way."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import psycopg
import pytest
from tests.servers import ServerProcess
from tests.unit.roles.engine import wires
from tests.unit.roles.engine.test_market_view import announcement
from tests.unit.roles.parts import PATIENCE_S, eventually, settings_of
from tests.unit.trading.make import FEED, IBM

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.commands import Emergency
from qt_trade.contract.payloads.trading import BackendStatus
from qt_trade.kit.clock import ManualClock, SystemClock
from qt_trade.market.calendar_memory import remembered_sessions
from qt_trade.roles.engine.main import work
from qt_trade.roles.process import RoleContext
from qt_trade.settings import Settings
from qt_trade.storage.migrate import migrate

pytestmark = pytest.mark.asyncio


class Town:
    """What surrounds an engine: its servers, and one bus per other party."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.ready = asyncio.Event()
        self.buses: dict[Party, Bus] = {}

    async def bus(self, party: Party) -> Bus:
        if party not in self.buses:
            bus = Bus(self.settings.redis(), party, SystemClock(), random.Random(party))
            await bus.open(timeout_s=PATIENCE_S)
            self.buses[party] = bus
        return self.buses[party]

    async def announce(self) -> None:
        """Speak as the streamer and the worker would."""
        streamer, worker = await self.bus(Party.STREAMER), await self.bus(Party.WORKER)
        clock = ManualClock(SystemClock().now())
        await streamer.write(registry.MARKET_DATA, wires.market_data(100.0))
        await worker.write(registry.PREDICTIONS_CURRENT, wires.predictions())
        status = announcement(clock, FEED)
        await streamer.write(registry.MARKET_STATUS, status)

    @asynccontextmanager
    async def engine(self) -> AsyncGenerator["asyncio.Task[None]"]:
        context = RoleContext(self.settings, self.ready.set)
        task = asyncio.create_task(work(context))
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until_ready(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self.ready.wait()

    async def word(self) -> BackendStatus | None:
        found = await (await self.bus(Party.FRONTEND)).read(registry.AUTOTRADING_BACKEND_STATUS)
        return None if found is None else found.value

    async def close(self) -> None:
        for bus in self.buses.values():
            await bus.close()


@pytest.fixture
def town(redis_url: str, database_url: str, tmp_path: object) -> Town:
    return Town(settings_of(redis_url, database_url, data_dir=tmp_path))


async def test_it_waits_for_servers_that_come_later(
    private_valkey: ServerProcess, private_postgres: ServerProcess, tmp_path: object
) -> None:
    await migrate(private_postgres.url)
    private_valkey.kill()
    private_postgres.kill()
    town = Town(settings_of(private_valkey.url, private_postgres.url, data_dir=tmp_path))
    async with town.engine() as engine:
        done, _ = await asyncio.wait({engine}, timeout=0)
        assert not done
        private_postgres.start()
        private_valkey.start()
        await town.announce()
        await town.until_ready()
        assert not engine.done()
    await town.close()


async def test_it_trades_from_the_switch_to_the_last_stop(town: Town) -> None:
    async with town.engine():
        await town.announce()
        await town.until_ready()
        front, worker = await town.bus(Party.FRONTEND), await town.bus(Party.WORKER)
        now = SystemClock().now()
        await front.write(registry.SESSION, wires.session(), "desk-1")
        await front.write(registry.AUTOTRADING_ENABLED, wires.config(ts=now))

        async def on() -> bool:
            return await town.word() is BackendStatus.RUNNING

        await eventually(on)
        cycle = wires.cycle(FEED, ts=now)
        ran = await worker.send(registry.TRADING_CYCLE, cycle)
        again = await worker.send(registry.TRADING_CYCLE, cycle)
        assert (ran.accepted, ran.reason) == (True, "1 candidates, 1 signals, 1 orders")
        assert again.reason == ran.reason

        async def bought() -> bool:
            found = await front.read(registry.PORTFOLIO_POSITIONS)
            return found is not None and [p.symbol for p in found.value.positions] == [IBM]

        await eventually(bought)
        stop = wires.emergency(Emergency.STOP_ALL_TRADING)
        assert (await front.send(registry.EMERGENCY_ACTIONS, stop)).accepted
        later = wires.cycle(FEED + timedelta(minutes=10), ts=now)
        refused = await worker.send(registry.TRADING_CYCLE, later)
        assert (refused.accepted, "stopped" in refused.reason) == (False, True)
    await town.close()


async def test_who_is_fenced_ends(town: Town) -> None:
    async with town.engine() as engine:
        await town.announce()
        await town.until_ready()
        async with await psycopg.AsyncConnection.connect(town.settings.database()) as thief:
            await thief.execute("UPDATE leases SET holder = 'another', token = token + 1")
        async with asyncio.timeout(PATIENCE_S):
            with pytest.raises(BaseExceptionGroup):
                await engine
    await town.close()


async def test_the_calendar_of_a_run_is_remembered(town: Town) -> None:
    """Asked of the library once per data folder: it takes two seconds."""
    async with town.engine():
        await town.announce()
        await town.until_ready()
    cache = town.settings.data_dir / "cache"
    (file,) = cache.iterdir()
    written = file.stat().st_mtime_ns
    first, last = FEED.date().replace(2012, 1, 1), FEED.date().replace(2014, 12, 31)
    remembered_sessions(first, last, cache)
    assert file.stat().st_mtime_ns == written
    await town.close()
