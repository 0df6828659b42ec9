"""Alpaca's market data on loopback: snapshots, bars in pages, news, assets, the stream, and faults.

It plays the trading host's ``/v2/assets`` too. What PROVIDERS.md calls unconfirmed is a switch.
"""

import base64
import json
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

from aiohttp import web
from tests.emulators.market import DAY_S, NEW_YORK, Fault, Row, Tick
from tests.emulators.provider import ProviderEmulator, StreamFault

from qt_trade.model.quotas import Limit, Window

SECRET = "made-up-secret-0815"  # noqa: S105  # made up
RECENT = timedelta(minutes=15)
_TIMEFRAMES = {"1Min": 60, "5Min": 300, "15Min": 900, "1Day": DAY_S}
_PAGE_MAX, _NEWS_MAX = 10_000, 50
_CHANNELS = ("trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds")
_LIMITED = ("trades", "quotes")


class AlpacaDataEmulator(ProviderEmulator):
    """The data host, its stream and the trading host's assets; ``plan``: ``free`` or ``paid``."""

    name: ClassVar[str] = "alpaca"
    secret: ClassVar[str] = SECRET
    limits: ClassVar[dict[str, tuple[Limit, ...]]] = {
        "free": (Limit(200, Window.MINUTE),),
        "paid": (Limit(10_000, Window.MINUTE),),
    }
    symbols_max: ClassVar[dict[str, int]] = {"free": 30, "paid": 100_000}

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.refusal = 403
        """Of a bad key: 403 without a code, or 401."""
        self.unknown_is_null = False
        """Whether a snapshot nobody knows is null rather than absent."""
        self.channels_count = False
        """Whether trades and quotes of a symbol are two of the thirty, or one."""
        self.page_size: int | None = None
        """Bars on a page, where fewer than were asked for."""
        self.trading_door_open = True
        """Whether the trading host knows the key: paper and live have keys of their own."""
        self.headlines = [
            self._headline(name, ago) for name in self.market.names for ago in range(1, 6)
        ]
        self.inactive: set[str] = set()
        self.malformed: set[str] = set()
        """Symbols it cannot even read."""
        self.asked: list[dict[str, str]] = []
        """The queries for bars."""
        self.logged_in: set[web.WebSocketResponse] = set()
        self.channels: dict[web.WebSocketResponse, dict[str, set[str]]] = {}
        self._trades: Counter[str] = Counter()

    @property
    def stream_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/v2"

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/v2/stocks/snapshots", self._snapshots)
        app.router.add_get("/v2/stocks/bars", self._bars)
        app.router.add_get("/v1beta1/news", self._news)
        app.router.add_get("/v2/assets/{symbol}", self._asset)
        app.router.add_get("/v2/{feed:iex|sip}", self.stream)

    # -- the door ----------------------------------------------------------------------------

    def given_key(self, request: web.Request) -> str:
        secret = request.headers.get("APCA-API-SECRET-KEY")
        return request.headers.get("APCA-API-KEY-ID", "") if secret == SECRET else ""

    def refused(self, request: web.Request) -> web.Response:
        if self.refusal == 403:
            return web.json_response({"message": "forbidden."}, status=403)
        body = {"code": 40110000, "message": "request is not authorized"}
        return web.json_response(body, status=self.refusal)

    def too_many(self, limit: Limit) -> web.Response:
        return web.json_response({"message": "too many requests."}, status=429)

    def stamp(self, response: web.StreamResponse) -> None:
        limit = self.meter.limits[0]
        left = 0 if response.status == 429 else max(0, limit.count - self.meter.used(limit))
        response.headers["X-RateLimit-Limit"] = str(limit.count)
        response.headers["X-RateLimit-Remaining"] = str(left)
        reset = int(self.meter.resets_at(limit).timestamp())
        response.headers["X-RateLimit-Reset"] = str(reset)

    # -- what is asked -----------------------------------------------------------------------

    async def _snapshots(self, request: web.Request) -> web.Response:
        names = request.query["symbols"].split(",")
        feed = request.query.get("feed", self._default_feed())
        if (refusal := self._malformed(names)) is not None:
            return refusal
        if feed == "sip" and self.plan == "free":
            return _not_in_plan()
        found: dict[str, Any] = {name: self._snapshot(name) for name in names if self._has(name)}
        if self.unknown_is_null:
            found |= {name: None for name in names if not self._has(name)}
        return web.json_response(found)

    async def _bars(self, request: web.Request) -> web.Response:
        query = request.query
        self.asked.append(dict(query))
        limit = int(query.get("limit", "1000"))
        if limit > _PAGE_MAX:
            words = f"invalid limit: larger than the allowed maximum of {_PAGE_MAX}"
            return web.json_response({"message": words}, status=400)
        if query.get("adjustment", "raw") not in ("raw", "split", "dividend", "all"):
            words = f"invalid adjustment: {query['adjustment']}"
            return web.json_response({"message": words}, status=400)
        since, until = _moment(query["start"]), _moment(query["end"])
        recent = until > self.clock.now() - RECENT
        if query.get("feed", "sip") == "sip" and recent and self.plan == "free":
            return _not_in_plan()
        return web.json_response(self._page(query, since, until, limit))

    def _page(self, query: Any, since: datetime, until: datetime, limit: int) -> dict[str, Any]:
        interval_s = _TIMEFRAMES[query["timeframe"]]
        # The end is part of the answer.
        until += timedelta(microseconds=1)
        lines = [
            (name, row)
            for name in query["symbols"].split(",") if self._has(name)
            for row in self.market.bars(name, interval_s, since, until)
        ]  # fmt: skip
        first = int(base64.b64decode(query["page_token"])) if "page_token" in query else 0
        last = first + min(limit, self.page_size or limit)
        bars: dict[str, list[dict[str, Any]]] = {}
        for name, row in lines[first:last]:
            bars.setdefault(name, []).append(_bar(row, self.fault))
        more = base64.b64encode(str(last).encode()).decode() if last < len(lines) else None
        return {"bars": bars, "next_page_token": more}

    async def _news(self, request: web.Request) -> web.Response:
        query = request.query
        limit = int(query.get("limit", "10"))
        if limit > _NEWS_MAX:
            return web.json_response({"message": "invalid limit"}, status=400)
        wanted = set(query["symbols"].split(","))
        since = _moment(query["start"])
        found = [
            item for item in self.headlines
            if wanted & set(item["symbols"]) and _moment(item["created_at"]) >= since
        ]  # fmt: skip
        found.sort(key=lambda item: str(item["created_at"]), reverse=query.get("sort") != "asc")
        first = int(query.get("page_token", "0"))
        more = str(first + limit) if first + limit < len(found) else None
        return web.json_response({"news": found[first : first + limit], "next_page_token": more})

    def _headline(self, name: str, hours_ago: int) -> dict[str, Any]:
        at = rfc3339(self.clock.now() - timedelta(hours=hours_ago))
        return {
            "id": hours_ago,
            "headline": f"{self.market.names[name]} did something {hours_ago} hours ago",
            "author": "Nobody",
            "source": "benzinga",
            "summary": "",
            "content": "",
            "images": [],
            "symbols": [name],
            "url": "https://news.example/1",
            "created_at": at,
            "updated_at": at,
        }

    async def _asset(self, request: web.Request) -> web.Response:
        name = request.match_info["symbol"]
        if not self.trading_door_open:
            return self.refused(request)
        if not self._has(name):
            body = {"code": 40410000, "message": f"asset not found for {name}"}
            return web.json_response(body, status=404)
        active = name not in self.inactive
        return web.json_response(
            {
                "id": "b0b6dd9d-8b9b-48a9-ba46-b9d54906e415",
                "class": "us_equity",
                "exchange": "NASDAQ",
                "symbol": name,
                "name": self.market.names[name],
                "status": "active" if active else "inactive",
                "tradable": active,
                "marginable": True,
                "shortable": True,
                "easy_to_borrow": True,
                "fractionable": True,
                "attributes": [],
            }
        )

    def _has(self, name: str) -> bool:
        return self.market.knows(name)

    def _malformed(self, names: list[str]) -> web.Response | None:
        for name in names:
            if name in self.malformed or not name.replace(".", "").isalnum():
                return web.json_response({"message": f"invalid symbol: {name}"}, status=400)
        return None

    def _default_feed(self) -> str:
        return "iex" if self.plan == "free" else "sip"

    def _snapshot(self, name: str) -> dict[str, Any]:
        tick = self.tick(name)
        today = tick.at.astimezone(NEW_YORK).date()
        return {
            "latestTrade": self._trade(tick),
            "latestQuote": _book(tick),
            "minuteBar": _day_bar(tick, tick.at.replace(second=0)),
            "dailyBar": _day_bar(tick, _midnight(today)),
            "prevDailyBar": {
                "t": rfc3339(_midnight(today - timedelta(days=1))),
                **dict.fromkeys(("o", "h", "l", "c", "vw"), tick.previous_close),
                "v": 1_000_000,
                "n": 9_000,
            },
        }

    def _trade(self, tick: Tick) -> dict[str, Any]:
        self._trades[tick.name] += 1
        return {
            "t": rfc3339(tick.at),
            "x": "V",
            "p": tick.price,
            "s": 100,
            "c": ["@"],
            "i": self._trades[tick.name],
            "z": "C",
        }

    # -- the stream --------------------------------------------------------------------------

    def opens_stream(self, request: web.Request) -> bool:
        return True

    def _no_upgrade(self, request: web.Request) -> web.Response | None:
        # A wrong key is told on the stream itself.
        refuses = self.stream_fault is StreamFault.REFUSE_KEY
        return None if refuses else super()._no_upgrade(request)

    async def greet(self, socket: web.WebSocketResponse) -> None:
        await socket.send_str(frame_of({"T": "success", "msg": "connected"}))

    async def hear(self, socket: web.WebSocketResponse, message: Any) -> None:
        match message.get("action"):
            case "auth":
                await self._log_in(socket, message)
            case "subscribe" | "unsubscribe" if socket not in self.logged_in:
                await _object(socket, 401, "not authenticated")
            case "subscribe" | "unsubscribe":
                await self._change(socket, message)
            case _:
                await _object(socket, 400, "invalid syntax")

    async def _log_in(self, socket: web.WebSocketResponse, message: dict[str, str]) -> None:
        known = (message.get("key"), message.get("secret")) == (self.key, SECRET)
        if not known or self.stream_fault is StreamFault.REFUSE_KEY:
            await _object(socket, 402, "auth failed")
            return
        if self.logged_in & set(self.sockets):
            await _object(socket, 406, "connection limit exceeded")
            return
        if self.plan == "free" and str(socket._req and socket._req.path).endswith("sip"):
            await _object(socket, 409, "insufficient subscription")
            return
        self.logged_in.add(socket)
        await socket.send_str(frame_of({"T": "success", "msg": "authenticated"}))

    async def _change(self, socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        before = self.channels.get(socket, {name: set() for name in _CHANNELS})
        after = {}
        for channel, names in before.items():
            named = set(message.get(channel, ()))
            after[channel] = names | named if message["action"] == "subscribe" else names - named
        used = [after[channel] for channel in _LIMITED]
        taken = sum(map(len, used)) if self.channels_count else len(set().union(*used))
        if taken > self.symbols_max[self.plan]:
            await _object(socket, 405, "symbol limit exceeded")
            return
        self.channels[socket] = after
        self.sockets[socket] = set(after["trades"])
        told = {channel: sorted(names) for channel, names in after.items()}
        told["corrections"] = told["cancelErrors"] = told["trades"]
        await socket.send_str(frame_of({"T": "subscription", **told}))

    def frame(self, tick: Tick) -> str:
        book = {"T": "q", "S": tick.name, **_book(tick)}
        return frame_of(book, {"T": "t", "S": tick.name, **self._trade(tick)})

    def ping_frame(self) -> str:
        return "[]"


def frame_of(*messages: dict[str, Any]) -> str:
    """Return messages as the stream sends them: always a list."""
    return json.dumps(list(messages))


def rfc3339(at: datetime) -> str:
    """Return a moment with nanoseconds."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}123Z"


async def _object(socket: web.WebSocketResponse, code: int, words: str) -> None:
    await socket.send_str(frame_of({"T": "error", "code": code, "msg": words}))


def _not_in_plan() -> web.Response:
    words = "subscription does not permit querying recent SIP data"
    return web.json_response({"message": words}, status=403)


def _book(tick: Tick) -> dict[str, Any]:
    return {
        "t": rfc3339(tick.at),
        "ax": "V",
        "ap": tick.ask or 0,
        "as": 100 if tick.ask else 0,
        "bx": "V",
        "bp": tick.bid or 0,
        "bs": 200 if tick.bid else 0,
        "c": ["R"],
        "z": "C",
    }


def _day_bar(tick: Tick, at: datetime) -> dict[str, Any]:
    prices = {"o": tick.open, "h": tick.high, "l": tick.low, "c": tick.price, "vw": tick.price}
    return {"t": f"{at:%Y-%m-%dT%H:%M:%SZ}", **prices, "v": tick.volume, "n": 100}


def _bar(row: Row, fault: Fault | None) -> dict[str, Any]:
    prices: dict[str, float | None] = {"o": row.open, "h": row.high, "l": row.low, "c": row.close}
    if fault is Fault.NULL_PRICES:
        prices = dict.fromkeys(prices)
    if fault is Fault.ZERO_PRICE:
        prices = dict.fromkeys(prices, 0.0)
    if fault is Fault.SPIKE:
        prices["c"] = row.close * 10
    return {"t": f"{row.at:%Y-%m-%dT%H:%M:%SZ}", **prices, "v": row.volume, "n": 9, "vw": row.open}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), NEW_YORK).astimezone(UTC)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
