"""The switch: only a person of this run, on this feed, with a sound configuration, starts it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
import redis
from tests.unit.roles.engine import wires
from tests.unit.roles.engine.conftest import Connect
from tests.unit.roles.engine.desks import open_desks
from tests.unit.roles.engine.shop import Shop, open_shop, stop
from tests.unit.roles.parts import eventually, lose_everything, running
from tests.unit.trading.make import WALL

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.sessions import SessionRole
from qt_trade.contract.payloads.trading import BackendStatus
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.engine.autotrading import AutoTradingDesk
from qt_trade.roles.engine.status import Board
from qt_trade.settings import RunSettings
from qt_trade.trading.commands import Resume
from qt_trade.trading.events import AutoTradingStarted, AutoTradingStopped

pytestmark = pytest.mark.asyncio


@dataclass
class Switch:
    shop: Shop
    board: Board
    front: Bus

    async def wish(self, **more: Any) -> None:
        await self.front.write(registry.AUTOTRADING_ENABLED, wires.config(**more))

    async def until(self, holds: Callable[[], object]) -> None:
        await eventually(lambda: bool(holds()))

    @property
    def runs(self) -> bool:
        return self.shop.core.account.auto is not None

    @property
    def word(self) -> BackendStatus:
        return self.board.backend_status(self.shop.core.account, market_open=True)


@asynccontextmanager
async def switch_of(lead: wiring.Lead, connect: Connect) -> AsyncIterator[Switch]:
    shop = await open_shop(lead)
    bus, front = await connect(Party.ENGINE), await connect(Party.FRONTEND)
    board = shop.board()
    run = RunSettings(id="run-1", account="paper:test", started=WALL)
    desks = await open_desks(bus, shop, lead)
    desk = AutoTradingDesk(
        bus,
        shop.dealer,
        desks.people,
        desks.audit.next_control_token,
        board,
        shop.stamp,
        run,
        lambda: None,
    )
    shop.dealer.on_step(desk.on_step)
    await front.write(registry.SESSION, wires.session(), "desk-1")
    async with running(shop.dealer.run(), desk.run()):
        await bus.watch(registry.AUTOTRADING_ENABLED, desk.on_config)
        await desk.settled.wait()
        yield Switch(shop, board, front)


@pytest_asyncio.fixture
async def switch(lead: wiring.Lead, connect: Connect) -> AsyncIterator[Switch]:
    async with switch_of(lead, connect) as switch:
        yield switch


async def test_a_configuration_starts_and_its_opposite_stops(switch: Switch) -> None:
    await switch.wish()
    await switch.until(lambda: switch.runs)
    assert switch.word is BackendStatus.RUNNING
    await switch.wish(enabled=False)
    await switch.until(lambda: not switch.runs)
    assert switch.word is BackendStatus.STOPPED


async def test_deleting_the_configuration_stops(switch: Switch, redis_url: str) -> None:
    await switch.wish()
    await switch.until(lambda: switch.runs)
    with redis.Redis.from_url(redis_url) as stranger:
        stranger.delete("autotrading:enabled")
    await switch.until(lambda: not switch.runs)
    assert switch.board.last_error is None


async def test_a_damaged_configuration_stops_and_says_why(switch: Switch, redis_url: str) -> None:
    await switch.wish()
    await switch.until(lambda: switch.runs)
    with redis.Redis.from_url(redis_url) as stranger:
        stranger.set("autotrading:enabled", '{"enabled": true, "confidence_min": 7}')
    await switch.until(lambda: not switch.runs)
    assert switch.word is BackendStatus.CONFIG_ERROR
    assert "damaged" in str(switch.board.last_error)
    await switch.wish()
    await switch.until(lambda: switch.runs)
    assert switch.board.last_error is None


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"feed": FeedKind.REAL_TIME}, "was made for REAL-TIME, this run is REPLAY"),
        ({"session_id": "nobody"}, "session nobody is unknown or has expired"),
    ],
)
async def test_who_may_not_start_is_told_why(
    switch: Switch, wish: dict[str, Any], words: str
) -> None:
    await switch.wish(**wish)
    await switch.until(lambda: switch.board.config_error)
    assert words in str(switch.board.last_error)
    assert (switch.runs, switch.word) == (False, BackendStatus.CONFIG_ERROR)


async def test_a_viewer_does_not_start(switch: Switch) -> None:
    await switch.front.write(registry.SESSION, wires.session(SessionRole.VIEWER), "desk-1")
    await switch.wish()
    await switch.until(lambda: switch.board.config_error)
    assert not switch.runs


async def test_a_configuration_of_an_earlier_run_is_history(
    lead: wiring.Lead, connect: Connect
) -> None:
    front = await connect(Party.FRONTEND)
    early = WALL - timedelta(seconds=1)
    await front.write(registry.AUTOTRADING_ENABLED, wires.config(ts=early))
    async with switch_of(lead, connect) as switch:
        assert (switch.runs, switch.word) == (False, BackendStatus.STOPPED)
        assert switch.board.last_error is None


async def test_what_an_earlier_run_left_running_is_stopped_first(
    lead: wiring.Lead, connect: Connect
) -> None:
    """The journal says on, the configuration is an earlier run's: no cycle may run on it."""
    async with switch_of(lead, connect) as before:
        await before.wish()
        await before.until(lambda: before.runs)
    front = await connect(Party.FRONTEND)
    await front.write(registry.AUTOTRADING_ENABLED, wires.config(ts=WALL - timedelta(days=1)))
    async with switch_of(lead, connect) as after:
        assert not after.runs
        reasons = [e.reason for e in await after.shop.told() if isinstance(e, AutoTradingStopped)]
    assert reasons == ["the configuration is from an earlier run"]


async def test_a_restart_in_the_middle_of_a_run_goes_on(
    lead: wiring.Lead, connect: Connect
) -> None:
    async with switch_of(lead, connect) as before:
        await before.wish()
        await before.until(lambda: before.runs)
    await (await connect(Party.FRONTEND)).delete(registry.SESSION, "desk-1")
    async with switch_of(lead, connect) as after:
        assert after.runs
        told = [type(event) for event in await after.shop.told()]
    assert (told.count(AutoTradingStarted), told.count(AutoTradingStopped)) == (1, 0)


async def test_a_server_that_lost_its_data_stops_and_a_new_wish_starts(
    switch: Switch, redis_url: str
) -> None:
    """Also the second time: revisions begin anew, and no answer of before is given again."""
    for _ in range(2):
        await switch.front.write(registry.SESSION, wires.session(), "desk-1")
        switch.shop.wall.advance(timedelta(seconds=1))
        await switch.wish(ts=switch.shop.wall.now())
        await switch.until(lambda: switch.runs)
        await lose_everything(redis_url, switch.front)
        await switch.until(lambda: not switch.runs)


async def test_a_start_while_trading_is_stopped_is_explained_until_it_is_resumed(
    switch: Switch,
) -> None:
    await switch.shop.dealer.handle(stop())
    await switch.wish()
    await switch.until(lambda: switch.board.last_error)
    assert "resume it first" in str(switch.board.last_error)
    await switch.shop.dealer.handle(Resume(command_id="r-1", by="desk-1", reason="on we go"))
    assert switch.board.last_error is None
    assert not switch.runs
