"""What the sources of a real feed say, as the streamer writes it; every figure is made up."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from tests.desktop import backend as published
from tests.desktop.backend import Backend

from qt_trade.contract import registry
from qt_trade.contract.payloads import history, market, sources, watch_list
from qt_trade.contract.payloads.sources import SourceVerdict, Timeliness
from qt_trade.kit.clock import SystemClock
from qt_trade.model.feeds import FeedKind
from qt_trade.model.quotas import ProviderState, Window

REAL = FeedKind.REAL_TIME
NAMES = {
    "AAPL": "Apple", "AMZN": "Amazon", "GOOG": "Alphabet", "JPM": "JPMorgan Chase", "META": "Meta",
    "MSFT": "Microsoft", "NVDA": "NVIDIA", "SPY": "SPDR S&P 500", "TSLA": "Tesla",
    "XOM": "Exxon Mobil",
}  # fmt: skip


def stamp(source: str = "streamer") -> dict[str, Any]:
    return published.stamp(source) | {"feed": REAL}


def status(now: datetime | None = None, **more: Any) -> market.MarketStatus:
    """Return the market's state of a real feed whose clock stands at ``now``."""
    given = published.status()
    clock = msgspec.structs.replace(
        given.clock, feed=now or published.NOW, quote_interval_s=1.0, stale_after_s=31.0
    )
    return msgspec.structs.replace(given, feed=REAL, feed_source="4 providers", clock=clock, **more)


def said(price: float | None, age_s: float, bp: float | None, **more: Any) -> sources.SourcePrice:
    fields: dict[str, Any] = {
        "price": price,
        "at": None if price is None else published.NOW - timedelta(seconds=age_s),
        "age_s": None if price is None else age_s,
        "deviation_bp": bp,
        "timeliness": Timeliness.REAL_TIME,
        "verdict": SourceVerdict.USED,
        "left_out": "",
        "streamed": True,
    }
    return sources.SourcePrice(**fields | more)


def made(symbol: str, price: float, before: float, **more: Any) -> sources.EnhancedSymbol:
    """Return three sources that agree, and a fourth that is late."""
    said_by = {
        "alpaca": said(price, 0.2, 0.0),
        "finnhub": said(round(price - 0.01, 2), 0.4, -0.5),
        "yahoo": said(round(price + 0.01, 2), 1.6, 0.5, streamed=False),
        "twelvedata": said(
            round(price * 0.99776, 2), 11.2, -22.4, verdict=SourceVerdict.TOO_OLD,
            left_out="its quote is older than 10 s",
        ),
    }  # fmt: skip
    fields: dict[str, Any] = {
        "price": price, "open": before, "high": price + 1, "low": before - 1,
        "previous_close": before, "change": price - before,
        "change_pct": (price / before - 1) * 100, "volume": 1_234_567,
        "bid": round(price - 0.01, 2), "ask": round(price + 0.01, 2), "book_source": "alpaca",
        "primary_source": "alpaca", "sources_count": 3,
        "sources_used": ("alpaca", "finnhub", "yahoo"), "sources": said_by, "quorum": 2,
        "dispersion_bp": 0.5, "doubt": "", "halted": False, "agreed_pct": 99.6,
        "longest_gap_s": 3.1, "longest_gap_at": published.OPEN + timedelta(hours=1, minutes=32),
        "market_cap": None, "pe_ratio": None, "timestamp": published.NOW,
    }  # fmt: skip
    return sources.EnhancedSymbol(**fields | more)


def alone(symbol: str, price: float, before: float) -> sources.EnhancedSymbol:
    """Return a price that nothing confirms."""
    return made(
        symbol, price, before, sources={"finnhub": said(price, 0.4, 0.0)},
        sources_used=("finnhub",), sources_count=1,
        doubt="1 source of at least 2: nothing confirms the price",
    )  # fmt: skip


def evidence(**symbols: sources.EnhancedSymbol) -> sources.MultiApiEnhancedData:
    everything = {name: made(name, price, before) for name, price, before, _ in published.CASES}
    return sources.MultiApiEnhancedData(
        **stamp(), run_id=published.RUN, feed_ts=published.NOW, symbols=everything | symbols
    )


def window(kind: Window, limit: int, left: int, **more: Any) -> sources.QuotaWindow:
    fields: dict[str, Any] = {
        "window": kind, "limit": limit, "used": limit - left, "left": left,
        "resets_at": SystemClock().now() + timedelta(minutes=1),
    }  # fmt: skip
    return sources.QuotaWindow(**fields | more)


def provider(title: str, **more: Any) -> sources.SourceStats:
    fields: dict[str, Any] = {
        "title": title, "plan": "Free", "timeliness": Timeliness.REAL_TIME, "note": "",
        "state": ProviderState.OK, "words": "", "until": None, "success": 10, "errors": 0,
        "last_round": SystemClock().now(), "streamed": 0, "stream_max": 0,
        "stream_connected": False, "latency_ms": 61.0, "units": "calls", "windows": (),
    }  # fmt: skip
    return sources.SourceStats(**fields | more)


def providers(**more: sources.SourceStats) -> sources.MultiApiEnhancedStats:
    """Return what stands of each provider's quotas; ``more`` replaces some."""
    minute, day = Window.MINUTE, Window.DAY
    every = {
        "alpaca": provider(
            "Alpaca", plan="IEX", streamed=12, stream_max=30, stream_connected=True,
            latency_ms=38.0,
        ),
        "finnhub": provider("Finnhub", windows=(window(minute, 60, 22),), streamed=10,
                            stream_max=50, stream_connected=True),
        "yahoo": provider("Yahoo", plan="", latency_ms=184.0),
        "twelvedata": provider(
            "Twelve Data", units="credits", errors=2, success=8, latency_ms=240.0,
            windows=(window(minute, 8, 3), window(day, 800, 88)),
        ),
        "fmp": provider(
            "FMP", timeliness=Timeliness.END_OF_DAY, windows=(window(day, 250, 203),),
            latency_ms=320.0,
        ),
        "marketstack": provider(
            "Marketstack", timeliness=Timeliness.END_OF_DAY, state=ProviderState.NOT_CONFIGURED,
            note="no key was given", latency_ms=None, success=0,
        ),
    }  # fmt: skip
    return sources.MultiApiEnhancedStats(
        **stamp(), run_id=published.RUN, feed_ts=published.NOW, providers=every | more,
        total_tickers=10, tickers_with_data=10, tickers_with_quorum=9, coverage_pct=100.0,
    )  # fmt: skip


def ticker(name: str = "", **more: Any) -> watch_list.Ticker:
    fields: dict[str, Any] = {
        "name": name, "origins": (watch_list.TickerOrigin.USER,),
        "state": watch_list.TickerState.STREAMED, "words": "",
    }  # fmt: skip
    return watch_list.Ticker(**fields | more)


def tickers(
    *symbols: str, refused: dict[str, str] | None = None, **more: watch_list.Ticker
) -> watch_list.DynamicTickers:
    """Return the list in force: the user's symbols, and ``more`` in their own way."""
    listed = symbols or tuple(NAMES)
    every = {one: ticker(NAMES.get(one, "")) for one in listed} | more
    return watch_list.DynamicTickers(
        **stamp(), run_id=published.RUN, symbols=tuple(every), tickers=every,
        refused=refused or {}, words="",
    )  # fmt: skip


def wish(*symbols: str, session_id: str = "cli-1") -> watch_list.WatchList:
    return watch_list.WatchList(**stamp("cli"), session_id=session_id, symbols=symbols)


def columns(
    first: datetime, step: timedelta, closes: list[float], volume: int = 5000
) -> history.BarColumns:
    """Return bars a step apart that open where the one before closed."""
    opens = [closes[0], *closes[:-1]]
    pairs = list(zip(opens, closes, strict=True))
    return history.BarColumns(
        at=tuple(int((first + n * step).timestamp()) for n in range(len(closes))),
        open=tuple(opens), close=tuple(closes), volume=(volume,) * len(closes),
        high=tuple(max(pair) + 0.1 for pair in pairs), low=tuple(min(pair) - 0.1 for pair in pairs),
    )  # fmt: skip


def stored(symbol: str, **bars: history.BarColumns) -> history.History:
    """Return a symbol's stored bars by the names of the intervals' members."""
    return history.History(
        **stamp("worker"), run_id=published.RUN, symbol=symbol, feed_ts=published.NOW,
        bars={history.Interval[name]: given for name, given in bars.items()}, words="",
    )  # fmt: skip


def publish_real_market(backend: Backend) -> None:
    """Write a whole session of a real feed in its middle, with its sources."""
    backend.publish_everything()
    backend.write(registry.MARKET_STATUS, status())
    for symbol, price, before, _ in published.CASES:
        quote = msgspec.structs.replace(
            published.quote(symbol, price, before), feed=REAL,
            bid=round(price - 0.01, 2), ask=round(price + 0.01, 2),
        )  # fmt: skip
        backend.publish(quote)
    backend.write(registry.WATCH_LIST, wish(*NAMES))
    backend.write(registry.DYNAMIC_TICKERS, tickers())
    backend.write(registry.MULTI_API_DATA, evidence())
    backend.write(registry.MULTI_API_STATS, providers())
