"""Real time as one source: who is asked, what is told, and what becomes of those that fail."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.market.scripted import (
    AAPL,
    IBM,
    IN_SESSION,
    ScriptedProvider,
    Studio,
    no_sleep,
    quote_of,
    scripted,
)

from qt_trade.kit.clock import ManualClock
from qt_trade.market.calendar import Sessions
from qt_trade.market.errors import BadAnswerError, KeyRefusedError, NotInPlanError, RestingError
from qt_trade.market.evidence import Consensus, Standing, Verdict
from qt_trade.market.ports import SourceState
from qt_trade.market.provider import Capability, Connected, Halt, NotStreamed, Timeliness
from qt_trade.model.bars import Bar
from qt_trade.model.symbols import Symbol

pytestmark = pytest.mark.asyncio


@pytest.fixture
def wall() -> ManualClock:
    return ManualClock(IN_SESSION)


@pytest.fixture
def make(wall: ManualClock) -> Callable[..., ScriptedProvider]:
    return lambda name, **more: scripted(name, wall, **more)


Make = Callable[..., ScriptedProvider]


def sound(found: Consensus) -> bool:
    return not found.quote.doubt


def of(found: Consensus, source: str) -> tuple[Verdict, str]:
    """Return what became of a source, and why."""
    one = next(one for one in found.judged if one.source == source)
    return one.verdict, one.left_out


async def test_price_is_told_at_once_and_confirmed_by_a_second_source(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """The first word is shown in doubt, the second makes it a price to trade on."""
    a, b = make("a"), make("b")
    async with Studio(wall, sessions, a, b) as studio:
        await studio.connect()
        a.quote(100.0, wall.now())
        first = await studio.quote(lambda found: bool(found.used))
        assert first.quote.doubt == "1 of 2 sources: nothing confirms the price"
        assert of(first, "b") == (Verdict.NO_PRICE, "connected; no quote of it yet")
        b.quote(100.02, wall.now())
        both = await studio.quote(sound)
        assert both.used == ("a", "b")
        assert both.quote.price == pytest.approx(100.01)


async def test_wrong_source_is_an_outlier(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """Five per cent off, whoever says it."""
    a, b, c = make("a"), make("b"), make("c")
    async with Studio(wall, sessions, a, b, c) as studio:
        await studio.connect()
        for one, price in ((a, 100.0), (b, 100.01), (c, 105.0)):
            one.quote(price, wall.now())
        found = await studio.quote(lambda f: sound(f) and of(f, "c")[0] is Verdict.OUTLIER)
        assert of(found, "c")[1].endswith(" bp away from what 2 others agree on")
        assert found.used == ("a", "b")


async def test_stream_that_breaks_takes_its_prices_with_it(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """Within the second it breaks in, and it is back with its first quote."""
    a, b = make("a"), make("b")
    async with Studio(wall, sessions, a, b) as studio:
        await studio.connect()
        a.quote(100.0, wall.now())
        b.quote(100.0, wall.now())
        await studio.quote(sound)
        b.lose()
        lost = await studio.quote(lambda found: not sound(found))
        assert of(lost, "b") == (Verdict.NO_PRICE, "B cannot be reached: the stream was closed")
        b.say(Connected())
        b.quote(100.0, wall.now())
        again = await studio.quote(sound)
        assert again.used == ("a", "b")
        assert b.connections == 2


async def test_last_price_stays_in_doubt_when_all_streams_are_gone(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """It is the last known one and nothing opens on it."""
    a = make("a")
    async with Studio(wall, sessions, a, hint="get a key") as studio:
        await studio.connect()
        a.quote(100.0, wall.now())
        lonely = await studio.quote()
        assert lonely.quote.doubt == "1 of 2 sources: nothing confirms the price; get a key"
        a.lose()
        gone = await studio.quote()
        assert gone.quote.price == 100.0
        assert gone.quote.doubt == "no source within 10 s"
        assert gone.standing is Standing.STALE
        assert gone.used == ()


async def test_price_that_grows_old_is_told_without_a_new_quote(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """Nobody says anything for eleven seconds."""
    a, b = make("a"), make("b")
    async with Studio(wall, sessions, a, b) as studio:
        await studio.connect()
        a.quote(100.0, wall.now())
        b.quote(100.0, wall.now())
        await studio.quote(sound)
        wall.advance(timedelta(seconds=11))
        old = await studio.quote(lambda found: not sound(found))
        assert old.quote.doubt == "no source within 10 s"
        assert old.quote.at == IN_SESSION


async def test_refused_key_is_not_tried_again_and_its_room_goes_to_others(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """A person has to mend it; who is left streams what it would have."""
    a, b = make("a", stream_max=1), make("b", stream_max=2)
    async with Studio(wall, sessions, a, b, symbols=(AAPL, IBM)) as studio:
        a.say(KeyRefusedError("A", "HTTP 401"))
        b.say(Connected())
        told = await studio.lines(lambda e: e.lines["a"].refused and e.lines["b"].connected)
        assert told.lines["a"].words == "A refuses the key: HTTP 401"
        assert told.lines["a"].room == 0
        state = await studio.state(lambda e: "1 of 2 sources connected" in e.words)
        assert "a: A refuses the key: HTTP 401" in state.words
        b.quote(100.0, wall.now())
        assert of(await studio.quote(), "a") == (Verdict.NO_PRICE, "A refuses the key: HTTP 401")
        assert a.connections == 1


async def test_resting_provider_is_left_alone_for_as_long_as_it_rests(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """The pause is the error's, and the backoff's on top of it."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await no_sleep(seconds)

    a = make("a")
    async with Studio(wall, sessions, a, sleep=sleep) as studio:
        a.say(RestingError("A", 45.0), Connected())
        await studio.lines(lambda e: e.lines["a"].connected)
        assert any(45.0 <= seconds <= 46.0 for seconds in slept)


async def test_plan_without_the_stream_leaves_the_answers_to_questions(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """Such a provider is polled only, and says so where it has no answer."""
    a, b = make("a"), make("b")
    async with Studio(wall, sessions, a, b) as studio:
        a.say(NotInPlanError("A", "streaming"))
        b.say(Connected())
        await studio.lines(lambda e: e.lines["b"].connected and not e.lines["a"].room)
        b.quote(100.0, wall.now())
        found = await studio.quote()
        assert of(found, "a") == (Verdict.NO_PRICE, "asked every 5 minutes; no answer yet")
        studio.source.polled("a", {AAPL: quote_of(100.0, wall.now())}, {})
        assert (await studio.quote(sound)).used == ("a", "b")
        studio.source.polled("a", {}, {AAPL: "A limits the rate; asking again in 41 s"})
        assert not a.connections > 1


async def test_client_that_fails_by_mistake_costs_only_its_own_prices(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """A plug-in of somebody else's is no reason to lose the market."""
    a, b = make("a"), make("b")
    async with Studio(wall, sessions, a, b) as studio:
        a.say(ZeroDivisionError("private"), Connected())
        b.say(Connected())
        await studio.lines(lambda e: e.lines["a"].connected and e.lines["b"].connected)
        assert a.connections == 2


async def test_unreadable_frame_ends_nothing(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """The next one is read."""
    a = make("a")
    async with Studio(wall, sessions, a) as studio:
        await studio.connect()
        a.say(BadAnswerError("A", "no price"))
        a.quote(100.0, wall.now())
        assert (await studio.quote()).quote.price == 100.0


async def test_overtaken_quote_is_dropped(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """Times never go back, but for one that was ahead of the clock."""
    a = make("a")
    now = wall.now()
    async with Studio(wall, sessions, a) as studio:
        await studio.connect()
        a.quote(100.0, now)
        a.quote(99.0, now - timedelta(seconds=1))
        a.quote(101.0, now + timedelta(hours=1))
        a.quote(102.0, now + timedelta(seconds=1))
        assert (await studio.quote(lambda f: f.quote.price == 102.0)).quote.at > now
        assert all(e.quote.price != 99.0 for e in studio.told if hasattr(e, "quote"))


async def test_answers_complete_what_a_stream_of_trades_does_not_know(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """The previous close is the same all day."""
    a = make("a")
    async with Studio(wall, sessions, a) as studio:
        await studio.connect()
        earlier = wall.now() - timedelta(seconds=100)
        studio.source.polled("a", {AAPL: quote_of(99.0, earlier, previous_close=97.0)}, {})
        assert (await studio.quote()).quote.price == 99.0
        a.quote(100.0, wall.now())
        found = await studio.quote(lambda f: f.quote.price == 100.0)
        assert found.quote.previous_close == 97.0
        assert found.judged[0].streamed


async def test_delayed_stream_is_kept_apart(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """It is shown, it confirms nothing, and it is no part of the sources that should connect."""
    late = make("late", timeliness=Timeliness.DELAYED, delay=timedelta(minutes=15))
    a = make("a")
    async with Studio(wall, sessions, a, late) as studio:
        await studio.connect()
        a.quote(100.0, wall.now())
        late.quote(100.0, wall.now() - timedelta(minutes=15))
        found = await studio.quote(lambda f: of(f, "late")[0] is Verdict.NOT_REAL_TIME)
        assert of(found, "late")[1] == "delayed by 15 min"
        assert found.quote.doubt


async def test_halt_opens_nothing_until_it_is_lifted(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """Whatever the sources agree on."""
    a, b = make("a"), make("b")
    async with Studio(wall, sessions, a, b) as studio:
        await studio.connect()
        a.quote(100.0, wall.now())
        b.quote(100.0, wall.now())
        await studio.quote(sound)
        a.say(Halt(AAPL, wall.now(), halted=True, words="volatility pause"))
        halted = await studio.quote(lambda f: f.halted)
        assert halted.quote.doubt == "trading is halted: volatility pause"
        a.say(Halt(AAPL, wall.now(), halted=False, words=""))
        assert (await studio.quote(sound)).halted is False


async def test_only_the_newest_is_told_to_a_slow_reader(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """A thousand quotes while nobody reads are one."""
    a = make("a")
    studio = Studio(wall, sessions, a)
    events = studio.source.events()
    async with Studio(wall, sessions, make("other")):
        pass
    for _ in range(2):
        await anext(events)
    a.say(Connected())
    for number in range(1000):
        a.quote(100.0 + number / 100, wall.now() + timedelta(microseconds=number))
    while not a.script.empty() or not a.connections:
        await no_sleep(0)
    told = []
    async for event in events:
        if hasattr(event, "quote"):
            told.append(event.quote.price)
            if event.quote.price == 109.99:
                break
    assert len(told) < 10
    await events.aclose()
    assert a.closed


async def test_other_symbols_are_followed_from_the_moment_they_are_asked_for(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """The streams' room goes to the first ones; those that went are told no more."""
    a = make("a", stream_max=1)
    async with Studio(wall, sessions, a) as studio:
        await studio.connect()
        assert a.subscription.wanted == {AAPL}
        studio.source.follow((IBM, AAPL))
        assert await studio.symbols() == (IBM, AAPL)
        assert a.subscription.wanted == {IBM}
        a.quote(50.0, wall.now(), IBM)
        assert (await studio.quote(symbol=IBM)).quote.price == 50.0
        studio.source.follow((IBM,))
        a.quote(100.0, wall.now(), AAPL)
        a.quote(51.0, wall.now(), IBM)
        await studio.quote(lambda f: f.quote.price == 51.0, symbol=IBM)
        assert studio.source.info.symbols == (IBM,)


async def test_symbol_a_provider_does_not_stream_leaves_its_place_to_the_next(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """And its evidence says why."""
    a = make("a", stream_max=1, capabilities=frozenset({Capability.STREAM}))
    b = make("b")
    async with Studio(wall, sessions, a, b, symbols=(AAPL, IBM)) as studio:
        await studio.connect()
        a.say(NotStreamed(AAPL, "not in the free stream"))
        await studio.lines(lambda e: e.lines["a"].streamed == {IBM})
        b.quote(100.0, wall.now())
        found = await studio.quote(lambda f: bool(f.used))
        assert of(found, "a") == (Verdict.NO_PRICE, "not in the free stream")


async def test_state_says_how_many_sources_are_connected(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """And of the others, why not; without quotes in the session it is not well yet."""
    a, b = make("a"), make("b")
    async with Studio(wall, sessions, a, b) as studio:
        a.say(Connected())
        state = await studio.state(lambda e: "1 of 2" in e.words)
        assert state.state is SourceState.NO_DATA
        assert "waiting for the first quote" in state.words
        b.say(Connected())
        a.quote(100.0, wall.now())
        state = await studio.state(lambda e: e.state is SourceState.OK)
        state = state if "2 of 2" in state.words else await studio.state(lambda _: True)
        assert state.words == "2 of 2 sources connected"
        b.lose()
        state = await studio.state(lambda e: "1 of 2" in e.words)
        assert state.state is SourceState.OK
        assert "b: B cannot be reached: the stream was closed" in state.words


async def test_closed_market_needs_no_quotes_to_be_well(sessions: Sessions) -> None:
    """At night nobody expects any."""
    night = ManualClock(datetime(2026, 11, 24, 4, 0, tzinfo=UTC))
    a = scripted("a", night)
    async with Studio(night, sessions, a) as studio:
        a.say(Connected())
        state = await studio.state(lambda e: e.state is SourceState.OK)
        assert state.words.startswith("1 of 1 sources connected. ")


# -- minutes -------------------------------------------------------------------------------------


def bar_of(at: datetime, close: float, symbol: Symbol = AAPL, volume: int = 100) -> Bar:
    return Bar(symbol, at, 60, close, close, close, close, volume)


CHARTED = frozenset({Capability.STREAM, Capability.INTRADAY})


async def test_minutes_are_closed_from_the_consensus_and_put_right_by_bars(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """A contradiction is no part of them; a provider's own bar is better than ours."""
    a, b = make("a", capabilities=CHARTED), make("b")
    start = IN_SESSION.replace(second=0)
    a.answers[AAPL] = [bar_of(start - timedelta(minutes=1), 98.0)]
    async with Studio(wall, sessions, a, b) as studio:
        assert (await studio.bar()).close == 98.0  # history first
        known = await studio.quote()
        assert known.quote.price == 98.0  # the last one known
        assert known.quote.at == start
        await studio.connect()
        for minute, price in enumerate((100.0, 101.0, 102.0)):
            wall.set(start + timedelta(minutes=minute, seconds=30))
            a.quote(price, wall.now())
            b.quote(price, wall.now())
            await studio.quote(lambda f, price=price: sound(f) and f.quote.price == price)
        ours = await studio.bar(lambda bar: bar.at == start + timedelta(minutes=1))
        assert (ours.open, ours.close) == (101.0, 101.0)
        a.answers[AAPL] = [bar_of(start + timedelta(minutes=1), 101.5)]
        wall.set(start + timedelta(minutes=6))
        better = await studio.bar(lambda bar: bar.at == start + timedelta(minutes=1))
        assert better.close == 101.5


async def test_bars_come_from_whoever_may_be_asked_often_enough(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """Who has no minutes, or too small a budget for them, is not asked."""
    a, b = make("a"), make("b", capabilities=CHARTED)
    b.answers = {AAPL: [bar_of(IN_SESSION.replace(second=0) - timedelta(minutes=1), 98.0)]}
    async with Studio(wall, sessions, a, b) as studio:
        await studio.bar()
        assert a.asked_bars == []
        assert b.asked_bars == [AAPL]


async def test_session_is_counted_by_what_was_agreed(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """How many of its quotes had a quorum, and the longest time without one."""
    a, b = make("a"), make("b")
    async with Studio(wall, sessions, a, b) as studio:
        await studio.connect()
        a.quote(100.0, wall.now())
        b.quote(100.0, wall.now())
        await studio.quote(sound)
        wall.advance(timedelta(seconds=11))
        await studio.quote(lambda f: not sound(f))
        wall.advance(timedelta(seconds=30))
        a.quote(100.0, wall.now())
        b.quote(100.0, wall.now())
        found = await studio.quote(sound)
        assert found.agreement.longest_gap_s == 30.0
        assert found.agreement.longest_gap_at == IN_SESSION + timedelta(seconds=11)
        assert found.agreement.agreed_pct is not None
        assert 0 < found.agreement.agreed_pct < 100


async def test_time_of_a_price_never_goes_back(
    wall: ManualClock, sessions: Sessions, make: Make
) -> None:
    """When the source of the newest falls out, the others' agreement is not yesterday's news."""
    a, b, c = make("a"), make("b"), make("c")
    async with Studio(wall, sessions, a, b, c) as studio:
        await studio.connect()
        early, late = wall.now() - timedelta(seconds=2), wall.now()
        a.quote(100.0, early, volume=900)
        b.quote(100.0, early)
        c.quote(100.0, late, volume=1000)
        await studio.quote(lambda f: len(f.used) == 3)
        c.lose()
        found = await studio.quote(lambda f: len(f.used) == 2)
        assert found.quote.at == late
        assert found.quote.volume == 1000
        assert replace(found.quote, at=early, volume=900).doubt == ""
