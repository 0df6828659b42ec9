"""Yahoo Finance: quotes, charts, company figures and news without a key.

Unofficial and without a promise; Yahoo's terms allow personal use only, so nothing of it is stored
with the product, and it is never the only source of a price that trades.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from qt_trade.kit.logs import get_logger
from qt_trade.market.adjustment import adjusted
from qt_trade.market.calendar import NEW_YORK
from qt_trade.market.errors import BadAnswerError, MarketDataError, UnknownSymbolError
from qt_trade.market.gate import Gate
from qt_trade.market.http import PATIENCE_S
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
from qt_trade.market.providers.yahoo_answers import (
    Chart,
    daily_bars,
    instrument_of,
    last_price,
    splits_of,
    taken_back,
)
from qt_trade.market.providers.yahoo_charts import asked_bars, period
from qt_trade.market.providers.yahoo_format import VENDOR
from qt_trade.market.providers.yahoo_stream import YahooTalk, load_decoder
from qt_trade.market.providers.yahoo_thread import YahooAccess, YahooThread
from qt_trade.market.sockets import SocketLine, streamed
from qt_trade.model.companies import Fundamentals, NewsItem
from qt_trade.model.instruments import Instrument
from qt_trade.model.quotas import Limit, Window
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

if TYPE_CHECKING:
    from qt_trade.market.providers.yahoo_http import YahooClient

T = TypeVar("T")

BARS_PATIENCE_S = 65.0
"""Bars take several calls; one waits out a full minute's window rather than lose the others."""

_HALF_A_YEAR = timedelta(days=182)
_TODAY = {"range": "1d"}


@dataclass(frozen=True, slots=True)
class Recent:
    """The last price of a symbol and its last days."""

    quote: Quote
    days: BarsAnswer


class Yahoo(Provider):
    """Asks in one thread, one request at a time, through the gate."""

    def __init__(self, kit: ProviderKit) -> None:
        super().__init__(SPEC, kit)
        self._reached = _reached(kit)
        self._thread = YahooThread(self._reached)
        self._room = asyncio.Lock()
        self._gate = Gate(SPEC.name, SPEC.title, kit.plan.limits, kit.ledger, kit.wall, kit.sleep)

    async def quotes(self, symbols: Sequence[Symbol]) -> QuoteBatch:
        """Return the last price of one symbol, or why it has none."""
        (symbol,) = symbols
        try:
            chart = await self._chart(symbol, "1d", _TODAY)
        except UnknownSymbolError as error:
            return QuoteBatch({}, {symbol: error})
        try:
            return QuoteBatch({symbol: last_price(symbol, chart, self.kit.wall.now())})
        except BadAnswerError as error:
            return QuoteBatch({}, {symbol: error})

    async def recent(self, symbol: Symbol, since: datetime) -> Recent:
        """Return the last price with the closed days since a moment, in one request."""
        now = self.kit.wall.now()
        chart = await self._asked(
            lambda client: client.chart(symbol, "1d", period(since, now + timedelta(days=1))),
            PATIENCE_S,
        )
        splits = splits_of(symbol, chart)
        days = daily_bars(symbol, chart, taken_back(splits, [chart]), now)
        quote = last_price(symbol, chart, now)
        quoted_on = quote.at.astimezone(NEW_YORK).date()
        before = [one for one in days if one.at.astimezone(NEW_YORK).date() < quoted_on]
        # In a chart of many days "previous" is the day before the chart. As the price, it is of
        # the shares there are now.
        closes = [one.close for one in adjusted(before[-1:], splits, as_of=quoted_on)]
        quote = replace(quote, previous_close=closes[0] if closes else None)
        return Recent(quote, BarsAnswer(days, splits))

    async def stream(self, subscription: Subscription) -> AsyncGenerator[StreamEvent, None]:
        """Yield what one connection brings; silence in market hours is an end, too."""
        line = SocketLine(
            vendor=VENDOR,
            url=self._reached.stream_url,
            may_be_mute=self.kit.may_be_mute,
            open_timeout_s=self._reached.timeout_s,
            heartbeat_s=self._reached.heartbeat_s,
            mute_s=self._reached.mute_s,
        )
        talk = YahooTalk(await load_decoder(), self.kit.wall.now)
        async for event in streamed(line, talk, subscription):
            yield event

    async def bars(
        self, symbol: Symbol, interval_s: int, since: datetime, until: datetime
    ) -> BarsAnswer:
        """Return bars as they were traded: Yahoo's adjustment for splits is taken back.

        Minutes of the last 30 days, 5 and 15 minutes of the last 60, days of many years.
        """
        return await asked_bars(
            self._patient_chart, symbol, interval_s, (since, until), self.kit.wall.now()
        )

    async def fundamentals(self, symbol: Symbol) -> Fundamentals:
        """Return the company in figures. Slow, and the first to be limited.

        Where the PEG ratio, a call of its own, is not to be had, the rest goes without it.
        """
        found = await self._asked(lambda client: client.summary(symbol), PATIENCE_S)
        now = self.kit.wall.now()
        try:
            peg = await self._asked(
                lambda client: client.peg(symbol, now - _HALF_A_YEAR, now), PATIENCE_S
            )
        except MarketDataError as error:
            get_logger().info("yahoo.no_peg_ratio", symbol=symbol, because=str(error))
            return found
        return found if peg is None else replace(found, peg_ratio=peg)

    async def news(self, symbol: Symbol, since: datetime) -> Sequence[NewsItem]:
        """Return the newest ten headlines at most."""
        return await self._asked(lambda client: client.news(symbol, since), PATIENCE_S)

    async def lookup(self, symbol: Symbol) -> Instrument:
        """Return the name and the exchange of a share or fund."""
        return instrument_of(symbol, await self._chart(symbol, "1d", _TODAY))

    async def close(self) -> None:
        """Let go of thread and connections; a request under way is left to its time-out."""
        await self._thread.close()

    async def _chart(self, symbol: Symbol, interval: str, span: Mapping[str, str]) -> Chart:
        return await self._asked(lambda client: client.chart(symbol, interval, span), PATIENCE_S)

    async def _patient_chart(self, symbol: Symbol, interval: str, span: Mapping[str, str]) -> Chart:
        return await self._asked(
            lambda client: client.chart(symbol, interval, span), BARS_PATIENCE_S
        )

    async def _asked(self, question: "Callable[[YahooClient], T]", patience_s: float) -> T:
        """Ask through the gate, one request; all processes hear how it went."""
        # A turn is taken when the call can leave at once: else two would arrive together late.
        async with self._room:
            await self._gate.enter(1, patience_s)
            try:
                answer = await self._thread.ask(question)
            except MarketDataError as error:
                await self._gate.settle(error)
                raise
            await self._gate.settle(None)
            return answer


def _reached(kit: ProviderKit) -> YahooAccess:
    given, usual = kit.access, YahooAccess()
    mute_s = given.seconds("mute_s", usual.mute_s)
    return YahooAccess(
        base_url=given.base_url,
        stream_url=given.stream_url or usual.stream_url,
        timeout_s=given.seconds("timeout_s", usual.timeout_s),
        mute_s=mute_s,
        heartbeat_s=min(usual.heartbeat_s, mute_s / 2),
        cache_dir=None if given.cache_dir is None else str(given.cache_dir),
    )


SPEC = ProviderSpec(
    name="yahoo",
    title=VENDOR,
    plans={
        "unofficial": Plan(
            name="unofficial",
            capabilities=frozenset(
                {
                    Capability.QUOTE,
                    Capability.STREAM,
                    Capability.INTRADAY,
                    Capability.DAILY,
                    Capability.FUNDAMENTALS,
                    Capability.NEWS,
                    Capability.LOOKUP,
                }
            ),
            timeliness=Timeliness.REAL_TIME,
            # House rule: Yahoo publishes none, and forgives slowly.
            limits=(Limit(1, Window.SECOND), Limit(30, Window.MINUTE)),
            concurrency=1,
            stream_max=200,
        )
    },
    keys=0,
    note="Unofficial, near real time, mostly without bid and ask",
    make=Yahoo,
)
