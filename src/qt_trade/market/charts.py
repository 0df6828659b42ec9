"""The minutes of the chart: closed from the consensus, put right by a provider's own bars."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from qt_trade.kit.backoff import Backoff
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import NEW_YORK, Sessions
from qt_trade.market.day import DayFigures
from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    MarketDataError,
    NotInPlanError,
    RateLimitedError,
    RestingError,
    UnknownSymbolError,
)
from qt_trade.market.minutes import MinuteBars
from qt_trade.market.ports import Sleep
from qt_trade.market.provider import Capability, Plan, Provider
from qt_trade.model.bars import Bar
from qt_trade.model.quotas import Window
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

_BAR_S = 60
_BARS_KEPT = 2_000
_GARBLED_MAX = 2
_GRACE = timedelta(seconds=2)
"""A minute's last quotes may arrive this long after its end."""
_FIRST_SPAN = timedelta(days=5)
_SPAN = timedelta(days=1)
REFRESH_S = 300.0
REFRESH_MAX_S = 1_800.0
"""Bars that come less often than this are not worth a provider's budget."""
_SHARE = 0.5
"""How much of a provider's budget they may use up at most."""
_TRADING_S = {Window.SECOND: 1, Window.MINUTE: 60, Window.DAY: 23_400, Window.MONTH: 21 * 23_400}
_FOR_GOOD = (KeyRefusedError, NotInPlanError, NotImplementedError)


def refresh_s(plan: Plan, symbols: int) -> float | None:
    """Return how often a provider can be asked for the bars of so many symbols; None: too rarely.

    Counted as if all of a day's calls fell into its 6.5 trading hours.
    """
    if Capability.INTRADAY not in plan.capabilities:
        return None
    needed = (symbols * _TRADING_S[one.window] / (one.count * _SHARE) for one in plan.limits)
    often_s = max(needed, default=0.0)
    return max(REFRESH_S, often_s) if often_s <= REFRESH_MAX_S else None


class Charts:
    """Tells one-minute bars: first a few days of a provider's, then each minute as it closes.

    ``tell`` is called once for every bar that is new, or better than one told before.
    ``last_known`` is told the end of a symbol's newest bar, for who has no quote of it.
    """

    def __init__(
        self,
        providers: Iterable[Provider],
        sessions: Sessions,
        wall: Clock,
        sleep: Sleep,
        rng: random.Random,
        tell: Callable[[Bar], None],
        last_known: Callable[[str, Quote], None],
    ) -> None:
        self._providers = {one.spec.name: one for one in providers}
        self._sessions = sessions
        self._wall = wall
        self._sleep = sleep
        self._backoff = Backoff(5.0, 300.0, rng)
        self._tell_bar = tell
        self._last_known = last_known
        self._minutes = MinuteBars()
        self._told: dict[Symbol, dict[datetime, Bar]] = {}
        self._unknown: dict[str, set[Symbol]] = {name: set() for name in self._providers}
        self._new: dict[Symbol, None] = {}

    def follow(self, symbols: Iterable[Symbol]) -> None:
        """Tell the bars of these symbols, and of no others, from now on."""
        told, self._told = self._told, {}
        for symbol in symbols:
            self._told[symbol] = told.get(symbol, {})
            if symbol not in told:
                self._new[symbol] = None
        self._new = {symbol: None for symbol in self._new if symbol in self._told}

    def take(self, quote: Quote) -> None:
        """Take in a price of the consensus."""
        if (bar := self._minutes.take(quote)) is not None:
            self._closed(bar)

    async def keep_minutes(self) -> None:
        """Close minutes on time, until cancelled."""
        while True:
            now = self._wall.now()
            for bar in self._minutes.ended_by(now - _GRACE):
                self._closed(bar)
            into_minute_s = (now - _GRACE).timestamp() % _BAR_S
            await self._sleep(_BAR_S - into_minute_s)

    async def keep_charts(self) -> None:
        """Ask for bars until cancelled: of new symbols soon, of all now and then in the session."""
        asked = self._wall.now()
        while True:
            await self._ask_new()
            provider, often_s = self._best()
            now = self._wall.now()
            due = provider is not None and (now - asked).total_seconds() >= often_s
            # Once more after the close, then not until the next open.
            if due and (self._sessions.is_open(now) or self._sessions.is_open(asked)):
                asked = now
                await self.refresh()
            await self._sleep(1.0)

    async def refresh(self) -> None:
        """Ask for the bars of the last day; what differs from what was told is told."""
        for symbol in tuple(self._told):
            await self._ask(symbol, _SPAN)

    async def _ask_new(self) -> None:
        while self._new and self._best()[0] is not None:
            symbol = next(iter(self._new))
            del self._new[symbol]
            await self._ask(symbol, _FIRST_SPAN)

    def _best(self) -> tuple[Provider | None, float]:
        """Return who can be asked most often; None where nobody can."""
        rates = {
            name: often_s
            for name, one in self._providers.items()
            if (often_s := refresh_s(one.plan, len(self._told))) is not None
        }
        if not rates:
            return None, REFRESH_MAX_S
        name = min(rates, key=lambda each: (rates[each], each != "yahoo", each))
        return self._providers[name], rates[name]

    async def _ask(self, symbol: Symbol, span: timedelta) -> None:
        """Ask for one symbol's bars, however long that takes, unless they are denied or garbled."""
        garbled = 0
        while garbled < _GARBLED_MAX and symbol in self._told:
            provider, _ = self._best()
            if provider is None or symbol in self._unknown[provider.spec.name]:
                return
            now = self._wall.now()
            try:
                answer = await provider.bars(symbol, _BAR_S, now - span, now)
            except _FOR_GOOD as error:
                self._without(provider, error)
            except UnknownSymbolError as error:
                self._unknown[provider.spec.name].add(symbol)
                get_logger().warning("charts.unknown", symbol=symbol, because=str(error))
                return
            except MarketDataError as error:
                garbled += isinstance(error, BadAnswerError)
                await self._wait_after(error, symbol)
            else:
                self._backoff.reset()
                self._publish(symbol, answer.bars)
                if answer.bars:
                    self._last_known(provider.spec.name, _last_price(answer.bars))
                return

    def _without(self, provider: Provider, error: Exception) -> None:
        self._providers.pop(provider.spec.name)
        get_logger().warning("charts.without", provider=provider.spec.name, because=str(error))

    async def _wait_after(self, error: MarketDataError, symbol: Symbol) -> None:
        asked_s = error.retry_after_s if isinstance(error, RateLimitedError | RestingError) else 0.0
        delay_s = asked_s + self._backoff.next_delay()
        get_logger().warning("charts.failed", symbol=symbol, because=str(error), retry_s=delay_s)
        await self._sleep(delay_s)

    def _publish(self, symbol: Symbol, bars: Sequence[Bar]) -> None:
        """Tell bars that are new or better than what was told before."""
        for bar in bars:
            told = self._told.get(symbol, {}).get(bar.at)
            # Charts have no book; the one the quotes had stays.
            better = bar if told is None else _with_book_of(told, bar)
            if better != told:
                self._tell(better)

    def _closed(self, bar: Bar) -> None:
        """Tell a bar closed from quotes, unless a chart was faster."""
        told = self._told.get(bar.symbol)
        if told is not None and self._sessions.is_open(bar.at) and bar.at not in told:
            self._tell(bar)

    def _tell(self, bar: Bar) -> None:
        told = self._told.get(bar.symbol)
        if told is None:
            return  # no longer followed
        told[bar.at] = bar
        if len(told) > _BARS_KEPT:
            del told[min(told)]
        self._tell_bar(bar)


def _with_book_of(told: Bar, bar: Bar) -> Bar:
    return replace(bar, bid=told.bid, bid_size=told.bid_size, ask=told.ask, ask_size=told.ask_size)


def _last_price(bars: Sequence[Bar]) -> Quote:
    """Return the end of the newest bar as a quote, with the day's figures so far."""
    figures = DayFigures()
    for bar in bars:
        day = bar.at.astimezone(NEW_YORK).date()
        figures.add(day, (bar.open, bar.high, bar.low, bar.close), bar.volume)
    last = bars[-1]
    return Quote(
        symbol=last.symbol,
        at=last.at + timedelta(seconds=last.interval_s),
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
