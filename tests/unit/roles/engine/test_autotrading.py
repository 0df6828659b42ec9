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
from tests.unit.roles.engine.desks import Desks, open_desks
from tests.unit.roles.engine.shop import Shop, open_shop, stop
from tests.unit.roles.parts import eventually, lose_everything, running
from tests.unit.trading.make import WALL

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.base import WrongFieldError
from qt_trade.contract.payloads.sessions import SessionRole
from qt_trade.contract.payloads.trading import AutoTradingConfig, BackendStatus
from qt_trade.model.feeds import FeedKind
from qt_trade.model.presets import TradingHours, TradingPolicy
from qt_trade.roles.engine.autotrading import AutoTradingDesk
from qt_trade.roles.engine.status import Board
from qt_trade.settings import RunSettings
from qt_trade.trading.commands import Resume, TakeControl
from qt_trade.trading.events import AutoTradingStarted, AutoTradingStopped
from qt_trade.trading.strategies.own import OwnAnswer

pytestmark = pytest.mark.asyncio


@dataclass
class Switch:
    shop: Shop
    board: Board
    front: Bus
    desks: Desks

    async def wish(self, **more: Any) -> None:
        await self.front.write(registry.AUTOTRADING_ENABLED, wires.config(**more))

    async def document(self) -> AutoTradingConfig | None:
        found = await self.front.read(registry.AUTOTRADING_ENABLED)
        return None if found is None else found.value

    async def says(self, config: AutoTradingConfig | None) -> None:
        """Wait until the document is this configuration."""

        async def so() -> bool:
            return await self.document() == config

        await eventually(so)

    async def until(self, holds: Callable[[], object]) -> None:
        await eventually(lambda: bool(holds()))

    @property
    def runs(self) -> bool:
        return self.shop.core.account.auto is not None

    @property
    def word(self) -> BackendStatus:
        core = self.shop.core
        return self.board.standing(core.account, core.checks(self.shop.dealer.now()), None).status


@asynccontextmanager
async def switch_of(lead: wiring.Lead, connect: Connect) -> AsyncIterator[Switch]:
    shop = await open_shop(lead)
    bus, front = await connect(Party.ENGINE), await connect(Party.FRONTEND)
    board = shop.board()
    board.evidence.database_latency_ms = 1.0
    run = RunSettings(id="run-1", account="paper:test", started=WALL)
    desks = await open_desks(bus, shop, lead)
    desk = AutoTradingDesk(desks.keeping, shop.dealer, desks.control, board, run, lambda: None)
    desk.begin((await desks.audit.kept_settings()).get("autotrading:enabled"))
    desks.control.on_loss(desk.lost)
    shop.dealer.on_step(desk.on_step)
    await front.write(registry.SESSION, wires.session(), "desk-1")
    async with running(shop.dealer.run(), desk.run()), desks.at_work():
        await bus.watch(registry.AUTOTRADING_ENABLED, desk.on_config)
        await bus.watch(registry.AUTOTRADING_STATUS, desk.on_word)
        await desk.settled.wait()
        yield Switch(shop, board, front, desks)


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


async def test_a_server_that_lost_its_data_is_given_the_configuration_again(
    switch: Switch, redis_url: str
) -> None:
    """Trading goes on; and a stop, then a start, are heard as ever: also the second time."""
    for _ in range(2):
        await switch.front.write(registry.SESSION, wires.session(), "desk-1")
        switch.shop.wall.advance(timedelta(seconds=1))
        await switch.wish(ts=switch.shop.wall.now())
        await switch.until(lambda: switch.runs)
        config = await switch.document()
        await lose_everything(redis_url, switch.front)
        await switch.says(config)
        assert switch.runs
        await switch.front.delete(registry.AUTOTRADING_ENABLED)
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


async def comes(switch: Switch, session_id: str, name: str) -> None:
    session = wires.session(session_id=session_id, name=name)
    await switch.front.write(registry.SESSION, session, session_id)
    await switch.until(lambda: session_id in switch.desks.people.traders)


async def error_of(switch: Switch) -> str | None:
    found = await switch.front.read(registry.AUTOTRADING_ERROR)
    return None if found is None else found.value.reason


async def test_another_traders_start_is_refused_and_the_document_tells_the_truth(
    switch: Switch,
) -> None:
    """In words that say what to do; what runs goes on as it was."""
    await comes(switch, "desk-1", "Anna")
    await comes(switch, "desk-2", "Bert")
    await switch.wish()
    await switch.until(lambda: switch.runs)
    mine = await switch.document()
    running_so = switch.shop.core.account.auto
    for number in range(2):
        await switch.wish(session_id="desk-2", confidence_min=0.9 + number / 100)
        await switch.says(mine)
    assert await error_of(switch) == "Anna controls AutoTrading; take over first"
    assert switch.shop.core.account.auto == running_so
    assert switch.word is BackendStatus.RUNNING
    assert switch.board.last_error == "Anna controls AutoTrading; take over first"

    async def gone() -> bool:
        return await error_of(switch) is None

    await eventually(gone)


async def test_a_start_that_was_refused_before_any_is_taken_away(switch: Switch) -> None:
    """Nothing is in force, and so nothing stands there."""
    await comes(switch, "desk-1", "Anna")
    await comes(switch, "desk-2", "Bert")
    taken = TakeControl(command_id="t-1", by="desk-1", token=1)
    await switch.shop.dealer.handle(taken)
    await switch.wish(session_id="desk-2")
    await switch.until(lambda: switch.board.last_error)
    await switch.says(None)
    assert switch.word is BackendStatus.STOPPED
    assert switch.board.last_error == "Anna controls AutoTrading; take over first"


async def test_a_strangers_start_does_not_disturb_what_runs(switch: Switch) -> None:
    """An unknown session is refused, and neither stops nor changes anything."""
    await switch.wish()
    await switch.until(lambda: switch.runs)
    mine = await switch.document()
    await switch.wish(session_id="nobody")
    await switch.until(lambda: "nobody" in str(switch.board.last_error))
    await switch.says(mine)
    assert switch.runs


async def test_anybodys_stop_is_obeyed(switch: Switch) -> None:
    """Whoever holds the control: the safe side is everybody's."""
    await comes(switch, "desk-2", "Bert")
    await switch.wish()
    await switch.until(lambda: switch.runs)
    await switch.wish(session_id="desk-2", enabled=False)
    await switch.until(lambda: not switch.runs)
    assert switch.shop.core.account.control.holder == "desk-1"


async def test_the_word_stopped_stops_and_the_document_follows(
    switch: Switch, redis_url: str
) -> None:
    """As the older frontends stop; a later start makes the word true again."""
    await switch.wish()
    await switch.until(lambda: switch.runs)
    with redis.Redis.from_url(redis_url) as stranger:
        stranger.set("autotrading:status", "STOPPED")
        await switch.until(lambda: not switch.runs)

        async def says_so() -> bool:
            found = await switch.document()
            return found is not None and not found.enabled

        await eventually(says_so)
        await switch.wish(ts=WALL + timedelta(seconds=1))
        await switch.until(lambda: switch.runs)
        await eventually(lambda: stranger.get("autotrading:status") == b"ACTIVE")
    assert switch.runs


async def test_what_stops_trading_switches_the_document_off(switch: Switch) -> None:
    """An emergency stop, here: nobody who reads the document may think that it runs."""
    await switch.wish()
    await switch.until(lambda: switch.runs)
    await switch.shop.dealer.handle(stop())

    async def says_so() -> bool:
        found = await switch.document()
        return found is not None and not found.enabled

    await eventually(says_so)
    assert not switch.runs


async def test_a_flush_nobody_tells_of_is_noticed(switch: Switch, redis_url: str) -> None:
    """No connection breaks; a counter of ours that began anew gives it away."""
    await switch.wish()
    await switch.until(lambda: switch.runs)
    mine = await switch.document()
    with redis.Redis.from_url(redis_url) as stranger:
        stranger.flushall()
    await switch.says(mine)
    assert switch.runs


async def test_the_configuration_outlives_engine_and_server_together(
    lead: wiring.Lead, connect: Connect, redis_url: str
) -> None:
    """PostgreSQL has it: the next engine writes it into the empty Redis and goes on."""
    async with switch_of(lead, connect) as before:
        await before.wish()
        await before.until(lambda: before.runs)
        mine = await before.document()

        async def kept() -> bool:
            return "autotrading:enabled" in await before.desks.audit.kept_settings()

        await eventually(kept)
    with redis.Redis.from_url(redis_url) as stranger:
        stranger.flushall()
    async with switch_of(lead, connect) as after:
        await after.says(mine)
        assert after.runs


async def test_a_strategy_the_engine_does_not_know_is_a_config_error(switch: Switch) -> None:
    """With the names there are; Redis can never name a file."""
    outlook = switch.shop.core.outlook
    outlook.strategies = {"mine": lambda _snapshot: OwnAnswer((), 0.0)}
    await switch.wish(own_strategy="yours")
    await switch.until(lambda: switch.word is BackendStatus.CONFIG_ERROR)
    words = "there is no strategy 'yours' here; there is mine"

    async def told() -> bool:
        return await error_of(switch) == words

    await eventually(told)
    assert (switch.runs, switch.board.config_error) == (False, words)
    await switch.wish(own_strategy="mine")
    await switch.until(lambda: switch.runs)
    strategy = switch.shop.core.account.strategy
    assert strategy is not None
    assert (strategy.own, switch.word) == ("mine", BackendStatus.RUNNING)


async def test_hours_policy_and_exits_of_a_configuration_take_effect(switch: Switch) -> None:
    """A configuration from before there were any starts as it always did (see all the others)."""
    more = {"skip_first_min": 5, "skip_last_min": 20, "policy": TradingPolicy.FLAT_BY_CLOSE}
    await switch.wish(**more, fractional=True, exits_at_broker=True)
    await switch.until(lambda: switch.runs)
    strategy = switch.shop.core.account.strategy
    assert strategy is not None
    assert (strategy.hours, strategy.policy) == (TradingHours(5, 20), TradingPolicy.FLAT_BY_CLOSE)
    assert (strategy.fractional, strategy.exits_at_broker) == (True, True)
    settings = switch.board.settings(switch.shop.core.account)
    assert (settings.skip_last_min, settings.exits_at_broker) == (20, True)


async def test_flat_by_the_close_needs_minutes_in_which_a_cycle_falls() -> None:
    """Fewer than a cycle's rhythm might see none."""
    with pytest.raises(WrongFieldError, match="FLAT_BY_CLOSE needs at least 10 minutes"):
        wires.config(policy=TradingPolicy.FLAT_BY_CLOSE, skip_last_min=9)
