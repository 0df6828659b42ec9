"""Finnhub on loopback: quotes one by one, candles for who pays, a stream of trades."""

import json
from datetime import UTC, datetime
from typing import Any, ClassVar

from aiohttp import web
from tests.emulators.market import Fault, MadeUpMarket, Tick
from tests.emulators.provider import ProviderEmulator

from qt_trade.model.quotas import Limit, Window

STREAMED_MAX = 50
RESOLUTIONS = {"1": 60, "5": 300, "15": 900, "30": 1_800, "60": 3_600, "D": 86_400}
NO_ACCESS = {"error": "You don't have access to this resource."}
ZEROS = {"c": 0, "d": None, "dp": None, "h": 0, "l": 0, "o": 0, "pc": 0, "t": 0}
LIMIT_REACHED = {"error": "API limit reached. Please try again later. Remaining Limit: 0"}


class FinnhubEmulator(ProviderEmulator):
    """Paid plans differ by candles. ``no_access_status``: 403, in 2021 401.

    ``tells_limits``: in headers nobody documents. ``refuses_by_frame``: a stream opens for any key,
    and says in a frame that it is wrong.
    """

    name = "finnhub"
    limits: ClassVar = {
        "free": (Limit(30, Window.SECOND), Limit(60, Window.MINUTE)),
        "paid": (Limit(30, Window.SECOND), Limit(150, Window.MINUTE)),
    }
    no_access_status = 403
    tells_limits = False
    refuses_by_frame = False
    _refusing = False

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/stream", self.stream)
        app.router.add_get("/quote", self._quote)
        app.router.add_get("/stock/candle", self._candle)
        app.router.add_get("/stock/profile2", self._profile)
        app.router.add_get("/stock/metric", self._metric)
        app.router.add_get("/company-news", self._news)
        app.router.add_get("/search", self._search)

    def given_key(self, request: web.Request) -> str:
        return request.headers.get("X-Finnhub-Token") or request.query.get("token", "")

    def refused(self, request: web.Request) -> web.Response:
        words = "Invalid API key." if self.given_key(request) else "Please use an API key."
        return web.json_response({"error": words}, status=401)

    def too_many(self, limit: Limit) -> web.Response:
        return web.json_response(LIMIT_REACHED, status=429)

    def stamp(self, response: web.StreamResponse) -> None:
        if self.tells_limits:
            minute = self.meter.limits[1]
            left = max(0, minute.count - self.meter.used(minute))
            response.headers["X-Ratelimit-Limit"] = str(minute.count)
            response.headers["X-Ratelimit-Remaining"] = str(left)

    # -- REST --------------------------------------------------------------------------------

    def _no_access(self) -> web.Response:
        return web.json_response(NO_ACCESS, status=self.no_access_status)

    async def _quote(self, request: web.Request) -> web.Response:
        name = request.query["symbol"]
        if name not in self.market.names:
            foreign = "." in name and len(name.rsplit(".", 1)[1]) > 1
            return self._no_access() if foreign else web.json_response(ZEROS)
        return web.json_response(quote(self.tick(name)))

    async def _candle(self, request: web.Request) -> web.Response:
        asked = request.query
        if self.plan == "free":
            return self._no_access()
        name = asked["symbol"]
        rows = []
        if self.market.knows(name):
            span = (datetime.fromtimestamp(int(asked[edge]), UTC) for edge in ("from", "to"))
            rows = self.market.bars(name, RESOLUTIONS[asked["resolution"]], *span)
        if not rows:
            return web.json_response({"s": "no_data"})
        columns = {
            "t": [int(row.at.timestamp()) for row in rows],
            "o": [row.open for row in rows],
            "h": [row.high for row in rows],
            "l": [row.low for row in rows],
            "c": [None if self.fault is Fault.NULL_PRICES else row.close for row in rows],
            "v": [row.volume for row in rows],
        }
        return web.json_response({"s": "ok", **columns})

    async def _profile(self, request: web.Request) -> web.Response:
        name = request.query["symbol"]
        known = self.market.knows(name)
        return web.json_response(profile(name, self.market) if known else {})

    async def _metric(self, request: web.Request) -> web.Response:
        name = request.query["symbol"]
        figures = METRIC if self.market.knows(name) else {}
        body = {"symbol": name, "metricType": "all", "metric": figures, "series": {}}
        return web.json_response(body)

    async def _news(self, request: web.Request) -> web.Response:
        name = request.query["symbol"]
        if not self.market.knows(name):
            return web.json_response([])
        now = int(self.clock.now().timestamp())
        return web.json_response([news(name, number, now - 3_600 * number) for number in (2, 1, 3)])

    async def _search(self, request: web.Request) -> web.Response:
        asked = request.query["q"]
        found = [
            {
                "description": title.upper(),
                "displaySymbol": name,
                "symbol": name,
                "type": "Common Stock",
            }
            for name, title in self.market.names.items()
            if name.startswith(asked[:1])
        ]
        return web.json_response({"count": len(found), "result": found})

    # -- stream ------------------------------------------------------------------------------

    def opens_stream(self, request: web.Request) -> bool:
        right = super().opens_stream(request)
        self._refusing = self.refuses_by_frame and not right
        return right or self.refuses_by_frame

    async def greet(self, socket: web.WebSocketResponse) -> None:
        if self._refusing:
            await socket.send_str(error_frame("Invalid API key"))

    async def hear(self, socket: web.WebSocketResponse, message: Any) -> None:
        name = message.get("symbol", "")
        match message.get("type"):
            case "unsubscribe":
                self.sockets[socket].discard(name)
            case "subscribe" if len(self.sockets[socket]) >= STREAMED_MAX:
                await socket.send_str(error_frame("Subscribing to too many symbols"))
            case "subscribe" if ":" in name or not self.market.knows(name):
                # Seen for what is no US share; an unknown name alone is never answered.
                if ":" in name:
                    await socket.send_str(error_frame(f"Invalid symbol {name}"))
            case "subscribe":
                self.sockets[socket].add(name)

    def frame(self, tick: Tick) -> str:
        trade = {
            "s": tick.name,
            "p": tick.price,
            "t": round(tick.at.timestamp() * 1000),
            "v": 100,
            "c": ["1", "12"],
        }
        return json.dumps({"type": "trade", "data": [trade]})

    def ping_frame(self) -> str:
        return json.dumps({"type": "ping"})


def error_frame(words: str) -> str:
    """Return how the stream says that something is wrong."""
    return json.dumps({"type": "error", "msg": words})


def quote(tick: Tick) -> dict[str, Any]:
    """Return the answer to ``/quote``: seconds, and no volume."""
    change = None
    if tick.price is not None and tick.previous_close:
        change = round(tick.price - tick.previous_close, 4)
    return {
        "c": tick.price,
        "d": change,
        "dp": None if change is None else round(change / (tick.previous_close or 1) * 100, 4),
        "h": tick.high,
        "l": tick.low,
        "o": tick.open,
        "pc": tick.previous_close,
        "t": int(tick.at.timestamp()),
    }


def profile(name: str, market: MadeUpMarket) -> dict[str, Any]:
    """Return a company; market value and shares in millions."""
    return {
        "country": "US",
        "currency": "USD",
        "exchange": "NASDAQ NMS - GLOBAL MARKET",
        "finnhubIndustry": "Technology",
        "ipo": "1980-12-12",
        "logo": "",
        "marketCapitalization": 3_950_000.5,
        "name": market.names[name],
        "phone": "10000000000.0",
        "shareOutstanding": 14_800.0,
        "ticker": name,
        "weburl": "https://example.invalid/",
    }


def news(name: str, number: int, at: int) -> dict[str, Any]:
    """Return a made-up headline."""
    return {
        "category": "company",
        "datetime": at,
        "headline": f"{name} does something, number {number}",
        "id": 137_000_000 + number,
        "image": "",
        "related": name,
        "source": "A made-up paper",
        "summary": "",
        "url": f"https://example.invalid/{number}",
    }


METRIC = {
    "52WeekHigh": 410.5,
    "52WeekLow": 150.25,
    "beta": 1.2,
    "peTTM": 31.5,
    "pbQuarterly": 12.25,
    "dividendYieldIndicatedAnnual": 0.5,
    "totalDebt/totalEquityQuarterly": 1.5,
    "pegTTM": None,
}
