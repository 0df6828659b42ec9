"""FMP's ``/stable`` on loopback: lists, errors in three forms, days and charts, both streams.

What PROVIDERS.md calls unconfirmed is a switch.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from aiohttp import web
from tests.emulators.market import DAY_S, NEW_YORK, Fault, Row, Tick
from tests.emulators.provider import ProviderEmulator

from qt_trade.model.quotas import Limit, Window

UPGRADE = "is not available under your current subscription please visit our subscription page"
RESTRICTED = f"Restricted Endpoint: This endpoint {UPGRADE} to upgrade your plan"
SYMBOL_GATE = f"Premium Query Parameter: 'Special Endpoint : This value set for 'symbol' {UPGRADE}'"
LIMIT_GATE = (
    "Premium Query Parameter: 'Special Parameters : The values for 'limit' must be between 0 and 5"
    " based on your current subscription'"
)
NO_KEY = {"Error Message": "Invalid API KEY. Feel free to create a Free API Key or visit us."}
LIMIT_REACH = {"Error Message": "Limit Reach . Please upgrade your plan or visit our documentation"}
LEGACY = {"Error Message": "Legacy Endpoint : Due to Legacy endpoints being no longer supported"}
CHARTS = {"1min": 60, "5min": 300, "15min": 900}
FREE_LIMIT_MAX = 5


class FmpEmulator(ProviderEmulator):
    """``plan``: ``free`` or ``paid``, which has everything."""

    name: ClassVar[str] = "fmp"
    limits: ClassVar = {
        "free": (Limit(250, Window.DAY),),
        "paid": (Limit(3_000, Window.MINUTE),),
    }
    limit_status = 429
    """Of "Limit Reach": 429, or 200 with the same body."""
    unknown_is_gated = True
    """Whether the free plan answers 402 to what nobody knows, or the empty list."""
    class_shares = "dash"
    """How it spells BRK.B: ``dash`` or ``dot``."""
    raw_days_are_free = True
    stream_unit = 1
    """Of a stream's times: so many in a second."""
    login_is_flat = False
    """Whether a login's status stands beside its event, or under ``data``."""
    batch_max = 100
    chart_days_max = 3
    """How many days of a chart are in one answer."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.gated: set[str] = set()
        """Names that only another plan has."""

    def routes(self, app: web.Application) -> None:
        get = app.router.add_get
        get("/stream", self.stream)
        get("/quote", self._quote)
        get("/batch-quote", self._batch)
        get("/historical-chart/{interval}", self._chart)
        get("/historical-price-eod/full", self._full)
        get("/historical-price-eod/non-split-adjusted", self._raw_days)
        get("/profile", self._profile)
        get("/ratios", self._ratios)
        get("/key-metrics", self._metrics)
        get("/search-symbol", self._search)
        get("/news/stock", self._news)
        get("/api/v3/{rest:.*}", self._legacy)

    def given_key(self, request: web.Request) -> str:
        return request.headers.get("apikey") or request.query.get("apikey", "")

    def refused(self, request: web.Request) -> web.Response:
        return web.json_response(NO_KEY, status=401)

    def too_many(self, limit: Limit) -> web.Response:
        return web.json_response(LIMIT_REACH, status=self.limit_status)

    def spelling(self, name: str) -> str:
        return name.replace(".", "-") if self.class_shares == "dash" else name

    def named(self, spelled: str) -> str:
        """Return the canonical name, empty for a spelling that it does not have."""
        known = {self.spelling(name): name for name in self.market.names}
        return known.get(spelled, "")

    # -- REST --------------------------------------------------------------------------------

    def _closed(self, name: str) -> web.Response | None:
        """Return what is answered to a symbol that cannot be had, None for one that can."""
        if name and name not in self.gated:
            return None
        if name in self.gated or (self.plan == "free" and self.unknown_is_gated):
            return web.Response(status=402, text=SYMBOL_GATE)
        return web.json_response([])

    async def _of_one(
        self, request: web.Request, told: Callable[[str], list[dict[str, Any]]]
    ) -> web.Response:
        name = self.named(request.query["symbol"])
        return self._closed(name) or web.json_response(told(name))

    async def _quote(self, request: web.Request) -> web.Response:
        return await self._of_one(request, lambda name: [self._quoted(self.tick(name))])

    def _quoted(self, tick: Tick) -> dict[str, Any]:
        return quote(replace(tick, name=self.spelling(tick.name)), self.market.names[tick.name])

    async def _batch(self, request: web.Request) -> web.Response:
        known = {self.spelling(name): name for name in self.market.names}
        names = [known.get(one, "") for one in request.query["symbols"].split(",")]
        if self.plan == "free":
            return web.Response(status=402, text=RESTRICTED)
        if len(names) > self.batch_max or self.gated.intersection(names):
            return web.Response(status=402, text=SYMBOL_GATE)
        return web.json_response([self._quoted(self.tick(name)) for name in names if name])

    async def _chart(self, request: web.Request) -> web.Response:
        if self.plan == "free":
            return web.Response(status=402, text=RESTRICTED)
        interval_s = CHARTS[request.match_info["interval"]]
        assert request.query["nonadjusted"] == "true"
        name = self.named(request.query["symbol"])
        rows = self._rows(request, name, interval_s) if name else []
        days = sorted({row.at.astimezone(NEW_YORK).date() for row in rows})[-self.chart_days_max :]
        rows = [row for row in rows if row.at.astimezone(NEW_YORK).date() in days]
        told = [chart_row(row) for row in newest_first(rows)]
        if self.fault is Fault.NULL_PRICES:
            told = [{**row, "close": None} for row in told]
        return web.json_response(told)

    async def _full(self, request: web.Request) -> web.Response:
        name = self.named(request.query["symbol"])
        rows = self._rows(request, name, DAY_S) if name else []
        told = [{"symbol": self.spelling(name), **full_row(row)} for row in newest_first(rows)]
        return self._closed(name) or web.json_response(told)

    async def _raw_days(self, request: web.Request) -> web.Response:
        if self.plan == "free" and not self.raw_days_are_free:
            return web.Response(status=402, text=RESTRICTED)
        name = self.named(request.query["symbol"])
        rows = self._rows(request, name, DAY_S) if name else []
        told = [{"symbol": self.spelling(name), **raw_row(row)} for row in newest_first(rows)]
        return self._closed(name) or web.json_response(told)

    def _rows(self, request: web.Request, name: str, interval_s: int) -> list[Row]:
        first, last = (date.fromisoformat(request.query[edge]) for edge in ("from", "to"))
        since = datetime(first.year, first.month, first.day, tzinfo=NEW_YORK)
        until = datetime(last.year, last.month, last.day, tzinfo=NEW_YORK) + timedelta(days=1)
        return self.market.bars(name, interval_s, since, until)

    async def _profile(self, request: web.Request) -> web.Response:
        return await self._of_one(request, lambda name: [self._company(name)])

    def _company(self, name: str) -> dict[str, Any]:
        return profile(self.spelling(name), self.market.names[name], self.tick(name))

    async def _ratios(self, request: web.Request) -> web.Response:
        return await self._of_a_year(request, RATIOS)

    async def _metrics(self, request: web.Request) -> web.Response:
        return await self._of_a_year(request, METRICS)

    async def _of_a_year(self, request: web.Request, figures: dict[str, Any]) -> web.Response:
        if self.plan == "free" and int(request.query.get("limit", "0")) > FREE_LIMIT_MAX:
            return web.Response(status=402, text=LIMIT_GATE)
        return await self._of_one(request, lambda name: [{"symbol": name, **figures}])

    async def _search(self, request: web.Request) -> web.Response:
        asked = request.query["query"]
        found = [
            {
                "symbol": self.spelling(name),
                "name": title,
                "currency": "USD",
                "exchangeFullName": "NASDAQ Global Select",
                "exchange": "NASDAQ",
            }
            for name, title in self.market.names.items()
            if self.spelling(name).startswith(asked[:1])
        ]
        return web.json_response(found)

    async def _news(self, request: web.Request) -> web.Response:
        if self.plan == "free":
            return web.Response(status=402, text=RESTRICTED)
        spelled = request.query["symbols"]
        now = self.clock.now()
        told = [news(spelled, hours, now - timedelta(hours=hours)) for hours in (2, 1, 3)]
        return web.json_response(told if self.named(spelled) else [])

    async def _legacy(self, _request: web.Request) -> web.Response:
        return web.json_response(LEGACY, status=403)

    # -- stream ------------------------------------------------------------------------------

    def opens_stream(self, request: web.Request) -> bool:
        return True

    async def hear(self, socket: web.WebSocketResponse, message: Any) -> None:
        match message:
            case {"event": "login", "data": {"apiKey": key}}:
                await socket.send_str(self._login(key))
            case {"event": "subscribe", "tickers": names}:
                self.sockets[socket] |= set(names)
            case {"event": "unsubscribe", "tickers": names}:
                self.sockets[socket] -= set(names)
            case {"event": "subscribe", "data": {"ticker": names}}:
                self.sockets[socket] |= {name.upper() for name in names}
            case {"event": "unsubscribe", "data": {"ticker": names}}:
                self.sockets[socket] -= {name.upper() for name in names}

    def _login(self, key: str) -> str:
        good = key == self.key
        told = {"status": 200 if good else 401}
        told |= {"message": "Authenticated" if good else "Connected from another location"}
        return json.dumps({"event": "login", **(told if self.login_is_flat else {"data": told})})

    def frame(self, tick: Tick) -> str:
        return json.dumps(self._streamed(tick))

    def _streamed(self, tick: Tick) -> dict[str, Any]:
        fields = self._quoted(tick)
        fields["changesPercentage"] = fields.pop("changePercentage")
        return {**fields, "timestamp": int(tick.at.timestamp()) * self.stream_unit}

    def ping_frame(self) -> str:
        now = int(self.clock.now().timestamp() * 1000)
        return json.dumps({"event": "heartbeat", "timestamp": now})


class LegacyFmpEmulator(FmpEmulator):
    """Its older stream: small letters, trades and books apart."""

    class_shares = "dot"
    stream_unit = 1_000_000_000

    def _streamed(self, tick: Tick) -> dict[str, Any]:
        at = int(tick.at.timestamp()) * self.stream_unit
        return {"s": tick.name.lower(), "t": at, "type": "T", "lp": tick.price, "ls": 100}


def newest_first(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row.at, reverse=True)


def quote(tick: Tick, title: str) -> dict[str, Any]:
    """Return a row of ``/quote``: its time in seconds."""
    change = None
    if tick.price is not None and tick.previous_close:
        change = round(tick.price - tick.previous_close, 4)
    return {
        "symbol": tick.name,
        "name": title,
        "price": tick.price,
        "changePercentage": change,
        "change": change,
        "volume": tick.volume,
        "dayLow": tick.low,
        "dayHigh": tick.high,
        "yearHigh": 410.5,
        "yearLow": 150.25,
        "marketCap": 3_000_000_000_000,
        "priceAvg50": 300.0,
        "priceAvg200": 290.0,
        "exchange": "NASDAQ",
        "open": tick.open,
        "previousClose": tick.previous_close,
        "timestamp": int(tick.at.timestamp()),
    }


def chart_row(row: Row) -> dict[str, Any]:
    """Return a bar of a chart: New York's time, without saying so."""
    return {
        "date": f"{row.at.astimezone(NEW_YORK):%Y-%m-%d %H:%M:%S}",
        "open": row.open,
        "low": row.low,
        "high": row.high,
        "close": row.close,
        "volume": row.volume,
    }


def full_row(row: Row) -> dict[str, Any]:
    """Return a day of the list that is adjusted for splits."""
    return {**chart_row(row), "date": f"{row.at.astimezone(NEW_YORK):%Y-%m-%d}", "vwap": row.close}


def raw_row(row: Row) -> dict[str, Any]:
    """Return a day as it was traded; its keys are those of adjusted ones."""
    return {
        "date": f"{row.at.astimezone(NEW_YORK):%Y-%m-%d}",
        "adjOpen": row.open,
        "adjHigh": row.high,
        "adjLow": row.low,
        "adjClose": row.close,
        "volume": row.volume,
    }


def profile(spelled: str, title: str, tick: Tick) -> dict[str, Any]:
    """Return a company."""
    return {
        "symbol": spelled,
        "price": tick.price,
        "marketCap": 3_000_000_000_000,
        "beta": 1.1,
        "lastDividend": 1.0,
        "range": "150.25-410.5",
        "companyName": title,
        "currency": "USD",
        "exchange": "NASDAQ",
        "sector": "Technology",
        "industry": "Consumer Electronics",
        "isEtf": False,
    }


RATIOS = {
    "date": "2026-09-26",
    "period": "FY",
    "priceToEarningsRatio": 20.0,
    "priceToEarningsGrowthRatio": 2.0,
    "priceToBookRatio": 10.0,
    "debtToEquityRatio": 1.5,
    "dividendYield": 0.006,
}
METRICS = {"date": "2026-09-26", "period": "FY", "marketCap": 2_000_000_000_000}
"""Then: the company has grown by half since."""


def news(spelled: str, number: int, at: datetime) -> dict[str, Any]:
    """Return a made-up headline, dated in New York."""
    return {
        "symbol": spelled,
        "publishedDate": f"{at.astimezone(NEW_YORK):%Y-%m-%d %H:%M:%S}",
        "publisher": "A made-up paper",
        "title": f"{spelled} does something, number {number}",
        "image": "",
        "site": "example.invalid",
        "text": "",
        "url": f"https://example.invalid/{number}",
    }
