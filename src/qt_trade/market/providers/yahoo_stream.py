"""Quotes as Yahoo pushes them, and its language on the socket.

``yfinance.AsyncWebSocket`` is not used: after a clean close by the server its ``listen`` (1.7.0)
spins without ever yielding to the event loop. Its message schema is.
"""

import asyncio
import base64
import binascii
import importlib
import json
import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from qt_trade.market.errors import BadAnswerError
from qt_trade.market.providers.yahoo_format import (
    VENDOR,
    from_yahoo,
    shortest,
    to_yahoo,
)
from qt_trade.market.sockets import Heard
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

Decode = Callable[[bytes], Any]

_AHEAD_MAX = timedelta(minutes=1)


async def load_decoder() -> Decode:
    """Return the decoder of Yahoo's protobuf messages; imports yfinance, in a thread."""
    schema = await asyncio.to_thread(importlib.import_module, "yfinance.pricing_pb2")
    messages = importlib.import_module("google.protobuf.message")

    def decode(message: bytes) -> Any:
        try:
            return schema.PricingData.FromString(message)
        except messages.DecodeError as error:
            raise BadAnswerError(VENDOR, "a pushed frame is no protobuf message") from error

    return decode


def quote_of(frame: str | bytes, decode: Decode, now: datetime) -> Quote:
    """Return the quote in a frame ``{"message": "<base64 protobuf>"}``.

    Fields at zero are absent in protobuf: no bid is sent as zero. Raises BadAnswerError for any
    frame that is not a quote of a US stock with a price and a credible time.
    """
    try:
        data = decode(base64.b64decode(json.loads(frame)["message"], validate=True))
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise BadAnswerError(VENDOR, f"{type(error).__name__} in a pushed frame") from error
    if not 0 < data.time / 1000 < (now + _AHEAD_MAX).timestamp():
        raise BadAnswerError(VENDOR, f"{data.id!r} is quoted at {data.time} ms, which cannot be")
    return _quote(from_yahoo(data.id), datetime.fromtimestamp(data.time / 1000, UTC), data)


def _quote(symbol: Symbol, at: datetime, data: Any) -> Quote:
    price = _price(data.price)
    if price is None:
        raise BadAnswerError(VENDOR, f"{symbol} is quoted without a price")
    return Quote(
        symbol=symbol,
        at=at,
        price=price,
        bid=_price(data.bid),
        ask=_price(data.ask),
        bid_size=int(data.bid_size) or None,
        ask_size=int(data.ask_size) or None,
        volume=max(0, int(data.day_volume)),
        open=_price(data.open_price),
        high=_price(data.day_high),
        low=_price(data.day_low),
        previous_close=_price(data.previous_close),
    )


def _price(value: float) -> float | None:
    return shortest(value) if math.isfinite(value) and value > 0 else None


class YahooTalk:
    """Yahoo's language on its socket: no login, and a subscription is forgotten unless repeated.

    Quotes of symbols that are not subscribed to are dropped.
    """

    ready_at_once = True

    def __init__(self, decode: Decode, now: Callable[[], datetime]) -> None:
        self._decode = decode
        self._now = now
        self._taken: frozenset[Symbol] = frozenset()

    def greet(self) -> Sequence[str]:
        """Nothing."""
        return ()

    def take(self, frame: str | bytes) -> Heard:
        """Read a frame; one that is no quote is told and changes nothing."""
        try:
            quote = quote_of(frame, self._decode, self._now())
        except BadAnswerError as error:
            return Heard() if _says_nothing(frame) else Heard([error])
        return Heard([quote] if quote.symbol in self._taken else [])

    def change(self, added: Sequence[Symbol], removed: Sequence[Symbol]) -> Sequence[str]:
        """Return what subscribes and unsubscribes."""
        self._taken = (self._taken | frozenset(added)) - frozenset(removed)
        return [
            json.dumps({word: [to_yahoo(name) for name in names]})
            for word, names in (("unsubscribe", removed), ("subscribe", added))
            if names
        ]

    def heartbeat(self) -> str | None:
        """Return the whole subscription once more."""
        names = [to_yahoo(name) for name in sorted(self._taken)]
        return json.dumps({"subscribe": names}) if names else None


def _says_nothing(frame: str | bytes) -> bool:
    """Whether a frame is of a kind that carries no message, such as one that says it is alive."""
    try:
        told = json.loads(frame)
    except ValueError:
        return False
    return isinstance(told, dict) and "type" in told and "message" not in told
