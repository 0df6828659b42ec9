"""Each symbol's price with the source behind it, and the watch list: one source for now."""

from collections.abc import Mapping
from datetime import datetime

from qt_trade.contract.payloads import sources as wire
from qt_trade.contract.payloads.market import SymbolData
from qt_trade.market.ports import SourceInfo
from qt_trade.roles.streamer.payloads import SOURCE, Stamp

PERCENT = 100


def watch_list(info: SourceInfo, stamp: Stamp, now: datetime) -> wire.DynamicTickers:
    """Return ``dynamic_tickers``."""
    return wire.DynamicTickers(
        ts=now,
        source=SOURCE,
        feed=stamp.feed,
        run_id=stamp.run_id,
        symbols=info.symbols,
        words=f"as the source {info.name} has them",
    )


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
        symbols={symbol: _symbol(line, feed_now) for symbol, line in lines.items()},
    )


def _symbol(line: SymbolData, feed_now: datetime) -> wire.EnhancedSymbol:
    said = wire.SourcePrice(
        price=line.price,
        at=line.timestamp,
        age_s=max(0.0, (feed_now - line.timestamp).total_seconds()),
        deviation_bp=0.0,
        left_out="",
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
        primary_source=line.source,
        sources_count=1,
        sources_used=(line.source,),
        sources={line.source: said},
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
    return wire.MultiApiEnhancedStats(
        ts=now,
        source=SOURCE,
        feed=stamp.feed,
        run_id=stamp.run_id,
        feed_ts=feed_now,
        providers={info.name: wire.SourceStats(success=known, errors=total - known)},
        total_tickers=total,
        tickers_with_data=known,
        coverage_pct=known / total * PERCENT if total else 0.0,
    )
