"""Alpaca's client against its emulator: many symbols a call, pages, plans, the stream."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from tests.conformance.providers.free_ledger import FreeLedger
from tests.emulators.alpaca_data import SECRET, AlpacaDataEmulator, frame_of, rfc3339
from tests.emulators.market import Fault
from tests.emulators.provider import KEY, StreamFault

from qt_trade.kit.clock import ManualClock
from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    NotInPlanError,
    RateLimitedError,
    UnknownSymbolError,
    UnreachableError,
)
from qt_trade.market.provider import (
    Access,
    Connected,
    Halt,
    NotStreamed,
    ProviderKit,
    StreamEvent,
    Subscription,
)
from qt_trade.market.providers.alpaca import SPEC, Alpaca, trading_url
from qt_trade.model.quotas import Window
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol, symbol

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
AAPL, MSFT, BRK = symbol("AAPL"), symbol("MSFT"), symbol("BRK.B")
PATIENCE_S = 20.0

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(60)]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest_asyncio.fixture
async def venue(clock: ManualClock) -> AsyncIterator[AlpacaDataEmulator]:
    async with AlpacaDataEmulator(clock) as running:
        yield running


class Desk:
    """A client with its budget."""

    def __init__(self, venue: AlpacaDataEmulator, clock: ManualClock, plan: str = "free") -> None:
        self.ledger = FreeLedger()
        self.kit = ProviderKit(
            access=Access(KEY, SECRET, plan, venue.base_url, venue.stream_url),
            plan=SPEC.plan(plan),
            ledger=self.ledger,
            wall=clock,
            sleep=asyncio.sleep,
            rng=random.Random(5),
            may_be_mute=lambda: True,
        )
        self.client = Alpaca(self.kit)


@pytest_asyncio.fixture
async def desk(venue: AlpacaDataEmulator, clock: ManualClock) -> AsyncIterator[Desk]:
    made = Desk(venue, clock)
    yield made
    await made.client.close()


@pytest_asyncio.fixture
async def plus(venue: AlpacaDataEmulator, clock: ManualClock) -> AsyncIterator[Desk]:
    venue.plan = "paid"
    made = Desk(venue, clock, "plus")
    yield made
    await made.client.close()


# -- quotes ------------------------------------------------------------------------------------


async def test_many_symbols_are_one_call_and_each_has_an_answer(desk, venue):
    """A class share is asked for with its dot; a symbol nobody knows is absent, and said so."""
    nope = symbol("NOPE")
    batch = await desk.client.quotes([AAPL, BRK, nope])
    assert venue.hits["/v2/stocks/snapshots"] == 1
    assert set(batch.quotes) == {AAPL, BRK}
    assert batch.quotes[BRK].price == venue.market.price("BRK.B", NOW)
    assert type(batch.errors[nope]) is UnknownSymbolError
    assert desk.ledger.taken("alpaca") == 1


async def test_a_symbol_that_is_null_is_not_known_either(desk, venue):
    venue.unknown_is_null = True
    batch = await desk.client.quotes([symbol("NOPE")])
    assert type(batch.errors[symbol("NOPE")]) is UnknownSymbolError


async def test_one_unreadable_symbol_does_not_cost_the_others_their_price(desk, venue):
    """A symbol Alpaca objects to is left out, and the rest is asked for again."""
    venue.malformed = {"MSFT"}
    batch = await desk.client.quotes([AAPL, MSFT, BRK])
    assert set(batch.quotes) == {AAPL, BRK}
    assert type(batch.errors[MSFT]) is UnknownSymbolError
    assert (await desk.client.quotes([MSFT])).quotes == {}


async def test_an_objection_to_what_was_not_asked_is_none_of_ours(desk, venue):
    with pytest.raises(BadAnswerError, match="invalid symbol"):
        await desk.client.quotes([AAPL, Symbol("A:B")])
    with pytest.raises(UnknownSymbolError):
        await desk.client.quotes([AAPL, Symbol("BRK-B")])


@pytest.mark.parametrize(
    ("fault", "words"), [(Fault.NULL_PRICES, "null"), (Fault.ZERO_PRICE, "positive")]
)
async def test_no_price_is_none(desk, venue, fault, words):
    venue.fail(fault)
    batch = await desk.client.quotes([AAPL])
    assert not batch.quotes
    assert type(batch.errors[AAPL]) is BadAnswerError
    assert words in str(batch.errors[AAPL])


@pytest.mark.parametrize("status", [401, 403])
async def test_a_bad_key_is_one_in_both_of_its_forms(desk, venue, status):
    venue.key = "another"
    venue.refusal = status
    with pytest.raises(KeyRefusedError) as refused:
        await desk.client.quotes([AAPL])
    assert KEY not in str(refused.value)
    assert desk.ledger.story[-1] == "refused"


async def test_the_limit_is_kept_by_its_own_count(desk, venue, clock):
    """The headers tell what is left, and when a refused call may be repeated."""
    await desk.client.quotes([AAPL])
    assert desk.ledger.told_left == {Window.MINUTE: 199}
    clock.advance(timedelta(seconds=20))
    venue.fail(Fault.RATE_LIMIT)
    with pytest.raises(RateLimitedError) as limited:
        await desk.client.quotes([AAPL])
    assert limited.value.retry_after_s == 40
    assert desk.ledger.told_left == {Window.MINUTE: 0}


async def test_the_free_plan_sees_one_exchange_and_plus_the_market(desk, clock, venue):
    free = (await desk.client.quotes([AAPL])).quotes[AAPL]
    venue.plan = "paid"
    paid = Desk(venue, clock, "plus")
    whole = (await paid.client.quotes([AAPL])).quotes[AAPL]
    await paid.client.close()
    assert free.volume is None
    assert whole.volume == venue.market.tick("AAPL").volume


async def test_a_plus_that_is_not_paid_for_is_said_to_be_none(venue, clock):
    desk = Desk(venue, clock, "plus")
    with pytest.raises(NotInPlanError, match="subscription"):
        await desk.client.quotes([AAPL])
    await desk.client.close()


# -- bars --------------------------------------------------------------------------------------


async def test_bars_come_in_pages_and_none_is_there_twice(plus, venue):
    venue.page_size = 7
    since = NOW - timedelta(minutes=60)
    bars = (await plus.client.bars(BRK, 60, since, NOW)).bars
    assert [bar.at for bar in bars] == [since + timedelta(minutes=n) for n in range(60)]
    assert len(venue.asked) == 9
    assert {query["feed"] for query in venue.asked} == {"sip"}
    assert {query["adjustment"] for query in venue.asked} == {"raw"}


async def test_the_bar_under_way_is_left_out(plus, clock):
    clock.advance(timedelta(seconds=30))
    bars = (await plus.client.bars(AAPL, 60, NOW - timedelta(minutes=2), clock.now())).bars
    assert [bar.at for bar in bars] == [NOW - timedelta(minutes=n) for n in (2, 1)]


async def test_the_last_quarter_of_an_hour_is_iex_s_on_the_free_plan(desk, venue):
    since = NOW - timedelta(minutes=60)
    bars = (await desk.client.bars(AAPL, 60, since, NOW)).bars
    assert [bar.at for bar in bars] == [since + timedelta(minutes=n) for n in range(60)]
    assert [query["feed"] for query in venue.asked] == ["sip", "iex"]
    assert venue.asked[1]["start"] == "2026-11-23T15:44:00Z"


async def test_a_clock_that_is_ahead_asks_once_more_from_further_back(venue, clock):
    """Alpaca's own clock decides what is recent; ours is ten minutes ahead of it."""
    ahead = ManualClock(NOW + timedelta(minutes=10))
    desk = Desk(venue, ahead)
    bars = (await desk.client.bars(AAPL, 60, NOW - timedelta(minutes=60), NOW)).bars
    assert len(bars) == 60
    assert [query["feed"] for query in venue.asked] == ["sip", "sip", "iex"]
    await desk.client.close()


@pytest.mark.parametrize(("interval_s", "count"), [(300, 78), (900, 26)])
async def test_a_day_of_longer_bars(desk, clock, interval_s, count):
    clock.advance(timedelta(hours=5, minutes=30))
    day = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
    bars = (await desk.client.bars(AAPL, interval_s, day, day + timedelta(hours=7))).bars
    assert len(bars) == count


async def test_daily_bars_begin_at_midnight_in_new_york_and_today_s_is_not_closed(desk, venue):
    since = datetime(2026, 10, 30, tzinfo=UTC)
    bars = (await desk.client.bars(AAPL, 86_400, since, NOW)).bars
    assert bars[0].at == datetime(2026, 10, 30, 4, tzinfo=UTC)
    assert bars[1].at == datetime(2026, 11, 2, 5, tzinfo=UTC)
    assert bars[-1].at == datetime(2026, 11, 20, 5, tzinfo=UTC)
    assert [query["feed"] for query in venue.asked] == ["sip"]


async def test_no_bars_are_no_error(desk):
    sunday = datetime(2026, 11, 22, tzinfo=UTC)
    assert (await desk.client.bars(AAPL, 60, sunday, sunday + timedelta(hours=1))).bars == []


@pytest.mark.parametrize("fault", [Fault.NULL_PRICES, Fault.ZERO_PRICE, Fault.TORN_JSON])
async def test_bars_that_are_none_are_refused(desk, venue, fault):
    venue.fail(fault)
    with pytest.raises(BadAnswerError):
        await desk.client.bars(AAPL, 60, NOW - timedelta(minutes=60), NOW - timedelta(minutes=30))


# -- news and symbols --------------------------------------------------------------------------


async def test_headlines_come_newest_first_and_name_shares_only(desk, venue):
    venue.headlines = [
        {
            "id": n,
            "headline": f"Headline {n}",
            "source": "benzinga",
            "url": None,
            "symbols": ["AAPL", "BTC/USDT2"],
            "created_at": rfc3339(NOW - timedelta(minutes=n)),
        }
        for n in range(120)
    ]
    items = await desk.client.news(AAPL, NOW - timedelta(minutes=99, seconds=1))
    assert [item.title for item in items] == [f"Headline {n}" for n in range(100)]
    assert items[0].symbols == ("AAPL",)
    assert venue.hits["/v1beta1/news"] == 2


async def test_a_symbol_is_looked_up_at_the_trading_host(desk, venue):
    venue.inactive = {"IBM"}
    found = await desk.client.lookup(BRK)
    assert (found.symbol, found.name) == ("BRK.B", venue.market.names["BRK.B"])
    assert found.tradable is True
    assert (await desk.client.lookup(symbol("IBM"))).tradable is False
    with pytest.raises(UnknownSymbolError):
        await desk.client.lookup(symbol("NOPE"))


async def test_a_key_the_trading_host_refuses_costs_look_ups_only(desk, venue):
    venue.trading_door_open = False
    with pytest.raises(NotInPlanError, match="paper or live"):
        await desk.client.lookup(AAPL)
    assert (await desk.client.quotes([AAPL])).quotes


async def test_where_symbols_are_looked_up_is_an_option(desk):
    def where(base: str | None, **options: str) -> str:
        return trading_url(replace(desk.kit.access, base_url=base, options=options))

    assert where(None) == where(None, trading="paper") == "https://paper-api.alpaca.markets"
    assert where(None, trading="live") == "https://api.alpaca.markets"
    assert where("http://127.0.0.1:1") == "http://127.0.0.1:1", "an emulator is both"
    assert where(None, trading="http://127.0.0.1:2") == "http://127.0.0.1:2"
    with pytest.raises(ValueError, match="it has to be paper, live or an address"):
        where(None, trading="https://example.com")


# -- the stream --------------------------------------------------------------------------------


async def heard(stream: Any, count: int) -> list[StreamEvent]:
    async with asyncio.timeout(PATIENCE_S):
        return [await anext(stream) for _ in range(count)]


async def test_trades_and_books_become_one_quote(desk, venue):
    """The price is the last trade's, the book the newest; ``at`` is the trade's."""
    async with aclosing(desk.client.stream(Subscription([BRK]))) as stream:
        assert await heard(stream, 1) == [Connected()]
        await venue.carries(["BRK.B"])
        await venue.push("BRK.B", 512.5)
        (first,) = await heard(stream, 1)
        later = NOW + timedelta(seconds=5)
        book = {"T": "q", "S": "BRK.B", "t": rfc3339(later), "bp": 0, "bs": 0, "ap": 513, "as": 7}
        await venue.push_text(frame_of(book))
        (second,) = await heard(stream, 1)
    assert isinstance(first, Quote)
    assert isinstance(second, Quote)
    assert (first.price, first.symbol, first.bid_size) == (512.5, "BRK.B", 200)
    assert second == replace(first, bid=None, bid_size=None, ask=513.0, ask_size=7)


async def test_what_is_no_last_price_is_not_told_as_one(desk, venue):
    """An average, and what was canceled; a late one keeps its time and is not the last."""

    def trade(price: float, number: int, *conditions: str, late_s: float = 0.0) -> dict[str, Any]:
        at = rfc3339(NOW + timedelta(seconds=number - late_s))
        return {"T": "t", "S": "AAPL", "p": price, "i": number, "t": at, "c": list(conditions)}

    book = {"T": "q", "S": "AAPL", "t": rfc3339(NOW), "bp": 1, "bs": 1, "ap": 2, "as": 2}
    async with aclosing(desk.client.stream(Subscription([AAPL]))) as stream:
        await heard(stream, 1)
        await venue.carries(["AAPL"])
        await venue.push_text(frame_of(trade(100.0, 1, "@"), trade(90.0, 2, "W")))
        await venue.push_text(frame_of(trade(91.0, 3, "@", late_s=9.0), trade(101.0, 4, "@", "I")))
        await venue.push_text(frame_of({"T": "x", "S": "AAPL", "i": 4, "x": "V"}, book))
        await venue.push_text(frame_of(trade(102.0, 5)))
        told = [event for event in await heard(stream, 4) if isinstance(event, Quote)]
    assert [(event.price, (event.at - NOW).total_seconds() // 1) for event in told] == [
        (100.0, 1),
        (91.0, -6),
        (101.0, 4),
        (102.0, 5),
    ]


async def test_a_halt_and_its_end_are_told(desk, venue):
    def status(code: str, words: str) -> dict[str, str]:
        at = rfc3339(NOW)
        return {"T": "s", "S": "AAPL", "sc": code, "sm": words, "rc": "", "rm": "", "t": at}

    async with aclosing(desk.client.stream(Subscription([AAPL]))) as stream:
        await heard(stream, 1)
        await venue.carries(["AAPL"])
        await venue.push_text(
            frame_of(status("H", "Trading Halt"), status("Q", "Quotes"), status("T", "Resumed"))
        )
        told = await heard(stream, 2)
    assert [(one.halted, one.words) for one in told if isinstance(one, Halt)] == [
        (True, "Trading Halt"),
        (False, "Resumed"),
    ]


async def test_symbols_beyond_the_limit_are_named_and_the_others_stream(desk, venue):
    """Where trades and quotes count twice, half of them stream; nothing else is lost."""
    venue.channels_count = True
    names = [symbol(f"S{chr(65 + n)}") for n in range(18)]
    venue.market.names |= {name: name for name in names}
    async with aclosing(desk.client.stream(Subscription(names))) as stream:
        events = await heard(stream, 4)
        assert events[1:] == [NotStreamed(name, "symbol limit exceeded") for name in names[15:]]
        await venue.carries(names[:15])


async def test_the_subscription_is_followed(plus, venue):
    """What is no longer wanted is given back before more is asked for."""
    subscription = Subscription([AAPL, MSFT])
    async with aclosing(plus.client.stream(subscription)) as stream:
        await heard(stream, 1)
        await venue.carries(["AAPL", "MSFT"])
        subscription.want([MSFT, BRK])
        await venue.carries(["MSFT", "BRK.B"])
    assert [one["action"] for one in venue.heard] == [
        "auth", "subscribe", "unsubscribe", "subscribe",
    ]  # fmt: skip


async def test_a_wrong_key_ends_the_stream_as_one(desk, venue):
    venue.stream_fault = StreamFault.REFUSE_KEY
    with pytest.raises(KeyRefusedError, match="auth failed"):
        await heard(desk.client.stream(Subscription([AAPL])), 1)


async def test_a_second_connection_is_told_why_it_ends(desk, venue):
    async with aclosing(desk.client.stream(Subscription([AAPL]))) as stream:
        await heard(stream, 1)
        with pytest.raises(UnreachableError, match="another program streams with the same key"):
            await heard(desk.client.stream(Subscription([AAPL])), 1)


async def test_the_whole_market_s_stream_is_not_in_the_free_plan(venue, clock):
    desk = Desk(venue, clock, "plus")
    with pytest.raises(NotInPlanError, match="insufficient subscription"):
        await heard(desk.client.stream(Subscription([AAPL])), 1)


@pytest.mark.parametrize(
    "frame",
    [
        "{",
        '{"T":"t"}',
        '[{"T":"t","S":"AAPL","p":null,"t":"2026-11-23T15:00:00Z"}]',
        '[{"T":"t","S":"AAPL","p":0,"t":"2026-11-23T15:00:00Z"}]',
        '[{"T":"t","S":"???","p":1,"t":"2026-11-23T15:00:00Z"}]',
        '[{"T":"t","S":"AAPL","p":1,"t":"2027-01-01T00:00:00Z"}]',
        '[{"T":"error","code":400,"msg":"invalid syntax"}]',
    ],
)
async def test_a_frame_that_is_none_is_told_and_the_stream_goes_on(desk, venue, frame):
    async with aclosing(desk.client.stream(Subscription([AAPL]))) as stream:
        await heard(stream, 1)
        await venue.carries(["AAPL"])
        await venue.push_text(frame)
        (event,) = await heard(stream, 1)
        assert type(event) is BadAnswerError
        await venue.push_text('[{"T":"new kind","S":"AAPL"}]')
        await venue.push("AAPL", 268.4)
        (event,) = await heard(stream, 1)
        assert isinstance(event, Quote)


@pytest.mark.parametrize("code", [401, 404, 406, 407, 500])
async def test_an_error_that_ends_the_stream_says_what_it_means(desk, venue, code):
    async with aclosing(desk.client.stream(Subscription([AAPL]))) as stream:
        await heard(stream, 1)
        await venue.carries(["AAPL"])
        await venue.push_text(frame_of({"T": "error", "code": code, "msg": "its words"}))
        with pytest.raises(UnreachableError, match="its words"):
            await heard(stream, 1)
