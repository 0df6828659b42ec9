"""A network that breaks between a desk and its server, in every way it does."""

import asyncio

import pytest
from tests.faults.conftest import Connect, proxied
from tests.faults.proxy import Proxy
from tests.faults.scene import Scene
from tests.servers import ServerProcess

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("number", [0, 1, 2, 7, 40, 200, 333, 700])
async def test_a_connection_that_is_reset_in_the_middle_of_a_message(
    connect: Connect, private_valkey: ServerProcess, proxy: Proxy, number: int
) -> None:
    """Half a message is no message; the whole one is read after the return."""
    scene = await Scene.set(connect, proxied(private_valkey.url, proxy), private_valkey.url)
    proxy.cut_after(number)
    scene.send("across")
    for _ in range(5):
        await scene.write()
    await scene.until_back()
    await scene.check(private_valkey.url, connect)


async def test_resets_one_after_the_other(
    connect: Connect, private_valkey: ServerProcess, proxy: Proxy
) -> None:
    """Also while it logs in or is being made whole: those count as one loss."""
    scene = await Scene.set(connect, proxied(private_valkey.url, proxy), private_valkey.url)
    before = proxy.connections
    scene.send("across")
    for number in range(1, 1500, 97):
        proxy.cut_after(number)
        while proxy.cutting:
            await scene.write()
    assert proxy.connections > before + 8
    await scene.until_back()
    await scene.check(private_valkey.url, connect)


async def test_a_half_open_socket_is_found_out(
    connect: Connect, private_valkey: ServerProcess, proxy: Proxy
) -> None:
    """Nothing is closed and nothing arrives; a new connection works."""
    scene = await Scene.set(connect, proxied(private_valkey.url, proxy), private_valkey.url)
    proxy.strand()
    scene.send("across")
    await scene.write()
    link = await scene.until_away()
    assert "no answer" in link.last_error
    await scene.until_back()
    await scene.check(private_valkey.url, connect)


async def test_a_slow_line_is_no_lost_line(
    connect: Connect, private_valkey: ServerProcess, proxy: Proxy
) -> None:
    """Each message takes its time both ways; the link stands and says how long."""
    scene = await Scene.set(connect, proxied(private_valkey.url, proxy), private_valkey.url)
    proxy.delay_s = 0.1
    for number in range(5):
        scene.send(f"slow-{number}")
        await scene.write()
    await scene.desk.ping()
    await scene.check(private_valkey.url, connect)
    assert all(link.connected for link in scene.links)


async def test_a_line_too_slow_counts_as_lost_until_it_is_quicker(
    connect: Connect, private_valkey: ServerProcess, proxy: Proxy
) -> None:
    """Who cannot say within seconds that he lives cannot be traded by."""
    scene = await Scene.set(connect, proxied(private_valkey.url, proxy), private_valkey.url)
    proxy.delay_s = 5.0
    scene.send("across")
    await scene.until_away()
    await scene.write()
    proxy.delay_s = 0.0
    proxy.cut()
    await scene.until_back()
    await scene.check(private_valkey.url, connect)


async def test_a_server_behind_a_closed_door(
    connect: Connect, private_valkey: ServerProcess, proxy: Proxy
) -> None:
    """Nobody listens for a while: attempts are counted, and the last one is the first good one."""
    scene = await Scene.set(connect, proxied(private_valkey.url, proxy), private_valkey.url)
    scene.send("before")
    await asyncio.sleep(0)
    await proxy.vanish()
    await scene.until_away()
    await scene.links.until(lambda seen: seen[-1].attempt >= 3)
    assert "nothing listens at 127.0.0.1" in scene.links[-1].last_error
    await scene.write()
    await proxy.listen()
    await scene.until_back()
    await scene.check(private_valkey.url, connect)
