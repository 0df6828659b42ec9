"""Quotes and bars: what contradicts itself cannot be made."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from qt_trade.model.bars import Bar
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

AT = datetime(2013, 10, 4, 14, 30, tzinfo=UTC)
NAIVE = datetime(2013, 10, 4, 14, 30)  # noqa: DTZ001
QUOTE = Quote(Symbol("AAPL"), AT, 100.0, 99.0, 101.0, 1, 2, 3, 98.0, 102.0, 97.0, 96.0)
EMPTY = Quote(Symbol("AAPL"), AT, 100.0, *[None] * 9)
BAR = Bar(Symbol("AAPL"), AT, 60, 100.0, 102.0, 99.0, 101.0, 0, 100.5, 0, 101.5, 0)


@pytest.mark.parametrize("name", ["price", "bid", "ask", "open", "high", "low", "previous_close"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_every_price_of_a_quote_is_finite_and_positive(name: str, value: float) -> None:
    """The message names the field."""
    with pytest.raises(ValueError, match=rf"AAPL\.{name}"):
        replace(QUOTE, **{name: value})


@pytest.mark.parametrize("name", ["bid_size", "ask_size", "volume"])
def test_no_count_of_a_quote_is_negative(name: str) -> None:
    """Nothing is; less than nothing is an error of the source."""
    assert getattr(replace(QUOTE, **{name: 0}), name) == 0
    with pytest.raises(ValueError, match=rf"AAPL\.{name}"):
        replace(QUOTE, **{name: -1})


def test_a_quote_knows_its_moment() -> None:
    """With a zone."""
    with pytest.raises(ValueError, match="no time zone"):
        replace(QUOTE, at=NAIVE)


def test_the_middle_and_the_crossed() -> None:
    """The last price stands in where a side is missing; a locked book is not crossed."""
    assert QUOTE.mid == 100.0
    assert replace(QUOTE, bid=None).mid == replace(QUOTE, ask=None).mid == EMPTY.mid == 100.0
    assert not QUOTE.crossed
    assert not EMPTY.crossed
    assert not replace(QUOTE, bid=101.0).crossed
    assert replace(QUOTE, bid=101.01).crossed


@pytest.mark.parametrize("name", ["open", "high", "low", "close", "bid", "ask"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_every_price_of_a_bar_is_finite_and_positive(name: str, value: float) -> None:
    """Bid and ask, too, where there are any."""
    with pytest.raises(ValueError, match="not finite and positive"):
        replace(BAR, **{name: value})


@pytest.mark.parametrize(
    "change", [{"high": 100.9}, {"low": 100.1}, {"open": 98.9}, {"close": 103.0}]
)
def test_a_bars_prices_lie_between_low_and_high(change: dict[str, float]) -> None:
    """All four."""
    with pytest.raises(ValueError, match="contradict"):
        replace(BAR, **change)


@pytest.mark.parametrize("name", ["volume", "bid_size", "ask_size"])
def test_no_count_of_a_bar_is_negative(name: str) -> None:
    """A minute without trades has none."""
    with pytest.raises(ValueError, match="negative"):
        replace(BAR, **{name: -1})


def test_a_bar_knows_its_moment_and_may_lack_a_book() -> None:
    """With a zone; bid and ask are the source's to give."""
    with pytest.raises(ValueError, match="no zone"):
        replace(BAR, at=NAIVE)
    bare = replace(BAR, bid=None, bid_size=None, ask=None, ask_size=None)
    assert bare.close == 101.0
