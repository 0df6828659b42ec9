"""A wall clock for tests of pace."""

from datetime import UTC, datetime, timedelta

from qt_trade.kit.clock import ManualClock


class SleepingWall(ManualClock):
    """A wall clock whose only motion is the sleep of whoever waits on it."""

    def __init__(self, at: datetime = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)) -> None:
        super().__init__(at)
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(timedelta(seconds=max(0.0, seconds)))
