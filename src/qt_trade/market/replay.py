"""Recorded sessions played again at a pace of their own, quote by quote as they were recorded."""

from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from qt_trade.market.calendar import NEW_YORK, Session, Sessions
from qt_trade.market.day import DayFigures
from qt_trade.market.errors import BadRecordingError
from qt_trade.market.pacing import Pace, Pacer
from qt_trade.market.ports import (
    BarEvent,
    ClockEvent,
    QuoteEvent,
    SourceEvent,
    SourceInfo,
    SourceState,
    StateEvent,
)
from qt_trade.market.recording import BAR_S, Recording, bars_of
from qt_trade.model.bars import Bar
from qt_trade.model.feeds import FeedKind
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

_BAR = timedelta(seconds=BAR_S)


@dataclass(frozen=True, slots=True)
class _Played:
    """The rows of one session that are still to be played."""

    session: Session
    frame: pl.DataFrame


class ReplaySource:
    """A recording as a source: regular sessions only, one quote per bar at the bar's end.

    Nothing is invented inside a minute: the quote's price is the bar's close, bid, ask and sizes
    are the recorded ones. A start inside a session begins with each symbol's last quote before it.
    Raises BadRecordingError when the recording has no bar of a regular session.
    """

    def __init__(self, recording: Recording, sessions: Sessions, pace: Pace) -> None:
        self._sessions = _recorded_sessions(recording, sessions)
        first = self._sessions[0].session.open
        self._start = pace.start or (pace.anchor.feed if pace.anchor else first)
        self._pacer = Pacer(pace, self._start)
        self._figures: dict[Symbol, DayFigures] = defaultdict(DayFigures)
        self._info = SourceInfo(
            kind=FeedKind.REPLAY,
            name=recording.name,
            symbols=recording.symbols,
            quote_interval_s=float(BAR_S),
            note=(
                f"Recorded 1-minute bars of {self._sessions[0].session.day} to"
                f" {self._sessions[-1].session.day}; one quote at the end of each minute"
            ),
        )

    @property
    def info(self) -> SourceInfo:
        return self._info

    async def history(self) -> Sequence[Bar]:
        """Return the bars that had ended by the start."""
        before = pl.col("ts") <= self._start - _BAR
        return [bar for part in self._sessions for bar in bars_of(part.frame.filter(before))]

    async def events(self) -> AsyncGenerator[SourceEvent, None]:
        yield ClockEvent(self._pacer.anchor, "the replay starts")
        yield StateEvent(SourceState.OK, self._info.note)
        for quote in self._catch_up():
            yield QuoteEvent(quote)
        after = pl.col("ts") > self._start - _BAR
        for part in self._sessions:
            frame = part.frame.filter(after)
            if frame.is_empty():
                continue
            if (anchor := self._pacer.skip_to(part.session.open)) is not None:
                yield ClockEvent(anchor, f"on to the session of {part.session.day}")
            async for event in self._play(part.session.day, frame):
                yield event
        # Feed time would race on through nights nobody recorded: from here it walks.
        end = self._sessions[-1].session.close
        yield ClockEvent(self._pacer.rest(end), "the recording has ended")
        yield StateEvent(SourceState.ENDED, f"The recording {self._info.name} has been played")

    async def close(self) -> None:
        """Nothing is held open."""

    async def _play(self, day: date, frame: pl.DataFrame) -> AsyncGenerator[SourceEvent, None]:
        at: datetime | None = None
        for bar in bars_of(frame):
            if bar.at != at:
                at = bar.at
                await self._pacer.until(at + _BAR)
            yield QuoteEvent(self._quote(day, bar))
            yield BarEvent(bar)

    def _catch_up(self) -> Iterator[Quote]:
        """Take in what was before the start; yield the last quotes of the session it lies in."""
        before = pl.col("ts") <= self._start - _BAR
        quotes: dict[Symbol, Quote] = {}
        for part in self._sessions:
            for bar in bars_of(part.frame.filter(before)):
                quotes[bar.symbol] = self._quote(part.session.day, bar)
        today = self._start.astimezone(NEW_YORK).date()
        current = [q for q in quotes.values() if self._figures[q.symbol].day == today]
        yield from sorted(current, key=lambda quote: (quote.at, quote.symbol))

    def _quote(self, day: date, bar: Bar) -> Quote:
        figures = self._figures[bar.symbol]
        figures.add(day, (bar.open, bar.high, bar.low, bar.close), bar.volume)
        return Quote(
            symbol=bar.symbol,
            at=bar.at + _BAR,
            price=bar.close,
            bid=bar.bid,
            ask=bar.ask,
            bid_size=bar.bid_size,
            ask_size=bar.ask_size,
            volume=figures.volume,
            open=figures.open,
            high=figures.high,
            low=figures.low,
            previous_close=figures.previous_close,
        )


def first_quote_at(recording: Recording, sessions: Sessions) -> datetime:
    """Return when the recording's first quote is known: the end of its first regular minute.

    Raises BadRecordingError when it has none.
    """
    first = next(bars_of(_recorded_sessions(recording, sessions)[0].frame))
    return first.at + _BAR


def _recorded_sessions(recording: Recording, sessions: Sessions) -> list[_Played]:
    """Cut a recording into the regular sessions it holds bars of."""
    played = []
    for session in sessions.all:
        if session.close <= recording.first or session.open > recording.last:
            continue
        frame = recording.frame.filter(
            pl.col("ts").is_between(session.open, session.close, closed="left")
        )
        if not frame.is_empty():
            played.append(_Played(session, frame))
    if not played:
        raise BadRecordingError(
            f"{recording.name}: column 'ts' ({recording.first:%Y-%m-%d %H:%M} to"
            f" {recording.last:%Y-%m-%d %H:%M} UTC) has no minute of a regular session"
            " (09:30-16:00 in New York)"
        )
    return played
