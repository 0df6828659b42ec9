"""Alpaca on loopback: the trading REST interface and its stream, over one emulated account.

Shapes follow Alpaca's documentation; every figure is made up. It plays one host, paper or live,
and knows that host's keys alone. ``received`` counts every request, ``posted`` every attempt to
place an order by its client order id: so a test can say "exactly one order".
"""

import asyncio
import json
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from tests.emulators.alpaca import wire
from tests.emulators.alpaca.book import Book
from tests.emulators.alpaca.faults import Fault, Faults
from tests.emulators.alpaca.orders import BODY_INVALID, UNKNOWN, BookOrder, Execution, RefusedError
from tests.emulators.alpaca.parts import Touch
from tests.emulators.alpaca.stream import Stream

PAPER_KEY = ("PKEMULATED", "paper-secret")
LIVE_KEY = ("AKEMULATED", "live-secret")
MINUTE_S = 60.0
_ERRORS = {"error_500": 500, "bad_gateway": 502, "gateway_timeout": 504}
_HTML = "<html><body><h1>Bad Gateway</h1></body></html>"
_TRIED = {"POST", "PATCH", "DELETE"}

Act = Callable[[web.Request], Awaitable[web.Response]]


class AlpacaEmulator:
    """Start it with ``async with``; move ``book``, plan ``faults``, look at ``received``."""

    def __init__(self, port: int = 0, *, live: bool = False, seed: int = 0) -> None:
        self._port = port
        self.key = LIVE_KEY if live else PAPER_KEY
        self.book = Book(seed)
        if live:
            self.book.number = "123456789"
        self.book.told = self._tell
        self.faults = Faults()
        self.stream = Stream(binary=not live)
        self.received: Counter[str] = Counter()
        self.posted: Counter[str] = Counter()
        self.bad_key_status = 403
        self.retry_after: str | None = "1"
        self.requests_per_minute = 200
        self._window: deque[float] = deque()
        self._late: list[dict[str, Any]] = []
        self._released = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._delivering: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._door])
        add = app.router.add_route
        for method, path, act in (
            ("GET", "/v2/account", self._account),
            ("GET", "/v2/account/activities", self._activities),
            ("GET", "/v2/account/activities/{kind}", self._activities),
            ("GET", "/v2/orders", self._orders),
            ("POST", "/v2/orders", self._submit),
            ("DELETE", "/v2/orders", self._cancel_all),
            ("GET", "/v2/orders:by_client_order_id", self._by_client_id),
            ("GET", "/v2/orders/{id}", self._order),
            ("PATCH", "/v2/orders/{id}", self._replace),
            ("DELETE", "/v2/orders/{id}", self._cancel),
            ("GET", "/v2/positions", self._positions),
            ("DELETE", "/v2/positions", self._close_all),
            ("GET", "/v2/positions/{symbol}", self._position),
            ("DELETE", "/v2/positions/{symbol}", self._close),
            ("GET", "/v2/clock", self._clock),
            ("GET", "/v2/calendar", self._calendar),
            ("GET", "/v2/assets/{symbol}", self._asset),
        ):
            add(method, path, act)
        app.router.add_get("/stream", self._news)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        self._delivering = asyncio.create_task(self.stream.deliver())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._released.set()
        self.stream.cut()
        assert self._runner is not None
        assert self._delivering is not None
        self._delivering.cancel()
        with suppress(asyncio.CancelledError):
            await self._delivering
        await self._runner.cleanup()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def stream_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/stream"

    # -- what a test does --------------------------------------------------------------------

    def quote(
        self,
        symbol: str,
        bid: str | float,
        ask: str | float,
        bid_size: float | None = None,
        ask_size: float | None = None,
    ) -> None:
        """Move a market."""
        sizes = [None if size is None else Decimal(str(size)) for size in (bid_size, ask_size)]
        self.book.quote(symbol, Touch(Decimal(str(bid)), Decimal(str(ask)), *sizes))

    def release_late(self) -> list[BookOrder]:
        """Carry out the orders whose POST was lost on the way, as a slow queue would."""
        late, self._late = self._late, []
        orders = [self.book.submit(body) for body in late]
        for order in orders:
            self.book.activate(order)
        return orders

    def orders_of(self, client_order_id: str) -> list[BookOrder]:
        """Return every order of a client order id: never more than one."""
        return [o for o in self.book.orders.values() if o.client_order_id == client_order_id]

    # -- the door ----------------------------------------------------------------------------

    @web.middleware
    async def _door(self, request: web.Request, handler: Act) -> web.StreamResponse:
        if request.path == "/stream":
            return await handler(request)
        route = request.match_info.route.resource
        name = f"{request.method} {route.canonical if route is not None else request.path}"
        self.received[name] += 1
        if name == "POST /v2/orders":
            self.posted[await _client_id(request)] += 1
        headers = self._counted()
        if headers is None:
            return self._limited()
        known = (request.headers.get("APCA-API-KEY-ID"), request.headers.get("APCA-API-SECRET-KEY"))
        if known != self.key:
            return self._stranger()
        fault = self.faults.strikes(name)
        if fault is None:
            answer: web.StreamResponse = await self._answered(handler, request)
        else:
            answer = await self._misbehave(fault, request, handler)
        answer.headers.update(headers)
        return answer

    async def _misbehave(self, fault: Fault, request: web.Request, act: Act) -> web.StreamResponse:
        if fault is Fault.RATE_LIMIT:
            return self._limited()
        if fault is Fault.BAD_KEY:
            return self._stranger()
        taken = await self._answered(act, request) if fault.taken else web.Response()
        if fault is Fault.LATE:
            self._late.append(await _body(request))
        kind = fault.value.removesuffix("_taken")
        if kind in _ERRORS:
            html = kind == "bad_gateway"
            page = _HTML if html else json.dumps({"code": 50010000, "message": "internal error"})
            content = "text/html" if html else "application/json"
            return web.Response(status=_ERRORS[kind], text=page, content_type=content)
        if fault is Fault.TORN_TAKEN:
            torn = (taken.text or "")[:40]
            return web.Response(text=torn, content_type="application/json")
        if kind == "silent":
            await self._released.wait()
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def _answered(self, act: Act, request: web.Request) -> web.Response:
        try:
            return await act(request)
        except RefusedError as refused:
            return web.json_response(refused.body, status=refused.status)

    def _counted(self) -> dict[str, str] | None:
        """Count a request; None when there were too many within a minute."""
        now = time.monotonic()
        while self._window and self._window[0] <= now - MINUTE_S:
            self._window.popleft()
        if len(self._window) >= self.requests_per_minute:
            return None
        self._window.append(now)
        return {
            "X-RateLimit-Limit": str(self.requests_per_minute),
            "X-RateLimit-Remaining": str(self.requests_per_minute - len(self._window)),
            "X-RateLimit-Reset": str(int(time.time() + MINUTE_S)),
        }

    def _limited(self) -> web.Response:
        headers = {
            "X-RateLimit-Limit": str(self.requests_per_minute),
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": str(int(time.time() + 1)),
        }
        if self.retry_after is not None:
            headers["Retry-After"] = self.retry_after
        body = {"code": 42910000, "message": "rate limit exceeded"}
        return web.json_response(body, status=429, headers=headers)

    def _stranger(self) -> web.Response:
        if self.bad_key_status == 403:
            return web.json_response({"message": "forbidden."}, status=403)
        body = {"code": 40110000, "message": "request is not authorized"}
        return web.json_response(body, status=self.bad_key_status)

    def _tell(self, event: str, order: BookOrder, done: Execution | None) -> None:
        self.stream.push(wire.update(event, order, done, self.book))

    # -- what clients ask --------------------------------------------------------------------

    async def _news(self, request: web.Request) -> web.StreamResponse:
        return await self.stream.serve(request, self.key)

    async def _account(self, request: web.Request) -> web.Response:
        return web.json_response(wire.account(self.book))

    async def _activities(self, request: web.Request) -> web.Response:
        kinds = request.match_info.get("kind") or request.query.get("activity_types")
        lines = [one for one in self.book.activities if _wanted(one.body, kinds)]
        lines = [one for one in lines if _between(one.at, request.query)]
        bodies = [one.body for one in lines]
        if request.query.get("direction", "desc") == "desc":
            bodies.reverse()
        token = request.query.get("page_token")
        if token is not None:
            at = next((n for n, body in enumerate(bodies) if body["id"] == token), -1)
            bodies = bodies[at + 1 :]
        return web.json_response(bodies[: int(request.query.get("page_size", "100"))])

    async def _orders(self, request: web.Request) -> web.Response:
        query = request.query
        wanted = query.get("status", "open")
        found = [
            one for one in self.book.orders.values()
            if (wanted == "all" or one.open == (wanted == "open"))
            and ("symbols" not in query or one.symbol in query["symbols"].split(","))
        ]  # fmt: skip
        found = [one for one in found if _between(one.at, query)]
        nested = query.get("nested") == "true"
        if nested:
            listed = {one.id for one in found}
            found = [o for o in found if o.parent is None or o.parent.id not in listed]
        if query.get("direction", "desc") == "desc":
            found.reverse()
        limit = min(int(query.get("limit", "50")), 500)
        return web.json_response([wire.order(one, nested=nested) for one in found[:limit]])

    async def _submit(self, request: web.Request) -> web.Response:
        order = self.book.submit(await _body(request))
        answer = web.json_response(wire.order(order))
        self.book.activate(order)
        return answer

    async def _by_client_id(self, request: web.Request) -> web.Response:
        order = self.book.find(request.query.get("client_order_id", ""))
        if order is None:
            raise RefusedError(404, UNKNOWN, "order not found")
        return web.json_response(wire.order(order, nested=False))

    async def _order(self, request: web.Request) -> web.Response:
        order = self.book.get(request.match_info["id"])
        nested = request.query.get("nested") == "true"
        return web.json_response(wire.order(order, nested=nested))

    async def _replace(self, request: web.Request) -> web.Response:
        order = self.book.replace(request.match_info["id"], await _body(request))
        answer = web.json_response(wire.order(order))
        self.book.activate(order)
        return answer

    async def _cancel(self, request: web.Request) -> web.Response:
        self.book.cancel(request.match_info["id"])
        return web.Response(status=204)

    async def _cancel_all(self, request: web.Request) -> web.Response:
        done = []
        for order in list(self.book.orders.values()):
            if order.open:
                self.book.end_group(order, "canceled")
                done.append({"id": order.id, "status": 200})
        return web.json_response(done, status=207)

    async def _positions(self, request: web.Request) -> web.Response:
        held = {s: h for s, h in self.book.holdings.items() if h.quantity}
        return web.json_response([wire.position(self.book, s, h) for s, h in held.items()])

    async def _position(self, request: web.Request) -> web.Response:
        symbol = request.match_info["symbol"]
        holding = self.book.holdings.get(symbol)
        if holding is None or not holding.quantity:
            raise RefusedError(404, UNKNOWN, "position does not exist")
        return web.json_response(wire.position(self.book, symbol, holding))

    async def _close(self, request: web.Request) -> web.Response:
        return web.json_response(wire.order(self._sell_out(request.match_info["symbol"])))

    async def _close_all(self, request: web.Request) -> web.Response:
        if request.query.get("cancel_orders") == "true":
            await self._cancel_all(request)
        held = [symbol for symbol, holding in self.book.holdings.items() if holding.quantity]
        done = [
            {"symbol": symbol, "status": 200, "body": wire.order(self._sell_out(symbol))}
            for symbol in held
        ]
        return web.json_response(done, status=207)

    def _sell_out(self, symbol: str) -> BookOrder:
        holding = self.book.holdings.get(symbol)
        if holding is None or not holding.quantity:
            raise RefusedError(404, UNKNOWN, "position does not exist")
        side = "sell" if holding.quantity > 0 else "buy"
        order = self.book.submit(
            {"symbol": symbol, "side": side, "type": "market", "time_in_force": "day",
             "qty": str(abs(holding.quantity))}
        )  # fmt: skip
        self.book.activate(order)
        return order

    async def _clock(self, request: web.Request) -> web.Response:
        return web.json_response(wire.clock(self.book))

    async def _calendar(self, request: web.Request) -> web.Response:
        today = self.book.now().astimezone(wire.NEW_YORK)
        days = [today + timedelta(days=n) for n in range(7)]
        return web.json_response([wire.calendar_day(day) for day in days if day.weekday() < 5])

    async def _asset(self, request: web.Request) -> web.Response:
        symbol = request.match_info["symbol"]
        if symbol not in self.book.assets and not self.book.any_asset:
            raise RefusedError(404, UNKNOWN, f"asset not found for {symbol}")
        return web.json_response(wire.asset(symbol))


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise RefusedError(400, BODY_INVALID, "request body format is invalid")
    return body


async def _client_id(request: web.Request) -> str:
    try:
        return str((await _body(request)).get("client_order_id"))
    except RefusedError:
        return ""


def _wanted(line: dict[str, Any], kinds: str | None) -> bool:
    return kinds is None or line["activity_type"] in kinds.split(",")


def _between(at: datetime, query: Any) -> bool:
    after, until = (_moment(query.get(name)) for name in ("after", "until"))
    return (after is None or after < at) and (until is None or at < until)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
