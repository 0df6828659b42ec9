"""One symbol in words: its quote, where that comes from and how old it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qt_trade.contract.payloads.market import FeedState, MarketStatus, Quote
from qt_trade.desktop.items.aggregation import INTERVALS as MINUTES
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import consensus, outlook, words
from qt_trade.model.feeds import FeedKind

SPREAD_WIDE_BP = 10.0
"""A spread above this is worth a warning sign."""
INTERVALS = ("1m", "5m", "15m", "1h", "1D")
_MILLION = 1_000_000
_THOUSAND = 10_000


@dataclass(frozen=True, slots=True)
class MarketView:
    """The selected symbol. ``stale`` greys its figures; the note says since when."""

    symbol: str = ""
    known: bool = False
    stale: bool = False
    last: str = words.NONE
    change: str = ""
    change_tone: str = ""
    note: str = "no quote yet"
    note_tone: str = "faint"
    evidence: str = ""
    bid: str = words.NONE
    ask: str = words.NONE
    bid_size: str = words.NONE
    ask_size: str = words.NONE
    spread: str = words.NONE
    spread_tone: str = ""
    volume: str = words.NONE
    open: str = words.NONE
    high: str = words.NONE
    low: str = words.NONE
    previous_close: str = words.NONE
    feed: str = ""
    source: str = words.NONE
    quote_time: str = words.NONE
    age: str = words.NONE
    age_tone: str = ""
    predictions: tuple[Any, ...] = ()
    prediction_words: str = ""
    prediction_told: str = ""
    outlook_band: str = ""
    outlook_words: str = ""
    outlook_tone: str = "faint"
    outlook_proven: bool = False
    predictions_stale: bool = False
    held: str = "none"
    intervals: tuple[str, ...] = INTERVALS
    interval_index: int = 1
    bars_known: bool = False
    history_words: str = ""
    missing: str = ""
    watch_note: str = ""
    watch_tone: str = "faint"


def market_view(desk: Snapshot, wall: datetime, symbol: str, interval_index: int) -> MarketView:
    """Return the markets page for a symbol at this moment."""
    return MarketView(
        symbol=symbol,
        interval_index=interval_index,
        **_quote(desk, wall, symbol),
        **_source(desk, wall, symbol),
        evidence=_evidence(desk, symbol),
        **_prediction(desk, symbol),
        **_outlook(desk, wall, symbol, INTERVALS[interval_index]),
        held=_held(desk, symbol),
        bars_known=bool(desk.bars.get(symbol)) or symbol in desk.quotes or symbol in desk.histories,
        history_words=_history_words(desk, symbol),
        missing=_missing(desk.market_status),
        **_watch(desk, wall),
    )


def _quote(desk: Snapshot, wall: datetime, symbol: str) -> dict[str, Any]:
    quote = desk.quotes.get(symbol)
    if quote is None:
        return {}
    stale = not desk.connected or desk.quotes_stale(symbol, wall)
    before = quote.previous_close
    change = None if before is None else quote.price - before
    share = None if change is None or not before else change / before
    moved = f"{words.money(change, signed=True)}  {words.percent(share)}"
    return {
        "known": True,
        "stale": stale,
        "last": words.money(quote.price),
        "change": "" if change is None else moved,
        "change_tone": words.tone(change),
        "bid": words.money(quote.bid),
        "ask": words.money(quote.ask),
        "bid_size": shares(quote.bid_size),
        "ask_size": shares(quote.ask_size),
        **_spread(quote),
        "volume": shares(quote.volume),
        "open": words.money(quote.open),
        "high": words.money(quote.high),
        "low": words.money(quote.low),
        "previous_close": words.money(before),
    }


def _spread(quote: Quote) -> dict[str, Any]:
    if quote.bid is None or quote.ask is None:
        return {}
    wide = (quote.ask - quote.bid) / ((quote.ask + quote.bid) / 2) * 10_000
    return {
        "spread": f"{wide:.1f} bp",
        "spread_tone": "warn" if wide > SPREAD_WIDE_BP or wide < 0 else "",
    }


def shares(number: int | None) -> str:
    """Return a count of shares, in millions or thousands where it is long."""
    if number is None:
        return words.NONE
    if number >= _MILLION:
        return f"{number / _MILLION:.1f} M"
    return f"{number / 1000:.1f} K" if number >= _THOUSAND else f"{number:,}"


def _source(desk: Snapshot, wall: datetime, symbol: str) -> dict[str, Any]:
    quote, status = desk.quotes.get(symbol), desk.market_status
    if status is None:
        return {}
    view: dict[str, Any] = {"feed": status.feed.value, "source": status.feed_source}
    seconds = desk.quote_age_s(symbol, wall)
    if quote is None or seconds is None:
        return view
    view["quote_time"] = f"{words.clock(quote.feed_ts)} ET"
    view["age"] = words.span(seconds)
    if not desk.connected:
        note = f"stale since {words.clock(desk.stale_at)}"
    elif desk.quotes_stale(symbol, wall):
        note = f"stale since {words.clock(quote.feed_ts)}"
    elif not status.market_open:
        return view | {"note": f"closed, last {words.minute(quote.feed_ts)}"}
    else:
        return view | {"note": f"{status.feed.value} · {words.span(seconds)}"}
    return view | {"note": note, "note_tone": "warn", "age_tone": "warn"}


def _evidence(desk: Snapshot, symbol: str) -> str:
    """Return how many sources stand behind the price; nothing of a recording, which has one."""
    made = consensus.of_symbol(desk, symbol)
    if made is None or consensus.is_recorded(made):
        return ""
    return f"{consensus.ratio(made)[0]} sources"


def _history_words(desk: Snapshot, symbol: str) -> str:
    """Return where the long intervals' past comes from, and what was adjusted in it."""
    history = desk.histories.get(symbol)
    if history is None:
        return "No stored bars: every interval shows the minutes of this run"
    return history.words or "15m, 1h and 1D go back over the stored bars"


def _prediction(desk: Snapshot, symbol: str) -> dict[str, Any]:
    made = None if desk.predictions is None else desk.predictions.symbols.get(symbol)
    if desk.predictions is None or made is None:
        return {"prediction_words": outlook.unpredicted(desk, made)}
    said = f"{words.minute(made.at)} ET, {outlook.authors(made)}"
    return {
        "predictions": outlook.horizon_cells(desk, symbol),
        "prediction_words": said if outlook.predicted(made) else made.words,
        "prediction_told": words.prose(made.words),
    }


def _outlook(desk: Snapshot, wall: datetime, symbol: str, interval: str) -> dict[str, Any]:
    told = outlook.outlook_words(desk, wall, symbol, MINUTES[interval])
    return {
        "outlook_band": told.band,
        "outlook_words": told.words,
        "outlook_tone": told.tone,
        "outlook_proven": told.proven,
        "predictions_stale": outlook.is_old(desk, wall),
    }


def _held(desk: Snapshot, symbol: str) -> str:
    if desk.positions is None:
        return words.NONE
    for position in desk.positions.positions:
        if position.symbol == symbol:
            return f"{position.qty:,} at {words.money(position.avg_entry_price)}"
    return "none"


def _missing(status: MarketStatus | None) -> str:
    """Return why there is nothing to show of a symbol, and the way out."""
    if status is None:
        return ""
    if status.feed_state not in (FeedState.NO_DATA, FeedState.MUTE):
        return "It appears with the feed's next quote."
    reason = words.sentence(status.feed_words)
    if status.feed is not FeedKind.REAL_TIME:
        return reason
    return f"{reason} Quotes appear by themselves then. Without a network: --feed simulation."


def _watch(desk: Snapshot, wall: datetime) -> dict[str, Any]:
    status = desk.market_status
    if status is None:
        return {}
    if not desk.connected:
        return {
            "watch_note": f"stale since {words.clock(desk.stale_at)}",
            "watch_tone": "warn",
        }
    return {"watch_note": f"{status.feed_source} · {words.age(desk.last_event, wall)}"}
