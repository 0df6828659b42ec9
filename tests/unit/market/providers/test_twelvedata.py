"""Twelve Data's odd sides, one by one; what all providers promise is in the conformance suite."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.conformance.providers.venues import AAPL, BRK_B, MONDAY, MSFT, NOPE, failure, venue
from tests.emulators.market import DAY_S
from tests.emulators.twelvedata import CANT_PARSE, CREDITS_WORDS, TwelveDataEmulator

from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    MarketDataError,
    NotInPlanError,
    RateLimitedError,
    UnknownSymbolError,
    UnreachableError,
)
from qt_trade.market.gate import Told
from qt_trade.market.http import Answer
from qt_trade.market.provider import NotStreamed
from qt_trade.market.providers.twelvedata import SPEC, TwelveDataTalk
from qt_trade.market.providers.twelvedata_wire import bars_of, judge, told_by
from qt_trade.model.quotas import Limit, Window
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

NOON = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)


def body(code: int, words: str = "") -> str:
    return json.dumps({"code": code, "message": words, "status": "error"})


def test_a_call_costs_a_credit_per_symbol_and_a_minute_has_eight() -> None:
    """A batch is as large as the minute allows."""
    basic = SPEC.plan("")
    assert basic.limits == (Limit(8, Window.MINUTE), Limit(800, Window.DAY))
    assert (basic.batch_max, basic.cost(8), basic.stream_max) == (8, 8, 8)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (body(401), KeyRefusedError),
        (body(403), NotInPlanError),
        (body(404, "**symbol** or **figi** parameter is missing or invalid."), UnknownSymbolError),
        (body(404, "This symbol is available starting with the Grow plan."), NotInPlanError),
        (body(429), RateLimitedError),
        (body(500), UnreachableError),
        (body(400, "Something else"), BadAnswerError),
        (body(414), BadAnswerError),
        ('{"code":"x","message":"y"}', BadAnswerError),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_the_code_in_the_body_goes_before_the_status(
    text: str, kind: type[MarketDataError], status: int
) -> None:
    """The status is 200 in old reports and inside batches."""
    assert isinstance(judge(Answer(status, {}, text), NOON), kind)


@pytest.mark.parametrize(("window", "seconds"), [("current minute", 31), ("day", 3_600)])
def test_credits_come_back_when_their_window_ends(window: str, seconds: int) -> None:
    """The minute's with the next, and a second to be sure; for the day's it is asked every hour."""
    words = CREDITS_WORDS.format(window=window, used=9, count=8, next="minute")
    error = judge(Answer(429, {}, body(429, words)), NOON)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after_s == seconds


def test_a_status_without_words_is_judged_by_itself() -> None:
    """And a batch that holds an error is a good answer."""
    assert isinstance(judge(Answer(401, {}, ""), NOON), KeyRefusedError)
    assert isinstance(judge(Answer(429, {}, "slow down"), NOON), RateLimitedError)
    batch = '{"NOPE":{"code":404,"message":"","status":"error"},"AAPL":{}}'
    assert judge(Answer(200, {}, batch), NOON) is None


def test_what_is_left_is_told_by_a_header() -> None:
    """Only the minute's; nonsense tells nothing."""
    assert told_by(Answer(200, {"api-credits-left": "3"}, "")) == (Told(Window.MINUTE, 3),)
    assert told_by(Answer(200, {"api-credits-left": "many"}, "")) == ()
    assert told_by(Answer(200, {}, "")) == ()


@pytest.mark.asyncio
async def test_a_batch_is_one_call_and_its_credits_are_known() -> None:
    """Three symbols cost three of the minute's eight; the header says that five are left."""
    async with venue("twelvedata") as one:
        batch = await one.provider.quotes([AAPL, NOPE, BRK_B])
        assert set(batch.quotes) == {AAPL, BRK_B}
        assert isinstance(batch.errors[NOPE], UnknownSymbolError)
        assert one.calls == 1
        assert one.ledger.taken("twelvedata") == 3
        assert one.ledger.told_left == {Window.MINUTE: 5}


@pytest.mark.asyncio
async def test_a_quote_is_as_old_as_its_last_minute() -> None:
    """Not as old as the day's bar, which began at half past nine."""
    async with venue("twelvedata") as one:
        one.wall.advance(timedelta(seconds=47))
        quote = (await one.quotes(AAPL)).quotes[AAPL]
        assert quote.at == MONDAY
        assert quote.volume is not None


@pytest.mark.asyncio
async def test_a_symbol_of_a_higher_plan_is_lost_alone() -> None:
    """Alone and in a batch, by status and by body."""
    async with venue("twelvedata") as one:
        assert isinstance(one.emulator, TwelveDataEmulator)
        one.emulator.in_plan = frozenset({"AAPL"})
        for symbols in ([MSFT], [AAPL, MSFT]):
            batch = await one.provider.quotes(symbols)
            assert MSFT not in batch.quotes
            error = batch.errors[MSFT]
            assert isinstance(error, NotInPlanError)
            assert error.symbol == MSFT
        since = MONDAY - timedelta(hours=1)
        error = await failure(one.provider.bars(MSFT, 60, since, MONDAY), NotInPlanError)
        assert isinstance(error, NotInPlanError)
        assert error.symbol == MSFT


@pytest.mark.asyncio
async def test_a_long_series_may_cost_more_than_we_thought() -> None:
    """The header's count goes before ours."""
    async with venue("twelvedata") as one:
        assert isinstance(one.emulator, TwelveDataEmulator)
        one.emulator.rows_per_credit = 1_000
        await one.provider.bars(AAPL, 60, MONDAY - timedelta(hours=1), MONDAY)
        assert one.ledger.taken("twelvedata") == 1
        assert one.ledger.told_left == {Window.MINUTE: 3}


@pytest.mark.asyncio
async def test_bars_are_asked_for_as_they_were_traded() -> None:
    """Without a word it divides by splits that came later; lengths it has not are not asked for."""
    async with venue("twelvedata") as one:
        await failure(one.provider.bars(AAPL, 120, MONDAY, MONDAY), NotInPlanError)
        assert one.calls == 0
        await one.provider.bars(AAPL, DAY_S, MONDAY - timedelta(days=9), MONDAY)
        assert isinstance(one.emulator, TwelveDataEmulator)
        assert one.emulator.series[-1]["adjust"] == "none"


def test_a_row_that_is_none_costs_only_itself() -> None:
    """A missing time is another matter: then nothing can be believed."""
    row = {"open": "1", "high": "2", "low": "1", "close": "2", "volume": "5"}
    rows = [
        {**row, "datetime": "2026-11-20 15:59:00"},
        {**row, "datetime": "2026-11-20 15:58:00", "close": None},
        {**row, "datetime": "2026-11-20 15:57:00", "high": "0.5"},
    ]
    (bar,) = bars_of({"values": rows}, AAPL, 60)
    assert bar.at == datetime(2026, 11, 20, 20, 59, tzinfo=UTC)
    for broken in (
        {"values": [row]},
        {"values": None},
        {"values": rows, "meta": {"exchange_timezone": "Nowhere/At_All"}},
    ):
        with pytest.raises(BadAnswerError):
            bars_of(broken, AAPL, 60)


@pytest.mark.asyncio
async def test_for_the_days_credits_is_asked_every_hour() -> None:
    """When its day begins is not known for sure; the pause is told to everybody."""
    async with venue("twelvedata") as one:
        assert isinstance(one.emulator, TwelveDataEmulator)
        one.emulator.meter.limits = (Limit(100, Window.MINUTE), Limit(1, Window.DAY))
        await one.quotes(AAPL)
        error = await failure(one.provider.quotes([AAPL]), RateLimitedError)
        assert isinstance(error, RateLimitedError)
        assert error.retry_after_s == 3_600
        assert one.ledger.story[-1] == "paused"


def test_frames_of_prices() -> None:
    """Seconds or milliseconds, a bid and an ask where there are some, no sizes ever."""
    talk = TwelveDataTalk()
    frame = {"event": "price", "symbol": "AAPL", "price": 10.5, "timestamp": 1763672340}
    full = {**frame, "timestamp": 1763672340_000, "bid": 10.4, "ask": 10.6, "day_volume": 7}
    for one in (frame, full):
        (quote,) = talk.take(json.dumps(one)).events
        assert isinstance(quote, Quote)
        assert quote.at == datetime.fromtimestamp(1763672340, UTC)
        assert (quote.bid, quote.ask, quote.volume) == (
            one.get("bid"),
            one.get("ask"),
            one.get("day_volume"),
        )
        assert (quote.bid_size, quote.ask_size) == (None, None)
    for bad in ({"price": 0}, {"price": None}, {"symbol": "EUR/USD/X"}, {"timestamp": None}):
        (event,) = talk.take(json.dumps({**frame, **bad})).events
        assert isinstance(event, BadAnswerError)


def test_frames_about_subscriptions() -> None:
    """Who failed is named; nobody failed is null; not understood is our own fault."""
    talk = TwelveDataTalk()
    status = {"event": "subscribe-status", "status": "warning", "success": []}
    fails = [{"symbol": "MSFT", "message": "x"}, {"symbol": "EUR/USD/X"}, "IBM"]
    heard = talk.take(json.dumps({**status, "fails": fails})).events
    assert [one.symbol for one in heard if isinstance(one, NotStreamed)] == [
        MSFT,
        None,
        Symbol("IBM"),
    ]
    assert list(talk.take(json.dumps({**status, "status": "ok", "fails": None})).events) == []
    (none,) = talk.take(json.dumps({**status, "status": "error"})).events
    assert isinstance(none, NotStreamed)
    (puzzled,) = talk.take(json.dumps(CANT_PARSE)).events
    assert isinstance(puzzled, BadAnswerError)
    with pytest.raises(KeyRefusedError):
        talk.take(body(401))
