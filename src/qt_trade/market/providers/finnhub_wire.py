"""Finnhub's answers, read: pure functions from what it sends to what we know.

Facts by Finnhub's documentation and by what people measured at the service: epoch seconds in
answers and milliseconds on the stream, an unknown symbol is a 200 full of zeros, market values in
millions.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    MarketDataError,
    NotInPlanError,
    RateLimitedError,
    UnknownSymbolError,
)
from qt_trade.market.figures import bar, last_price, moment, number, price, record
from qt_trade.market.gate import Told
from qt_trade.market.http import Answer, retry_after_s
from qt_trade.model.bars import Bar
from qt_trade.model.companies import Fundamentals, NewsItem
from qt_trade.model.instruments import Instrument
from qt_trade.model.quotas import Window
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol, symbol

VENDOR = "Finnhub"
_MILLION = 1e6
_PERCENT = 100.0


def judge(answer: Answer) -> MarketDataError | None:
    """Name Finnhub's errors: ``{"error": words}``, mostly with a fitting status."""
    words = _error_words(answer.text)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or "limit reached" in words:
        return RateLimitedError(VENDOR, retry_after_s(answer))
    # In 2021 a 401, since then a 403.
    if "access to this resource" in words or answer.status == HTTPStatus.FORBIDDEN:
        return NotInPlanError(VENDOR, "it gives no access to what was asked for")
    if answer.status == HTTPStatus.UNAUTHORIZED or "api key" in words:
        return KeyRefusedError(VENDOR, "it is no valid API key")
    if words and answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return BadAnswerError(VENDOR, f"an error nobody knows, HTTP {answer.status}")
    return None


def told_by(answer: Answer, per_minute: int) -> Sequence[Told]:
    """Return what is left of the minute, where headers nobody documents speak of the minute."""
    limit, left = (answer.headers.get(f"x-ratelimit-{key}", "") for key in ("limit", "remaining"))
    return (Told(Window.MINUTE, int(left)),) if limit == str(per_minute) and left.isdigit() else ()


def quote_of(body: object, name: Symbol) -> Quote:
    """Return the quote of ``/quote``.

    Raises UnknownSymbolError for its zeros, BadAnswerError for what is no price.
    """
    fields = record(VENDOR, body)
    if fields.get("t") == 0 or (fields.get("c") == 0 and fields.get("pc") == 0):
        raise UnknownSymbolError(VENDOR, name)
    return last_price(
        VENDOR,
        name,
        moment(VENDOR, fields.get("t")),
        fields.get("c"),
        open=price(fields.get("o")),
        high=price(fields.get("h")),
        low=price(fields.get("l")),
        previous_close=price(fields.get("pc")),
    )


def bars_of(body: object, name: Symbol, interval_s: int) -> list[Bar]:
    """Return the bars of ``/stock/candle``, oldest first, without those that are none.

    Raises BadAnswerError.
    """
    fields = record(VENDOR, body)
    if fields.get("s") == "no_data":
        return []
    columns = [fields.get(letter) for letter in "tohlcv"]
    lists = [column for column in columns if isinstance(column, list)]
    if len(lists) < len(columns) or len({len(column) for column in lists}) != 1:
        raise BadAnswerError(VENDOR, "candles whose columns do not fit each other")
    found = (
        bar(name, moment(VENDOR, at), interval_s, prices, volume)
        for at, *prices, volume in zip(*lists, strict=True)
    )
    return sorted((one for one in found if one is not None), key=lambda one: one.at)


def fundamentals_of(profile: object, metric: object, name: Symbol) -> Fundamentals:
    """Return the company of ``/stock/profile2`` and ``/stock/metric``.

    Raises UnknownSymbolError where both are empty.
    """
    company = record(VENDOR, profile)
    figures = record(VENDOR, record(VENDOR, metric).get("metric") or {})
    if not company and not figures:
        raise UnknownSymbolError(VENDOR, name)
    in_dollars = company.get("currency") == "USD"
    millions = price(company.get("marketCapitalization")) if in_dollars else None
    dividends = number(figures.get("dividendYieldIndicatedAnnual"))
    return Fundamentals(
        symbol=name,
        name=company.get("name") or None,
        market_cap=None if millions is None else millions * _MILLION,
        pe_ratio=_first(figures, "peTTM", "peBasicExclExtraTTM"),
        peg_ratio=_first(figures, "pegTTM"),
        price_to_book=_first(figures, "pbQuarterly", "pbAnnual"),
        beta=_first(figures, "beta"),
        debt_to_equity=_first(
            figures, "totalDebt/totalEquityQuarterly", "totalDebt/totalEquityAnnual"
        ),
        dividend_yield=None if dividends is None else dividends / _PERCENT,
        # Its one word for what a company does is as fine as an industry.
        industry=company.get("finnhubIndustry") or None,
        fifty_two_week_high=price(figures.get("52WeekHigh")),
        fifty_two_week_low=price(figures.get("52WeekLow")),
    )


def _first(figures: Mapping[str, Any], *names: str) -> float | None:
    found = (number(figures.get(name)) for name in names)
    return next((value for value in found if value is not None), None)


def news_of(body: object, name: Symbol) -> list[NewsItem]:
    """Return the headlines of ``/company-news``, newest first. Raises BadAnswerError."""
    if not isinstance(body, list):
        raise BadAnswerError(VENDOR, "news that are no list")
    items = [_news_item(record(VENDOR, one), name) for one in body]
    return sorted(items, key=lambda item: item.published, reverse=True)


def _news_item(fields: Mapping[str, Any], name: Symbol) -> NewsItem:
    return NewsItem(
        title=str(fields.get("headline") or ""),
        publisher=str(fields.get("source") or ""),
        published=moment(VENDOR, fields.get("datetime")),
        url=str(fields.get("url") or ""),
        symbols=(name,),
    )


def instrument_of(body: object, name: Symbol) -> Instrument:
    """Return what ``/search`` found under exactly this symbol. Raises UnknownSymbolError."""
    found = record(VENDOR, body).get("result")
    for one in found if isinstance(found, list) else []:
        fields = record(VENDOR, one)
        if fields.get("symbol") == name:
            return Instrument(name, str(fields.get("description") or name))
    raise UnknownSymbolError(VENDOR, name)


def trades_of(frame: Mapping[str, Any]) -> list[Quote | MarketDataError]:
    """Return what each trade of a ``trade`` frame says: a quote, or what is wrong with it.

    Its ``v`` is one trade's size and no day's volume; 0 is a price that changed without a trade.
    """
    rows = frame.get("data")
    if not isinstance(rows, list):
        return [BadAnswerError(VENDOR, "trades that are no list")]
    return [_trade(row) for row in rows]


def _trade(row: object) -> Quote | MarketDataError:
    try:
        fields = record(VENDOR, row)
        milliseconds = number(fields.get("t"))
        at = moment(VENDOR, None if milliseconds is None else milliseconds / 1000)
        return last_price(VENDOR, symbol(str(fields.get("s"))), at, fields.get("p"))
    except MarketDataError as error:
        return error
    except ValueError:
        return BadAnswerError(VENDOR, "a trade of something that is no US stock")


def epoch(at: datetime) -> str:
    """Return a time as Finnhub is asked for it."""
    return str(int(at.astimezone(UTC).timestamp()))


def _error_words(text: str) -> str:
    if '"error"' not in text[:100]:
        return ""
    try:
        body = json.loads(text)
    except ValueError:
        return ""
    words = body.get("error") if isinstance(body, dict) else None
    return words.lower() if isinstance(words, str) else ""
