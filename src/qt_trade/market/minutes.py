"""Closing one-minute bars from quotes as they are pushed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from qt_trade.model.bars import Bar
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

_BAR_S = 60
_BAR = timedelta(seconds=_BAR_S)


@dataclass(slots=True)
class _Minute:
    """What a minute has seen so far; ``volume_before`` is the day's when it began."""

    at: datetime
    open: float
    high: float
    low: float
    last: Quote
    volume_before: int | None

    def take(self, quote: Quote) -> None:
        self.high = max(self.high, quote.price)
        self.low = min(self.low, quote.price)
        self.last = quote

    def bar(self) -> Bar:
        last, before = self.last, self.volume_before
        traded = 0 if before is None or last.volume is None else last.volume - before
        return Bar(
            symbol=last.symbol,
            at=self.at,
            interval_s=_BAR_S,
            open=self.open,
            high=self.high,
            low=self.low,
            close=last.price,
            volume=max(0, traded),
            bid=last.bid,
            bid_size=last.bid_size,
            ask=last.ask,
            ask_size=last.ask_size,
        )


class MinuteBars:
    """Gathers quotes, in order of time per symbol, into the minutes they fall in.

    The first minute of a symbol is not told: nobody knows what happened before its first quote.
    """

    def __init__(self) -> None:
        self._open: dict[Symbol, _Minute] = {}
        self._volumes: dict[Symbol, int | None] = {}

    def take(self, quote: Quote) -> Bar | None:
        """Take in a quote; return the bar of an earlier minute that it ends."""
        at = quote.at.replace(second=0, microsecond=0)
        minute = self._open.get(quote.symbol)
        if minute is not None and minute.at == at:
            minute.take(quote)
            return None
        ended = self._end(minute) if minute is not None else None
        before = self._volumes.get(quote.symbol)
        price = quote.price
        self._open[quote.symbol] = _Minute(at, price, price, price, quote, before)
        return ended

    def ended_by(self, moment: datetime) -> Iterator[Bar]:
        """Yield the bars of the minutes that were over at a moment, and forget them."""
        over = [name for name, minute in self._open.items() if minute.at + _BAR <= moment]
        for name in over:
            if (bar := self._end(self._open.pop(name))) is not None:
                yield bar

    def _end(self, minute: _Minute) -> Bar | None:
        symbol = minute.last.symbol
        whole = symbol in self._volumes
        self._volumes[symbol] = minute.last.volume
        return minute.bar() if whole else None
