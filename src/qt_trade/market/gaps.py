"""What is missing of a history: the exchange's sessions against what is stored and was asked for.

Pure: a calendar, starts of bars and spans go in, gaps come out. Only regular sessions count.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from qt_trade.market.calendar import NEW_YORK, Session

DAY_S = 86_400


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Bars that begin in [since, until)."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """A span of session time with bars that are neither stored nor known not to exist.

    ``bars``: how many of them. ``whole``: nothing of the session is there.
    """

    span: Span
    bars: int
    whole: bool


def day_start(session: Session) -> datetime:
    """Return when a session's daily bar begins: at midnight in New York."""
    return datetime.combine(session.day, time(), NEW_YORK).astimezone(UTC)


def bar_starts(session: Session, interval_s: int) -> list[datetime]:
    """Return the starts of a session's bars, 390 minutes of them or 210 before a holiday."""
    if interval_s >= DAY_S:
        return [day_start(session)]
    length = timedelta(seconds=interval_s)
    count = -((session.open - session.close) // length)
    return [session.open + number * length for number in range(count)]


def find_gaps(
    sessions: Iterable[Session],
    interval_s: int,
    stored: Collection[datetime],
    covered: Iterable[Span] = (),
    *,
    until: datetime,
) -> list[Gap]:
    """Return the gaps of one symbol in some sessions, oldest first.

    ``stored``: starts of bars that are there (a set is quickest). ``covered``: spans that somebody
    was asked for: what is not there now does not exist. ``until``: a bar that had not closed by
    then is not missing.
    """
    known = Covered(covered)
    length = timedelta(seconds=interval_s)
    gaps: list[Gap] = []
    for session in sessions:
        starts = [at for at in bar_starts(session, interval_s) if _over(session, at, length, until)]
        missing = [at for at in starts if at not in stored and at not in known]
        whole = not any(at in stored for at in starts)
        gaps += (Gap(Span(*ends), bars, whole) for ends, bars in _runs(missing, length))
    return gaps


def _over(session: Session, at: datetime, length: timedelta, until: datetime) -> bool:
    """Tell whether a bar has closed: a daily one closes with its session."""
    return (session.close if length >= timedelta(days=1) else at + length) <= until


def _runs(
    starts: Sequence[datetime], length: timedelta
) -> Iterator[tuple[tuple[datetime, datetime], int]]:
    """Yield begin and end of what follows each other without a break, and how many they are."""
    begin = 0
    for number, at in enumerate(starts, 1):
        if number == len(starts) or starts[number] - at > length:
            yield (starts[begin], at + length), number - begin
            begin = number


class Covered:
    """Spans as one set of moments: ``at in covered``."""

    def __init__(self, spans: Iterable[Span]) -> None:
        merged: list[Span] = []
        for span in sorted(spans):
            if merged and span.since <= merged[-1].until:
                merged[-1] = Span(merged[-1].since, max(merged[-1].until, span.until))
            else:
                merged.append(span)
        self._spans = merged
        self._since = [span.since for span in merged]

    def __contains__(self, at: datetime) -> bool:
        index = bisect_right(self._since, at) - 1
        return index >= 0 and at < self._spans[index].until


def requests(gaps: Iterable[Gap], longest: timedelta) -> list[Span]:
    """Return the spans to ask for so that the gaps, oldest first, close: few, none too long."""
    spans: list[Span] = []
    for gap in gaps:
        since = gap.span.since
        if spans and gap.span.until - spans[-1].since <= longest:
            spans[-1] = Span(spans[-1].since, gap.span.until)
            continue
        while gap.span.until - since > longest:
            spans.append(Span(since, since + longest))
            since += longest
        spans.append(Span(since, gap.span.until))
    return spans
