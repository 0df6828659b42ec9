"""The engine's judgement of the whole, on real servers: found, told at once, and taken back."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.unit.contract.seen import Seen
from tests.unit.roles.engine.conftest import Connect
from tests.unit.roles.engine.shop import Shop, open_shop, stop
from tests.unit.roles.engine.test_market_view import announcement
from tests.unit.roles.engine.test_role_watch import report
from tests.unit.roles.parts import eventually, four_days, lose_everything, running
from tests.unit.trading.make import FEED

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.health import (
    AlertsActive,
    CanaryProbe,
    HealthStatus,
    RoleState,
    ServiceStatus,
    SystemHealth,
)
from qt_trade.contract.payloads.market import FeedState
from qt_trade.contract.payloads.trading import SystemStatus
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.engine.health_desk import HealthDesk, HealthParts
from qt_trade.roles.engine.status import Board
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.work import Work
from qt_trade.settings import Rhythms

pytestmark = pytest.mark.asyncio

ROLES = ("streamer", "engine", "worker", "beat")
LATE = timedelta(seconds=13)


@dataclass
class Ward:
    """A health desk, the others' buses, and what a frontend sees of it."""

    shop: Shop
    board: Board
    streamer: Bus
    worker: Bus
    front: Bus
    status: Seen[Change[SystemStatus]]
    health: Seen[Change[SystemHealth]]
    alerts: Seen[Change[AlertsActive]]
    canaries: int = 0

    async def hear(self, *roles: str, **more: Any) -> None:
        now = self.shop.wall.now()
        for role in roles:
            told = report(role, at=now, **more)
            await self.worker.publish(registry.ROLE_REPORTS, told, told.instance)

    async def fly(self) -> None:
        self.canaries += 1
        probe = CanaryProbe(
            ts=self.shop.wall.now(), source="streamer", feed=FeedKind.REPLAY, run_id="run-1",
            number=self.canaries,
        )  # fmt: skip
        await self.streamer.publish(registry.CANARY_PROBE, probe, "run-1")

    async def until(self, holds: Callable[[SystemStatus], bool]) -> SystemStatus:
        await self.status.until(lambda c: c[-1].value is not None and holds(c[-1].value))
        found = self.status[-1].value
        assert found is not None
        return found

    async def until_health(self, word: HealthStatus) -> SystemHealth:
        await self.health.until(lambda c: c[-1].value is not None and c[-1].value.status is word)
        found = self.health[-1].value
        assert found is not None
        return found

    async def until_alerts(self, *keys: str) -> AlertsActive:
        def there(changes: list[Change[AlertsActive]]) -> bool:
            told = changes[-1].value
            return told is not None and {a.alert_id for a in told.alerts} == set(keys)

        await self.alerts.until(there)
        found = self.alerts[-1].value
        assert found is not None
        return found


@asynccontextmanager
async def ward(lead: wiring.Lead, connect: Connect) -> AsyncIterator[Ward]:
    shop = await open_shop(lead)
    engine, streamer = await connect(Party.ENGINE), await connect(Party.STREAMER)
    worker, front = await connect(Party.WORKER), await connect(Party.FRONTEND)
    feed_time = FeedTime("run-1", shop.wall)
    await streamer.write(registry.MARKET_STATUS, announcement(shop.wall, FEED))
    await feed_time.follow(engine)
    await feed_time.known.wait()
    board = shop.board()
    board.evidence.database_latency_ms = 0.4
    desk = HealthDesk(
        HealthParts(
            bus=engine, dealer=shop.dealer, board=board, stamp=shop.stamp, sessions=four_days(),
            feed_time=feed_time, rhythms=Rhythms(), work=Work(shop.wall), commit=lead.commit,
            last_fill=lambda: None,
        )
    )  # fmt: skip
    status, health, alerts = Seen(), Seen(), Seen()
    await front.watch(registry.SYSTEM_STATUS, status)
    await front.watch(registry.SYSTEM_HEALTH, health)
    await front.watch(registry.ALERTS_ACTIVE, alerts)
    await desk.begin()
    shop.dealer.on_step(lambda _step: desk.on_change())
    async with running(desk.run()):
        yield Ward(shop, board, streamer, worker, front, status, health, alerts)


async def well(here: Ward) -> None:
    """Let everybody work, and wait until that is known."""
    await here.hear(*ROLES)
    await here.fly()
    await here.until(lambda s: s.chain_ok and all(role.alive for role in s.roles.values()))
    await here.until_health(HealthStatus.HEALTHY)


async def test_a_whole_system_is_healthy_because_the_canary_came_through(
    lead: wiring.Lead, connect: Connect
) -> None:
    """Roles, chain, services and figures, none of them invented."""
    async with ward(lead, connect) as here:
        await here.hear(*ROLES)
        await here.fly()
        status = await here.until(
            lambda s: s.chain_ok and all(role.alive for role in s.roles.values())
        )
        assert {role.state for role in status.roles.values()} == {RoleState.WORKING}
        assert (status.worker_running, status.postgres_connected) == (True, True)
        assert status.chain_ms is not None
        assert not status.finnhub_api_active
        assert status.services["finnhub"].status is ServiceStatus.NOT_CONFIGURED
        assert "nobody else is asked" in status.services["yfinance"].words
        whole = "every role works, and the canary came through the whole chain"
        await here.health.until(lambda c: c[-1].value is not None and c[-1].value.words == whole)
        health = await here.until_health(HealthStatus.HEALTHY)
        assert health.ml_models_status is ServiceStatus.OFFLINE
        assert (await here.until_alerts()).alerts == ()


async def test_a_new_engine_says_whom_it_has_not_heard_yet(
    lead: wiring.Lead, connect: Connect
) -> None:
    """Nobody is called working, or gone, before he had the time to report."""
    async with ward(lead, connect) as here:
        await here.hear("engine", "streamer")
        words = "nothing is known to be wrong; not heard yet: worker, beat"
        await here.health.until(lambda c: c[-1].value is not None and c[-1].value.words == words)
        assert (await here.until_alerts()).alerts == ()


async def test_a_worker_that_stopped_consuming_is_found_and_forgiven(
    lead: wiring.Lead, connect: Connect
) -> None:
    """Its process reports, beat calls jobs, none is carried out."""
    async with ward(lead, connect) as here:
        await well(here)
        begun = here.shop.wall.now()
        here.shop.wall.advance(LATE)
        await here.hear("streamer", "engine", "beat")
        await here.hear("worker", last_work=begun)
        await here.fly()
        status = await here.until(
            lambda s: s.roles["worker"].state is RoleState.ALIVE_NO_WORK and s.chain_ok
        )
        assert not status.worker_running
        told = await here.until_alerts("role.worker")
        assert told.alerts[0].title == "The worker lives and does not work"
        assert "start it again" in told.alerts[0].action_required
        assert "worker" in (await here.until_health(HealthStatus.ERROR)).words
        await here.hear("worker")
        await here.until_health(HealthStatus.HEALTHY)
        await here.until_alerts()


async def test_a_mute_feed_is_an_alert_until_it_speaks(lead: wiring.Lead, connect: Connect) -> None:
    """As the streamer tells it, with since when."""
    async with ward(lead, connect) as here:
        await well(here)
        status = announcement(here.shop.wall, FEED)
        mute = replace(status, feed_state=FeedState.MUTE, feed_words="no quote since 19:59")
        await here.streamer.write(registry.MARKET_STATUS, mute)
        told = await here.until_alerts("feed.mute")
        assert "no quote since 19:59" in told.alerts[0].message
        await here.until(lambda s: s.roles["streamer"].state is RoleState.ALIVE_NO_WORK)
        await here.streamer.write(registry.MARKET_STATUS, status)
        await here.until_alerts()


async def test_a_stop_is_an_alert_at_once_and_no_illness(
    lead: wiring.Lead, connect: Connect
) -> None:
    """Trading is stopped; the system is well."""
    async with ward(lead, connect) as here:
        await well(here)
        await here.shop.dealer.handle(stop())
        told = await here.until_alerts("trading.stopped")
        assert told.alerts[0].message == "enough (desk-1). Nothing opens."
        assert (await here.until_health(HealthStatus.HEALTHY)).chain_ok


async def test_who_is_heard_no_more_leaves_the_engine_alone(
    lead: wiring.Lead, connect: Connect
) -> None:
    """Then the whole is offline, whatever else there is to say."""
    async with ward(lead, connect) as here:
        await well(here)
        here.shop.wall.advance(LATE)
        await here.hear("engine")
        health = await here.until_health(HealthStatus.OFFLINE)
        assert health.words.startswith("Only the engine is there")
        await here.until_alerts("role.streamer", "role.worker", "role.beat")


async def test_a_server_that_lost_everything_is_told_again(
    lead: wiring.Lead, connect: Connect, redis_url: str
) -> None:
    """Status, health and alerts."""
    async with ward(lead, connect) as here:
        await here.shop.dealer.handle(stop())
        await here.hear(*ROLES)
        await here.until_alerts("trading.stopped")
        await lose_everything(redis_url, here.front)

        async def there() -> bool:
            found = await here.front.read(registry.ALERTS_ACTIVE)
            status = await here.front.read(registry.SYSTEM_STATUS)
            return found is not None and status is not None and bool(found.value.alerts)

        await eventually(there)


async def test_a_new_engine_keeps_since_when_an_alert_holds(
    lead: wiring.Lead, connect: Connect
) -> None:
    """It was not the new one that found it."""
    async with ward(lead, connect) as here:
        await well(here)
        await here.shop.dealer.handle(stop())
        first = (await here.until_alerts("trading.stopped")).alerts[0].triggered_at
    async with ward(lead, connect) as here:
        here.shop.wall.advance(timedelta(hours=1))
        await well(here)
        again = await here.until_alerts("trading.stopped")
        assert again.alerts[0].triggered_at == first
