"""Yahoo as a source: it tells what it has, corrects itself, and survives everything."""

import inspect
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import yfinance
from tests.emulators.market import Fault
from tests.emulators.provider import StreamFault
from tests.emulators.yahoo import Minute, YahooEmulator, encoded, pricing
from tests.unit.market.providers.conftest import HeldSleep

from qt_trade.kit.clock import ManualClock
from qt_trade.market.calendar import Sessions, load_sessions
from qt_trade.market.errors import BadAnswerError, OutsideCalendarError
from qt_trade.market.ports import (
    BarEvent,
    ClockEvent,
    QuoteEvent,
    QuoteSource,
    SourceEvent,
    SourceState,
    StateEvent,
)
from qt_trade.market.providers.yahoo_source import YahooSource
from qt_trade.market.providers.yahoo_stream import load_decoder, quote_of
from qt_trade.market.providers.yahoo_thread import YahooAccess
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol

IN_SESSION = datetime(2026, 11, 23, 15, 10, 10, tzinfo=UTC)
AT_NIGHT = datetime(2026, 11, 24, 3, 0, 10, tzinfo=UTC)
AAPL, BRK = Symbol("AAPL"), Symbol("BRK.B")


def rows(now: datetime, count: int = 3) -> list[Minute]:
    """Closed minutes until now."""
    first = now.replace(second=0) - timedelta(minutes=count)
    return [
        Minute(first + timedelta(minutes=i), 100.0 + i, 101.0 + i, 99.0 + i, 100.5 + i, 1000)
        for i in range(count)
    ]


class Watched:
    """A source whose events a test waits for one by one."""

    def __init__(self, source: YahooSource, wall: ManualClock) -> None:
        self.source = source
        self.wall = wall
        self.events = source.events()
        self.seen: list[SourceEvent] = []

    async def next(self, fits: Callable[[SourceEvent], bool]) -> SourceEvent:
        """Return the next event that fits."""
        async for event in self.events:
            self.seen.append(event)
            if fits(event):
                return event
        raise AssertionError("the source ended")

    async def state(self, state: SourceState, words: str = "") -> StateEvent:
        event = await self.next(
            lambda e: isinstance(e, StateEvent) and e.state is state and words in e.words
        )
        assert isinstance(event, StateEvent)
        return event

    async def price(self, price: float) -> QuoteEvent:
        event = await self.next(lambda e: isinstance(e, QuoteEvent) and e.quote.price == price)
        assert isinstance(event, QuoteEvent)
        return event

    async def bar(self, at: datetime) -> BarEvent:
        event = await self.next(lambda e: isinstance(e, BarEvent) and e.bar.at == at)
        assert isinstance(event, BarEvent)
        return event


@pytest.fixture
def access(yahoo: YahooEmulator, cache_dir: str) -> YahooAccess:
    return YahooAccess(yahoo.base_url, yahoo.stream_url, timeout_s=2.0, cache_dir=cache_dir)


@asynccontextmanager
async def watched(
    access: YahooAccess,
    sessions: Sessions,
    sleep: HeldSleep,
    *,
    now: datetime = IN_SESSION,
    symbols: tuple[Symbol, ...] = (AAPL,),
) -> AsyncIterator[Watched]:
    wall = ManualClock(now)
    source = YahooSource(
        symbols,
        sessions,
        access,
        wall=wall,
        sleep=sleep,
        rng=random.Random(1),
    )
    fits: QuoteSource = source
    assert fits.info.kind is FeedKind.REAL_TIME
    watch = Watched(source, wall)
    try:
        yield watch
    finally:
        await watch.events.aclose()
        await source.close()


@pytest.mark.asyncio
async def test_charts_come_first_then_pushed_quotes(
    yahoo: YahooEmulator, access: YahooAccess, sessions: Sessions, sleep: HeldSleep
) -> None:
    yahoo.minutes["BRK-B"] = rows(IN_SESSION)
    async with watched(access, sessions, sleep, symbols=(BRK,)) as watch:
        assert await watch.source.history() == ()
        assert await anext(watch.events) == ClockEvent(None, "real time")
        assert await anext(watch.events) == StateEvent(SourceState.NO_DATA, "Connecting to Yahoo")
        # The last bar is the last known price, at its own time.
        known = (await watch.price(102.5)).quote
        assert known.at == IN_SESSION.replace(second=0)
        assert (known.open, known.high, known.low, known.volume) == (100.0, 103.0, 99.0, 3000)
        assert [e.bar.at for e in watch.seen if isinstance(e, BarEvent)] == [
            row.at for row in rows(IN_SESSION)
        ]
        await yahoo.subscribed()
        assert yahoo.subscriptions == [["BRK-B"]]
        await yahoo.push(
            "BRK.B", 268.4, IN_SESSION, day_volume=5000, bid=268.39, ask=268.42, bid_size=300
        )
        await watch.state(SourceState.OK, "pushed by Yahoo")
        quote = (await watch.price(268.4)).quote
        assert (quote.symbol, quote.at, quote.volume) == (BRK, IN_SESSION, 5000)
        assert (quote.bid, quote.ask, quote.bid_size, quote.ask_size) == (268.39, 268.42, 300, None)
        assert quote.previous_close is None


@pytest.mark.asyncio
async def test_minutes_close_on_time_and_charts_correct_them(
    yahoo: YahooEmulator, access: YahooAccess, sessions: Sessions, sleep: HeldSleep
) -> None:
    yahoo.minutes["AAPL"] = rows(IN_SESSION)
    minute = IN_SESSION.replace(second=0) + timedelta(minutes=1)
    async with watched(access, sessions, sleep) as watch:
        await watch.price(102.5)
        await yahoo.subscribed()
        watch.wall.set(minute + timedelta(seconds=5))
        for seconds, price in ((-40, 100.0), (1, 101.0), (2, 103.0), (3, 102.0)):
            await yahoo.push("AAPL", price, minute + timedelta(seconds=seconds), bid=99.0)
            await watch.price(price)
        watch.wall.set(minute + timedelta(seconds=62))
        await sleep.wake(lambda seconds: seconds <= 60)
        closed = (await watch.bar(minute)).bar
        assert (closed.open, closed.high, closed.low, closed.close) == (101.0, 103.0, 101.0, 102.0)
        # The chart knows a trade that was never pushed, but no book.
        yahoo.minutes["AAPL"].append(Minute(minute, 101.0, 103.5, 100.9, 102.0, 7777))
        await sleep.wake(lambda seconds: seconds == 300)
        better = (await watch.bar(minute)).bar
        assert (better.high, better.low, better.volume, better.bid) == (103.5, 100.9, 7777, 99.0)
        told = [e.bar.at for e in watch.seen if isinstance(e, BarEvent)]
        assert told == [*(row.at for row in rows(IN_SESSION)), minute, minute]


@pytest.mark.asyncio
async def test_without_a_network_it_says_so_and_goes_on_when_there_is_one(
    yahoo: YahooEmulator, access: YahooAccess, sessions: Sessions, sleep: HeldSleep
) -> None:
    port = int(yahoo.base_url.rpartition(":")[2])
    await yahoo.__aexit__(None, None, None)
    async with watched(access, sessions, sleep) as watch:
        lost = await watch.state(SourceState.NO_DATA, "cannot be reached")
        assert "trying again" in lost.words
        async with YahooEmulator(port=port) as back:
            back.minutes["AAPL"] = rows(IN_SESSION)
            await back.subscribed()
            await back.push("AAPL", 222.0, IN_SESSION)
            await watch.price(222.0)
            assert StateEvent(SourceState.OK, "Quotes are pushed by Yahoo") in watch.seen


@pytest.mark.asyncio
async def test_a_mute_socket_in_market_hours_is_left(
    yahoo: YahooEmulator, access: YahooAccess, sessions: Sessions, sleep: HeldSleep
) -> None:
    quick = replace(access, mute_s=0.1, heartbeat_s=0.05)
    async with watched(quick, sessions, sleep) as watch:
        await watch.state(SourceState.NO_DATA, "waiting for the first quote")
        await watch.state(SourceState.NO_DATA, "no quote for 0 s")
        yahoo.greeting = pricing("AAPL", 222.0, IN_SESSION)
        await watch.price(222.0)
        assert yahoo.hits["stream"] >= 2


@pytest.mark.asyncio
async def test_silence_at_night_is_no_fault(
    yahoo: YahooEmulator, access: YahooAccess, sessions: Sessions, sleep: HeldSleep
) -> None:
    quick = replace(access, mute_s=0.02, heartbeat_s=0.01)
    async with watched(quick, sessions, sleep, now=AT_NIGHT) as watch:
        connected = await watch.state(SourceState.OK)
        assert connected.words == (
            "Connected to Yahoo. Closed for the night; opens Tue 2026-11-24 09:30 ET"
        )
        await yahoo.subscribed(8)  # the subscription is kept alive on one and the same connection
        assert yahoo.hits["stream"] == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("how", ["politely", "torn"])
async def test_a_stream_that_ends_is_taken_up_again(
    yahoo: YahooEmulator, access: YahooAccess, sessions: Sessions, sleep: HeldSleep, how: str
) -> None:
    async with watched(access, sessions, sleep) as watch:
        await watch.state(SourceState.NO_DATA, "waiting")
        await yahoo.subscribed()
        await yahoo.push("AAPL", 221.0, IN_SESSION)
        await watch.price(221.0)
        if how == "politely":
            await yahoo.close_streams()
        else:
            yahoo.tear_streams()
        await watch.state(SourceState.NO_DATA, "the stream was closed; trying again")
        await yahoo.subscribed(2)
        await yahoo.push("AAPL", 222.0, IN_SESSION)
        await watch.price(222.0)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fault", "words", "pause_s"),
    [(StreamFault.UNAVAILABLE, "HTTP 503", 0.0), (StreamFault.RATE_LIMIT, "limits the rate", 60.0)],
)
async def test_a_refused_stream_is_asked_for_again_later(
    yahoo: YahooEmulator,
    access: YahooAccess,
    sessions: Sessions,
    fault: StreamFault,
    words: str,
    pause_s: float,
) -> None:
    yahoo.stream_fault = fault
    yahoo.minutes["AAPL"] = rows(IN_SESSION)
    sleep_all = HeldSleep(short_s=0.0)
    async with watched(replace(access, pause_s=0.0), sessions, sleep_all) as watch:
        await watch.state(SourceState.NO_DATA, words)
        yahoo.stream_fault = None
        # The minute's clock sleeps 52 s and the next charts 300 s: neither is in this span.
        await sleep_all.wake(lambda seconds: pause_s <= seconds <= pause_s + 1.0)
        await yahoo.subscribed()


@pytest.mark.asyncio
async def test_a_rate_limited_chart_waits_as_long_as_it_was_told(
    yahoo: YahooEmulator, access: YahooAccess, sessions: Sessions, sleep: HeldSleep
) -> None:
    yahoo.minutes["AAPL"] = rows(IN_SESSION)
    yahoo.retry_after = "120"
    yahoo.fail_always(Fault.RATE_LIMIT)
    async with watched(access, sessions, sleep) as watch:
        await watch.state(SourceState.NO_DATA, "waiting")
        # Quotes flow meanwhile.
        await yahoo.subscribed()
        await yahoo.push("AAPL", 222.0, IN_SESSION)
        await watch.price(222.0)
        assert 120 <= await sleep.sleeping(lambda seconds: seconds >= 120) <= 125
        yahoo.fail_always(None)
        await sleep.wake(lambda seconds: seconds >= 120)
        await watch.bar(rows(IN_SESSION)[0].at)


@pytest.mark.asyncio
async def test_a_symbol_yahoo_denies_is_named_and_left_alone(
    yahoo: YahooEmulator, access: YahooAccess, sessions: Sessions, sleep: HeldSleep
) -> None:
    yahoo.minutes["AAPL"] = rows(IN_SESSION)
    async with watched(access, sessions, sleep, symbols=(Symbol("NOPE"), AAPL)) as watch:
        await watch.price(102.5)
        await yahoo.subscribed()
        await yahoo.push("AAPL", 222.0, IN_SESSION)
        await watch.state(SourceState.OK, "it does not know NOPE")
        await sleep.wake(lambda seconds: seconds == 300)
        await sleep.sleeping(lambda seconds: seconds == 300)
        assert (yahoo.hits["/v8/finance/chart/NOPE"], yahoo.hits["/v8/finance/chart/AAPL"]) == (
            1,
            2,
        )


@pytest.mark.asyncio
async def test_a_chart_that_stays_garbled_holds_up_no_other(
    yahoo: YahooEmulator, access: YahooAccess, sessions: Sessions, sleep: HeldSleep
) -> None:
    yahoo.minutes["AAPL"] = rows(IN_SESSION)
    yahoo.fail_always(Fault.TORN_JSON)
    async with watched(access, sessions, sleep) as watch:
        await watch.state(SourceState.NO_DATA, "waiting")
        await sleep.sleeping(lambda seconds: seconds == 300)
        yahoo.fail_always(None)
        await sleep.wake(lambda seconds: seconds == 300)
        await watch.bar(rows(IN_SESSION)[0].at)


@pytest.mark.asyncio
async def test_odd_frames_strangers_and_late_quotes_are_left_out(
    yahoo: YahooEmulator, access: YahooAccess, sessions: Sessions, sleep: HeldSleep
) -> None:
    async with watched(access, sessions, sleep) as watch:
        await watch.state(SourceState.NO_DATA, "waiting")
        await yahoo.subscribed()
        await yahoo.push("AAPL", 221.0, IN_SESSION)
        await yahoo.push_text("no JSON")
        await yahoo.push_text(json.dumps({"message": encoded(id="AAPL", price=1.0)[:-3]}))
        await yahoo.push_text(pricing("MSFT", 400.0, IN_SESSION))
        await yahoo.push("AAPL", 219.0, IN_SESSION - timedelta(seconds=1))
        await yahoo.push("AAPL", 222.0, IN_SESSION)
        await watch.price(222.0)
        quoted = [e.quote for e in watch.seen if isinstance(e, QuoteEvent)]
        assert [(quote.symbol, quote.price) for quote in quoted] == [
            (AAPL, 221.0),
            (AAPL, 222.0),
        ]


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
    with pytest.raises(BadAnswerError, match=words):
        quote_of(frame, await load_decoder(), IN_SESSION)


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
    good = {"id": "AAPL", "price": 268.4, "time": round(IN_SESSION.timestamp() * 1000)}
    frame = json.dumps({"message": encoded(**{**good, **fields})})
    with pytest.raises(BadAnswerError, match=words):
        quote_of(frame, await load_decoder(), IN_SESSION)


@pytest.mark.asyncio
async def test_a_flaw_of_our_own_is_not_swallowed(access: YahooAccess, sleep: HeldSleep) -> None:
    elsewhere = load_sessions(date(2013, 1, 1), date(2013, 2, 1))
    async with watched(access, elsewhere, sleep) as watch:
        with pytest.raises(OutsideCalendarError):
            await watch.next(lambda _event: False)


def test_the_stream_is_where_yfinance_knows_it() -> None:
    known = inspect.signature(yfinance.AsyncWebSocket).parameters["url"].default
    assert YahooAccess().stream_url == known
