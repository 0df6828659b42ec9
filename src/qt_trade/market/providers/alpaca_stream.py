"""Alpaca's stream: logging in, subscribing symbol by symbol, trades and books as one quote."""

import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    NotInPlanError,
    UnreachableError,
)
from qt_trade.market.provider import Halt, NotStreamed, StreamEvent
from qt_trade.market.providers.alpaca_wire import (
    VENDOR,
    Sides,
    WireBook,
    WireTrade,
    quote_of,
    sides,
)
from qt_trade.market.sockets import Heard
from qt_trade.model.symbols import Symbol, symbol

CHANNELS = ("trades", "quotes", "statuses")
_HALTS = {"2", "H", "P"}
_RESUMPTIONS = {"3", "T"}
_NOT_THE_LAST_PRICE = frozenset("479BCHMNPQRUVWZ")
"""Conditions under which a trade says nothing of the price now: average, derived, prior, late or
delivered otherwise (the consolidated tapes' rules of what updates the last price)."""
_SYNTAX, _SYMBOL_LIMIT = 400, 405
_KEY_REFUSED = {402}
_NOT_IN_PLAN = {409}
_MEANS = {
    404: "it waited for the key in vain",
    406: "another program streams with the same key, and one may",
    407: "this program was too slow for it",
}


class _Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What kind of message it is, and of which symbol."""

    T: str
    S: str = ""
    msg: str = ""
    code: int = 0


class _Status(msgspec.Struct, frozen=True, kw_only=True):
    sc: str
    t: datetime
    sm: str = ""
    rm: str = ""


class _Withdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """A trade that was canceled (``i``) or corrected (``oi``: the one that was wrong)."""

    x: str = ""
    i: int | str | None = None
    oi: int | str | None = None


@dataclass(slots=True)
class _Market:
    """What is known of one symbol since the connection began."""

    trade: WireTrade | None = None
    book: Sides = field(default_factory=Sides)
    book_at: datetime | None = None


class AlpacaTalk:
    """One connection's language. Each symbol is asked for by itself where few are allowed.

    What is asked is answered in order, and a refusal names no symbol: so the waiting requests are
    remembered, and a refusal of many would be one of all of them.
    """

    def __init__(
        self, key: str, secret: str, symbols_per_request: int, now: Callable[[], datetime]
    ) -> None:
        self._key = key
        self._secret = secret
        self._at_once = symbols_per_request
        self._now = now
        self._asked: deque[tuple[Symbol, ...]] = deque()
        self._markets: dict[Symbol, _Market] = {}

    @property
    def ready_at_once(self) -> bool:
        return False

    def greet(self) -> Sequence[str]:
        return ()

    def heartbeat(self) -> str | None:
        return None

    def change(self, added: Sequence[Symbol], removed: Sequence[Symbol]) -> Sequence[str]:
        """Unsubscribe first: the places that get free are needed."""
        words = []
        if removed:
            for name in removed:
                self._markets.pop(name, None)
            self._asked.append(())
            words.append(_request("unsubscribe", removed))
        for start in range(0, len(added), self._at_once):
            some = tuple(added[start : start + self._at_once])
            self._asked.append(some)
            words.append(_request("subscribe", some))
        return words

    def take(self, frame: str | bytes) -> Heard:
        try:
            messages = msgspec.json.decode(frame, type=list[msgspec.Raw])
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Heard((BadAnswerError(VENDOR, "a frame of its stream is no list"),))
        events: list[StreamEvent] = []
        say: list[str] = []
        ready = False
        for message in messages:
            try:
                heard = self._heard(message)
            except (msgspec.DecodeError, ValueError) as error:
                events.append(BadAnswerError(VENDOR, f"in its stream: {error}"))
            except BadAnswerError as error:
                events.append(error)
            else:
                events.extend(heard.events)
                say.extend(heard.say)
                ready = ready or heard.ready
        return Heard(events, say, ready)

    def _heard(self, message: msgspec.Raw) -> Heard:
        frame = msgspec.json.decode(message, type=_Frame)
        match frame.T:
            case "t":
                return self._traded(symbol(frame.S), message)
            case "q":
                return self._quoted(symbol(frame.S), message)
            case "s":
                return _status(symbol(frame.S), message)
            case "c" | "x":
                self._withdrawn(symbol(frame.S), message)
                return Heard()
            case _:
                return self._said(frame)

    def _said(self, frame: _Frame) -> Heard:
        match frame.T, frame.msg:
            case "success", "connected":
                login = {"action": "auth", "key": self._key, "secret": self._secret}
                return Heard(say=(json.dumps(login),))
            case "success", "authenticated":
                return Heard(ready=True)
            case "subscription", _:
                self._answered()
                return Heard()
            case "error", _:
                return self._refused(frame)
            case _:
                return Heard()  # a kind of message that was not asked for

    # -- prices --------------------------------------------------------------------------------

    def _traded(self, name: Symbol, message: msgspec.Raw) -> Heard:
        trade = msgspec.json.decode(message, type=WireTrade)
        market = self._markets.setdefault(name, _Market())
        if not _NOT_THE_LAST_PRICE.isdisjoint(trade.c or ()):
            return Heard()
        quote = quote_of(name, trade, market.book, self._now())
        if market.trade is None or trade.t >= market.trade.t:
            market.trade = trade
        return Heard((quote,))

    def _quoted(self, name: Symbol, message: msgspec.Raw) -> Heard:
        book = msgspec.json.decode(message, type=WireBook)
        market = self._markets.setdefault(name, _Market())
        if market.book_at is not None and book.t < market.book_at:
            return Heard()
        before, market.book, market.book_at = market.book, sides(book), book.t
        if market.trade is None or market.book == before:
            return Heard()
        return Heard((quote_of(name, market.trade, market.book, self._now()),))

    def _withdrawn(self, name: Symbol, message: msgspec.Raw) -> None:
        """Forget the last trade where it was no trade after all."""
        found = msgspec.json.decode(message, type=_Withdrawn)
        market = self._markets.get(name)
        wrong = found.oi if found.i is None else found.i
        if market is not None and market.trade is not None and market.trade.i == wrong:
            market.trade = None

    # -- what was asked ------------------------------------------------------------------------

    def _answered(self) -> tuple[Symbol, ...]:
        return self._asked.popleft() if self._asked else ()

    def _refused(self, frame: _Frame) -> Heard:
        words = frame.msg or f"error {frame.code}"
        match frame.code:
            case code if code in _KEY_REFUSED:
                raise KeyRefusedError(VENDOR, words)
            case code if code in _NOT_IN_PLAN:
                raise NotInPlanError(VENDOR, f"its stream: {words}")
            case code if code == _SYMBOL_LIMIT:
                return Heard([NotStreamed(name, words) for name in self._answered()])
            case code if code == _SYNTAX:
                names = self._answered()
                return Heard(
                    [
                        BadAnswerError(VENDOR, f"its stream does not understand: {words}"),
                        *(NotStreamed(name, words) for name in names),
                    ]
                )
            case _:
                raise _ended(frame.code, words)


def _ended(code: int, words: str) -> UnreachableError:
    because = _MEANS.get(code)
    return UnreachableError(VENDOR, f"its stream: {words}" + (f": {because}" if because else ""))


def _status(name: Symbol, message: msgspec.Raw) -> Heard:
    found = msgspec.json.decode(message, type=_Status)
    if found.sc not in _HALTS | _RESUMPTIONS:
        return Heard()
    words = ": ".join(part for part in (found.sm, found.rm) if part)
    return Heard((Halt(name, found.t, found.sc in _HALTS, words),))


def _request(action: str, symbols: Sequence[Symbol]) -> str:
    request: dict[str, Any] = {"action": action}
    return json.dumps(request | {channel: list(symbols) for channel in CHANNELS})
