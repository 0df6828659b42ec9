"""What an AI is told of the market, gathered from what is published, and what it may speak of."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.payloads.market import Bar, MarketData, SymbolData
from qt_trade.contract.payloads.sources import NewsItem
from qt_trade.contract.payloads.watch_list import DynamicTickers, TickerState
from qt_trade.intelligence.candidates.checking import Known
from qt_trade.intelligence.candidates.facts import Facts, Headline, SymbolFacts
from qt_trade.model.symbols import Symbol

SYMBOLS_MAX = 40
"""An AI is told of the symbols that moved most today: each costs tokens, and patience."""
HEADLINES_MAX = 3
NEWS_AGE = timedelta(days=2)
_AGE_MAX = timedelta(minutes=10)
_PERCENT = 100.0


class Market:
    """Reads what streamer and workers have published of the watched symbols."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def facts(self, at: datetime, run_id: str, wanted: int) -> Facts:
        """Return what there is to tell; without a sound price nothing is. Raises DisconnectedError."""
        data, tickers = await self._published(run_id)
        sound = {} if data is None else {n: one for n, one in data.symbols.items() if _sound(one)}
        names = [name for name in sound if _listed(name, tickers)]
        names.sort(key=lambda name: -abs(sound[name].change_percent or 0.0))
        told = [
            await self._symbol(Symbol(name), sound[name], tickers, at)
            for name in sorted(names[:SYMBOLS_MAX])
        ]
        return Facts(at, tuple(told), wanted)

    async def known(self, symbols: Iterable[Symbol], run_id: str) -> dict[Symbol, Known]:
        """Return what is known of the symbols an answer names. Raises DisconnectedError."""
        data, tickers = await self._published(run_id)
        there = {} if data is None else data.symbols
        return {symbol: _known(symbol, there.get(symbol), tickers) for symbol in symbols}

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
        self, symbol: Symbol, one: SymbolData, tickers: DynamicTickers | None, at: datetime
    ) -> SymbolFacts:
        ticker = None if tickers is None else tickers.tickers.get(symbol)
        bars = await self._bus.entries(registry.BARS, symbol, last=61)
        closes = [entry.value for entry in bars]
        return SymbolFacts(
            symbol=symbol,
            name="" if ticker is None else ticker.name,
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


def _sound(one: SymbolData) -> bool:
    return not one.doubt


def _listed(name: str, tickers: DynamicTickers | None) -> bool:
    if tickers is None:
        return False
    ticker = tickers.tickers.get(name)
    return ticker is not None and ticker.state is not TickerState.UNCHECKED


def _known(symbol: Symbol, one: SymbolData | None, tickers: DynamicTickers | None) -> Known:
    if tickers is None or symbol not in tickers.tickers:
        return Known(None, "it is not watched")
    if not _listed(symbol, tickers):
        return Known(None, "nobody has confirmed that it exists")
    if one is None:
        return Known(None, "it has no price")
    return Known(one.price, f"its price is in doubt: {one.doubt}" if one.doubt else "")


def _change(bars: list[Bar], price: float, then: datetime) -> float | None:
    """Return the change in per cent since the bar that had closed by ``then``."""
    ended = [
        bar for bar in bars
        if then - _AGE_MAX <= bar.at + timedelta(seconds=bar.interval_s) <= then
    ]  # fmt: skip
    return None if not ended else (price / ended[-1].close - 1) * _PERCENT
