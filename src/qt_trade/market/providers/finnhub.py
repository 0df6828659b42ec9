"""Finnhub: real-time US quotes one by one, a stream of trades, company figures and news.

Its daily candles are adjusted for splits, which our bars never are: they are not declared. Class
shares have a dot there as here.
"""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from qt_trade.kit.clock import Clock
from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    NotInPlanError,
    UnknownSymbolError,
)
from qt_trade.market.gate import Gate
from qt_trade.market.http import TIMEOUT_S, HttpLine, ProviderHttp
from qt_trade.market.provider import (
    BarsAnswer,
    Capability,
    NotStreamed,
    Plan,
    Provider,
    ProviderKit,
    ProviderSpec,
    QuoteBatch,
    StreamEvent,
    Subscription,
    Timeliness,
)
from qt_trade.market.providers.finnhub_wire import (
    VENDOR,
    bars_of,
    epoch,
    fundamentals_of,
    instrument_of,
    judge,
    news_of,
    quote_of,
    told_by,
    trades_of,
)
from qt_trade.market.sockets import MUTE_S, Heard, SocketLine, streamed
from qt_trade.model.bars import Bar
from qt_trade.model.companies import Fundamentals, NewsItem
from qt_trade.model.instruments import Instrument
from qt_trade.model.quotas import Limit, Window
from qt_trade.model.symbols import Symbol, symbol

BASE_URL = "https://finnhub.io/api/v1"
STREAM_URL = "wss://ws.finnhub.io"

_RESOLUTIONS = {60: "1", 300: "5", 900: "15"}
_CANDLES_MAX = timedelta(days=28)
"""One call answers at most a month of them."""


class Finnhub(Provider):
    """One key at Finnhub. It takes one connection per key; a second one ends both."""

    def __init__(self, spec: ProviderSpec, kit: ProviderKit) -> None:
        super().__init__(spec, kit)
        access = kit.access
        line = HttpLine(
            vendor=VENDOR,
            base_url=access.base_url or BASE_URL,
            judge=judge,
            headers={"X-Finnhub-Token": access.key},
            parameters={},
            told=lambda answer: told_by(answer, _per_minute(kit.plan)),
            timeout_s=access.seconds("timeout_s", TIMEOUT_S),
        )
        gate = Gate(spec.name, VENDOR, kit.plan.limits, kit.ledger, kit.wall, kit.sleep)
        self._http = ProviderHttp(line, gate, kit.plan.concurrency)
        self._mute_s = access.seconds("mute_s", MUTE_S)
        self._known: set[Symbol] = set()

    async def quotes(self, symbols: Sequence[Symbol]) -> QuoteBatch:
        (name,) = symbols
        try:
            body = await self._http.get("/quote", {"symbol": name})
        except NotInPlanError as error:
            # What is not traded in the US is not in the free plan; quotes as such are.
            return QuoteBatch({}, {name: NotInPlanError(VENDOR, f"{name}: {error}", name)})
        try:
            quote = quote_of(body, name)
        except UnknownSymbolError as error:
            # Under load it sends its zeros for anybody (Finnhub-API issue 54).
            known = BadAnswerError(VENDOR, f"zeros for {name}, which it has had a price for")
            return QuoteBatch({}, {name: known if name in self._known else error})
        except BadAnswerError as error:
            return QuoteBatch({}, {name: error})
        self._known.add(name)
        return QuoteBatch({name: quote})

    def stream(self, subscription: Subscription) -> AsyncGenerator[StreamEvent, None]:
        access = self.kit.access
        line = SocketLine(
            vendor=VENDOR,
            url=f"{access.stream_url or STREAM_URL}?token={access.key}",
            may_be_mute=self.kit.may_be_mute,
            judge=judge,
            mute_s=self._mute_s,
        )
        return streamed(line, FinnhubTalk(), subscription)

    async def bars(
        self, symbol: Symbol, interval_s: int, since: datetime, until: datetime
    ) -> BarsAnswer:
        if interval_s not in _RESOLUTIONS:
            raise NotInPlanError(VENDOR, f"bars of {interval_s} s that are not adjusted")
        found: list[Bar] = []
        for begin, end in _spans(since, until):
            query = {"symbol": symbol, "resolution": _RESOLUTIONS[interval_s]}
            query |= {"from": epoch(begin), "to": epoch(end)}
            found += bars_of(await self._http.get("/stock/candle", query), symbol, interval_s)
        closed = _closed(self.kit.wall, interval_s)
        by_start = {bar.at: bar for bar in found if since <= bar.at < until and bar.at <= closed}
        return BarsAnswer([by_start[at] for at in sorted(by_start)])

    async def fundamentals(self, symbol: Symbol) -> Fundamentals:
        profile = await self._http.get("/stock/profile2", {"symbol": symbol})
        metric = await self._http.get("/stock/metric", {"symbol": symbol, "metric": "all"})
        return fundamentals_of(profile, metric, symbol)

    async def news(self, symbol: Symbol, since: datetime) -> Sequence[NewsItem]:
        days = {"from": f"{since:%Y-%m-%d}", "to": f"{self.kit.wall.now():%Y-%m-%d}"}
        body = await self._http.get("/company-news", {"symbol": symbol, **days})
        return [item for item in news_of(body, symbol) if item.published >= since]

    async def lookup(self, symbol: Symbol) -> Instrument:
        # Not the profile: that is empty for a fund such as SPY.
        body = await self._http.get("/search", {"q": symbol, "exchange": "US"})
        return instrument_of(body, symbol)

    async def close(self) -> None:
        await self._http.close()


class FinnhubTalk:
    """Its language on the socket: nothing to log in with, and no subscription is acknowledged."""

    ready_at_once = True

    def greet(self) -> Sequence[str]:
        return ()

    def take(self, frame: str | bytes) -> Heard:
        try:
            message = json.loads(frame)
        except ValueError:
            return Heard([BadAnswerError(VENDOR, "a frame that is no JSON")])
        match message:
            case {"type": "trade"}:
                return Heard(trades_of(message))
            case {"type": "ping"}:
                return Heard()
            case {"type": "error", "msg": str(words)}:
                return Heard([_refusal(words)])
            case _:
                return Heard([BadAnswerError(VENDOR, "a frame of a kind nobody knows")])

    def change(self, added: Sequence[Symbol], removed: Sequence[Symbol]) -> Sequence[str]:
        # What goes makes room for what comes.
        told = [("unsubscribe", name) for name in removed] + [("subscribe", name) for name in added]
        return [json.dumps({"type": kind, "symbol": name}) for kind, name in told]

    def heartbeat(self) -> str | None:
        return None


def _refusal(words: str) -> StreamEvent:
    """Return what an error frame means. Raises KeyRefusedError where it means the key."""
    lower = words.lower()
    if "too many symbols" in lower:
        return NotStreamed(None, "it streams no more symbols")
    if lower.startswith("invalid symbol"):
        return NotStreamed(_symbol(words.rsplit(maxsplit=1)[-1]), "it streams no such symbol")
    if "api key" in lower or "token" in lower:
        raise KeyRefusedError(VENDOR, "it is no valid API key")
    return BadAnswerError(VENDOR, "an error frame nobody knows")


def _symbol(text: str) -> Symbol | None:
    try:
        return symbol(text)
    except ValueError:
        return None


def _spans(since: datetime, until: datetime) -> Sequence[tuple[datetime, datetime]]:
    edges = [since]
    while edges[-1] + _CANDLES_MAX < until:
        edges.append(edges[-1] + _CANDLES_MAX)
    return list(pairwise([*edges, until]))


def _closed(wall: Clock, interval_s: int) -> datetime:
    """Return when the last bar began that has ended by now."""
    return wall.now() - timedelta(seconds=interval_s)


def _per_minute(plan: Plan) -> int:
    return next((one.count for one in plan.limits if one.window is Window.MINUTE), 0)


def _plan(name: str, per_minute: int, *extra: Capability) -> Plan:
    return Plan(
        name=name,
        capabilities=_FREE | set(extra),
        timeliness=Timeliness.REAL_TIME,
        # Every plan is held to 30 a second on top of its own limit.
        limits=(Limit(30, Window.SECOND), Limit(per_minute, Window.MINUTE)),
        concurrency=8,
        stream_max=50,
    )


_FREE = frozenset(
    {
        Capability.QUOTE,
        Capability.STREAM,
        Capability.FUNDAMENTALS,
        Capability.NEWS,
        Capability.LOOKUP,
    }
)

_PLANS: Mapping[str, Plan] = {
    "free": _plan("free", 60),
    # What is sold today is nowhere written down for us: the least that a paid plan ever allowed.
    "premium": _plan("premium", 150, Capability.INTRADAY),
}


def _make(kit: ProviderKit) -> Provider:
    return Finnhub(SPEC, kit)


SPEC: ProviderSpec = ProviderSpec(
    name="finnhub",
    title=VENDOR,
    plans=_PLANS,
    keys=1,
    note="Last trades of US stocks in real time, without bid and ask",
    make=_make,
)
