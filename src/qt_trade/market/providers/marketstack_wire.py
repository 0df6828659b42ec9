"""Marketstack's answers, read: pure functions from what it sends to what we know.

Facts by its documentation of version 2 and by what people measured at the service. Of version 1 the
rows are understood as well, and its errors, whose codes may be numbers.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
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
from qt_trade.market.figures import count, last_price, number, price, record
from qt_trade.market.http import Answer, retry_after_s
from qt_trade.model.bars import Bar
from qt_trade.model.instruments import CorporateAction, Dividend, Instrument, Split
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

VENDOR = "Marketstack"
DAY_S = 86_400
QUOTA_PAUSE_S = 3_600.0
"""After the month's quota is used up: when its month ends is not said."""
RATE_PAUSE_S = 10.0
"""After more than five calls a second: we never make them, so somebody else has the key, too."""

_CLOSE = time(16)
_KEY = {"missing_access_key", "invalid_access_key", "inactive_user", "101", "102"}
_PLAN = {"function_access_restricted", "https_access_restricted", "105"}
_QUOTA = {"too_many_requests", "usage_limit_reached", "104"}
_RATE = {"rate_limit_reached", "106"}
_NO_TICKER = "no_ticker"
_SYMBOL = {"no_valid_symbols_provided", _NO_TICKER}


class NoSuchSymbolError(MarketDataError):
    """None of the symbols is known there; who asked knows which they were."""


def judge(answer: Answer) -> MarketDataError | None:
    """Name Marketstack's errors: by the code in the envelope, else by the status."""
    codes = _codes(answer.text)
    if codes & _SYMBOL:
        return NoSuchSymbolError(f"{VENDOR} knows none of the symbols")
    if (refusal := _refusal(codes, answer) or _pause(codes, answer)) is not None:
        return refusal
    if codes and answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return BadAnswerError(VENDOR, f"an error nobody knows, HTTP {answer.status}")
    return None


def _refusal(codes: set[str], answer: Answer) -> MarketDataError | None:
    if codes & _KEY or answer.status == HTTPStatus.UNAUTHORIZED:
        return KeyRefusedError(VENDOR, "it is no valid access key")
    if codes & _PLAN or answer.status == HTTPStatus.FORBIDDEN:
        return NotInPlanError(VENDOR, "it does not answer questions of this kind")
    return None


def _pause(codes: set[str], answer: Answer) -> MarketDataError | None:
    if codes & _RATE:
        return RateLimitedError(VENDOR, retry_after_s(answer, RATE_PAUSE_S))
    if codes & _QUOTA or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitedError(VENDOR, retry_after_s(answer, QUOTA_PAUSE_S))
    return None


def _codes(text: str) -> set[str]:
    """Return an error's code, and its type where it has one; nothing for what is no error."""
    if not text.lstrip().startswith("{"):
        return set()
    try:
        body = json.loads(text)
    except ValueError:
        return set()
    match body:
        case {"error": dict(error)}:
            return {str(error[name]) for name in ("code", "type") if name in error} or {"none"}
        case {"detail": str(words)} if "ticker" in words.lower():
            return {_NO_TICKER}
        case _:
            return set()


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of an answer. ``total``: how many there are in all."""

    rows: Sequence[Mapping[str, Any]]
    total: int


def page_of(body: object) -> Page:
    """Return the rows of ``data``: a list, an object with its days, or one row without anything.

    ``[[]]`` was seen for nothing. Raises BadAnswerError.
    """
    fields = record(VENDOR, body)
    data = fields.get("data", fields)
    if isinstance(data, dict):
        data = data.get("eod", [data])
    if not isinstance(data, list):
        raise BadAnswerError(VENDOR, "data that are no list")
    rows = [record(VENDOR, row) for row in data if row != []]
    pages = fields.get("pagination")
    total = count(pages.get("total")) if isinstance(pages, dict) else None
    return Page(rows, len(rows) if total is None else total)


def by_name(rows: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the newest row of each symbol."""
    found: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        name = str(row.get("symbol"))
        if name not in found or str(row.get("date")) > str(found[name].get("date")):
            found[name] = row
    return found


def close_of(row: Mapping[str, Any], name: Symbol) -> Quote:
    """Return the quote that a day's row is: its close, at 16:00 of that day in New York.

    When a short session really closed, the row does not say. Raises BadAnswerError.
    """
    at = datetime.combine(_day(row), _CLOSE, NEW_YORK).astimezone(UTC)
    return last_price(
        VENDOR,
        name,
        at,
        row.get("close"),
        open=price(row.get("open")),
        high=price(row.get("high")),
        low=price(row.get("low")),
        volume=count(row.get("volume")),
    )


def latest_of(row: Mapping[str, Any], name: Symbol) -> Quote:
    """Return the quote of an intraday row: what it calls ``close`` is the previous session's.

    ``last`` and the book are null without rights at IEX. Raises BadAnswerError.
    """
    last = price(row.get("last")) or price(row.get("marketstack_last"))
    return last_price(
        VENDOR,
        name,
        _moment(row.get("date")),
        last,
        bid=price(row.get("bid_price")),
        ask=price(row.get("ask_price")),
        open=price(row.get("open")),
        high=price(row.get("high")),
        low=price(row.get("low")),
        previous_close=price(row.get("close")),
    )


def bar_of(row: Mapping[str, Any], name: Symbol) -> Bar:
    """Return a day, raw: its ``adj_`` figures are left alone. Raises BadAnswerError."""
    figures = (number(row.get(one)) or 0.0 for one in ("open", "high", "low", "close"))
    opened, high, low, close = figures
    try:
        shares = count(row.get("volume")) or 0
        return Bar(name, day_start(_day(row)), DAY_S, opened, high, low, close, shares)
    except ValueError as error:
        raise BadAnswerError(VENDOR, str(error)) from error


def actions_of(row: Mapping[str, Any], name: Symbol) -> list[CorporateAction]:
    """Return the split and the dividend whose ex-day a row is: 1 and 0 for none."""
    day, found = _day(row), list[CorporateAction]()
    ratio, paid = number(row.get("split_factor")), number(row.get("dividend"))
    if ratio is not None and ratio > 0 and ratio != 1:
        found.append(Split(name, day, Decimal(str(ratio))))
    if paid is not None and paid > 0:
        found.append(Dividend(name, day, Decimal(str(paid))))
    return found


def instrument_of(body: object, name: Symbol, spelled: str) -> Instrument:
    """Return what ``/tickers`` tells of a symbol. Raises UnknownSymbolError."""
    rows = page_of(body).rows
    if not rows or rows[0].get("symbol") != spelled:
        raise UnknownSymbolError(VENDOR, name)
    (row, *_) = rows
    exchange = row.get("stock_exchange")
    acronym = exchange.get("acronym") if isinstance(exchange, dict) else None
    return Instrument(name, str(row.get("name") or name), str(acronym or ""))


def _day(row: Mapping[str, Any]) -> date:
    # The exchange's day, written as its midnight in UTC: no zone turns it into another one.
    return _moment(row.get("date")).astimezone(UTC).date()


def _moment(text: object) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise BadAnswerError(VENDOR, "a time that is none") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
