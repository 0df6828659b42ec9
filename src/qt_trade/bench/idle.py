"""What one idle desktop asks of the server: the real link, counted at the server's side."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from PySide6.QtCore import QCoreApplication

from qt_trade.bench.floor import BareLine
from qt_trade.bench.payloads import settings
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.desktop.link import DeskLink
from qt_trade.kit.clock import SystemClock, monotonic

CLIENT = b"name=qtrade-frontend"
BACKEND_BEAT_S = 1.0
"""A living backend renews its documents at least as often."""
PATIENCE_S = 30.0
SETTLED_S = 1.0


async def commands_per_s(url: str, backend: Bus | None, seconds: float) -> float:
    """Return the commands a second of one desktop that nobody uses.

    Counted are those the client sends, for all its connections, and none of what a script does
    inside. ``backend`` lives and writes meanwhile; None: it is dead and all is silent.
    """
    with BareLine(url) as counter:
        async with _desk_link(url), _beating(backend):
            await _settled(counter)
            before, started = _commands(counter), monotonic()
            await asyncio.sleep(seconds)
            return (_commands(counter) - before) / (monotonic() - started)


@asynccontextmanager
async def _desk_link(url: str) -> AsyncIterator[None]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QCoreApplication.instance() or QCoreApplication(["qtrade-bench"])
    link = DeskLink(url, SystemClock(), random.SystemRandom())
    link.start()
    try:
        yield
    finally:
        await asyncio.to_thread(link.close)
        del application


@asynccontextmanager
async def _beating(backend: Bus | None) -> AsyncIterator[None]:
    async def beat(bus: Bus) -> None:
        number = 0
        while True:
            number += 1
            await bus.write(registry.TRADING_SETTINGS, settings(number))
            await asyncio.sleep(BACKEND_BEAT_S)

    task = None if backend is None else asyncio.create_task(beat(backend))
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def _clients(counter: BareLine) -> list[dict[bytes, bytes]]:
    listed: bytes = counter.call(b"CLIENT", b"LIST")
    rows = (
        dict[Any, Any](field.partition(b"=")[::2] for field in row.split())
        for row in listed.splitlines()
    )
    return [row for row in rows if row[b"name"] == CLIENT.partition(b"=")[2]]


def _commands(counter: BareLine) -> int:
    return sum(int(row[b"tot-cmds"]) for row in _clients(counter))


async def _settled(counter: BareLine) -> None:
    """Return once the desktop is connected and has asked all that it asks at its start."""
    async with asyncio.timeout(PATIENCE_S):
        known = -1
        while (found := _commands(counter)) != known or not found:
            known = found
            await asyncio.sleep(SETTLED_S)
