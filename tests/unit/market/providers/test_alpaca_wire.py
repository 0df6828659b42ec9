"""Alpaca's own words: recorded answers, made-up ones, and every way a key or a plan is refused."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from qt_trade.market.calendar import ends_at
from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    MarketDataError,
    NotInPlanError,
    RateLimitedError,
    UnknownSymbolError,
)
from qt_trade.market.gate import Told
from qt_trade.market.http import Answer
from qt_trade.market.providers.alpaca_wire import (
    NoSuchAssetError,
    WireAsset,
    WireBar,
    WireBars,
    bar_of,
    instrument_of,
    judge,
    judge_trading,
    quote_of_snapshot,
    read,
    told,
)
from qt_trade.model.quotas import Window
from qt_trade.model.symbols import symbol

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
AAPL = symbol("AAPL")
RECORDED = Path(os.environ.get("QTRADE_REAL_DATA", "")) / "responses" / "alpaca"


def answer(status: int, body: Any, **headers: str) -> Answer:
    text = body if isinstance(body, str) else json.dumps(body)
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, text)


def judged(status: int, body: Any, **headers: str) -> MarketDataError | None:
    return judge(lambda: NOW)(answer(status, body, **headers))


def snapshot(**changes: Any) -> dict[str, Any]:
    return {
        "latestTrade": {"t": "2026-11-23T14:59:59.123456789Z", "p": 268.4, "c": ["@"], "i": 1},
        "latestQuote": {"t": "2026-11-23T15:00:00.2Z", "ap": 268.5, "as": 100, "bp": 0, "bs": 0},
        "dailyBar": {"t": "2026-11-23T05:00:00Z", "o": 267, "h": 269, "l": 266, "c": 268.4, "v": 5},
        "prevDailyBar": {"t": "2026-11-20T05:00:00Z", "o": 1, "h": 9, "l": 1, "c": 267.0, "v": 6},
        **changes,
    }


# -- recorded ----------------------------------------------------------------------------------


def _snapshot_of_2022(body: Any) -> None:
    at = datetime(2022, 3, 18, 14, 34, tzinfo=UTC)
    quote = quote_of_snapshot(AAPL, body["AAPL"], at, whole_market=True)
    assert (quote.price, quote.bid, quote.ask) == (161.1998, 161.19, 161.2)
    assert (quote.open, quote.previous_close, quote.volume) == (160.59, 160.62, 31_749_988)
    assert quote.at == datetime(2022, 3, 18, 14, 33, 58, 448432, tzinfo=UTC)


def _page_of_2022(body: Any) -> None:
    page = read(body, WireBars)
    assert page.bars is not None
    bars = [bar_of(AAPL, line, 86_400) for line in page.bars["AAPL"] or ()]
    assert [(bar.close, bar.volume) for bar in bars] == [(174.61, 85998033), (175.84, 84817432)]
    assert page.next_page_token


def _refused_as(kind: type[MarketDataError], status: int) -> Callable[[Any], None]:
    def check(body: Any) -> None:
        assert type(judged(status, body)) is kind

    return check


EXPECTED: dict[str, Callable[[Any], None]] = {
    "snapshots__AAPL__2022-03-18.json": _snapshot_of_2022,
    "bars-1Day-paged__AAPL__2022-02-01.json": _page_of_2022,
    "error-403-recent-sip__bars__example.json": _refused_as(NotInPlanError, 403),
    "error-403-insufficient-buying-power__2023-01-02.json": _refused_as(BadAnswerError, 403),
    "error-422-sub-penny__docs-example.json": _refused_as(BadAnswerError, 422),
}
BROKERS = {
    "account__docs-example.json",
    "clock__2022-04-28__docs-example.json",
    "order-accepted__AAPL__2021-03-16.json",
    "positions__AAPL__docs-example.json",
}
"""Answers of the trading host that the broker reads; here they only must not become prices."""


@pytest.mark.skipif(
    "QTRADE_REAL_DATA" not in os.environ,
    reason="NOT RUN: QTRADE_REAL_DATA names no folder of recorded data",
)
def test_every_recorded_answer_is_a_price_or_the_right_error():
    """Each file of the folder is known by name, so that a new one asks for a line here."""
    found = sorted(path.name for path in RECORDED.iterdir())
    assert found == sorted({*EXPECTED, *BROKERS})
    for name in found:
        body = json.loads((RECORDED / name).read_text())
        if name in BROKERS:
            with pytest.raises(BadAnswerError):
                quote_of_snapshot(AAPL, body, NOW, whole_market=True)
        else:
            EXPECTED[name](body)


# -- made up -----------------------------------------------------------------------------------


def test_a_side_without_a_price_is_nobody_and_nanoseconds_are_read():
    quote = quote_of_snapshot(AAPL, snapshot(), NOW, whole_market=True)
    assert (quote.bid, quote.bid_size, quote.ask, quote.ask_size) == (None, None, 268.5, 100)
    assert quote.at == datetime(2026, 11, 23, 14, 59, 59, 123457, tzinfo=UTC)


def test_the_volume_of_one_exchange_is_not_told_as_the_market_s():
    assert quote_of_snapshot(AAPL, snapshot(), NOW, whole_market=True).volume == 5
    assert quote_of_snapshot(AAPL, snapshot(), NOW, whole_market=False).volume is None


def test_before_the_first_bar_of_a_day_yesterday_s_is_no_longer_today():
    """In the pre-market ``dailyBar`` is still Friday's: its close is the previous close."""
    friday = {"t": "2026-11-20T05:00:00Z", "o": 260, "h": 270, "l": 250, "c": 265.5, "v": 9}
    quote = quote_of_snapshot(AAPL, snapshot(dailyBar=friday), NOW, whole_market=True)
    assert (quote.previous_close, quote.open, quote.high, quote.volume) == (265.5, None, None, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"latestTrade": None},
        {"latestTrade": {"t": "2026-11-23T14:59:59Z", "p": None}},
        {"latestTrade": {"t": "2026-11-23T14:59:59Z", "p": 0}},
        {"latestTrade": {"t": "2026-11-23T14:59:59Z", "p": -1}},
        {"latestTrade": {"t": "yesterday", "p": 268.4}},
        {"latestTrade": {"t": "2026-11-23T15:02:00Z", "p": 268.4}},
        {"latestQuote": {"t": "2026-11-23T15:00:00Z", "ap": "268.5"}},
        {"dailyBar": {"t": "2026-11-23T05:00:00Z", "o": None, "h": 1, "l": 1, "c": 1, "v": 1}},
    ],
)
def test_a_snapshot_without_a_credible_trade_is_no_quote(changes):
    with pytest.raises(BadAnswerError):
        quote_of_snapshot(AAPL, snapshot(**changes), NOW, whole_market=True)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"code": 40110000, "message": "request is not authorized"}, KeyRefusedError),
        (401, "", KeyRefusedError),
        (403, {"message": "forbidden."}, KeyRefusedError),
        (403, "<html>", KeyRefusedError),
        (403, {"message": "subscription does not permit X"}, NotInPlanError),
        (403, {"code": 40310000, "message": "account is blocked"}, BadAnswerError),
        (400, {"message": "invalid symbol: BRK-B"}, UnknownSymbolError),
        (400, {"message": "invalid symbol: A:B"}, BadAnswerError),
        (400, {"message": "invalid limit: larger than the allowed maximum"}, BadAnswerError),
        (422, {"message": "what?"}, BadAnswerError),
        (429, {"message": "too many requests."}, RateLimitedError),
    ],
)
def test_each_refusal_says_what_to_do_next(status, body, kind):
    assert type(judged(status, body)) is kind


def test_a_good_answer_is_not_objected_to_and_others_are_left_to_the_line():
    assert judged(200, {}) is None
    assert judged(503, "") is None


@pytest.mark.parametrize(
    ("headers", "pause_s"),
    [
        ({"x_ratelimit_reset": str(int((NOW + timedelta(seconds=7)).timestamp()))}, 7),
        ({"x_ratelimit_reset": str(int((NOW - timedelta(seconds=7)).timestamp()))}, 1),
        ({"x_ratelimit_reset": "1", "retry_after": "9"}, 9),
        ({"x_ratelimit_reset": str(int((NOW + timedelta(hours=7)).timestamp()))}, 60),
        ({}, 60),
    ],
)
def test_a_pause_lasts_until_the_reset_that_is_named(headers, pause_s):
    error = judged(429, {"message": "too many requests."}, **headers)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after_s == pause_s


def test_the_count_of_the_minute_is_taken_from_the_headers():
    assert told(answer(200, {}, x_ratelimit_remaining="17")) == (Told(Window.MINUTE, 17),)
    assert told(answer(200, {}, x_ratelimit_remaining="-1")) == ()
    assert told(answer(200, {})) == ()


def test_a_key_the_trading_host_refuses_still_fetches_prices():
    """It is not in the plan, so that nobody stops asking for prices because of it."""
    for status in (401, 403):
        error = judge_trading(answer(status, {"message": "forbidden."}))
        assert type(error) is NotInPlanError
        assert "OPTIONS" in str(error)
    unknown = judge_trading(answer(404, {"code": 40410000, "message": "asset not found for Z"}))
    assert type(unknown) is NoSuchAssetError
    assert type(judge_trading(answer(422, {"message": "bad"}))) is BadAnswerError
    assert judge_trading(answer(200, {})) is None


def test_an_inactive_share_cannot_be_traded():
    listed = {"symbol": "BRK.B", "name": "Berkshire", "exchange": "NYSE", "tradable": True}
    assert instrument_of(read({**listed, "status": "active"}, WireAsset)).tradable is True
    assert instrument_of(read({**listed, "status": "inactive"}, WireAsset)).tradable is False
    with pytest.raises(BadAnswerError):
        instrument_of(read({**listed, "symbol": "BTC/USDT2"}, WireAsset))


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        ("2026-11-23T05:00:00", "2026-11-24T05:00:00"),
        ("2026-03-08T05:00:00", "2026-03-09T04:00:00"),
        ("2026-11-01T04:00:00", "2026-11-02T05:00:00"),
    ],
)
def test_a_day_ends_at_new_york_s_midnight_also_when_it_has_23_or_25_hours(at, ends):
    begins = datetime.fromisoformat(at).replace(tzinfo=UTC)
    bar = bar_of(AAPL, WireBar(t=begins, o=1, h=1, l=1, c=1, v=1), 86_400)
    assert ends_at(bar) == datetime.fromisoformat(ends).replace(tzinfo=UTC)


def test_a_bar_that_contradicts_itself_is_none():
    with pytest.raises(BadAnswerError, match="contradict"):
        bar_of(AAPL, WireBar(t=NOW, o=2, h=1, l=1, c=1, v=1), 60)
    with pytest.raises(BadAnswerError, match="finite and positive"):
        bar_of(AAPL, WireBar(t=NOW, o=0, h=0, l=0, c=0, v=1), 60)
