"""Yahoo Finance on loopback: cookie and crumb, charts, company figures, news, pushed quotes.

Shapes as yfinance 1.7 reads them; every figure is made up.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any, ClassVar

from aiohttp import web
from tests.emulators.market import DAY_S, NAMES, NEW_YORK, Fault, MadeUpMarket, Row, Tick
from tests.emulators.provider import ProviderEmulator

from qt_trade.kit.clock import Clock, SystemClock
from qt_trade.model.quotas import Limit, Window

CRUMB = "cRumB.42"
_STALE = timedelta(days=3)
_INTERVALS = {"1m": 60, "5m": 300, "15m": 900, "1d": DAY_S}
_REACH_DAYS = {"1m": 30, "5m": 60, "15m": 60}
_CHUNK_DAYS_MAX = 8
_FREE_OF_FAULTS = frozenset({"/", "/consent", "/v1/test/getcrumb"})
"""What yfinance asks for its own sake: faults are of the answers that matter."""


@dataclass(frozen=True, slots=True)
class Minute:
    """One row of a chart, as it goes out; ``at`` is its start."""

    at: datetime
    open: float | None
    high: float | None
    low: float | None
    close: float | None
    volume: int | None


@dataclass(frozen=True, slots=True)
class MadeSplit:
    """``new`` shares for ``old`` ones from a day on."""

    day: date
    new: int
    old: int = 1


class YahooEmulator(ProviderEmulator):
    """By itself it knows no symbol; give it a market, or charts of a test's own in ``minutes``."""

    name = "yahoo"
    limits: ClassVar[dict[str, tuple[Limit, ...]]] = {
        # It publishes none; a test that comes here is out of hand.
        plan: (Limit(5_000, Window.MINUTE),)
        for plan in ("free", "paid")
    }

    def __init__(
        self, clock: Clock | None = None, *, market: MadeUpMarket | None = None, **options: Any
    ) -> None:
        clock = clock or SystemClock()
        super().__init__(clock, market=market or MadeUpMarket(clock, names={}), **options)
        self.minutes: dict[str, list[Minute]] = {}
        """Charts of one minute, by Yahoo's spelling, instead of the market's."""
        self.splits: dict[str, list[MadeSplit]] = {}
        """By canonical symbol; the market's own prices are those of today's shares."""
        self.divides = True
        """Whether older prices are divided by the splits, as they mostly are."""
        self.dividends: dict[str, list[tuple[date, float]]] = {}
        """USD per share of that day, by canonical symbol."""
        self.recorded: dict[str, tuple[int, str]] = {}
        """Status and body of a path, instead of anything made up."""
        self._called = False
        self.invalid_crumbs = 0
        """So many of the next calls are told that their crumb is none."""
        self.no_result = False
        self.greeting: str | None = None
        """A frame every subscription is answered with."""

    # -- what a test does --------------------------------------------------------------------

    @property
    def stream_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/?version=2"

    @property
    def subscriptions(self) -> list[list[str]]:
        """Every subscription that arrived, in Yahoo's spelling."""
        return [message["subscribe"] for message in self.heard if "subscribe" in message]

    async def called(self) -> None:
        """Wait until a call that matters is under way."""
        await self.until(lambda: self._called)

    async def subscribed(self, times: int = 1) -> None:
        """Wait until so many subscriptions have arrived in all."""
        await self.until(lambda: len(self.subscriptions) >= times)

    async def push(
        self, name: str, price: float | None = None, at: datetime | None = None, **fields: Any
    ) -> str:
        """Push a price; fields as in PricingData (day_volume, bid, ...)."""
        if not fields and self.market.knows(name):
            return await super().push(name, price, at)
        text = pricing(self.spelling(name), price or 1.0, at or self.clock.now(), **fields)
        for socket, names in list(self.sockets.items()):
            if self.spelling(name) in names:
                await socket.send_str(text)
        return text

    async def run_by_hand(self) -> None:
        self.market.names.update(NAMES)
        await super().run_by_hand()

    # -- what the base asks ------------------------------------------------------------------

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/", self._cookie_or_stream)
        app.router.add_get("/consent", self._consent)
        app.router.add_get("/v1/test/getcrumb", self._crumb)
        app.router.add_get("/v8/finance/chart/{name}", self._chart)
        app.router.add_get("/v10/finance/quoteSummary/{name}", self._summary)
        app.router.add_get("/ws/fundamentals-timeseries/v1/finance/timeseries/{name}", self._series)
        app.router.add_post("/xhr/ncp", self._news)

    def given_key(self, request: web.Request) -> str:
        return self.key  # nobody needs one

    def refused(self, request: web.Request) -> web.Response:
        return web.json_response(INVALID_CRUMB, status=401)

    def too_many(self, limit: Limit) -> web.Response:
        return web.Response(status=429, text="Too Many Requests")

    def spelling(self, name: str) -> str:
        return name.replace(".", "-")

    async def hear(self, socket: web.WebSocketResponse, message: Any) -> None:
        self.sockets[socket] |= set(message.get("subscribe", ()))
        self.sockets[socket] -= set(message.get("unsubscribe", ()))
        if "subscribe" in message and self.greeting is not None:
            await socket.send_str(self.greeting)

    def frame(self, tick: Tick) -> str:
        # Of shares it pushes mostly no book, and no figures of the day but the volume.
        name = self.spelling(tick.name)
        return pricing(name, tick.price or 0.0, tick.at, day_volume=tick.volume or 0)

    def ping_frame(self) -> str:
        return json.dumps({"type": "heartbeat"})

    async def _answer(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.path in _FREE_OF_FAULTS:
            self.hits["cookie or crumb"] += 1
            response: web.StreamResponse = await handler(request)
            return response
        self._called = True
        await self._changes()
        if request.path in self.recorded:
            self.hits[request.path] += 1
            status, body = self.recorded[request.path]
            return web.Response(status=status, text=body, content_type="application/json")
        if self.invalid_crumbs > 0:
            self.hits[request.path] += 1
            self.invalid_crumbs -= 1
            return self.refused(request)
        return await super()._answer(request, handler)

    # -- what yfinance asks for its own sake ---------------------------------------------------

    async def _cookie_or_stream(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self.stream(request)
        answer = web.Response(status=404, text="<html>not found</html>", content_type="text/html")
        answer.set_cookie("A3", "d=made-up", max_age=3600)
        return answer

    async def _consent(self, request: web.Request) -> web.Response:
        return web.Response(text="<html>nothing to agree to</html>", content_type="text/html")

    async def _crumb(self, request: web.Request) -> web.Response:
        return web.Response(text=CRUMB)

    # -- charts ------------------------------------------------------------------------------

    async def _chart(self, request: web.Request) -> web.Response:
        spelled = request.match_info["name"]
        name = spelled.replace("-", ".")
        if spelled not in self.minutes and not self.market.knows(name):
            return web.json_response(NOT_FOUND, status=404)
        if self.no_result:
            return web.json_response({"chart": {"result": [], "error": None}})
        asked = request.query
        if (refusal := self._too_far(asked)) is not None:
            return refusal
        interval = asked.get("interval", "1d")
        since, until = self._span(asked)
        if spelled in self.minutes and interval == "1m":
            rows = self.minutes[spelled]
        else:
            rows = self._market_rows(name, interval, since, until)
            if "range" in asked:
                rows = _last_days(rows, 1 if asked["range"] == "1d" else 5)
        meta = self._meta(name, spelled, rows, interval)
        result = chart_result(meta, self._faulty_rows(rows), daily=interval == "1d")
        if events := self._events(name, since, until):
            result["events"] = events
        return web.json_response({"chart": {"result": [result], "error": None}})

    def _too_far(self, asked: Any) -> web.Response | None:
        interval = asked.get("interval", "1d")
        if "period1" not in asked or interval not in _REACH_DAYS:
            return None
        first, end = int(asked["period1"]), int(asked["period2"])
        reach = _REACH_DAYS[interval]
        words = ""
        if interval == "1m" and end - first > _CHUNK_DAYS_MAX * DAY_S:
            words = (
                "Only 8 days worth of 1m granularity data are allowed to be fetched per request."
            )
        elif first < self.clock.now().timestamp() - reach * DAY_S:
            words = f"The requested range must be within the last {reach} days."
        if not words:
            return None
        told = f"{interval} data not available for startTime={first} and endTime={end}. {words}"
        error = {"code": "Unprocessable Entity", "description": told}
        return web.json_response({"chart": {"result": None, "error": error}}, status=422)

    def _span(self, asked: Any) -> tuple[datetime, datetime]:
        now = self.clock.now()
        if "period1" not in asked:
            return now - timedelta(days=10), now + timedelta(days=1)
        first, end = (datetime.fromtimestamp(int(asked[key]), UTC) for key in _PERIOD)
        return first, end

    def _market_rows(
        self, name: str, interval: str, since: datetime, until: datetime
    ) -> list[Minute]:
        """Return the market's bars as Yahoo tells them."""
        interval_s = _INTERVALS[interval]
        bars = self.market.bars(name, interval_s, since, until)
        return [self._row_told(name, row, interval_s) for row in bars]

    def _row_told(self, name: str, row: Row, interval_s: int) -> Minute:
        later = self._later(name, row.at.astimezone(NEW_YORK).date())
        paid = 1.0 if self.divides else float(later)
        # A day's row is stamped with its open.
        at = row.at + timedelta(hours=9, minutes=30) if interval_s == DAY_S else row.at
        prices = (row.open, row.high, row.low, row.close)
        first, high, low, last = (price * paid for price in prices)
        return Minute(at, first, high, low, last, round(row.volume / paid))

    def _later(self, name: str, day: date) -> Fraction:
        """Return how many of today's shares one of that day's has become."""
        ratio = Fraction(1)
        for split in self.splits.get(name, ()):
            if split.day > day:
                ratio *= Fraction(split.new, split.old)
        return ratio

    def _events(self, name: str, since: datetime, until: datetime) -> dict[str, Any]:
        dividends = {
            str(stamp): {"amount": amount / float(self._later(name, day)), "date": stamp}
            for day, amount in self.dividends.get(name, ())
            if since.timestamp() <= (stamp := _opening(day)) < until.timestamp()
        }
        splits = {
            str(stamp): {
                "date": stamp,
                "numerator": split.new,
                "denominator": split.old,
                "splitRatio": f"{split.new}:{split.old}",
            }
            for split in self.splits.get(name, ())
            if since.timestamp() <= (stamp := _opening(split.day)) < until.timestamp()
        }
        found = {"dividends": dividends, "splits": splits}
        return {key: value for key, value in found.items() if value}

    def _faulty_rows(self, rows: Sequence[Minute]) -> list[Minute]:
        match self.fault:
            case Fault.NULL_PRICES:
                return [Minute(row.at, None, None, None, None, None) for row in rows]
            case Fault.ZERO_PRICE:
                return [Minute(row.at, 0.0, 0.0, 0.0, 0.0, row.volume) for row in rows]
            case Fault.STALE:
                return [replace(row, at=row.at - _STALE) for row in rows]
            case _:
                return list(rows)

    def _meta(
        self, name: str, spelled: str, rows: Sequence[Minute], interval: str
    ) -> dict[str, Any]:
        meta = made_up_meta(spelled, rows, self.clock.now(), interval)
        if not self.market.knows(name):
            return meta
        tick = self.tick(name)
        return meta | {
            "instrumentType": "ETF" if name == "SPY" else "EQUITY",
            "longName": self.market.names[name],
            "shortName": self.market.names[name],
            "regularMarketTime": int(tick.at.timestamp()),
            "regularMarketPrice": tick.price,
            "regularMarketDayHigh": tick.high,
            "regularMarketDayLow": tick.low,
            "regularMarketVolume": tick.volume,
            "chartPreviousClose": tick.previous_close,
            "previousClose": tick.previous_close,
        }

    # -- company figures and news --------------------------------------------------------------

    async def _summary(self, request: web.Request) -> web.Response:
        name = request.match_info["name"].replace("-", ".")
        if not self.market.knows(name):
            error = {"code": "Not Found", "description": f"Quote not found for symbol: {name}"}
            answer = {"quoteSummary": {"result": None, "error": error}}
            return web.json_response(answer, status=404)
        cleared = self.fault in (Fault.NULL_PRICES, Fault.ZERO_PRICE)
        result = {
            "assetProfile": {"industry": "Made-Up Goods", "sector": "Technology", "maxAge": 86400},
            "summaryDetail": {
                "maxAge": 1,
                "dividendYield": 0.0047,
                "beta": 1.25,
                "trailingPE": None if cleared else 32.806854,
                "marketCap": None if cleared else 3_229_668_081_664,
                "fiftyTwoWeekLow": 164.08,
                "fiftyTwoWeekHigh": 220.2,
                "currency": "USD",
            },
            "defaultKeyStatistics": {"maxAge": 1, "beta": 1.25, "priceToBook": 43.543518},
            "quoteType": {
                "quoteType": "EQUITY",
                "symbol": request.match_info["name"],
                "longName": self.market.names[name],
                "shortName": self.market.names[name],
            },
            "financialData": {"maxAge": 86400, "debtToEquity": 140.968, "financialCurrency": "USD"},
        }
        return web.json_response({"quoteSummary": {"result": [result], "error": None}})

    async def _series(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        told = {"dataId": 14021, "periodType": "TTM", "asOfDate": "2026-11-20"}
        series = [told | {"reportedValue": {"raw": value, "fmt": ""}} for value in (2.04, 2.23)]
        meta = {"symbol": [name], "type": ["trailingPegRatio"]}
        result = {"meta": meta, "timestamp": [1, 2], "trailingPegRatio": series}
        return web.json_response({"timeseries": {"result": [result], "error": None}})

    async def _news(self, request: web.Request) -> web.Response:
        (name,) = (await request.json())["serviceConfig"]["s"]
        published = self.clock.now() - timedelta(hours=2)
        content = {
            "title": f"{name} announces a made-up thing",
            "summary": "Nothing of this happened.",
            "pubDate": f"{published:%Y-%m-%dT%H:%M:%SZ}",
            "provider": {"displayName": "Made-Up Wire"},
            "canonicalUrl": {"url": "https://example.com/made-up"},
        }
        newer = content | {
            "title": f"{name} denies it",
            "pubDate": f"{published + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
        }
        older = content | {
            "title": f"{name} was quiet",
            "pubDate": f"{published - timedelta(days=5):%Y-%m-%dT%H:%M:%SZ}",
        }
        stream = [
            {"id": "1", "content": older},
            {"id": "2", "content": content},
            {"id": "5", "content": newer},
            {"id": "3", "ad": [{"id": "buy this"}]},
            {"id": "4", "content": {"title": "without a date"}},
        ]
        return web.json_response({"data": {"tickerStream": {"stream": stream}}, "status": "OK"})


_PERIOD = ("period1", "period2")

NOT_FOUND = {
    "chart": {
        "result": None,
        "error": {"code": "Not Found", "description": "No data found, symbol may be delisted"},
    }
}
INVALID_CRUMB = {
    "finance": {
        "result": None,
        "error": {"code": "Unauthorized", "description": "Invalid Crumb"},
    }
}


def encoded(**fields: Any) -> str:
    """Return PricingData as Yahoo sends it: protobuf in base64."""
    from yfinance.pricing_pb2 import PricingData  # noqa: PLC0415 - imports yfinance (2.5 s)

    return base64.b64encode(PricingData(**fields).SerializeToString()).decode()


def pricing(name: str, price: float, at: datetime, **fields: Any) -> str:
    """Return the frame of a quote."""
    message = encoded(id=name, price=price, time=round(at.timestamp() * 1000), **fields)
    return json.dumps({"type": "pricing", "message": message})


def _opening(day: date) -> int:
    return int(datetime.combine(day, time(9, 30), NEW_YORK).timestamp())


def _last_days(rows: Sequence[Minute], count: int) -> list[Minute]:
    days = sorted({row.at.astimezone(NEW_YORK).date() for row in rows})[-count:]
    return [row for row in rows if row.at.astimezone(NEW_YORK).date() in days]


def _span_of(day: date) -> dict[str, Any]:
    return {
        "timezone": "EST",
        "start": _opening(day),
        "end": int(datetime.combine(day, time(16), NEW_YORK).timestamp()),
        "gmtoffset": -18_000,
    }


def made_up_meta(
    spelled: str, rows: Sequence[Minute], now: datetime, interval: str
) -> dict[str, Any]:
    """Return a chart's meta as far as its rows tell it."""
    days = sorted({row.at.astimezone(NEW_YORK).date() for row in rows})
    today = _span_of(now.astimezone(NEW_YORK).date())
    meta = {
        "currency": "USD",
        "symbol": spelled,
        "exchangeName": "NMS",
        "fullExchangeName": "NasdaqGS",
        "instrumentType": "EQUITY",
        "firstTradeDate": 0,
        "regularMarketTime": int(rows[-1].at.timestamp()) if rows else 0,
        "hasPrePostMarketData": True,
        "gmtoffset": -18_000,
        "timezone": "EST",
        "exchangeTimezoneName": "America/New_York",
        "regularMarketPrice": rows[-1].close if rows else None,
        "chartPreviousClose": 100.0,
        "previousClose": 100.0,
        "scale": 3,
        "priceHint": 2,
        "currentTradingPeriod": {"pre": today, "regular": today, "post": today},
        "dataGranularity": interval,
        "range": "",
        "validRanges": ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"],
    }
    return meta if interval == "1d" else meta | {"tradingPeriods": [[_span_of(d)] for d in days]}


def chart_result(meta: dict[str, Any], rows: Sequence[Minute], *, daily: bool) -> dict[str, Any]:
    """Return one chart; without rows it has neither times nor columns."""
    if not rows:
        return {"meta": meta, "indicators": {"quote": [{}]}}
    columns = ("open", "high", "low", "close", "volume")
    indicators: dict[str, Any] = {
        "quote": [{key: [getattr(row, key) for row in rows] for key in columns}]
    }
    if daily:
        indicators["adjclose"] = [{"adjclose": [row.close for row in rows]}]
    stamps = [int(row.at.timestamp()) for row in rows]
    return {"meta": meta, "timestamp": stamps, "indicators": indicators}
