"""Twelve Data on loopback: credits per symbol, numbers as strings, errors in bodies, a stream."""

import json
from datetime import UTC, datetime, time
from typing import Any, ClassVar

from aiohttp import web
from tests.emulators.market import NEW_YORK, Fault, Row, Tick
from tests.emulators.provider import ProviderEmulator

from qt_trade.model.quotas import Limit, Window

TRIAL = ("AAPL", "SPY")
"""What the free plan's stream carries; the real list is the vendor's and changes."""
TRIAL_MAX = 8
INTERVALS = {"1min": 60, "5min": 300, "15min": 900, "1day": 86_400}
KEY_WORDS = (
    "**apikey** parameter is incorrect or not specified. You can get your free API key instantly"
    " following this link: https://twelvedata.com/pricing. If you believe that everything is"
    " correct, you can contact us at https://twelvedata.com/contact/customer"
)
UNKNOWN_WORDS = (
    "**symbol** or **figi** parameter is missing or invalid. Please provide a valid symbol"
    " according to API documentation: https://twelvedata.com/docs#reference-data"
)
PLAN_WORDS = (
    "This symbol is available starting with the Grow or Venture plan. Consider upgrading now at"
    " https://twelvedata.com/pricing"
)
ENDPOINT_WORDS = (
    "{path} is available exclusively with grow or pro or ultra or venture or enterprise plans."
    " Consider upgrading your API Key now at https://twelvedata.com/pricing"
)
NO_ROWS_WORDS = (
    "No data is available on the specified dates. Try setting different start/end dates."
)
CREDITS_WORDS = (
    "You have run out of API credits for the {window}. {used} API credits were used, with the"
    " current limit being {count}. Wait for the next {next} or consider switching to a higher"
    " tier plan at https://twelvedata.com/pricing"
)


class TwelveDataEmulator(ProviderEmulator):
    """The switches are what documents disagree about.

    ``always_200``: errors come with HTTP 200. ``has_status``: error bodies say so in a field of
    their own. ``refusal_status``: of a refused stream. ``rows_per_credit``: whether long series
    cost more. ``in_plan``: names the free plan has, None: all. ``in_milliseconds``: the stream's times.
    """

    name = "twelvedata"
    limits: ClassVar = {
        "free": (Limit(8, Window.MINUTE), Limit(800, Window.DAY)),
        "paid": (Limit(610, Window.MINUTE),),
    }
    always_200 = False
    has_status = True
    refusal_status = 401
    rows_per_credit: int | None = None
    in_plan: frozenset[str] | None = None
    in_milliseconds = False

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.series: list[dict[str, str]] = []
        """What series were asked for with."""

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/stream", self.stream)
        app.router.add_get("/quote", self._quote)
        app.router.add_get("/time_series", self._series)
        app.router.add_get("/symbol_search", self._search)
        app.router.add_get("/dividends", self._dividends)

    def given_key(self, request: web.Request) -> str:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        return key if scheme == "apikey" else request.query.get("apikey", "")

    def refused(self, request: web.Request) -> web.Response:
        if request.path == "/stream":
            return web.json_response(self._body(401, KEY_WORDS), status=self.refusal_status)
        return self._error(401, KEY_WORDS)

    def too_many(self, limit: Limit) -> web.Response:
        used = max(self.meter.used(limit), limit.count + 1)
        minute = limit.window is Window.MINUTE
        window = "current minute" if minute else "day"
        words = CREDITS_WORDS.format(
            window=window, used=used, count=limit.count, next="minute" if minute else "day"
        )
        return self._error(429, words)

    def cost(self, request: web.Request) -> int:
        symbols = len(request.query.get("symbol", "").split(","))
        if self.rows_per_credit is None or request.path != "/time_series":
            return symbols
        return symbols * -(-int(request.query.get("outputsize", 30)) // self.rows_per_credit)

    def stamp(self, response: web.StreamResponse) -> None:
        minute = self.meter.limits[0]
        used = self.meter.used(minute)
        response.headers["api-credits-used"] = str(used)
        response.headers["api-credits-left"] = str(max(0, minute.count - used))

    # -- REST --------------------------------------------------------------------------------

    def _body(self, code: int, words: str) -> dict[str, Any]:
        body: dict[str, Any] = {"code": code, "message": words}
        return {**body, "status": "error"} if self.has_status else body

    def _error(self, code: int, words: str) -> web.Response:
        return web.json_response(self._body(code, words), status=200 if self.always_200 else code)

    def _trouble(self, name: str) -> tuple[int, str] | None:
        if not self.market.knows(name):
            return 404, UNKNOWN_WORDS
        if self.in_plan is not None and name not in self.in_plan:
            return 404, PLAN_WORDS
        return None

    async def _quote(self, request: web.Request) -> web.Response:
        names = request.query.get("symbol", "").split(",")
        if len(names) == 1:
            if (trouble := self._trouble(names[0])) is not None:
                return self._error(*trouble)
            return web.json_response(self._quote_of(names[0]))
        body = {
            name: self._quote_of(name) if trouble is None else self._body(*trouble)
            for name, trouble in ((name, self._trouble(name)) for name in names)
        }
        return web.json_response(body, headers={"Is_batch": "true"})

    def _quote_of(self, name: str) -> dict[str, Any]:
        return quote(self.tick(name), self.market.names[name])

    async def _series(self, request: web.Request) -> web.Response:
        asked = request.query
        self.series.append(dict(asked))
        name = asked["symbol"]
        if (trouble := self._trouble(name)) is not None:
            return self._error(*trouble)
        interval_s = INTERVALS[asked["interval"]]
        begin, end = (_from_local(asked[edge]) for edge in ("start_date", "end_date"))
        rows = self.market.bars(name, interval_s, begin, end)
        if not rows:
            return self._error(400, NO_ROWS_WORDS)
        daily = asked["interval"] == "1day"
        null = self.fault is Fault.NULL_PRICES
        values = [bar(row, daily=daily, null=null) for row in reversed(rows)]
        meta = {
            "symbol": name,
            "interval": asked["interval"],
            "currency": "USD",
            "exchange_timezone": "America/New_York",
            "exchange": "NASDAQ",
            "mic_code": "XNGS",
            "type": "Common Stock",
        }
        newest = values[: int(asked.get("outputsize", 30))]
        return web.json_response({"meta": meta, "values": newest, "status": "ok"})

    async def _search(self, request: web.Request) -> web.Response:
        asked = request.query["symbol"]
        found = [
            {
                "symbol": name,
                "instrument_name": title,
                "exchange": exchange,
                "mic_code": mic,
                "exchange_timezone": "America/New_York",
                "instrument_type": "Common Stock",
                "country": country,
                "currency": "USD",
            }
            for name, title in self.market.names.items()
            if name.startswith(asked[:1])
            for exchange, mic, country in (
                ("BMV", "XMEX", "Mexico"),
                ("NASDAQ", "XNGS", "United States"),
            )
        ]
        return web.json_response({"data": found, "status": "ok"})

    async def _dividends(self, request: web.Request) -> web.Response:
        if self.plan == "free":
            return self._error(403, ENDPOINT_WORDS.format(path=request.path))
        return web.json_response({"dividends": []})

    # -- stream ------------------------------------------------------------------------------

    async def hear(self, socket: web.WebSocketResponse, message: Any) -> None:
        match message:
            case {"action": "subscribe", "params": {"symbols": str(names)}}:
                await socket.send_str(json.dumps(self._subscribe(socket, names.split(","))))
            case {"action": "unsubscribe", "params": {"symbols": str(names)}}:
                self.sockets[socket].difference_update(names.split(","))
            case {"action": "reset"}:
                self.sockets[socket].clear()
            case {"action": "heartbeat"}:
                await socket.send_str(self.ping_frame())
            case _:
                await socket.send_str(json.dumps(CANT_PARSE))

    def _subscribe(self, socket: web.WebSocketResponse, names: list[str]) -> dict[str, Any]:
        carried = self.sockets[socket]
        success, fails = [], []
        for name in names:
            in_plan = self.plan != "free" or (name in TRIAL and len(carried) < TRIAL_MAX)
            if self.market.knows(name) and in_plan:
                carried.add(name)
                success.append({"symbol": name, "exchange": "NASDAQ", "mic_code": "XNGS"})
            else:
                fails.append({"symbol": name, "message": "not available"})
        status = "ok" if not fails else "warning" if success else "error"
        return {
            "event": "subscribe-status",
            "status": status,
            "success": success,
            "fails": fails or None,
        }

    def frame(self, tick: Tick) -> str:
        at = int(tick.at.timestamp())
        return json.dumps(
            {
                "event": "price",
                "symbol": tick.name,
                "currency": "USD",
                "exchange": "NASDAQ",
                "mic_code": "XNGS",
                "type": "Common Stock",
                "timestamp": at * 1000 if self.in_milliseconds else at,
                "price": tick.price,
                "day_volume": tick.volume,
            }
        )

    def ping_frame(self) -> str:
        return json.dumps({"event": "heartbeat", "status": "ok"})


CANT_PARSE = {"event": "subscribe-status", "status": "error", "messages": ["Cant parse message"]}


def quote(tick: Tick, title: str) -> dict[str, Any]:
    """Return the answer to ``/quote``: strings, and the day's bar's own time beside the last."""
    opened = datetime.combine(tick.at.astimezone(NEW_YORK).date(), time(9, 30), NEW_YORK)
    return {
        "symbol": tick.name,
        "name": title,
        "exchange": "NASDAQ",
        "mic_code": "XNGS",
        "currency": "USD",
        "datetime": f"{opened:%Y-%m-%d}",
        "timestamp": int(opened.timestamp()),
        "last_quote_at": int(tick.at.timestamp()) // 60 * 60,
        "open": text(tick.open),
        "high": text(tick.high),
        "low": text(tick.low),
        "close": text(tick.price),
        "volume": str(tick.volume),
        "previous_close": text(tick.previous_close),
        "is_market_open": True,
        "fifty_two_week": {"low": "100.00000", "high": "500.00000"},
    }


def bar(row: Row, *, daily: bool, null: bool) -> dict[str, Any]:
    """Return a row of a series; a day has a date."""
    local = row.at.astimezone(NEW_YORK)
    return {
        "datetime": f"{local:%Y-%m-%d}" if daily else f"{local:%Y-%m-%d %H:%M:%S}",
        "open": text(row.open),
        "high": text(row.high),
        "low": text(row.low),
        "close": None if null else text(row.close),
        "volume": str(row.volume),
    }


def text(price: float | None) -> str | None:
    """Return a price as a string."""
    return None if price is None else f"{price:.5f}"


def _from_local(asked: str) -> datetime:
    return datetime.fromisoformat(asked).replace(tzinfo=NEW_YORK).astimezone(UTC)
