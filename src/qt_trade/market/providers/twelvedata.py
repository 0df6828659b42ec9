"""Twelve Data: quotes of several symbols at once, bars of all lengths, a stream; a credit a symbol.

Class shares have a dot there as here.
"""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus

from qt_trade.market.calendar import NEW_YORK
from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    MarketDataError,
    NotInPlanError,
    UnknownSymbolError,
)
from qt_trade.market.gate import Gate
from qt_trade.market.http import TIMEOUT_S, Answer, HttpLine, ProviderHttp
from qt_trade.market.provider import (
    BarsAnswer,
    Capability,
    Plan,
    Provider,
    ProviderKit,
    ProviderSpec,
    QuoteBatch,
    StreamEvent,
    Subscription,
    Timeliness,
)
from qt_trade.market.providers.twelvedata_wire import (
    DAY_S,
    VENDOR,
    NoRowsError,
    about,
    bars_of,
    instrument_of,
    judge,
    price_of,
    quotes_of,
    refusals_of,
    told_by,
)
from qt_trade.market.sockets import MUTE_S, Heard, SocketLine, streamed
from qt_trade.model.bars import Bar
from qt_trade.model.instruments import Instrument
from qt_trade.model.quotas import Limit, Window
from qt_trade.model.symbols import Symbol

BASE_URL = "https://api.twelvedata.com"
STREAM_URL = "wss://ws.twelvedata.com/v1/quotes/price"

_ROWS_MAX = 5_000
_INTERVALS = {60: "1min", 300: "5min", 900: "15min", DAY_S: "1day"}
_SPANS = {
    60: timedelta(days=12),
    300: timedelta(days=60),
    900: timedelta(days=180),
    DAY_S: timedelta(days=4_000),
}
"""How long a span surely fits into one answer of so many rows."""


class TwelveData(Provider):
    """One key at Twelve Data. What a call costs is counted in credits, one per symbol."""

    def __init__(self, spec: ProviderSpec, kit: ProviderKit) -> None:
        super().__init__(spec, kit)
        access = kit.access
        line = HttpLine(
            vendor=VENDOR,
            base_url=access.base_url or BASE_URL,
            judge=self._judge,
            headers={"Authorization": f"apikey {access.key}"},
            parameters={},
            told=told_by,
            timeout_s=access.seconds("timeout_s", TIMEOUT_S),
        )
        gate = Gate(spec.name, VENDOR, kit.plan.limits, kit.ledger, kit.wall, kit.sleep)
        self._http = ProviderHttp(line, gate, kit.plan.concurrency)
        self._mute_s = access.seconds("mute_s", MUTE_S)

    async def quotes(self, symbols: Sequence[Symbol]) -> QuoteBatch:
        cost = self.plan.cost(len(symbols))
        try:
            body = await self._http.get("/quote", {"symbol": ",".join(symbols)}, cost=cost)
        except (UnknownSymbolError, NotInPlanError) as error:
            if isinstance(error, NotInPlanError) and error.symbol is None:
                raise
            return QuoteBatch({}, {name: about(error, name) for name in symbols})
        return quotes_of(body, symbols, self.kit.wall.now())

    def stream(self, subscription: Subscription) -> AsyncGenerator[StreamEvent, None]:
        access = self.kit.access
        line = SocketLine(
            vendor=VENDOR,
            url=f"{access.stream_url or STREAM_URL}?apikey={access.key}",
            may_be_mute=self.kit.may_be_mute,
            judge=self._judge,
            mute_s=self._mute_s,
        )
        return streamed(line, TwelveDataTalk(), subscription)

    async def bars(
        self, symbol: Symbol, interval_s: int, since: datetime, until: datetime
    ) -> BarsAnswer:
        if interval_s not in _INTERVALS:
            raise NotInPlanError(VENDOR, f"bars of {interval_s} s")
        found: list[Bar] = []
        begin = since
        while begin < until:
            end = min(begin + _SPANS[interval_s], until)
            found += await self._series(symbol, interval_s, begin, end)
            begin = end
        closed = self.kit.wall.now() - timedelta(seconds=interval_s)
        by_start = {bar.at: bar for bar in found if since <= bar.at < until and bar.at <= closed}
        return BarsAnswer([by_start[at] for at in sorted(by_start)])

    async def lookup(self, symbol: Symbol) -> Instrument:
        body = await self._http.get("/symbol_search", {"symbol": symbol})
        return instrument_of(body, symbol)

    async def close(self) -> None:
        await self._http.close()

    def _judge(self, answer: Answer) -> MarketDataError | None:
        return judge(answer, self.kit.wall.now())

    async def _series(
        self, symbol: Symbol, interval_s: int, begin: datetime, end: datetime
    ) -> list[Bar]:
        query = {
            "symbol": symbol,
            "interval": _INTERVALS[interval_s],
            "start_date": _local(begin),
            "end_date": _local(end),
            "outputsize": str(_ROWS_MAX),
            # Without a word it divides by splits that came later.
            "adjust": "none",
        }
        try:
            body = await self._http.get("/time_series", query)
        except NoRowsError:
            return []
        except (UnknownSymbolError, NotInPlanError) as error:
            raise about(error, symbol) from None
        return bars_of(body, symbol, interval_s)


class TwelveDataTalk:
    """Its language on the socket: the address logs in, and it wants to hear that we are there."""

    ready_at_once = True

    def greet(self) -> Sequence[str]:
        return ()

    def take(self, frame: str | bytes) -> Heard:
        try:
            message = json.loads(frame)
        except ValueError:
            return Heard([BadAnswerError(VENDOR, "a frame that is no JSON")])
        match message:
            case {"event": "price"}:
                return Heard([price_of(message)])
            case {"event": "subscribe-status"}:
                return Heard(refusals_of(message))
            case {"event": "heartbeat" | "unsubscribe-status" | "reset-status"}:
                return Heard()
            case {"code": HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN}:
                raise KeyRefusedError(VENDOR, "its stream does not take the API key")
            case _:
                return Heard([BadAnswerError(VENDOR, "a frame of a kind nobody knows")])

    def change(self, added: Sequence[Symbol], removed: Sequence[Symbol]) -> Sequence[str]:
        # What goes makes room for what comes.
        told = [("unsubscribe", removed), ("subscribe", added)]
        return [
            json.dumps({"action": action, "params": {"symbols": ",".join(names)}})
            for action, names in told
            if names
        ]

    def heartbeat(self) -> str | None:
        return json.dumps({"action": "heartbeat"})


def _local(at: datetime) -> str:
    """Return a time as it is asked for: the exchange's own, without a zone."""
    return f"{at.astimezone(NEW_YORK):%Y-%m-%d %H:%M:%S}"


def _plan(name: str, limits: Sequence[Limit], batch_max: int, stream_max: int) -> Plan:
    return Plan(
        name=name,
        capabilities=frozenset(
            {
                Capability.QUOTE,
                Capability.BATCH_QUOTE,
                Capability.STREAM,
                Capability.INTRADAY,
                Capability.DAILY,
                Capability.LOOKUP,
            }
        ),
        timeliness=Timeliness.REAL_TIME,
        limits=tuple(limits),
        batch_max=batch_max,
        billed_per_symbol=True,
        stream_max=stream_max,
    )


_PLANS: Mapping[str, Plan] = {
    # Its stream carries eight symbols of a list of the vendor's for trying it out.
    "basic": _plan("basic", [Limit(8, Window.MINUTE), Limit(800, Window.DAY)], 8, 8),
    "grow": _plan("grow", [Limit(55, Window.MINUTE)], 55, 8),
    # How many symbols one call may have is nowhere said; more than 120 nobody has seen.
    "pro": _plan("pro", [Limit(610, Window.MINUTE)], 120, 500),
}


def _make(kit: ProviderKit) -> Provider:
    return TwelveData(SPEC, kit)


SPEC: ProviderSpec = ProviderSpec(
    name="twelvedata",
    title=VENDOR,
    plans=_PLANS,
    keys=1,
    note="Last prices of US stocks in real time, as old as the last minute when asked for",
    make=_make,
)
