"""The ledger of those who ask for anything but prices: a fifth of the day's budget is theirs."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from qt_trade.contract.quotas import RedisQuotas
from qt_trade.market.calendar import Sessions
from qt_trade.market.gate import QuotaLedger
from qt_trade.market.thrift import ThriftyLedger
from qt_trade.model.quotas import Limit, Window

pytestmark = pytest.mark.asyncio
DAY, MONTH = Limit(50, Window.DAY), Limit(100, Window.MONTH)
WEDNESDAY = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
THANKSGIVING = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
NONE = timedelta()


@pytest_asyncio.fixture
async def prices(redis_url: str) -> AsyncIterator[RedisQuotas]:
    """The ledger as the rounds see it."""
    one = RedisQuotas(redis_url)
    yield one
    await one.close()


async def taken(ledger: QuotaLedger, limit: Limit, at: datetime, cost: int = 1) -> int:
    """Take until there is no more, and return how often it went."""
    times = 0
    while await ledger.take("p", (limit,), cost, at) == NONE:
        times += 1
    return times


async def test_on_a_trading_day_prices_keep_four_fifths(
    prices: RedisQuotas, sessions: Sessions
) -> None:
    """History gets its fifth, however early it asks, and the rest is the rounds'."""
    thrifty = ThriftyLedger(prices, sessions)
    assert await taken(thrifty, DAY, WEDNESDAY) == 10
    assert await taken(prices, DAY, WEDNESDAY) == 40
    assert (await thrifty.state("p", (DAY,), WEDNESDAY)).windows[0].left == 0


async def test_on_a_holiday_all_is_free(prices: RedisQuotas, sessions: Sessions) -> None:
    """Nobody asks for prices; of a month's budget the fifth is kept all the same."""
    thrifty = ThriftyLedger(prices, sessions)
    assert await taken(thrifty, DAY, THANKSGIVING) == 50
    assert await taken(thrifty, MONTH, THANKSGIVING) == 20


async def test_the_evening_before_belongs_to_the_trading_day(
    prices: RedisQuotas, sessions: Sessions
) -> None:
    """A budget of UTC's Monday begins on Sunday evening in New York: it is not spent there."""
    sunday = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)
    assert await taken(ThriftyLedger(prices, sessions), DAY, sunday) == 10


async def test_a_call_that_costs_more_than_a_share_is_made_once(
    prices: RedisQuotas, sessions: Sessions
) -> None:
    """Else company figures at ten credits could never be asked for."""
    assert await taken(ThriftyLedger(prices, sessions), DAY, WEDNESDAY, cost=20) == 1
