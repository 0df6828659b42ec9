"""Buses, and a proxy in front of a server of the test's own."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest_asyncio
from tests.faults.proxy import LOOPBACK, Proxy
from tests.servers import ServerProcess
from tests.unit.contract.conftest import Connect, connect

from qt_trade.contract.target import address_of, url_of

__all__ = ["Connect", "connect", "proxied", "proxy"]


def proxied(url: str, proxy: Proxy) -> str:
    """The same server, by way of the proxy."""
    address = address_of(url)
    return url_of(replace(address.target, hosts=((LOOPBACK, proxy.port),)), address.password)


@pytest_asyncio.fixture
async def proxy(private_valkey: ServerProcess) -> AsyncIterator[Proxy]:
    """A proxy in front of ``private_valkey``."""
    (place,) = address_of(private_valkey.url).target.hosts
    async with Proxy(place[1]).running() as running:
        yield running
