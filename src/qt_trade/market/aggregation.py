"""Longer bars made from shorter ones."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from itertools import groupby

from qt_trade.market.calendar import NEW_YORK
from qt_trade.model.bars import Bar

DAY_S = 86_400


def aggregate(bars: Iterable[Bar], interval_s: int) -> list[Bar]:
    """Return one symbol's bars of a longer interval, oldest first as they came.

    A bar begins where the interval does on the clock; a daily one at midnight in New York. One
    whose end nothing has reached is made of what there is: who wants closed bars cuts it off.
    """
    return [
        _joined(at, interval_s, list(group))
        for at, group in groupby(bars, key=lambda bar: start_of(bar.at, interval_s))
    ]


def start_of(at: datetime, interval_s: int) -> datetime:
    """Return the start of the bar that a moment falls into."""
    if interval_s >= DAY_S:
        midnight = datetime.combine(at.astimezone(NEW_YORK).date(), time(), NEW_YORK)
        return midnight.astimezone(UTC)
    second = int(at.timestamp())
    return datetime.fromtimestamp(second - second % interval_s, UTC)


def _joined(at: datetime, interval_s: int, parts: Sequence[Bar]) -> Bar:
    return Bar(
        symbol=parts[0].symbol,
        at=at,
        interval_s=interval_s,
        open=parts[0].open,
        high=max(bar.high for bar in parts),
        low=min(bar.low for bar in parts),
        close=parts[-1].close,
        volume=sum(bar.volume for bar in parts),
    )
