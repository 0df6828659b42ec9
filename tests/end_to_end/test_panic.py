"""``qtrade panic`` leaves the market of a real broker without Redis, engine or PostgreSQL."""

import asyncio
import json
import os
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.emulators.alpaca import AlpacaEmulator
from tests.emulators.alpaca.faults import Fault

from qt_trade.roles.panic.notes import PanicNotes
from qt_trade.storage.database import Database
from qt_trade.storage.leases import Leases
from qt_trade.storage.migrate import migrate
from qt_trade.trading.ids import is_ours

pytestmark = pytest.mark.asyncio


def keys(emulator: AlpacaEmulator) -> dict[str, str]:
    """Return the environment of a person who has the broker's keys."""
    key_id, secret = emulator.key
    return os.environ | {
        "QTRADE_BROKER__KIND": "alpaca-paper",
        "QTRADE_BROKER__KEY_ID": key_id,
        "QTRADE_BROKER__SECRET": secret,
        "QTRADE_BROKER__BASE_URL": emulator.base_url,
        "QTRADE_BROKER__STREAM_URL": emulator.stream_url,
        "QTRADE_EMERGENCY_APART_S": "1",
    }


async def panic(emulator: AlpacaEmulator, data_dir: Path, *options: str) -> tuple[int, Any, str]:
    """Run the command as a person without any server would; return code, answer and complaint."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "qt_trade.cli.main", "panic", "--yes", "--json",
        "--data-dir", str(data_dir), *options,
        env=keys(emulator), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    lines = out.decode().splitlines()
    return process.returncode or 0, json.loads(lines[-1]) if lines else None, err.decode()


def hold(emulator: AlpacaEmulator) -> None:
    """Let the account hold two positions and have an order at work that is not ours."""
    for symbol in ("AAPL", "BRK.B"):
        emulator.quote(symbol, 99.9, 100.1)
    emulator.book.trade_by_hand("AAPL", "buy", Decimal(10), Decimal(100))
    emulator.book.trade_by_hand("BRK.B", "buy", Decimal("2.5"), Decimal(100))
    emulator.book.submit(
        {
            "symbol": "AAPL", "qty": "1", "side": "buy", "type": "limit", "limit_price": "50",
            "time_in_force": "gtc", "client_order_id": "by-hand",
        }
    )  # fmt: skip


def held(emulator: AlpacaEmulator) -> dict[str, Decimal]:
    return {name: one.quantity for name, one in emulator.book.holdings.items() if one.quantity}


async def test_everything_is_left_proved_and_told_to_the_engine(tmp_path: Path) -> None:
    """Also what was ordered by hand, and parts of shares; the note waits for the engine."""
    async with AlpacaEmulator() as emulator:
        hold(emulator)
        code, answer, complaint = await panic(emulator, tmp_path)
        assert (code, complaint) == (0, "")
        assert (answer["way"], answer["verified"]) == ("broker", True)
        assert held(emulator) == {}
        assert not [one for one in emulator.book.orders.values() if one.open]
        sent = [one for one in emulator.posted if is_ours(one)]
        assert len(sent) == 2
        assert all(emulator.posted[one] == 1 for one in sent)
    (note,) = PanicNotes(tmp_path).waiting()
    assert (note.command_id, note.how) == (answer["command_id"], "qtrade panic")
    assert note.outcome == tuple(answer["words"])


@pytest.mark.parametrize(
    "fault", [Fault.SILENT_TAKEN, Fault.GATEWAY_TIMEOUT_TAKEN, Fault.CUT, Fault.RATE_LIMIT]
)
async def test_a_broker_that_answers_badly_gets_no_order_twice(
    fault: Fault, tmp_path: Path
) -> None:
    async with AlpacaEmulator() as emulator:
        hold(emulator)
        emulator.faults.next(fault)
        code, answer, _ = await panic(emulator, tmp_path)
        assert (code, answer["verified"]) == (0, True)
        assert emulator.faults.seen[fault] == 1
        ours = [one for one in emulator.book.orders.values() if is_ours(one.client_order_id)]
        assert sum(one.filled for one in ours if one.symbol == "AAPL") == 10
        assert held(emulator) == {}


async def test_in_a_closed_market_the_exits_rest_at_the_broker_and_nothing_is_claimed(
    tmp_path: Path,
) -> None:
    async with AlpacaEmulator() as emulator:
        hold(emulator)
        emulator.book.close_session()
        code, answer, complaint = await panic(emulator, tmp_path, "--patience", "5")
        assert (code, answer["verified"]) == (1, False)
        assert "10 AAPL are held" in complaint
        emulator.book.open_session()
        for symbol in ("AAPL", "BRK.B"):
            emulator.quote(symbol, 99.9, 100.1)
        assert held(emulator) == {}


async def test_a_watchdog_leaves_when_the_engines_lease_has_run_out(
    redis_url: str, database_url: str, tmp_path: Path
) -> None:
    """It sees the engine, sees it no more, and acts under an id that names the engine's life."""
    await migrate(database_url)
    database = Database(database_url, name="test", pool_size=1)
    async with AlpacaEmulator() as emulator:
        hold(emulator)
        fence = await Leases(database).acquire("engine", "an engine", 600.0)
        assert fence is not None
        watchdog = await asyncio.create_subprocess_exec(
            sys.executable, "-u", "-m", "qt_trade.cli.main", "watchdog", "--after", "10",
            "--redis-url", redis_url, "--database-url", database_url, "--data-dir", str(tmp_path),
            env=keys(emulator), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert watchdog.stdout is not None
        while b"the engine is alive" not in await watchdog.stdout.readline():
            assert watchdog.returncode is None
        assert not emulator.posted, "while the engine lives nothing is sent"
        await Leases(database).release(fence)
        out, err = await watchdog.communicate()
        assert (watchdog.returncode, err) == (0, b"")
        assert held(emulator) == {}
        assert b"no sign of the engine" in out
    await database.close()
    (note,) = PanicNotes(tmp_path).waiting()
    assert note.command_id == f"watchdog-{fence.token}-close_all_positions"
