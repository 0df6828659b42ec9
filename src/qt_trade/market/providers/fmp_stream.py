"""FMP's two streams: the one of today, and the older one that a few accounts still have.

Both begin with a login. Units of times and the form of a few answers are written down nowhere:
all that were seen are understood.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    MarketDataError,
    NotInPlanError,
    RateLimitedError,
)
from qt_trade.market.figures import last_price, number, price, record
from qt_trade.market.http import PAUSE_S
from qt_trade.market.provider import StreamEvent
from qt_trade.market.providers.fmp_wire import VENDOR, epoch_of_any, quote_of
from qt_trade.market.sockets import Heard
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol, symbol

STREAM_URL = "wss://socket.financialmodelingprep.com"
LEGACY_STREAM_URL = "wss://websockets.financialmodelingprep.com"

_PLAN = (HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN)


class FmpTalk:
    """Its language on the socket. ``spelled``: a symbol as FMP writes it."""

    ready_at_once = False

    def __init__(self, key: str, spelled: Callable[[Symbol], str], *, legacy: bool) -> None:
        self._key = key
        self._spelled = spelled
        self._legacy = legacy
        self._books: dict[str, Mapping[str, Any]] = {}

    def greet(self) -> Sequence[str]:
        return [json.dumps({"event": "login", "data": {"apiKey": self._key}})]

    def take(self, frame: str | bytes) -> Heard:
        try:
            message = record(VENDOR, json.loads(frame))
        except (ValueError, BadAnswerError):
            return Heard([BadAnswerError(VENDOR, "a frame that is no object of JSON")])
        if message.get("event") == "login":
            return _login(message)
        return Heard(self._events(message))

    def _events(self, message: Mapping[str, Any]) -> Sequence[StreamEvent]:
        match message:
            case {"event": "heartbeat" | "subscribe" | "unsubscribe"}:
                return ()
            case {"symbol": str(name), "price": _}:
                return [_read(lambda: quote_of(message, symbol(name)))]
            case {"s": str(name), "type": "T"}:
                return [_read(lambda: self._trade(name, message))]
            case {"s": str(name), "type": "Q"}:
                self._books[name] = message
                return ()
            case _:
                return [BadAnswerError(VENDOR, "a frame of a kind nobody knows")]

    def change(self, added: Sequence[Symbol], removed: Sequence[Symbol]) -> Sequence[str]:
        # What goes makes room for what comes.
        told = [("unsubscribe", removed), ("subscribe", added)]
        return [self._asked(event, names) for event, names in told if names]

    def heartbeat(self) -> str | None:
        return None

    def _asked(self, event: str, names: Sequence[Symbol]) -> str:
        if self._legacy:
            tickers = [self._spelled(name).lower() for name in names]
            return json.dumps({"event": event, "data": {"ticker": tickers}})
        return json.dumps({"event": event, "tickers": [self._spelled(name) for name in names]})

    def _trade(self, name: str, fields: Mapping[str, Any]) -> Quote:
        """Return an older stream's trade, with the newest book around it."""
        book = self._books.get(name, {})
        at = epoch_of_any(fields.get("t"))
        bid, ask = price(book.get("bp")), price(book.get("ap"))
        return last_price(VENDOR, symbol(name), at, fields.get("lp"), bid=bid, ask=ask)


def _read(read: Callable[[], Quote]) -> Quote | MarketDataError:
    try:
        return read()
    except MarketDataError as error:
        return error
    except ValueError:
        return BadAnswerError(VENDOR, "a price of something that is no US stock")


def _login(message: Mapping[str, Any]) -> Heard:
    """Tell whether the key is taken. Raises KeyRefusedError, NotInPlanError, RateLimitedError."""
    data = message.get("data")
    fields = {**message, **data} if isinstance(data, dict) else message
    status = number(fields.get("status"))
    words = str(fields.get("message") or "").lower()
    if status == HTTPStatus.OK or (status is None and "authenticated" in words):
        return Heard(ready=True)
    if status == HTTPStatus.TOO_MANY_REQUESTS or "limit" in words:
        raise RateLimitedError(VENDOR, PAUSE_S)
    if status in _PLAN:
        raise NotInPlanError(VENDOR, "it does not stream to this key")
    raise KeyRefusedError(VENDOR, "its stream does not take the key")
