"""Stored bars: a symbol's history for the charts, what is stored, how a backfill goes."""

from datetime import date
from typing import Annotated

import msgspec

from qt_trade.contract.payloads.base import (
    Backend,
    Count,
    Frontend,
    Id,
    Moment,
    Price,
    SymbolText,
    Whole,
    Words,
    WrongFieldError,
)
from qt_trade.model.backfills import BackfillState
from qt_trade.model.intervals import Interval

__all__ = [
    "Backfill",
    "BackfillJob",
    "BackfillState",
    "BarColumns",
    "CancelBackfill",
    "DataRequest",
    "DataStatus",
    "History",
    "Holding",
    "Interval",
]


class BarColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Closed bars by columns of equal length, oldest first. ``at``: starts, in Unix seconds.

    A daily bar starts at midnight in New York.
    """

    at: tuple[Whole, ...]
    open: tuple[Price, ...]
    high: tuple[Price, ...]
    low: tuple[Price, ...]
    close: tuple[Price, ...]
    volume: tuple[Count, ...]

    def __post_init__(self) -> None:
        for name in ("open", "high", "low", "close", "volume"):
            length = len(getattr(self, name))
            if length != len(self.at):
                raise WrongFieldError(
                    name, f"has {length} values, and there are {len(self.at)} bars"
                )


class History(Backend, frozen=True, kw_only=True):
    """A symbol's stored bars, adjusted for the splits named in ``words``; raw ones stay stored.

    ``bars``: by interval; the minutes themselves are in the log ``bars:{SYMBOL}``.
    """

    run_id: str
    symbol: SymbolText
    feed_ts: Moment
    bars: dict[Interval, BarColumns]
    words: Words


class Backfill(Frontend, frozen=True, kw_only=True, tag_field="request", tag="BACKFILL"):
    """Fetch what is missing of some symbols from ``since`` to ``until``, both days included.

    No symbols: the whole watch list.
    """

    command_id: Id
    symbols: Annotated[tuple[SymbolText, ...], msgspec.Meta(max_length=500)]
    interval: Interval
    since: date
    until: date


class CancelBackfill(Frontend, frozen=True, kw_only=True, tag_field="request", tag="CANCEL"):
    """Stop a backfill; what it has stored stays."""

    command_id: Id
    job_id: Id


DataRequest = Backfill | CancelBackfill


class BackfillJob(msgspec.Struct, frozen=True, kw_only=True):
    """One backfill. ``done`` of ``total`` spans; ``bars``: how many it has stored."""

    job_id: Id
    asked_by: str
    symbols: Count
    interval: Interval
    since: date
    until: date
    state: BackfillState
    words: Words
    done: Count
    total: Count
    bars: Count
    begun: Moment | None
    ended: Moment | None


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored in one interval. ``gaps``: spans of session time without bars."""

    symbols: Count
    bars: Count
    first: Moment | None
    last: Moment | None
    gaps: Count


class DataStatus(Backend, frozen=True, kw_only=True):
    """What is stored, and the last backfills, newest first."""

    run_id: str
    holdings: dict[Interval, Holding]
    jobs: tuple[BackfillJob, ...]
