"""The account's value at each day's close: in the journal, once, whatever happens to the engine."""

from datetime import date, timedelta

import pytest
from tests.unit.roles.engine.shop import open_shop
from tests.unit.trading.make import FEED, quote

from qt_trade import wiring
from qt_trade.model.money import usd
from qt_trade.model.symbols import Symbol
from qt_trade.roles.engine.days import Days
from qt_trade.trading.book_events import DayValued

pytestmark = pytest.mark.asyncio

MONDAY, TUESDAY = date(2013, 10, 7), date(2013, 10, 8)
SPY = Symbol("SPY")


async def test_the_last_value_of_a_session_is_the_days(lead: wiring.Lead) -> None:
    """With the benchmark's price of that day; a value after the close is none of it."""
    shop = await open_shop(lead)
    days = Days(shop.dealer)
    shop.dealer.see_quote(quote(SPY, 167.5))
    for minutes, value, is_open in ((0, 100, True), (1, 101, True), (2, 102, False)):
        days.note(FEED + timedelta(minutes=minutes), usd(value), session_open=is_open)
        await days.keep()
    (kept,) = [one for one in await shop.told() if isinstance(one, DayValued)]
    assert (kept.day, kept.value, kept.benchmark) == (MONDAY, usd(101), 167.5)
    assert kept.deposited == shop.core.account.deposited


async def test_a_day_nobody_saw_the_end_of_ends_with_the_next(lead: wiring.Lead) -> None:
    """And a benchmark of another day is no price of this one."""
    shop = await open_shop(lead)
    days = Days(shop.dealer)
    shop.dealer.on_step(lambda step: [days.take(event) for event in step.events])
    shop.dealer.see_quote(quote(SPY, 167.5))
    days.note(FEED, usd(100), session_open=True)
    days.note(FEED + timedelta(days=1), usd(110), session_open=True)
    await days.keep()
    days.note(FEED + timedelta(days=1), usd(111), session_open=False)
    await days.keep()
    assert [(one.day, one.value, one.benchmark) for one in days.kept] == [
        (MONDAY, usd(100), 167.5),
        (TUESDAY, usd(110), None),
    ]


async def test_an_engine_that_was_gone_keeps_what_the_log_remembers(lead: wiring.Lead) -> None:
    """Once, though both the log and the journal know the day."""
    shop = await open_shop(lead)
    points = [
        (FEED, usd(1)),
        (FEED + timedelta(hours=1), usd(2)),
        (FEED + timedelta(days=1), usd(3)),
    ]
    for expected in (1, 2):
        days = Days(shop.dealer)
        for event in await shop.told():
            days.take(event)
        days.remember(points, usd(100))
        days.note(FEED + timedelta(days=expected), usd(4), session_open=expected == 1)
        await days.keep()
        told = [one for one in await shop.told() if isinstance(one, DayValued)]
        assert len(told) == expected
    assert [(one.day, one.value) for one in told] == [(MONDAY, usd(2)), (TUESDAY, usd(3))]
