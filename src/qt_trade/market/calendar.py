"""When the New York Stock Exchange trades, answered from integers without pandas in the way."""

import warnings
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from qt_trade.market.errors import OutsideCalendarError
from qt_trade.model.bars import Bar

NEW_YORK = ZoneInfo("America/New_York")

_PRE_MARKET_FROM = time(4)
_AFTER_HOURS_TO = time(20)
_AFTER_HOURS_TO_EARLY = time(17)
_SATURDAY = 5


_DAY_S = 86_400


def day_start(day: date) -> datetime:
    """Return midnight in New York, in UTC: when a daily bar begins."""
    return datetime.combine(day, time(), NEW_YORK).astimezone(UTC)


def ends_at(bar: Bar) -> datetime:
    """Return when a bar is closed; a day ends with New York's."""
    if bar.interval_s < _DAY_S:
        return bar.at + timedelta(seconds=bar.interval_s)
    return day_start(bar.at.astimezone(NEW_YORK).date() + timedelta(days=1))


class SessionPhase(StrEnum):
    OPEN = "OPEN"
    PRE_MARKET = "PRE_MARKET"
    AFTER_HOURS = "AFTER_HOURS"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class Session:
    """One trading day; all moments in UTC, each span without its end.

    Pre-market [pre_market, open), regular [open, close), after hours [close, after_hours).
    """

    day: date
    pre_market: datetime
    open: datetime
    close: datetime
    after_hours: datetime
    early_close: bool

    @property
    def minutes(self) -> int:
        """Length of the regular session: 390, or 210 before a holiday."""
        return int((self.close - self.open).total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class MarketMoment:
    """What the calendar says of one moment. ``words`` say it to a person, times in New York's.

    ``holiday``: for what the exchange rests on a day of the week, empty on all others.
    ``next_turn``: when the phase changes.
    """

    phase: SessionPhase
    words: str
    trading_day: bool
    early_close: bool
    holiday: str
    next_open: datetime
    next_close: datetime
    next_turn: datetime


class Sessions:
    """The sessions of a span of days, in order.

    A question whose answer could lie outside the span raises OutsideCalendarError. A naive
    ``datetime`` raises TypeError or ValueError rather than being taken for UTC.
    """

    def __init__(self, sessions: Sequence[Session], holidays: Mapping[date, str]) -> None:
        if not sessions:
            raise ValueError("a calendar needs at least one session")
        self._sessions = tuple(sessions)
        self._holidays = dict(holidays)
        self._opens = [_seconds(session.open) for session in sessions]
        self._closes = [_seconds(session.close) for session in sessions]
        self._by_day = {session.day: session for session in sessions}

    @property
    def all(self) -> tuple[Session, ...]:
        """Every session of the span."""
        return self._sessions

    @property
    def holidays(self) -> Mapping[date, str]:
        """The names of the days on which the exchange rests."""
        return dict(self._holidays)

    def session_of(self, at: datetime) -> Session | None:
        """Return the session of the moment's New York date; None on a day without one."""
        self._check(at)
        return self._by_day.get(at.astimezone(NEW_YORK).date())

    def is_open(self, at: datetime) -> bool:
        """Tell whether regular trading goes on: from 09:30:00 on, no longer at 16:00:00 sharp."""
        self._check(at)
        moment = _seconds(at)
        index = bisect_right(self._opens, moment) - 1
        return moment < self._closes[index]

    def next_open(self, at: datetime) -> datetime:
        """Return the first open strictly after the moment."""
        self._check(at)
        return self._sessions[bisect_right(self._opens, _seconds(at))].open

    def next_close(self, at: datetime) -> datetime:
        """Return the first close strictly after the moment."""
        self._check(at)
        return self._sessions[bisect_right(self._closes, _seconds(at))].close

    def next_turn(self, at: datetime) -> datetime:
        """Return when the phase changes next, strictly after the moment."""
        self._check(at)
        index = bisect_right(self._opens, _seconds(at))
        near = self._sessions[max(0, index - 1) : index + 1]
        return min(turn for session in near for turn in _turns(session) if turn > at)

    def state(self, at: datetime) -> MarketMoment:
        """Return phase, words and the next turn of a moment."""
        session = self.session_of(at)
        phase = SessionPhase.CLOSED if session is None else _phase(session, at)
        next_open = self.next_open(at)
        return MarketMoment(
            phase=phase,
            words=self._words(at, session, phase, next_open),
            trading_day=session is not None,
            early_close=session is not None and session.early_close,
            holiday=self._holiday(at) if session is None else "",
            next_open=next_open,
            next_close=self.next_close(at),
            next_turn=self.next_turn(at),
        )

    def _words(
        self, at: datetime, session: Session | None, phase: SessionPhase, next_open: datetime
    ) -> str:
        if session is None:
            return f"{self._why_closed(at)}; opens {_in_words(next_open)}"
        early = ", an early close" if session.early_close else ""
        closes = f"{session.close.astimezone(NEW_YORK):%H:%M} ET{early}"
        match phase:
            case SessionPhase.OPEN:
                return f"Open until {closes}"
            case SessionPhase.PRE_MARKET:
                return f"Pre-market; opens {session.open.astimezone(NEW_YORK):%H:%M} ET"
            case SessionPhase.AFTER_HOURS:
                return f"After hours; closed at {closes}; opens {_in_words(next_open)}"
            case SessionPhase.CLOSED:
                return f"Closed for the night; opens {_in_words(next_open)}"

    def _why_closed(self, at: datetime) -> str:
        holiday = self._holiday(at)
        return f"Closed: {holiday}" if holiday else "Closed for the weekend"

    def _holiday(self, at: datetime) -> str:
        """Return the name of a day without a session, empty for one of the weekend."""
        day = at.astimezone(NEW_YORK).date()
        if day.weekday() >= _SATURDAY:
            return ""
        # A closure nobody planned has no name in the rules.
        return self._holidays.get(day, "exchange holiday")

    def _check(self, at: datetime) -> None:
        first, last = self._sessions[0].pre_market, self._sessions[-1].open
        if not first <= at < last:
            raise OutsideCalendarError(at, first, last)


def load_sessions(first: date, last: date) -> Sessions:
    """Return the exchange's sessions so that every moment of ``first`` to ``last`` has answers.

    Loads pandas and takes about a second; do it once per process, at its start.
    """
    import exchange_calendars  # noqa: PLC0415 - pulls pandas (1.5 s); only roles pay for it

    # The span is widened until it holds a session before and two after, over any holiday.
    start, end = first - timedelta(days=10), last + timedelta(days=14)
    with warnings.catch_warnings():
        # exchange_calendars 4.13 uses what pandas 3.1 deprecates; nothing of it is ours to mend.
        warnings.simplefilter("ignore")
        calendar = exchange_calendars.get_calendar(
            "XNYS", start=start.isoformat(), end=end.isoformat()
        )
        early = {stamp.date() for stamp in calendar.early_closes}
        named = calendar.regular_holidays.holidays(
            start.isoformat(), end.isoformat(), return_name=True
        )
        holidays = {stamp.date(): str(name) for stamp, name in named.items()}
        rows = [
            (label.date(), opens.to_pydatetime(), closes.to_pydatetime())
            for label, opens, closes in zip(
                calendar.sessions,
                calendar.schedule["open"],
                calendar.schedule["close"],
                strict=True,
            )
        ]
    return Sessions(
        [_session(day, opens, closes, early=day in early) for day, opens, closes in rows], holidays
    )


def _session(day: date, opens: datetime, closes: datetime, *, early: bool) -> Session:
    until = _AFTER_HOURS_TO_EARLY if early else _AFTER_HOURS_TO
    return Session(
        day=day,
        pre_market=datetime.combine(day, _PRE_MARKET_FROM, NEW_YORK).astimezone(UTC),
        open=opens.astimezone(UTC),
        close=closes.astimezone(UTC),
        after_hours=datetime.combine(day, until, NEW_YORK).astimezone(UTC),
        early_close=early,
    )


def _turns(session: Session) -> tuple[datetime, ...]:
    return (session.pre_market, session.open, session.close, session.after_hours)


def _phase(session: Session, at: datetime) -> SessionPhase:
    passed = sum(turn <= at for turn in _turns(session))
    return (
        SessionPhase.CLOSED,
        SessionPhase.PRE_MARKET,
        SessionPhase.OPEN,
        SessionPhase.AFTER_HOURS,
        SessionPhase.CLOSED,
    )[passed]


def _in_words(at: datetime) -> str:
    return f"{at.astimezone(NEW_YORK):%a %Y-%m-%d %H:%M} ET"


def _seconds(at: datetime) -> float:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    return at.timestamp()
