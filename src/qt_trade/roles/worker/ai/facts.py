"""What an AI is told of the market, gathered from what is published, and what it may speak of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.payloads.market import Bar, MarketData, SymbolData
from qt_trade.contract.payloads.sources import NewsItem
from qt_trade.contract.payloads.watch_list import DynamicTickers, Ticker, TickerState
from qt_trade.intelligence.candidates.checking import Known
from qt_trade.intelligence.candidates.facts import Facts, Headline, SymbolFacts
from qt_trade.model.symbols import Symbol

SYMBOLS_MAX = 40
"""An AI is told of the symbols that moved most today: each costs tokens, and patience."""
HEADLINES_MAX = 3
NEWS_AGE = timedelta(days=2)
_AGE_MAX = timedelta(minutes=10)
_PERCENT = 100.0
_REASONS_TOLD, _NAMES_TOLD = 5, 6
_NOT_WATCHED = "it is not watched"


@dataclass(frozen=True, slots=True)
class Sight:
    """When one looks, and at which run. ``stale_after_s``: no older price is fit to speak of."""

    at: datetime
    run_id: str
    stale_after_s: float


@dataclass(frozen=True, slots=True)
class Gathered:
    """What there is to tell an AI, and of which watched symbols nothing is told, in words."""

    facts: Facts
    left_out: str


class Market:
    """Reads what streamer and workers have published of the watched symbols."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def facts(self, sight: Sight, wanted: int) -> Gathered:
        """Return what there is to tell. Raises DisconnectedError."""
        data, tickers = await self._published(sight.run_id)
        watched = {} if tickers is None else tickers.tickers
        there = {} if data is None else data.symbols
        unfit = {
            name: trouble
            for name in watched
            if (trouble := _unfit(watched.get(name), there.get(name), sight))
        }
        names = [name for name in watched if name not in unfit]
        names.sort(key=lambda name: -abs(there[name].change_percent or 0.0))
        told = [
            await self._symbol(Symbol(name), there[name], watched[name], sight.at)
            for name in sorted(names[:SYMBOLS_MAX])
        ]
        return Gathered(Facts(sight.at, tuple(told), wanted), _grouped(unfit))

    async def known(self, symbols: Iterable[Symbol], sight: Sight) -> dict[Symbol, Known]:
        """Return what is known of the symbols an answer names. Raises DisconnectedError."""
        data, tickers = await self._published(sight.run_id)
        watched = {} if tickers is None else tickers.tickers
        there = {} if data is None else data.symbols
        return {one: _known(watched.get(one), there.get(one), sight) for one in symbols}

    async def _published(self, run_id: str) -> tuple[MarketData | None, DynamicTickers | None]:
        data = tickers = None
        try:
            found = await self._bus.read(registry.MARKET_DATA)
            data = None if found is None or found.value.run_id != run_id else found.value
            listed = await self._bus.read(registry.DYNAMIC_TICKERS)
            tickers = None if listed is None or listed.value.run_id != run_id else listed.value
        except InvalidMessageError:
            return None, None
        return data, tickers

    async def _symbol(
        self, symbol: Symbol, one: SymbolData, ticker: Ticker, at: datetime
    ) -> SymbolFacts:
        bars = await self._bus.entries(registry.BARS, symbol, last=61)
        closes = [entry.value for entry in bars]
        return SymbolFacts(
            symbol=symbol,
            name=ticker.name,
            price=one.price,
            change_today=one.change_percent,
            change_15_min=_change(closes, one.price, at - timedelta(minutes=15)),
            change_60_min=_change(closes, one.price, at - timedelta(minutes=60)),
            low_today=one.low,
            high_today=one.high,
            volume_today=one.volume,
            headlines=await self._headlines(symbol, at),
        )

    async def _headlines(self, symbol: Symbol, at: datetime) -> tuple[Headline, ...]:
        try:
            found = await self._bus.read(registry.YFINANCE_ENHANCED, symbol)
        except InvalidMessageError:
            return ()
        news: tuple[NewsItem, ...] = () if found is None else found.value.news
        fresh = sorted(
            (one for one in news if at - NEWS_AGE <= one.published <= at),
            key=lambda one: one.published,
            reverse=True,
        )
        return tuple(
            Headline(one.published, one.publisher, one.title) for one in fresh[:HEADLINES_MAX]
        )


def _unfit(ticker: Ticker | None, one: SymbolData | None, sight: Sight) -> str:
    """Return why nothing is said, and nothing is taken, of a symbol; empty: it is fit."""
    if ticker is None:
        return _NOT_WATCHED
    if ticker.state is TickerState.UNCHECKED:
        return "nobody has confirmed that it exists"
    if ticker.tradable is False:
        return ticker.words or "the broker cannot trade it"
    return "it has no price" if one is None else _doubtful(one, sight)


def _doubtful(one: SymbolData, sight: Sight) -> str:
    if one.doubt:
        return f"its price is in doubt: {one.doubt}"
    if (sight.at - one.timestamp).total_seconds() > sight.stale_after_s:
        return f"its price is older than {sight.stale_after_s:.0f} s"
    return ""


def _known(ticker: Ticker | None, one: SymbolData | None, sight: Sight) -> Known:
    trouble = _unfit(ticker, one, sight)
    return Known(None if one is None or trouble else one.price, trouble)


def _grouped(unfit: Mapping[str, str]) -> str:
    """Say of which symbols nothing is told: ``IBM, MSFT and 3 more (it has no price)``."""
    by_reason: dict[str, list[str]] = {}
    for name, why in sorted(unfit.items()):
        by_reason.setdefault(why, []).append(name)
    told = [f"{_named(names)} ({why})" for why, names in by_reason.items()]
    more = sum(len(names) for names in list(by_reason.values())[_REASONS_TOLD:])
    return ", ".join(told[:_REASONS_TOLD]) + (f" and {more} more" if more else "")


def _named(names: list[str]) -> str:
    more = len(names) - _NAMES_TOLD
    return ", ".join(names[:_NAMES_TOLD]) + (f" and {more} more" if more > 0 else "")


def _change(bars: list[Bar], price: float, then: datetime) -> float | None:
    """Return the change in per cent since the bar that had closed by ``then``."""
    ended = [
        bar for bar in bars
        if then - _AGE_MAX <= bar.at + timedelta(seconds=bar.interval_s) <= then
    ]  # fmt: skip
    return None if not ended else (price / ended[-1].close - 1) * _PERCENT
