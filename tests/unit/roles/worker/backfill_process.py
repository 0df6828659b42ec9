"""A worker's backfills in a process of their own, to be killed."""

import asyncio
import random
import sys
from datetime import UTC, date, datetime

from tests.emulators.alpaca_data import SECRET
from tests.emulators.provider import KEY
from tests.unit.roles.parts import settings_of

from qt_trade import wiring
from qt_trade.contract.quotas import RedisQuotas
from qt_trade.kit.clock import ManualClock
from qt_trade.market.calendar import Sessions, load_sessions
from qt_trade.market.provider import Access, ProviderKit
from qt_trade.market.providers import alpaca
from qt_trade.roles.worker.data.backfills import BackfillParts, Backfills


async def _work(redis_url: str, database_url: str, base_url: str, job_id: str, now: str) -> None:
    clock = ManualClock(datetime.fromisoformat(now).astimezone(UTC))
    settings = settings_of(
        redis_url, database_url, run={"source_key": "realtime"},
        feed={"choice": "realtime", "speed": 1.0},
    )  # fmt: skip
    calendar = load_sessions(date(2026, 11, 1), date(2026, 12, 10))

    async def sessions(_since: datetime, _until: datetime) -> Sessions:
        return calendar

    kit = ProviderKit(
        access=Access(key=KEY, secret=SECRET, base_url=base_url), plan=alpaca.SPEC.plan(""),
        ledger=RedisQuotas(redis_url), wall=clock, sleep=asyncio.sleep, rng=random.Random(1),
        may_be_mute=lambda: True,
    )  # fmt: skip
    providers = {"alpaca": alpaca.SPEC.make(kit)}
    store = wiring.open_market_store(settings)
    backfills = Backfills(BackfillParts(store, providers, sessions, clock, lambda: None))
    backfills.begin(job_id)
    await backfills.ended()


if __name__ == "__main__":
    asyncio.run(_work(*sys.argv[1:]))
