"""Market data by its sources: what each said, what they agree on, what Yahoo knows of a symbol."""

from enum import StrEnum
from typing import Annotated

import msgspec

from qt_trade.contract.payloads.base import Backend, Count, Moment, Price, SymbolText, Words
from qt_trade.model.quotas import ProviderState, Window

Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]


class Timeliness(StrEnum):
    """How old a source's prices are by themselves; only REAL_TIME ones make a consensus.

    RECORDED: a replay or a simulation, which nothing can confirm.
    """

    REAL_TIME = "REAL_TIME"
    DELAYED = "DELAYED"
    END_OF_DAY = "END_OF_DAY"
    RECORDED = "RECORDED"


class SourceVerdict(StrEnum):
    """What became of a source's price.

    USED: it is part of the consensus. TOO_OLD, AHEAD (of the clock) and OUTLIER (away from what
    the others agree on) are left out. NOT_REAL_TIME: kept apart, for comparison. NO_PRICE: the
    source was asked, or should have been, and has none to give.
    """

    USED = "USED"
    TOO_OLD = "TOO_OLD"
    AHEAD = "AHEAD"
    OUTLIER = "OUTLIER"
    NOT_REAL_TIME = "NOT_REAL_TIME"
    NO_PRICE = "NO_PRICE"


class SourcePrice(msgspec.Struct, frozen=True, kw_only=True):
    """One source's last word. ``age_s`` in feed seconds at ``feed_ts`` of the document.

    ``deviation_bp``: from the consensus. ``left_out``: why it did not count, empty when it did.
    ``streamed``: pushed by the source; else asked for now and then. Without a price it says in
    ``left_out`` why there is none.
    """

    price: Price | None
    at: Moment | None
    age_s: float | None
    deviation_bp: float | None
    timeliness: Timeliness
    verdict: SourceVerdict
    left_out: Words
    streamed: bool


class EnhancedSymbol(msgspec.Struct, frozen=True, kw_only=True):
    """What the sources agree on. ``change_pct`` in per cent; None: no source has said it.

    ``price``: the consensus (docs/guide/consensus.md), or the best there is when ``doubt`` says why
    nothing may be opened on it. ``quorum``: how many sources must agree; ``sources_count``: how
    many do. ``dispersion_bp``: how far apart they are. ``agreed_pct``: of this session's quotes,
    how many had a quorum; ``longest_gap_s`` and ``longest_gap_at``: its longest time without.
    """

    price: Price
    open: Price | None
    high: Price | None
    low: Price | None
    previous_close: Price | None
    change: float | None
    change_pct: float | None
    volume: Count | None
    bid: Price | None
    ask: Price | None
    book_source: str
    primary_source: str
    sources_count: Count
    sources_used: tuple[str, ...]
    sources: dict[str, SourcePrice]
    quorum: Count
    dispersion_bp: float | None
    doubt: Words
    halted: bool
    agreed_pct: Percent | None
    longest_gap_s: float | None
    longest_gap_at: Moment | None
    market_cap: float | None
    pe_ratio: float | None
    timestamp: Moment


class MultiApiEnhancedData(Backend, frozen=True, kw_only=True):
    """Every symbol with the sources behind its price."""

    run_id: str
    feed_ts: Moment
    symbols: dict[SymbolText, EnhancedSymbol]


class QuotaWindow(msgspec.Struct, frozen=True, kw_only=True):
    """A limit and what of it is used, in calls or in credits. None: nothing is used."""

    window: Window
    limit: Count
    used: Count
    left: Count
    resets_at: Moment | None


class SourceStats(msgspec.Struct, frozen=True, kw_only=True):
    """One source: how its last round went, what it may still be asked, whether it is asked.

    ``success`` and ``errors`` in symbols. ``streamed`` of at most ``stream_max`` symbols come by
    its stream, ``stream_connected``. ``until``: when its state ends by itself. ``units``: what the
    windows count (calls or credits).
    """

    title: str
    plan: str
    timeliness: Timeliness
    note: Words
    state: ProviderState
    words: Words
    until: Moment | None
    success: Count
    errors: Count
    last_round: Moment | None
    streamed: Count
    stream_max: Count
    stream_connected: bool
    latency_ms: float | None
    units: str
    windows: tuple[QuotaWindow, ...]


class MultiApiEnhancedStats(Backend, frozen=True, kw_only=True):
    """The sources, how their last round went and what is left of their quotas."""

    run_id: str
    feed_ts: Moment
    providers: dict[str, SourceStats]
    total_tickers: Count
    tickers_with_data: Count
    tickers_with_quorum: Count
    coverage_pct: Percent


class PolledQuote(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider answered when it was asked for a symbol."""

    price: Price
    at: Moment
    bid: Price | None
    ask: Price | None
    bid_size: Count | None
    ask_size: Count | None
    volume: Count | None
    open: Price | None
    high: Price | None
    low: Price | None
    previous_close: Price | None


class ProviderQuotes(Backend, frozen=True, kw_only=True):
    """A provider's last answers, each symbol's newest. ``silent``: why one has none."""

    run_id: str
    provider: str
    round_ended: Moment
    latency_ms: float | None
    quotes: dict[SymbolText, PolledQuote]
    silent: dict[SymbolText, Words]


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
