"""From market values to contract payloads."""

from dataclasses import dataclass
from datetime import datetime

from qt_trade.contract.payloads import market as wire
from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.quotes import Quote

SOURCE = "streamer"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every payload of one run has in common."""

    feed: FeedKind
    run_id: str
    source_name: str


def quote_payload(quote: Quote, stamp: Stamp, now: datetime, sequence: int) -> wire.Quote:
    """Return a quote as it travels."""
    return wire.Quote(
        ts=now,
        source=stamp.source_name,
        feed=stamp.feed,
        symbol=quote.symbol,
        feed_ts=quote.at,
        sequence=sequence,
        price=quote.price,
        bid=quote.bid,
        ask=quote.ask,
        bid_size=quote.bid_size,
        ask_size=quote.ask_size,
        volume=quote.volume,
        open=quote.open,
        high=quote.high,
        low=quote.low,
        previous_close=quote.previous_close,
        doubt=quote.doubt,
    )


def symbol_data(quote: Quote, source: str) -> wire.SymbolData:
    """Return a symbol's line of ``market_data``; the change is None without a previous close."""
    before = quote.previous_close
    change = None if before is None else quote.price - before
    return wire.SymbolData(
        price=quote.price,
        timestamp=quote.at,
        source=source,
        bid=quote.bid,
        ask=quote.ask,
        bid_size=quote.bid_size,
        ask_size=quote.ask_size,
        volume=quote.volume,
        open=quote.open,
        high=quote.high,
        low=quote.low,
        previous_close=before,
        change=change,
        change_percent=None if before is None or change is None else change / before * 100,
        doubt=quote.doubt,
    )


def bar_payload(bar: Bar, stamp: Stamp, now: datetime) -> wire.Bar:
    """Return a closed bar as it travels."""
    return wire.Bar(
        ts=now,
        source=stamp.source_name,
        feed=stamp.feed,
        run_id=stamp.run_id,
        symbol=bar.symbol,
        at=bar.at,
        interval_s=bar.interval_s,
        open=bar.open,
        high=bar.high,
        low=bar.low,
        close=bar.close,
        volume=bar.volume,
        bid=bar.bid,
        bid_size=bar.bid_size,
        ask=bar.ask,
        ask_size=bar.ask_size,
    )
