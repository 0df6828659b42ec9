"""A study that goes on from its last bar is the one that would be made of everything."""

import random
from collections.abc import Iterator
from dataclasses import fields

import numpy as np
import pytest
from tests.desktop.items.days import DAY_S, OPEN_S, bars, minutes

from qt_trade.desktop.items.aggregation import DAY_MIN, Bars
from qt_trade.desktop.items.bar_series import BarSeries
from qt_trade.desktop.items.history import SOURCES
from qt_trade.desktop.items.live_study import LiveStudy
from qt_trade.desktop.items.study import Study, study

INTERVALS = (1, 5, 15, 60, DAY_MIN)


def filled(count: int = 90) -> BarSeries:
    """Return so many minutes of a session, whose prices walk."""
    rng = np.random.default_rng(7)
    closes = 100 + np.cumsum(rng.normal(0, 0.1, count))
    b = bars(minutes(range(count)), closes)
    series = BarSeries()
    series.set_bars(b.start, b.open, b.high, b.low, b.close, rng.integers(0, 900, count))
    return series


def stored(minutes_each: int, count: int) -> dict[int, Bars]:
    """Return so many stored bars before the series begins."""
    span = DAY_S if minutes_each == DAY_MIN else minutes_each * 60
    begin = OPEN_S - 3 * DAY_S if minutes_each != DAY_MIN else OPEN_S - count * DAY_S
    start = begin + span * np.arange(count, dtype=np.int64)
    return {minutes_each: bars(start, 90 + np.sin(np.arange(count)))}


def life(series: BarSeries, rng: random.Random, steps: int) -> Iterator[None]:
    """Let quotes come, bars close, minutes go missing, days begin and old bars be corrected."""
    price = 100.0
    for _ in range(steps):
        price += rng.gauss(0, 0.1)
        begin = int(series.now_s // 60 * 60)
        match rng.choice("qqqqqqbbgdc"):
            case "q":
                series.apply_quote(price, series.now_s + rng.uniform(0, 30))
            case "b":
                series.apply_bar(begin, price, price + 1, price - 1, price, rng.randrange(900))
            case "g":
                series.apply_quote(price, series.now_s + 60 * rng.randrange(2, 90))
            case "d":
                series.apply_quote(price, (series.now_s - OPEN_S) // DAY_S * DAY_S + DAY_S + OPEN_S)
            case _:
                old = int(series.bars.start[rng.randrange(len(series.bars))])
                series.apply_bar(old, price, price + 2, price - 2, price, 10)
        yield


def assert_same(live: Study, whole: Study) -> None:
    assert len(live) == len(whole)
    for name in ("session", "slot", "local_s", "linked"):
        assert getattr(live, name).tolist() == getattr(whole, name).tolist(), name
    for one in fields(Bars):
        np.testing.assert_array_equal(getattr(live.bars, one.name), getattr(whole.bars, one.name))
    for name in ("ema", "vwap", "rsi"):
        np.testing.assert_allclose(getattr(live, name), getattr(whole, name), rtol=1e-9)


@pytest.mark.parametrize("with_rsi", [True, False], ids=["rsi", "no rsi"])
@pytest.mark.parametrize("past", [0, 40], ids=["minutes", "history"])
@pytest.mark.parametrize("interval", INTERVALS)
def test_whatever_comes_it_is_the_study_of_everything(
    interval: int, past: int, *, with_rsi: bool
) -> None:
    """Quotes, closed bars, gaps, nights, corrections; with stored bars before them or without."""
    series, live = filled(), LiveStudy()
    source = SOURCES.get(interval)
    if past and source is not None:
        series.set_past(stored(source, past))
    for _ in life(series, random.Random(interval), 120):
        whole = study(series.of(interval), interval, with_rsi=with_rsi)
        assert_same(live.of(series, interval, with_rsi=with_rsi), whole)


@pytest.mark.parametrize("interval", [1, 5])
def test_quotes_and_new_minutes_work_out_nothing_that_is_past(interval: int) -> None:
    """Only another interval, other bars or a corrected one are a reason to begin again."""
    series, live = filled(300), LiveStudy()
    live.of(series, interval, with_rsi=True)
    for number in range(200):
        series.apply_quote(100 + number % 7, series.now_s + 7)
        live.of(series, interval, with_rsi=True)
    assert live.begun == 1
    series.apply_bar(OPEN_S + 60, 1, 2, 1, 2, 5)
    live.of(series, interval, with_rsi=True)
    assert live.begun == 2
    live.of(series, 15, with_rsi=True)
    assert live.begun == 3


def test_another_series_is_looked_at_from_its_beginning() -> None:
    """Though it has as many bars and was changed as often."""
    live = LiveStudy()
    first, second = filled(60), filled(60)
    second.apply_quote(500.0, second.now_s + 1)
    live.of(first, 1, with_rsi=True)
    first.apply_quote(1.0, first.now_s + 1)
    live.of(first, 1, with_rsi=True)
    assert_same(live.of(second, 1, with_rsi=True), study(second.of(1), 1))
