"""Marketstack, version 2: what US stocks closed at, and late prices during the day for who pays.

Every symbol of a call is billed. Intraday bars are not declared: high and low of its rows are the
day's so far, and their close is the session's before.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

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
    Timeliness,
)
from qt_trade.market.providers.marketstack_wire import (
    DAY_S,
    VENDOR,
    NoSuchSymbolError,
    actions_of,
    bar_of,
    by_name,
    close_of,
    instrument_of,
    judge,
    latest_of,
    page_of,
)
from qt_trade.model.instruments import Instrument
from qt_trade.model.quotas import Limit, Window
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

BASE_URL = "https://api.marketstack.com/v2"

_PAGE_MAX = 1_000
_PAGES_MAX = 50
_INTERVALS: Mapping[str, str] = MappingProxyType(
    {"basic": "15min", "professional": "1min", "business": "1min"}
)
"""By plan: the finest whose last price it may see."""


class Marketstack(Provider):
    """One key at Marketstack. The key stands in every query: there is no other way."""

    def __init__(self, kit: ProviderKit) -> None:
        super().__init__(SPEC, kit)
        access = kit.access
        line = HttpLine(
            vendor=VENDOR,
            base_url=access.base_url or BASE_URL,
            judge=judge,
            headers={},
            parameters={"access_key": access.key},
            timeout_s=access.seconds("timeout_s", TIMEOUT_S),
        )
        gate = Gate(SPEC.name, VENDOR, kit.plan.limits, kit.ledger, kit.wall, kit.sleep)
        self._http = ProviderHttp(line, gate, kit.plan.concurrency)

    async def quotes(self, symbols: Sequence[Symbol]) -> QuoteBatch:
        """Return last closes or, where the plan has them, prices of today."""
        wanted = {_spelled(name): name for name in symbols}
        query = {"symbols": ",".join(wanted)}
        path, read = "/eod/latest", close_of
        if (interval := _INTERVALS.get(self.plan.name)) is not None:
            path, read = "/intraday/latest", latest_of
            query["interval"] = interval
        try:
            body = await self._http.get(path, query, cost=self.plan.cost(len(symbols)))
        except NoSuchSymbolError:
            return QuoteBatch({}, {name: UnknownSymbolError(VENDOR, name) for name in symbols})
        return _judged(wanted, by_name(page_of(body).rows), read)

    async def bars(
        self, symbol: Symbol, interval_s: int, since: datetime, until: datetime
    ) -> BarsAnswer:
        """Return raw days; the splits and dividends stand in the same rows and cost nothing."""
        if interval_s != DAY_S:
            raise NotInPlanError(VENDOR, f"bars of {interval_s} s, on any plan")
        now = self.kit.wall.now()
        rows = {}
        for row in await self._days(symbol, since, until):
            bar = bar_of(row, symbol)
            if since <= bar.at < until and ends_at(bar) <= now:
                rows[bar.at] = (bar, actions_of(row, symbol))
        found = [rows[at] for at in sorted(rows)]
        actions = [action for _, some in found for action in some]
        return BarsAnswer([bar for bar, _ in found], actions)

    async def _days(
        self, symbol: Symbol, since: datetime, until: datetime
    ) -> Sequence[Mapping[str, Any]]:
        query = {
            "symbols": _spelled(symbol),
            "date_from": f"{since.astimezone(NEW_YORK).date()}",
            "date_to": f"{(until - timedelta(microseconds=1)).astimezone(NEW_YORK).date()}",
            "sort": "ASC",
            "limit": f"{_PAGE_MAX}",
        }
        rows: list[Mapping[str, Any]] = []
        for _ in range(_PAGES_MAX):
            page = page_of(await self._of_one(symbol, "/eod", {**query, "offset": f"{len(rows)}"}))
            rows += page.rows
            if not page.rows or len(rows) >= page.total:
                return rows
        raise BadAnswerError(VENDOR, f"its pages of {symbol}'s days do not end")

    async def lookup(self, symbol: Symbol) -> Instrument:
        spelled = _spelled(symbol)
        return instrument_of(await self._of_one(symbol, f"/tickers/{spelled}", {}), symbol, spelled)

    async def _of_one(self, symbol: Symbol, path: str, query: Mapping[str, str]) -> Any:
        try:
            return await self._http.get(path, query)
        except NoSuchSymbolError:
            raise UnknownSymbolError(VENDOR, symbol) from None

    async def close(self) -> None:
        await self._http.close()


def _judged(
    wanted: Mapping[str, Symbol],
    rows: Mapping[str, Mapping[str, Any]],
    read: Callable[[Mapping[str, Any], Symbol], Quote],
) -> QuoteBatch:
    """Return a quote of every row; of known and unknown symbols the known ones come back."""
    quotes: dict[Symbol, Quote] = {}
    errors: dict[Symbol, MarketDataError] = {}
    for spelled, name in wanted.items():
        if spelled not in rows:
            errors[name] = UnknownSymbolError(VENDOR, name)
            continue
        try:
            quotes[name] = read(rows[spelled], name)
        except BadAnswerError as error:
            errors[name] = error
    return QuoteBatch(quotes, errors)


def _spelled(name: Symbol) -> str:
    return name.replace(".", "-")


_FREE = frozenset({Capability.QUOTE, Capability.BATCH_QUOTE, Capability.DAILY, Capability.LOOKUP})


def _plan(name: str, per_month: int, timeliness: Timeliness) -> Plan:
    return Plan(
        name=name,
        capabilities=_FREE,
        timeliness=timeliness,
        limits=(Limit(5, Window.SECOND), Limit(per_month, Window.MONTH)),
        # A call takes a hundred, but whether the second's five are calls or symbols is not said:
        # five in a call break neither, and as every symbol is billed more would save nothing.
        batch_max=5,
        billed_per_symbol=True,
    )


_PLANS = (
    _plan("free", 100, Timeliness.END_OF_DAY),
    # How late its prices of the day are is not said.
    _plan("basic", 10_000, Timeliness.DELAYED),
    _plan("professional", 100_000, Timeliness.DELAYED),
    _plan("business", 500_000, Timeliness.DELAYED),
)

SPEC = ProviderSpec(
    name="marketstack",
    title=VENDOR,
    plans=MappingProxyType({plan.name: plan for plan in _PLANS}),
    keys=1,
    note="Free: what US stocks closed at in the session before; paid: late prices of today",
    make=Marketstack,
)
