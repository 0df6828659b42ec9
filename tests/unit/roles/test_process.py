"""What every role's process does around its work."""

import asyncio
import os
import random
import subprocess
import sys

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.health import LogLevel, LogLine
from qt_trade.kit.clock import SystemClock

FAILING = """
import sys
from asyncio import TaskGroup
from qt_trade.roles.process import run_role

async def stumble():
    raise KeyError("the lease is another's")

async def work(context):
    context.ready()
    async with TaskGroup() as group:
        group.create_task(stumble())

sys.exit(run_role("engine", work))
"""


async def lines_in(redis_url: str) -> list[LogLine]:
    bus = Bus(redis_url, Party.FRONTEND, SystemClock(), random.Random(1))
    await bus.open(timeout_s=20.0)
    try:
        return [entry.value for entry in await bus.entries(registry.LOG_LINES, last=10)]
    finally:
        await bus.close()


def test_why_a_process_died_is_told_where_people_look(redis_url: str) -> None:
    """Its own connection is closed by then, and its supervisor knows only the exit code."""
    env = {**os.environ, "REDIS_URL": redis_url, "QTRADE_FEED__CHOICE": "replay"}
    died = subprocess.run(
        [sys.executable, "-c", FAILING], env=env, capture_output=True, text=True, check=False
    )
    assert died.returncode == 1
    assert "event=role.failed" in died.stderr
    told = asyncio.run(lines_in(redis_url))
    assert [(line.source, line.event) for line in told] == [
        ("engine", "role.started"), ("engine", "role.failed"),
    ]  # fmt: skip
    assert (told[1].level, told[1].words) == (LogLevel.ERROR, 'KeyError: "the lease is another\'s"')
