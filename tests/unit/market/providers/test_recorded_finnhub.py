"""Every answer recorded of Finnhub is what it is: a quote, news, a company, or the right error."""

import json
from datetime import UTC, datetime

import pytest
from tests.unit.market.providers.recorded import answer_of, folder_of

from qt_trade.market.errors import KeyRefusedError, RateLimitedError, UnknownSymbolError
from qt_trade.market.provider import NotStreamed
from qt_trade.market.providers.finnhub import FinnhubTalk
from qt_trade.market.providers.finnhub_wire import fundamentals_of, judge, news_of, quote_of
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

AAPL, TSLA, SPCX = Symbol("AAPL"), Symbol("TSLA"), Symbol("SPCX")
QUOTE = "quote__TSLA__2022-03-22.json"
ERRORS = {
    "error-401-invalid-key__undated.json": (401, KeyRefusedError),
    "error-401-no-key__undated.json": (401, KeyRefusedError),
    "error-429-limit__undated.json": (429, RateLimitedError),
}
ZEROS = ("quote-all-zero__DJI__2020-07-23.json", "quote-unknown-symbol__NOPE__example.json")
NEWS = {
    "company-news-trimmed__AAPL__2020-12-08.json": 2020,
    "company-news-trimmed__AAPL__2024-04-14.json": 2024,
}
COMPANIES = {
    "stock-profile2__SPCX__2026-09-08.json": (SPCX, 2_082_751_960_025.416),
    "stock-profile2__TSLA__2022-03-22.json": (TSLA, 935_727_400_000.0),
}
FRAMES = (
    "ws-error-too-many-symbols__undated.json",
    "ws-ping__2020-03-28.json",
    "ws-trade__AAPL__2020-04-21.json",
)


def body_of(name: str) -> object:
    answer = answer_of("finnhub", name)
    assert judge(answer) is None
    return answer.json("Finnhub")


def test_no_recorded_answer_is_left_out() -> None:
    """Whatever is added to the folder has to be judged here."""
    found = {file.name for file in folder_of("finnhub").iterdir()}
    assert found == {QUOTE, *ERRORS, *ZEROS, *NEWS, *COMPANIES, *FRAMES}


def test_the_quote_is_a_quote() -> None:
    """Tesla at 935.74 in March 2022, at the second of its last trade."""
    quote = quote_of(body_of(QUOTE), TSLA)
    assert quote.price == 935.74
    assert quote.at == datetime.fromtimestamp(1647961161, UTC)
    day = (quote.open, quote.high, quote.low, quote.previous_close)
    assert day == (930.0, 942.24, 921.75, 921.16)
    assert (quote.volume, quote.bid, quote.ask) == (None, None, None)


@pytest.mark.parametrize("name", ZEROS)
def test_zeros_are_an_unknown_symbol(name: str) -> None:
    """Also in the older form, which has no changes in it."""
    with pytest.raises(UnknownSymbolError):
        quote_of(body_of(name), Symbol("NOPE"))


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_its_kind_of_error(name: str) -> None:
    """By its words as by its status: a proxy may change the one."""
    status, kind = ERRORS[name]
    assert isinstance(judge(answer_of("finnhub", name, status)), kind)
    assert isinstance(judge(answer_of("finnhub", name, 200)), kind)


@pytest.mark.parametrize("name", NEWS)
def test_news_are_news(name: str) -> None:
    """Every item has a title, a source and the year it was recorded in, newest first."""
    items = news_of(body_of(name), AAPL)
    assert items
    assert all(item.title and item.publisher and item.url for item in items)
    assert {item.published.year for item in items} == {NEWS[name]}
    assert items == sorted(items, key=lambda item: item.published, reverse=True)


@pytest.mark.parametrize("name", COMPANIES)
def test_a_company_is_worth_what_its_millions_say(name: str) -> None:
    """Market value arrives in millions of dollars."""
    symbol, worth = COMPANIES[name]
    company = fundamentals_of(body_of(name), {"metric": {}}, symbol)
    assert company.market_cap == pytest.approx(worth)
    assert company.name
    assert company.industry


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_is_read(name: str) -> None:
    """The trade is a quote, the error names no symbol, and a ping says nothing."""
    text = answer_of("finnhub", name).text
    heard = FinnhubTalk().take(text)
    match json.loads(text)["type"]:
        case "ping":
            assert list(heard.events) == []
        case "error":
            (event,) = heard.events
            assert isinstance(event, NotStreamed)
            assert event.symbol is None
        case _:
            (event,) = heard.events
            assert isinstance(event, Quote)
            assert (event.symbol, event.price) == (AAPL, 274.7)
            assert event.at == datetime(2020, 4, 21, 13, 6, 20, 227_000, tzinfo=UTC)
