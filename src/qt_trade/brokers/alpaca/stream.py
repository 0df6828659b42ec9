"""Alpaca's ``trade_updates``: news of orders as they happen, from sign-in to the line's end.

Nothing that was missed is sent again, so whoever listens catches up after every sign-in. A line
that is mute is found out by pings, and by its end nobody waits for.
"""

import json
from collections.abc import AsyncGenerator

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from qt_trade.brokers.alpaca.rest import KeysRefusedError
from qt_trade.brokers.alpaca.wire import WireAuthorization, WireFrame, WireUpdate
from qt_trade.model.alpaca_access import Access, stream_url
from qt_trade.model.broker_errors import BrokerAwayError

OPEN_S = 5.0
PING_S = 5.0
PONG_S = 5.0
"""A line that owes a pong so long is dead, however connected it looks."""

_DECODER = msgspec.json.Decoder(WireFrame)


async def updates(
    access: Access, ping_s: float = PING_S, pong_s: float = PONG_S
) -> AsyncGenerator[WireUpdate | None, None]:
    """Sign in and yield news until the line ends.

    The first item is None: from here on nothing is missed. Always ends by raising
    BrokerAwayError, or KeysRefusedError.
    """
    url = stream_url(access)
    try:
        async with connect(
            url, open_timeout=OPEN_S, ping_interval=ping_s, ping_timeout=pong_s, proxy=None
        ) as socket:
            await _sign_in(socket, access)
            yield None
            async for frame in socket:
                update = _update_of(frame)
                if update is not None:
                    yield update
    except (WebSocketException, OSError) as error:
        raise _away(error) from error
    raise BrokerAwayError("Alpaca closed the stream")


async def _sign_in(socket: ClientConnection, access: Access) -> None:
    keys = {"key_id": access.keys.key_id, "secret_key": access.keys.secret}
    await socket.send(json.dumps({"action": "authenticate", "data": keys}))
    answer = msgspec.json.decode(await _data_of(socket, "authorization"), type=WireAuthorization)
    if answer.status != "authorized":
        raise KeysRefusedError(f"Alpaca refuses the keys: {answer.message or answer.status}")
    await socket.send(json.dumps({"action": "listen", "data": {"streams": ["trade_updates"]}}))
    await _data_of(socket, "listening")


async def _data_of(socket: ClientConnection, stream: str) -> msgspec.Raw:
    """Return the data of the next frame of a stream; the two before any news are awaited so."""
    async for frame in socket:
        told = _frame_of(frame)
        if told.stream == stream:
            return told.data
    raise BrokerAwayError("Alpaca closed the stream")


def _update_of(frame: str | bytes) -> WireUpdate | None:
    told = _frame_of(frame)
    if told.stream != "trade_updates":
        return None
    try:
        return msgspec.json.decode(told.data, type=WireUpdate)
    except msgspec.MsgspecError as error:
        # What it said is learned by catching up, which the next connection does.
        raise BrokerAwayError(f"news of Alpaca cannot be read: {error}") from error


def _frame_of(frame: str | bytes) -> WireFrame:
    try:
        return _DECODER.decode(frame)
    except msgspec.MsgspecError as error:
        raise BrokerAwayError(f"a frame of Alpaca's stream cannot be read: {error}") from error


def _away(error: Exception) -> BrokerAwayError:
    if isinstance(error, BrokerAwayError):
        return error
    return BrokerAwayError(f"the stream broke: {str(error) or type(error).__name__}")
