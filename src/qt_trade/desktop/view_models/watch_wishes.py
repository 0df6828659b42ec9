"""The watch list a person wishes, and what has become of each symbol: pure, from the documents."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from qt_trade.contract.payloads.watch_list import (
    WATCHED_MAX,
    DynamicTickers,
    Ticker,
    TickerOrigin,
    TickerState,
    WatchList,
)
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import consensus, words
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import symbol as canonical

OWN = (TickerOrigin.USER, TickerOrigin.FEED)
_EXAMPLES = "a US ticker symbol such as AAPL or BRK.B is needed"


class Filter(StrEnum):
    """Which part of the list is shown."""

    ALL = "All"
    MINE = "Mine"
    POSITIONS = "Positions"
    CANDIDATES = "Candidates"


_ORIGINS = {
    Filter.MINE: OWN,
    Filter.POSITIONS: (TickerOrigin.POSITION,),
    Filter.CANDIDATES: (TickerOrigin.CANDIDATE,),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One symbol of the list. ``words``: what is to be known of it; ``tone``: how that looks.

    ``mine``: a person here may take it out. ``sources``: how many stand behind its price.
    """

    symbol: str
    name: str = ""
    words: str = ""
    tone: str = ""
    mine: bool = False
    origins: tuple[TickerOrigin, ...] = ()
    sources: str = ""
    sources_tone: str = ""


@dataclass(frozen=True, slots=True)
class Wishes:
    """Changes that are on their way to Redis: symbols to add (with their place) and to remove."""

    added: dict[str, int | None] = field(default_factory=dict)
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    def on(self, symbols: tuple[str, ...]) -> tuple[str, ...]:
        """Return a list with these changes made: an add is an add, on whatever list there is now."""
        kept = [one for one in symbols if one not in self.removed]
        for one, place in self.added.items():
            if one not in kept:
                kept.insert(len(kept) if place is None else place, one)
        return tuple(kept)

    def without(self, done: "Wishes") -> "Wishes":
        """Return what is still to be done when some of it is."""
        added = {one: at for one, at in self.added.items() if one not in done.added}
        return Wishes(added, tuple(one for one in self.removed if one not in done.removed))

    def adding(self, symbol: str, place: int | None = None) -> "Wishes":
        """Return these changes and one symbol more, at the end unless it has a place."""
        removed = tuple(one for one in self.removed if one != symbol)
        return Wishes({**self.added, symbol: place}, removed)

    def removing(self, symbol: str) -> "Wishes":
        """Return these changes and one symbol less."""
        added = {one: at for one, at in self.added.items() if one != symbol}
        return Wishes(added, (*self.removed, symbol))


def typed_symbol(text: str) -> str:
    """Return the canonical form of what was typed. Raises ValueError with words for a person."""
    if not text.strip():
        raise ValueError(f"Nothing was typed: {_EXAMPLES}.")
    try:
        return str(canonical(text))
    except ValueError:
        raise ValueError(f"{text.strip()} is no symbol: {_EXAMPLES}.") from None


def wished(desk: Snapshot) -> tuple[str, ...]:
    """Return the list that a change is made on: the one that was written, else what is ours now."""
    if desk.wished is not None:
        return desk.wished.symbols
    known = desk.tickers
    if known is None:
        return ()
    return tuple(one for one in known.symbols if _is_own(known.tickers.get(one)))


def _is_own(ticker: Ticker | None) -> bool:
    return ticker is not None and any(origin in OWN for origin in ticker.origins)


def objection_to(mine: tuple[str, ...], symbol: str) -> str:
    """Return why a symbol is not added to a list, empty when it may be asked for."""
    if symbol in mine:
        return f"{symbol} is on the list already."
    if len(mine) >= WATCHED_MAX:
        return f"The list is full: {WATCHED_MAX} symbols. Remove one first."
    return ""


def why_kept(desk: Snapshot, mine: tuple[str, ...], symbol: str) -> str:
    """Return why a symbol cannot be taken out of a list, empty when it can."""
    ticker = None if desk.tickers is None else desk.tickers.tickers.get(symbol)
    origins = () if ticker is None else ticker.origins
    if desk.tickers is not None and _is_played(desk.tickers, ticker):
        return f"{symbol} is in the recording, and all of that is played."
    if symbol in mine:
        return ""
    if TickerOrigin.POSITION in origins:
        return f"{symbol} is held or has an open order: it is watched for as long as that is so."
    if TickerOrigin.CANDIDATE in origins:
        return f"{symbol} is a candidate: it goes by itself when it is none any more."
    return f"{symbol} belongs to the feed and cannot be taken out."


def _is_played(known: DynamicTickers, ticker: Ticker | None) -> bool:
    """Return whether a symbol is of a recording: all of that is played, wished or not."""
    played = known.feed in (FeedKind.REPLAY, FeedKind.SIMULATION)
    return played and ticker is not None and TickerOrigin.FEED in ticker.origins


def lines(desk: Snapshot, wishes: Wishes, chosen: Filter) -> list[Line]:
    """Return the list as it stands and as it is wished, in its order."""
    known = desk.tickers
    if known is None:
        status = desk.market_status
        every = () if status is None else status.symbols
        return [_evidenced(desk, Line(one)) for one in every]
    given = wished(desk)
    mine = wishes.on(given)
    asked = [one for one in mine if one not in known.tickers]
    places = dict.fromkeys((*known.symbols, *asked))
    own, written = set(mine), set(given)
    looked_up = own.intersection(written) if _is_read(desk, known) else set()
    shown = [
        _evidenced(desk, _line(known, one, given=one in written, mine=one in own))
        if one in known.tickers
        else _awaited(known, one, looked_up=one in looked_up)
        for one in places
    ]
    origins = _ORIGINS.get(chosen)
    if origins is None:
        return shown
    return [one for one in shown if any(origin in origins for origin in one.origins)]


def _evidenced(desk: Snapshot, line: Line) -> Line:
    made = consensus.of_symbol(desk, line.symbol)
    if made is None:
        return line
    sources, tone = consensus.ratio(made)
    if made.halted:
        line = replace(line, words="halted", tone="warn")
    return replace(line, sources=sources, sources_tone=tone)


def _is_read(desk: Snapshot, known: DynamicTickers) -> bool:
    """Return whether the list in force follows the newest list that was written."""
    return desk.wished is not None and known.list_ts == desk.wished.ts


def _awaited(known: DynamicTickers, symbol: str, *, looked_up: bool) -> Line:
    """Return the line of a symbol that was asked for and is not watched, or not yet."""
    refusal = words.figures(known.refused.get(symbol, ""))
    waits = "being looked up" if looked_up else "asked for, not looked at yet"
    tone = "warn" if refusal else "faint"
    return Line(symbol, words=refusal or waits, tone=tone, mine=True, origins=(TickerOrigin.USER,))


def _line(known: DynamicTickers, symbol: str, *, given: bool, mine: bool) -> Line:
    ticker = known.tickers[symbol]
    leaves = TickerOrigin.USER in ticker.origins and not mine
    told = "being taken out" if leaves else _told(ticker)
    goes = given and mine and not _is_played(known, ticker)
    return Line(symbol, ticker.name, told, "faint", mine=goes, origins=ticker.origins)


def _told(ticker: Ticker) -> str:
    if ticker.state is TickerState.UNCHECKED:
        return ticker.words or "not checked yet"
    if ticker.state is TickerState.POLLED:
        return ticker.words or "by request"
    return ""


def count_words(desk: Snapshot) -> str:
    """Return how many symbols are watched, and how many of them are streamed."""
    known = desk.tickers
    if known is None:
        status = desk.market_status
        return "" if status is None else words.count(len(status.symbols), "symbol")
    total = len(known.symbols)
    streamed = sum(one.state is TickerState.STREAMED for one in known.tickers.values())
    if streamed == total:
        return words.count(total, "symbol")
    return f"{streamed:,} of {total:,} streamed"


def wish_list(desk: Snapshot, symbols: tuple[str, ...], wall: datetime) -> WatchList | None:
    """Return the list as this desk writes it; None while the feed is not known."""
    status = desk.market_status
    if status is None:
        return None
    return WatchList(
        ts=wall,
        source="desktop",
        feed=status.feed,
        session_id=desk.session_id,
        symbols=symbols,
    )
