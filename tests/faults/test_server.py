"""A server that dies, hangs, forgets or moves, while a desk watches and sends."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest
import redis
from tests.faults.conftest import Connect
from tests.faults.proxy import LOOPBACK
from tests.faults.scene import Scene
from tests.faults.sentinels import lone_server
from tests.servers import ServerProcess
from tests.unit.contract.conftest import connected
from tests.unit.contract.seen import Seen

from qt_trade.contract import registry
from qt_trade.contract.endpoints import Party
from qt_trade.contract.link import Link, LinkPhase
from qt_trade.contract.payloads.trading import AutoTradingStatus
from qt_trade.contract.target import Target, address_of, url_of
from qt_trade.contract.trial import trial_of
from qt_trade.kit.clock import SystemClock


@pytest.mark.asyncio
async def test_a_server_that_is_killed_and_started_again(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """It has kept everything it had confirmed; nobody missed a thing."""
    scene = await Scene.set(connect, private_valkey.url, private_valkey.url)
    scene.send("across")
    await asyncio.sleep(0)
    await asyncio.to_thread(private_valkey.kill)
    await scene.until_away()
    await asyncio.to_thread(private_valkey.start)
    await scene.until_back()
    await scene.check(private_valkey.url, connect)


@pytest.mark.asyncio
async def test_a_server_that_hangs_and_goes_on(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """Past the limit of silence it counts as lost; what was sent into it happens once."""
    scene = await Scene.set(connect, private_valkey.url, private_valkey.url)
    scene.send("before")
    private_valkey.freeze()
    scene.send("into-the-silence")
    await scene.until_away()
    private_valkey.thaw()
    await scene.until_back()
    await scene.check(private_valkey.url, connect)


@pytest.mark.asyncio
async def test_a_server_that_is_emptied_while_all_are_connected(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """No connection breaks and no key tells; still every watcher knows at once."""
    scene = await Scene.set(connect, private_valkey.url, private_valkey.url)
    await scene.desk.write(registry.AUTOTRADING_STATUS, AutoTradingStatus.ACTIVE)
    await scene.words.until(lambda seen: seen[-1].value is AutoTradingStatus.ACTIVE)
    with redis.Redis.from_url(private_valkey.url) as admin:
        admin.flushall()
    await scene.documents.until(lambda seen: seen[-1].value is None)
    await scene.words.until(lambda seen: seen[-1].value is None)
    await scene.batches.until(lambda seen: seen[-1].gap)
    scene.send("after")
    await scene.write()
    await scene.check(private_valkey.url, connect)
    assert all(link.connected for link in scene.links)


@pytest.mark.asyncio
async def test_a_server_that_comes_back_empty(
    connect: Connect, private_valkey: ServerProcess
) -> None:
    """What it has lost is shown as lost, a gap is told, and the new is believed."""
    scene = await Scene.set(connect, private_valkey.url, private_valkey.url)
    for _ in range(5):
        await scene.write()
    await scene.documents.count(6)
    with redis.Redis.from_url(private_valkey.url) as admin:
        admin.client_kill_filter(_type="pubsub")
        admin.flushall()
    await asyncio.to_thread(private_valkey.kill)
    await scene.until_away()
    await asyncio.to_thread(private_valkey.start)
    await scene.until_back()
    scene.send("after")
    await scene.write()
    await scene.check(private_valkey.url, connect)
    assert any(batch.gap for batch in scene.batches)


@pytest.mark.asyncio
async def test_a_server_behind_a_socket_file(connect: Connect, tmp_path: Path) -> None:
    """A desk of the same machine needs no port; the fault is the same."""
    path = tmp_path / "redis.sock"
    with lone_server(tmp_path, f"unixsocket {path}\nappendonly yes\nappendfsync always") as server:
        url = url_of(Target(path=str(path)), address_of(server.url).password)
        scene = await Scene.set(connect, url, server.url)
        assert scene.links[-1].target == str(path)
        scene.send("across")
        await asyncio.sleep(0)
        await asyncio.to_thread(server.kill)
        await scene.until_away()
        await asyncio.to_thread(server.start)
        await scene.until_back()
        await scene.check(url, connect)
        trial = await trial_of(url, SystemClock())
        assert trial.passed == 8


class _Names(asyncio.SelectorEventLoop):
    """An event loop whose names are the test's: what is not among them does not exist."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, str] = {}

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        if host not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return await super().getaddrinfo(self.names[host], port, **options)


def test_a_name_that_nobody_knows_at_first(private_valkey: ServerProcess) -> None:
    """It is asked for anew at each attempt: once it is known, the link stands.

    The resolver is that of the event loop, which is the test's own; no name leaves the machine.
    """
    address = address_of(private_valkey.url)
    ((_, port),) = address.target.hosts
    named = private_valkey.url.replace(LOOPBACK, "server.invalid")
    assert named == url_of(address.target, address.password).replace(LOOPBACK, "server.invalid")

    async def story(loop: _Names) -> None:
        async with connected() as connect:
            desk = await connect(named, Party.FRONTEND, wait=False)
            links: Seen[Link] = Seen()
            desk.on_link(links)
            await links.until(lambda seen: seen[-1].attempt >= 2)
            assert links[-1].phase is LinkPhase.CONNECTING
            assert "nobody knows a machine of the name" in links[-1].last_error
            assert links[-1].target == f"server.invalid:{port}"
            loop.names["server.invalid"] = LOOPBACK
            await links.until(lambda seen: seen[-1].connected)
            loop.names.clear()
            await asyncio.to_thread(private_valkey.kill)
            await links.until(lambda seen: "nobody knows" in seen[-1].last_error)
            await asyncio.to_thread(private_valkey.start)
            loop.names["server.invalid"] = LOOPBACK
            await links.until(lambda seen: seen[-1].connected)
            assert links[-1].reconnects == 1

    with asyncio.Runner(loop_factory=_Names) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, _Names)
        runner.run(story(loop))
