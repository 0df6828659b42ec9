"""From the exchange's calendar to the header: what market_status says, and what a person reads."""

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.unit.roles.parts import ACCOUNT, RUN

from qt_trade.contract.payloads.market import MarketStatus
from qt_trade.desktop.view_models.market_clock import market_clock
from qt_trade.kit.clock import Anchor, FeedClock, ManualClock
from qt_trade.market.calendar import NEW_YORK, Sessions, load_sessions
from qt_trade.market.ports import SourceInfo, SourceState
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.streamer.payloads import Stamp
from qt_trade.roles.streamer.status import StatusBoard


@pytest.fixture(scope="module")
def sessions() -> Sessions:
    return load_sessions(date(2026, 1, 1), date(2028, 12, 31))


def et(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


def status_at(sessions: Sessions, at: datetime, kind: FeedKind) -> MarketStatus:
    info = SourceInfo(kind=kind, name="test", symbols=(), quote_interval_s=60.0, note="")
    board = StatusBoard(info, Stamp(kind, RUN, "test"), ACCOUNT, sessions)
    board.source_says(SourceState.OK, "fine", at)
    clock = FeedClock(ManualClock(at))
    return board.status(at, clock)


@pytest.mark.parametrize(
    ("moment", "title", "words"),
    [
        ("2026-11-23T03:00", "NYSE closed", "opens Mon 09:30"),
        ("2026-11-23T04:00", "NYSE pre-market", "opens Mon 09:30"),
        ("2026-11-23T09:30", "NYSE open", "closes in 6:30 h"),
        ("2026-11-23T15:59:30", "NYSE open", "closes in 30 s"),
        ("2026-11-23T16:00", "NYSE after hours", "opens Tue 09:30"),
        ("2026-11-23T20:00", "NYSE closed", "opens Tue 09:30"),
        ("2026-11-28T12:00", "NYSE closed", "opens Mon 09:30"),
        # Good Friday, and the evening before it.
        ("2026-04-02T18:00", "NYSE after hours", "opens Mon 09:30"),
        ("2026-04-03T10:00", "NYSE closed", "Good Friday; opens Mon 09:30"),
        ("2026-04-04T10:00", "NYSE closed", "opens Mon 09:30"),
        # Thanksgiving, and the half day behind it.
        ("2026-11-26T12:00", "NYSE closed", "Thanksgiving; opens Fri 09:30"),
        ("2026-11-27T08:00", "NYSE pre-market", "opens Fri 09:30, early close 13:00"),
        ("2026-11-27T10:46", "NYSE open", "early close 13:00, in 2:14 h"),
        ("2026-11-27T13:00", "NYSE after hours", "opens Mon 09:30"),
        ("2026-11-27T16:59", "NYSE after hours", "opens Mon 09:30"),
        ("2026-11-27T17:00", "NYSE closed", "opens Mon 09:30"),
        ("2027-11-26T12:30", "NYSE open", "early close 13:00, in 30 min"),
        ("2028-07-03T12:30", "NYSE open", "early close 13:00, in 30 min"),
        # The first day of summer time, and the first one after it.
        ("2026-03-09T09:00", "NYSE pre-market", "opens Mon 09:30"),
        ("2026-03-09T09:30", "NYSE open", "closes in 6:30 h"),
        ("2026-11-02T09:29", "NYSE pre-market", "opens Mon 09:30"),
        ("2026-11-02T15:30", "NYSE open", "closes in 30 min"),
        # Over a change of the clock the next open is still at half past nine.
        ("2026-03-07T12:00", "NYSE closed", "opens Mon 09:30"),
        ("2026-10-31T12:00", "NYSE closed", "opens Mon 09:30"),
    ],
)
def test_the_header_is_right_at_every_turn_of_the_year(
    sessions: Sessions, moment: str, title: str, words: str
) -> None:
    at = et(moment)
    status = status_at(sessions, at, FeedKind.REAL_TIME)
    view = market_clock(status, at)
    assert (view["clock_title"], view["clock_words"]) == (title, words)
    assert view["clock_hint"].startswith(status.words)
    assert status.market_open is title.endswith("open")
    assert status.next_open is not None
    assert status.next_open.astimezone(NEW_YORK).strftime("%H:%M") == "09:30"


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-23T12:00", "23 Nov 2026 12:00"),
        ("2026-11-27T12:00", "27 Nov 2026 12:00, early close 13:00"),
        ("2026-11-27T13:00", "27 Nov 2026 13:00"),
        ("2026-04-03T12:00", "3 Apr 2026 12:00, Good Friday"),
    ],
)
def test_a_recording_shows_its_own_time_with_what_is_special_of_the_day(
    sessions: Sessions, moment: str, words: str
) -> None:
    at = et(moment)
    view = market_clock(status_at(sessions, at, FeedKind.REPLAY), at)
    assert view["clock_words"] == words


def test_before_the_streamer_is_heard_nothing_is_claimed(sessions: Sessions) -> None:
    at = et("2026-11-23T12:00")
    assert market_clock(None, at) == {}
    assert market_clock(status_at(sessions, at, FeedKind.REAL_TIME), None) == {}


@pytest.mark.parametrize(
    ("moment", "turn"),
    [
        ("2026-11-27T03:00", "2026-11-27T04:00"),
        ("2026-11-27T12:00", "2026-11-27T13:00"),
        ("2026-11-27T13:00", "2026-11-27T17:00"),
        ("2026-04-03T12:00", "2026-04-06T04:00"),
    ],
)
def test_the_status_is_due_at_every_turn_of_the_session(
    sessions: Sessions, moment: str, turn: str
) -> None:
    """Also where pre-market begins and after hours end, however fast the feed's clock runs."""
    at = et(moment)
    info = SourceInfo(FeedKind.REPLAY, "test", (), 60.0, "")
    board = StatusBoard(info, Stamp(FeedKind.REPLAY, RUN, "test"), ACCOUNT, sessions)
    board.source_says(SourceState.NO_DATA, "none", at)
    clock = FeedClock(ManualClock(at))
    clock.move(Anchor(at, at, 3600.0))
    assert board.next_change(clock) == et(turn)
    assert board.next_change(clock) - at > timedelta()
