"""An AI is asked on real servers, an emulated xAI answers, and only what can be checked is taken."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest
import pytest_asyncio
from tests.emulators.xai import INJECTION, KEY, MODEL, Manner
from tests.servers import ServerProcess
from tests.unit.roles.parts import eventually
from tests.unit.roles.worker.ai_desk import (
    HALF_HOUR,
    PRICES,
    STAMP,
    Desk,
    data,
    open_desk,
    status,
    tickers,
)
from tests.unit.trading.make import WALL

from qt_trade.contract import registry
from qt_trade.contract.payloads.signals import CandidateState
from qt_trade.contract.payloads.sources import NewsItem, YFinanceEnhanced
from qt_trade.model.ai_answers import Outcome
from qt_trade.model.claims import AI_PREFIX

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def desk(redis_url: str, database_url: str) -> AsyncIterator[Desk]:
    async with open_desk(redis_url, database_url) as desk:
        yield desk


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
    """A symbol nobody asked about, one that is none, one named twice."""
    desk.ai.manner = Manner.MADE_UP
    room = await desk.open()
    room.begin()
    told = await desk.told(CandidateState.ACTIVE, "3 of 6 opinions taken")
    assert {one.symbol for one in told.candidates} == set(PRICES)
    for words in (
        "ZZZQ: it was not asked about",
        "AAPL named again",
        "something that is no symbol",
    ):
        assert words in told.words


async def test_only_what_is_fit_is_asked_about(desk: Desk) -> None:
    """Nothing that cannot be traded, nor any price that is old, in doubt, or missing."""
    old = {"timestamp": WALL - timedelta(minutes=5)}
    await desk.streamer.write(registry.MARKET_DATA, data(IBM=old))
    no_broker = {"words": "cannot be traded at Alpaca", "tradable": False}
    unsure = {"state": "UNCHECKED", "words": "nobody could say"}
    listed = tickers("TSLA", "NVDA", MSFT=no_broker, NVDA=unsure)
    await desk.streamer.write(registry.DYNAMIC_TICKERS, listed)
    room = await desk.open()
    await desk.asks(room)
    told = await desk.told(CandidateState.ACTIVE, "1 of 1 opinions taken; not asked about:")
    for words in (
        "IBM (its price is older than 240 s)", "MSFT (cannot be traded at Alpaca)",
        "TSLA (it has no price)", "NVDA (nobody has confirmed that it exists)",
    ):  # fmt: skip
        assert words in told.words
    asked = json.loads(desk.ai.questions[0]["messages"][1]["content"])
    assert [one["symbol"] for one in asked["symbols"]] == ["AAPL"]
    # In the next slot there is nothing left.
    doubt = {name: {"doubt": "one source alone"} for name in PRICES}
    desk.wall.advance(HALF_HOUR)
    await desk.streamer.write(registry.MARKET_DATA, data(desk.wall.now(), **doubt))
    await desk.asks(room)
    words = "no watched symbol is fit to be asked about: AAPL, IBM (its price is in doubt: one"
    await desk.told(CandidateState.ACTIVE, words)
    assert len(desk.ai.questions) == 1


async def test_no_more_is_told_than_was_wanted(desk: Desk) -> None:
    """Of two answers together, too: the strongest of those that hold."""
    room = await desk.open(candidates_max=1)
    await desk.asks(room)
    desk.wall.advance(HALF_HOUR)
    doubt = {"AAPL": {"doubt": "so"}}
    await desk.streamer.write(registry.MARKET_DATA, data(desk.wall.now(), **doubt))
    await desk.asks(room)
    told = await desk.told(CandidateState.ACTIVE, "not asked about: AAPL")
    assert len(told.candidates) == 1
    assert len(await desk.kept()) == 2


async def test_orders_in_an_answer_are_words_and_nothing_else(desk: Desk) -> None:
    """They stand in the reason as they were written, without marks that turn the writing round."""
    desk.ai.manner = Manner.INJECTED
    room = await desk.open()
    room.begin()
    told = await desk.told(CandidateState.ACTIVE, "3 of 3")
    assert told.candidates[0].reason == INJECTION


WRONG = (
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
    (Manner.RESET, Outcome.LATE, "the connection broke before an answer came", None),
)


async def test_what_goes_wrong_is_said_and_not_tried_again(desk: Desk) -> None:
    """Nothing is invented in its place; what may have been billed stays put aside."""
    room = await desk.open()
    for number, (manner, outcome, words, cost) in enumerate(WRONG):
        before = await desk.spent()
        desk.ai.manner = manner
        await desk.asks(room, later=HALF_HOUR)
        told = await desk.told(CandidateState.ERROR, words)
        assert told.candidates == (), manner
        await desk.asks(room)
        assert len(desk.ai.questions) == number + 1, manner
        record = (await desk.kept())[-1]
        assert record.end is not None
        assert record.end.outcome is outcome, manner
        assert record.end.cost == (None if cost is None else Decimal(cost)), manner
        put_aside = record.question.cost_max if cost is None else Decimal(cost)
        assert await desk.spent() - before == put_aside, manner
        assert KEY not in repr(record), manner
        assert KEY not in repr(told), manner
        # A person is called when he can help, or when it is no accident any more.
        assert bool(told.action) is (number >= 2), manner


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


async def test_a_limit_holds_beyond_the_slot_and_for_every_worker(desk: Desk) -> None:
    """Until the date that it names: another worker, or the next one, has it from the database."""
    desk.ai.retry_after = format_datetime(WALL + timedelta(hours=2), usegmt=True)
    desk.ai.manners.append(Manner.LIMITED)
    first = await desk.open(per_minute=9)
    await desk.asks(first)
    words = "asks for 7200 s: Too many requests for team t-1. Requests per Minute (actual/limit)"
    await desk.told(CandidateState.ERROR, words)
    await first.close()
    second = await desk.open(per_minute=9)
    for _ in range(3):
        await desk.asks(second, later=HALF_HOUR)
        await desk.told(CandidateState.ERROR, "not asked again before 23 Nov 22:00 UTC")
    assert (len(desk.ai.questions), desk.slept) == (1, [])
    await desk.asks(second, later=HALF_HOUR)
    await desk.told(CandidateState.ACTIVE, "3 of 3")
    assert len(desk.ai.questions) == 2


async def test_an_ai_that_is_away_is_tried_three_times_a_slot(desk: Desk) -> None:
    """Nobody keeps knocking at a dead server; the next slot begins anew."""
    room = await desk.open(per_minute=9)
    # What no database can hold is kept as well as it can be.
    desk.ai.html = "bad\x00gateway"
    for number, manner in enumerate((Manner.ERROR_500, Manner.BAD_GATEWAY, Manner.ERROR_500), 1):
        desk.ai.manner = manner
        await desk.asks(room, later=HALF_HOUR)
        told = await desk.told(CandidateState.ERROR, "it")
        kept = await desk.kept()
        assert (len(desk.slept), len(kept)) == (3 * number, 3 * number), manner
        assert all(one.end is not None for one in kept), manner
        assert ("3 times in a row" in told.action) is (number == 3)
        if manner is Manner.BAD_GATEWAY:
            assert [one.end.raw for one in kept[3:] if one.end] == ["bad\ufffdgateway"] * 3
        assert await desk.spent() == 0
    desk.ai.manner = Manner.GOOD
    await desk.asks(room, later=HALF_HOUR)
    told = await desk.told(CandidateState.ACTIVE, "3 of 3")
    assert told.action == ""


async def test_where_nobody_is_nothing_is_billed(desk: Desk) -> None:
    """The question never left."""
    room = await desk.open(base_url="http://127.0.0.1:9/v1", per_minute=9)
    await desk.asks(room)
    told = await desk.told(CandidateState.ERROR, "it cannot be reached: ConnectError")
    assert (told.spent_usd, len(await desk.kept())) == (0.0, 3)


async def test_an_answer_that_was_paid_for_is_kept_though_redis_is_away(
    private_valkey: ServerProcess, database_url: str
) -> None:
    """Nobody can look its symbols up: none is taken, and what it cost is known."""
    async with open_desk(private_valkey.url, database_url) as desk:
        desk.ai.answers.clear()
        room = await desk.open(timeout_s=20)
        room.begin()
        await eventually(lambda: desk.ai.questions)
        private_valkey.kill()
        desk.ai.answers.set()
        await eventually(lambda: room.idle)
        (record,) = await desk.kept()
    assert record.end is not None
    assert (record.end.outcome, record.end.cost) == (Outcome.ANSWERED, Decimal("0.012"))
    assert record.end.words.startswith("Redis was away when the answer came")
    assert (json.loads(record.end.raw)["model"], record.end.taken) == (MODEL, "")


async def test_a_slot_that_begins_while_an_answer_is_waited_for_has_its_question(
    desk: Desk,
) -> None:
    """Nobody skips it because the one before took long."""
    desk.ai.answers.clear()
    room = await desk.open(timeout_s=20)
    room.begin()
    await eventually(lambda: desk.ai.questions)
    desk.wall.advance(HALF_HOUR)
    await desk.streamer.write(registry.MARKET_DATA, data(desk.wall.now()))
    room.begin()
    desk.ai.answers.set()
    await eventually(lambda: room.idle)
    assert [one.question.slot for one in await desk.kept()] == [WALL, WALL + HALF_HOUR]


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
    await desk.streamer.write(registry.MARKET_STATUS, status(close=timedelta(hours=20)))
    desk.ai.cost_usd = 0.08
    room = await desk.open(budget_usd="0.1")
    room.begin()
    told = await desk.told(CandidateState.BUDGET_USED, "0.0800 of 0.10 USD are spent")
    assert len(told.candidates) == 3, "what was paid for stays until it expires"
    assert "asked again from 05:00 UTC" in told.words
    assert "QTRADE_AI__BUDGET_USD" in told.action
    await desk.asks(room, later=HALF_HOUR)
    assert len(desk.ai.questions) == 1
    # The next day's is whole.
    desk.ai.cost_usd = 0.001
    await desk.asks(room, later=timedelta(hours=12))
    await desk.told(CandidateState.ACTIVE, "3 of 3")
    assert len(desk.ai.questions) == 2


async def test_a_budget_below_the_price_of_a_question_is_none(desk: Desk) -> None:
    """It would never be enough: that is said, and nobody waits for tomorrow."""
    room = await desk.open(budget_usd="0.01")
    await desk.asks(room)
    told = await desk.told(CandidateState.BUDGET_USED, "the budget of a day is 0.0100 USD")
    assert "a question may cost 0.05" in told.words
    assert "asked again" not in told.words
    assert told.action.startswith("Set QTRADE_AI__BUDGET_USD to more than 0.05")
    assert (desk.ai.questions, await desk.kept()) == ([], [])


async def test_a_model_of_this_machine_costs_nothing(desk: Desk) -> None:
    """Without a key nobody bills anything, and no budget is in its way."""
    desk.ai.key, desk.ai.cost_usd = "none", None
    room = await desk.open(key=None, budget_usd="0")
    await desk.asks(room)
    told = await desk.told(CandidateState.ACTIVE, "3 of 3")
    assert (told.cost_usd, told.spent_usd) == (0.0, 0.0)


async def test_tokens_are_billed_where_no_cost_is_told(desk: Desk) -> None:
    """900 in and 620 out, of which 500 were thought and stand in the total alone."""
    desk.ai.cost_usd = None
    room = await desk.open()
    room.begin()
    told = await desk.told(CandidateState.ACTIVE, "3 of 3")
    assert told.cost_usd == pytest.approx((900 * 1.25 + 620 * 2.5) / 1e6)


async def test_opinions_expire_by_themselves(desk: Desk) -> None:
    """Without anything else happening; they are shown as what they were for the day."""
    room = await desk.open(expires=timedelta(minutes=20))
    await desk.asks(room)
    told = await desk.told(CandidateState.ACTIVE, "3 of 3")
    assert {one.expires_at for one in told.candidates} == {WALL + timedelta(minutes=20)}
    desk.wall.advance(timedelta(minutes=20))
    await desk.asks(room)
    gone = await desk.told_became("AAPL", "expired; no cycle looked at it")
    assert len(gone.candidates) == 3


async def test_the_last_question_leaves_an_hour_before_the_close(desk: Desk) -> None:
    """What could not come true before the close is not asked, and nothing holds beyond it."""
    await desk.streamer.write(registry.MARKET_STATUS, status(close=timedelta(hours=1)))
    room = await desk.open(expires=timedelta(hours=3))
    desk.wall.advance(timedelta(seconds=40))
    await desk.asks(room)
    told = await desk.told(CandidateState.ACTIVE, "3 of 3")
    assert {one.expires_at for one in told.candidates} == {WALL + timedelta(hours=1)}
    await desk.asks(room, later=HALF_HOUR)
    await desk.told(CandidateState.ACTIVE, "the market closes at 21:00 UTC, before an opinion's")
    assert len(desk.ai.questions) == 1
    await desk.streamer.write(registry.MARKET_STATUS, status(market_open=False))
    await desk.told(CandidateState.ACTIVE, "the market is closed; asked again when it is open")
    await desk.asks(room)
    assert len(desk.ai.questions) == 1


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
