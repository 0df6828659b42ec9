"""The watch list: what a person wishes to see, and what of it is in force."""

from enum import StrEnum
from typing import Annotated

import msgspec

from qt_trade.contract.payloads.base import Backend, Frontend, Moment, SymbolText, Words

WATCHED_MAX = 500

Symbols = Annotated[tuple[SymbolText, ...], msgspec.Meta(max_length=WATCHED_MAX)]


class WatchList(Frontend, frozen=True, kw_only=True):
    """The symbols a person wishes to watch, in their order. Nothing else is watched on their word."""

    symbols: Symbols


class TickerOrigin(StrEnum):
    """Why a symbol is watched. FEED: the recording or the settings have it."""

    USER = "USER"
    CANDIDATE = "CANDIDATE"
    POSITION = "POSITION"
    FEED = "FEED"


class TickerState(StrEnum):
    """How a symbol is followed: pushed, asked for now and then, or not known to exist yet."""

    STREAMED = "STREAMED"
    POLLED = "POLLED"
    UNCHECKED = "UNCHECKED"


class Ticker(msgspec.Struct, frozen=True, kw_only=True):
    """One watched symbol. ``name``: the company's, empty where nobody has said it.

    ``tradable`` None: no broker has said whether it can be traded.
    """

    name: str
    origins: tuple[TickerOrigin, ...]
    state: TickerState
    words: Words
    tradable: bool | None = None


class DynamicTickers(Backend, frozen=True, kw_only=True):
    """The watch list in force. ``refused``: what was wished and is not watched, and why.

    A symbol of the list that is in neither is being looked up. ``list_ts``: the ``ts`` of the
    user's list this follows; None: no user has written one.
    """

    run_id: str
    symbols: tuple[SymbolText, ...]
    tickers: dict[SymbolText, Ticker]
    refused: dict[SymbolText, Words]
    words: Words
    list_ts: Moment | None = None
