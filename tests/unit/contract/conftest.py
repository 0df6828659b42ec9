"""Buses on a real server, closed when the test ends."""

import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
import pytest_asyncio
import redis

from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.kit.clock import SystemClock

Connect = Callable[..., Awaitable[Bus]]


@contextlib.asynccontextmanager
async def connected() -> AsyncIterator[Connect]:
    """Open buses within the block, in whatever event loop; it closes them."""
    buses: list[Bus] = []

    async def connect(url: str, party: Party, *, wait: bool = True) -> Bus:
        bus = Bus(url, party, SystemClock(), random.Random(len(buses)))
        buses.append(bus)
        if wait:
            await bus.open(timeout_s=20.0)
        else:
            bus.start()
        return bus

    try:
        yield connect
    finally:
        for bus in buses:
            await bus.close()


@pytest_asyncio.fixture
async def connect() -> AsyncIterator[Connect]:
    """Open a bus: ``await connect(url, Party.ENGINE)``; with ``wait=False`` only start it."""
    async with connected() as opener:
        yield opener


@pytest.fixture
def stranger(redis_url: str) -> Iterator[redis.Redis]:
    """A client that knows nothing of the contract."""
    with redis.Redis.from_url(redis_url) as client:
        yield client
