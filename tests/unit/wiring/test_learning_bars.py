"""What models learn from: stored bars of any length as adjusted quarters of an hour in sessions."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from qt_trade.intelligence.features import feature_frame
from qt_trade.market.adjustment import adjusted
from qt_trade.market.calendar import NEW_YORK, Session, Sessions
from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.instruments import Split
from qt_trade.model.symbols import Symbol
from qt_trade.storage.actions import ActionStore
from qt_trade.storage.bars import BarOrigin, BarStore
from qt_trade.storage.database import Database
from qt_trade.storage.dispersions import DispersionStore
from qt_trade.storage.migrate import migrate
from qt_trade.wiring.learning_bars import in_sessions, learning_bars, split_adjusted

AAPL, SPY = Symbol("AAPL"), Symbol("SPY")
KEY = "realtime"
ORIGIN = BarOrigin(KEY, FeedKind.REAL_TIME, "yahoo")
TUESDAY, WEDNESDAY, FRIDAY = date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 27)
SINCE = datetime(2026, 11, 24, tzinfo=UTC)


def session(day: date, minutes: int = 390) -> Session:
    opened = datetime(day.year, day.month, day.day, 9, 30, tzinfo=NEW_YORK).astimezone(UTC)
    close = opened + timedelta(minutes=minutes)
    early = minutes < 390
    return Session(day, opened - timedelta(hours=5), opened, close, close, early)


DAYS = (session(TUESDAY), session(WEDNESDAY), session(FRIDAY, 210))
SESSIONS = Sessions(DAYS, {})


def bar(day: Session, minute: int, interval_min: int, close: float, of: Symbol = AAPL) -> Bar:
    at = day.open + timedelta(minutes=minute)
    volume = round(close) * interval_min
    return Bar(of, at, 60 * interval_min, close - 0.1, close + 0.3, close - 0.7, close, volume)


SPLIT = Split(AAPL, WEDNESDAY, Decimal(4))


def raw(*bars: Bar) -> pl.DataFrame:
    """Bars as storage returns them."""
    names = ("symbol", "at", "open", "high", "low", "close", "volume")
    rows = [{name: getattr(one, name) for name in names} for one in bars]
    frame = pl.DataFrame(rows, schema_overrides={"at": pl.Datetime("us", "UTC")})
    return frame.sort("symbol", "at")


def test_a_bar_knows_its_place_in_its_session() -> None:
    """Minutes count from the open, also on a half day, and what lies outside is left out."""
    half = DAYS[2]
    placed = in_sessions(
        raw(
            bar(DAYS[0], 375, 15, 100.0),
            bar(DAYS[0], 390, 15, 100.0),  # after the close
            bar(DAYS[1], -15, 15, 101.0),  # before the open
            bar(DAYS[1], 0, 15, 101.0),
            bar(half, 195, 15, 102.0),
            bar(half, 210, 15, 102.0),  # a full day's bar, after this one's close
        ),
        DAYS,
    )
    assert placed.select("session", "minute", "session_minutes").rows() == [
        (TUESDAY, 375, 390),
        (WEDNESDAY, 0, 390),
        (FRIDAY, 195, 210),
    ]


def test_a_session_without_bars_is_said_to_be_missing() -> None:
    """Between a symbol's first and last session a day without bars is a row without prices."""
    placed = in_sessions(
        raw(
            bar(DAYS[0], 0, 15, 100.0),
            bar(DAYS[2], 0, 15, 102.0),
            bar(DAYS[1], 0, 15, 50.0, SPY),
        ),
        DAYS,
    )
    assert placed.select("symbol", "session", "minute", "close").rows() == [
        (AAPL, TUESDAY, 0, 100.0),
        (AAPL, WEDNESDAY, 0, None),
        (AAPL, FRIDAY, 0, 102.0),
        (SPY, WEDNESDAY, 0, 50.0),
    ]
    missing = placed.row(1, named=True)
    assert (missing["at"], missing["session_minutes"]) == (DAYS[1].open, 390)


def test_sectors_come_from_the_table_and_funds_have_none() -> None:
    """A company's sector is that of the shipped table; an unknown one is null, not a guess."""
    placed = in_sessions(raw(bar(DAYS[0], 0, 15, 9.0), bar(DAYS[0], 0, 15, 9.0, SPY)), DAYS)
    assert placed["sector"].to_list() == ["Information Technology", None]


def test_splits_change_what_was_traded_before_them_as_elsewhere() -> None:
    """Prices and volumes are those of ``market.adjustment``, with two splits one after the other."""
    bars = [bar(day, minute, 15, 400.0) for day in DAYS for minute in (0, 15)]
    splits = [SPLIT, Split(AAPL, FRIDAY, Decimal("0.1"))]
    ours = split_adjusted(in_sessions(raw(*bars, bar(DAYS[0], 0, 15, 50.0, SPY)), DAYS), splits)
    theirs = raw(*adjusted(bars, splits, as_of=FRIDAY))
    own = ours.filter(pl.col("symbol") == AAPL).select(theirs.columns)
    assert_frame_equal(own, theirs)
    assert ours.filter(pl.col("symbol") == SPY)["close"].to_list() == [50.0]


async def _stored(database_url: str, *bars: Bar) -> None:
    await migrate(database_url)
    database = Database(database_url, name="test", pool_size=1)
    await BarStore(database).store(ORIGIN, bars)
    await ActionStore(database).store(KEY, "yahoo", [SPLIT])
    seen = DispersionStore(database, KEY)
    await seen.store(DAYS[1].open + timedelta(minutes=15), {AAPL: 0.0003, SPY: 0.0001})
    await seen.store(DAYS[1].open + timedelta(minutes=15), {AAPL: 0.0099})
    await DispersionStore(database, "other").store(DAYS[0].open, {AAPL: 0.5})
    await database.close()


@pytest.mark.asyncio
async def test_stored_bars_of_any_length_become_adjusted_quarters(database_url: str) -> None:
    """Minutes are joined where no quarter is stored, splits known by then are applied, no later ones.

    What was first seen of the sources when a bar ended belongs to it.
    """
    minutes = [bar(DAYS[1], minute, 1, 100.0 + minute) for minute in range(15)]
    await _stored(database_url, bar(DAYS[0], 0, 15, 400.0), *minutes)
    async with learning_bars(database_url, KEY, SESSIONS) as bars:
        before = await bars.load([AAPL], SINCE, DAYS[0].close)
        after = await bars.load([AAPL, SPY], SINCE, DAYS[2].close)
    assert before["close"].to_list() == [400.0]
    assert after["close"].to_list() == [100.0, 114.0]
    assert after["volume"].to_list() == [24_000, sum(one.volume for one in minutes)]
    features = feature_frame(after)
    assert features["dispersion"].to_list() == [None, pytest.approx(0.0003)]
