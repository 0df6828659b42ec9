"""The rows of the watch list: as many as a person watches, and each of them moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from qt_trade.contract.payloads.market import MarketStatus, Quote
from qt_trade.contract.payloads.predictions import PredictionsCurrent, SymbolPrediction
from qt_trade.desktop.models.rows import WatchRow
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import outlook
from qt_trade.desktop.view_models.freshness import AGEING_SHARE
from qt_trade.desktop.view_models.watch_wishes import Line

AGES_EVERY = timedelta(seconds=0.5)
"""A price that stays grows older on the screen this often (wall), and not in every frame: of five
hundred rows most have nothing else to tell."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """What is the same for every row of a moment."""

    desk: Snapshot
    wall: datetime
    status: MarketStatus
    predictions: PredictionsCurrent | None
    feed_now: datetime | None
    connected: bool

    def age_s(self, quote: Quote) -> float | None:
        if self.feed_now is None:
            return None
        return max(0.0, (self.feed_now - quote.feed_ts).total_seconds())


class _Seen(NamedTuple):
    """What a row was made of, beside its age."""

    line: Line
    quote: Quote | None
    status: MarketStatus
    predictions: PredictionsCurrent | None
    spark: tuple[float, ...]
    connected: bool


class _Kept(NamedTuple):
    seen: _Seen
    row: WatchRow
    until: datetime


class WatchRows:
    """Makes one row per symbol of the list, quoted or not; what is not new is kept for a moment."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def of(self, desk: Snapshot, wall: datetime, watched: Sequence[Line]) -> list[WatchRow]:
        """Return the rows of this moment."""
        status = desk.market_status
        if status is None:
            return []
        frame = _Frame(desk, wall, status, desk.predictions, desk.feed_now(wall), desk.connected)
        self._kept = {line.symbol: self._row(frame, line) for line in watched}
        return [kept.row for kept in self._kept.values()]

    def _row(self, frame: _Frame, line: Line) -> _Kept:
        desk, symbol = frame.desk, line.symbol
        quote, spark = desk.quotes.get(symbol), desk.closes.get(symbol, ())
        seen = _Seen(line, quote, frame.status, frame.predictions, spark, frame.connected)
        kept = self._kept.get(symbol)
        if kept is not None and frame.wall < kept.until and _same(kept.seen, seen):
            return kept
        return _Kept(seen, _made(frame, seen), frame.wall + AGES_EVERY)


def _same(one: _Seen, other: _Seen) -> bool:
    """Whether both were made of the same things: what changes is another object."""
    return (
        one.quote is other.quote
        and one.status is other.status
        and one.predictions is other.predictions
        and one.spark is other.spark
        and one.connected is other.connected
        and (one.line is other.line or one.line == other.line)
    )


def _made(frame: _Frame, seen: _Seen) -> WatchRow:
    line, quote = seen.line, seen.quote
    made = _prediction(seen)
    horizons, why = outlook.horizons_of(made), outlook.unpredicted(frame.desk, made)
    if quote is None:
        return WatchRow(
            line.symbol,
            name=line.name,
            words=line.words,
            words_tone=line.tone,
            mine=line.mine,
            sources=line.sources,
            sources_tone=line.sources_tone,
            spark=seen.spark,
            horizons=horizons,
            unpredicted=why,
        )
    seconds, after_s = frame.age_s(quote), frame.status.clock.stale_after_s
    old_s = seconds if seconds is not None and frame.status.market_open else 0.0
    change, fraction = _change(quote)
    return WatchRow(
        line.symbol,
        name=line.name,
        words=line.words,
        words_tone=line.tone,
        mine=line.mine,
        sources=line.sources,
        sources_tone=line.sources_tone,
        last=quote.price,
        change=change,
        change_fraction=fraction,
        previous_close=quote.previous_close,
        bid=quote.bid,
        ask=quote.ask,
        volume=quote.volume,
        spark=seen.spark,
        age_s=None if seconds is None else round(seconds, 1),
        ageing=old_s > after_s * AGEING_SHARE,
        horizons=horizons,
        unpredicted=why,
        stale=not frame.connected or old_s > after_s,
    )


def _prediction(seen: _Seen) -> SymbolPrediction | None:
    return None if seen.predictions is None else seen.predictions.symbols.get(seen.line.symbol)


def _change(quote: Quote) -> tuple[float | None, float | None]:
    before = quote.previous_close
    if before is None:
        return None, None
    return quote.price - before, quote.price / before - 1
