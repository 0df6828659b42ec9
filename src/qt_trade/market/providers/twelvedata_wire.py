"""Twelve Data's answers, read: pure functions from what it sends to what we know.

Numbers are strings, times of bars are the exchange's own without a zone, and an error is a body
``{"code": 404, "message": words, "status": "error"}`` whatever the HTTP status: the real one
nowadays, 200 until 2026 and inside batches still.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    MarketDataError,
    NotInPlanError,
    RateLimitedError,
    UnknownSymbolError,
    UnreachableError,
)
from qt_trade.market.figures import bar, count, last_price, moment, number, price, record
from qt_trade.market.gate import Told
from qt_trade.market.http import Answer, retry_after_s
from qt_trade.market.provider import NotStreamed, QuoteBatch, StreamEvent
from qt_trade.model.bars import Bar
from qt_trade.model.instruments import Instrument
from qt_trade.model.quotas import Window
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol, symbol

VENDOR = "Twelve Data"
ASKED = Symbol("what was asked for")
"""Stands for the symbol in an error that was judged before it was known whose it is."""
DAY_S = 86_400
_MILLISECONDS_FROM = 1e11
_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
_DAYS_PAUSE_S = 3_600.0


class NoRowsError(MarketDataError):
    """There is nothing in the span: an answer, though it looks like an error."""


def judge(answer: Answer, now: datetime) -> MarketDataError | None:
    """Name what is wrong with an answer, by the code in its body before that of its status."""
    body = _error_body(answer.text)
    if body is not None:
        return error_of(body, ASKED, now, retry_after_s(answer, 0.0))
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return KeyRefusedError(VENDOR, "HTTP 401")
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitedError(VENDOR, retry_after_s(answer))
    return None


def error_of(
    body: Mapping[str, Any], name: Symbol, now: datetime, asked_s: float = 0.0
) -> MarketDataError:
    """Return what an error body means. ``asked_s``: the pause a header asks for, 0: none does."""
    words = str(body.get("message") or "").lower()
    error: MarketDataError
    match body.get("code"):
        case 401:
            error = KeyRefusedError(VENDOR, "the API key is incorrect or not given")
        case 403:
            error = NotInPlanError(VENDOR, "it has no such endpoint")
        case 404 if "plan" in words:
            error = NotInPlanError(VENDOR, f"{name} comes with a higher one", name)
        case 404:
            error = UnknownSymbolError(VENDOR, name)
        case 400 if "no data is available" in words:
            error = NoRowsError(f"{VENDOR} has no rows for {name}")
        case 429:
            error = RateLimitedError(VENDOR, asked_s or _refilled_in_s(words, now))
        case int(code) if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            error = UnreachableError(VENDOR, f"its server answers {code}")
        case code:
            error = BadAnswerError(VENDOR, f"error {code}")
    return error


def about(error: MarketDataError, name: Symbol) -> MarketDataError:
    """Return an error that was judged before it was known whose it is, as that symbol's."""
    match error:
        case UnknownSymbolError(symbol=asked) if asked == ASKED:
            return UnknownSymbolError(VENDOR, name)
        case NotInPlanError(symbol=asked) if asked == ASKED:
            return NotInPlanError(VENDOR, f"{name} comes with a higher one", name)
        case _:
            return error


def told_by(answer: Answer) -> Sequence[Told]:
    """Return what the headers say of the minute's credits."""
    left = answer.headers.get("api-credits-left", "")
    return (Told(Window.MINUTE, int(left)),) if left.isdigit() else ()


def quotes_of(body: object, symbols: Sequence[Symbol], now: datetime) -> QuoteBatch:
    """Return the quotes of ``/quote``: by symbol where several were asked for, bare for one."""
    fields = record(VENDOR, body)
    quotes: dict[Symbol, Quote] = {}
    errors: dict[Symbol, MarketDataError] = {}
    for name in symbols:
        alone = len(symbols) == 1 and not isinstance(fields.get(name), dict)
        try:
            quotes[name] = quote_of(fields if alone else fields.get(name), name, now)
        except MarketDataError as error:
            errors[name] = error
    return QuoteBatch(quotes, errors)


def quote_of(body: object, name: Symbol, now: datetime) -> Quote:
    """Return one symbol's quote, or raise the error that stands in its place.

    Its ``timestamp`` is when the day's bar began; ``last_quote_at``, the last minute, is newer.
    """
    fields = record(VENDOR, body)
    if _is_error(fields):
        raise error_of(fields, name, now)
    return last_price(
        VENDOR,
        name,
        moment(VENDOR, fields.get("last_quote_at") or fields.get("timestamp")),
        fields.get("close"),
        open=price(fields.get("open")),
        high=price(fields.get("high")),
        low=price(fields.get("low")),
        previous_close=price(fields.get("previous_close")),
        volume=count(fields.get("volume")),
    )


def bars_of(body: object, name: Symbol, interval_s: int) -> list[Bar]:
    """Return the bars of ``/time_series``, oldest first, without those that are none.

    Raises BadAnswerError.
    """
    fields = record(VENDOR, body)
    rows = fields.get("values")
    if not isinstance(rows, list):
        raise BadAnswerError(VENDOR, "a series without values")
    zone = _zone(record(VENDOR, fields.get("meta") or {}).get("exchange_timezone"))
    found = (_bar(record(VENDOR, row), name, interval_s, zone) for row in rows)
    return sorted((one for one in found if one is not None), key=lambda one: one.at)


def _bar(row: Mapping[str, Any], name: Symbol, interval_s: int, zone: ZoneInfo) -> Bar | None:
    try:
        local = datetime.fromisoformat(str(row.get("datetime")))
    except ValueError as error:
        raise BadAnswerError(VENDOR, f"a row of {name} without a time") from error
    if interval_s == DAY_S:
        local = datetime.combine(local.date(), time())
    at = local.replace(tzinfo=zone).astimezone(UTC)
    prices = [row.get(key) for key in ("open", "high", "low", "close")]
    return bar(name, at, interval_s, prices, row.get("volume"))


def instrument_of(body: object, name: Symbol) -> Instrument:
    """Return what ``/symbol_search`` found in the US under exactly this symbol.

    Raises UnknownSymbolError.
    """
    found = record(VENDOR, body).get("data")
    for one in found if isinstance(found, list) else []:
        fields = record(VENDOR, one)
        if fields.get("symbol") == name and fields.get("country") == "United States":
            title, exchange = fields.get("instrument_name"), fields.get("exchange")
            return Instrument(name, str(title or name), str(exchange or ""))
    raise UnknownSymbolError(VENDOR, name)


def price_of(frame: Mapping[str, Any]) -> StreamEvent:
    """Return the quote in a ``price`` frame, or what is wrong with it."""
    at = number(frame.get("timestamp"))
    if at is not None and at >= _MILLISECONDS_FROM:
        at /= 1000
    try:
        return last_price(
            VENDOR,
            symbol(str(frame.get("symbol"))),
            moment(VENDOR, at),
            frame.get("price"),
            bid=price(frame.get("bid")),
            ask=price(frame.get("ask")),
            volume=count(frame.get("day_volume")),
        )
    except MarketDataError as error:
        return error
    except ValueError:
        return BadAnswerError(VENDOR, "a price of something that is no US stock")


def refusals_of(frame: Mapping[str, Any]) -> list[StreamEvent]:
    """Return who a ``subscribe-status`` frame says is not streamed."""
    if frame.get("messages"):
        return [BadAnswerError(VENDOR, "it does not understand what it was told")]
    fails = frame.get("fails")
    named = [_failed(one) for one in fails] if isinstance(fails, list) else []
    if not named and frame.get("status") == "error":
        return [NotStreamed(None, "it streams none of them")]
    return list(named)


def _failed(one: object) -> NotStreamed:
    name = one.get("symbol") if isinstance(one, dict) else one
    try:
        return NotStreamed(symbol(str(name)), "it is not streamed in this plan")
    except ValueError:
        return NotStreamed(None, "something is not streamed in this plan")


def _is_error(fields: Mapping[str, Any]) -> bool:
    # The status is missing at times.
    return fields.get("status") == "error" or ("code" in fields and "message" in fields)


def _error_body(text: str) -> Mapping[str, Any] | None:
    # A batch that holds errors begins with a symbol, and long answers are not read twice.
    if '"code"' not in text[:400] and '"error"' not in text[:400]:
        return None
    try:
        body = json.loads(text)
    except ValueError:
        return None
    return body if isinstance(body, dict) and _is_error(body) else None


def _refilled_in_s(words: str, now: datetime) -> float:
    """Return how long credits are gone: a second into the next minute, or an hour of a day.

    When the day's come back is not known for sure (midnight of UTC), so it is asked again sooner.
    """
    if "for the day" in words:
        return _DAYS_PAUSE_S
    again = now.replace(second=0, microsecond=0) + _MINUTE
    return (again - now + _SECOND).total_seconds()


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name or "America/New_York"))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadAnswerError(VENDOR, "a time zone nobody knows") from error
