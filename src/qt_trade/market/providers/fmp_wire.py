"""Financial Modeling Prep's answers, read: pure functions from what it sends to what we know.

Facts by its documentation and by what people measured at the service: lists almost everywhere,
errors as an object (also with a 200) or as plain text, times of bars without a zone.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from http import HTTPStatus
from typing import Any

from qt_trade.market.calendar import NEW_YORK, day_start
from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    MarketDataError,
    NotInPlanError,
    RateLimitedError,
    UnknownSymbolError,
)
from qt_trade.market.figures import count, last_price, moment, number, price, record
from qt_trade.market.http import Answer, retry_after_s
from qt_trade.model.bars import Bar
from qt_trade.model.companies import Fundamentals, NewsItem
from qt_trade.model.instruments import Instrument
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

VENDOR = "FMP"
DAY_S = 86_400
LIMIT_PAUSE_S = 3_600.0
"""After "Limit Reach", which is mostly the day's: the hour it ends at is written down nowhere."""

_GATES = ("restricted endpoint", "premium query parameter", "exclusive endpoint", "special ")
_MILLIS_FROM, _MICROS_FROM, _NANOS_FROM = 1e11, 1e14, 1e17


class SymbolGateError(NotInPlanError):
    """The plan does not have a symbol that was asked for; who asked knows which it was."""


def judge(answer: Answer) -> MarketDataError | None:
    """Name FMP's errors: ``{"Error Message": words}``, also with a 200, or plain text."""
    words = _error_words(answer)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or "limit reach" in words:
        return RateLimitedError(VENDOR, retry_after_s(answer, LIMIT_PAUSE_S))
    if answer.status == HTTPStatus.UNAUTHORIZED or "invalid api key" in words:
        return KeyRefusedError(VENDOR, "it is no valid API key")
    if answer.status == HTTPStatus.PAYMENT_REQUIRED or words.startswith(_GATES):
        return _gate(words)
    if answer.status == HTTPStatus.FORBIDDEN or words.startswith("legacy endpoint"):
        return NotInPlanError(VENDOR, "the key may not ask for this")
    if words and answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return BadAnswerError(VENDOR, f"an error nobody knows, HTTP {answer.status}")
    return None


def _gate(words: str) -> NotInPlanError:
    if "'symbol'" in words or "'symbols'" in words:
        return SymbolGateError(VENDOR, "the symbol is one of those that cost more")
    if "special parameters" in words:
        return NotInPlanError(VENDOR, "a question of this size")
    return NotInPlanError(VENDOR, "it does not answer questions of this kind")


def _error_words(answer: Answer) -> str:
    """Return the words of an error in lower case, empty where there is none."""
    text = answer.text.strip()
    if text.startswith("{"):
        try:
            words = json.loads(text).get("Error Message")
        except ValueError:
            return ""
        return words.lower() if isinstance(words, str) else ""
    lower = text[:400].lower()
    known = answer.status == HTTPStatus.PAYMENT_REQUIRED or lower.startswith(
        (*_GATES, "limit reach")
    )
    return lower if known else ""


def rows_of(body: object) -> list[Mapping[str, Any]]:
    """Return the objects of an answer; one alone may come without its list."""
    if isinstance(body, list):
        return [record(VENDOR, row) for row in body]
    return [record(VENDOR, body)]


def quote_of(fields: Mapping[str, Any], name: Symbol) -> Quote:
    """Return the quote in a row of ``/quote``, or in a frame. Raises BadAnswerError."""
    return last_price(
        VENDOR,
        name,
        epoch_of_any(fields.get("timestamp")),
        fields.get("price"),
        open=price(fields.get("open")),
        high=price(fields.get("dayHigh")),
        low=price(fields.get("dayLow")),
        previous_close=price(fields.get("previousClose")),
        volume=count(fields.get("volume")),
    )


def epoch_of_any(value: object) -> datetime:
    """Return a time since 1970 in seconds, ms, µs or ns: which, is not written down for streams.

    Raises BadAnswerError.
    """
    found = number(value)
    if found is None:
        raise BadAnswerError(VENDOR, "a time that is none")
    for smallest, per_second in ((_NANOS_FROM, 1e9), (_MICROS_FROM, 1e6), (_MILLIS_FROM, 1e3)):
        if found >= smallest:
            return moment(VENDOR, found / per_second)
    return moment(VENDOR, found)


def bars_of(body: object, name: Symbol, interval_s: int) -> list[Bar]:
    """Return the bars of a chart or of a list of days, oldest first. Raises BadAnswerError.

    Both are told in New York's time; raw days carry the names of adjusted ones.
    """
    bars = [_bar(row, name, interval_s) for row in rows_of(body)]
    return sorted(bars, key=lambda bar: bar.at)


def _bar(row: Mapping[str, Any], name: Symbol, interval_s: int) -> Bar:
    opened, high, low, close = (
        number(row.get(one) if one in row else row.get(f"adj{one.capitalize()}")) or 0.0
        for one in ("open", "high", "low", "close")
    )
    at = local_time(row.get("date"), NEW_YORK)
    if interval_s == DAY_S:
        at = day_start(at.astimezone(NEW_YORK).date())
    try:
        shares = count(row.get("volume")) or 0
        return Bar(name, at, interval_s, opened, high, low, close, shares)
    except ValueError as error:
        raise BadAnswerError(VENDOR, str(error)) from error


def local_time(text: object, zone: tzinfo) -> datetime:
    """Return a time that is written without a zone, in UTC. Raises BadAnswerError."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise BadAnswerError(VENDOR, "a time that is none") from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone)
    return found.astimezone(UTC)


def fundamentals_of(profile: object, ratios: object, metrics: object, name: Symbol) -> Fundamentals:
    """Return the company of ``/profile``, ``/ratios`` and ``/key-metrics``.

    The latter two are those of the day the last fiscal year ended on. What compares a price is
    brought to today's: times today's market value through that day's, which no split disturbs.
    Raises UnknownSymbolError where the profile is empty.
    """
    if not (found := rows_of(profile)):
        raise UnknownSymbolError(VENDOR, name)
    company, year, then = found[0], _first(ratios), _first(metrics)
    in_dollars = company.get("currency") == "USD"
    value = price(company.get("marketCap")) if in_dollars else None
    value_then = price(then.get("marketCap"))
    grown = None if value is None or value_then is None else value / value_then
    low, high = _span(company.get("range"))
    paid = number(year.get("dividendYield"))
    return Fundamentals(
        symbol=name,
        name=company.get("companyName") or None,
        market_cap=value,
        pe_ratio=_times(year.get("priceToEarningsRatio"), grown),
        peg_ratio=_times(year.get("priceToEarningsGrowthRatio"), grown),
        price_to_book=_times(year.get("priceToBookRatio"), grown),
        beta=number(company.get("beta")),
        debt_to_equity=number(year.get("debtToEquityRatio")),
        dividend_yield=None if paid is None or grown is None else paid / grown,
        sector=company.get("sector") or None,
        industry=company.get("industry") or None,
        fifty_two_week_high=high,
        fifty_two_week_low=low,
    )


def _first(body: object) -> Mapping[str, Any]:
    """Return the newest row; funds have none."""
    rows = rows_of(body)
    return rows[0] if rows else {}


def _times(value: object, grown: float | None) -> float | None:
    found = number(value)
    return None if found is None or grown is None else found * grown


def _span(text: object) -> tuple[float | None, float | None]:
    """Return lowest and highest price of a year, written ``169.2-277.3``."""
    low, _, high = str(text or "").partition("-")
    return price(low), price(high)


def news_of(body: object, name: Symbol, zone: tzinfo) -> list[NewsItem]:
    """Return headlines, newest first. Raises BadAnswerError."""
    items = [
        NewsItem(
            title=str(row.get("title") or ""),
            publisher=str(row.get("publisher") or row.get("site") or ""),
            published=local_time(row.get("publishedDate"), zone),
            url=str(row.get("url") or ""),
            symbols=(name,),
        )
        for row in rows_of(body)
    ]
    return sorted(items, key=lambda item: item.published, reverse=True)


def instrument_of(body: object, name: Symbol, spelled: str) -> Instrument:
    """Return what ``/search-symbol`` found under exactly this name. Raises UnknownSymbolError."""
    for row in rows_of(body):
        if row.get("symbol") == spelled:
            title = str(row.get("name") or name)
            return Instrument(name, title, str(row.get("exchange") or ""))
    raise UnknownSymbolError(VENDOR, name)


def by_name(body: object, names: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """Return the rows of an answer by the names that were asked for; it leaves out others."""
    wanted = set(names)
    return {row["symbol"]: row for row in rows_of(body) if row.get("symbol") in wanted}
