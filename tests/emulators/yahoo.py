"""Yahoo Finance on loopback: cookie and crumb, v8 chart, pushed protobuf quotes, and its faults.

Shapes as yfinance 1.7 reads them; every figure is made up.
"""

import asyncio
import base64
import json
import math
import random
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum, auto
from types import TracebackType
from typing import Any, Self

from aiohttp import WSMsgType, web

CRUMB = "cRumB.42"
NEW_YORK_OFFSET_S = -18_000


class ChartFault(StrEnum):
    """How the chart endpoint misbehaves."""

    NONE = auto()
    RATE_LIMIT = auto()
    BAD_GATEWAY = auto()
    TORN_JSON = auto()
    NO_RESULT = auto()
    NULL_ROWS = auto()
    DELAY = auto()
    RESET = auto()


class StreamFault(StrEnum):
    """How the WebSocket misbehaves; mute it is by itself until a test pushes."""

    NONE = auto()
    REFUSE = auto()
    RATE_LIMIT = auto()


@dataclass(frozen=True, slots=True)
class Minute:
    """One row of a chart; ``at`` is its start."""

    at: datetime
    open: float | None
    high: float | None
    low: float | None
    close: float | None
    volume: int | None


class YahooEmulator:
    """Start it with ``async with``; set ``chart_fault``/``stream_fault``; look at ``hits``."""

    def __init__(self, port: int = 0) -> None:
        self._port = port
        self.minutes: dict[str, list[Minute]] = {}
        self.chart_fault = ChartFault.NONE
        self.stream_fault = StreamFault.NONE
        self.retry_after: str | None = None
        self.greeting: str | None = None
        """A frame every subscription is answered with."""
        self.hits: Counter[str] = Counter()
        self.subscriptions: list[list[str]] = []
        self._sockets: set[web.WebSocketResponse] = set()
        self._changed = asyncio.Condition()
        self._released = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/", self._cookie_or_stream)
        app.router.add_get("/v1/test/getcrumb", self._crumb)
        app.router.add_get("/v8/finance/chart/{name}", self._chart)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._released.set()
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def stream_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/?version=2"

    # -- what a test does --------------------------------------------------------------------

    async def push(self, name: str, price: float, at: datetime, **fields: Any) -> None:
        """Push a quote to everyone; fields as in PricingData (day_volume, bid, ...)."""
        await self.push_text(pricing(name, price, at, **fields))

    async def push_text(self, text: str) -> None:
        """Push a frame, whatever is in it."""
        for socket in set(self._sockets):
            await socket.send_str(text)

    async def subscribed(self, times: int = 1) -> None:
        """Wait until so many subscriptions have arrived in all."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.subscriptions) >= times)

    async def close_streams(self) -> None:
        """Close every stream politely."""
        for socket in set(self._sockets):
            await socket.close()

    def tear_streams(self) -> None:
        """Cut every stream without a word."""
        for socket in set(self._sockets):
            transport = socket._req.transport if socket._req is not None else None
            if transport is not None:
                transport.abort()

    # -- what yfinance asks ------------------------------------------------------------------

    async def _cookie_or_stream(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._stream(request)
        self.hits["cookie"] += 1
        answer = web.Response(status=404, text="<html>not found</html>", content_type="text/html")
        answer.set_cookie("A3", "d=made-up", max_age=3600)
        return answer

    async def _crumb(self, request: web.Request) -> web.Response:
        self.hits["crumb"] += 1
        return web.Response(text=CRUMB)

    async def _chart(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        self.hits[f"chart {name}"] += 1
        match self.chart_fault:
            case ChartFault.RATE_LIMIT:
                headers = {} if self.retry_after is None else {"Retry-After": self.retry_after}
                return web.Response(status=429, text="Too Many Requests", headers=headers)
            case ChartFault.BAD_GATEWAY:
                page = "<html><body><h1>502 Bad Gateway</h1></body></html>"
                return web.Response(status=502, text=page, content_type="text/html")
            case ChartFault.DELAY:
                await self._released.wait()
            case ChartFault.RESET:
                assert request.transport is not None
                request.transport.abort()
        if name not in self.minutes:
            return web.json_response(NOT_FOUND, status=404)
        body = json.dumps(chart(name, self.minutes[name], self.chart_fault))
        if self.chart_fault is ChartFault.TORN_JSON:
            body = body[: len(body) // 2]
        return web.Response(text=body, content_type="application/json")

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        self.hits["stream"] += 1
        if self.stream_fault is StreamFault.REFUSE:
            return web.Response(status=503, text="no streams today")
        if self.stream_fault is StreamFault.RATE_LIMIT:
            return web.Response(status=429, text="Too Many Requests")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await self._told(json.loads(frame.data))
                    if self.greeting is not None:
                        await socket.send_str(self.greeting)
        finally:
            self._sockets.discard(socket)
        return socket

    async def _told(self, message: dict[str, list[str]]) -> None:
        if "subscribe" in message:
            async with self._changed:
                self.subscriptions.append(message["subscribe"])
                self._changed.notify_all()


NOT_FOUND = {
    "chart": {
        "result": None,
        "error": {"code": "Not Found", "description": "No data found, symbol may be delisted"},
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


def trading_days(rows: list[Minute]) -> list[tuple[int, int]]:
    """Return begin and end of each New York day's rows: yfinance drops what lies outside."""
    days: dict[date, tuple[int, int]] = {}
    for row in rows:
        at = int(row.at.timestamp())
        day = (row.at + timedelta(seconds=NEW_YORK_OFFSET_S)).date()
        days[day] = (days.get(day, (at, 0))[0], at + 60)
    return list(days.values())


def chart(name: str, rows: list[Minute], fault: ChartFault = ChartFault.NONE) -> dict[str, Any]:
    """Return the v8 chart answer for some minutes; volumes and prices may be null."""
    if fault is ChartFault.NO_RESULT:
        return {"chart": {"result": [], "error": None}}
    if fault is ChartFault.NULL_ROWS:
        rows = [Minute(row.at, None, None, None, None, None) for row in rows]
    days = [
        {"timezone": "EST", "start": start, "end": end, "gmtoffset": NEW_YORK_OFFSET_S}
        for start, end in trading_days(rows)
    ]
    period = days[-1] if days else None
    last = int(rows[-1].at.timestamp()) if rows else 0
    columns = ("open", "high", "low", "close", "volume")
    meta = {
        "currency": "USD",
        "symbol": name,
        "exchangeName": "NMS",
        "fullExchangeName": "NasdaqGS",
        "instrumentType": "EQUITY",
        "firstTradeDate": 0,
        "regularMarketTime": last,
        "hasPrePostMarketData": True,
        "gmtoffset": NEW_YORK_OFFSET_S,
        "timezone": "EST",
        "exchangeTimezoneName": "America/New_York",
        "regularMarketPrice": rows[-1].close if rows else None,
        "chartPreviousClose": 100.0,
        "previousClose": 100.0,
        "scale": 3,
        "priceHint": 2,
        "currentTradingPeriod": {"pre": period, "regular": period, "post": period},
        "tradingPeriods": [[day] for day in days],
        "dataGranularity": "1m",
        "range": "5d",
        "validRanges": ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"],
    }
    result = {
        "meta": meta,
        "timestamp": [int(row.at.timestamp()) for row in rows],
        "indicators": {"quote": [{key: [getattr(row, key) for row in rows] for key in columns}]},
    }
    return {"chart": {"result": [result], "error": None}}


class Walk:
    """A random walk of one symbol's price, for running the emulator by hand."""

    def __init__(self, name: str) -> None:
        self._rng = random.Random(name)
        self.price = 50.0 + self._rng.random() * 300.0
        self.volume = 0

    def step(self, seconds: float) -> float:
        self.price *= math.exp(self._rng.gauss(0.0, 0.00004 * math.sqrt(seconds)))
        self.volume += self._rng.randint(1, 400)
        return round(self.price, 2)

    def minute(self, at: datetime) -> Minute:
        prices = [self.step(15) for _ in range(4)]
        return Minute(at, prices[0], max(prices), min(prices), prices[-1], 4_000)


async def run_by_hand(port: int) -> None:
    """Serve until interrupted: two sessions' minutes, then a quote per symbol and second."""
    async with YahooEmulator(port) as yahoo:
        sys.stdout.write(f"base_url   {yahoo.base_url}\nstream_url {yahoo.stream_url}\n")
        sys.stdout.flush()
        walks = {name: Walk(name) for name in ("AAPL", "MSFT", "NVDA", "SPY", "BRK-B")}
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        for name, walk in walks.items():
            starts = (now - timedelta(minutes=back) for back in range(780, 0, -1))
            yahoo.minutes[name] = [walk.minute(at) for at in starts]
        while True:
            await asyncio.sleep(1.0)
            for name, walk in walks.items():
                price = walk.step(1.0)
                await yahoo.push(name, price, datetime.now(UTC), day_volume=walk.volume)
