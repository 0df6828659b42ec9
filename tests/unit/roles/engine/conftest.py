"""A database with its tables, a held lease, and buses of both sides."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
import pytest_asyncio
from tests.servers import fresh_database
from tests.unit.roles.parts import settings_of

from qt_trade import wiring
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.kit.clock import SystemClock
from qt_trade.settings import Settings
from qt_trade.storage.migrate import migrate

Connect = Callable[[Party], Awaitable[Bus]]


@pytest.fixture(scope="session")
def database_template(postgres_url: str) -> Iterator[str]:
    """A migrated database, which every test gets a copy of."""
    with fresh_database(postgres_url, "engine_template", "template0") as url:
        asyncio.run(migrate(url))
        yield "engine_template"


@pytest.fixture
def settings(redis_url: str, database_url: str) -> Settings:
    return settings_of(redis_url, database_url)


@pytest_asyncio.fixture
async def lead(settings: Settings) -> AsyncIterator[wiring.Lead]:
    async with wiring.leading("engine", settings) as lead:
        yield lead


@pytest_asyncio.fixture
async def connect(settings: Settings) -> AsyncIterator[Connect]:
    """Open a bus: ``await connect(Party.ENGINE)``."""
    buses: list[Bus] = []

    async def connect(party: Party) -> Bus:
        bus = Bus(settings.redis(), party, SystemClock(), random.Random(len(buses)))
        buses.append(bus)
        await bus.open(timeout_s=20.0)
        return bus

    yield connect
    for bus in buses:
        await bus.close()
