"""Yahoo as a source: pushed quotes, minutes closed from them and corrected by charts.

Unofficial and without a promise; Yahoo's terms allow personal use only, so nothing of it is stored
with the product.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from qt_trade.kit.backoff import Backoff
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import NEW_YORK, Sessions
from qt_trade.market.day import DayFigures
from qt_trade.market.errors import (
    BadAnswerError,
    MarketDataError,
    RateLimitedError,
    UnknownSymbolError,
    UnreachableError,
)
from qt_trade.market.minutes import MinuteBars
from qt_trade.market.ports import (
    BarEvent,
    ClockEvent,
    QuoteEvent,
    Sleep,
    SourceEvent,
    SourceInfo,
    SourceState,
    StateEvent,
)
from qt_trade.market.providers.yahoo_charts import YahooCharts
from qt_trade.market.providers.yahoo_stream import load_decoder, pushed
from qt_trade.market.providers.yahoo_thread import YahooAccess
from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

_BAR_S = 60
_QUEUE_MAX = 10_000
_BARS_KEPT = 2_000
_GARBLED_MAX = 2
_SILENCE_S = 8.0
"""Of ten large symbols one is quoted about every second."""
_GRACE = timedelta(seconds=2)
"""A minute's last quotes may arrive this long after its end."""


class YahooSource:
    """Real-time quotes of US stocks without a key.

    :meth:`history` is empty: charts are fetched one by one while quotes flow already, and their
    bars come as events, earlier ones after later ones if need be. Without a network it says so and
    keeps trying, for ever.
    """

    def __init__(
        self,
        symbols: Sequence[Symbol],
        sessions: Sessions,
        access: YahooAccess,
        *,
        wall: Clock,
        sleep: Sleep,
        rng: random.Random,
    ) -> None:
        self._sessions = sessions
        self._access = access
        self._wall = wall
        self._sleep = sleep
        self._charts = YahooCharts(access, wall)
        self._stream_backoff = Backoff(1.0, 60.0, rng)
        self._chart_backoff = Backoff(5.0, 300.0, rng)
        self._queue: asyncio.Queue[SourceEvent | Exception] = asyncio.Queue(_QUEUE_MAX)
        self._tasks: list[asyncio.Task[None]] = []
        self._minutes = MinuteBars()
        self._quoted_at: dict[Symbol, datetime] = {}
        self._published: dict[Symbol, dict[datetime, Bar]] = {name: {} for name in symbols}
        self._unknown: set[Symbol] = set()
        self._state: StateEvent | None = None
        self._info = SourceInfo(
            kind=FeedKind.REAL_TIME,
            name="yahoo",
            symbols=tuple(symbols),
            quote_interval_s=float(_BAR_S),
            note="Pushed by Yahoo Finance: unofficial, near real time, mostly without bid and ask",
            silence_max_s=_SILENCE_S,
        )

    @property
    def info(self) -> SourceInfo:
        return self._info

    async def history(self) -> Sequence[Bar]:
        """Return nothing; see the class."""
        return ()

    async def events(self) -> AsyncGenerator[SourceEvent, None]:
        yield ClockEvent(None, "real time")
        await self._say(SourceState.NO_DATA, "Connecting to Yahoo")
        for work in (self._keep_streaming(), self._keep_charts(), self._keep_minutes()):
            self._tasks.append(asyncio.create_task(self._watched(work)))
        try:
            while True:
                event = await self._queue.get()
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            await self.close()

    async def refresh(self) -> None:
        """Ask for the charts of the latest session now; what differs comes as events."""
        for name in self._asked():
            await self._chart(name, "1d")

    async def close(self) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._charts.close()

    async def _watched(self, work: Coroutine[None, None, None]) -> None:
        """Run one of the three endless works; its death is told to whoever reads the events."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - raised again by events()
            await self._queue.put(error)

    # -- quotes ------------------------------------------------------------------------------

    async def _keep_streaming(self) -> None:
        decode = await load_decoder()
        while True:
            stream = pushed(
                self._access, self._info.symbols, decode, self._wall.now, self._may_be_mute
            )
            try:
                async for item in stream:
                    await self._take(item)
            except (UnreachableError, RateLimitedError) as error:
                delay_s = _pause_s(error) + self._stream_backoff.next_delay()
                await self._say(SourceState.NO_DATA, f"{error}; trying again")
                get_logger().warning("yahoo.stream_lost", because=str(error), retry_s=delay_s)
                await self._sleep(delay_s)

    async def _take(self, item: Quote | BadAnswerError | None) -> None:
        match item:
            case None:
                await self._connected()
            case BadAnswerError():
                get_logger().warning("yahoo.bad_frame", because=str(item))
            case Quote():
                await self._quote(item)

    async def _connected(self) -> None:
        moment = self._sessions.state(self._wall.now())
        if self._may_be_mute():
            await self._say(SourceState.OK, f"Connected to Yahoo. {moment.words}")
        else:
            await self._say(SourceState.NO_DATA, "Connected to Yahoo; waiting for the first quote")

    async def _quote(self, quote: Quote) -> None:
        last = self._quoted_at.get(quote.symbol)
        if quote.symbol not in self._published or (last is not None and quote.at < last):
            return  # not asked for, or overtaken by a newer one
        self._quoted_at[quote.symbol] = quote.at
        self._stream_backoff.reset()
        await self._say(SourceState.OK, self._words())
        await self._queue.put(QuoteEvent(quote))
        if (bar := self._minutes.take(quote)) is not None:
            await self._closed(bar)

    def _may_be_mute(self) -> bool:
        return not self._sessions.is_open(self._wall.now())

    # -- bars --------------------------------------------------------------------------------

    async def _keep_minutes(self) -> None:
        while True:
            now = self._wall.now()
            for bar in self._minutes.ended_by(now - _GRACE):
                await self._closed(bar)
            into_minute_s = (now - _GRACE).timestamp() % _BAR_S
            await self._sleep(_BAR_S - into_minute_s)

    async def _keep_charts(self) -> None:
        for name in self._info.symbols:
            await self._chart(name, "5d")
        asked = self._wall.now()
        while True:
            await self._sleep(self._access.refresh_s)
            now = self._wall.now()
            # Once more after the close, then not until the next open.
            if self._sessions.is_open(now) or self._sessions.is_open(asked):
                await self.refresh()
                asked = now

    def _asked(self) -> list[Symbol]:
        return [name for name in self._info.symbols if name not in self._unknown]

    async def _chart(self, name: Symbol, period: str) -> None:
        """Fetch one chart, however long that takes, unless Yahoo denies or garbles it."""
        garbled = 0
        while garbled < _GARBLED_MAX:
            try:
                bars = await self._charts.minutes(name, period)
            except UnknownSymbolError as error:
                self._unknown.add(name)
                get_logger().warning("yahoo.unknown_symbol", symbol=name, because=str(error))
                return
            except MarketDataError as error:
                garbled += isinstance(error, BadAnswerError)
                await self._wait_after(error, name)
            else:
                self._chart_backoff.reset()
                await self._publish(bars)
                await self._last_known(bars)
                await self._sleep(self._access.pause_s)
                return

    async def _wait_after(self, error: MarketDataError, name: Symbol) -> None:
        delay_s = _pause_s(error) + self._chart_backoff.next_delay()
        get_logger().warning("yahoo.chart_failed", symbol=name, because=str(error), retry_s=delay_s)
        await self._sleep(delay_s)

    async def _publish(self, bars: Sequence[Bar]) -> None:
        """Tell a chart's bars that are new or better than what was told before."""
        for bar in bars:
            told = self._published[bar.symbol].get(bar.at)
            # Charts have no book; the one that was pushed stays.
            better = bar if told is None else _with_book_of(told, bar)
            if better != told:
                await self._tell(better)

    async def _closed(self, bar: Bar) -> None:
        """Tell a bar closed from quotes, unless a chart was faster."""
        if self._sessions.is_open(bar.at) and bar.at not in self._published[bar.symbol]:
            await self._tell(bar)

    async def _tell(self, bar: Bar) -> None:
        published = self._published[bar.symbol]
        published[bar.at] = bar
        if len(published) > _BARS_KEPT:
            del published[min(published)]
        await self._queue.put(BarEvent(bar))

    async def _last_known(self, bars: Sequence[Bar]) -> None:
        """While nothing has been pushed, the last bar is the last known price."""
        if not bars or bars[-1].symbol in self._quoted_at:
            return
        figures = DayFigures()
        for bar in bars:
            day = bar.at.astimezone(NEW_YORK).date()
            figures.add(day, (bar.open, bar.high, bar.low, bar.close), bar.volume)
        last = bars[-1]
        at = last.at + timedelta(seconds=_BAR_S)
        self._quoted_at[last.symbol] = at
        quote = Quote(
            symbol=last.symbol,
            at=at,
            price=last.close,
            bid=None,
            ask=None,
            bid_size=None,
            ask_size=None,
            volume=figures.volume,
            open=figures.open,
            high=figures.high,
            low=figures.low,
            previous_close=figures.previous_close,
        )
        await self._queue.put(QuoteEvent(quote))

    # -- state -------------------------------------------------------------------------------

    def _words(self) -> str:
        unknown = ", ".join(sorted(self._unknown))
        return "Quotes are pushed by Yahoo" + (f"; it does not know {unknown}" if unknown else "")

    async def _say(self, state: SourceState, words: str) -> None:
        event = StateEvent(state, words)
        if event != self._state:
            self._state = event
            await self._queue.put(event)


def _pause_s(error: MarketDataError) -> float:
    return error.retry_after_s if isinstance(error, RateLimitedError) else 0.0


def _with_book_of(told: Bar, bar: Bar) -> Bar:
    return replace(bar, bid=told.bid, bid_size=told.bid_size, ask=told.ask, ask_size=told.ask_size)
