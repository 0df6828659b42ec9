"""Marketstack's recorded answers: a close becomes one, an error the right one, nothing a zero."""

from datetime import UTC, datetime

import pytest
from tests.unit.market.providers.recorded import answer_of, folder_of

from qt_trade.market.calendar import NEW_YORK
from qt_trade.market.errors import KeyRefusedError
from qt_trade.market.providers.marketstack_wire import (
    VENDOR,
    actions_of,
    bar_of,
    by_name,
    close_of,
    judge,
    page_of,
)
from qt_trade.model.symbols import Symbol

AAPL = Symbol("AAPL")
DAY = "v1-eod__AAPL__2021-12-01.json"
ERRORS = (
    "error-401-invalid-access-key__v2-eod__2026-07-22.json",
    "error-401-missing-access-key__v2-eod__2026-07-22.json",
)


def test_every_recorded_answer_is_known_here():
    """A new file asks for a line in this module."""
    found = {path.name for path in folder_of("marketstack").iterdir()}
    assert found == {DAY, *ERRORS}


@pytest.mark.parametrize("name", ERRORS)
def test_a_refused_key_is_one_whatever_the_status(name):
    for status in (401, 200):
        assert isinstance(judge(answer_of("marketstack", name, status)), KeyRefusedError)


def test_a_day_of_version_1_is_a_close_and_a_raw_bar():
    answer = answer_of("marketstack", DAY)
    assert judge(answer) is None
    row = by_name(page_of(answer.json(VENDOR)).rows)["AAPL"]
    quote = close_of(row, AAPL)
    assert (quote.price, quote.volume) == (164.77, 145_135_682)
    assert quote.at == datetime(2021, 12, 1, 21, tzinfo=UTC)
    bar = bar_of(row, AAPL)
    assert (bar.at, bar.open, bar.close) == (datetime(2021, 12, 1, tzinfo=NEW_YORK), 167.48, 164.77)
    assert actions_of(row, AAPL) == []
