"""A leader without a database hears through Redis that another has taken its place."""

import asyncio

import pytest
from tests.unit.roles.engine.conftest import Connect
from tests.unit.roles.parts import PATIENCE_S, eventually, lose_everything, running
from tests.unit.trading.make import WALL

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.kit.clock import ManualClock
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.engine.leader_watch import DeposedError, LeaderWatch

pytestmark = pytest.mark.asyncio


def watch_of(bus: Bus, token: int) -> LeaderWatch:
    return LeaderWatch(bus, token, f"engine-{token}", FeedKind.REPLAY, ManualClock(WALL))


async def leader(bus: Bus) -> int | None:
    found = await bus.read(registry.LEADER)
    return None if found is None else found.value.token


async def test_the_later_token_ends_the_earlier_leader(connect: Connect) -> None:
    """At once, and not the other way round."""
    old = watch_of(await connect(Party.ENGINE), 5)
    await old.begin()
    new = watch_of(await connect(Party.ENGINE), 6)
    async with running(new.run()):
        ending = asyncio.create_task(old.run())
        await new.begin()
        async with asyncio.timeout(PATIENCE_S):
            with pytest.raises(DeposedError, match="token 5"):
                await ending
        assert (old.deposed, new.deposed) == (True, False)


async def test_what_an_earlier_database_left_there_deposes_nobody(connect: Connect) -> None:
    """Tokens begin anew with a new database; who has just got the lease leads."""
    bus = await connect(Party.ENGINE)
    await watch_of(bus, 57).begin()
    fresh = watch_of(await connect(Party.ENGINE), 1)
    await fresh.begin()
    async with running(fresh.run()):
        await eventually(lambda: fresh._revision == 2)
        assert await leader(bus) == 1
        assert not fresh.deposed


async def test_a_server_that_lost_its_data_is_told_again(connect: Connect, redis_url: str) -> None:
    """Else nobody could be deposed by it."""
    bus = await connect(Party.ENGINE)
    watch = watch_of(bus, 3)
    await watch.begin()
    async with running(watch.run()):
        await lose_everything(redis_url, bus)

        async def told() -> bool:
            return await leader(bus) == 3

        await eventually(told)
