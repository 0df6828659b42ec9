"""Splits and dividends change how bars look, never the bars."""

from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_trade.market.adjustment import adjusted, in_words
from qt_trade.model.bars import Bar
from qt_trade.model.instruments import Dividend, Split
from qt_trade.model.symbols import symbol

IBM = symbol("IBM")
FIRST = datetime(2026, 3, 2, 5, tzinfo=UTC)  # midnight in New York
EX = date(2026, 3, 4)
FOUR = Split(IBM, EX, Decimal(4))
TENTH = Split(IBM, EX, Decimal("0.1"))


def bar(day: int, price: float, volume: int = 1_000, minute: int = 0) -> Bar:
    at = FIRST + timedelta(days=day, minutes=minute)
    return Bar(IBM, at, 86_400, price, price * 1.1, price * 0.9, price, volume, price, 40, None, 8)


def test_four_for_one_makes_old_prices_a_quarter_and_old_volumes_fourfold() -> None:
    """The day of the split itself trades in new shares already."""
    raw = [bar(0, 400.0), bar(1, 408.0), bar(2, 101.0)]
    before = deepcopy(raw)
    found = adjusted(raw, [FOUR], as_of=date(2026, 3, 10))
    assert [one.close for one in found] == [100.0, 102.0, 101.0]
    assert [one.volume for one in found] == [4_000, 4_000, 1_000]
    assert (found[0].bid, found[0].bid_size, found[0].ask, found[0].ask_size) == (
        100,
        160,
        None,
        32,
    )
    assert raw == before


def test_one_for_ten_makes_old_prices_tenfold() -> None:
    """A reverse split the other way round."""
    found = adjusted([bar(0, 1.5), bar(2, 15.2)], [TENTH], as_of=EX)
    assert [(one.close, one.volume) for one in found] == [(15.0, 100), (15.2, 1_000)]


def test_a_split_that_is_still_to_come_is_not_known() -> None:
    """A replay of the day before shows the prices of the day before."""
    raw = [bar(0, 400.0), bar(1, 408.0)]
    assert adjusted(raw, [FOUR], as_of=EX - timedelta(days=1)) == raw


def test_splits_multiply() -> None:
    """2:1 and then 3:1 is 6:1 for what is older than both."""
    splits = [Split(IBM, date(2026, 3, 5), Decimal(3)), Split(IBM, date(2026, 3, 3), Decimal(2))]
    found = adjusted([bar(0, 60.0), bar(1, 30.0), bar(3, 10.0)], splits, as_of=EX.replace(day=9))
    assert [one.close for one in found] == [10.0, 10.0, 10.0]


def test_the_days_are_new_yorks() -> None:
    """The evening before the ex-date is the ex-date in UTC, and still old shares."""
    evening = Bar(IBM, datetime(2026, 3, 4, 0, 30, tzinfo=UTC), 60, 400, 400, 400, 400, 1)
    assert adjusted([evening], [FOUR], as_of=EX)[0].close == 100.0


def test_a_dividend_is_taken_out_of_what_is_older_by_its_share_of_the_last_close() -> None:
    """CRSP's factor: 1 - 2 / 100; shares stay as they were, and so does what has gone ex."""
    dividend = Dividend(IBM, EX, Decimal(2))
    raw = [bar(0, 90.0), bar(1, 100.0), bar(2, 98.0)]
    found = adjusted(raw, [dividend], as_of=EX, dividends=True)
    assert [one.close for one in found] == pytest.approx([88.2, 98.0, 98.0])
    assert [one.volume for one in found] == [1_000] * 3
    assert adjusted(raw, [dividend], as_of=EX) == raw, "only where wanted"
    assert adjusted(raw[2:], [dividend], as_of=EX, dividends=True) == raw[2:]


def test_a_dividend_worth_the_share_is_refused() -> None:
    """It is no dividend but a mistake, and would turn prices negative."""
    with pytest.raises(ValueError, match="a dividend of 90 on 2026-03-04 is more than the close"):
        adjusted([bar(0, 90.0)], [Dividend(IBM, EX, Decimal(90))], as_of=EX, dividends=True)


@given(
    st.lists(st.floats(0.01, 5_000), min_size=1, max_size=6),
    st.sampled_from([Decimal(4), Decimal("0.1"), Decimal("1.5"), Decimal(20)]),
)
def test_what_was_traded_keeps_its_value(prices: list[float], ratio: Decimal) -> None:
    """Price times shares is the same before and after, and the bars stay sound."""
    raw = [bar(number, price, 1_000_000) for number, price in enumerate(prices)]
    found = adjusted(raw, [Split(IBM, EX, ratio)], as_of=date(2026, 4, 1))
    for old, new in zip(raw, found, strict=True):
        assert new.close * new.volume == pytest.approx(old.close * old.volume)


def test_the_words_name_what_was_adjusted_for() -> None:
    """A person sees which splits, and that there were none."""
    both = [TENTH, Split(IBM, date(2025, 1, 2), Decimal("1.5")), Dividend(IBM, EX, Decimal(2))]
    assert (
        in_words(both, as_of=EX) == "adjusted for the splits 3:2 of 2025-01-02, 1:10 of 2026-03-04"
    )
    assert in_words(both, as_of=date(2024, 1, 1)) == ""
