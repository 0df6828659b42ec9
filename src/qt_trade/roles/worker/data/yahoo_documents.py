"""What Yahoo knows of a symbol, as it is told: ``yfinance:{SYMBOL}`` and the enhanced one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from qt_trade.contract.payloads import sources as wire
from qt_trade.market.adjustment import adjusted
from qt_trade.market.provider import BarsAnswer
from qt_trade.model.bars import Bar
from qt_trade.model.companies import Fundamentals, NewsItem
from qt_trade.model.feeds import FeedKind
from qt_trade.model.instruments import Split
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

if TYPE_CHECKING:
    from qt_trade.market.indicators import Study

SOURCE = "worker"
PUBLISHED = timedelta(days=365)
"""So much of the history is told; what lies before begins the long averages."""
ADJUSTED = "Yahoo Finance (unofficial); prices and volumes adjusted for splits, not for dividends"


@dataclass(frozen=True, slots=True)
class Stamp:
    """When and in which run something is told."""

    wall: datetime
    feed_at: datetime
    feed: FeedKind


@dataclass(frozen=True, slots=True)
class Company:
    """What is known of a company, and why the rest is missing, by part."""

    fundamentals: wire.Fundamentals | None
    news: tuple[wire.NewsItem, ...]
    missing: Mapping[str, str]


def quoted(symbol: Symbol, quote: Quote, days: BarsAnswer, stamp: Stamp) -> wire.YFinance:
    """Return ``yfinance:{SYMBOL}``."""
    return wire.YFinance(
        ts=stamp.wall,
        source=SOURCE,
        feed=stamp.feed,
        symbol=symbol,
        feed_ts=stamp.feed_at,
        price=quote.price,
        previous_close=quote.previous_close,
        volume=quote.volume,
        bars=tuple(
            _bar(bar) for bar in adjusted(days.bars, splits_of(days), as_of=stamp.wall.date())
        ),
        words=f"{ADJUSTED}; priced {quote.at:%Y-%m-%d %H:%M:%S} UTC",
    )


def unquoted(symbol: Symbol, stamp: Stamp, words: str) -> wire.YFinance:
    """Return ``yfinance:{SYMBOL}`` of a symbol without a price, and why it has none."""
    return wire.YFinance(
        ts=stamp.wall,
        source=SOURCE,
        feed=stamp.feed,
        symbol=symbol,
        feed_ts=stamp.feed_at,
        price=None,
        previous_close=None,
        volume=None,
        bars=(),
        words=words,
    )


def enhanced(
    symbol: Symbol, history: BarsAnswer, company: Company, stamp: Stamp
) -> wire.YFinanceEnhanced:
    """Return ``yfinance_enhanced:{SYMBOL}``: the last year, studied with all that came before."""
    from qt_trade.market.indicators import studied  # noqa: PLC0415 - polars takes 150 ms

    since = stamp.wall - PUBLISHED
    year = tuple(
        _studied_bar(study)
        for study in studied(adjusted(history.bars, splits_of(history), as_of=stamp.wall.date()))
        if study.bar.at >= since
    )
    told = [f"{part}: {why}" for part, why in company.missing.items()]
    if not year:
        told.append("Yahoo has no days of it")
    return wire.YFinanceEnhanced(
        ts=stamp.wall,
        source=SOURCE,
        feed=stamp.feed,
        symbol=symbol,
        feed_ts=stamp.feed_at,
        historical_data=year,
        fundamentals=company.fundamentals,
        news=company.news,
        data_points=len(year),
        words="; ".join([ADJUSTED, *told]),
    )


def unstudied(symbol: Symbol, stamp: Stamp, words: str) -> wire.YFinanceEnhanced:
    """Return ``yfinance_enhanced:{SYMBOL}`` of a symbol nothing is known of, and why."""
    return wire.YFinanceEnhanced(
        ts=stamp.wall,
        source=SOURCE,
        feed=stamp.feed,
        symbol=symbol,
        feed_ts=stamp.feed_at,
        historical_data=(),
        fundamentals=None,
        news=(),
        data_points=0,
        words=words,
    )


def splits_of(answer: BarsAnswer) -> list[Split]:
    """Return the splits that came with bars."""
    return [action for action in answer.actions if isinstance(action, Split)]


def fundamentals_of(found: Fundamentals) -> wire.Fundamentals:
    """Return company figures as they travel."""
    return wire.Fundamentals(
        market_cap=found.market_cap,
        pe_ratio=found.pe_ratio,
        peg_ratio=found.peg_ratio,
        price_to_book=found.price_to_book,
        beta=found.beta,
        debt_to_equity=found.debt_to_equity,
        dividend_yield=found.dividend_yield,
        sector=found.sector,
        industry=found.industry,
        fifty_two_week_high=found.fifty_two_week_high,
        fifty_two_week_low=found.fifty_two_week_low,
    )


def news_of(found: Sequence[NewsItem]) -> tuple[wire.NewsItem, ...]:
    """Return headlines as they travel; nobody has judged their sentiment."""
    return tuple(
        wire.NewsItem(
            title=item.title, publisher=item.publisher, published=item.published, sentiment=None
        )
        for item in found
    )


def _bar(bar: Bar) -> wire.DailyBar:
    return wire.DailyBar(
        date=bar.at,
        open=bar.open,
        high=bar.high,
        low=bar.low,
        close=bar.close,
        volume=bar.volume,
    )


def _studied_bar(study: "Study") -> wire.StudiedBar:
    bar = study.bar
    return wire.StudiedBar(
        date=bar.at,
        open=bar.open,
        high=bar.high,
        low=bar.low,
        close=bar.close,
        volume=bar.volume,
        sma_20=_figure(study.sma_20),
        sma_50=_figure(study.sma_50),
        sma_200=_figure(study.sma_200),
        rsi=_figure(study.rsi),
        macd=_figure(study.macd),
        macd_signal=_figure(study.macd_signal),
        bb_upper=_figure(study.bb_upper),
        bb_lower=_figure(study.bb_lower),
        volume_ratio=_figure(study.volume_ratio),
    )


def _figure(value: float | None) -> float | None:
    """Return an indicator without the digits that are only the arithmetic's."""
    return None if value is None else round(value, 6)
