"""A desk at which one worker of all sits, by a lease: a command has one reader."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from qt_trade import wiring
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.roles.patience import connect
from qt_trade.settings import Settings
from qt_trade.storage.errors import FencedError, UnreachableError
from qt_trade.wiring.leadership import Lead

Sit = Callable[[Bus, Lead, asyncio.TaskGroup], Awaitable[None]]
"""Begins what is done at the desk; its tasks end when the lease is lost."""


async def sit_at(lease: str, settings: Settings, wall: Clock, sit: Sit) -> None:
    """Wait for the lease and sit down, again and again, until cancelled.

    What is sent over the desk's bus goes out only while the lease is held.
    """
    while True:
        try:
            await _once(lease, settings, wall, sit)
        except* (FencedError, UnreachableError) as lost:
            get_logger().warning("desk.left", lease=lease, words=str(lost.exceptions[0]))


async def _once(lease: str, settings: Settings, wall: Clock, sit: Sit) -> None:
    bus = Bus(settings.redis(), Party.WORKER, wall, random.SystemRandom())
    try:
        async with wiring.leading(lease, settings) as lead, asyncio.TaskGroup() as group:
            group.create_task(lead.keep())
            bus.gate.hold_to(lead.unbroken)
            await connect(bus)
            await sit(bus, lead, group)
    finally:
        await bus.close()
