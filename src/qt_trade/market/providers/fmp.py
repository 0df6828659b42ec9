"""Financial Modeling Prep: quotes, raw bars, company figures and news, from its ``/stable`` half.

Free: prices of about the last close, of some large companies only, one symbol a call. What is
paid for is in real time and in batches. Options: ``class_shares`` (``dash`` or ``dot``: documents
disagree on how it spells BRK.B), ``stream`` (``new`` or ``legacy``), ``news_zone`` (the zone its
headlines are dated in).
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from qt_trade.market.calendar import NEW_YORK, ends_at
from qt_trade.market.errors import (
    BadAnswerError,
    MarketDataError,
    NotInPlanError,
    UnknownSymbolError,
)
from qt_trade.market.gate import Gate
from qt_trade.market.http import TIMEOUT_S, HttpLine, ProviderHttp
from qt_trade.market.provider import (
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
from qt_trade.market.providers.fmp_stream import LEGACY_STREAM_URL, STREAM_URL, FmpTalk
from qt_trade.market.providers.fmp_wire import (
    DAY_S,
    VENDOR,
    SymbolGateError,
    bars_of,
    by_name,
    fundamentals_of,
    instrument_of,
    judge,
    news_of,
    quote_of,
)
from qt_trade.market.sockets import MUTE_S, SocketLine, streamed
from qt_trade.model.bars import Bar
from qt_trade.model.companies import Fundamentals, NewsItem
from qt_trade.model.instruments import Instrument
from qt_trade.model.quotas import Limit, Window
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

BASE_URL = "https://financialmodelingprep.com/stable"

# Not "full": its days are adjusted for splits, which our bars never are.
_DAYS = "/historical-price-eod/non-split-adjusted"
_CHARTS = {60: "1min", 300: "5min", 900: "15min"}
_NEWS_MAX = 100
_FOUND_MAX = 20


class Fmp(Provider):
    """One key at FMP."""

    def __init__(self, kit: ProviderKit) -> None:
        super().__init__(SPEC, kit)
        access = kit.access
        line = HttpLine(
            vendor=VENDOR,
            base_url=access.base_url or BASE_URL,
            judge=judge,
            headers={"apikey": access.key},
            parameters={},
            timeout_s=access.seconds("timeout_s", TIMEOUT_S),
        )
        gate = Gate(SPEC.name, VENDOR, kit.plan.limits, kit.ledger, kit.wall, kit.sleep)
        self._http = ProviderHttp(line, gate, kit.plan.concurrency)
        self._mute_s = access.seconds("mute_s", MUTE_S)
        self._dash = _chosen(access.options, "class_shares", "dash", "dot") == "dash"
        self._legacy = _chosen(access.options, "stream", "new", "legacy") == "legacy"
        self._news_zone = _zone(access.options)

    async def quotes(self, symbols: Sequence[Symbol]) -> QuoteBatch:
        wanted = {self._spelled(name): name for name in symbols}
        try:
            body = await self._asked_quotes(list(wanted))
        except SymbolGateError as error:
            return await self._without_gated(symbols, error)
        rows = by_name(body, wanted)
        quotes: dict[Symbol, Quote] = {}
        errors: dict[Symbol, MarketDataError] = {}
        for spelled, name in wanted.items():
            try:
                quotes[name] = quote_of(_row(rows, spelled, name), name)
            except (UnknownSymbolError, BadAnswerError) as error:
                errors[name] = error
        return QuoteBatch(quotes, errors)

    async def _asked_quotes(self, spelled: Sequence[str]) -> Any:
        if self.plan.batch_max == 1:
            return await self._http.get("/quote", {"symbol": spelled[0]})
        return await self._http.get("/batch-quote", {"symbols": ",".join(spelled)})

    async def _without_gated(self, symbols: Sequence[Symbol], error: SymbolGateError) -> QuoteBatch:
        """Find out by halves which symbol spoilt the question for the others."""
        if len(symbols) == 1:
            (name,) = symbols
            return QuoteBatch({}, {name: NotInPlanError(VENDOR, f"{name}: {error}", name)})
        middle = len(symbols) // 2
        first = await self.quotes(symbols[:middle])
        second = await self.quotes(symbols[middle:])
        return QuoteBatch({**first.quotes, **second.quotes}, {**first.errors, **second.errors})

    def stream(self, subscription: Subscription) -> AsyncGenerator[StreamEvent, None]:
        access = self.kit.access
        line = SocketLine(
            vendor=VENDOR,
            url=access.stream_url or (LEGACY_STREAM_URL if self._legacy else STREAM_URL),
            may_be_mute=self.kit.may_be_mute,
            judge=judge,
            mute_s=self._mute_s,
        )
        talk = FmpTalk(access.key, self._spelled, legacy=self._legacy)
        return streamed(line, talk, subscription)

    async def bars(
        self, symbol: Symbol, interval_s: int, since: datetime, until: datetime
    ) -> BarsAnswer:
        first, last = (edge.astimezone(NEW_YORK).date() for edge in (since, until))
        if interval_s == DAY_S:
            found = await self._some_bars(_DAYS, symbol, interval_s, first, last)
        else:
            found = await self._chart(symbol, interval_s, first, last)
        now = self.kit.wall.now()
        by_start = {bar.at: bar for bar in found if since <= bar.at < until and ends_at(bar) <= now}
        return BarsAnswer([by_start[at] for at in sorted(by_start)])

    async def _chart(
        self, symbol: Symbol, interval_s: int, first: date, last: date
    ) -> Sequence[Bar]:
        """Ask again for what is older until all of it is there: an answer has the newest days."""
        if interval_s not in _CHARTS:
            raise NotInPlanError(VENDOR, f"bars of {interval_s} s")
        path = f"/historical-chart/{_CHARTS[interval_s]}"
        found: dict[datetime, Bar] = {}
        while True:
            some = await self._some_bars(path, symbol, interval_s, first, last)
            new = [bar for bar in some if bar.at not in found]
            found |= {bar.at: bar for bar in new}
            if not new or (oldest := new[0].at.astimezone(NEW_YORK).date()) <= first:
                return list(found.values())
            last = oldest

    async def _some_bars(
        self, path: str, symbol: Symbol, interval_s: int, first: date, last: date
    ) -> Sequence[Bar]:
        query = {"symbol": self._spelled(symbol), "from": f"{first}", "to": f"{last}"}
        if interval_s != DAY_S:
            query["nonadjusted"] = "true"
        return bars_of(await self._of_one(symbol, path, query), symbol, interval_s)

    async def fundamentals(self, symbol: Symbol) -> Fundamentals:
        query = {"symbol": self._spelled(symbol)}
        profile = await self._of_one(symbol, "/profile", query)
        if profile == []:
            raise UnknownSymbolError(VENDOR, symbol)
        last_year = {**query, "limit": "1"}
        ratios = await self._of_one(symbol, "/ratios", last_year)
        metrics = await self._of_one(symbol, "/key-metrics", last_year)
        return fundamentals_of(profile, ratios, metrics, symbol)

    async def news(self, symbol: Symbol, since: datetime) -> Sequence[NewsItem]:
        zone, now = self._news_zone, self.kit.wall.now()
        query = {
            "symbols": self._spelled(symbol),
            "from": f"{since.astimezone(zone).date()}",
            "to": f"{now.astimezone(zone).date()}",
            "limit": f"{_NEWS_MAX}",
        }
        body = await self._of_one(symbol, "/news/stock", query)
        return [item for item in news_of(body, symbol, zone) if since <= item.published <= now]

    async def lookup(self, symbol: Symbol) -> Instrument:
        spelled = self._spelled(symbol)
        query = {"query": spelled, "limit": f"{_FOUND_MAX}"}
        body = await self._of_one(symbol, "/search-symbol", query)
        return instrument_of(body, symbol, spelled)

    async def _of_one(self, name: Symbol, path: str, query: Mapping[str, str]) -> Any:
        """Ask for one symbol, so that it is known which one the plan does not have."""
        try:
            return await self._http.get(path, query)
        except SymbolGateError as error:
            raise NotInPlanError(VENDOR, f"{name}: {error}", name) from None

    async def close(self) -> None:
        await self._http.close()

    def _spelled(self, name: Symbol) -> str:
        return name.replace(".", "-") if self._dash else name


def _row(rows: Mapping[str, Mapping[str, Any]], spelled: str, name: Symbol) -> Mapping[str, Any]:
    if spelled not in rows:
        raise UnknownSymbolError(VENDOR, name)
    return rows[spelled]


def _chosen(options: Mapping[str, str], name: str, *known: str) -> str:
    """Return an option, the first of those there are where nobody says. Raises ValueError."""
    found = options.get(name, "") or known[0]
    if found not in known:
        words = " or ".join(known)
        raise ValueError(f"QTRADE_PROVIDERS__FMP__OPTIONS: {name} is {found!r}; it is {words}")
    return found


def _zone(options: Mapping[str, str]) -> ZoneInfo:
    name = options.get("news_zone", "")
    try:
        return ZoneInfo(name) if name else NEW_YORK
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(
            f"QTRADE_PROVIDERS__FMP__OPTIONS: news_zone is {name!r}; it is a zone such as UTC or"
            " America/New_York"
        ) from None


_FREE = frozenset({Capability.QUOTE, Capability.DAILY, Capability.FUNDAMENTALS, Capability.LOOKUP})
_STARTER = _FREE | {Capability.BATCH_QUOTE, Capability.INTRADAY, Capability.NEWS}
_ULTIMATE = _STARTER | {Capability.STREAM}
"""Which plan streams first is written down nowhere: surely the one that has everything."""


def _paid(name: str, per_minute: int, capabilities: frozenset[Capability]) -> Plan:
    return Plan(
        name=name,
        capabilities=capabilities,
        timeliness=Timeliness.REAL_TIME,
        limits=(Limit(per_minute, Window.MINUTE),),
        # Its own maximum is written down nowhere; clients ask for about a hundred.
        batch_max=100,
        stream_max=500 if Capability.STREAM in capabilities else 0,
    )


_PLANS = (
    Plan(
        name="free",
        capabilities=_FREE,
        timeliness=Timeliness.END_OF_DAY,
        limits=(Limit(250, Window.DAY),),
    ),
    _paid("starter", 300, _STARTER),
    _paid("premium", 750, _STARTER),
    _paid("ultimate", 3_000, _ULTIMATE),
)

SPEC = ProviderSpec(
    name="fmp",
    title="Financial Modeling Prep",
    plans=MappingProxyType({plan.name: plan for plan in _PLANS}),
    keys=1,
    note="Free: some large companies at about their last close; paid: US stocks in real time",
    make=Fmp,
)
