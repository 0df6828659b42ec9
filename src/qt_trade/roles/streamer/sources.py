"""What a price rests on: the port of the evidence, and a run whose one source has only itself."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from qt_trade.contract.payloads import sources as wire
from qt_trade.contract.payloads.market import SymbolData
from qt_trade.market.evidence import Consensus
from qt_trade.market.ports import LineState, SourceInfo
from qt_trade.model.feeds import FeedKind
from qt_trade.model.quotas import ProviderState
from qt_trade.model.symbols import Symbol
from qt_trade.roles.streamer.payloads import SOURCE, Stamp

PERCENT = 100


class Evidence(Protocol):
    """Keeps what the prices of a run rest on, and tells it."""

    def take(self, symbol: Symbol, evidence: Consensus | None) -> None:
        """Take what a price that was just told rests on."""
        ...

    def lines(self, lines: Mapping[str, LineState]) -> None:
        """Take the state of the providers' streams."""
        ...

    def follow(self, symbols: Sequence[Symbol]) -> None:
        """Forget the symbols that are no longer followed."""
        ...

    def symbols(self, stamp: Stamp, now: datetime, feed_now: datetime) -> wire.MultiApiEnhancedData:
        """Return ``multi_api_enhanced_data``."""
        ...

    async def stats(
        self, stamp: Stamp, now: datetime, feed_now: datetime
    ) -> wire.MultiApiEnhancedStats:
        """Return ``multi_api_enhanced_stats``."""
        ...


class OneSource:
    """The evidence of a replay or a simulation: nothing confirms it, and nothing can."""

    def __init__(self, info: SourceInfo, lines: Mapping[str, SymbolData]) -> None:
        self._info = info
        self._lines = lines

    def take(self, symbol: Symbol, evidence: Consensus | None) -> None:
        """Need nothing: the prices themselves are all there is."""

    def lines(self, lines: Mapping[str, LineState]) -> None:
        """Have no providers."""

    def follow(self, symbols: Sequence[Symbol]) -> None:
        """Have the symbols of the recording."""

    def symbols(self, stamp: Stamp, now: datetime, feed_now: datetime) -> wire.MultiApiEnhancedData:
        """Return ``multi_api_enhanced_data``."""
        return by_source(self._lines, stamp, now, feed_now)

    async def stats(
        self, stamp: Stamp, now: datetime, feed_now: datetime
    ) -> wire.MultiApiEnhancedStats:
        """Return ``multi_api_enhanced_stats``."""
        return coverage(self._lines, self._info, stamp, now, feed_now)


def by_source(
    lines: Mapping[str, SymbolData], stamp: Stamp, now: datetime, feed_now: datetime
) -> wire.MultiApiEnhancedData:
    """Return ``multi_api_enhanced_data``."""
    return wire.MultiApiEnhancedData(
        ts=now,
        source=SOURCE,
        feed=stamp.feed,
        run_id=stamp.run_id,
        feed_ts=feed_now,
        symbols={
            symbol: _symbol(line, timeliness(stamp.feed), feed_now)
            for symbol, line in lines.items()
        },
    )


def timeliness(feed: FeedKind) -> wire.Timeliness:
    """Return how old the prices of a run's only source are by themselves."""
    if feed is FeedKind.REAL_TIME:
        return wire.Timeliness.REAL_TIME
    return wire.Timeliness.RECORDED


def _symbol(line: SymbolData, kind: wire.Timeliness, feed_now: datetime) -> wire.EnhancedSymbol:
    said = wire.SourcePrice(
        price=line.price,
        at=line.timestamp,
        age_s=max(0.0, (feed_now - line.timestamp).total_seconds()),
        deviation_bp=0.0,
        timeliness=kind,
        verdict=wire.SourceVerdict.USED,
        left_out="",
        streamed=True,
    )
    return wire.EnhancedSymbol(
        price=line.price,
        open=line.open,
        high=line.high,
        low=line.low,
        previous_close=line.previous_close,
        change=line.change,
        change_pct=line.change_percent,
        volume=line.volume,
        bid=line.bid,
        ask=line.ask,
        book_source=line.source if line.bid is not None else "",
        primary_source=line.source,
        sources_count=1,
        sources_used=(line.source,),
        sources={line.source: said},
        quorum=1,
        dispersion_bp=None,
        doubt=line.doubt,
        halted=False,
        agreed_pct=None,
        longest_gap_s=None,
        longest_gap_at=None,
        market_cap=None,
        pe_ratio=None,
        timestamp=line.timestamp,
    )


def coverage(
    lines: Mapping[str, SymbolData],
    info: SourceInfo,
    stamp: Stamp,
    now: datetime,
    feed_now: datetime,
) -> wire.MultiApiEnhancedStats:
    """Return ``multi_api_enhanced_stats``: how many symbols of the watch list have a price."""
    total, known = len(info.symbols), sum(symbol in lines for symbol in info.symbols)
    only = wire.SourceStats(
        title=info.name,
        plan="",
        timeliness=timeliness(stamp.feed),
        note=info.note,
        state=ProviderState.OK,
        words="",
        until=None,
        success=known,
        errors=total - known,
        last_round=None,
        streamed=total,
        stream_max=total,
        stream_connected=True,
        latency_ms=None,
        units="",
        windows=(),
    )
    return wire.MultiApiEnhancedStats(
        ts=now,
        source=SOURCE,
        feed=stamp.feed,
        run_id=stamp.run_id,
        feed_ts=feed_now,
        providers={info.name: only},
        total_tickers=total,
        tickers_with_data=known,
        tickers_with_quorum=known,
        coverage_pct=known / total * PERCENT if total else 0.0,
    )
