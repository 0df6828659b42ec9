"""The providers of a worker: made from the settings, and thrifty ones for all but prices."""

from datetime import timedelta
from typing import Any

import pytest
from tests.emulators.provider import KEY
from tests.unit.roles.parts import four_days, settings_of

from qt_trade.contract.quotas import RedisQuotas
from qt_trade.kit.clock import SystemClock
from qt_trade.roles.worker.data.sources import Sources

pytestmark = pytest.mark.asyncio


async def test_background_work_shares_no_budget_of_a_day(redis_url: str, tmp_path: Any) -> None:
    """Who has such a budget is made twice; where only minutes count one is enough."""
    keys = {name: {"key": KEY} for name in ("finnhub", "fmp")} | {"yahoo": {"enabled": False}}
    settings = settings_of(redis_url, "postgresql://x", providers=keys, data_dir=tmp_path)
    ledger, now = RedisQuotas(redis_url), SystemClock().now()
    await ledger.refused("fmp", now, "another key")
    sources = await Sources.open(settings, SystemClock(), four_days())
    assert set(sources.providers) == set(sources.background) == {"finnhub", "fmp"}
    assert sources.background["finnhub"] is sources.providers["finnhub"]
    assert sources.background["fmp"] is not sources.providers["fmp"]
    # Who starts may have been given another key.
    assert await ledger.take("fmp", (), 1, now) == timedelta()
    await sources.close()
    await ledger.close()
