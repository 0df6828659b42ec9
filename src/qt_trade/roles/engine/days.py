"""Keeps what the account was worth at the close of every exchange day, in the journal."""

from collections.abc import Iterable
from datetime import date, datetime

from qt_trade.model.journal import JournalAwayError
from qt_trade.model.money import Usd
from qt_trade.model.quotes import Quote
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.trading.account import exchange_day
from qt_trade.trading.book_events import DayValued
from qt_trade.trading.events import Event
from qt_trade.trading.returns import BENCHMARK, DayWorth


class Days:
    """The days that are kept, oldest first, and the one that runs."""

    def __init__(self, dealer: Dealer) -> None:
        self._dealer = dealer
        self._kept: dict[date, DayWorth] = {}
        self._running: DayWorth | None = None
        self._due: list[DayWorth] = []

    def take(self, event: Event) -> None:
        """Take one event of the journal into account."""
        if isinstance(event, DayValued):
            day = DayWorth(event.day, event.value, event.deposited, event.benchmark)
            self._kept[event.day] = day

    @property
    def kept(self) -> tuple[DayWorth, ...]:
        """Every day that is kept, oldest first."""
        return tuple(self._kept.values())

    def remember(self, points: Iterable[tuple[datetime, Usd]], deposited: Usd) -> None:
        """Take values of an earlier engine's life: of sessions that it did not see the end of."""
        for at, value in points:
            self._note(DayWorth(exchange_day(at), value, deposited, None))

    def note(self, feed_now: datetime, value: Usd, *, session_open: bool) -> None:
        """Take what the account is worth now. The last value of a session is the day's."""
        if not session_open:
            self._close()
            return
        deposited, day = self._dealer.core.account.deposited, exchange_day(feed_now)
        quote = self._dealer.core.book(self._dealer.now()).quotes.get(BENCHMARK)
        self._note(DayWorth(day, value, deposited, _price_of(quote, day)))

    async def keep(self) -> None:
        """Write down what is due; while the journal is away it stays due."""
        while self._due:
            if self._due[0].day not in self._kept:
                try:
                    await self._dealer.keep_day(self._due[0])
                except JournalAwayError:
                    return
            self._due.pop(0)

    def _note(self, day: DayWorth) -> None:
        if self._running is not None and day.day > self._running.day:
            self._close()
        self._running = day

    def _close(self) -> None:
        running, self._running = self._running, None
        if running is not None and running.day not in self._kept:
            self._due.append(running)


def _price_of(quote: Quote | None, day: date) -> float | None:
    """Return the benchmark's last price of a day; an older one is none of it."""
    return quote.price if quote is not None and exchange_day(quote.at) == day else None
