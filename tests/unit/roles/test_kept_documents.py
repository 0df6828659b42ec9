"""What a role wrote once is there again on a server that lost it."""

import random

import pytest
import redis
from tests.servers import ServerProcess
from tests.unit.contract import make
from tests.unit.roles.parts import eventually, lose_everything

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import DisconnectedError
from qt_trade.kit.clock import SystemClock
from qt_trade.roles.kept_documents import KeptDocuments

pytestmark = pytest.mark.asyncio


async def open_bus(url: str) -> Bus:
    bus = Bus(url, Party.STREAMER, SystemClock(), random.Random(7))
    await bus.open(timeout_s=20.0)
    return bus


async def test_a_server_that_lost_everything_gets_the_last_value_again(redis_url: str) -> None:
    """The last one, and not the one before."""
    bus = await open_bus(redis_url)
    kept = KeptDocuments(bus)
    await kept.write(registry.MARKET_DATA, make.market_data())
    last = make.market_data(IBM=make.symbol_data())
    await kept.write(registry.MARKET_DATA, last)
    await lose_everything(redis_url, bus)

    async def there() -> bool:
        found = await bus.read(registry.MARKET_DATA)
        return found is not None and found.value == last

    await eventually(there)
    await kept.close()
    await bus.close()


async def test_a_flush_under_a_living_connection_is_made_good(redis_url: str) -> None:
    """Values are written again, and what was removed stays away."""
    bus = await open_bus(redis_url)
    kept = KeptDocuments(bus)
    await kept.write(registry.MARKET_DATA, make.market_data())
    await kept.delete(registry.DYNAMIC_TICKERS)
    with redis.Redis.from_url(redis_url) as stranger:
        stranger.flushall()

    async def there() -> bool:
        return await bus.read(registry.MARKET_DATA) is not None

    await eventually(there)
    assert await bus.read(registry.DYNAMIC_TICKERS) is None
    assert bus.link.reconnects == 0
    await kept.close()
    await bus.close()


async def test_what_could_not_be_written_is_written_when_the_server_is_back(
    private_valkey: ServerProcess,
) -> None:
    """Its writer was told, and need not try again."""
    bus = await open_bus(private_valkey.url)
    kept = KeptDocuments(bus)
    private_valkey.kill()
    await eventually(lambda: not bus.link.connected)
    with pytest.raises(DisconnectedError):
        await kept.write(registry.MARKET_DATA, make.market_data())
    private_valkey.start()

    async def there() -> bool:
        return await bus.read(registry.MARKET_DATA) is not None

    await eventually(there)
    await kept.close()
    await bus.close()
