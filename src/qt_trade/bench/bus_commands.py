"""A command's way to its reply: validated, journalled with one commit, answered."""

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg

from qt_trade.bench.floor import BareLine
from qt_trade.bench.payloads import AT, order, reply
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.codec import Codec
from qt_trade.contract.consumer import Rejection
from qt_trade.contract.payloads.commands import ManualOrder, Reply
from qt_trade.model.journal import JournalRecord
from qt_trade.storage.database import Database
from qt_trade.storage.journal import Journal, OnceKeys
from qt_trade.storage.leases import Fence, Leases
from qt_trade.storage.migrate import migrate

_STREAM, _GROUP = b"bench:floor:commands", b"engine"


@dataclass(frozen=True, slots=True)
class Desk:
    """Answers commands once the journal holds them, as the engine does, and trades nothing."""

    journal: Journal
    fence: Fence

    async def on_order(self, command: ManualOrder) -> Reply:
        """Journal a command and accept it."""
        record = JournalRecord("CommandAnswered", AT, AT, None, command.command_id, b"{}")
        await self.journal.append([record], self.fence)
        return reply(command.command_id)

    def reject(self, rejection: Rejection) -> Reply:
        """Fail: everything measured can be read."""
        raise RuntimeError(rejection.reason)


@asynccontextmanager
async def desk_on(database_url: str) -> AsyncIterator[Desk]:
    """Open a journal of its own in an empty database."""
    await migrate(database_url)
    database = Database(database_url, name="bench")
    try:
        fence = await Leases(database).acquire("engine", "bench", 3600.0)
        if fence is None:
            raise RuntimeError("somebody else holds the engine's lease")
        yield Desk(Journal(database, "bench", lambda record: OnceKeys(record.command_id)), fence)
    finally:
        await database.close()


async def answered_commands(desk: Bus, count: int) -> list[float]:
    """Return in ms how long each command took to its reply, one after the other."""
    times = []
    for _ in range(count):
        command = order(f"bench-{uuid.uuid4().hex}")
        started = time.perf_counter_ns()
        answer = await desk.send(registry.MANUAL_ORDERS, command)
        times.append((time.perf_counter_ns() - started) / 1e6)
        if not answer.accepted:
            raise RuntimeError(answer.reason)
    return times


def bare_commands(url: str, database_url: str, count: int) -> list[float]:
    """Return the same for XADD, XREADGROUP, one commit and XACK on bare connections."""
    body = Codec(registry.MANUAL_ORDERS).encode(order("floor"))
    times = []
    with (
        BareLine(url) as line,
        psycopg.connect(database_url, autocommit=True) as database,
    ):
        database.execute("CREATE TABLE IF NOT EXISTS bench_floor (body text NOT NULL)")
        line.call(b"DEL", _STREAM)
        line.call(b"XGROUP", b"CREATE", _STREAM, _GROUP, b"0", b"MKSTREAM")
        text = body.decode()
        for _ in range(count):
            started = time.perf_counter_ns()
            entry: bytes = line.call(b"XADD", _STREAM, b"*", b"d", body)
            line.call(b"XREADGROUP", b"GROUP", _GROUP, b"r", b"STREAMS", _STREAM, b">")
            database.execute("INSERT INTO bench_floor VALUES (%s)", (text,), prepare=True)
            line.call(b"XACK", _STREAM, _GROUP, entry)
            times.append((time.perf_counter_ns() - started) / 1e6)
    return times
