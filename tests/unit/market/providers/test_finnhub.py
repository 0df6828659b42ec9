"""Finnhub's odd sides, one by one; what every provider promises stands in the conformance suite."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.conformance.providers.venues import AAPL, BRK_B, MONDAY, failure, listening, venue
from tests.emulators.finnhub import STREAMED_MAX, error_frame
from tests.emulators.market import Fault

from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    MarketDataError,
    NotInPlanError,
    RateLimitedError,
    UnknownSymbolError,
)
from qt_trade.market.http import Answer
from qt_trade.market.provider import Capability, Connected, NotStreamed
from qt_trade.market.providers.finnhub import SPEC, FinnhubTalk
from qt_trade.market.providers.finnhub_wire import (
    bars_of,
    fundamentals_of,
    judge,
    news_of,
    quote_of,
    told_by,
)
from qt_trade.model.quotas import Window
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

GOOD = {"c": 10.0, "d": None, "dp": None, "h": 11.0, "l": 9.0, "o": 9.5, "pc": 9.9, "t": 1763999999}


def answer(status: int, text: str) -> Answer:
    return Answer(status, {}, text)


def test_the_free_plan_has_no_bars_and_no_plan_has_adjusted_ones() -> None:
    """Its daily candles are adjusted for splits: they would overwrite what was really paid."""
    free, paid = SPEC.plan(""), SPEC.plan("premium")
    assert not free.capabilities & {Capability.INTRADAY, Capability.DAILY, Capability.BATCH_QUOTE}
    assert Capability.INTRADAY in paid.capabilities
    assert Capability.DAILY not in paid.capabilities
    assert {(one.count, one.window) for one in free.limits} == {(30, "second"), (60, "minute")}
    assert (free.batch_max, free.concurrency, free.stream_max) == (1, 8, 50)


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (401, '{"error":"Please use an API key."}', KeyRefusedError),
        (401, "", KeyRefusedError),
        (403, '{"error":"You don\'t have access to this resource."}', NotInPlanError),
        (401, '{"error":"You don\'t have access to this resource."}', NotInPlanError),
        (403, "<html>", NotInPlanError),
        (429, "", RateLimitedError),
        (200, '{"error":"API limit reached. Please try again later."}', RateLimitedError),
        (422, '{"error":"Something else"}', BadAnswerError),
    ],
)
def test_errors_by_words_and_by_status(status: int, text: str, kind: type[MarketDataError]) -> None:
    """A 401 that speaks of access was the plan's in 2021, and must not stop the provider."""
    assert isinstance(judge(answer(status, text)), kind)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"c":1}', '{"error', '["error"]', '{"error":7}'])
def test_what_is_no_error_is_left_to_the_reading(text: str) -> None:
    """Also half an error, which the reading finds to be no JSON."""
    assert judge(answer(200, text)) is None


@pytest.mark.parametrize("changed", [{"t": 0}, {"c": 0, "pc": 0}])
def test_zeros_are_no_symbol(changed: dict[str, float]) -> None:
    """No time, or neither a last price nor a previous close."""
    with pytest.raises(UnknownSymbolError):
        quote_of({**GOOD, **changed}, AAPL)


@pytest.mark.parametrize(
    "changed",
    [
        {"c": None},
        {"c": 0},
        {"c": -1},
        {"c": "x"},
        {"c": True},
        {"t": None},
        {"t": 1e18},
        {"t": -5},
    ],
)
def test_no_price_or_no_time_is_a_bad_answer(changed: dict[str, object]) -> None:
    """A price of a symbol that has one, but not here."""
    with pytest.raises(BadAnswerError):
        quote_of({**GOOD, **changed}, AAPL)


def test_what_may_be_null_is_none() -> None:
    """The changes are never needed; a day without an open has none."""
    quote = quote_of({**GOOD, "o": None, "h": 0}, AAPL)
    assert (quote.open, quote.high, quote.low, quote.previous_close) == (None, None, 9.0, 9.9)


def test_candles_whose_columns_do_not_fit_are_a_bad_answer() -> None:
    """No data is an answer; half of the data is none."""
    whole = {"s": "ok", "t": [60], "o": [1.0], "h": [2.0], "l": [1.0], "c": [2.0], "v": [5]}
    (bar,) = bars_of(whole, AAPL, 60)
    assert (bar.at, bar.close, bar.volume) == (datetime.fromtimestamp(60, UTC), 2.0, 5)
    assert bars_of({"s": "no_data"}, AAPL, 60) == []
    assert bars_of({**whole, "h": [0.5]}, AAPL, 60) == [], "a high under the low is no bar"
    for torn in ({"c": []}, {"c": None}, {"v": [5, 6]}):
        with pytest.raises(BadAnswerError):
            bars_of({**whole, **torn}, AAPL, 60)


def test_market_value_in_another_currency_is_not_told() -> None:
    """Millions of something are no dollars; percents become fractions."""
    profile = {"name": "A company", "marketCapitalization": 5.0, "currency": "EUR"}
    metric = {"metric": {"dividendYieldIndicatedAnnual": 0.5, "pbAnnual": 3.0, "pbQuarterly": None}}
    found = fundamentals_of(profile, metric, AAPL)
    assert found.market_cap is None
    assert found.dividend_yield == 0.005
    assert found.price_to_book == 3.0
    in_dollars = fundamentals_of({**profile, "currency": "USD"}, metric, AAPL)
    assert in_dollars.market_cap == 5_000_000.0


def test_news_that_are_no_list_are_a_bad_answer() -> None:
    """Nothing new is an empty list."""
    assert news_of([], AAPL) == []
    with pytest.raises(BadAnswerError):
        news_of({}, AAPL)


def test_a_frame_may_hold_several_trades_of_several_symbols() -> None:
    """One that is none costs only itself; a size of zero is a price all the same."""
    rows = [
        {"s": "AAPL", "p": 10.5, "t": 1763999999123, "v": 0, "c": None},
        {"s": "BRK.B", "p": 480.25, "t": 1763999999124, "v": 5, "c": ["1"]},
        {"s": "BINANCE:BTCUSDT", "p": 1.0, "t": 1763999999125, "v": 5},
        {"s": "AAPL", "p": 0, "t": 1763999999126, "v": 5},
        {"s": "AAPL", "p": 10.75, "t": None, "v": 5},
        None,
    ]
    heard = FinnhubTalk().take(json.dumps({"type": "trade", "data": rows}))
    first, second, *rest = heard.events
    assert isinstance(first, Quote)
    assert (first.symbol, first.price, first.volume) == (AAPL, 10.5, None)
    assert first.at == datetime.fromtimestamp(1763999999.123, UTC)
    assert isinstance(second, Quote)
    assert second.symbol == BRK_B
    assert all(isinstance(one, BadAnswerError) for one in rest)
    assert len(rest) == 4


def test_an_error_frame_says_whose_it_is() -> None:
    """A symbol, all that are too many, the key, or something new."""
    talk = FinnhubTalk()
    assert talk.take(error_frame("Invalid symbol NOPE")).events == [
        NotStreamed(Symbol("NOPE"), "it streams no such symbol")
    ]
    (foreign,) = talk.take(error_frame("Invalid symbol FX:EURUSD")).events
    assert isinstance(foreign, NotStreamed)
    assert foreign.symbol is None
    (new,) = talk.take(error_frame("We are closing")).events
    assert isinstance(new, BadAnswerError)
    with pytest.raises(KeyRefusedError):
        talk.take(error_frame("Invalid API key"))


@pytest.mark.asyncio
async def test_what_is_left_of_the_minute_is_taken_from_headers_where_there_are_some() -> None:
    """Nobody documents them; those of another window tell nothing of the minute."""
    async with venue("finnhub", "no access is a 401") as one:
        await one.quotes(AAPL)
        assert one.ledger.told_left == {Window.MINUTE: 59}
    headers = {"x-ratelimit-limit": "30", "x-ratelimit-remaining": "3"}
    assert told_by(Answer(200, headers, ""), 60) == ()


@pytest.mark.asyncio
async def test_a_foreign_share_is_not_in_the_plan_and_quotes_go_on() -> None:
    """One symbol's 403 says nothing of the next."""
    async with venue("finnhub") as one:
        foreign = Symbol("BARC.LON")
        batch = await one.quotes(foreign, AAPL)
        assert set(batch.quotes) == {AAPL}
        assert isinstance(batch.errors[foreign], NotInPlanError)
        assert batch.errors[foreign].symbol == foreign


@pytest.mark.asyncio
async def test_zeros_for_what_had_a_price_are_not_taken_for_an_unknown_symbol() -> None:
    """Under load the vendor sends zeros for anybody: the symbol must not be given up for them."""
    async with venue("finnhub") as one:
        one.emulator.fail(Fault.ZERO_PRICE)
        assert isinstance((await one.quotes(AAPL)).errors[AAPL], UnknownSymbolError)
        assert set((await one.quotes(AAPL)).quotes) == {AAPL}
        one.emulator.fail(Fault.ZERO_PRICE)
        assert isinstance((await one.quotes(AAPL)).errors[AAPL], BadAnswerError)


@pytest.mark.asyncio
async def test_who_is_over_the_streams_limit_makes_room_by_leaving() -> None:
    """The 51st is refused, the fifty go on; what is given up makes room for what comes."""
    async with venue("finnhub") as one:
        names = [Symbol(f"ZZ{number}") for number in range(STREAMED_MAX + 1)]
        one.emulator.market.names |= dict.fromkeys(names, "A made-up company")
        async with listening(one, *names[:-1]) as ear:
            assert isinstance(await ear.next(), Connected)
            await one.emulator.carries(names[:-1])
            ear.subscription.want(names)
            event = await ear.next()
            assert isinstance(event, NotStreamed)
            assert event.symbol is None
            ear.subscription.want(names[1:-1])
            await one.emulator.carries(names[1:-1])
            ear.subscription.want(names[1:])
            await one.emulator.carries(names[1:])


@pytest.mark.asyncio
async def test_bars_of_a_length_it_does_not_have_are_not_asked_for() -> None:
    """A day's are adjusted there."""
    async with venue("finnhub", paid=True) as one:
        since = MONDAY - timedelta(days=5)
        await failure(one.provider.bars(AAPL, 86_400, since, MONDAY), NotInPlanError)
        assert one.calls == 0
