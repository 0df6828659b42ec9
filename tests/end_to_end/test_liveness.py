"""The chain is judged by its work: what lives and does not work is found, named, and forgiven."""

import asyncio
import random
import signal
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from tests.end_to_end.stack import Stack, running_stack

from qt_trade.contract import registry
from qt_trade.contract.bus import Batch, Bus, Change
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.health import (
    AlertsActive,
    HealthStatus,
    LogLine,
    RoleState,
    SystemHealth,
)
from qt_trade.contract.payloads.market import Bar
from qt_trade.contract.payloads.trading import SystemStatus
from qt_trade.kit.clock import SystemClock
from qt_trade.roles.worker.app import make_app
from qt_trade.roles.worker.rhythms import Task
from qt_trade.settings import Settings

PATIENCE_S = 60.0
WORKER_THREADS = 2

Whole = tuple[SystemStatus, SystemHealth, AlertsActive]


class Watcher:
    """What a frontend sees of the whole, awaited by events."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._bus = Bus(
            stack.connection["redis_url"], Party.FRONTEND, SystemClock(), random.Random(5)
        )
        self._known: dict[str, object] = {}
        self._news = asyncio.Event()

    async def open(self) -> None:
        await self._bus.open(timeout_s=20.0)
        for document in (registry.SYSTEM_STATUS, registry.SYSTEM_HEALTH, registry.ALERTS_ACTIVE):
            await self._bus.watch(document, self._hear)

    def _hear(self, change: Change[object]) -> None:
        self._known[change.key] = change.value
        self._news.set()

    async def until(
        self, holds: Callable[[SystemStatus, SystemHealth, AlertsActive], bool]
    ) -> Whole:
        keys = ("system_status", "backend:system_health", "backend:alerts_active")
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    known = [self._known.get(key) for key in keys]
                    if all(known) and holds(*known):  # type: ignore[arg-type]
                        return tuple(known)  # type: ignore[return-value]
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"in vain: {self._known}\n{self.stack.logs()}") from None

    async def worker(self, state: RoleState) -> Whole:
        """Wait until the worker is judged so, with the alert and the word for the whole."""
        ill = state is not RoleState.WORKING
        word = HealthStatus.ERROR if ill else HealthStatus.HEALTHY
        return await self.until(
            lambda status, health, alerts: (
                status.roles["worker"].state is state
                and any(alert.alert_id == "role.worker" for alert in alerts.alerts) is ill
                and health.status is word
            )
        )

    async def well(self) -> Whole:
        return await self.until(
            lambda status, health, _alerts: (
                health.status is HealthStatus.HEALTHY and status.chain_ok
            )
        )

    async def next_bar(self, symbol: str) -> None:
        """Wait for a minute that nobody had stored when this was called."""
        come, known = asyncio.Event(), await self._bus.entries(registry.BARS, symbol, last=1)
        last = known[-1].value.at if known else None

        def hear(batch: Batch[Bar]) -> None:
            if any(last is None or entry.value.at > last for entry in batch.entries):
                come.set()

        await self._bus.follow(registry.BARS, hear, symbol, last=1)
        async with asyncio.timeout(PATIENCE_S):
            await come.wait()

    async def lines(self) -> list[LogLine]:
        entries = await self._bus.entries(registry.LOG_LINES, last=registry.LOG_LINES.cap)
        return [entry.value for entry in entries]

    async def close(self) -> None:
        await self._bus.close()


def call_jobs(stack: Stack, count: int) -> None:
    """Call for market data as beat would."""
    # Only the backend's own user may; the stack's connection is a trader's.
    url = stack.url_of("backend")
    app = make_app(Settings(REDIS_URL=url, run={"id": stack.connection["run_id"]}))
    for _ in range(count):
        app.send_task(Task.MARKET_DATA)
    app.close()


async def watch_the_worker(stack: Stack) -> None:
    watcher = Watcher(stack)
    await watcher.open()
    try:
        await watcher.well()
        # Both threads wait for a table that somebody else holds: the process lives and reports.
        async with await psycopg.AsyncConnection.connect(stack.connection["database_url"]) as thief:
            await thief.execute("LOCK TABLE bars IN ACCESS EXCLUSIVE MODE")
            # A job with nothing to store would not meet the lock.
            await watcher.next_bar("AAPL")
            call_jobs(stack, WORKER_THREADS + 1)
            status, _, alerts = await watcher.worker(RoleState.ALIVE_NO_WORK)
            assert not status.worker_running
            assert status.chain_ok, "the engine's own chain does not suffer"
            (alert,) = [alert for alert in alerts.alerts if alert.alert_id == "role.worker"]
            assert "has carried out none since" in alert.message
        await watcher.worker(RoleState.WORKING)
        # A process that does not even report.
        worker = stack.child("role worker")
        worker.send_signal(signal.SIGSTOP)
        try:
            status, _, _ = await watcher.worker(RoleState.SILENT)
            assert "not heard since" in status.roles["worker"].words
        finally:
            worker.send_signal(signal.SIGCONT)
        await watcher.worker(RoleState.WORKING)
        await watcher.well()
        said = {(line.source, line.event) for line in await watcher.lines()}
        for role in ("streamer", "engine", "worker", "beat"):
            assert (role, "role.started") in said
    finally:
        await watcher.close()


@pytest.mark.timeout(240)
def test_a_worker_that_stopped_consuming_is_found_though_its_process_lives(tmp_path: Path) -> None:
    """Blocked threads, then a stopped process; both come back by themselves."""
    with running_stack(tmp_path / "data", "--feed", "simulation", "--speed", "6") as stack:
        asyncio.run(watch_the_worker(stack))
        assert stack.stop() == 0
