"""Alpaca's market data as types, and as quotes and bars. Numbers are numbers here, not strings.

Fields this program does not use are not named; symbols are canonical there already (``BRK.B``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec

from qt_trade.market.calendar import NEW_YORK
from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    MarketDataError,
    NotInPlanError,
    RateLimitedError,
    UnknownSymbolError,
)
from qt_trade.market.gate import Told
from qt_trade.market.http import PAUSE_S, Answer, retry_after_s
from qt_trade.model.bars import Bar
from qt_trade.model.companies import NewsItem
from qt_trade.model.instruments import Instrument
from qt_trade.model.quotas import Window
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol, symbol

VENDOR = "Alpaca"

T = TypeVar("T")

_AHEAD_MAX = timedelta(minutes=1)
"""A price from further in the future than clocks differ is none."""
_WORDS_MAX = 200
_NO_SUCH_SYMBOL = "invalid symbol: "
_PLAN = "subscription"


class WireTrade(msgspec.Struct, frozen=True, kw_only=True):
    """A trade: ``p`` dollars, ``t`` with nanoseconds. ``x``: where; ``c``: its conditions."""

    p: float
    t: datetime
    i: int | str | None = None
    x: str = ""
    c: tuple[str, ...] | None = None


class WireBook(msgspec.Struct, frozen=True, kw_only=True, rename={"ask_size": "as"}):
    """The best bid and ask; a price of zero says that nobody is on that side. Sizes in shares."""

    t: datetime
    bp: float = 0.0
    bs: float = 0.0
    ap: float = 0.0
    ask_size: float = 0.0


class WireBar(msgspec.Struct, frozen=True, kw_only=True):
    """A bar; a daily one begins at midnight in New York."""

    t: datetime
    o: float
    h: float
    l: float  # noqa: E741  # as Alpaca names it
    c: float
    v: float


class WireSnapshot(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is known of a symbol now."""

    latest_trade: WireTrade | None = None
    latest_quote: WireBook | None = None
    daily_bar: WireBar | None = None
    prev_daily_bar: WireBar | None = None


class WireBars(msgspec.Struct, frozen=True, kw_only=True):
    """A page of bars; null or absent where there are none."""

    bars: dict[str, list[WireBar] | None] | None = None
    next_page_token: str | None = None


class WireHeadline(msgspec.Struct, frozen=True, kw_only=True):
    """A news item."""

    headline: str
    created_at: datetime
    source: str = ""
    url: str | None = None
    symbols: tuple[str, ...] = ()


class WireNews(msgspec.Struct, frozen=True, kw_only=True):
    """A page of news."""

    news: list[WireHeadline] | None = None
    next_page_token: str | None = None


class WireAsset(msgspec.Struct, frozen=True, kw_only=True):
    """A listed share as the trading host knows it."""

    symbol: str
    name: str = ""
    exchange: str = ""
    status: str = "active"
    tradable: bool = False


class NoSuchAssetError(MarketDataError):
    """The trading host has no such symbol; who asked knows which it was."""


def read(body: Any, kind: type[T]) -> T:
    """Return a body as its type. Raises BadAnswerError that names the field."""
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError as error:
        raise BadAnswerError(VENDOR, str(error)) from error


# -- what is wrong with an answer --------------------------------------------------------------


def judge(now: Callable[[], datetime]) -> Callable[[Answer], MarketDataError | None]:
    """Return the judge of the data host's answers. ``now``: its reset is a moment, not a wait."""

    def judged(answer: Answer) -> MarketDataError | None:
        match answer.status:
            case HTTPStatus.UNAUTHORIZED:
                return KeyRefusedError(VENDOR, _message(answer) or "HTTP 401")
            case HTTPStatus.FORBIDDEN:
                return _forbidden(answer)
            case HTTPStatus.TOO_MANY_REQUESTS:
                return RateLimitedError(VENDOR, _pause_s(answer, now()))
            case HTTPStatus.BAD_REQUEST | HTTPStatus.UNPROCESSABLE_ENTITY:
                return _not_understood(answer)
            case _:
                return None

    return judged


def judge_trading(answer: Answer) -> MarketDataError | None:
    """Name what is wrong with an answer of the trading host.

    Paper and live have keys of their own: a key that is refused there still fetches prices.
    """
    match answer.status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            because = (
                "the trading host does not know the key, so that symbols cannot be looked up:"
                " set QTRADE_PROVIDERS__ALPACA__OPTIONS to the host it is for, paper or live"
            )
            return NotInPlanError(VENDOR, because)
        case HTTPStatus.NOT_FOUND:
            return NoSuchAssetError(_message(answer))
        case HTTPStatus.UNPROCESSABLE_ENTITY:
            return BadAnswerError(VENDOR, _message(answer))
        case _:
            return None


def told(answer: Answer) -> tuple[Told, ...]:
    """Return the data host's own count of this minute."""
    left = answer.headers.get("x-ratelimit-remaining", "")
    return (Told(Window.MINUTE, int(left)),) if left.isdigit() else ()


def _forbidden(answer: Answer) -> MarketDataError:
    words = _message(answer)
    if _PLAN in words:
        return NotInPlanError(VENDOR, words)
    if _code(answer) is not None:
        # A bad key is refused without a code; with one it is something about an order.
        return BadAnswerError(VENDOR, f"HTTP 403: {words}")
    return KeyRefusedError(VENDOR, words or "HTTP 403")


def _not_understood(answer: Answer) -> MarketDataError:
    words = _message(answer)
    if words.startswith(_NO_SUCH_SYMBOL):
        try:
            return UnknownSymbolError(VENDOR, symbol(words.removeprefix(_NO_SUCH_SYMBOL)))
        except ValueError:
            pass  # not even a spelling that could be ours
    return BadAnswerError(VENDOR, f"HTTP {answer.status}: {words}")


def _pause_s(answer: Answer, now: datetime) -> float:
    reset = answer.headers.get("x-ratelimit-reset", "")
    until_reset = float(reset) - now.timestamp() if reset.isdigit() else PAUSE_S
    return retry_after_s(answer, otherwise_s=min(PAUSE_S, max(1.0, until_reset)))


def _message(answer: Answer) -> str:
    found = _error(answer).get("message")
    return found[:_WORDS_MAX] if isinstance(found, str) else ""


def _code(answer: Answer) -> Any:
    return _error(answer).get("code")


def _error(answer: Answer) -> Mapping[str, Any]:
    try:
        body = answer.json(VENDOR)
    except BadAnswerError:
        return {}
    return body if isinstance(body, dict) else {}


# -- what an answer says -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sides:
    """The best bid and ask with their sizes; None where nobody is."""

    bid: float | None = None
    bid_size: int | None = None
    ask: float | None = None
    ask_size: int | None = None


def sides(book: WireBook | None) -> Sides:
    """Return a book's two sides."""
    if book is None:
        return Sides()
    bid, ask = _price(book.bp), _price(book.ap)
    return Sides(
        bid=bid,
        bid_size=None if bid is None else int(book.bs),
        ask=ask,
        ask_size=None if ask is None else int(book.ask_size),
    )


def quote_of_snapshot(name: Symbol, body: Any, now: datetime, *, whole_market: bool) -> Quote:
    """Return a snapshot's last trade with the day around it.

    ``whole_market`` False: one exchange alone is seen, whose volume is not the market's: None.
    Raises BadAnswerError for a snapshot without a credible trade.
    """
    found = read(body, WireSnapshot)
    if found.latest_trade is None:
        raise BadAnswerError(VENDOR, f"{name} has no trade")
    today, before = _day_and_before(found, found.latest_trade.t)
    return quote_of(
        name,
        found.latest_trade,
        sides(found.latest_quote),
        now,
        volume=None if today is None or not whole_market else int(today.v),
        open=None if today is None else _price(today.o),
        high=None if today is None else _price(today.h),
        low=None if today is None else _price(today.l),
        previous_close=None if before is None else _price(before.c),
    )


def quote_of(
    name: Symbol, trade: WireTrade, book: Sides, now: datetime, **day: float | None
) -> Quote:
    """Return a quote of a trade; ``at`` is the trade's. Raises BadAnswerError for none."""
    if trade.t > now + _AHEAD_MAX:
        raise BadAnswerError(VENDOR, f"{name} is traded at {trade.t:%Y-%m-%d %H:%M:%S}Z, ahead")
    figures: dict[str, Any] = dict.fromkeys(
        ("volume", "open", "high", "low", "previous_close")
    ) | dict(day)
    try:
        return Quote(
            symbol=name,
            at=trade.t,
            price=trade.p,
            bid=book.bid,
            ask=book.ask,
            bid_size=book.bid_size,
            ask_size=book.ask_size,
            **figures,
        )
    except ValueError as error:
        raise BadAnswerError(VENDOR, str(error)) from error


def bar_of(name: Symbol, found: WireBar, interval_s: int) -> Bar:
    """Return a bar. Raises BadAnswerError for one that contradicts itself."""
    try:
        return Bar(name, found.t, interval_s, found.o, found.h, found.l, found.c, int(found.v))
    except ValueError as error:
        raise BadAnswerError(VENDOR, str(error)) from error


def news_of(found: WireHeadline) -> NewsItem:
    """Return a headline; what it names beside US shares is left out."""
    return NewsItem(
        title=found.headline,
        publisher=found.source,
        published=found.created_at,
        url=found.url or "",
        symbols=tuple(_shares_among(found.symbols)),
    )


def instrument_of(found: WireAsset) -> Instrument:
    """Return what the trading host says of a symbol. Raises BadAnswerError for no US share."""
    try:
        name = symbol(found.symbol)
    except ValueError as error:
        raise BadAnswerError(VENDOR, str(error)) from error
    return Instrument(
        symbol=name,
        name=found.name,
        exchange=found.exchange,
        tradable=found.tradable and found.status == "active",
    )


def _day_and_before(found: WireSnapshot, traded: datetime) -> tuple[WireBar | None, WireBar | None]:
    """Return the bar of the trade's own day and the one of the session before it.

    Before the first bar of a day ``dailyBar`` is still the session before.
    """
    daily, before = found.daily_bar, found.prev_daily_bar
    if daily is not None and _new_york(daily.t) < _new_york(traded):
        return None, daily
    return daily, before


def _new_york(at: datetime) -> Any:
    return at.astimezone(NEW_YORK).date()


def _shares_among(names: tuple[str, ...]) -> list[Symbol]:
    shares = []
    for name in names:
        try:
            shares.append(symbol(name))
        except ValueError:
            continue
    return shares


def _price(value: float) -> float | None:
    return value if value > 0 else None
