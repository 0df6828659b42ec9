"""What Yahoo says of a company and what was written about it; all of it may be absent.

Asked for as it is (quoteSummary), not by ``Ticker.info``: that takes three requests at once and
mixes in an interface whose dividend yield is in per cent.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from qt_trade.market.errors import BadAnswerError
from qt_trade.market.figures import number, price, record
from qt_trade.market.providers.yahoo_format import VENDOR
from qt_trade.model.companies import Fundamentals, NewsItem
from qt_trade.model.symbols import Symbol

MODULES = ("assetProfile", "defaultKeyStatistics", "financialData", "quoteType", "summaryDetail")
"""Of quoteSummary."""
_PER_CENT = 100.0
_TEXT_MAX = 300
"""Longer headlines are cut: they are shown, stored and sent on."""


def fundamentals_of(symbol: Symbol, body: str) -> Fundamentals:
    """Return the company in figures, of an answer of quoteSummary with all the modules.

    A yield is a fraction there already; debt to equity is in per cent. The PEG ratio is from
    another address (:func:`peg_of`). Raises BadAnswerError.
    """
    results = record(VENDOR, record(VENDOR, _json(body)).get("quoteSummary")).get("result")
    if not isinstance(results, list) or not results:
        raise BadAnswerError(VENDOR, f"no company figures of {symbol}")
    found = record(VENDOR, results[0])
    detail, statistics = _part(found, "summaryDetail"), _part(found, "defaultKeyStatistics")
    profile, kind = _part(found, "assetProfile"), _part(found, "quoteType")
    debt = number(_part(found, "financialData").get("debtToEquity"))
    return Fundamentals(
        symbol=symbol,
        name=_text(kind.get("longName")) or _text(kind.get("shortName")),
        market_cap=price(detail.get("marketCap")),
        pe_ratio=number(detail.get("trailingPE")),
        peg_ratio=number(statistics.get("pegRatio")),
        price_to_book=number(statistics.get("priceToBook")),
        beta=number(detail.get("beta")),
        debt_to_equity=None if debt is None else round(debt / _PER_CENT, 6),
        dividend_yield=number(detail.get("dividendYield")),
        sector=_text(profile.get("sector")),
        industry=_text(profile.get("industry")),
        fifty_two_week_high=price(detail.get("fiftyTwoWeekHigh")),
        fifty_two_week_low=price(detail.get("fiftyTwoWeekLow")),
    )


def peg_of(body: str) -> float | None:
    """Return the newest trailing PEG ratio of a time series; None: there is none."""
    results = _part(record(VENDOR, _json(body)), "timeseries").get("result")
    for result in results if isinstance(results, list) else ():
        series = result.get("trailingPegRatio") if isinstance(result, dict) else None
        for told in reversed(series if isinstance(series, list) else []):
            if isinstance(told, dict):
                return number(_part(told, "reportedValue").get("raw"))
    return None


def news_of(symbol: Symbol, body: str, since: datetime) -> list[NewsItem]:
    """Return the headlines since a moment, newest first; one without title or time is none.

    The names within an item are not confirmed by anyone: whatever is missing is left out. Texts
    from outside are data: cut to a length, without control characters. Advertisements are none.
    Raises BadAnswerError.
    """
    stream = _part(_part(record(VENDOR, _json(body)), "data"), "tickerStream").get("stream")
    if not isinstance(stream, list):
        raise BadAnswerError(VENDOR, f"{type(stream).__name__} where news were expected")
    items = (_item(symbol, one) for one in stream)
    found = [item for item in items if item is not None and item.published >= since]
    return sorted(found, key=lambda item: item.published, reverse=True)


def _item(symbol: Symbol, one: object) -> NewsItem | None:
    content = _part(one, "content") if isinstance(one, dict) else {}
    title, published = _text(content.get("title")), _time(content.get("pubDate"))
    if title is None or published is None:
        return None
    return NewsItem(
        title=title,
        publisher=_text(_part(content, "provider").get("displayName")) or "",
        published=published,
        url=_text(_part(content, "canonicalUrl").get("url")) or "",
        symbols=(symbol,),
    )


def _time(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return None if found.tzinfo is None else found.astimezone(UTC)


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    printable = "".join(one if one.isprintable() else " " for one in value)
    return " ".join(printable.split())[:_TEXT_MAX] or None


def _part(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = found.get(name)
    return part if isinstance(part, dict) else {}


def _json(body: str) -> object:
    try:
        return json.loads(body)
    except ValueError as error:
        raise BadAnswerError(VENDOR, f"no JSON ({error})") from error
