"""A primary that dies, hangs or is deposed; its replica takes over, and everybody follows."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from tests.faults.conftest import Connect
from tests.faults.scene import Scene, refused
from tests.faults.sentinels import SERVICE, House
from tests.unit.contract.seen import Seen

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import RefusedError
from qt_trade.contract.link import Link, LinkPhase
from qt_trade.contract.payloads.trading import AutoTradingStatus
from qt_trade.contract.target import Target, url_of
from qt_trade.contract.trial import StepName, trial_of
from qt_trade.kit.clock import SystemClock

pytestmark = pytest.mark.asyncio


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A primary, a replica and three Sentinels."""
    with House(tmp_path, sentinels=3).running() as running:
        yield running


async def until_known(house: House) -> None:
    """Wait until the replica has what the primary has: what it has not is lost with it."""
    with redis.Redis.from_url(house.first.url) as primary:
        await asyncio.to_thread(primary.execute_command, "WAIT", 1, 0)


async def test_when_the_primary_dies_everybody_follows_its_successor(
    connect: Connect, house: House
) -> None:
    """Documents, log and commands go on as after any loss; the link names the new server."""
    scene = await Scene.set(connect, house.url, house.url)
    first, second = house.ports[:2]
    assert scene.links[-1].target == f"127.0.0.1:{first} ({SERVICE})"
    await until_known(house)
    scene.send("across")
    await asyncio.sleep(0)
    await asyncio.to_thread(house.first.kill)
    await scene.until_away()
    await scene.until_back()
    assert scene.links[-1].target == f"127.0.0.1:{second} ({SERVICE})"
    await scene.check(house.url, connect)


async def test_a_primary_that_hangs_wakes_up_as_a_replica_and_keeps_nothing(
    connect: Connect, house: House
) -> None:
    """Whoever still has a connection to it cannot write there."""
    scene = await Scene.set(connect, house.url, house.url)
    old = await connect(house.first.url, Party.FRONTEND)
    await until_known(house)
    house.first.freeze()
    scene.send("across")
    await scene.until_away()
    await scene.until_back()
    house.first.thaw()
    # It does not know yet, and would take what comes; who goes by the Sentinels has left it.
    await scene.desk.write(registry.AUTOTRADING_STATUS, AutoTradingStatus.ACTIVE)
    await scene.write()
    with redis.Redis.from_url(house.second.url) as successor:
        assert successor.get(registry.AUTOTRADING_STATUS.key()) == b"ACTIVE"
    await scene.check(house.url, connect)
    await asyncio.to_thread(house.await_replica, house.first)
    assert await refused(old)


async def test_a_primary_that_only_the_sentinels_do_not_reach_is_left(
    connect: Connect, house: House
) -> None:
    """It lives, takes everything and believes to be the primary: nobody may stay with it."""
    scene = await Scene.set(connect, house.url, house.url)
    await until_known(house)
    await asyncio.to_thread(house.cut_off, house.first)
    await scene.until_back()
    scene.send("after")
    await scene.desk.write(registry.AUTOTRADING_STATUS, AutoTradingStatus.ACTIVE)
    await scene.write()
    with redis.Redis.from_url(house.second.url) as successor:
        assert successor.get(registry.AUTOTRADING_STATUS.key()) == b"ACTIVE"
    await scene.check(house.url, connect)


async def test_a_change_that_is_asked_for_is_followed_at_once(
    connect: Connect, house: House
) -> None:
    """The old primary lives on as a replica: nobody stays with it."""
    scene = await Scene.set(connect, house.url, house.url)
    await until_known(house)
    with redis.Redis.from_url(house.sentinels[0].url) as sentinel:
        sentinel.execute_command("SENTINEL", "FAILOVER", SERVICE)
    scene.send("across")
    await scene.links.until(
        lambda seen: (
            seen[-1].connected and seen[-1].target == f"127.0.0.1:{house.ports[1]} ({SERVICE})"
        )
    )
    await scene.until_back()
    await scene.check(house.url, connect)


async def test_sentinels_that_are_away_are_passed_over(connect: Connect, house: House) -> None:
    """One dead, one hanging: the third is asked. With none the words name all three."""
    house.sentinels[0].kill()
    house.sentinels[1].freeze()
    desk = await connect(house.url, Party.FRONTEND)
    assert desk.link.connected
    house.sentinels[2].kill()
    links: Seen[Link] = Seen()
    late = await connect(house.url, Party.FRONTEND, wait=False)
    late.on_link(links)
    await links.until(lambda seen: bool(seen[-1].last_error))
    assert f"no Sentinel names the primary of {SERVICE}" in links[-1].last_error
    house.sentinels[2].start()
    await links.until(lambda seen: seen[-1].connected)
    house.sentinels[1].thaw()


async def test_sentinels_that_refuse_the_log_in_are_a_refusal(house: House) -> None:
    """A person mends it: nobody tries again by himself."""
    hosts = tuple(("127.0.0.1", port) for port in house.ports[2:])
    url = url_of(Target(hosts, service=SERVICE), house.password, sentinel_password="wrong")  # noqa: S106  # a wrong one
    bus = Bus(url, Party.FRONTEND, SystemClock(), random.Random(1))
    with pytest.raises(RefusedError, match="no Sentinel names the primary"):
        await bus.open(timeout_s=20.0)
    assert bus.link.phase is LinkPhase.REFUSED
    await bus.close()


async def test_a_trial_finds_the_primary(house: House) -> None:
    """By name, as every other connection does; a service nobody knows fails at the name."""
    trial = await trial_of(house.url, SystemClock())
    assert trial.passed == 8
    assert trial.steps[0].words == "the Sentinels name the primary: 127.0.0.1"
    trial = await trial_of(house.url.replace(f"/{SERVICE}/", "/elsewhere/"), SystemClock())
    assert trial.failed is not None
    assert trial.failed.name is StepName.NAME
    assert "no service of this name" in trial.failed.words


async def test_a_sentinel_that_is_behind_leads_nobody_astray(
    connect: Connect, house: House
) -> None:
    """It names a server that is a replica by now: that one is not taken for the primary."""
    with redis.Redis.from_url(house.first.url) as first:
        first.replicaof("127.0.0.1", house.ports[1])
        bus = await connect(house.url, Party.FRONTEND, wait=False)
        links: Seen[Link] = Seen()
        bus.on_link(links)
        await links.until(lambda seen: "is no longer the primary" in seen[-1].last_error)
        assert await refused(bus)
        first.replicaof("NO", "ONE")
        await links.until(lambda seen: seen[-1].connected)
