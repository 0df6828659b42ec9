"""Risk limits: written once, followed, kept when lost, and never guessed when damaged."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal

import pytest
import pytest_asyncio
import redis
from msgspec.structs import replace
from tests.unit.roles.engine.conftest import Connect
from tests.unit.roles.engine.desks import limits_of, open_desks
from tests.unit.roles.engine.shop import Shop, open_shop
from tests.unit.roles.parts import eventually, lose_everything, running

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.trading import RiskSettings
from qt_trade.model.money import usd
from qt_trade.roles.engine.keeping import KeptDesk
from qt_trade.roles.engine.status import Board

pytestmark = pytest.mark.asyncio


@dataclass
class Limits:
    shop: Shop
    board: Board
    front: Bus

    async def written(self) -> RiskSettings:
        found = await self.front.read(registry.RISK_SETTINGS)
        assert found is not None
        return found.value

    async def tighten(self) -> None:
        tight = replace(await self.written(), cash_reserve=Decimal(77_000), updated_by="u")
        await self.front.write(registry.RISK_SETTINGS, tight)
        await eventually(lambda: self.reserve == usd(77_000))

    @property
    def reserve(self) -> int | None:
        limits = self.shop.core.limits
        return None if limits is None else limits.cash_reserve


@pytest_asyncio.fixture
async def limits(lead: wiring.Lead, connect: Connect) -> AsyncIterator[Limits]:
    shop = await open_shop(lead)
    shop.core.on_limits(None)
    board = shop.board()
    bus, front = await connect(Party.ENGINE), await connect(Party.FRONTEND)
    desks = await open_desks(bus, shop, lead)
    limits = limits_of(shop, desks, board)
    desk = KeptDesk(desks.keeping, registry.RISK_SETTINGS, limits.rules())
    async with running(desk.run()), running(limits.run()), desks.at_work():
        await desk.watch()
        await desk.settled.wait()
        yield Limits(shop, board, front)


async def test_the_first_limits_are_written_for_all_to_see(limits: Limits) -> None:
    assert limits.reserve == usd(10_000)
    assert (await limits.written()).updated_by == "engine"


async def test_a_change_is_in_force_at_once(limits: Limits) -> None:
    await limits.tighten()


async def test_limits_lost_with_the_servers_data_stay_and_are_written_again(
    limits: Limits, redis_url: str
) -> None:
    await limits.tighten()
    await lose_everything(redis_url, limits.front)

    async def there() -> bool:
        return await limits.front.read(registry.RISK_SETTINGS) is not None

    await eventually(there)
    assert (await limits.written()).cash_reserve == Decimal(77_000)
    assert limits.reserve == usd(77_000)


async def test_deleted_limits_come_back(limits: Limits, redis_url: str) -> None:
    await limits.tighten()
    with redis.Redis.from_url(redis_url) as stranger:
        stranger.delete("risk_settings")
        await eventually(lambda: bool(stranger.exists("risk_settings")))
    assert (await limits.written()).cash_reserve == Decimal(77_000)


async def test_damaged_limits_open_nothing_until_they_are_mended(
    limits: Limits, redis_url: str
) -> None:
    good = await limits.written()
    with redis.Redis.from_url(redis_url) as stranger:
        stranger.set("risk_settings", '{"cash_reserve": 0}')
        await eventually(lambda: limits.shop.core.limits is None)
        assert stranger.get("risk_settings") == b'{"cash_reserve": 0}'
    assert "nothing is opened" in str(limits.board.last_error)
    await limits.front.write(registry.RISK_SETTINGS, good)
    await eventually(lambda: limits.reserve == usd(10_000))
    assert limits.board.last_error is None
