"""Alpaca's market data: snapshots of many symbols at once, a stream, history, news, symbols.

Free: prices in real time from IEX, one exchange of many, and the whole market's (SIP) when older
than a quarter of an hour. Plus: the whole market at once.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from qt_trade.market.calendar import ends_at
from qt_trade.market.errors import (
    BadAnswerError,
    MarketDataError,
    NotInPlanError,
    UnknownSymbolError,
)
from qt_trade.market.gate import Gate
from qt_trade.market.http import TIMEOUT_S, HttpLine, ProviderHttp
from qt_trade.market.provider import (
    Access,
    BarsAnswer,
    Capability,
    Plan,
    Provider,
    ProviderKit,
    ProviderSpec,
    QuoteBatch,
    StreamEvent,
    Subscription,
    Timeliness,
)
from qt_trade.market.providers.alpaca_stream import AlpacaTalk
from qt_trade.market.providers.alpaca_wire import (
    VENDOR,
    NoSuchAssetError,
    WireAsset,
    WireBars,
    WireNews,
    bar_of,
    instrument_of,
    judge,
    judge_trading,
    news_of,
    quote_of_snapshot,
    read,
    told,
)
from qt_trade.market.sockets import SocketLine, streamed
from qt_trade.model.alpaca_access import is_loopback
from qt_trade.model.bars import Bar
from qt_trade.model.companies import NewsItem
from qt_trade.model.instruments import Instrument
from qt_trade.model.quotas import Limit, Window
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

DATA_URL = "https://data.alpaca.markets"
STREAM_URL = "wss://stream.data.alpaca.markets/v2"
TRADING_URLS: Mapping[str, str] = MappingProxyType(
    {"paper": "https://paper-api.alpaca.markets", "live": "https://api.alpaca.markets"}
)
"""Where symbols are looked up: keys of paper and of live open one of the two only."""

MUTE_S = 90.0
HEARTBEAT_S = 10.0
RECENT = timedelta(minutes=15)
"""Younger prices of the whole market are not in the free plan."""
_CLOCKS_DIFFER = timedelta(minutes=1)
_PAGE_MAX = 10_000
_PAGES_MAX = 1_000
_NEWS_PAGE = 50
_NEWS_PAGES_MAX = 4
_TIMEFRAMES = {60: "1Min", 300: "5Min", 900: "15Min", 86_400: "1Day"}
_IEX, _SIP = "iex", "sip"

_ALL = frozenset(
    {
        Capability.QUOTE,
        Capability.BATCH_QUOTE,
        Capability.STREAM,
        Capability.INTRADAY,
        Capability.DAILY,
        Capability.NEWS,
        Capability.LOOKUP,
    }
)
_FREE = Plan(
    name="free",
    capabilities=_ALL,
    timeliness=Timeliness.REAL_TIME,
    limits=(Limit(200, Window.MINUTE),),
    batch_max=100,
    stream_max=30,
)
_PLUS = Plan(
    name="plus",
    capabilities=_ALL,
    timeliness=Timeliness.REAL_TIME,
    limits=(Limit(10_000, Window.MINUTE),),
    batch_max=100,
    concurrency=8,
    stream_max=10_000,
)


class Alpaca(Provider):
    """Asks the data host, and the trading host for what a symbol stands for."""

    def __init__(self, kit: ProviderKit) -> None:
        super().__init__(SPEC, kit)
        access = kit.access
        self._feed = _IEX if kit.plan.name == _FREE.name else _SIP
        keys = {"APCA-API-KEY-ID": access.key, "APCA-API-SECRET-KEY": access.secret}
        gate = Gate(SPEC.name, SPEC.title, kit.plan.limits, kit.ledger, kit.wall, kit.sleep)
        timeout_s = access.seconds("timeout_s", TIMEOUT_S)
        self._mute_s = access.seconds("mute_s", MUTE_S)
        data = HttpLine(
            VENDOR, access.base_url or DATA_URL, judge(kit.wall.now), keys, {}, told, timeout_s
        )
        trading = HttpLine(
            VENDOR, trading_url(access), judge_trading, keys, {}, timeout_s=timeout_s
        )
        self._data = ProviderHttp(data, gate, kit.plan.concurrency)
        self._trading = ProviderHttp(trading, gate, kit.plan.concurrency)

    async def quotes(self, symbols: Sequence[Symbol]) -> QuoteBatch:
        """Return snapshots; a symbol that is not among them is not known there."""
        wanted = list(symbols)
        errors: dict[Symbol, MarketDataError] = {}
        while wanted:
            try:
                body = await self._snapshots(wanted)
            except UnknownSymbolError as error:
                # One symbol that Alpaca cannot even read spoils the whole question.
                if error.symbol not in wanted:
                    raise
                wanted.remove(error.symbol)
                errors[error.symbol] = error
            else:
                return self._judged(wanted, body, errors)
        return QuoteBatch({}, errors)

    async def _snapshots(self, symbols: Sequence[Symbol]) -> dict[str, Any]:
        query = {"symbols": ",".join(symbols), "feed": self._feed}
        body = await self._data.get("/v2/stocks/snapshots", query)
        if not isinstance(body, dict):
            raise BadAnswerError(VENDOR, "its snapshots are no map of symbols")
        return body

    def _judged(
        self, symbols: Sequence[Symbol], body: dict[str, Any], errors: dict[Symbol, MarketDataError]
    ) -> QuoteBatch:
        now, whole_market = self.kit.wall.now(), self._feed == _SIP
        quotes: dict[Symbol, Quote] = {}
        for name in symbols:
            found = body.get(name)
            if found is None:
                errors[name] = UnknownSymbolError(VENDOR, name)
                continue
            try:
                quotes[name] = quote_of_snapshot(name, found, now, whole_market=whole_market)
            except BadAnswerError as error:
                errors[name] = error
        return QuoteBatch(quotes, errors)

    def stream(self, subscription: Subscription) -> AsyncGenerator[StreamEvent, None]:
        """Yield trades with the newest book around them, and halts.

        A quote's ``at`` is its trade's, also where only the book has changed since.
        """
        access, plan = self.kit.access, self.plan
        one_by_one = plan.stream_max <= plan.batch_max
        talk = AlpacaTalk(
            access.key, access.secret, 1 if one_by_one else plan.batch_max, self.kit.wall.now
        )
        line = SocketLine(
            VENDOR,
            f"{access.stream_url or STREAM_URL}/{self._feed}",
            self.kit.may_be_mute,
            heartbeat_s=min(HEARTBEAT_S, self._mute_s),
            mute_s=self._mute_s,
        )
        return streamed(line, talk, subscription)

    async def bars(
        self, symbol: Symbol, interval_s: int, since: datetime, until: datetime
    ) -> BarsAnswer:
        """Return raw bars of the whole market.

        On the free plan those of the last quarter of an hour are IEX's alone, so that their
        volume is a small part of the market's; asked for later they are whole.
        """
        now = self.kit.wall.now()
        until = min(until, now)
        if self._feed == _SIP:
            found = await self._pages(symbol, interval_s, since, until, _SIP)
        else:
            found = await self._old_and_recent(symbol, interval_s, since, until, now)
        closed = {bar.at: bar for bar in found if since <= bar.at < until and ends_at(bar) <= now}
        return BarsAnswer([closed[at] for at in sorted(closed)])

    async def _old_and_recent(
        self, symbol: Symbol, interval_s: int, since: datetime, until: datetime, now: datetime
    ) -> list[Bar]:
        found: list[Bar] = []
        cut = _whole(now - RECENT - _CLOCKS_DIFFER, interval_s)
        if since < cut:
            try:
                found = await self._pages(symbol, interval_s, since, min(until, cut), _SIP)
            except NotInPlanError:
                # Its clock, or its quarter of an hour, is not ours: once more, from further back.
                cut = _whole(cut - RECENT, interval_s)
                found = await self._pages(symbol, interval_s, since, min(until, cut), _SIP)
        if cut < until and interval_s <= RECENT.total_seconds():
            found += await self._pages(symbol, interval_s, max(since, cut), until, _IEX)
        return found

    async def _pages(
        self, symbol: Symbol, interval_s: int, since: datetime, until: datetime, feed: str
    ) -> list[Bar]:
        if since >= until:
            return []
        query = {
            "symbols": symbol,
            "timeframe": _TIMEFRAMES[interval_s],
            "start": _rfc3339(since),
            # Alpaca's end belongs to the answer, ours does not.
            "end": _rfc3339(until - timedelta(microseconds=1)),
            "adjustment": "raw",
            "limit": str(_PAGE_MAX),
            "feed": feed,
        }
        bars: list[Bar] = []
        token: str | None = ""
        for _ in range(_PAGES_MAX):
            page = read(await self._data.get("/v2/stocks/bars", query), WireBars)
            lines = (page.bars or {}).get(symbol) or []
            bars += [bar_of(symbol, line, interval_s) for line in lines]
            if not page.next_page_token:
                return bars
            if page.next_page_token == token:
                break
            token = query["page_token"] = page.next_page_token
        raise BadAnswerError(VENDOR, f"its pages of {symbol}'s bars do not end")

    async def news(self, symbol: Symbol, since: datetime) -> Sequence[NewsItem]:
        """Return the newest two hundred headlines at most."""
        query = {
            "symbols": symbol,
            "start": _rfc3339(since),
            "limit": str(_NEWS_PAGE),
            "sort": "desc",
            "include_content": "false",
        }
        items: list[NewsItem] = []
        for _ in range(_NEWS_PAGES_MAX):
            page = read(await self._data.get("/v1beta1/news", query), WireNews)
            items += [news_of(found) for found in page.news or ()]
            if not page.next_page_token:
                break
            query["page_token"] = page.next_page_token
        return sorted(items, key=lambda item: item.published, reverse=True)

    async def lookup(self, symbol: Symbol) -> Instrument:
        try:
            body = await self._trading.get(f"/v2/assets/{symbol}", {})
        except NoSuchAssetError:
            raise UnknownSymbolError(VENDOR, symbol) from None
        found = instrument_of(read(body, WireAsset))
        if found.symbol != symbol:
            raise BadAnswerError(VENDOR, f"asked for {symbol}, it tells of {found.symbol}")
        return found

    async def close(self) -> None:
        await self._data.close()
        await self._trading.close()


def trading_url(access: Access) -> str:
    """Return where symbols are looked up: option ``trading``, ``paper`` unless told otherwise.

    An emulator of the data host is one of the trading host, too: nothing leaves this machine then.
    Raises ValueError that names the option.
    """
    chosen = access.options.get("trading", "")
    if not chosen:
        return access.base_url or TRADING_URLS["paper"]
    if chosen in TRADING_URLS:
        return TRADING_URLS[chosen]
    if is_loopback(urlsplit(chosen).hostname or ""):
        return chosen
    raise ValueError(
        f"the option trading is {chosen!r}; it has to be paper, live or an address of this machine"
    )


def _whole(at: datetime, interval_s: int) -> datetime:
    """Return the beginning of the interval that a moment is in, days as UTC has them."""
    seconds = at.timestamp()
    return at - timedelta(seconds=seconds % interval_s)


def _rfc3339(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


SPEC = ProviderSpec(
    name="alpaca",
    title=VENDOR,
    plans=MappingProxyType({_FREE.name: _FREE, _PLUS.name: _PLUS}),
    keys=2,
    note="Free: real time from IEX, one exchange alone; plus: the whole market in real time",
    make=Alpaca,
    check=trading_url,
)
