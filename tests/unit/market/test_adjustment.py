"""Bars before a split are compared with those after it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from qt_trade.market.adjustment import adjusted
from qt_trade.model.bars import Bar
from qt_trade.model.instruments import Split
from qt_trade.model.symbols import Symbol

IBM = Symbol("IBM")


def bar(day: date, price: float, volume: int) -> Bar:
    at = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    return Bar(IBM, at, 86_400, price, price + 1.0, price - 1.0, price, volume)


def test_bars_before_a_split_are_divided() -> None:
    """As if every share had always been today's; the day of the split has the new ones already."""
    first = date(2026, 6, 1)
    bars = [bar(first + timedelta(n), 80.0 if n < 2 else 20.0, 100) for n in range(4)]
    splits = [Split(IBM, first + timedelta(2), Decimal(4))]
    told = adjusted(bars, splits)
    assert [one.close for one in told] == [20.0] * 4
    assert [one.high for one in told] == [20.25, 20.25, 21.0, 21.0]
    assert [one.volume for one in told] == [400, 400, 100, 100]
    assert adjusted(bars, []) == bars
