"""What dies comes back as it was: an engine, a whole run; and of a dead supervisor nothing stays."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import psutil
import pytest
from tests.end_to_end.recording import write_recording
from tests.end_to_end.stack import Stack, Told, running_stack

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.portfolio import PortfolioPositions, PortfolioSummary
from qt_trade.contract.payloads.trading import BackendStatus, TradingStatus
from qt_trade.kit.clock import SystemClock
from qt_trade.model.money import to_decimal
from qt_trade.trading.events import AutoTradingStarted, AutoTradingStopped, OrderFilled, OrderSent

T = TypeVar("T")

PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    recording = write_recording(tmp_path_factory.mktemp("recording") / "recorded.parquet")
    return ("--feed", "replay", "--from", str(recording), "--speed", "240")


def on_the_bus(stack: Stack, work: Callable[[Bus], Awaitable[T]]) -> T:
    """Do something as a frontend of the stack."""

    async def do() -> T:
        bus = Bus(stack.connection["redis_url"], Party.FRONTEND, SystemClock(), random.Random(5))
        await bus.open(timeout_s=20.0)
        try:
            return await work(bus)
        finally:
            await bus.close()

    return asyncio.run(do())


def until_status(stack: Stack, holds: Callable[[TradingStatus], bool]) -> TradingStatus:
    """Wait until the engine says something."""

    async def wait(bus: Bus) -> TradingStatus:
        said: asyncio.Future[TradingStatus] = asyncio.get_running_loop().create_future()

        def hear(change: Change[TradingStatus]) -> None:
            if change.value is not None and holds(change.value) and not said.done():
                said.set_result(change.value)

        await bus.watch(registry.TRADING_STATUS, hear)
        async with asyncio.timeout(PATIENCE_S):
            return await said

    return on_the_bus(stack, wait)


def feed_time(stack: Stack) -> datetime:
    async def read(bus: Bus) -> datetime:
        status = await bus.read(registry.MARKET_STATUS)
        assert status is not None
        return status.value.clock.feed

    return on_the_bus(stack, read)


def published(stack: Stack) -> tuple[PortfolioPositions, PortfolioSummary, list[str]]:
    async def read(
        bus: Bus,
    ) -> tuple[PortfolioPositions, PortfolioSummary, list[str]]:
        positions = await bus.read(registry.PORTFOLIO_POSITIONS)
        summary = await bus.read(registry.PORTFOLIO_SUMMARY)
        trades = await bus.entries(registry.TRADES_LOG, last=registry.TRADES_LOG.cap)
        assert positions is not None
        assert summary is not None
        return positions.value, summary.value, [entry.value.fill_id for entry in trades]

    return on_the_bus(stack, read)


def fills(told: Told) -> list[str]:
    return [event.fill.fill_id for event in told.events if isinstance(event, OrderFilled)]


def held(told: Told) -> dict[str, tuple[int, Decimal]]:
    return {s: (p.quantity, to_decimal(p.cost)) for s, p in told.account.held.items()}


@pytest.mark.timeout(200)
@pytest.mark.usefixtures("trade_unproven")
def test_a_killed_engine_comes_back_as_it_was_and_trades_on(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    with running_stack(tmp_path / "data", *options, "--autotrade", "BALANCED") as stack:
        before = until_status(stack, lambda status: status.trades_today >= 2)
        stack.child(" engine").kill()
        told = stack.journal(before.account)
        after = until_status(stack, lambda status: status.worker_pid != before.worker_pid)
        assert (after.active, after.since) == (True, before.since)
        assert after.cycles_run >= before.cycles_run
        assert after.total_volume >= to_decimal(told.account.today.volume)
        until_status(stack, lambda status: status.cycles_run >= after.cycles_run + 2)
        on = stack.journal(before.account)
        assert on.events[: len(told.events)] == told.events
        sent = [event.order_id for event in on.events if isinstance(event, OrderSent)]
        assert len(sent) == len(set(sent))
        switched = [e for e in on.events if isinstance(e, AutoTradingStarted | AutoTradingStopped)]
        assert len(switched) == 1
        assert stack.stop() == 0, stack.logs()
        assert "engine died" in "".join(stack.said)


@pytest.mark.timeout(200)
@pytest.mark.usefixtures("trade_unproven")
def test_a_run_stopped_and_started_again_goes_on_and_a_killed_one_leaves_nothing(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    data = tmp_path / "data"
    with running_stack(data, *options, "--autotrade", "BALANCED") as stack:
        before = until_status(stack, lambda status: status.trades_today >= 2)
        stopped_at = feed_time(stack)
        assert stack.stop() == 0, stack.logs()
    with running_stack(data, *options) as stack:
        again = until_status(stack, lambda status: status.run_id == stack.connection["run_id"])
        told = stack.journal(before.account)
        assert again.account == before.account
        assert feed_time(stack) >= stopped_at
        # A run trades by itself only when a person of this run says so.
        assert (again.active, again.status) == (False, BackendStatus.STOPPED)
        positions, summary, trades = published(stack)
        assert {p.symbol: (p.qty, p.cost) for p in positions.positions} == held(told)
        assert summary.cash_balance == to_decimal(told.account.cash)
        assert trades == fills(told)
        everyone = stack.everyone()
        stack.process.send_signal(signal.SIGKILL)
        gone, alive = psutil.wait_procs(everyone, timeout=PATIENCE_S)
        assert len(gone) == len(everyone)
        assert not alive
