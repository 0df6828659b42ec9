"""An AI is asked on real servers, an emulated xAI answers, and only what can be checked is taken."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from tests.emulators.xai import INJECTION, KEY, MODEL, Manner, XaiEmulator
from tests.unit.roles.parts import RUN, eventually, settings_of
from tests.unit.trading.make import WALL

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads import market as wire
from qt_trade.contract.payloads.signals import CandidateState, GrokCandidates
from qt_trade.contract.payloads.sources import NewsItem, YFinanceEnhanced
from qt_trade.contract.payloads.watch_list import DynamicTickers, Ticker, TickerOrigin, TickerState
from qt_trade.kit.clock import ManualClock, SystemClock
from qt_trade.model.ai_answers import AiRecord, Outcome
from qt_trade.model.claims import AI_PREFIX
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.worker.ai_room import AiParts, AiRoom

pytestmark = pytest.mark.asyncio

STAMP: dict[str, Any] = {"ts": WALL, "source": "test", "feed": FeedKind.REAL_TIME}
PRICES = {"AAPL": 200.0, "MSFT": 400.0, "IBM": 100.0}
HALF_HOUR = timedelta(minutes=30)


def status(*, market_open: bool = True) -> wire.MarketStatus:
    return wire.MarketStatus(
        **STAMP, run_id=RUN, account="paper:test",
        clock=wire.FeedClock(
            wall=WALL, feed=WALL, speed=1.0, quote_interval_s=1.0, stale_after_s=240.0
        ),
        market_open=market_open, market_session=wire.MarketSession.OPEN, words="",
        current_time_et="", trading_day=True, early_close=False,
        next_open=WALL + timedelta(hours=18), next_close=WALL + timedelta(hours=1),
        feed_state=wire.FeedState.OK, feed_words="", feed_since=WALL, feed_source="test",
        symbols=tuple(PRICES),
    )  # fmt: skip


def data(doubtful: str = "") -> wire.MarketData:
    symbols = {
        name: wire.SymbolData(
            price=price, timestamp=WALL, source="consensus", bid=None, ask=None, bid_size=None,
            ask_size=None, volume=1000, open=None, high=None, low=None, previous_close=None,
            change=None, change_percent=1.5, doubt="one source alone" if name == doubtful else "",
        )
        for name, price in PRICES.items()
    }  # fmt: skip
    return wire.MarketData(**STAMP, run_id=RUN, feed_ts=WALL, quotes_published=3, symbols=symbols)


def tickers() -> DynamicTickers:
    line = Ticker(
        name="A company", origins=(TickerOrigin.USER,), state=TickerState.STREAMED, words=""
    )
    return DynamicTickers(
        **STAMP, run_id=RUN, symbols=tuple(PRICES), tickers=dict.fromkeys(PRICES, line),
        refused={}, words="",
    )  # fmt: skip


@dataclass
class Desk:
    """A worker's room, the AI it asks, and what the streamer has published."""

    ai: XaiEmulator
    wall: ManualClock
    store: wiring.MarketStore
    streamer: Bus
    worker: Bus
    front: Bus
    slept: list[float]
    urls: tuple[str, str]
    rooms: list[AiRoom]

    async def open(self, *, choice: str = "realtime", **ai: Any) -> AiRoom:
        feed_time = FeedTime(RUN, self.wall)
        await feed_time.follow(self.worker)
        await feed_time.known.wait()
        given = {"key": KEY, "base_url": self.ai.base_url, "timeout_s": 1.0} | ai
        settings = settings_of(*self.urls, feed={"choice": choice, "speed": 1.0}, ai=given)

        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)
            self.wall.advance(timedelta(seconds=seconds))
            await asyncio.sleep(0)

        rng = random.Random(4)
        parts = AiParts(settings, self.worker, self.store, feed_time, self.wall, sleep, rng)
        room = AiRoom(parts)
        self.rooms.append(room)
        await room.open()
        return room

    async def told(self, state: CandidateState, words: str) -> GrokCandidates:
        """Wait until the document says so."""
        found: list[GrokCandidates] = []

        async def says() -> bool:
            read = await self.front.read(registry.GROK_CANDIDATES)
            found[:] = [] if read is None else [read.value]
            return bool(found) and found[0].state is state and words in found[0].words

        try:
            await eventually(says)
        except TimeoutError:
            raise AssertionError(f"no {state} {words!r} but {found}") from None
        return found[0]

    async def kept(self) -> list[AiRecord]:
        return await self.store.ai_answers.since(WALL - timedelta(days=1))


@pytest_asyncio.fixture
async def desk(redis_url: str, database_url: str) -> AsyncIterator[Desk]:
    parties = (Party.STREAMER, Party.WORKER, Party.FRONTEND)
    buses = [Bus(redis_url, one, SystemClock(), random.Random(n)) for n, one in enumerate(parties)]
    for bus in buses:
        await bus.open(timeout_s=20.0)
    await buses[0].write(registry.MARKET_STATUS, status())
    await buses[0].write(registry.MARKET_DATA, data())
    await buses[0].write(registry.DYNAMIC_TICKERS, tickers())
    store = wiring.open_market_store(settings_of(redis_url, database_url))
    async with XaiEmulator() as ai:
        wall = ManualClock(WALL)
        desk = Desk(ai, wall, store, *buses, [], (redis_url, database_url), [])
        yield desk
        for room in desk.rooms:
            await room.close()
    for bus in buses:
        await bus.close()
    await store.close()


async def test_opinions_are_taken_kept_and_sealed(desk: Desk) -> None:
    """What it cost, whom it names as its source, and what the answer said to the letter."""
    news = NewsItem(title="Made-up news", publisher="The Paper", published=WALL, sentiment=None)
    study = YFinanceEnhanced(
        **STAMP, symbol="AAPL", feed_ts=WALL, historical_data=(), fundamentals=None, news=(news,),
        data_points=0, words="",
    )  # fmt: skip
    await desk.worker.write(registry.YFINANCE_ENHANCED, study, "AAPL")
    room = await desk.open()
    room.begin()
    told = await desk.told(CandidateState.ACTIVE, "3 of 3 opinions taken")
    first = told.candidates[0]
    assert (first.symbol, first.recommendation, first.current_price) == ("AAPL", "BUY", 200.0)
    assert first.cited == ("The Paper: Made-up news",)
    assert first.expected_return == pytest.approx(0.004)
    assert first.expires_at == WALL + timedelta(hours=1)
    assert first.became == "no cycle has looked at it yet"
    assert (told.model, told.cost_usd, told.spent_usd, told.budget_usd) == (MODEL, 0.012, 0.012, 1)
    (record,) = await desk.kept()
    assert record.end is not None
    assert (record.end.outcome, record.end.cost) == (Outcome.ANSWERED, Decimal("0.012"))
    assert json.loads(record.end.raw)["model"] == MODEL
    assert json.loads(record.question.prompt) == desk.ai.questions[0]["messages"]
    sealed = await desk.store.claims.settled(
        f"{AI_PREFIX}{MODEL}", since=WALL - HALF_HOUR, until=WALL + HALF_HOUR
    )
    assert [(one.sealed.claim.symbol, one.sealed.claim.prob_up) for one in sealed] == [
        ("AAPL", 0.62), ("IBM", pytest.approx(0.38)), ("MSFT", 0.62),
    ]  # fmt: skip


async def test_what_does_not_exist_is_left_out_and_counted(desk: Desk) -> None:
    """A symbol nobody watches, one that is none, one named twice."""
    desk.ai.manner = Manner.MADE_UP
    room = await desk.open()
    room.begin()
    told = await desk.told(CandidateState.ACTIVE, "3 of 6 opinions taken")
    assert {one.symbol for one in told.candidates} == set(PRICES)
    for words in ("ZZZQ: it is not watched", "AAPL named again", "something that is no symbol"):
        assert words in told.words


async def test_a_price_in_doubt_is_neither_told_nor_judged(desk: Desk) -> None:
    """An opinion on a price nobody believes would be scored against nothing."""
    await desk.streamer.write(registry.MARKET_DATA, data(doubtful="IBM"))
    room = await desk.open()
    room.begin()
    await desk.told(CandidateState.ACTIVE, "2 of 2 opinions taken")
    told = json.loads(desk.ai.questions[0]["messages"][1]["content"])
    assert [one["symbol"] for one in told["symbols"]] == ["AAPL", "MSFT"]


async def test_orders_in_an_answer_are_words_and_nothing_else(desk: Desk) -> None:
    """They stand in the reason as they were written, without marks that turn the writing round."""
    desk.ai.manner = Manner.INJECTED
    room = await desk.open()
    room.begin()
    told = await desk.told(CandidateState.ACTIVE, "3 of 3")
    assert told.candidates[0].reason == INJECTION


@pytest.mark.parametrize(
    ("manner", "outcome", "words", "cost"),
    [
        (Manner.REFUSAL, Outcome.DECLINED, "the AI declines: I cannot help", "0.012"),
        (Manner.CUT, Outcome.CUT, "cut off in its middle", "0.012"),
        (Manner.EMPTY, Outcome.EMPTY, "the answer is empty", "0.012"),
        (Manner.PROSE, Outcome.UNREADABLE, "has not the form asked for", "0.012"),
        (Manner.WRONG_FORM, Outcome.UNREADABLE, "has not the form asked for", "0.012"),
        (Manner.GARBLED, Outcome.UNREADABLE, "what came is no answer", None),
        (Manner.OUT_OF_CREDIT, Outcome.OUT_OF_CREDIT, "no money left", "0"),
        (Manner.KEY_REFUSED, Outcome.KEY_REFUSED, "it refuses the key", "0"),
        (Manner.NO_KEY, Outcome.KEY_REFUSED, "it refuses the key", "0"),
        (Manner.DENIED, Outcome.KEY_REFUSED, "it refuses the key", "0"),
        (Manner.NO_MODEL, Outcome.REJECTED, "does not accept the question", "0"),
        (Manner.SLOW, Outcome.LATE, "no whole answer within 1 s", None),
    ],
)
async def test_what_goes_wrong_is_said_and_not_tried_again(
    desk: Desk, manner: Manner, outcome: Outcome, words: str, cost: str | None
) -> None:
    """Nothing is invented in its place; what may have been billed stays put aside."""
    desk.ai.manner = manner
    room = await desk.open()
    room.begin()
    told = await desk.told(CandidateState.ERROR, words)
    assert told.candidates == ()
    room.begin()
    await desk.told(CandidateState.ERROR, words)
    (record,) = await desk.kept()
    assert record.end is not None
    assert record.end.outcome is outcome
    assert record.end.cost == (None if cost is None else Decimal(cost))
    put_aside = record.question.cost_max if cost is None else Decimal(cost)
    assert told.spent_usd == pytest.approx(float(put_aside))
    assert KEY not in repr(record)
    assert KEY not in repr(told)


async def test_a_limit_is_waited_for_as_long_as_it_asks(desk: Desk) -> None:
    """Then the same slot is asked again, and once it is answered no more."""
    desk.ai.manners.extend([Manner.LIMITED, Manner.GOOD])
    room = await desk.open(per_minute=9)
    room.begin()
    await desk.told(CandidateState.ACTIVE, "3 of 3")
    assert desk.slept == [30.0]
    room.begin()
    await desk.told(CandidateState.ACTIVE, "3 of 3")
    assert len(desk.ai.questions) == 2


@pytest.mark.parametrize("manner", [Manner.ERROR_500, Manner.BAD_GATEWAY, Manner.RESET])
async def test_an_ai_that_is_away_is_tried_three_times_a_slot(desk: Desk, manner: Manner) -> None:
    """Nobody keeps knocking at a dead server; the next slot begins anew."""
    desk.ai.manner = manner
    room = await desk.open(per_minute=9)
    room.begin()
    await eventually(lambda: len(desk.slept) == 3 and room.idle)
    await desk.told(CandidateState.ERROR, "it")
    assert len(await desk.kept()) == 3
    desk.ai.manner = Manner.GOOD
    desk.wall.advance(HALF_HOUR)
    room.begin()
    await desk.told(CandidateState.ACTIVE, "3 of 3")


async def test_two_workers_put_one_question(desk: Desk) -> None:
    """Whoever comes second finds that it is put, and pays nothing."""
    rooms = [await desk.open() for _ in range(4)]
    for room in rooms:
        room.begin()
    await desk.told(CandidateState.ACTIVE, "3 of 3")
    assert len(desk.ai.questions) == 1
    assert len(await desk.kept()) == 1


async def test_what_a_question_may_cost_must_be_left_of_the_budget(desk: Desk) -> None:
    """Answers cost more than was thought: from then on nobody is asked until midnight in New York."""
    desk.ai.cost_usd = 0.08
    room = await desk.open(budget_usd="0.1")
    room.begin()
    told = await desk.told(CandidateState.BUDGET_USED, "of 0.10 USD are spent")
    assert len(told.candidates) == 3, "what was paid for stays until it expires"
    assert "05:00 UTC" in told.words
    desk.wall.advance(HALF_HOUR)
    room.begin()
    await eventually(lambda: room.idle)
    assert len(desk.ai.questions) == 1
    # The next day's is whole.
    desk.wall.advance(timedelta(hours=12))
    desk.ai.cost_usd = 0.001
    room.begin()
    await eventually(lambda: len(desk.ai.questions) == 2)


async def test_tokens_are_billed_where_no_cost_is_told(desk: Desk) -> None:
    """900 in and 620 out, of which 500 were thought and stand in the total alone."""
    desk.ai.cost_usd = None
    room = await desk.open()
    room.begin()
    told = await desk.told(CandidateState.ACTIVE, "3 of 3")
    assert told.cost_usd == pytest.approx((900 * 1.25 + 620 * 2.5) / 1e6)


async def test_opinions_go_when_they_expire(desk: Desk) -> None:
    """Without anything else happening: an hour is an hour."""
    room = await desk.open(expires=timedelta(minutes=20))
    room.begin()
    await desk.told(CandidateState.ACTIVE, "3 of 3")
    desk.wall.advance(timedelta(minutes=21))
    room.begin()
    await eventually(lambda: _none_left(desk))


async def _none_left(desk: Desk) -> bool:
    found = await desk.front.read(registry.GROK_CANDIDATES)
    return found is not None and found.value.candidates == ()


async def test_a_closed_market_is_not_asked_about(desk: Desk) -> None:
    """Opinions on the coming hour would be about an hour without prices."""
    await desk.streamer.write(registry.MARKET_STATUS, status(market_open=False))
    room = await desk.open()
    room.begin()
    await desk.told(CandidateState.ACTIVE, "the market is closed")
    assert desk.ai.questions == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"choice": "simulation"}, "this run is SIMULATION"),
        ({"key": None, "base_url": "https://api.x.ai/v1"}, "no key is set: QTRADE_AI__KEY"),
    ],
)
async def test_where_none_can_be_asked_that_is_said(
    desk: Desk, given: dict[str, Any], words: str
) -> None:
    """Nothing is invented in its place, and nobody is asked about invented prices."""
    room = await desk.open(**given)
    room.begin()
    told = await desk.told(CandidateState.NOT_CONFIGURED, words)
    assert (told.candidates, told.asked_at, told.spent_usd) == ((), None, 0.0)
    assert desk.ai.questions == []


async def test_another_worker_tells_the_same_after_a_death(desk: Desk) -> None:
    """All of it stands in the database: what was paid for is not paid again."""
    room = await desk.open()
    room.begin()
    before = await desk.told(CandidateState.ACTIVE, "3 of 3")
    await room.close()
    await desk.worker.delete(registry.GROK_CANDIDATES)
    second = await desk.open()
    second.begin()
    after = await desk.told(CandidateState.ACTIVE, "3 of 3")
    assert after.candidates == before.candidates
    assert len(desk.ai.questions) == 1


async def test_old_answers_are_let_go_of(desk: Desk) -> None:
    """A year is kept; what is younger stays."""
    room = await desk.open()
    room.begin()
    await desk.told(CandidateState.ACTIVE, "3 of 3")
    await room.tidy()
    assert len(await desk.kept()) == 1
    desk.wall.advance(timedelta(days=366))
    await room.tidy()
    assert await desk.kept() == []
