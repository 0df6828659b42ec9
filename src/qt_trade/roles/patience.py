"""Waiting for the servers, at the start of a role and in the middle of it, without giving up."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import DisconnectedError, RefusedError
from qt_trade.contract.link import Link, LinkPhase
from qt_trade.kit.logs import get_logger
from qt_trade.model.journal import JournalAwayError

T = TypeVar("T")

SAY_S = 1.0
"""A server that needs longer than this to answer the first time is worth a line in the log."""
RETRY_S = 0.1
_SETTLED = (LinkPhase.CONNECTED, LinkPhase.REFUSED)


async def connect(bus: Bus) -> None:
    """Connect, however long the server needs to come. Raises RefusedError when it says no."""
    settled = asyncio.Event()

    def on_link(link: Link) -> None:
        if link.phase in _SETTLED:
            settled.set()

    bus.on_link(on_link)
    bus.start()
    try:
        async with asyncio.timeout(SAY_S):
            await settled.wait()
    except TimeoutError:
        get_logger().warning("redis.awaited", reason=bus.link.last_error)
        await settled.wait()
    if bus.link.phase is LinkPhase.REFUSED:
        raise RefusedError(bus.link.last_error)


async def until_answered(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask Redis again and again until it answers, and return the answer."""
    while True:
        try:
            return await ask()
        except DisconnectedError:
            await asyncio.sleep(RETRY_S)


async def until_journal(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask PostgreSQL again and again until it answers, and return the answer."""
    while True:
        try:
            return await ask()
        except JournalAwayError:
            await asyncio.sleep(RETRY_S)
