"""The library's indicators are those of the textbooks, each computed here by its definition."""

import math
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest

from qt_trade.market.indicators import Study, indicators, studied
from qt_trade.model.bars import Bar
from qt_trade.model.symbols import Symbol

IBM = Symbol("IBM")
DAYS = 320

WILDER = (
    44.34, 44.09, 44.15, 43.61, 44.33, 44.83, 45.10, 45.42, 45.84, 46.08, 45.89, 46.03, 45.61,
    46.28, 46.28, 46.00, 46.03, 46.41, 46.22, 45.64, 46.21,
)  # fmt: skip
"""The worked example that courses use, its closes to cents; its RSI from the 15th close on:"""
WILDER_RSI = (70.53, 66.32, 66.55, 69.41, 66.36, 57.97, 62.93)


def closes(seed: int = 3, count: int = DAYS) -> list[float]:
    """A random walk in cents."""
    rng = random.Random(seed)
    price, found = 100.0, []
    for _ in range(count):
        price *= math.exp(rng.gauss(0.0003, 0.02))
        found.append(round(price, 2))
    return found


def volumes(count: int = DAYS) -> list[float]:
    rng = random.Random(5)
    return [float(rng.randint(1_000, 90_000)) for _ in range(count)]


def column(name: str, prices: Sequence[float], traded: Sequence[float] = ()) -> list[float | None]:
    frame = pl.DataFrame({"close": prices, "volume": list(traded) or [1.0] * len(prices)})
    return indicators(frame)[name].to_list()


def near(expected: Sequence[float | None]) -> list[object]:
    return [one if one is None else pytest.approx(one, rel=1e-9, abs=1e-9) for one in expected]


def mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def rolling(values: Sequence[float], days: int) -> list[float | None]:
    """The mean of the last days, today's among them."""
    return [
        None if end < days else mean(values[end - days : end]) for end in range(1, len(values) + 1)
    ]


def exponential(values: Sequence[float], days: int, begins: int) -> dict[int, float]:
    """EMA by its definition, begun at an index by the mean of the days up to it."""
    weight = 2 / (days + 1)
    found = {begins: mean(values[begins - days + 1 : begins + 1])}
    for index in range(begins + 1, len(values)):
        found[index] = found[index - 1] + weight * (values[index] - found[index - 1])
    return found


@pytest.mark.parametrize("days", [20, 50, 200])
def test_a_simple_mean(days: int) -> None:
    """The mean of the last days, and none before there are so many."""
    prices = closes()
    assert column(f"sma_{days}", prices) == near(rolling(prices, days))


def test_relative_strength() -> None:
    """Wilder: mean gain to mean loss, smoothed by a fourteenth a day, begun by a plain mean."""
    prices = closes()
    gains = [max(0.0, b - a) for a, b in pairwise(prices)]
    losses = [max(0.0, a - b) for a, b in pairwise(prices)]
    gain, loss = mean(gains[:14]), mean(losses[:14])
    expected: list[float | None] = [None] * 14 + [100 - 100 / (1 + gain / loss)]
    for more, less in zip(gains[14:], losses[14:], strict=True):
        gain, loss = (gain * 13 + more) / 14, (loss * 13 + less) / 14
        expected.append(100 - 100 / (1 + gain / loss))
    assert column("rsi", prices) == near(expected)


def test_relative_strength_of_the_courses_example() -> None:
    """Figures that were published, not computed here; their closes are rounded to cents."""
    found = column("rsi", WILDER)
    assert found[:14] == [None] * 14
    assert found[14:] == [pytest.approx(one, abs=0.1) for one in WILDER_RSI]


@pytest.mark.parametrize(("step", "rsi"), [(1.0, 100.0), (-1.0, 0.0), (0.0, None)])
def test_relative_strength_at_its_ends(step: float, rsi: float | None) -> None:
    """Only gains, only losses, and a price that never moved."""
    assert column("rsi", [100.0 + step * day for day in range(30)])[-1] == rsi


def test_moving_averages_that_converge() -> None:
    """EMA 12 less EMA 26, and its EMA 9; both averages begin on the 26th day, as TA-Lib has it."""
    prices = closes()
    fast, slow = exponential(prices, 12, 25), exponential(prices, 26, 25)
    macd = {index: fast[index] - slow[index] for index in slow}
    line = [macd[index] for index in range(25, DAYS)]
    signal = {index + 25: value for index, value in exponential(line, 9, 8).items()}
    begins = 33
    assert column("macd", prices) == near([None] * begins + [macd[i] for i in range(begins, DAYS)])
    assert column("macd_signal", prices) == near(
        [None] * begins + [signal[i] for i in range(begins, DAYS)]
    )


def test_bands() -> None:
    """Two standard deviations (of these days, not of a sample) around their mean."""
    prices = closes()
    above: list[float | None] = [None] * 19
    below: list[float | None] = [None] * 19
    for end in range(20, DAYS + 1):
        days = prices[end - 20 : end]
        middle = mean(days)
        width = 2 * math.sqrt(mean([(price - middle) ** 2 for price in days]))
        above.append(middle + width)
        below.append(middle - width)
    assert column("bb_upper", prices) == near(above)
    assert column("bb_lower", prices) == near(below)


def test_volume_to_what_is_usual() -> None:
    """A day's volume to the mean of the last twenty; nothing to nothing is no ratio."""
    traded = volumes()
    usual = rolling(traded, 20)
    expected = [
        None if one is None else today / one for today, one in zip(traded, usual, strict=True)
    ]
    assert column("volume_ratio", closes(), traded) == near(expected)
    assert column("volume_ratio", closes(), [0.0] * DAYS) == [None] * DAYS


@pytest.mark.parametrize("count", [0, 1, 14, 33, 199])
def test_too_short_is_none_and_never_no_number(count: int) -> None:
    """What a wire could not carry does not come out, however short the history."""
    frame = pl.DataFrame(
        {"close": closes(count=count), "volume": volumes(count)},
        schema={"close": pl.Float64, "volume": pl.Float64},
    )
    found = indicators(frame)
    assert found.height == count
    assert found["sma_200"].to_list() == [None] * count
    assert all(value is None or math.isfinite(value) for row in found.iter_rows() for value in row)


def bar(day: date, price: float, volume: int) -> Bar:
    at = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    return Bar(IBM, at, 86_400, price, price + 1.0, price - 1.0, price, volume)


def test_bars_are_studied_in_their_order() -> None:
    """Each bar keeps its own figures."""
    prices = closes()
    bars = [bar(date(2024, 1, 1) + timedelta(n), price, 10) for n, price in enumerate(prices)]
    found = studied(bars)
    assert [one.bar for one in found] == bars
    assert [one.sma_20 for one in found] == column("sma_20", prices)
    assert found[-1].volume_ratio == 1.0
    assert studied([]) == []
    assert studied(bars[:1]) == [Study(bars[0], *[None] * 9)]
