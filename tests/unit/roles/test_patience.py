"""Waiting for a server that comes at the very moment at which nobody wants it any more."""

import asyncio
import random

import pytest

from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.kit.clock import SystemClock
from qt_trade.roles.patience import connect

pytestmark = pytest.mark.asyncio


async def test_a_cancel_that_comes_with_the_connection_is_not_lost(redis_url: str) -> None:
    """Whoever closes a desk waits for it: one that went on would be waited for for ever."""
    bus = Bus(redis_url, Party.WORKER, SystemClock(), random.Random(1))
    waits = asyncio.create_task(connect(bus))
    # The last to hear of the link: whoever waits for it has been told, and has not run since.
    bus_heard = asyncio.Event()

    def cancel_with_it(_link: object) -> None:
        if bus.link.connected:
            waits.cancel()
            bus_heard.set()

    await asyncio.sleep(0)
    bus.on_link(cancel_with_it)
    await bus_heard.wait()
    ended = await asyncio.gather(waits, return_exceptions=True)
    await bus.close()
    assert isinstance(ended[0], asyncio.CancelledError)
