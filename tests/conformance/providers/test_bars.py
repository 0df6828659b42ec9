"""What every provider's bars promise, whoever it is."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.conformance.providers.venues import AAPL, BRK_B, NOPE, failure, rows, venue
from tests.emulators.market import DAY_S, NEW_YORK, Fault

from qt_trade.market.errors import (
    BadAnswerError,
    MarketDataError,
    RateLimitedError,
    UnreachableError,
)
from qt_trade.market.provider import Capability

pytestmark = pytest.mark.asyncio

FRIDAY = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
INTRADAY = pytest.mark.parametrize("who", rows(Capability.INTRADAY, paid=True))
DAILY = pytest.mark.parametrize("who", rows(Capability.DAILY, paid=True))


def told(bars):
    return [(bar.at, bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in bars]


def shown(one, name, interval_s, since, until):
    closed = one.wall.now() - timedelta(seconds=interval_s)
    found = one.emulator.market.bars(name, interval_s, since, until)
    return [
        (row.at, row.open, row.high, row.low, row.close, row.volume)
        for row in found
        if row.at <= closed
    ]


@INTRADAY
@pytest.mark.parametrize("interval_s", [60, 300, 900])
async def test_intraday_bars_are_those_that_have_closed_oldest_first(who, interval_s):
    """They begin in the span that was asked for, at the time they began, and none is still open."""
    async with venue(*who, paid=True) as one:
        one.wall.advance(timedelta(seconds=20))
        since, until = FRIDAY + timedelta(hours=3), one.wall.now()
        found = await one.provider.bars(BRK_B, interval_s, since, until)
        assert told(found.bars) == shown(one, BRK_B, interval_s, since, until)
        assert len(found.bars) > 15
        assert {(bar.symbol, bar.interval_s) for bar in found.bars} == {(BRK_B, interval_s)}


@INTRADAY
async def test_a_span_across_the_change_of_the_clocks_is_whole(who):
    """New York went back an hour on 1 November: the open is at 13:30Z before and 14:30Z after."""
    async with venue(*who, paid=True) as one:
        since = datetime(2026, 10, 29, tzinfo=UTC)
        until = datetime(2026, 11, 4, tzinfo=UTC)
        found = await one.provider.bars(AAPL, 900, since, until)
        assert told(found.bars) == shown(one, AAPL, 900, since, until)
        assert {f"{bar.at:%H:%M}" for bar in found.bars} >= {"13:30", "20:45"}


@INTRADAY
async def test_a_long_span_takes_as_many_calls_as_it_needs(who):
    """And nothing is lost or told twice where two calls meet."""
    async with venue(*who, paid=True) as one:
        since, until = FRIDAY - timedelta(days=45), FRIDAY
        found = await one.provider.bars(AAPL, 60, since, until)
        first = max(since, one.wall.now() - one.vendor.minutes_reach)
        assert told(found.bars) == shown(one, AAPL, 60, first, until)


@DAILY
async def test_daily_bars_begin_at_midnight_in_new_york(who):
    """Whichever hour that is in UTC."""
    async with venue(*who, paid=True) as one:
        since = datetime(2026, 10, 20, tzinfo=NEW_YORK)
        until = one.wall.now()
        found = await one.provider.bars(AAPL, DAY_S, since, until)
        assert told(found.bars) == shown(one, AAPL, DAY_S, since, until)
        assert {bar.at.astimezone(NEW_YORK).hour for bar in found.bars} == {0}


@INTRADAY
async def test_a_span_without_trade_has_no_bars(who):
    """A Saturday is no error."""
    async with venue(*who, paid=True) as one:
        saturday = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
        found = await one.provider.bars(AAPL, 60, saturday, saturday + timedelta(hours=2))
        assert list(found.bars) == []


@INTRADAY
async def test_bars_of_what_nobody_knows_are_none_or_an_error(who):
    """They are never made up."""
    async with venue(*who, paid=True) as one:
        try:
            found = await one.provider.bars(NOPE, 60, FRIDAY, FRIDAY + timedelta(hours=1))
        except MarketDataError:
            return
        assert list(found.bars) == []


@INTRADAY
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.TORN_JSON, BadAnswerError),
        (Fault.EMPTY, BadAnswerError),
        (Fault.WRONG_TYPE, BadAnswerError),
        (Fault.BAD_GATEWAY, UnreachableError),
        (Fault.RESET, UnreachableError),
        (Fault.RATE_LIMIT, RateLimitedError),
    ],
)
async def test_trouble_is_an_error_and_never_a_bar(who, fault, kind):
    """The same kinds as for a quote."""
    async with venue(*who, paid=True) as one:
        one.emulator.fail_always(fault)
        await failure(one.provider.bars(AAPL, 60, FRIDAY, FRIDAY + timedelta(hours=1)), kind)


@INTRADAY
async def test_a_bar_without_a_close_is_none(who):
    """It is left out, or the answer is a bad one; it is never a price of zero."""
    async with venue(*who, paid=True) as one:
        one.emulator.fail_always(Fault.NULL_PRICES)
        try:
            found = await one.provider.bars(AAPL, 60, FRIDAY, FRIDAY + timedelta(hours=1))
        except BadAnswerError:
            return
        assert list(found.bars) == []
