"""What the market tests share: one calendar, and a wall that moves only by sleeping."""

from datetime import date

import pytest
from tests.unit.market.walls import SleepingWall

from qt_trade.market.calendar import Sessions, load_sessions


@pytest.fixture(scope="session")
def sessions() -> Sessions:
    return load_sessions(date(2012, 1, 1), date(2028, 12, 31))


@pytest.fixture
def wall() -> SleepingWall:
    return SleepingWall()
