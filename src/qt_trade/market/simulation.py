"""A market without a network: drawn sessions inside real daily bars, always called SIMULATION."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from qt_trade.market.calendar import Session, Sessions
from qt_trade.market.pacing import Pace, Pacer
from qt_trade.market.paths import DailyBar, SessionPath, draw_session, path_rng
from qt_trade.market.ports import (
    BarEvent,
    ClockEvent,
    QuoteEvent,
    SourceEvent,
    SourceInfo,
    SourceState,
    StateEvent,
)
from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol, symbol

SESSIONS = 30
"""The newest sessions all symbols have in common are used."""
HISTORY_SESSIONS = 5
"""Of them, how many lie before the first start, and at most before any."""
QUOTES_PER_WALL_S_MAX = 20.0

_STOCKS = ("AAPL", "FB", "GOOG", "IBM", "MSFT")
_BAR_S = 60
# Divisors and multiples of a minute, so that every interval ends where a bar ends.
_INTERVALS_S = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 120, 300, 600)

Days = Mapping[Symbol, Mapping[date, DailyBar]]


def real_days() -> dict[Symbol, dict[date, DailyBar]]:
    """Return the daily bars of five US stocks, 2000 to 2013, as they come with bokeh-sampledata.

    Public domain (Quandl WIKI prices), unadjusted; read without bokeh or pandas.
    """
    from bokeh_sampledata import stocks  # noqa: PLC0415 - parses 12,000 rows when imported

    days: dict[Symbol, dict[date, DailyBar]] = {}
    for name in _STOCKS:
        columns = getattr(stocks, name)
        names = ("date", "open", "high", "low", "close", "volume")
        rows = list(zip(*(columns[column] for column in names), strict=True))[-2 * SESSIONS :]
        bars = [DailyBar(date.fromisoformat(day), *figures) for day, *figures in rows]
        days[symbol(name)] = {bar.day: bar for bar in bars}
    return days


def quote_interval_s(speed: float) -> int:
    """Return the feed seconds between two quotes of a symbol, so that no wall second sees > 20."""
    return next(s for s in _INTERVALS_S if s * QUOTES_PER_WALL_S_MAX >= speed)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One symbol's drawn session, with what its quotes say of the day so far."""

    symbol: Symbol
    path: SessionPath
    highs: np.ndarray
    lows: np.ndarray
    volumes: np.ndarray
    previous_close: float | None

    def quote(self, opened: datetime, second: int) -> Quote:
        path = self.path
        return Quote(
            symbol=self.symbol,
            at=opened + timedelta(seconds=second),
            price=float(path.prices[second]),
            bid=float(path.bids[second]),
            ask=float(path.asks[second]),
            bid_size=int(path.bid_sizes[second]),
            ask_size=int(path.ask_sizes[second]),
            volume=int(self.volumes[second]),
            open=float(path.prices[0]),
            high=float(self.highs[second]),
            low=float(self.lows[second]),
            previous_close=self.previous_close,
        )

    def bar(self, opened: datetime, minute: int) -> Bar:
        """Gather the minute's sixty seconds; bid and ask are those of its last one."""
        span = slice(minute * _BAR_S, (minute + 1) * _BAR_S)
        last, path = span.stop - 1, self.path
        prices = path.prices[span]
        return Bar(
            symbol=self.symbol,
            at=opened + timedelta(minutes=minute),
            interval_s=_BAR_S,
            open=float(prices[0]),
            high=float(prices.max()),
            low=float(prices.min()),
            close=float(prices[-1]),
            volume=int(path.volumes[span].sum()),
            bid=float(path.bids[last]),
            bid_size=int(path.bid_sizes[last]),
            ask=float(path.asks[last]),
            ask_size=int(path.ask_sizes[last]),
        )


class SimulationSource:
    """Seeded quotes and bars inside real days; the same seed tells the same story anywhere.

    ``days`` need no order; the newest sessions all symbols share are played, after the first few,
    which are history. Raises ValueError when they share too few.
    """

    def __init__(self, days: Days, sessions: Sessions, pace: Pace, seed: int) -> None:
        self._days = days
        self._played = _common_sessions(days, sessions)
        self._seed = seed
        first = self._played[HISTORY_SESSIONS].open
        self._start = pace.start or (pace.anchor.feed if pace.anchor else first)
        self._pacer = Pacer(pace, self._start)
        self._interval_s = quote_interval_s(self._pacer.anchor.speed)
        self._info = SourceInfo(
            kind=FeedKind.SIMULATION,
            name=f"seed {seed}",
            symbols=tuple(sorted(days)),
            quote_interval_s=float(self._interval_s),
            note=(
                f"Drawn inside the real days {self._played[0].day} to {self._played[-1].day}"
                f" (seed {seed}); not recorded prices"
            ),
        )

    @property
    def info(self) -> SourceInfo:
        return self._info

    async def history(self) -> Sequence[Bar]:
        """Return the bars of the sessions before the start and of the start's own until then."""
        return await asyncio.to_thread(self._history)

    async def events(self) -> AsyncGenerator[SourceEvent, None]:
        yield ClockEvent(self._pacer.anchor, "the simulation starts")
        yield StateEvent(SourceState.OK, self._info.note)
        for session in self._played:
            if session.close <= self._start:
                continue
            drawn = await asyncio.to_thread(self._draw, session)
            if (anchor := self._pacer.skip_to(session.open)) is not None:
                yield ClockEvent(anchor, f"on to the session of {session.day}")
            async for event in self._play(session, drawn):
                yield event
        end = self._played[-1].close
        yield ClockEvent(self._pacer.rest(end), "the simulation has ended")
        yield StateEvent(SourceState.ENDED, f"The simulation of {len(self._played)} days is over")

    async def close(self) -> None:
        """Nothing is held open."""

    def _history(self) -> list[Bar]:
        before = [session for session in self._played if session.open < self._start]
        bars = [
            bar
            for session in before[-HISTORY_SESSIONS - 1 :]
            for drawn in self._draw(session)
            for bar in self._bars_until_start(session, drawn)
        ]
        return sorted(bars, key=lambda bar: (bar.at, bar.symbol))

    def _bars_until_start(self, session: Session, drawn: _Drawn) -> Iterator[Bar]:
        ended = min(int((self._start - session.open).total_seconds()) // _BAR_S, session.minutes)
        return (drawn.bar(session.open, minute) for minute in range(ended))

    def _draw(self, session: Session) -> list[_Drawn]:
        return [self._draw_one(name, session) for name in self._info.symbols]

    def _draw_one(self, name: Symbol, session: Session) -> _Drawn:
        days = self._days[name]
        rng = path_rng(self._seed, name, session.day)
        path = draw_session(days[session.day], session.minutes * _BAR_S, rng)
        earlier = [day for day in days if day < session.day]
        return _Drawn(
            symbol=name,
            path=path,
            highs=np.maximum.accumulate(path.prices),
            lows=np.minimum.accumulate(path.prices),
            volumes=np.cumsum(path.volumes),
            previous_close=days[max(earlier)].close if earlier else None,
        )

    async def _play(
        self, session: Session, drawn: Sequence[_Drawn]
    ) -> AsyncGenerator[SourceEvent, None]:
        for minute in range(session.minutes):
            if session.open + timedelta(minutes=minute + 1) <= self._start:
                continue
            for second in self._quote_seconds(minute):
                at = session.open + timedelta(seconds=second)
                if at < self._start:
                    continue
                await self._pacer.until(at)
                for one in drawn:
                    yield QuoteEvent(one.quote(session.open, second))
            await self._pacer.until(session.open + timedelta(minutes=minute + 1))
            for one in drawn:
                yield BarEvent(one.bar(session.open, minute))

    def _quote_seconds(self, minute: int) -> Iterator[int]:
        """Yield the seconds of a minute that end a quote interval."""
        span = range(minute * _BAR_S, (minute + 1) * _BAR_S)
        return (second for second in span if (second + 1) % self._interval_s == 0)


def _common_sessions(days: Days, sessions: Sessions) -> list[Session]:
    common = set.intersection(*(set(bars) for bars in days.values()))
    played = [session for session in sessions.all if session.day in common][-SESSIONS:]
    if len(played) <= HISTORY_SESSIONS:
        raise ValueError(
            f"the symbols share {len(played)} sessions; {HISTORY_SESSIONS + 1} are needed"
        )
    return played
