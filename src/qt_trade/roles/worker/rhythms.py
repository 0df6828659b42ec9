"""The jobs by name, how often each runs in feed time, and when it is due by the wall's clock."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from qt_trade.kit.clock import Clock, FeedClock
from qt_trade.roles.rhythm import current_boundary
from qt_trade.settings import Settings

CANARY = "qt_trade.canary"
"""The name of the job that only proves that jobs are taken; in the wall's rhythm, not the feed's."""

BACKFILL = "qt_trade.backfill"
"""The name of the job that goes on with a backfill; called when there is one, in no rhythm."""


TRAINING = "qt_trade.training"
"""The name of the job that trains what was ordered; called when there is something, in no rhythm."""


class Task(StrEnum):
    """Names under which jobs travel."""

    MARKET_DATA = "qt_trade.market_data"
    PREDICTIONS = "qt_trade.predictions"
    TRADING_CYCLE = "qt_trade.trading_cycle"
    HISTORIES = "qt_trade.histories"
    TIDYING = "qt_trade.tidying"
    RETRAINING = "qt_trade.retraining"
    YFINANCE = "qt_trade.yfinance"
    YFINANCE_ENHANCED = "qt_trade.yfinance_enhanced"
    AI_CANDIDATES = "qt_trade.ai_candidates"


def rhythms(settings: Settings) -> dict[Task, timedelta]:
    """Return how often each job runs, in feed time."""
    return {
        Task.MARKET_DATA: settings.rhythms.market_data,
        Task.PREDICTIONS: settings.rhythms.predictions,
        Task.TRADING_CYCLE: settings.rhythms.trading_cycle,
        Task.HISTORIES: settings.rhythms.histories,
        Task.TIDYING: settings.rhythms.tidying,
        Task.RETRAINING: settings.rhythms.retraining,
        Task.YFINANCE: settings.rhythms.yfinance,
        Task.YFINANCE_ENHANCED: settings.rhythms.yfinance_enhanced,
        Task.AI_CANDIDATES: settings.ai.every,
    }


class Timetable:
    """Boundaries of feed time on the wall's clock, as the feed's clock stands at the moment."""

    def __init__(self, periods: Mapping[Task, timedelta], clock: FeedClock, wall: Clock) -> None:
        self._periods = periods
        self._clock = clock
        self._wall = wall

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The jobs."""
        return tuple(self._periods)

    def now(self) -> datetime:
        """Return the wall's time."""
        return self._wall.now()

    def every(self, task: Task) -> timedelta:
        """Return a job's period in wall time."""
        return self._periods[task] / self._clock.speed

    def last_due(self, task: Task) -> datetime:
        """Return when, by the wall, a job's present boundary came."""
        boundary = current_boundary(self._clock.now(), self._periods[task])
        anchor = self._clock.anchor
        return boundary if anchor is None else anchor.wall_time(boundary)
