"""A replay delivers what was recorded, in order, at its time, and goes on where it stopped."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.unit.market.recordings import FRIDAY_OPEN, WEDNESDAY_OPEN, frame, write
from tests.unit.market.walls import SleepingWall

from qt_trade.kit.clock import Anchor
from qt_trade.market.calendar import Sessions
from qt_trade.market.errors import BadRecordingError
from qt_trade.market.pacing import Pace
from qt_trade.market.ports import (
    BarEvent,
    ClockEvent,
    QuoteEvent,
    QuoteSource,
    SourceEvent,
    SourceState,
    StateEvent,
)
from qt_trade.market.recording import read_recording
from qt_trade.market.replay import ReplaySource
from qt_trade.model.feeds import FeedKind
from qt_trade.model.quotes import Quote

MINUTE = timedelta(minutes=1)


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    return write(tmp_path / "two.parquet", frame())


def replay(
    path: Path,
    sessions: Sessions,
    wall: SleepingWall,
    *,
    speed: float = 60.0,
    start: datetime | None = None,
    anchor: Anchor | None = None,
) -> ReplaySource:
    pace = Pace(wall, wall.sleep, speed, start, anchor)
    source = ReplaySource(read_recording(path), sessions, pace)
    fits: QuoteSource = source
    assert fits.info.kind is FeedKind.REPLAY
    return source


async def played(source: ReplaySource, wall: SleepingWall) -> list[tuple[datetime, SourceEvent]]:
    return [(wall.now(), event) async for event in source.events()]


def quotes(events: list[tuple[datetime, SourceEvent]]) -> list[Quote]:
    return [event.quote for _, event in events if isinstance(event, QuoteEvent)]


@pytest.mark.asyncio
async def test_a_quote_is_the_end_of_its_bar(
    recorded: Path, sessions: Sessions, wall: SleepingWall
) -> None:
    events = await played(replay(recorded, sessions, wall), wall)
    first, second = [quote for quote in quotes(events) if quote.symbol == "SPY"][:2]
    assert first == Quote(
        symbol=first.symbol,
        at=WEDNESDAY_OPEN + MINUTE,
        price=200.0,
        bid=199.99,
        ask=200.01,
        bid_size=300,
        ask_size=200,
        volume=100,
        open=199.5,
        high=200.25,
        low=199.25,
        previous_close=None,
    )
    assert (second.volume, second.open, second.high, second.low) == (201, 199.5, 201.25, 199.25)


@pytest.mark.asyncio
async def test_only_regular_sessions_are_played_and_the_night_is_skipped(
    recorded: Path, sessions: Sessions, wall: SleepingWall
) -> None:
    began = wall.now()
    events = await played(replay(recorded, sessions, wall), wall)
    bars = [event.bar for _, event in events if isinstance(event, BarEvent)]
    assert len(bars) == 12
    assert {bar.at for bar in bars} == {
        opened + minute * MINUTE for opened in (WEDNESDAY_OPEN, FRIDAY_OPEN) for minute in range(3)
    }
    clocks = [(at, event) for at, event in events if isinstance(event, ClockEvent)]
    (_, start), (jumped, jump), (_, rest) = clocks
    assert start.anchor == Anchor(began, WEDNESDAY_OPEN, 60.0)
    # The open comes one wall second after the jump, and its first quote a minute of feed later.
    assert jump.anchor is not None
    assert jump.anchor.wall_time(FRIDAY_OPEN) == jumped + timedelta(seconds=1)
    friday = next(at for at, e in events if isinstance(e, QuoteEvent) and e.quote.at > FRIDAY_OPEN)
    assert friday == jumped + timedelta(seconds=2)
    assert rest.anchor is not None
    assert (rest.anchor.feed, rest.anchor.speed) == (datetime(2013, 7, 5, 20, tzinfo=UTC), 1.0)
    assert isinstance(events[-1][1], StateEvent)
    assert events[-1][1].state is SourceState.ENDED


@pytest.mark.asyncio
async def test_the_second_day_knows_the_close_of_the_first(
    recorded: Path, sessions: Sessions, wall: SleepingWall
) -> None:
    events = await played(replay(recorded, sessions, wall), wall)
    friday = [quote for quote in quotes(events) if quote.at > FRIDAY_OPEN]
    assert {(quote.symbol, quote.previous_close) for quote in friday} == {
        ("SPY", 202.0),
        ("BRK.B", 402.0),
    }
    assert friday[0].volume == 100


@pytest.mark.asyncio
@pytest.mark.parametrize("speed", [1.0, 7.0, 120.0, 10_000.0])
async def test_events_come_in_order_and_exactly_at_their_time(
    recorded: Path, sessions: Sessions, wall: SleepingWall, speed: float
) -> None:
    anchor: Anchor | None = None
    last = WEDNESDAY_OPEN
    for at, event in await played(replay(recorded, sessions, wall, speed=speed), wall):
        match event:
            case ClockEvent():
                anchor = event.anchor
            case QuoteEvent():
                assert event.quote.at >= last
                last = event.quote.at
                assert anchor is not None
                # A timedelta holds microseconds; a late microsecond is not a drift.
                assert abs(at - anchor.wall_time(last)) <= timedelta(microseconds=2)


@pytest.mark.asyncio
async def test_what_was_before_the_start_is_history(
    recorded: Path, sessions: Sessions, wall: SleepingWall
) -> None:
    start = FRIDAY_OPEN + 2 * MINUTE
    source = replay(recorded, sessions, wall, start=start)
    history = await source.history()
    assert len(history) == 10
    assert max(bar.at for bar in history) == FRIDAY_OPEN + MINUTE
    events = await played(source, wall)
    # First each symbol's last quote before the start, then the one bar that is left.
    assert [(quote.at, quote.price) for quote in quotes(events)] == [
        (start, 501.0),
        (start, 301.0),
        (start + MINUTE, 502.0),
        (start + MINUTE, 302.0),
    ]
    assert {quote.volume for quote in quotes(events)[2:]} == {303}
    bars = [event.bar for _, event in events if isinstance(event, BarEvent)]
    assert {bar.at for bar in bars} == {start}


@pytest.mark.asyncio
@pytest.mark.parametrize("stop_after", [1, 2, 3, 5])
async def test_going_on_where_it_stopped_loses_and_doubles_nothing(
    recorded: Path, sessions: Sessions, wall: SleepingWall, stop_after: int
) -> None:
    """A streamer dies after some minutes; its follower keeps the anchor."""
    whole = await played(replay(recorded, sessions, SleepingWall()), SleepingWall())
    all_bars = [event.bar for _, event in whole if isinstance(event, BarEvent)]
    ends = sorted({bar.at + MINUTE for bar in all_bars})
    start = ends[stop_after - 1]
    anchor = Anchor(wall.now() - timedelta(seconds=30), start - timedelta(minutes=30), 60.0)
    follower = replay(recorded, sessions, wall, start=start, anchor=anchor)
    events = await played(follower, wall)
    assert isinstance(events[0][1], ClockEvent)
    assert events[0][1].anchor == anchor
    rest = [event.bar for _, event in events if isinstance(event, BarEvent)]
    assert [*(await follower.history())] == [bar for bar in all_bars if bar.at + MINUTE <= start]
    assert rest == [bar for bar in all_bars if bar.at + MINUTE > start]


@pytest.mark.asyncio
async def test_a_late_replay_drops_nothing_and_waits_for_nothing(
    recorded: Path, sessions: Sessions, wall: SleepingWall
) -> None:
    # The anchor says it is Friday noon already: everything of both days is overdue.
    anchor = Anchor(wall.now(), FRIDAY_OPEN + timedelta(hours=2), 60.0)
    source = replay(recorded, sessions, wall, start=WEDNESDAY_OPEN, anchor=anchor)
    events = await played(source, wall)
    assert len([event for _, event in events if isinstance(event, BarEvent)]) == 12
    assert sum(wall.slept) == 0
    assert len(wall.slept) >= 6  # it yields to the loop before every minute nevertheless
    assert next(e for _, e in events if isinstance(e, ClockEvent)).anchor == anchor


@pytest.mark.asyncio
async def test_a_start_after_the_end_ends_at_once(
    recorded: Path, sessions: Sessions, wall: SleepingWall
) -> None:
    source = replay(recorded, sessions, wall, start=FRIDAY_OPEN + timedelta(days=1))
    events = await played(source, wall)
    assert [type(event) for _, event in events] == [
        ClockEvent,
        StateEvent,
        ClockEvent,
        StateEvent,
    ]
    assert len(await source.history()) == 12


@pytest.mark.asyncio
async def test_a_start_in_the_night_goes_on_with_the_next_session(
    recorded: Path, sessions: Sessions, wall: SleepingWall
) -> None:
    night = datetime(2013, 7, 4, 3, tzinfo=UTC)
    events = await played(replay(recorded, sessions, wall, start=night), wall)
    # The evening still belongs to Wednesday: its last quotes are shown, then Friday is played.
    assert [quote.at for quote in quotes(events)[:2]] == [WEDNESDAY_OPEN + 3 * MINUTE] * 2
    assert {quote.at.date() for quote in quotes(events)[2:]} == {FRIDAY_OPEN.date()}
    assert sum(wall.slept) == pytest.approx(4.0)  # a second to the open, three minutes at 60


def test_a_recording_of_the_night_only_is_refused(
    tmp_path: Path, sessions: Sessions, wall: SleepingWall
) -> None:
    night = frame().filter(pl.col("ts") < WEDNESDAY_OPEN)
    with pytest.raises(BadRecordingError, match="no minute of a regular session"):
        replay(write(tmp_path / "night.parquet", night), sessions, wall)


@pytest.mark.parametrize("speed", [0.0, 0.5, 10_001.0, -1.0])
def test_an_impossible_speed_is_refused(wall: SleepingWall, speed: float) -> None:
    with pytest.raises(ValueError, match="from 1 to 10,000"):
        Pace(wall, wall.sleep, speed)


@pytest.mark.skipif(
    "QTRADE_REAL_DATA" not in os.environ,
    reason="NOT RUN: QTRADE_REAL_DATA names no folder of recorded data",
)
@pytest.mark.asyncio
async def test_four_real_sessions_are_played_to_the_end(
    sessions: Sessions, wall: SleepingWall
) -> None:
    path = Path(os.environ["QTRADE_REAL_DATA"]) / "bars" / "minute_2013-10-04_09.parquet"
    source = replay(path, sessions, wall, speed=120.0)
    events = await played(source, wall)
    bars = [event.bar for _, event in events if isinstance(event, BarEvent)]
    assert source.info.symbols == ("AIG", "BAC", "IBM", "SPY")
    assert len(bars) == len(quotes(events)) == 6238
    assert len({bar.at.date() for bar in bars}) == 4
    assert [bar.at for bar in bars] == sorted(bar.at for bar in bars)
