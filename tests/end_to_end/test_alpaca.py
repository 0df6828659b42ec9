"""The whole product against Alpaca's emulator: its books are ours, whatever answers were lost."""

import json
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import redis
from tests.asking import until
from tests.emulators.alpaca import AlpacaEmulator, Fault, Holding
from tests.emulators.alpaca.by_hand import follow
from tests.emulators.yahoo import YahooEmulator
from tests.end_to_end.stack import QTRADE, Stack, running_stack

from qt_trade.kit.loop_thread import LoopThread
from qt_trade.model.money import to_decimal, usd
from qt_trade.model.symbols import Symbol
from qt_trade.trading.events import OrderApproved, OrderUnknown

FAULTS = (Fault.CUT_TAKEN, Fault.GATEWAY_TIMEOUT_TAKEN, Fault.TORN_TAKEN, Fault.RATE_LIMIT)
SPEED = ("--feed", "simulation", "--speed", "300", "--autotrade", "aggressive")
DOCUMENTS = ("trading_status", "backend:portfolio_summary")
ORDERS = 6
PATIENCE_S = 90


@pytest.fixture
def thread() -> Iterator[LoopThread]:
    """Where the emulator lives."""
    loop = LoopThread("alpaca")
    yield loop
    loop.close()


@pytest.fixture(params=[False], ids=["paper"])
def alpaca(
    thread: LoopThread, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[AlpacaEmulator]:
    """An emulator that a run started from here trades at: its paper host, or the live one."""
    live: bool = request.param
    emulator = thread.run(_started(live=live))
    key_id, secret = emulator.key
    for name, value in {
        "KIND": "alpaca-live" if live else "alpaca-paper",
        "KEY_ID": key_id,
        "SECRET": secret,
        "BASE_URL": emulator.base_url,
        "STREAM_URL": emulator.stream_url,
    }.items():
        monkeypatch.setenv(f"QTRADE_BROKER__{name}", value)
    yield emulator
    thread.run(emulator.__aexit__(None, None, None))


async def _started(*, live: bool) -> AlpacaEmulator:
    emulator = AlpacaEmulator(live=live)
    emulator.book.any_asset = True
    return await emulator.__aenter__()


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("trade_unproven")
def test_the_books_agree_after_lost_answers_and_a_killed_engine(
    tmp_path: Path, alpaca: AlpacaEmulator, thread: LoopThread
) -> None:
    """AutoTrading trades at the emulator; every other answer to an order is lost; a SIGKILL."""
    alpaca.faults.next(*FAULTS * 3)
    with running_stack(tmp_path / "data", *SPEED) as stack:
        following = thread.submit(follow(alpaca, tmp_path / "data"))
        account = f"alpaca-paper:{alpaca.book.number}"
        until(lambda: _traded(alpaca) >= ORDERS // 2, PATIENCE_S, "nothing is traded")
        stack.child("role engine").kill()
        until(lambda: _traded(alpaca) >= ORDERS, PATIENCE_S, "nothing is traded after the kill")
        until(lambda: _agree(stack, account, alpaca), PATIENCE_S, "the books never agree")
        told = stack.journal(account)
        _no_secret_in_logs(stack, alpaca)
        following.cancel()
    approved = {event.order.order_id for event in told.events if isinstance(event, OrderApproved)}
    assert all(len(alpaca.orders_of(order_id)) <= 1 for order_id in approved)
    assert {one.client_order_id for one in alpaca.book.orders.values()} <= approved
    assert any(isinstance(event, OrderUnknown) for event in told.events)
    assert sum(alpaca.faults.seen.values()) >= 4


@pytest.fixture
def silent_yahoo(thread: LoopThread, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Real time without a price: enough for a run that is only looked at."""
    emulator = thread.run(YahooEmulator().__aenter__())
    monkeypatch.setenv("QTRADE_PROVIDERS__YAHOO__BASE_URL", emulator.base_url)
    monkeypatch.setenv("QTRADE_PROVIDERS__YAHOO__STREAM_URL", emulator.stream_url)
    yield
    thread.run(emulator.__aexit__(None, None, None))


@pytest.mark.timeout(200)
@pytest.mark.parametrize("alpaca", [True], ids=["live"], indirect=True)
@pytest.mark.usefixtures("silent_yahoo")
def test_a_live_run_says_so_and_opens_the_account_as_it_is(
    tmp_path: Path, alpaca: AlpacaEmulator
) -> None:
    """The number was typed; cash and positions are those of the broker at that moment."""
    alpaca.book.cash = Decimal("1234.56")
    alpaca.book.holdings["IBM"] = Holding(Decimal("2.5"), Decimal(250))
    number = alpaca.book.number
    with running_stack(tmp_path / "data", "--live", "--confirm-live", number) as stack:
        assert f"account live:{number}" in "".join(stack.said)
        with redis.Redis.from_url(stack.url_of("admin")) as client:
            until(lambda: client.exists(*DOCUMENTS) == len(DOCUMENTS), PATIENCE_S)
            status, summary = (json.loads(client.get(key) or b"") for key in DOCUMENTS)
        told = stack.journal(f"live:{number}")
    assert (status["mode"], summary["mode"]) == ("LIVE", "LIVE")
    assert told.account.cash == usd("1234.56")
    assert told.account.quantity(Symbol("IBM")) == Decimal("2.5")
    assert not told.account.orders


@pytest.mark.parametrize("alpaca", [True], ids=["live"], indirect=True)
def test_another_accounts_number_starts_nothing(tmp_path: Path, alpaca: AlpacaEmulator) -> None:
    command = (*QTRADE, "up", "--headless", "--data-dir", str(tmp_path / "data"), "--live")
    done = subprocess.run(
        (*command, "--confirm-live", "987654321"), capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "no real money is traded" in done.stdout + done.stderr


def _traded(alpaca: AlpacaEmulator) -> int:
    return sum(len(order.executions) for order in tuple(alpaca.book.orders.values()))


def _agree(stack: Stack, account: str, alpaca: AlpacaEmulator) -> bool:
    """Return whether cash and shares are the same, between two looks at a market that moves."""
    before = alpaca.book.figures()
    ours = stack.journal(account).account
    held = {symbol: position.quantity for symbol, position in ours.held.items()}
    theirs = {symbol: Decimal(quantity) for symbol, quantity in before["held"].items()}
    same = held == theirs and to_decimal(ours.cash) == Decimal(before["cash"])
    return same and before == alpaca.book.figures()


def _no_secret_in_logs(stack: Stack, alpaca: AlpacaEmulator) -> None:
    _key_id, secret = alpaca.key
    texts = [path.read_text() for path in (stack.data_dir / "logs").glob("*.log")]
    assert texts
    assert not [text for text in texts if secret in text]
    assert secret not in "".join(stack.said)
