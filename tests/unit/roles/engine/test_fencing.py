"""Two engines never both act: a leader that was stopped past its lease wakes up as nobody.

Real processes on real servers. The old leader's own Redis user tells, by the server's log, each
thing it tried after it woke.
"""

import asyncio
import os
import signal
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from msgspec.structs import replace
from tests.unit.roles.engine import wires
from tests.unit.roles.engine.test_main import Town
from tests.unit.roles.engine.test_market_view import announcement
from tests.unit.roles.parts import ACCOUNT, PATIENCE_S, RUN, eventually, settings_of
from tests.unit.trading.make import FEED, IBM

from qt_trade.contract import registry
from qt_trade.contract.bus import Change
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.trading import TradingStatus
from qt_trade.kit.clock import ManualClock, SystemClock
from qt_trade.model.orders import OrderType, Side

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(180)]


@dataclass
class Process:
    """An engine's process, and the text it writes."""

    process: asyncio.subprocess.Process
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    async def ended(self) -> int:
        async with asyncio.timeout(PATIENCE_S):
            return await self.process.wait()


@asynccontextmanager
async def engine_process(
    town: Town, folder: Path, redis_url: str, **more: str
) -> AsyncIterator[Process]:
    """Start ``python -m qt_trade.roles.entries engine``; kill it in the end."""
    settings = town.settings
    env = {
        **os.environ,
        "QTRADE_REDIS_URL": redis_url,
        "QTRADE_DATABASE_URL": settings.database(),
        "QTRADE_DATA_DIR": str(folder),
        "QTRADE_RUN__ID": RUN,
        "QTRADE_RUN__ACCOUNT": ACCOUNT,
        "QTRADE_RUN__SOURCE_KEY": "replay:test",
        "QTRADE_FEED__CHOICE": "replay",
        "QTRADE_FEED__SPEED": "60",
        **more,
    }
    log = folder / f"engine-{uuid.uuid4().hex[:6]}.log"
    with log.open("w") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "qt_trade.roles.entries", "engine",
            env=env, stdout=out, stderr=out,
        )  # fmt: skip
    try:
        yield Process(process, log)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def as_user(url: str, user: str) -> str:
    parts = urlsplit(url)
    return f"redis://{user}:{user}@{parts.hostname}:{parts.port}{parts.path}"


class Written:
    """Follows who writes ``trading_status``."""

    def __init__(self) -> None:
        self.pids: list[int] = []

    def __call__(self, change: Change[TradingStatus]) -> None:
        if change.value is not None:
            self.pids.append(change.value.worker_pid)

    async def by(self, pid: int) -> None:
        await eventually(lambda: bool(self.pids) and self.pids[-1] == pid)


async def journal_of(town: Town) -> list[tuple[int, str]]:
    async with await psycopg.AsyncConnection.connect(town.settings.database()) as connection:
        rows = await connection.execute("SELECT seq, kind FROM journal ORDER BY seq")
        return [(int(seq), str(kind)) for seq, kind in await rows.fetchall()]


async def holder_of(town: Town) -> tuple[str, int]:
    async with await psycopg.AsyncConnection.connect(town.settings.database()) as connection:
        rows = await connection.execute("SELECT holder, token FROM leases WHERE role = 'engine'")
        row = await rows.fetchone()
        assert row is not None
        return str(row[0]), int(row[1])


@pytest.fixture
def town(redis_url: str, database_url: str, tmp_path: Path) -> Town:
    return Town(settings_of(redis_url, database_url, data_dir=tmp_path))


class Suspect:
    """The Redis user of the engine that will be stopped; the server notes what it must not try."""

    def __init__(self, admin: redis.Redis) -> None:
        self._admin = admin
        self._set("on", ">old", "~*", "&*", "+@all")

    def _set(self, *rules: str) -> None:
        self._admin.execute_command("ACL", "SETUSER", "old", *rules)

    def may_only_look(self) -> None:
        """From now on anything but reading, and telling of itself, is refused and noted."""
        own = "(+@all ~backend:log_lines &backend:role:* &backend:log_lines)"
        self._set("resetkeys", "%R~*", "-publish", own)
        self._admin.execute_command("ACL", "LOG", "RESET")

    def tried(self) -> list[str]:
        """Return the keys and channels it tried to write since then."""
        return [one["object"] for one in self._admin.acl_log() if one["username"] == "old"]


@asynccontextmanager
async def suspect_of(url: str) -> AsyncIterator[Suspect]:
    with redis.Redis.from_url(url, decode_responses=True) as admin:
        yield Suspect(admin)
        admin.execute_command("ACL", "DELUSER", "old")


async def announce(town: Town) -> None:
    """Speak as the streamer and the worker would, of a feed whose quotes stay fresh for long."""
    streamer, worker = await town.bus(Party.STREAMER), await town.bus(Party.WORKER)
    status = announcement(ManualClock(SystemClock().now()), FEED)
    slow = replace(status.clock, speed=1.0)
    await streamer.write(registry.MARKET_DATA, wires.market_data(100.0))
    await worker.write(registry.PREDICTIONS_CURRENT, wires.predictions())
    await streamer.write(registry.MARKET_STATUS, replace(status, clock=slow))


async def rests(town: Town) -> None:
    """Have a limit order wait below the market, in the leader's book."""
    front = await town.bus(Party.FRONTEND)
    await front.write(registry.SESSION, wires.session(), "desk-1")
    limit = {"order_type": OrderType.LIMIT, "limit_price": Decimal(90)}
    resting = wires.order("o-1", ts=SystemClock().now(), **limit)
    assert (await front.send(registry.MANUAL_ORDERS, resting)).accepted


async def trades(town: Town) -> None:
    """Let the new leader act: the price falls, what rested is filled, and sold again."""
    front, streamer = await town.bus(Party.FRONTEND), await town.bus(Party.STREAMER)

    async def fills(count: int) -> bool:
        await streamer.publish(registry.QUOTES, wires.quote(89.0, bid=88.9, ask=89.0), IBM)
        return [kind for _, kind in await journal_of(town)].count("OrderFilled") == count

    await eventually(lambda: fills(1))
    await front.write(registry.SESSION, wires.session(), "desk-1")
    sale = wires.order("o-2", ts=SystemClock().now(), side=Side.SELL)
    assert (await front.send(registry.MANUAL_ORDERS, sale, timeout_s=20.0)).accepted
    await eventually(lambda: fills(2))


async def test_a_leader_stopped_past_its_lease_wakes_up_as_nobody(
    town: Town, redis_url: str, tmp_path: Path
) -> None:
    """It journals, sends, writes and answers nothing more, takes no command, and ends."""
    front = await town.bus(Party.FRONTEND)
    written = Written()
    await front.watch(registry.TRADING_STATUS, written)
    async with (
        suspect_of(redis_url) as suspect,
        engine_process(town, tmp_path, as_user(redis_url, "old")) as old,
    ):
        await announce(town)
        await written.by(old.pid)
        await rests(town)
        async with engine_process(town, tmp_path, redis_url) as new:
            await eventually(lambda: "lease.awaited" in new.log.read_text())
            os.kill(old.pid, signal.SIGSTOP)
            await written.by(new.pid)
            # The sockets of the old one fill with all of this meanwhile.
            await trades(town)
            journal, mark = await journal_of(town), len(written.pids)
            suspect.may_only_look()
            os.kill(old.pid, signal.SIGCONT)
            assert await old.ended() == 1
            assert suspect.tried() == []
            # Nobody took away what is asked next, and the one who leads answers it.
            late = wires.cancel("o-1", "x-1", ts=SystemClock().now())
            reply = await front.send(registry.MANUAL_ORDERS, late, timeout_s=20.0)
            assert reply.command_id == "x-1"
    assert set(written.pids[mark:]) <= {new.pid}
    kinds = [kind for _, kind in await journal_of(town)]
    assert kinds == [kind for _, kind in journal] + ["CommandAnswered"]
    # PostgreSQL says so, or Redis does: whichever answers first.
    words = ("the lease 'engine' with token 1 is no longer ours", "token 1 of the lease leads no")
    assert any(one in old.log.read_text() for one in words)
    await town.close()


async def test_a_second_engine_of_the_same_run_stands_by(town: Town, tmp_path: Path) -> None:
    """The run alone is no claim: only whom its supervisor put in the same place takes over."""
    url = town.settings.redis()
    front = await town.bus(Party.FRONTEND)
    written = Written()
    await front.watch(registry.TRADING_STATUS, written)
    place = {"QTRADE_RUN__PLACE": "engine-1"}
    async with engine_process(town, tmp_path, url, **place) as first:
        await announce(town)
        await written.by(first.pid)
        _, token = await holder_of(town)
        async with engine_process(town, tmp_path, url) as second:
            await eventually(lambda: "lease.awaited" in second.log.read_text())
            assert await holder_of(town) == (f"{RUN} engine-1", token)
            # Its place is filled again: at once, for its supervisor has seen the one before die.
            # Should that one live all the same, it has lost.
            async with engine_process(town, tmp_path, url, **place) as third:
                await eventually(lambda: "lease.taken" in third.log.read_text())
                assert await holder_of(town) == (f"{RUN} engine-1", token + 1)
                assert await first.ended() == 1
                await written.by(third.pid)
                assert "lease.taken" not in second.log.read_text()
    await town.close()


async def test_a_stop_within_the_lease_is_survived(town: Town, tmp_path: Path) -> None:
    """Nobody could take over, and so it goes on: the same process, the same token."""
    front = await town.bus(Party.FRONTEND)
    written = Written()
    await front.watch(registry.TRADING_STATUS, written)
    async with engine_process(town, tmp_path, town.settings.redis()) as engine:
        await announce(town)
        await written.by(engine.pid)
        before = await holder_of(town)
        os.kill(engine.pid, signal.SIGSTOP)
        os.kill(engine.pid, signal.SIGCONT)
        mark = len(written.pids)
        await eventually(lambda: len(written.pids) > mark)
        assert await holder_of(town) == before
    await town.close()
