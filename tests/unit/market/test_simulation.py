"""A simulation keeps the real days' figures and tells the same story whenever it is asked."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.market.walls import SleepingWall

from qt_trade.kit.clock import Anchor
from qt_trade.market.calendar import Sessions
from qt_trade.market.pacing import Pace
from qt_trade.market.paths import DailyBar, draw_session, path_rng
from qt_trade.market.ports import (
    BarEvent,
    ClockEvent,
    QuoteEvent,
    QuoteSource,
    SourceEvent,
    SourceState,
    StateEvent,
)
from qt_trade.market.simulation import SimulationSource, quote_interval_s, real_days
from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

AAPL = Symbol("AAPL")
FIRST_OPEN = datetime(2013, 1, 25, 14, 30, tzinfo=UTC)
cents = st.integers(min_value=100, max_value=90_000).map(lambda c: c / 100)


@st.composite
def daily_bars(draw: st.DrawFn) -> DailyBar:
    low, a, b, high = sorted(draw(st.lists(cents, min_size=4, max_size=4)))
    first, last = (a, b) if draw(st.booleans()) else (b, a)
    volume = draw(st.integers(min_value=0, max_value=10**9))
    return DailyBar(date(2013, 3, 1), first, high, low, last, volume)


@given(daily=daily_bars(), seconds=st.sampled_from([4, 60, 12_600]), seed=st.integers(0, 2**31))
def test_the_day_is_kept_whatever_is_drawn(daily: DailyBar, seconds: int, seed: int) -> None:
    path = draw_session(daily, seconds, path_rng(seed, AAPL, daily.day))
    assert (path.prices[0], path.prices[-1]) == (daily.open, daily.close)
    assert (path.prices.max(), path.prices.min()) == (daily.high, daily.low)
    assert path.volumes.sum() == daily.volume
    assert path.volumes.min() >= 0
    assert len(path.prices) == len(path.volumes) == seconds


@given(daily=daily_bars(), seed=st.integers(0, 2**31))
def test_the_book_stands_around_the_price(daily: DailyBar, seed: int) -> None:
    path = draw_session(daily, 600, path_rng(seed, AAPL, daily.day))
    spread = path.asks - path.bids
    assert (path.bids <= path.prices + 1e-9).all()
    assert (path.asks >= path.prices - 1e-9).all()
    assert (path.bids > 0).all()
    # One to four basis points of the price, to the tick; a cent where four points are less.
    assert (spread >= np.maximum(0.01, path.prices * 1e-4 - 0.01) - 1e-9).all()
    assert (spread <= np.maximum(0.01, path.prices * 4e-4) + 1e-9).all()
    assert ((path.bid_sizes % 100 == 0) & (path.bid_sizes > 0)).all()
    assert ((path.ask_sizes % 100 == 0) & (path.ask_sizes > 0)).all()


@given(seed=st.integers(0, 2**31), other=st.integers(0, 2**31))
def test_a_path_belongs_to_seed_symbol_and_day(seed: int, other: int) -> None:
    daily = DailyBar(date(2013, 3, 1), 100.0, 103.0, 99.0, 101.0, 5_000_000)

    def drawn(seed: int, symbol: str = "AAPL", day: date = daily.day) -> bytes:
        path = draw_session(daily, 600, path_rng(seed, Symbol(symbol), day))
        return b"".join(a.tobytes() for a in (path.prices, path.volumes, path.bids, path.asks))

    assert drawn(seed) == drawn(seed)
    assert drawn(seed) != drawn(seed, "IBM")
    assert drawn(seed) != drawn(seed, day=date(2013, 2, 28))
    assert (drawn(seed) == drawn(other)) is (seed == other)


def test_a_recorded_price_finer_than_a_cent_is_kept() -> None:
    daily = DailyBar(date(2013, 3, 1), 438.0, 438.1799, 429.98, 430.47, 1_000_000)
    path = draw_session(daily, 23_400, path_rng(7, AAPL, daily.day))
    assert path.prices.max() == 438.1799


@pytest.mark.parametrize(
    "figures",
    [
        (100.0, 99.0, 98.0, 98.5, 1),
        (100.0, 101.0, 100.5, 100.7, 1),
        (100.0, 101.0, 99.0, 100.0, -1),
        (0.0, 1.0, 0.0, 1.0, 1),
    ],
)
def test_a_day_that_contradicts_itself_is_refused(
    figures: tuple[float, float, float, float, int],
) -> None:
    with pytest.raises(ValueError, match="contradict"):
        DailyBar(date(2013, 3, 1), *figures)


def test_a_session_too_short_is_refused() -> None:
    daily = DailyBar(date(2013, 3, 1), 1.0, 1.0, 1.0, 1.0, 0)
    with pytest.raises(ValueError, match="no room"):
        draw_session(daily, 3, path_rng(1, AAPL, daily.day))


def test_the_real_days_are_the_newest_of_five_stocks() -> None:
    days = real_days()
    assert sorted(days) == ["AAPL", "FB", "GOOG", "IBM", "MSFT"]
    assert {max(bars) for bars in days.values()} == {date(2013, 3, 1)}
    assert days[Symbol("MSFT")][date(2013, 3, 1)] == DailyBar(
        date(2013, 3, 1), 27.72, 27.98, 27.52, 27.95, 34_849_700
    )


@pytest.mark.parametrize(
    ("speed", "interval"),
    [(1, 1), (20, 1), (21, 2), (120, 6), (130, 10), (1200, 60), (10_000, 600)],
)
def test_quotes_stay_below_twenty_a_wall_second(speed: float, interval: int) -> None:
    assert quote_interval_s(speed) == interval
    assert speed / interval <= 20


def simulation(
    sessions: Sessions,
    wall: SleepingWall,
    *,
    seed: int = 7,
    speed: float = 1200.0,
    start: datetime | None = None,
    anchor: Anchor | None = None,
) -> SimulationSource:
    pace = Pace(wall, wall.sleep, speed, start, anchor)
    source = SimulationSource(real_days(), sessions, pace, seed)
    fits: QuoteSource = source
    assert fits.info.kind is FeedKind.SIMULATION
    return source


async def until(source: SimulationSource, end: datetime) -> list[SourceEvent]:
    """Gather the events up to the first quote after a feed moment."""
    events: list[SourceEvent] = []
    stream = source.events()
    async for event in stream:
        if isinstance(event, QuoteEvent) and event.quote.at > end:
            break
        events.append(event)
    await stream.aclose()
    return events


def quotes(events: list[SourceEvent]) -> list[Quote]:
    return [event.quote for event in events if isinstance(event, QuoteEvent)]


def bars(events: list[SourceEvent]) -> list[Bar]:
    return [event.bar for event in events if isinstance(event, BarEvent)]


@pytest.mark.asyncio
async def test_bars_are_what_the_quotes_were(sessions: Sessions, wall: SleepingWall) -> None:
    source = simulation(sessions, wall, speed=20.0)
    events = await until(source, FIRST_OPEN + timedelta(minutes=3))
    for bar in bars(events):
        inside = [
            quote
            for quote in quotes(events)
            if quote.symbol == bar.symbol and bar.at <= quote.at < bar.at + timedelta(minutes=1)
        ]
        prices = [quote.price for quote in inside]
        assert len(prices) == 60
        assert (bar.open, bar.high, bar.low, bar.close) == (
            prices[0],
            max(prices),
            min(prices),
            prices[-1],
        )
        assert (bar.bid, bar.ask) == (inside[-1].bid, inside[-1].ask)
    opened = [bar for bar in bars(events) if bar.at == FIRST_OPEN and bar.symbol == AAPL]
    assert opened[0].open == real_days()[AAPL][FIRST_OPEN.date()].open


@pytest.mark.asyncio
async def test_a_whole_day_ends_on_the_real_figures(sessions: Sessions, wall: SleepingWall) -> None:
    source = simulation(sessions, wall)
    close = FIRST_OPEN + timedelta(hours=6, minutes=30)
    events = await until(source, close)
    real = real_days()
    for symbol in source.info.symbols:
        day = real[symbol][FIRST_OPEN.date()]
        last = [quote for quote in quotes(events) if quote.symbol == symbol][-1]
        assert (last.at, last.price) == (close - timedelta(seconds=1), day.close)
        assert (last.open, last.high, last.low) == (day.open, day.high, day.low)
        assert last.volume == day.volume
        assert last.previous_close == real[symbol][date(2013, 1, 24)].close
        drawn = [bar for bar in bars(events) if bar.symbol == symbol]
        assert len(drawn) == 390
        assert sum(bar.volume for bar in drawn) == day.volume
    # Then the weekend is skipped.
    jump = [event for event in events if isinstance(event, ClockEvent)][-1]
    assert "2013-01-28" in jump.reason


@pytest.mark.asyncio
async def test_resumed_it_tells_the_same_story(sessions: Sessions) -> None:
    end = FIRST_OPEN + timedelta(minutes=30)
    whole = await until(simulation(sessions, SleepingWall()), end)
    middle = FIRST_OPEN + timedelta(minutes=12)
    wall = SleepingWall()
    anchor = Anchor(wall.now(), FIRST_OPEN, 1200.0)
    source = simulation(sessions, wall, start=middle, anchor=anchor)
    resumed = await until(source, end)
    assert isinstance(resumed[0], ClockEvent)
    assert resumed[0].anchor == anchor
    assert quotes(resumed) == [quote for quote in quotes(whole) if quote.at >= middle]
    minute = timedelta(minutes=1)
    assert bars(resumed) == [bar for bar in bars(whole) if bar.at + minute > middle]
    history = await source.history()
    today = [bar for bar in history if bar.at >= FIRST_OPEN]
    assert today == [bar for bar in bars(whole) if bar.at + minute <= middle]
    assert len({bar.at.date() for bar in history}) == 6


@pytest.mark.asyncio
async def test_history_is_five_sessions_of_the_same_stocks(
    sessions: Sessions, wall: SleepingWall
) -> None:
    history = await simulation(sessions, wall).history()
    assert len(history) == 5 * 5 * 390
    assert [bar.at for bar in history] == sorted(bar.at for bar in history)
    assert max(bar.at for bar in history) < FIRST_OPEN
    last = [bar for bar in history if bar.symbol == AAPL][-1]
    assert last.close == real_days()[AAPL][date(2013, 1, 24)].close


@pytest.mark.asyncio
async def test_at_the_end_of_the_days_it_says_so(sessions: Sessions, wall: SleepingWall) -> None:
    start = datetime(2013, 3, 1, 20, 59, tzinfo=UTC)
    events = [event async for event in simulation(sessions, wall, start=start).events()]
    assert isinstance(events[-1], StateEvent)
    assert events[-1].state is SourceState.ENDED
    assert {bar.close for bar in bars(events) if bar.symbol == AAPL} == {
        real_days()[AAPL][date(2013, 3, 1)].close
    }
    assert len(bars(events)) == 5


def test_too_few_common_days_are_refused(sessions: Sessions, wall: SleepingWall) -> None:
    few = {name: dict(list(bars.items())[-3:]) for name, bars in real_days().items()}
    with pytest.raises(ValueError, match="share 3 sessions"):
        SimulationSource(few, sessions, Pace(wall, wall.sleep), 7)
