"""Market data: quotes, their summary, bars and the clock of the feed."""

from enum import StrEnum
from typing import Annotated

import msgspec

from qt_trade.contract.payloads.base import Backend, Count, Moment, Price, SymbolText, Words


class Quote(Backend, frozen=True, kw_only=True):
    """One quote. ``feed_ts``: exchange time; sizes in shares; None where the source has none.

    ``doubt``: why the price opens nothing, such as too few sources that agree; empty: sound.
    """

    symbol: SymbolText
    feed_ts: Moment
    sequence: Count
    price: Price
    bid: Price | None
    ask: Price | None
    bid_size: Count | None
    ask_size: Count | None
    volume: Count | None
    open: Price | None
    high: Price | None
    low: Price | None
    previous_close: Price | None
    doubt: Words


class SymbolData(msgspec.Struct, frozen=True, kw_only=True):
    """The last quote of one symbol. ``change_percent`` in per cent of the previous close.

    ``doubt``: why the price opens nothing; empty: sound.
    """

    price: Price
    timestamp: Moment
    source: str
    bid: Price | None
    ask: Price | None
    bid_size: Count | None
    ask_size: Count | None
    volume: Count | None
    open: Price | None
    high: Price | None
    low: Price | None
    previous_close: Price | None
    change: float | None
    change_percent: float | None
    doubt: Words


class MarketData(Backend, frozen=True, kw_only=True):
    """The last quote of every symbol, at most twice a second."""

    run_id: str
    feed_ts: Moment
    quotes_published: Count
    symbols: dict[SymbolText, SymbolData]


class MarketSession(StrEnum):
    OPEN = "OPEN"
    PRE_MARKET = "PRE_MARKET"
    AFTER_HOURS = "AFTER_HOURS"
    CLOSED = "CLOSED"


class FeedState(StrEnum):
    """Whether the source delivers.

    MUTE: subscribed, the market trades, and no quote of any symbol comes. ENDED: a recording has
    been played to its end.
    """

    OK = "OK"
    MUTE = "MUTE"
    NO_DATA = "NO_DATA"
    ENDED = "ENDED"


Speed = Annotated[float, msgspec.Meta(gt=0, le=1_000_000)]
FeedSeconds = Annotated[float, msgspec.Meta(ge=0, le=1_000_000_000)]


class FeedClock(msgspec.Struct, frozen=True, kw_only=True):
    """Feed time = ``feed`` + (wall − ``wall``) × ``speed``. Both limits are in feed seconds."""

    wall: Moment
    feed: Moment
    speed: Speed
    quote_interval_s: FeedSeconds
    stale_after_s: FeedSeconds


class MarketStatus(Backend, frozen=True, kw_only=True):
    """The exchange's session in feed time, and the state of the feed since ``feed_since``.

    ``holiday``: for what the exchange rests on a day of the week, empty on all others.
    """

    run_id: str
    account: str
    clock: FeedClock
    market_open: bool
    market_session: MarketSession
    words: Words
    current_time_et: str
    trading_day: bool
    early_close: bool
    next_open: Moment | None
    next_close: Moment | None
    feed_state: FeedState
    feed_words: Words
    feed_since: Moment
    feed_source: str
    symbols: tuple[SymbolText, ...]
    holiday: Words = ""


class Bar(Backend, frozen=True, kw_only=True):
    """One closed bar. ``at``: its start in feed time; ``interval_s``: its length."""

    run_id: str
    symbol: SymbolText
    at: Moment
    interval_s: Count
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Count
    bid: Price | None
    bid_size: Count | None
    ask: Price | None
    ask_size: Count | None
