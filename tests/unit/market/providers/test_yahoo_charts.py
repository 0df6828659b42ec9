"""The real yfinance against a Yahoo on loopback: good charts, and every way to fail."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from tests.emulators.market import Fault
from tests.emulators.yahoo import Minute, YahooEmulator

from qt_trade.kit.clock import ManualClock
from qt_trade.market.errors import (
    BadAnswerError,
    MarketDataError,
    RateLimitedError,
    UnknownSymbolError,
    UnreachableError,
)
from qt_trade.market.providers.yahoo_charts import YahooCharts
from qt_trade.market.providers.yahoo_thread import YahooAccess
from qt_trade.model.bars import Bar
from qt_trade.model.symbols import Symbol

NOW = datetime(2026, 11, 23, 15, 10, 20, tzinfo=UTC)
AAPL, BRK = Symbol("AAPL"), Symbol("BRK.B")


def rows(count: int = 5) -> list[Minute]:
    """The last minutes up to now; the newest is under way."""
    first = NOW.replace(second=0) - timedelta(minutes=count - 1)
    return [
        Minute(first + timedelta(minutes=i), 268.4 + i, 269.0 + i, 268.0 + i, 268.75 + i, 1000 + i)
        for i in range(count)
    ]


@pytest_asyncio.fixture
async def charts(yahoo: YahooEmulator, cache_dir: str) -> AsyncIterator[YahooCharts]:
    access = YahooAccess(yahoo.base_url, yahoo.stream_url, timeout_s=0.5, cache_dir=cache_dir)
    made = YahooCharts(access, ManualClock(NOW))
    yield made
    await made.close()


@pytest.mark.asyncio
async def test_closed_minutes_come_as_bars(yahoo: YahooEmulator, charts: YahooCharts) -> None:
    yahoo.minutes["AAPL"] = rows()
    bars = await charts.minutes(AAPL, "5d")
    assert [bar.at for bar in bars] == [row.at for row in rows()[:-1]]
    assert bars[0] == Bar(AAPL, rows()[0].at, 60, 268.4, 269.0, 268.0, 268.75, 1000)
    assert bars[0].at.tzinfo is UTC


@pytest.mark.asyncio
async def test_class_shares_are_asked_with_a_hyphen(
    yahoo: YahooEmulator, charts: YahooCharts
) -> None:
    yahoo.minutes["BRK-B"] = rows()
    assert {bar.symbol for bar in await charts.minutes(BRK)} == {BRK}
    assert yahoo.hits["/v8/finance/chart/BRK-B"] == 1


@pytest.mark.asyncio
async def test_what_can_be_no_bar_is_left_out(yahoo: YahooEmulator, charts: YahooCharts) -> None:
    good, zero, hole, upside_down, odd, running = rows(6)
    yahoo.minutes["AAPL"] = [
        good,
        replace(zero, low=0.0),
        replace(hole, close=None),
        replace(upside_down, high=1.0),
        replace(odd, at=odd.at + timedelta(seconds=17)),
        running,
    ]
    assert [bar.at for bar in await charts.minutes(AAPL)] == [good.at]


@pytest.mark.asyncio
async def test_a_volume_that_is_null_is_none(yahoo: YahooEmulator, charts: YahooCharts) -> None:
    yahoo.minutes["AAPL"] = [replace(rows()[0], volume=None), *rows()[1:]]
    assert [bar.volume for bar in await charts.minutes(AAPL)] == [0, 1001, 1002, 1003]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (Fault.RATE_LIMIT, RateLimitedError, "asking again in 60 s"),
        (Fault.BAD_GATEWAY, UnreachableError, "its server answers HTTP 502"),
        (Fault.TORN_JSON, BadAnswerError, "truncated"),
        (Fault.DELAY, UnreachableError, "timed out"),
        (Fault.RESET, UnreachableError, "cannot be reached"),
    ],
)
async def test_a_fault_has_its_name_and_passes(
    yahoo: YahooEmulator,
    charts: YahooCharts,
    fault: Fault,
    error: type[MarketDataError],
    words: str,
) -> None:
    yahoo.minutes["AAPL"] = rows()
    yahoo.fail_always(fault)
    with pytest.raises(error, match=words):
        await charts.minutes(AAPL)
    yahoo.fail_always(None)
    # No fault leaves something behind, in yfinance's caches least of all.
    assert len(await charts.minutes(AAPL)) == 4


@pytest.mark.asyncio
@pytest.mark.parametrize(("asked", "pause_s"), [("120", 120.0), ("5", 60.0), ("Mon, 23 Nov", 60.0)])
async def test_a_rate_limit_is_hit_once_and_obeyed(
    yahoo: YahooEmulator, charts: YahooCharts, asked: str, pause_s: float
) -> None:
    yahoo.retry_after = asked
    yahoo.fail_always(Fault.RATE_LIMIT)
    with pytest.raises(RateLimitedError) as caught:
        await charts.minutes(AAPL)
    assert caught.value.retry_after_s == pause_s
    assert yahoo.hits["/v8/finance/chart/AAPL"] == 1


@pytest.mark.asyncio
async def test_an_unknown_symbol_is_named(yahoo: YahooEmulator, charts: YahooCharts) -> None:
    with pytest.raises(UnknownSymbolError, match=r"does not know ZZ\.Z") as caught:
        await charts.minutes(Symbol("ZZ.Z"))
    assert caught.value.symbol == "ZZ.Z"
    assert yahoo.hits["/v8/finance/chart/ZZ-Z"] == 1


@pytest.mark.asyncio
async def test_nobody_there_is_unreachable(charts: YahooCharts, yahoo: YahooEmulator) -> None:
    await yahoo.__aexit__(None, None, None)
    with pytest.raises(UnreachableError, match="cannot be reached"):
        await charts.minutes(AAPL)


@pytest.mark.asyncio
async def test_rows_of_nulls_are_no_bars(yahoo: YahooEmulator, charts: YahooCharts) -> None:
    yahoo.minutes["AAPL"] = rows()
    yahoo.fail_always(Fault.NULL_PRICES)
    assert await charts.minutes(AAPL) == []


@pytest.mark.asyncio
async def test_a_chart_without_a_result_is_a_bad_answer(
    yahoo: YahooEmulator, charts: YahooCharts
) -> None:
    yahoo.minutes["AAPL"] = rows()
    yahoo.no_result = True
    with pytest.raises(BadAnswerError, match="no price data found"):
        await charts.minutes(AAPL)
