"""Risk limits: written once, followed, kept when lost, and never guessed when damaged."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal

import pytest
import pytest_asyncio
import redis
from msgspec.structs import replace
from tests.unit.roles.engine.conftest import Connect
from tests.unit.roles.engine.desks import Desks, limits_of, open_desks
from tests.unit.roles.engine.shop import Shop, open_shop
from tests.unit.roles.engine.test_keeping import trading_config
from tests.unit.roles.engine.test_wishes import portfolio
from tests.unit.roles.parts import eventually, lose_everything, running

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.trading import RiskSettings
from qt_trade.model.money import usd
from qt_trade.roles.engine.keeping import KeptDesk
from qt_trade.roles.engine.limits import IN_FORCE, LimitsDesk
from qt_trade.roles.engine.status import Board
from qt_trade.trading.risk.loosening import WAIT

pytestmark = pytest.mark.asyncio


@dataclass
class Limits:
    shop: Shop
    board: Board
    front: Bus
    desk: LimitsDesk
    desks: Desks

    async def written(self) -> RiskSettings:
        found = await self.front.read(registry.RISK_SETTINGS)
        assert found is not None
        return found.value

    async def tighten(self) -> None:
        tight = replace(await self.written(), cash_reserve=Decimal(77_000), updated_by="u")
        await self.front.write(registry.RISK_SETTINGS, tight)
        await eventually(lambda: self.reserve == usd(77_000))

    @property
    def waiting(self) -> set[str]:
        found = self.desk.in_force
        return set() if found is None else set(found.waiting)

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
        yield Limits(shop, board, front, limits, desks)


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


async def test_an_earlier_versions_limits_are_completed_for_all_to_see(
    limits: Limits, redis_url: str
) -> None:
    """The six fields it has count, the others have their first values, and the audit says so."""
    stamp = {"ts": "2026-11-23T20:00:00Z", "source": "old", "feed": "REPLAY", "updated_by": "old"}
    six = stamp | {
        "daily_notional_cap": 40_000, "position_shares_max": 900, "position_weight_max": 0.1,
        "trades_per_cycle_max": 2, "cash_reserve": 12_000, "cooldown_min": 45,
    }  # fmt: skip
    with redis.Redis.from_url(redis_url) as stranger:
        stranger.set("risk_settings", json.dumps(six))
    await eventually(lambda: limits.reserve == usd(12_000))

    async def complete() -> bool:
        return (await limits.written()).sector_weight_max == 0.35

    await eventually(complete)
    found = await limits.written()
    assert (found.cooldown_min, found.order_notional_max) == (45, Decimal(15_000))
    assert found.updated_by == "old"

    async def told() -> bool:
        lines = await limits.desks.audit._audit.last(20)
        return any("completed by the engine" in line.words for line in lines)

    await eventually(told)


async def test_a_looser_limit_waits_and_comes_into_force(limits: Limits) -> None:
    """Shown as waiting until then; the audit tells who wrote it and when it came."""
    good = await limits.written()
    loose = replace(good, cash_reserve=Decimal(500), updated_by="anna")
    await limits.front.write(registry.RISK_SETTINGS, loose)
    await eventually(lambda: limits.waiting == {"cash_reserve"})
    assert limits.reserve == usd(10_000)
    limits.shop.wall.advance(WAIT)
    await limits.front.write(registry.RISK_SETTINGS, replace(loose, cooldown_min=31))
    await eventually(lambda: limits.reserve == usd(500))
    assert limits.waiting == set()

    async def told() -> bool:
        lines = await limits.desks.audit._audit.last(20)
        return any("the wait of a looser limit is over" in line.words for line in lines)

    await eventually(told)


async def test_a_looser_limit_is_taken_back_by_the_old_value(limits: Limits) -> None:
    """Nobody has to hurry to stop trading on it."""
    good = await limits.written()
    await limits.front.write(registry.RISK_SETTINGS, replace(good, positions_max=90))
    await eventually(lambda: limits.waiting == {"positions_max"})
    await limits.front.write(registry.RISK_SETTINGS, good)
    await eventually(lambda: limits.waiting == set())


async def test_a_restart_does_not_cut_a_wait_short(limits: Limits) -> None:
    """What is in force is kept beside the documents that name it."""
    good = await limits.written()
    await limits.front.write(registry.RISK_SETTINGS, replace(good, positions_max=90))
    await eventually(lambda: limits.waiting == {"positions_max"})

    async def kept() -> bool:
        return "positions_max" in (await limits.desks.audit.kept_settings()).get(IN_FORCE, "")

    await eventually(kept)
    successor = limits_of(limits.shop, limits.desks)
    successor.begin((await limits.desks.audit.kept_settings())[IN_FORCE])
    successor.rules().taken(replace(good, positions_max=90))
    assert successor.in_force is not None
    assert successor.in_force.limits.positions_max == good.positions_max
    assert set(successor.in_force.waiting) == {"positions_max"}


async def test_what_another_version_kept_is_not_guessed_at(limits: Limits) -> None:
    """The documents tell what is in force then."""
    successor = limits_of(limits.shop, limits.desks)
    successor.begin('{"limits": 7}')
    assert successor.in_force is None


async def test_the_strictest_document_counts(limits: Limits) -> None:
    """And is named as the one to change."""
    limits.desk.on_trading_config(trading_config(max_position_size=100, max_daily_trades=10))
    limits.desk.on_portfolio_settings(portfolio(max_position_pct=0.2, target_diversification=6))
    found = limits.shop.core.limits
    assert found is not None
    assert (found.position_shares_max, found.trades_per_day_max) == (100, 10)
    assert found.setting("position_shares_max").key == "frontend:trading_config"
    assert (found.positions_max, found.position_weight_max) == (6, 0.15)
    assert found.setting("positions_max").field == "target_diversification"
    assert found.excluded == {"TSLA"}
    assert found.preferred_sectors == {"Information Technology"}
    assert found.trading_capital == usd(50_000)


async def test_a_hard_day_loss_below_the_soft_one_is_refused(limits: Limits) -> None:
    """With the field, and the limits in force written again."""
    good = await limits.written()
    wrong = replace(good, day_loss_hard=0.01)
    await limits.front.write(registry.RISK_SETTINGS, wrong)

    async def put_right() -> bool:
        return (await limits.written()).day_loss_hard == 0.03

    await eventually(put_right)
    found = limits.shop.core.limits
    assert found is not None
    assert found.day_loss_hard == 0.03
