"""What is FMP's own: errors in three forms, gated symbols, raw days, figures brought to today."""

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.conformance.providers.venues import AAPL, BRK_B, MONDAY, MSFT, NOPE, failure, venue
from tests.emulators.fmp import LIMIT_GATE, RESTRICTED, SYMBOL_GATE

from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    NotInPlanError,
    RateLimitedError,
    UnknownSymbolError,
)
from qt_trade.market.http import Answer
from qt_trade.market.provider import Capability, Timeliness
from qt_trade.market.providers.fmp import SPEC
from qt_trade.market.providers.fmp_stream import FmpTalk
from qt_trade.market.providers.fmp_wire import (
    LIMIT_PAUSE_S,
    SymbolGateError,
    epoch_of_any,
    judge,
    local_time,
)
from qt_trade.model.symbols import Symbol

LIMIT = json.dumps({"Error Message": "Limit Reach . Please upgrade your plan"})
BANDWIDTH = json.dumps({"Error Message": "Bandwidth Limit Reach"})


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (402, RESTRICTED, NotInPlanError),
        (402, LIMIT_GATE, NotInPlanError),
        (402, SYMBOL_GATE, SymbolGateError),
        (200, RESTRICTED, NotInPlanError),
        (402, "", NotInPlanError),
        (403, "", NotInPlanError),
        (429, LIMIT, RateLimitedError),
        (200, LIMIT, RateLimitedError),
        (200, BANDWIDTH, RateLimitedError),
        (429, "", RateLimitedError),
        (401, "", KeyRefusedError),
        (400, '{"Error Message": "something new"}', BadAnswerError),
        (200, '{"Error Message": "something new"}', BadAnswerError),
        (500, '{"Error Message": "something new"}', None),
        (200, '[{"symbol": "AAPL", "price": 1.5}]', None),
        (200, "[]", None),
        (200, "{", None),
    ],
)
def test_an_error_is_known_in_each_of_its_forms(status, text, kind):
    """An object, an object with a 200, plain text; what is no error of FMP's is left to others."""
    found = judge(Answer(status, {}, text))
    assert type(found) is kind if kind else found is None


def test_a_limit_that_is_reached_rests_for_an_hour():
    """It is the day's or thirty days': asking every minute only uses up more."""
    found = judge(Answer(200, {}, LIMIT))
    assert isinstance(found, RateLimitedError)
    assert found.retry_after_s == LIMIT_PAUSE_S


@pytest.mark.parametrize("per_second", [1, 1_000, 1_000_000, 1_000_000_000])
def test_a_streams_time_is_understood_in_every_unit(per_second):
    assert epoch_of_any(int(MONDAY.timestamp()) * per_second) == MONDAY


@pytest.mark.parametrize("value", [None, "", 0, -1, True, "soon"])
def test_what_is_no_time_is_a_bad_answer(value):
    with pytest.raises(BadAnswerError):
        epoch_of_any(value)


def test_a_time_without_a_zone_is_new_yorks_winter_and_summer():
    zone = ZoneInfo("America/New_York")
    winter, summer = (local_time(f"2026-{day} 15:59:00", zone) for day in ("11-20", "07-01"))
    assert (winter.hour, summer.hour) == (20, 19)


def test_free_is_the_last_close_one_symbol_a_call():
    plan = SPEC.plan("")
    assert (plan.name, plan.timeliness, plan.batch_max) == ("free", Timeliness.END_OF_DAY, 1)
    assert not plan.capabilities & {Capability.INTRADAY, Capability.BATCH_QUOTE, Capability.STREAM}


@pytest.mark.asyncio
async def test_a_symbol_of_a_dearer_plan_is_named_and_the_provider_goes_on():
    async with venue("fmp") as one:
        one.emulator.gated.add("MSFT")
        batch = await one.quotes(AAPL, MSFT)
        assert set(batch.quotes) == {AAPL}
        error = batch.errors[MSFT]
        assert isinstance(error, NotInPlanError)
        assert error.symbol == MSFT
        assert one.ledger.story[-1] == "succeeded"
        for call in (one.provider.fundamentals(MSFT), one.provider.lookup(NOPE)):
            with pytest.raises((NotInPlanError, UnknownSymbolError)) as caught:
                await call
            assert caught.value.symbol in {MSFT, NOPE}


@pytest.mark.asyncio
async def test_a_gated_symbol_does_not_spoil_the_batch_it_is_in():
    """It is found by halves; the others have their prices."""
    async with venue("fmp", paid=True) as one:
        one.emulator.gated.add("BRK.B")
        batch = await one.quotes(AAPL, MSFT, BRK_B, Symbol("IBM"), NOPE)
        assert set(batch.quotes) == {AAPL, MSFT, Symbol("IBM")}
        assert isinstance(batch.errors[BRK_B], NotInPlanError)
        assert isinstance(batch.errors[NOPE], UnknownSymbolError)


@pytest.mark.asyncio
async def test_days_are_the_raw_ones():
    """The list it calls full is adjusted for splits; where raw is dearer it is said so."""
    async with venue("fmp") as one:
        await one.provider.bars(AAPL, 86_400, MONDAY - timedelta(days=7), MONDAY)
        assert one.emulator.hits["/historical-price-eod/full"] == 0
        one.emulator.raw_days_are_free = False
        asked = one.provider.bars(AAPL, 86_400, MONDAY - timedelta(days=7), MONDAY)
        await failure(asked, NotInPlanError)


@pytest.mark.asyncio
async def test_ratios_of_the_last_fiscal_year_are_brought_to_todays_price():
    """The company is worth half more than then: so is its price to earnings; a yield falls."""
    async with venue("fmp") as one:
        found = await one.provider.fundamentals(AAPL)
        assert found.pe_ratio == pytest.approx(30.0)
        assert found.price_to_book == pytest.approx(15.0)
        assert found.peg_ratio == pytest.approx(3.0)
        assert found.dividend_yield == pytest.approx(0.004)
        assert found.debt_to_equity == 1.5
        assert one.calls == 3


@pytest.mark.asyncio
async def test_news_are_dated_in_the_zone_that_was_set():
    """Where that is wrong they seem to come from elsewhere in time."""
    async with venue("fmp", paid=True) as one:
        since = MONDAY - timedelta(hours=2, minutes=30)
        assert len(await one.provider.news(AAPL, since)) == 2
    async with venue("fmp", paid=True, news_zone="UTC") as one:
        assert await one.provider.news(AAPL, since) == []


def test_a_stream_that_is_not_in_the_plan_is_no_refused_key():
    talk = FmpTalk("made-up", str, legacy=False)
    frame = json.dumps({"event": "login", "data": {"status": 403, "message": "no"}})
    with pytest.raises(NotInPlanError):
        talk.take(frame)
    with pytest.raises(RateLimitedError):
        talk.take(json.dumps({"event": "login", "status": 429}))


def test_the_older_stream_puts_its_newest_book_around_a_trade():
    talk = FmpTalk("made-up", str, legacy=True)
    at = int(MONDAY.timestamp() * 1_000)
    book = {"s": "aapl", "t": at, "type": "Q", "bp": 187.24, "bs": 100, "ap": 187.26, "as": 200}
    assert talk.take(json.dumps(book)).events == ()
    trade = {"s": "aapl", "t": at, "type": "T", "lp": 187.25, "ls": 100}
    (quote,) = talk.take(json.dumps(trade)).events
    assert (quote.symbol, quote.bid, quote.ask, quote.at) == (AAPL, 187.24, 187.26, MONDAY)


@pytest.mark.parametrize(
    ("name", "value"), [("class_shares", "slash"), ("stream", "old"), ("news_zone", "Moon/Sea")]
)
@pytest.mark.asyncio
async def test_an_option_nobody_knows_is_named(name, value):
    with pytest.raises(ValueError, match=name):
        async with venue("fmp", **{name: value}):
            pass
