"""The main job, with no part replaced: whole stack, replay, desktop, a killed server, a stop."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import psutil
import pytest
from tests.desktop.hands import Hands
from tests.end_to_end.recording import RESTING, SYMBOLS, write_recording
from tests.end_to_end.stack import Stack, Told, running_stack

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.commands import Reply, SubmitOrder, TradingCycleRequest
from qt_trade.contract.payloads.portfolio import PortfolioPositions, Trade
from qt_trade.kit.clock import SystemClock
from qt_trade.model.feeds import FeedKind
from qt_trade.model.money import to_decimal
from qt_trade.model.orders import OrderType, Side, TimeInForce
from qt_trade.trading.events import OrderApproved, OrderFilled, OrderSent, TradingStopped

SPEED = "240"


@pytest.mark.timeout(400)
@pytest.mark.usefixtures("trade_unproven")
def test_a_session_from_switching_on_to_the_last_stop(
    tmp_path: Path, open_desk: Callable[[str], Hands]
) -> None:
    recording = write_recording(tmp_path / "recorded.parquet")
    options = ("--feed", "replay", "--from", str(recording), "--speed", SPEED)
    with running_stack(tmp_path / "data", *options) as stack:
        hands = open_desk(stack.connection["redis_url"])
        _sees_the_replay(hands)
        _autotrading_trades(hands)
        _survives_a_killed_server(hands, stack)
        account = _trades_by_hand(hands)
        _stop_ends_trading(hands, stack, account)
        _books_agree(stack, account)
        everyone = stack.everyone()
        assert stack.stop() == 0, stack.logs()
        assert not [process for process in everyone if psutil.pid_exists(process.pid)]


def _sees_the_replay(hands: Hands) -> None:
    hands.until(lambda: len(hands.snapshot.quotes) == 5)
    hands.until(lambda: hands.read("headerFeedTitle") == "REPLAY")
    assert hands.read("headerMode", "mode") == "PAPER"
    hands.until(lambda: hands.read("headerAccountTitle") == "100,000.00")


def _autotrading_trades(hands: Hands) -> None:
    hands.until(lambda: bool(hands.read("dashboardSwitch", "enabled")))
    hands.press("dashboardSwitch")
    hands.until(
        lambda: hands.snapshot.trading_status is not None and hands.snapshot.trading_status.active
    )
    hands.qtbot.waitUntil(lambda: len(hands.snapshot.trades) >= 2, timeout=60_000)
    status = hands.snapshot.trading_status
    assert status is not None
    assert status.controller == hands.snapshot.session_id
    assert status.last_cycle is not None
    assert {row.symbol for row in status.last_cycle.rows} == {*SYMBOLS, RESTING}


def _survives_a_killed_server(hands: Hands, stack: Stack) -> None:
    before = hands.snapshot.trades[-1].fill_id
    stack.child("valkey-server").kill()
    hands.until(lambda: not hands.snapshot.connected)
    hands.until(lambda: bool(hands.read("linkBanner", "visible")))
    assert hands.read("dashboardSwitch", "enabled") is False
    hands.until(lambda: hands.snapshot.connected)
    hands.until(lambda: bool(hands.read("dashboardSwitch", "enabled")))
    assert before in [trade.fill_id for trade in hands.snapshot.trades]
    # Engine, worker and streamer are whole as well: the next cycle is carried out.
    status = hands.snapshot.trading_status
    assert status is not None
    done = status.cycles_run
    hands.qtbot.waitUntil(lambda: _cycles(hands) > done, timeout=60_000)


def _cycles(hands: Hands) -> int:
    status = hands.snapshot.trading_status
    return 0 if status is None else status.cycles_run


def _trades_by_hand(hands: Hands) -> str:
    status = hands.snapshot.market_status
    assert status is not None
    order = SubmitOrder(
        ts=SystemClock().now(),
        source="test",
        feed=FeedKind.REPLAY,
        session_id=hands.snapshot.session_id,
        command_id="by-hand-1",
        symbol=RESTING,
        side=Side.BUY,
        quantity=Decimal(3),
        order_type=OrderType.MARKET,
        limit_price=None,
        time_in_force=TimeInForce.DAY,
    )
    url = hands.app.link._url
    first, again = _send(url, order), _send(url, order)
    assert first.accepted, first.reason
    assert (again.accepted, again.order_id) == (True, first.order_id)
    hands.until(lambda: any(trade.order_id == first.order_id for trade in hands.snapshot.trades))
    return status.account


def _send(url: str, order: SubmitOrder) -> Reply:
    async def send() -> Reply:
        bus = Bus(url, Party.FRONTEND, SystemClock(), random.Random(5))
        await bus.open()
        try:
            return await bus.send(registry.MANUAL_ORDERS, order)
        finally:
            await bus.close()

    return asyncio.run(send())


def _stop_ends_trading(hands: Hands, stack: Stack, account: str) -> None:
    hands.app.desk.emergency.stopTrading("button")
    hands.until(
        lambda: (
            hands.snapshot.trading_status is not None
            and hands.snapshot.trading_status.emergency_stop
        )
    )
    hands.until(lambda: hands.read("headerTradeTitle") == "Cannot trade")
    reply = asyncio.run(_call_cycle(hands, stack.url_of("backend")))
    assert not reply.accepted
    told = stack.journal(account)
    stopped = next(i for i, event in enumerate(told.events) if isinstance(event, TradingStopped))
    opened = [e for e in told.events[stopped:] if isinstance(e, OrderApproved) and e.opens]
    assert opened == []


async def _call_cycle(hands: Hands, url: str) -> Reply:
    status = hands.snapshot.market_status
    assert status is not None
    bus = Bus(url, Party.WORKER, SystemClock(), random.Random(6))
    await bus.open()
    try:
        request = TradingCycleRequest(
            ts=SystemClock().now(),
            source="test",
            feed=FeedKind.REPLAY,
            command_id="cycle-after-the-stop",
            slot=status.clock.feed,
        )
        return await bus.send(registry.TRADING_CYCLE, request)
    finally:
        await bus.close()


def _books_agree(stack: Stack, account: str) -> None:
    trades, positions = asyncio.run(_published(stack.connection["redis_url"]))
    told = stack.journal(account)
    _each_order_left_once(told)
    fills = [event for event in told.events if isinstance(event, OrderFilled)]
    assert [(t.fill_id, t.qty, t.price, t.fees, t.realized) for t in trades] == [
        (
            event.fill.fill_id,
            event.fill.quantity,
            to_decimal(event.fill.price),
            to_decimal(event.fill.commission),
            None if event.realized is None else to_decimal(event.realized),
        )
        for event in fills
    ]
    held = told.account.held
    assert {p.symbol: (p.qty, p.cost) for p in positions.positions} == {
        symbol: (position.quantity, to_decimal(position.cost)) for symbol, position in held.items()
    }
    spent = sum(
        (t.value + t.fees if t.side is Side.BUY else t.fees - t.value for t in trades), Decimal(0)
    )
    assert to_decimal(told.account.cash) == Decimal(100_000) - spent


async def _published(url: str) -> tuple[list[Trade], PortfolioPositions]:
    bus = Bus(url, Party.FRONTEND, SystemClock(), random.Random(7))
    await bus.open()
    try:
        entries = await bus.entries(registry.TRADES_LOG, last=registry.TRADES_LOG.cap)
        positions = await bus.read(registry.PORTFOLIO_POSITIONS)
    finally:
        await bus.close()
    assert positions is not None
    return [entry.value for entry in entries], positions.value


def _each_order_left_once(told: Told) -> None:
    sent = Counter(event.order_id for event in told.events if isinstance(event, OrderSent))
    approved = [e.order.order_id for e in told.events if isinstance(e, OrderApproved)]
    assert set(sent.values()) == {1}
    assert set(sent) <= set(approved)
    assert len(approved) == len(set(approved))
