"""Which provider has bars of a length and an age, and in which order they are asked.

Plans declare what may be asked for at all; how far back it goes is theirs (docs/guide/history.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from qt_trade.market.provider import Capability, Plan

DAY_S = 86_400
MINUTE_S = 60

_ORDER = ("alpaca", "yahoo", "twelvedata", "fmp", "marketstack")
"""The ones whose budget bears it first; one of a person's own comes after them."""

LONGEST = {60: timedelta(days=7), 300: timedelta(days=28), 900: timedelta(days=56)}
"""What one span of a backfill holds at most: so much that progress is seen and work is lost little."""
LONGEST_DAILY = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class _Reach:
    """How old a bar may be, and before when there are none."""

    back: timedelta | None = None
    first: datetime | None = None


_YAHOO_INTRADAY = _Reach(back=timedelta(days=59))
_ALPACA = _Reach(first=datetime(2016, 1, 1, tzinfo=UTC))
_REACH: Mapping[tuple[str, int], _Reach] = {
    **{("alpaca", interval_s): _ALPACA for interval_s in (MINUTE_S, 300, 900, DAY_S)},
    ("yahoo", MINUTE_S): _Reach(back=timedelta(days=29)),
    ("yahoo", 300): _YAHOO_INTRADAY,
    ("yahoo", 900): _YAHOO_INTRADAY,
    ("twelvedata", MINUTE_S): _Reach(first=datetime(2020, 2, 10, tzinfo=UTC)),
}


def longest(interval_s: int) -> timedelta:
    """Return how long a span of a backfill is at most."""
    return LONGEST.get(interval_s, LONGEST_DAILY if interval_s >= DAY_S else LONGEST[60])


def who_has(
    plans: Mapping[str, Plan], interval_s: int, since: datetime, now: datetime
) -> tuple[str, ...]:
    """Return the providers to ask for bars from ``since`` on, the one to ask first in front."""
    wanted = Capability.DAILY if interval_s >= DAY_S else Capability.INTRADAY
    able = [
        name
        for name, plan in plans.items()
        if wanted in plan.capabilities and _reaches(name, interval_s, since, now)
    ]
    return tuple(sorted(able, key=lambda name: (_rank(name), name)))


def _rank(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


def _reaches(name: str, interval_s: int, since: datetime, now: datetime) -> bool:
    reach = _REACH.get((name, interval_s), _Reach())
    recent = reach.back is None or since >= now - reach.back
    return recent and (reach.first is None or since >= reach.first)
