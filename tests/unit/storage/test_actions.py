"""Splits and dividends are kept once each, the later word counts."""

from datetime import date
from decimal import Decimal

import pytest

from qt_trade.model.instruments import Dividend, Split
from qt_trade.model.symbols import Symbol
from qt_trade.storage.actions import ActionStore
from qt_trade.storage.database import Database

pytestmark = pytest.mark.asyncio
AAPL, IBM = Symbol("AAPL"), Symbol("IBM")
FOUR = Split(AAPL, date(2020, 8, 31), Decimal(4))
PAID = Dividend(AAPL, date(2020, 8, 7), Decimal("0.82"))


async def test_actions_are_kept_once_and_by_feed(database: Database) -> None:
    """Told twice they stand there once; another feed and another symbol have their own."""
    store = ActionStore(database)
    for _ in range(2):
        await store.store("realtime", "yahoo", [FOUR, PAID])
    await store.store("other", "yahoo", [Split(AAPL, date(2014, 6, 9), Decimal(7))])
    assert await store.load("realtime", AAPL) == [PAID, FOUR]
    assert await store.load("realtime", IBM) == []


async def test_the_later_word_counts(database: Database) -> None:
    """A provider that mends its figure is believed."""
    store = ActionStore(database)
    await store.store("realtime", "yahoo", [PAID])
    mended = Dividend(AAPL, PAID.ex_date, Decimal("0.205"))
    await store.store("realtime", "alpaca", [mended])
    assert await store.load("realtime", AAPL) == [mended]
