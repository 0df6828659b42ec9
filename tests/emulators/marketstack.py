"""Marketstack v2 on loopback: last closes, days in pages, late prices, every symbol billed.

What PROVIDERS.md calls unconfirmed is a switch.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

from aiohttp import web
from tests.emulators.market import DAY_S, NEW_YORK, Fault, Row, Tick
from tests.emulators.provider import ProviderEmulator

from qt_trade.model.quotas import Limit, Window

_BACK = timedelta(days=10)
_STALE = timedelta(days=4)
_RESTRICTED = "function_access_restricted"


class MarketstackEmulator(ProviderEmulator):
    """``plan``: ``free``, which has closes alone, or ``paid``. It has no stream."""

    name: ClassVar[str] = "marketstack"
    limits: ClassVar = {
        "free": (Limit(5, Window.SECOND), Limit(100, Window.MONTH)),
        "paid": (Limit(5, Window.SECOND), Limit(10_000, Window.MONTH)),
    }
    nothing_is_a_list = False
    """Whether nothing is told as ``[[]]`` with a 200, or as a 422."""
    has_last = False
    """Whether the account has rights at IEX: then there are ``last`` and a book, too."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.splits: dict[tuple[str, date], float] = {}
        self.dividends: dict[tuple[str, date], float] = {}

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/eod", self._days)
        app.router.add_get("/eod/latest", self._latest_days)
        app.router.add_get("/intraday/latest", self._latest)
        app.router.add_get("/tickers/{symbol}", self._ticker)
        app.router.add_get("/tickers/{symbol}/eod/latest", self._bare_day)

    def given_key(self, request: web.Request) -> str:
        return request.query.get("access_key", "")

    def refused(self, request: web.Request) -> web.Response:
        if self.given_key(request):
            return error(401, "invalid_access_key", "You have not supplied a valid API Access Key.")
        return error(401, "missing_access_key", "You have not supplied an API Access Key.")

    def too_many(self, limit: Limit) -> web.Response:
        if limit.window is Window.SECOND:
            return error(429, "rate_limit_reached", "You have exceeded the rate limit.")
        return error(429, "too_many_requests", "Your monthly usage limit has been reached.")

    def cost(self, request: web.Request) -> int:
        return len(names_of(request)) or 1

    def spelling(self, name: str) -> str:
        return name.replace(".", "-")

    def _last_day(self, name: str, before: timedelta = timedelta()) -> Row:
        """Return the session before; it closed at 16:00."""
        now = self.clock.now()
        today = datetime.combine(now.astimezone(NEW_YORK).date(), time(), NEW_YORK)
        row = self.market.bars(name, DAY_S, now - _BACK, today - before)[-1]
        close = self.market.price(name, row.at + timedelta(hours=16))
        return replace(row, high=max(row.high, close), low=min(row.low, close), close=close)

    # -- REST --------------------------------------------------------------------------------

    def _known(self, request: web.Request) -> list[str]:
        known = {self.spelling(name): name for name in self.market.names}
        return [known[one] for one in names_of(request) if one in known]

    def _nothing(self) -> web.Response:
        if self.nothing_is_a_list:
            return web.json_response({"pagination": pages(0, 0, 0, 0), "data": [[]]})
        return error(422, "no_valid_symbols_provided", "At least one valid symbol must be provided")

    async def _latest_days(self, request: web.Request) -> web.Response:
        if not (names := self._known(request)):
            return self._nothing()
        return enveloped([self._day_now(name) for name in names])

    def _day_now(self, name: str) -> dict[str, Any]:
        """Return the session before, or one of days ago, or a wrong one."""
        row = self._last_day(name, _STALE if self.fault is Fault.STALE else timedelta())
        told = day_row(self.spelling(name), row)
        fields = ("open", "high", "low", "close")
        match self.fault:
            case Fault.NULL_PRICES:
                return {**told, **dict.fromkeys(fields)}
            case Fault.ZERO_PRICE:
                return {**told, **dict.fromkeys(fields, 0)}
            case Fault.SPIKE:
                return {**told, "close": row.close * 10}
            case _:
                return told

    async def _bare_day(self, request: web.Request) -> web.Response:
        name = request.match_info["symbol"].replace("-", ".")
        if not self.market.knows(name):
            return self._nothing()
        return web.json_response(self._day_now(name))

    async def _days(self, request: web.Request) -> web.Response:
        asked = request.query
        rows = []
        for name in self._known(request):
            first, last = (date.fromisoformat(asked[f"date_{edge}"]) for edge in ("from", "to"))
            since = datetime(first.year, first.month, first.day, tzinfo=NEW_YORK)
            until = datetime(last.year, last.month, last.day, tzinfo=NEW_YORK) + timedelta(days=1)
            rows += [self._with_actions(name, row) for row in self._closed(name, since, until)]
        if not self._known(request):
            return self._nothing()
        rows.sort(key=lambda row: row["date"], reverse=asked.get("sort") != "ASC")
        return enveloped(rows, int(asked.get("offset", 0)), int(asked.get("limit", 100)))

    def _closed(self, name: str, since: datetime, until: datetime) -> Iterable[Row]:
        return self.market.bars(name, DAY_S, since, min(until, self.clock.now() - _A_DAY))

    def _with_actions(self, name: str, row: Row) -> dict[str, Any]:
        key = (name, row.at.astimezone(NEW_YORK).date())
        told = day_row(self.spelling(name), row)
        told["split_factor"] = self.splits.get(key, 1.0)
        told["dividend"] = self.dividends.get(key, 0.0)
        return told

    async def _latest(self, request: web.Request) -> web.Response:
        if self.plan == "free":
            return error(403, _RESTRICTED, "Your current subscription plan does not support this.")
        if not (names := self._known(request)):
            return self._nothing()
        return enveloped([self._late(self.tick(name)) for name in names])

    def _late(self, tick: Tick) -> dict[str, Any]:
        return late_row(replace(tick, name=self.spelling(tick.name)), has_last=self.has_last)

    async def _ticker(self, request: web.Request) -> web.Response:
        name = request.match_info["symbol"].replace("-", ".")
        if not self.market.knows(name):
            words = "The ticker is not found or no data is available for the requested ticker."
            return web.json_response({"detail": words}, status=404)
        return web.json_response(ticker(self.spelling(name), self.market.names[name]))


_A_DAY = timedelta(days=1)


def names_of(request: web.Request) -> list[str]:
    return [one for one in request.query.get("symbols", "").split(",") if one]


def error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)


def pages(limit: int, offset: int, count: int, total: int) -> dict[str, int]:
    return {"limit": limit, "offset": offset, "count": count, "total": total}


def enveloped(rows: list[dict[str, Any]], offset: int = 0, limit: int = 100) -> web.Response:
    some = rows[offset : offset + limit]
    told = {"pagination": pages(limit, offset, len(some), len(rows)), "data": some}
    return web.json_response(told)


def day_row(spelled: str, row: Row) -> dict[str, Any]:
    """Return a day: midnight of UTC with an offset without a colon, and a volume as a float."""
    day = row.at.astimezone(NEW_YORK).date()
    return {
        "open": row.open,
        "high": row.high,
        "low": row.low,
        "close": row.close,
        "volume": float(row.volume),
        "adj_high": None,
        "adj_low": None,
        "adj_close": row.close / 2,
        "adj_open": None,
        "adj_volume": None,
        "split_factor": 1.0,
        "dividend": 0.0,
        "name": "A made-up company",
        "exchange_code": "NASDAQ",
        "asset_type": "Stock",
        "price_currency": "USD",
        "symbol": spelled,
        "exchange": "XNAS",
        "date": f"{day}T00:00:00+0000",
    }


def late_row(tick: Tick, *, has_last: bool) -> dict[str, Any]:
    """Return a row of ``/intraday``: its ``close`` is the session's before."""
    return {
        "open": tick.open,
        "high": tick.high,
        "low": tick.low,
        "mid": None,
        "last_size": None,
        "bid_size": None,
        "bid_price": tick.bid if has_last else None,
        "ask_price": tick.ask if has_last else None,
        "ask_size": None,
        "last": tick.price if has_last else None,
        "close": tick.previous_close,
        "volume": 311_345.0,
        "marketstack_last": tick.price,
        "date": f"{tick.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}+0000",
        "symbol": tick.name,
        "exchange": "IEXG",
    }


def ticker(spelled: str, title: str) -> dict[str, Any]:
    """Return what a symbol stands for, without an envelope."""
    return {
        "name": title,
        "symbol": spelled,
        "cik": None,
        "isin": None,
        "item_type": "equity",
        "sector": None,
        "stock_exchange": {"name": "NASDAQ", "acronym": "NASDAQ", "mic": "XNAS"},
    }
