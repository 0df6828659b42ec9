"""Yahoo as one provider among others, the real yfinance against a Yahoo on loopback."""

import asyncio
import dataclasses
import inspect
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yfinance
from tests.conformance.providers.free_ledger import FreeLedger
from tests.emulators.market import NEW_YORK, Fault, MadeUpMarket, Row
from tests.emulators.yahoo import MadeSplit, Minute, YahooEmulator, encoded
from tests.unit.market.providers.recorded import folder_of
from tests.unit.market.walls import SleepingWall

from qt_trade.market.errors import (
    BadAnswerError,
    MarketDataError,
    RateLimitedError,
    UnknownSymbolError,
    UnreachableError,
)
from qt_trade.market.provider import Access, Connected, Provider, ProviderKit, Subscription
from qt_trade.market.providers.yahoo import SPEC, Yahoo
from qt_trade.market.providers.yahoo_http import YahooClient
from qt_trade.market.providers.yahoo_stream import load_decoder, quote_of
from qt_trade.market.providers.yahoo_thread import YahooAccess
from qt_trade.model.instruments import Dividend, Instrument, Split
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

AAPL, BRK, SPY = Symbol("AAPL"), Symbol("BRK.B"), Symbol("SPY")
NOW = datetime(2026, 11, 23, 15, 10, 20, tzinfo=UTC)
"""A Monday, forty minutes after the open."""
DAY = timedelta(days=1)


@pytest.fixture
def wall() -> SleepingWall:
    return SleepingWall(NOW)


@pytest_asyncio.fixture
async def yahoo(wall: SleepingWall) -> AsyncIterator[YahooEmulator]:
    async with YahooEmulator(wall, market=MadeUpMarket(wall)) as running:
        yield running


@pytest.fixture
def ledger() -> FreeLedger:
    return FreeLedger()


@pytest_asyncio.fixture
async def provider(
    yahoo: YahooEmulator, wall: SleepingWall, ledger: FreeLedger, cache_dir: str
) -> AsyncIterator[Provider]:
    access = Access(
        base_url=yahoo.base_url,
        stream_url=yahoo.stream_url,
        options={"timeout_s": "0.5"},
        cache_dir=Path(cache_dir),
    )
    made = SPEC.make(
        ProviderKit(
            access=access,
            plan=SPEC.plan(""),
            ledger=ledger,
            wall=wall,
            sleep=wall.sleep,
            rng=random.Random(1),
            may_be_mute=lambda: False,
        )
    )
    yield made
    await made.close()


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=NEW_YORK).astimezone(UTC)


# -- bars ------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize(("interval_s", "days"), [(60, 3), (300, 3), (900, 3), (86_400, 30)])
async def test_bars_are_those_of_the_market_in_the_span(
    yahoo: YahooEmulator, provider: Provider, wall: SleepingWall, interval_s: int, days: int
) -> None:
    """Every closed bar that began in [since, until), oldest first, and none else."""
    since, until = midnight(NOW.date()) - days * DAY, NOW - timedelta(minutes=20)
    answer = await provider.bars(AAPL, interval_s, since, until)
    made_up = yahoo.market.bars("AAPL", interval_s, since, until)
    expected = [row for row in made_up if interval_s < 86_400 or row.at < midnight(NOW.date())]
    told = [(bar.at, bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in answer.bars]
    assert told == [(r.at, r.open, r.high, r.low, r.close, r.volume) for r in expected]
    assert {bar.interval_s for bar in answer.bars} == {interval_s}
    assert len(told) >= days * 20 // 30


@pytest.mark.asyncio
async def test_today_is_a_bar_when_the_session_is_over(
    yahoo: YahooEmulator, provider: Provider, wall: SleepingWall
) -> None:
    """A daily bar is closed with its session, not with its calendar day."""
    today = midnight(NOW.date())
    assert (await provider.bars(AAPL, 86_400, today, today + DAY)).bars == []
    wall.set(datetime(2026, 11, 23, 21, 0, 1, tzinfo=UTC))
    (bar,) = (await provider.bars(AAPL, 86_400, today, today + DAY)).bars
    assert bar.at == today


@pytest.mark.asyncio
async def test_a_month_of_minutes_takes_chunks_of_eight_days(
    yahoo: YahooEmulator, provider: Provider
) -> None:
    """More than Yahoo gives at once is asked for in pieces; what it no longer has is left out."""
    answer = await provider.bars(AAPL, 60, NOW - 90 * DAY, NOW)
    assert yahoo.hits["/v8/finance/chart/AAPL"] == 4
    days = {bar.at.astimezone(NEW_YORK).date() for bar in answer.bars}
    assert min(days) >= (NOW - 30 * DAY).date()
    assert len(days) == 21
    assert len({bar.at for bar in answer.bars}) == len(answer.bars)


@pytest.mark.asyncio
async def test_nothing_within_reach_is_not_asked_for(
    yahoo: YahooEmulator, provider: Provider
) -> None:
    """Five-minute bars of last year are not to be had, which is no error."""
    answer = await provider.bars(AAPL, 300, NOW - 400 * DAY, NOW - 300 * DAY)
    assert answer.bars == []


@pytest.mark.asyncio
async def test_a_weekend_has_no_bars(yahoo: YahooEmulator, provider: Provider) -> None:
    """A chart without rows is an answer."""
    since, until = midnight(date(2026, 11, 21)), midnight(date(2026, 11, 23))
    assert (await provider.bars(AAPL, 60, since, until)).bars == []


def approximately(row: Row, shares: float) -> Any:
    """A bar of a time when one share was as much as so many of today's."""
    prices = (row.open, row.high, row.low, row.close)
    return pytest.approx([price * shares for price in prices], rel=1e-5)


@pytest.mark.asyncio
@pytest.mark.parametrize("divides", [True, False])
@pytest.mark.parametrize("interval_s", [60, 900, 86_400])
async def test_bars_before_a_split_are_as_they_were_traded(
    yahoo: YahooEmulator, provider: Provider, interval_s: int, *, divides: bool
) -> None:
    """Yahoo divides all prices before a split; they come back as what was paid then.

    Where it is late with dividing they step by the ratio, and are taken as they are.
    """
    yahoo.divides = divides
    split = date(2026, 11, 18)
    yahoo.splits["AAPL"] = [MadeSplit(split, 4)]
    yahoo.dividends["AAPL"] = [(date(2026, 11, 20), 0.26)]
    since = midnight(date(2026, 11, 10))
    answer = await provider.bars(AAPL, interval_s, since, NOW)
    made_up = {row.at: row for row in yahoo.market.bars("AAPL", interval_s, since, NOW)}
    assert min(bar.at for bar in answer.bars).astimezone(NEW_YORK).date() < split
    for bar in answer.bars:
        row = made_up[bar.at]
        shares = 4.0 if bar.at < midnight(split) else 1.0
        assert [bar.open, bar.high, bar.low, bar.close] == approximately(row, shares)
        assert bar.volume == round(row.volume / shares)
    assert list(answer.actions) == [
        Split(AAPL, split, Decimal(4)),
        Dividend(AAPL, date(2026, 11, 20), Decimal("0.26")),
    ]


@pytest.mark.asyncio
async def test_dividends_are_those_of_a_share_of_their_day(
    yahoo: YahooEmulator, provider: Provider
) -> None:
    """Yahoo divides them by later splits like prices."""
    yahoo.splits["AAPL"] = [MadeSplit(date(2026, 11, 18), 4), MadeSplit(date(2026, 11, 19), 1, 8)]
    yahoo.dividends["AAPL"] = [(date(2026, 11, 12), 1.04)]
    answer = await provider.bars(AAPL, 86_400, NOW - 20 * DAY, NOW)
    assert list(answer.actions)[1:] == [
        Split(AAPL, date(2026, 11, 19), Decimal("0.125")),
        Dividend(AAPL, date(2026, 11, 12), Decimal("1.04")),
    ]


@pytest.mark.asyncio
@pytest.mark.parametrize("interval_s", [300, 86_400])
async def test_a_split_after_the_span_is_taken_back_too(
    yahoo: YahooEmulator, provider: Provider, interval_s: int
) -> None:
    """Bars of a time before a split, asked for after it, are divided by Yahoo as well."""
    yahoo.splits["AAPL"] = [MadeSplit(date(2026, 11, 19), 1, 10)]
    since, until = midnight(date(2026, 11, 16)), midnight(date(2026, 11, 18))
    answer = await provider.bars(AAPL, interval_s, since, until)
    made_up = yahoo.market.bars("AAPL", interval_s, since, until)
    assert [bar.at for bar in answer.bars] == [row.at for row in made_up]
    for bar, row in zip(answer.bars, made_up, strict=True):
        assert [bar.open, bar.high, bar.low, bar.close] == approximately(row, 0.1)
        assert bar.volume == row.volume * 10


@pytest.mark.asyncio
async def test_a_price_on_the_day_of_a_split_has_a_previous_close_of_its_shares(
    yahoo: YahooEmulator, wall: SleepingWall, provider: Provider
) -> None:
    """Else the price would seem to have fallen by three quarters over night."""
    assert isinstance(provider, Yahoo)
    yahoo.splits["AAPL"] = [MadeSplit(NOW.date(), 4)]
    found = await provider.recent(AAPL, NOW - 20 * DAY)
    market = yahoo.market
    friday = market.bars("AAPL", 86_400, NOW - 4 * DAY, midnight(NOW.date()))[-1]
    assert found.quote.previous_close == pytest.approx(friday.close, rel=1e-5)
    assert found.days.bars[-1].close == pytest.approx(friday.close * 4, rel=1e-5)


def rows(count: int = 5) -> list[Minute]:
    """The last minutes up to now; the newest is under way."""
    first = NOW.replace(second=0) - timedelta(minutes=count - 1)
    return [
        Minute(first + timedelta(minutes=i), 268.4 + i, 269.0 + i, 268.0 + i, 268.75 + i, 1000 + i)
        for i in range(count)
    ]


@pytest.mark.asyncio
async def test_what_can_be_no_bar_is_left_out(yahoo: YahooEmulator, provider: Provider) -> None:
    """A zero, a hole, a high below the low, an odd second; no volume is a volume of none."""
    good, zero, hole, upside_down, odd, quiet, running = rows(7)
    yahoo.minutes["AAPL"] = [
        good,
        dataclasses.replace(zero, low=0.0),
        dataclasses.replace(hole, close=None),
        dataclasses.replace(upside_down, high=1.0),
        dataclasses.replace(odd, at=odd.at + timedelta(seconds=17)),
        dataclasses.replace(quiet, volume=None),
        running,
    ]
    answer = await provider.bars(AAPL, 60, NOW - DAY, NOW)
    assert [(bar.at, bar.volume) for bar in answer.bars] == [(good.at, 1000), (quiet.at, 0)]


@pytest.mark.asyncio
async def test_a_chart_of_another_shape_is_a_bad_answer(
    yahoo: YahooEmulator, provider: Provider
) -> None:
    """No result, and a column that has not a value a time."""
    yahoo.no_result = True
    with pytest.raises(BadAnswerError, match="no price data found"):
        await provider.bars(AAPL, 60, NOW - DAY, NOW)
    quote = {"open": [1.0], "high": [1.0], "low": [1.0], "close": [1.0, 2.0], "volume": [1]}
    result = {"meta": {}, "timestamp": [1], "indicators": {"quote": [quote]}}
    body = json.dumps({"chart": {"result": [result], "error": None}})
    yahoo.recorded["/v8/finance/chart/AAPL"] = (200, body)
    with pytest.raises(BadAnswerError, match="close column has not a row a time"):
        await provider.bars(AAPL, 60, NOW - DAY, NOW)


# -- quotes, lookup, company -----------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_quote_is_one_request(
    yahoo: YahooEmulator, provider: Provider, ledger: FreeLedger
) -> None:
    """The chart's meta has it all but a book; the gate hears of it once."""
    tick = yahoo.market.tick("BRK.B")
    batch = await provider.quotes([BRK])
    quote = batch.quotes[BRK]
    assert (quote.symbol, quote.price, quote.at) == (BRK, tick.price, tick.at)
    assert (quote.high, quote.low, quote.previous_close) == (
        tick.high,
        tick.low,
        tick.previous_close,
    )
    assert (quote.volume, quote.bid, quote.ask, quote.doubt) == (tick.volume, None, None, "")
    assert yahoo.hits["/v8/finance/chart/BRK-B"] == 1
    assert ledger.story == ["took 1", "succeeded"]


@pytest.mark.asyncio
async def test_a_symbol_is_looked_up(yahoo: YahooEmulator, provider: Provider) -> None:
    """Shares and funds have a name and an exchange; the rest is unknown."""
    assert await provider.lookup(SPY) == Instrument(SPY, "SPDR S&P 500 ETF Trust", "NasdaqGS")
    with pytest.raises(UnknownSymbolError, match="does not know NOPE"):
        await provider.lookup(Symbol("NOPE"))
    body = json.dumps(
        {
            "chart": {
                "result": [
                    {
                        "meta": {"instrumentType": "CRYPTOCURRENCY"},
                        "indicators": {"quote": [{}]},
                    }
                ]
            }
        }
    )
    yahoo.recorded["/v8/finance/chart/BTC-USD"] = (200, body)
    with pytest.raises(UnknownSymbolError, match=r"does not know BTC\.USD"):
        await provider.lookup(Symbol("BTC.USD"))


@pytest.mark.asyncio
async def test_a_company_in_figures(
    yahoo: YahooEmulator, provider: Provider, ledger: FreeLedger
) -> None:
    """Two requests, each through the gate; yields and ratios are fractions."""
    found = await provider.fundamentals(AAPL)
    assert (found.name, found.sector, found.pe_ratio) == ("Apple Inc.", "Technology", 32.806854)
    assert (found.dividend_yield, found.peg_ratio) == (0.0047, 2.23)
    assert found.debt_to_equity == pytest.approx(1.40968)
    assert ledger.taken("yahoo") == 2


@pytest.mark.asyncio
async def test_a_company_without_its_peg_ratio(yahoo: YahooEmulator, provider: Provider) -> None:
    """The second call's failure takes nothing from the first."""
    path = "/ws/fundamentals-timeseries/v1/finance/timeseries/AAPL"
    for status, body in ((500, "down"), (200, '{"timeseries": {"result": []}}'), (200, "{")):
        yahoo.recorded[path] = (status, body)
        found = await provider.fundamentals(AAPL)
        assert (found.beta, found.peg_ratio) == (1.25, None)


@pytest.mark.asyncio
async def test_headlines_since_a_moment(yahoo: YahooEmulator, provider: Provider) -> None:
    """Newest first; what has no title or no time, and what is paid for, is none."""
    newest, item = await provider.news(AAPL, NOW - DAY)
    assert newest.title == "AAPL denies it"
    assert (item.title, item.publisher) == ("AAPL announces a made-up thing", "Made-Up Wire")
    assert (item.published, item.symbols) == (NOW.replace(microsecond=0) - DAY / 12, (AAPL,))
    found = await provider.news(AAPL, NOW - 9 * DAY)
    assert [one.title for one in found][2:] == ["AAPL was quiet"]


@pytest.mark.asyncio
async def test_a_headline_is_only_text(yahoo: YahooEmulator, provider: Provider) -> None:
    """However long and whatever is in it, it comes as one printable line."""
    content = {"title": "a\x1b[31m\nb" + "c" * 900, "pubDate": "2026-11-23T10:00:00Z"}
    stream = [{"content": content}, {"content": None}, "no item", {"content": {"title": 7}}]
    answer = {"data": {"tickerStream": {"stream": stream}}}
    yahoo.recorded["/xhr/ncp"] = (200, json.dumps(answer))
    (item,) = await provider.news(AAPL, NOW - DAY)
    assert item.title.startswith("a [31m b")
    assert (len(item.title), item.publisher, item.url) == (300, "", "")


# -- what goes wrong -------------------------------------------------------------------------

ASK: dict[str, Callable[[Provider], Awaitable[object]]] = {
    "quotes": lambda provider: provider.quotes([AAPL]),
    "bars": lambda provider: provider.bars(AAPL, 60, NOW - DAY, NOW),
    "fundamentals": lambda provider: provider.fundamentals(AAPL),
    "news": lambda provider: provider.news(AAPL, NOW - DAY),
    "lookup": lambda provider: provider.lookup(AAPL),
}
WRONG: dict[Fault, tuple[type[MarketDataError], str]] = {
    Fault.DELAY: (UnreachableError, "timed out"),
    Fault.RESET: (UnreachableError, "cannot be reached"),
    Fault.ERROR_500: (UnreachableError, "HTTP 500"),
    Fault.BAD_GATEWAY: (UnreachableError, "HTTP 502"),
    Fault.TORN_JSON: (BadAnswerError, "unreadable"),
    Fault.EMPTY: (BadAnswerError, "unreadable"),
    Fault.WRONG_TYPE: (BadAnswerError, "unreadable"),
    Fault.RATE_LIMIT: (RateLimitedError, "asking again in 60 s"),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("what", ASK)
@pytest.mark.parametrize("fault", WRONG)
async def test_a_fault_has_its_name_is_asked_once_and_passes(
    yahoo: YahooEmulator,
    provider: Provider,
    ledger: FreeLedger,
    wall: SleepingWall,
    what: str,
    fault: Fault,
) -> None:
    """All processes hear of it, and nothing of it stays in yfinance."""
    error, words = WRONG[fault]
    yahoo.fail_always(fault)
    with pytest.raises(error, match=words):
        await ASK[what](provider)
    asked = sum(hits for path, hits in yahoo.hits.items() if path.startswith("/"))
    # curl itself asks again on a new connection when one that was kept is cut.
    assert asked == (2 if fault is Fault.RESET else 1)
    assert ledger.story[-1] == ("paused" if fault is Fault.RATE_LIMIT else "failed")
    yahoo.fail_always(None)
    wall.advance(timedelta(seconds=61))
    assert await ASK[what](provider)


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", [Fault.NULL_PRICES, Fault.ZERO_PRICE])
async def test_no_price_is_never_a_price_of_zero(
    yahoo: YahooEmulator, provider: Provider, fault: Fault
) -> None:
    """A null or a zero is a bad answer as a quote, and no bar."""
    yahoo.fail_always(fault)
    batch = await provider.quotes([AAPL])
    assert batch.quotes == {}
    assert "without a price" in str(batch.errors[AAPL])
    assert (await provider.bars(AAPL, 60, NOW - DAY, NOW)).bars == []
    assert (await provider.fundamentals(AAPL)).market_cap is None


@pytest.mark.asyncio
async def test_an_invalid_crumb_is_renewed_once(yahoo: YahooEmulator, provider: Provider) -> None:
    """The library fetches another and asks again; when that is none either, it is unreachable."""
    yahoo.invalid_crumbs = 1
    assert await provider.quotes([AAPL])
    for ask in ASK.values():
        yahoo.invalid_crumbs = 2
        with pytest.raises(UnreachableError, match=r"HTTP 401 \(Invalid Crumb\)"):
            await ask(provider)


@pytest.mark.asyncio
@pytest.mark.parametrize(("asked", "pause_s"), [("120", 120.0), ("5", 60.0), ("nonsense", 60.0)])
async def test_a_pause_is_obeyed_and_never_short(
    yahoo: YahooEmulator, provider: Provider, asked: str, pause_s: float
) -> None:
    """After a 429 it is never sooner than a minute."""
    yahoo.retry_after = asked
    yahoo.fail_always(Fault.RATE_LIMIT)
    with pytest.raises(RateLimitedError) as caught:
        await provider.lookup(AAPL)
    assert caught.value.retry_after_s == pause_s


@pytest.mark.asyncio
async def test_nobody_there_is_unreachable(yahoo: YahooEmulator, provider: Provider) -> None:
    """No server at all."""
    await yahoo.__aexit__(None, None, None)
    with pytest.raises(UnreachableError, match="cannot be reached"):
        await provider.lookup(AAPL)


@pytest.mark.asyncio
async def test_who_is_closed_begins_no_further_request(
    yahoo: YahooEmulator, provider: Provider
) -> None:
    """What is under way runs into its time-out; who waited behind it is told, and so are others."""
    yahoo.fail_always(Fault.DELAY)
    asked = [asyncio.create_task(provider.lookup(name)) for name in (AAPL, SPY)]
    await yahoo.called()
    await provider.close()
    for one in asked:
        with pytest.raises(UnreachableError):
            await one
    with pytest.raises(UnreachableError, match="no longer asked"):
        await provider.quotes([AAPL])
    assert sum(hits for path, hits in yahoo.hits.items() if path.startswith("/")) == 1


@pytest.mark.asyncio
async def test_a_question_of_several_requests_ends_at_the_next(
    yahoo: YahooEmulator, cache_dir: str
) -> None:
    """A process that leaves waits for one time-out, not for that of each cookie and crumb."""
    client = YahooClient(yahoo.base_url, 0.5, cache_dir)
    client.stop()
    with pytest.raises(UnreachableError, match="no longer asked"):
        await asyncio.to_thread(client.chart, AAPL, "1d", {"range": "1d"})
    await asyncio.to_thread(client.close)
    assert not yahoo.hits


@pytest.mark.asyncio
async def test_too_old_minutes_are_a_bad_answer(yahoo: YahooEmulator, provider: Provider) -> None:
    """Should Yahoo's reach be shorter than it was, its own words say so."""
    told = "1m data not available for startTime=1 and endTime=2."
    error = {"code": "Unprocessable Entity", "description": told}
    body = json.dumps({"chart": {"result": None, "error": error}})
    yahoo.recorded["/v8/finance/chart/AAPL"] = (422, body)
    with pytest.raises(BadAnswerError, match="HTTP 422: 1m data not available"):
        await provider.bars(AAPL, 60, NOW - DAY, NOW)


@pytest.mark.asyncio
async def test_no_more_than_one_a_second_and_thirty_a_minute(
    yahoo: YahooEmulator, provider: Provider, wall: SleepingWall
) -> None:
    """The house rule is kept by waiting; whoever has no patience for it is told how long."""
    began = wall.now()
    for _ in range(30):
        await provider.quotes([AAPL])
    assert wall.now() - began >= timedelta(seconds=29)
    wall.set(began + timedelta(seconds=35))
    with pytest.raises(RateLimitedError) as caught:
        await provider.quotes([AAPL])
    assert 5 < caught.value.retry_after_s <= 25
    assert yahoo.hits["/v8/finance/chart/AAPL"] == 30
    assert (await provider.bars(AAPL, 900, NOW - DAY, NOW)).bars


# -- the stream ------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_the_stream_follows_what_is_wanted(
    yahoo: YahooEmulator, provider: Provider, wall: SleepingWall
) -> None:
    """It subscribes and unsubscribes on one connection, and drops what was not asked for."""
    subscription = Subscription([AAPL])
    stream = provider.stream(subscription)
    assert await anext(stream) == Connected()
    heard = asyncio.create_task(anext(stream))
    await yahoo.carries(["AAPL"])
    await yahoo.push("AAPL", 222.5, wall.now(), bid=222.49, ask=222.51)
    quote = await heard
    assert isinstance(quote, Quote)
    assert (quote.symbol, quote.price, quote.bid, quote.ask) == (AAPL, 222.5, 222.49, 222.51)
    heard = asyncio.create_task(anext(stream))
    subscription.want([BRK])
    await yahoo.carries(["BRK.B"])
    await yahoo.push_text(yahoo.frame(yahoo.market.tick("AAPL")))
    await yahoo.push("BRK.B", 400.0)
    await yahoo.push("BRK.B", 401.0)
    prices = [await heard, await anext(stream)]
    assert [(one.symbol, one.price) for one in prices if isinstance(one, Quote)] == [
        (BRK, 400.0),
        (BRK, 401.0),
    ]
    assert yahoo.hits["stream"] == 1
    await stream.aclose()


@pytest.mark.asyncio
async def test_an_odd_frame_is_told_and_the_stream_goes_on(
    yahoo: YahooEmulator, provider: Provider
) -> None:
    """What cannot be read is an event, not an end."""
    stream = provider.stream(Subscription([AAPL]))
    await anext(stream)
    heard = asyncio.create_task(anext(stream))
    await yahoo.carries(["AAPL"])
    await yahoo.push_text("no JSON")
    assert isinstance(await heard, BadAnswerError)
    await yahoo.push("AAPL")
    assert isinstance(await anext(stream), Quote)
    await stream.aclose()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ("{", "JSONDecodeError"),
        ("[]", "TypeError"),
        ("{}", "KeyError"),
        ('{"message": "%%%"}', "in a pushed frame"),
        ('{"message": 7}', "TypeError"),
        ('{"message": "/////w=="}', "no protobuf message"),
    ],
)
async def test_a_frame_that_is_no_message_is_a_bad_answer(frame: str, words: str) -> None:
    """Whatever arrives, it is told by what is wrong with it."""
    with pytest.raises(BadAnswerError, match=words):
        quote_of(frame, await load_decoder(), NOW)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"price": 0.0}, "without a price"),
        ({"price": float("nan")}, "without a price"),
        ({"price": -1.0}, "without a price"),
        ({"time": 0}, "cannot be"),
        ({"time": 2**61}, "cannot be"),
        ({"id": "^GSPC"}, "no US ticker"),
        ({"id": ""}, "no US ticker"),
    ],
)
async def test_a_message_that_is_no_quote_is_a_bad_answer(
    fields: dict[str, object], words: str
) -> None:
    """No price, a time that cannot be, or what is no US stock."""
    good = {"id": "AAPL", "price": 268.4, "time": round(NOW.timestamp() * 1000)}
    frame = json.dumps({"message": encoded(**{**good, **fields})})
    with pytest.raises(BadAnswerError, match=words):
        quote_of(frame, await load_decoder(), NOW)


def test_the_stream_is_where_yfinance_knows_it() -> None:
    """Should the library's address change, ours is to be looked at."""
    known = inspect.signature(yfinance.AsyncWebSocket).parameters["url"].default
    assert YahooAccess().stream_url == known


# -- recorded --------------------------------------------------------------------------------


def recorded(name: str) -> str:
    """Return a recorded answer."""
    return (folder_of("yahoo") / name).read_text("utf-8")


@pytest.mark.asyncio
async def test_the_recorded_charts_are_read(
    yahoo: YahooEmulator, provider: Provider, wall: SleepingWall
) -> None:
    """A quote, a name, and days with their dividend, as Yahoo really sent them."""
    wall.set(datetime(2025, 2, 19, 3, 0, tzinfo=UTC))
    body = recorded("chart-1d-range1d__AAPL__2025-02-19.json")
    yahoo.recorded["/v8/finance/chart/AAPL"] = (200, body)
    quote = (await provider.quotes([AAPL])).quotes[AAPL]
    assert (quote.price, quote.previous_close, quote.open) == (244.47, 244.6, 244.15)
    assert (quote.high, quote.low, quote.volume) == (245.18, 241.84, 48_158_313)
    assert quote.at == datetime(2025, 2, 18, 21, 0, tzinfo=UTC)
    assert await provider.lookup(AAPL) == Instrument(AAPL, "Apple Inc.", "NasdaqGS")
    events = recorded("chart-1d-events-trimmed28__AAPL__2025-02-19.json")
    yahoo.recorded["/v8/finance/chart/AAPL"] = (200, events)
    answer = await provider.bars(AAPL, 86_400, datetime(2023, 1, 1, tzinfo=UTC), wall.now())
    assert len(answer.bars) == 28
    first = answer.bars[0]
    assert first.at == midnight(date(2023, 1, 3))
    assert (first.open, first.high, first.low, first.close) == (130.28, 130.9, 124.17, 125.07)
    assert first.volume == 112_117_500
    assert list(answer.actions) == [Dividend(AAPL, date(2023, 2, 10), Decimal("0.23"))]


@pytest.mark.asyncio
async def test_the_recorded_company_is_read(yahoo: YahooEmulator, provider: Provider) -> None:
    """Company figures and the PEG ratio as Yahoo really sent them."""
    body = recorded("quoteSummary__AAPL__2024-07-01.json")
    peg = recorded("timeseries-trailingPegRatio__AAPL__2024-07-01.json")
    yahoo.recorded["/v10/finance/quoteSummary/AAPL"] = (200, body)
    yahoo.recorded["/ws/fundamentals-timeseries/v1/finance/timeseries/AAPL"] = (200, peg)
    found = await provider.fundamentals(AAPL)
    assert (found.name, found.industry) == ("Apple Inc.", "Consumer Electronics")
    assert (found.market_cap, found.pe_ratio, found.peg_ratio) == (
        3_229_668_081_664,
        32.806854,
        2.2292,
    )
    assert (found.price_to_book, found.debt_to_equity) == (43.543518, pytest.approx(1.40968))
    assert (found.fifty_two_week_high, found.fifty_two_week_low) == (220.2, 164.08)


@pytest.mark.asyncio
async def test_the_recorded_errors_are_named(yahoo: YahooEmulator, provider: Provider) -> None:
    """Not found is an unknown symbol; an invalid crumb, twice, is unreachable."""
    body = recorded("error-chart-not-found__ORPH__2026-09-18.json")
    yahoo.recorded["/v8/finance/chart/ORPH"] = (404, body)
    orphan = Symbol("ORPH")
    batch = await provider.quotes([orphan])
    assert isinstance(batch.errors[orphan], UnknownSymbolError)
    crumb = recorded("error-quote-invalid-crumb__401__2023-04-19.json")
    yahoo.recorded["/v8/finance/chart/AAPL"] = (401, crumb)
    with pytest.raises(UnreachableError, match="Invalid Crumb"):
        await provider.quotes([AAPL])
