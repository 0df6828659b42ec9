"""Fifty engines killed in the middle of their work, and both servers: nothing lost, nothing doubled."""

import asyncio
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from itertools import count
from pathlib import Path

import psutil
import pytest
from msgspec.structs import replace
from tests.asking import until
from tests.emulators.alpaca import AlpacaEmulator
from tests.emulators.alpaca.by_hand import follow
from tests.end_to_end.stack import Stack, Told, running_stack
from tests.end_to_end.test_alpaca import alpaca, thread

from qt_trade.cli import attach
from qt_trade.cli.options import Target
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import DisconnectedError, NoReplyError
from qt_trade.contract.payloads.commands import Reply, SubmitOrder
from qt_trade.contract.payloads.sessions import Session
from qt_trade.kit.clock import SystemClock
from qt_trade.kit.loop_thread import LoopThread
from qt_trade.model.feeds import FeedKind
from qt_trade.model.money import to_decimal
from qt_trade.model.orders import OrderType, Side, TimeInForce
from qt_trade.storage.errors import UnreachableError
from qt_trade.trading.events import CommandAnswered, OrderApproved, OrderFilled

__all__ = ["alpaca", "thread"]

KILLS = 50
LIVES_S = (0.4, 2.2)
"""How long an engine lives: some die before they have read their journal, some in a send."""
SERVER_KILLS = 2
ACCEPTED_MIN = 15
"""Fewer would be no busy day."""
RETURN_S = 60.0
"""A bound for the wait, not a claim: how long it took is printed."""
SYMBOLS = ("AAPL", "MSFT")
PACE_S = 0.6
"""Between two orders: fifty engines must not use up the requests of a minute at the broker."""
BUSY = {
    "COOLDOWN_MIN": "0",
    "TRADES_PER_DAY_MAX": "100000",
    "SYMBOL_TRADES_PER_DAY_MAX": "100000",
    "ORDERS_PER_MIN_MAX": "1000",
    "DAILY_NOTIONAL_CAP": "10000000",
    "BROKER_FAILURES_MAX": "1000",
    "UNKNOWN_ORDERS_MAX": "100000",
    "OPEN_ORDERS_MAX": "1000",
}
"""Limits that let a busy day pass: what is tested here is not risk's patience."""


class Customer:
    """Sends one order after the other, each again and again until it is answered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.replies: dict[str, Reply] = {}
        self.sent: list[str] = []

    @property
    def accepted(self) -> dict[str, Reply]:
        return {key: one for key, one in self.replies.items() if one.accepted}

    async def run(self) -> None:
        async with (
            attach.attached(Target(data_dir=self._folder)) as bus,
            attach.trader_session(bus) as session,
        ):
            beating = asyncio.create_task(_beat(bus, session))
            for number in count():
                command_id = f"customer-{number}"
                self.sent.append(command_id)
                while command_id not in self.replies:
                    order = SubmitOrder(
                        ts=SystemClock().now(),
                        source="test",
                        feed=FeedKind.SIMULATION,
                        session_id=session.session_id,
                        command_id=command_id,
                        symbol=SYMBOLS[number % 2],
                        side=Side.SELL if number % 4 == 3 else Side.BUY,
                        quantity=Decimal(1),
                        order_type=OrderType.MARKET,
                        limit_price=None,
                        time_in_force=TimeInForce.DAY,
                    )
                    try:
                        reply = await bus.send(registry.MANUAL_ORDERS, order, 3.0)
                    except (NoReplyError, DisconnectedError):
                        assert not beating.done()
                        await asyncio.sleep(0.1)
                    else:
                        self.replies[command_id] = reply
                await asyncio.sleep(PACE_S)


async def _beat(bus: Bus, session: Session) -> None:
    """Keep a session alive, whatever dies."""
    while True:
        with suppress(DisconnectedError):
            now = replace(session, ts=SystemClock().now())
            await bus.write(registry.SESSION, now, session.session_id)
        await asyncio.sleep(registry.HEARTBEAT_S)


@contextmanager
def own_hands(stack: Stack) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Let the supervisor stand still, so that only the test starts engines; it goes on afterwards."""
    supervisor = psutil.Process(stack.process.pid)
    supervisor.suspend()
    engines: list[subprocess.Popen[bytes]] = []
    try:
        yield engines
    finally:
        for engine in engines:
            engine.kill()
            engine.wait(30)
        supervisor.resume()


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("trade_unproven")
def test_fifty_engines_and_both_servers_die_and_nothing_is_lost_or_doubled(
    tmp_path: Path,
    alpaca: AlpacaEmulator,
    thread: LoopThread,
    record_property: Callable[[str, object], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The emulator's book and the journal agree to the share and the cent; each command has one order."""
    alpaca.requests_per_minute = 100_000
    for name, value in BUSY.items():
        monkeypatch.setenv(f"QTRADE_RISK__{name}", value)
    rng = random.Random(4)
    folder = tmp_path / "data"
    options = ("--feed", "simulation", "--speed", "120", "--autotrade", "aggressive")
    with running_stack(folder, *options) as stack:
        following = thread.submit(follow(alpaca, folder))
        customer = Customer(folder)
        trading = thread.submit(customer.run())
        until(lambda: len(customer.replies) >= 3, RETURN_S, "no order is answered")
        _kill_engines(stack, rng)
        account = f"alpaca-paper:{alpaca.book.number}"
        for name in ("valkey-server", "postgres") * SERVER_KILLS:
            stack.child(name).kill()
            back_s = _seconds_until_served(customer)
            record_property(f"orders answered again after the death of {name}, s", round(back_s, 1))
        until(lambda: len(customer.accepted) >= ACCEPTED_MIN, RETURN_S, "too few are accepted")
        trading.cancel()
        ended = time.monotonic()
        until(lambda: _agree(stack, account, alpaca), RETURN_S, "the books never agree")
        record_property("books agree after the last order, s", round(time.monotonic() - ended, 1))
        told = stack.journal(account)
        following.cancel()
    _nothing_lost_or_doubled(told, alpaca, customer)


def _kill_engines(stack: Stack, rng: random.Random) -> None:
    engine = stack.child("role engine")
    command, around = engine.cmdline(), engine.environ()
    log = (stack.data_dir / "logs" / "engine.log").open("ab")
    with own_hands(stack) as engines, log:
        engine.kill()
        for _ in range(KILLS - 1):
            started = subprocess.Popen(
                command, env=_of_its_own(around), stdout=log, stderr=log, cwd=Path.cwd()
            )
            engines.append(started)
            with pytest.raises(subprocess.TimeoutExpired):
                started.wait(rng.uniform(*LIVES_S))
            started.kill()
            started.wait(30)


def _seconds_until_served(customer: Customer) -> float:
    """Wait until orders that were sent only now are answered."""
    began, sent = time.monotonic(), len(customer.sent)
    until(lambda: len(customer.replies) > sent + 1, RETURN_S, "no order is answered any more")
    return time.monotonic() - began


def _of_its_own(around: dict[str, str]) -> dict[str, str]:
    """Return the environment of the supervisor's engine without the pipe it says "ready" into."""
    return {name: value for name, value in around.items() if "READY" not in name}


def _agree(stack: Stack, account: str, alpaca: AlpacaEmulator) -> bool:
    before = alpaca.book.figures()
    try:
        ours = stack.journal(account).account
    except UnreachableError:
        return False
    held = {symbol: position.quantity for symbol, position in ours.held.items()}
    theirs = {symbol: Decimal(quantity) for symbol, quantity in before["held"].items()}
    same = held == theirs and to_decimal(ours.cash) == Decimal(before["cash"])
    return same and not ours.unexplained and before == alpaca.book.figures()


def _nothing_lost_or_doubled(told: Told, alpaca: AlpacaEmulator, customer: Customer) -> None:
    approved = {e.order.order_id for e in told.events if isinstance(e, OrderApproved)}
    answered = Counter(e.command_id for e in told.events if isinstance(e, CommandAnswered))
    fills = Counter(e.fill.fill_id for e in told.events if isinstance(e, OrderFilled))
    assert set(answered.values()) == {1}
    assert set(fills.values()) == {1}
    at_broker = Counter(order.client_order_id for order in alpaca.book.orders.values())
    assert set(at_broker.values()) == {1}
    assert at_broker.keys() <= approved
    for command_id, reply in customer.accepted.items():
        assert answered[command_id] == 1
        assert reply.order_id in at_broker, f"{command_id} was lost"
