"""Quotes as Yahoo pushes them: one WebSocket connection from subscription to its end.

``yfinance.AsyncWebSocket`` is not used: after a clean close by the server its ``listen`` (1.7.0)
spins without ever yielding to the event loop. Its message schema is.
"""

import asyncio
import base64
import binascii
import importlib
import json
import math
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from qt_trade.market.errors import BadAnswerError, RateLimitedError, UnreachableError
from qt_trade.market.providers.yahoo_format import (
    PAUSE_MIN_S,
    VENDOR,
    from_yahoo,
    shortest,
    to_yahoo,
)
from qt_trade.market.providers.yahoo_thread import YahooAccess
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


async def pushed(
    access: YahooAccess,
    symbols: Sequence[Symbol],
    decode: Decode,
    now: Callable[[], datetime],
    may_be_mute: Callable[[], bool],
) -> AsyncGenerator[Quote | BadAnswerError | None, None]:
    """Connect, subscribe and yield quotes until the connection ends.

    The first item is None: connected. An unreadable frame is yielded as its error. Always ends by
    raising: RateLimitedError, or UnreachableError when refused, broken, closed, or mute for
    ``mute_s`` while the market trades.
    """
    try:
        async with connect(access.stream_url, open_timeout=access.timeout_s) as socket:
            yield None
            async for frame in _frames(socket, access, symbols, may_be_mute):
                try:
                    quote = quote_of(frame, decode, now())
                except BadAnswerError as error:
                    yield error
                else:
                    yield quote
    except InvalidStatus as error:
        if error.response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise RateLimitedError(VENDOR, PAUSE_MIN_S) from error
        raise UnreachableError(VENDOR, str(error)) from error
    except ConnectionClosed as error:
        raise UnreachableError(VENDOR, "the stream was closed") from error
    except (WebSocketException, OSError) as error:
        words = error.strerror if isinstance(error, OSError) else None
        raise UnreachableError(VENDOR, words or str(error) or type(error).__name__) from error


async def _frames(
    socket: ClientConnection,
    access: YahooAccess,
    symbols: Sequence[Symbol],
    may_be_mute: Callable[[], bool],
) -> AsyncGenerator[str | bytes, None]:
    subscription = json.dumps({"subscribe": [to_yahoo(name) for name in symbols]})
    silent_s = 0.0
    wait_s = min(access.heartbeat_s, access.mute_s)
    await socket.send(subscription)
    while True:
        try:
            async with asyncio.timeout(wait_s):
                frame = await socket.recv()
        except TimeoutError:
            silent_s = 0.0 if may_be_mute() else silent_s + wait_s
            if silent_s >= access.mute_s:
                raise UnreachableError(VENDOR, f"no quote for {silent_s:.0f} s") from None
            await socket.send(subscription)  # a subscription is forgotten after a while
        else:
            silent_s = 0.0
            yield frame


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
