"""FMP's recorded answers: a quote becomes a quote, an error the right one, nothing a zero."""

from datetime import UTC, datetime

import pytest
from tests.unit.market.providers.recorded import answer_of, folder_of

from qt_trade.market.calendar import NEW_YORK
from qt_trade.market.errors import KeyRefusedError, NotInPlanError, RateLimitedError
from qt_trade.market.providers.fmp_wire import (
    DAY_S,
    VENDOR,
    bars_of,
    by_name,
    fundamentals_of,
    judge,
    quote_of,
)
from qt_trade.model.symbols import Symbol

AAPL = Symbol("AAPL")
QUOTE = "quote__AAPL__2025-09-23T0308.json"
PROFILE = "profile__AAPL__2025-09-23.json"
DAYS = "historical-price-eod-full__AAPL__2025-09-23.json"
ERRORS = {
    "error-401-invalid-key__quote__2026-07-22.json": (401, KeyRefusedError),
    "error-403-legacy-endpoint__v3__2025-09-03.json": (403, NotInPlanError),
    "error-429-limit-reach__example.json": (429, RateLimitedError),
}


def test_every_recorded_answer_is_known_here():
    """A new file asks for a line in this module."""
    found = {path.name for path in folder_of("fmp").iterdir()}
    assert found == {QUOTE, PROFILE, DAYS, *ERRORS}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_the_right_one_with_its_status_and_as_a_200(name):
    """Some saw these bodies with a 200."""
    status, kind = ERRORS[name]
    for answered in (status, 200):
        assert isinstance(judge(answer_of("fmp", name, answered)), kind)


def test_a_quote_is_a_price_at_its_time():
    answer = answer_of("fmp", QUOTE)
    assert judge(answer) is None
    quote = quote_of(by_name(answer.json(VENDOR), ["AAPL"])["AAPL"], AAPL)
    assert (quote.price, quote.previous_close, quote.volume) == (256.08, 245.5, 101_865_199)
    assert quote.at == datetime(2025, 9, 22, 20, 0, 1, tzinfo=UTC)


def test_days_are_bars_oldest_first_at_midnight_in_new_york():
    bars = bars_of(answer_of("fmp", DAYS).json(VENDOR), AAPL, DAY_S)
    assert len(bars) == 6
    assert (bars[0].open, bars[0].close, bars[0].volume) == (130.28, 125.07, 112_117_500)
    assert bars[0].at == datetime(2023, 1, 3, tzinfo=NEW_YORK)
    assert bars == sorted(bars, key=lambda bar: bar.at)


def test_a_profile_is_a_company_and_no_quote():
    found = fundamentals_of(answer_of("fmp", PROFILE).json(VENDOR), [], [], AAPL)
    assert (found.name, found.market_cap) == ("Apple Inc.", 3_800_327_071_200)
    assert (found.fifty_two_week_low, found.fifty_two_week_high) == (169.21, 260.1)
    assert (found.sector, found.industry) == ("Technology", "Consumer Electronics")
    assert found.pe_ratio is None
