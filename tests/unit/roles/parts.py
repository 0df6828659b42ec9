"""What the tests of the roles are built from: settings, a calendar of four days, running work."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Coroutine
from datetime import UTC, date, datetime, timedelta
from typing import Any

import redis

from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import DisconnectedError
from qt_trade.market.calendar import Session, Sessions
from qt_trade.settings import Settings

RUN = "run-1"
ACCOUNT = "paper:test"
PATIENCE_S = 20.0


def settings_of(redis_url: str, database_url: str, **more: Any) -> Settings:
    """Return the settings of a replay's run on these servers."""
    run = {"id": RUN, "account": ACCOUNT, "source_key": "replay:test"}
    return Settings(
        REDIS_URL=redis_url,
        DATABASE_URL=database_url,
        run=run | more.pop("run", {}),
        feed={"choice": "replay", "speed": 60.0} | more.pop("feed", {}),
        **more,
    )


def session_on(day: date) -> Session:
    opened = datetime(day.year, day.month, day.day, 13, 30, tzinfo=UTC)
    return Session(
        day=day,
        pre_market=opened - timedelta(hours=5, minutes=30),
        open=opened,
        close=opened + timedelta(hours=6, minutes=30),
        after_hours=opened + timedelta(hours=10, minutes=30),
        early_close=False,
    )


def four_days() -> Sessions:
    """Return the sessions of 4 (a Friday), 7, 8 and 9 October 2013."""
    return Sessions([session_on(date(2013, 10, day)) for day in (4, 7, 8, 9)], {})


@contextlib.asynccontextmanager
async def running(*work: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    """Let work that never ends run for the block; what it raises is raised at the end."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ends:
        if isinstance(end, Exception):
            raise end


async def eventually(holds: Any) -> None:
    """Wait until a condition, which may be asynchronous and ask a server, holds."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with contextlib.suppress(DisconnectedError):
                answer = holds()
                if asyncio.iscoroutine(answer):
                    answer = await answer
                if answer:
                    return
            await asyncio.sleep(0.002)


async def lose_everything(redis_url: str, *told: Bus) -> None:
    """Empty a Valkey and cut all its connections: what a restart without data looks like.

    Returns when these buses have come back.
    """
    before = [bus.link.reconnects for bus in told]
    with redis.Redis.from_url(redis_url) as stranger:
        stranger.flushall()
        for kind in ("pubsub", "normal"):
            stranger.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
    for bus, reconnects in zip(told, before, strict=True):
        await eventually(lambda b=bus, n=reconnects: b.link.reconnects > n and b.link.connected)
