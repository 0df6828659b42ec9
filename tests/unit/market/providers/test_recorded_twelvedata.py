"""Every answer recorded of Twelve Data is what it is: a quote, bars, or the right kind of error."""

from datetime import UTC, datetime

import pytest
from tests.unit.market.providers.recorded import answer_of, folder_of

from qt_trade.market.errors import (
    KeyRefusedError,
    NotInPlanError,
    RateLimitedError,
    UnknownSymbolError,
)
from qt_trade.market.providers.twelvedata_wire import DAY_S, VENDOR, bars_of, judge, quotes_of
from qt_trade.model.symbols import Symbol

AAPL, TSLA = Symbol("AAPL"), Symbol("TSLA")
NOW = datetime(2026, 9, 16, 14, 30, 20, tzinfo=UTC)
ERRORS = {
    "error-401-bad-key__2026-09-16.json": (401, KeyRefusedError),
    "error-403-endpoint-plan__dividends__2026-09-16.json": (403, NotInPlanError),
    "error-404-invalid-symbol__ZZZZINVALID__2026-09-08.json": (404, UnknownSymbolError),
    "error-429-credits__2025-04-29.json": (429, RateLimitedError),
}
QUOTES = {
    "quote-trimmed__AAPL-open-market__2026-09-16.json": (332.695, 1789574220, 466_780),
    "quote__AAPL__2022-09-20.json": (156.89999, 1663703999, 107_547_900),
}
SERIES = "time_series-1day__TSLA__2022-09-20.json"


def body_of(name: str) -> object:
    answer = answer_of("twelvedata", name)
    assert judge(answer, NOW) is None
    return answer.json(VENDOR)


def test_no_recorded_answer_is_left_out() -> None:
    """Whatever is added to the folder has to be judged here."""
    found = {file.name for file in folder_of("twelvedata").iterdir()}
    assert found == {*ERRORS, *QUOTES, SERIES}


@pytest.mark.parametrize("name", QUOTES)
def test_a_quote_is_a_quote_at_its_latest_time(name: str) -> None:
    """The last minute where it is told, else the day's own time; strings are numbers."""
    price, at, volume = QUOTES[name]
    batch = quotes_of(body_of(name), [AAPL], NOW)
    assert batch.errors == {}
    quote = batch.quotes[AAPL]
    assert (quote.price, quote.volume) == (price, volume)
    assert quote.at == datetime.fromtimestamp(at, UTC)
    assert quote.previous_close is not None
    assert (quote.bid, quote.ask) == (None, None)


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_its_kind_of_error_whatever_the_status(name: str) -> None:
    """The status said 200 for years, and says the truth since 2026."""
    status, kind = ERRORS[name]
    for given in (status, 200):
        error = judge(answer_of("twelvedata", name, given), NOW)
        assert isinstance(error, kind)


def test_credits_come_back_with_the_next_minute() -> None:
    """At 20 seconds past a minute that is in 40 seconds, and one to be sure."""
    error = judge(answer_of("twelvedata", "error-429-credits__2025-04-29.json", 429), NOW)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after_s == 41


def test_a_series_is_bars_of_days_in_new_york() -> None:
    """Ten days, oldest first, each from midnight in New York, which was 04:00 UTC."""
    bars = bars_of(body_of(SERIES), TSLA, DAY_S)
    assert len(bars) == 10
    assert bars == sorted(bars, key=lambda bar: bar.at)
    last = bars[-1]
    assert last.at == datetime(2022, 9, 20, 4, tzinfo=UTC)
    assert (last.open, last.high, last.low, last.close, last.volume) == (
        306.91501,
        313.32999,
        305.57999,
        308.73001,
        231_261,
    )
