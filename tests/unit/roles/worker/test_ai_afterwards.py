"""What comes after an AI's answer: it is sealed, cycles and orders follow, workers die."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import msgspec
import psycopg
import pytest
import pytest_asyncio
from tests.unit.roles.parts import ACCOUNT, RUN, eventually
from tests.unit.roles.worker.ai_desk import HALF_HOUR, PRICES, STAMP, Desk, open_desk
from tests.unit.trading.make import WALL

from qt_trade.contract import registry
from qt_trade.contract.payloads import trading
from qt_trade.contract.payloads.portfolio import PortfolioPositions
from qt_trade.contract.payloads.results import OrderEvent
from qt_trade.contract.payloads.signals import CandidateState
from qt_trade.intelligence.candidates.checking import Opinion
from qt_trade.model.ai_answers import AiEnd, AiLimits, AiQuestion, Outcome
from qt_trade.model.claims import ai_model_id
from qt_trade.model.order_terms import Side
from qt_trade.model.orders import OrderOrigin, OrderStatus
from qt_trade.model.symbols import Symbol
from qt_trade.roles.worker.ai.board import kept_text

pytestmark = pytest.mark.asyncio

MINUTE = timedelta(minutes=1)
LIMITS = AiLimits(
    budget=Decimal(1), day_from=WALL - timedelta(hours=15), per_minute=9, attempts_max=3,
    given_up_s=2.0,
)  # fmt: skip
BUY = Opinion(
    symbol=Symbol("AAPL"), recommendation="BUY", score=0.9, confidence=0.62, target_price=None,
    price=200.0, risk_level=3, reason="so", cited=(),
)  # fmt: skip


@pytest_asyncio.fixture
async def desk(redis_url: str, database_url: str) -> AsyncIterator[Desk]:
    async with open_desk(redis_url, database_url) as desk:
        yield desk


def row(symbol: str, ended_at: trading.Stage, words: str) -> trading.CycleRow:
    stages = {"candidate": "", "signal": "", "risk": "", "order": "", ended_at.lower(): words}
    return trading.CycleRow(
        symbol=symbol, ended_at=ended_at, order_id="", expected_return=None, confidence=None,
        **stages,
    )  # fmt: skip


def cycled(number: int, at: datetime, *rows: trading.CycleRow, run: str = RUN) -> Any:
    cycle = trading.CycleReport(
        number=number, slot=at, at=at, candidates=3, signals=0, passed_risk=0, orders=0, rows=rows
    )
    return trading.TradingStatus(
        **STAMP, account=ACCOUNT, run_id=run, feed_ts=at, mode="PAPER",
        status=trading.BackendStatus.RUNNING, active=True, emergency_stop=False,
        emergency_words="", can_trade=True, checks=(), controller="", since=None, last_run=at,
        next_run=None, cycle_interval_s=600.0, last_error=None, trades_today=0,
        total_volume=Decimal(0), cycles_run=number, last_cycle=cycle, cycles=(), worker_pid=1,
    )  # fmt: skip


def step(event: str, state: OrderStatus, feed_ts: datetime, **more: Any) -> OrderEvent:
    usual: dict[str, Any] = {
        "account": ACCOUNT, "order_id": "qt-1", "symbol": "AAPL", "side": Side.BUY,
        "quantity": Decimal(10), "filled_qty": Decimal(0), "words": "",
        "origin": OrderOrigin.AUTOTRADING,
    }  # fmt: skip
    return OrderEvent(**STAMP, feed_ts=feed_ts, event=event, status=state, **usual | more)


async def sealed(desk: Desk, model: str) -> list[str]:
    found = await desk.store.claims.settled(
        ai_model_id(model), since=WALL - HALF_HOUR, until=WALL + HALF_HOUR
    )
    return [one.sealed.claim.symbol for one in found]


def question(slot: datetime = WALL) -> AiQuestion:
    return AiQuestion(slot, slot, "http://127.0.0.1/v1", "any", "[]", Decimal("0.06"))


async def test_orders_are_told_before_what_cycles_say(desk: Desk) -> None:
    """Each step of an order that followed; another account's, and older ones, are not ours."""
    await desk.asks(await desk.open())
    await desk.told_became("AAPL", "no cycle has looked at it yet")
    at = WALL + MINUTE
    refused = ("refused", OrderStatus.REJECTED)
    for strange in ({"account": "other"}, {"feed_ts": WALL - MINUTE}, {"symbol": "TSLA"}):
        other: dict[str, Any] = {"feed_ts": at, "order_id": "qt-0", **strange}
        await desk.engine.append(registry.ORDER_EVENTS, step(*refused, **other))
    for event, state, filled, words in (
        ("approved", OrderStatus.PENDING_NEW, 0, "order on its way: buy 10"),
        ("acknowledged", OrderStatus.ACCEPTED, 0, "order accepted: buy 10"),
        ("filled", OrderStatus.PARTIALLY_FILLED, 4, "bought 4 of 10; the rest is on its way"),
        ("filled", OrderStatus.FILLED, 10, "bought 10"),
    ):
        told = step(event, state, at, filled_qty=Decimal(filled))
        await desk.engine.append(registry.ORDER_EVENTS, told)
        await desk.told_became("AAPL", words)
    # The next cycle says nothing of it; what is not held cannot be sold, but by hand it was tried.
    hold = row("AAPL", trading.Stage.SIGNAL, "hold")
    await desk.engine.write(registry.TRADING_STATUS, cycled(2, WALL + 11 * MINUTE, hold))
    nothing = PortfolioPositions(**STAMP, account=ACCOUNT, feed_ts=WALL, positions=())
    await desk.engine.write(registry.PORTFOLIO_POSITIONS, nothing)
    await desk.told_became("IBM", "not held")
    by_hand = {"order_id": "qt-4", "symbol": "IBM", "side": Side.SELL, "words": "cap of the day"}
    manual = step(*refused, at, origin=OrderOrigin.MANUAL, **by_hand)
    await desk.engine.append(registry.ORDER_EVENTS, manual)
    await desk.told_became("IBM", "by hand: order refused: cap of the day")
    await desk.told_became("AAPL", "bought 10")


async def test_what_became_of_opinions_outlives_cycles_and_workers(desk: Desk) -> None:
    """All of it is kept: Redis, and the engine, may have forgotten."""
    room = await desk.open()
    await desk.asks(room)
    await desk.told(CandidateState.ACTIVE, "3 of 3")
    spread = row("MSFT", trading.Stage.RISK, "spread")
    one = cycled(1, WALL + MINUTE, row("AAPL", trading.Stage.ORDER, "BUY 10 MARKET"), spread)
    await desk.engine.write(registry.TRADING_STATUS, one)
    await desk.told_became("MSFT", "stopped: spread")
    bought = step("approved", OrderStatus.FILLED, WALL + MINUTE, filled_qty=Decimal(10))
    await desk.engine.append(registry.ORDER_EVENTS, bought)
    await desk.told_became("AAPL", "bought 10")
    # Another run says nothing of ours.
    strange = cycled(2, WALL + 2 * MINUTE, row("MSFT", trading.Stage.SIGNAL, "no"), run="run-0")
    await desk.engine.write(registry.TRADING_STATUS, strange)
    await room.close()
    await desk.worker.delete(registry.GROK_CANDIDATES)
    await desk.engine.delete(registry.TRADING_STATUS)
    await desk.engine.replace(registry.ORDER_EVENTS, [])
    desk.wall.advance(timedelta(hours=1))
    await desk.open()
    await desk.told_became("AAPL", "bought 10")
    await desk.told_became("MSFT", "expired; stopped: spread")
    await desk.told_became("IBM", "expired; no cycle looked at it")
    assert len(desk.ai.questions) == 1


async def test_what_a_worker_left_unsealed_is_sealed_by_the_next(desk: Desk) -> None:
    """It died between keeping and sealing; whatever the AI calls itself, its claims have an id."""
    permit = await desk.store.ai_answers.ask(question(), LIMITS)
    assert permit.number is not None
    end = AiEnd(
        at=WALL, outcome=Outcome.ANSWERED, words="1 of 1 opinions taken", cost=Decimal("0.01"),
        answered_by="hf.co/some one:β", taken=kept_text((BUY,)),
        expires_at=WALL + timedelta(hours=1),
    )  # fmt: skip
    await desk.store.ai_answers.end(permit.number, end)
    rooms = [await desk.open() for _ in range(3)]
    for room in rooms:
        room.begin()
    await eventually(lambda: all(room.idle for room in rooms))
    assert await sealed(desk, "hf.co/some one:β") == ["AAPL"]
    assert ai_model_id("hf.co/some one:β") == "ai:hf.co-some-one:-"
    assert await desk.store.ai_answers.unsealed() == []
    told = await desk.told(CandidateState.ACTIVE, "1 of 1 opinions taken")
    assert [one.symbol for one in told.candidates] == ["AAPL"]
    assert desk.ai.questions == [], "it was paid for"


async def test_an_answer_is_kept_and_sealed_when_the_database_is_back(
    desk: Desk, postgres_url: str, database_url: str
) -> None:
    """It was paid for: both are tried until they are done."""
    name = urlsplit(database_url).path.lstrip("/")
    close = f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    desk.ai.answers.clear()
    room = await desk.open(timeout_s=20)
    room.begin()
    await eventually(lambda: desk.ai.questions)
    admin = await psycopg.AsyncConnection.connect(postgres_url, autocommit=True)
    async with admin:
        await admin.execute(close)
        await admin.execute(cut, (name,))
        desk.ai.answers.set()
        await eventually(lambda: len(desk.slept) >= 2)
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    told = await desk.told(CandidateState.ACTIVE, "3 of 3")
    await eventually(lambda: room.idle)
    assert await sealed(desk, told.model) == ["AAPL", "IBM", "MSFT"]
    assert len(desk.ai.questions) == 1


async def test_a_question_whose_worker_is_gone_stays_counted_and_is_said(desk: Desk) -> None:
    """It may be billed: nobody pays for the same slot once more, and nobody forgets it."""
    assert (await desk.store.ai_answers.ask(question(), LIMITS)).number is not None
    room = await desk.open()
    await desk.asks(room)
    await desk.told(CandidateState.ACTIVE, "asked; no answer yet")
    desk.wall.advance(timedelta(seconds=2))
    await desk.asks(room)
    told = await desk.told(CandidateState.ERROR, "who asked at 20:00 UTC ended before an answer")
    assert (told.spent_usd, told.action, desk.ai.questions) == (0.06, "", [])
    await desk.asks(room, later=HALF_HOUR)
    told = await desk.told(CandidateState.ACTIVE, "3 of 3")
    assert told.spent_usd == pytest.approx(0.06 + 0.012)


async def test_two_workers_tell_the_same(desk: Desk) -> None:
    """One of them asked and died: what was paid for is not paid again, and looks no different."""
    first, second = await desk.open(), await desk.open()
    await desk.asks(first)
    before = await desk.told(CandidateState.ACTIVE, "3 of 3")
    await first.close()
    await desk.worker.delete(registry.GROK_CANDIDATES)
    await desk.asks(second)
    after = await desk.told(CandidateState.ACTIVE, "3 of 3")
    assert after.candidates == before.candidates
    assert {one.symbol for one in after.candidates} == set(PRICES)
    assert len(desk.ai.questions) == 1
    assert await sealed(desk, after.model) == ["AAPL", "IBM", "MSFT"]
    # A word that is older than what is kept does not stand for long, whoever wrote it.
    older = msgspec.structs.replace(after, took_s=None, words="asked; no answer yet")
    await desk.worker.write(registry.GROK_CANDIDATES, older)
    await desk.told(CandidateState.ACTIVE, "3 of 3")
