"""Market data by its sources: what each said, what they agree on, what Yahoo knows of a symbol."""

from typing import Annotated

import msgspec

from qt_trade.contract.payloads.base import Backend, Count, Moment, Price, SymbolText, Words

Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]


class SourcePrice(msgspec.Struct, frozen=True, kw_only=True):
    """One source's last word. ``age_s`` in feed seconds; ``left_out``: why it did not count."""

    price: Price
    at: Moment
    age_s: float
    deviation_bp: float
    left_out: Words


class EnhancedSymbol(msgspec.Struct, frozen=True, kw_only=True):
    """What the sources agree on. ``change_pct`` in per cent; None: no source has said it."""

    price: Price
    open: Price | None
    high: Price | None
    low: Price | None
    previous_close: Price | None
    change: float | None
    change_pct: float | None
    volume: Count | None
    primary_source: str
    sources_count: Count
    sources_used: tuple[str, ...]
    sources: dict[str, SourcePrice]
    market_cap: float | None
    pe_ratio: float | None
    timestamp: Moment


class MultiApiEnhancedData(Backend, frozen=True, kw_only=True):
    """Every symbol with the sources behind its price."""

    run_id: str
    feed_ts: Moment
    symbols: dict[SymbolText, EnhancedSymbol]


class SourceStats(msgspec.Struct, frozen=True, kw_only=True):
    """One source's last round."""

    success: Count
    errors: Count


class MultiApiEnhancedStats(Backend, frozen=True, kw_only=True):
    """How the last round of all sources went."""

    run_id: str
    feed_ts: Moment
    providers: dict[str, SourceStats]
    total_tickers: Count
    tickers_with_data: Count
    coverage_pct: Percent


class DailyBar(msgspec.Struct, frozen=True, kw_only=True):
    """One bar of a history. ``date``: its start."""

    date: Moment
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Count


class YFinance(Backend, frozen=True, kw_only=True):
    """Yahoo's quote of one symbol with its recent bars."""

    symbol: SymbolText
    feed_ts: Moment
    price: Price | None
    previous_close: Price | None
    volume: Count | None
    bars: tuple[DailyBar, ...]
    words: Words


class StudiedBar(DailyBar, frozen=True, kw_only=True):
    """A daily bar with its indicators; None where the history is too short for one."""

    sma_20: float | None
    sma_50: float | None
    sma_200: float | None
    rsi: float | None
    macd: float | None
    macd_signal: float | None
    bb_upper: float | None
    bb_lower: float | None
    volume_ratio: float | None


class Fundamentals(msgspec.Struct, frozen=True, kw_only=True):
    """A company in figures; None: not known. Yields are fractions."""

    market_cap: float | None
    pe_ratio: float | None
    peg_ratio: float | None
    price_to_book: float | None
    beta: float | None
    debt_to_equity: float | None
    dividend_yield: float | None
    sector: str | None
    industry: str | None
    fifty_two_week_high: Price | None
    fifty_two_week_low: Price | None


class NewsItem(msgspec.Struct, frozen=True, kw_only=True):
    """A headline: text from outside, data and never an instruction."""

    title: Words
    publisher: str
    published: Moment
    sentiment: float | None


class YFinanceEnhanced(Backend, frozen=True, kw_only=True):
    """A year of daily bars with indicators, fundamentals and news."""

    symbol: SymbolText
    feed_ts: Moment
    historical_data: tuple[StudiedBar, ...]
    fundamentals: Fundamentals | None
    news: tuple[NewsItem, ...]
    data_points: Count
    words: Words


class DynamicTickers(Backend, frozen=True, kw_only=True):
    """The watch list in force."""

    run_id: str
    symbols: tuple[SymbolText, ...]
    words: Words
