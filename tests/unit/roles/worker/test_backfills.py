"""Backfills over Thanksgiving week, from an emulated Alpaca into a real PostgreSQL."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from tests.emulators.alpaca_data import SECRET, AlpacaDataEmulator
from tests.emulators.market import Fault
from tests.emulators.provider import KEY
from tests.unit.roles.parts import settings_of

from qt_trade import wiring
from qt_trade.contract.quotas import RedisQuotas
from qt_trade.kit.clock import ManualClock
from qt_trade.market.calendar import Sessions, load_sessions
from qt_trade.market.provider import Access, Provider, ProviderKit
from qt_trade.market.providers import alpaca
from qt_trade.model.backfills import BackfillOrder, BackfillProgress, BackfillState
from qt_trade.model.bars import Bar
from qt_trade.model.symbols import Symbol
from qt_trade.roles.worker.data.backfills import CLAIM, BackfillParts, Backfills
from qt_trade.settings import Settings
from qt_trade.storage.backfills import BackfillStore

pytestmark = pytest.mark.asyncio

AAPL, MSFT, NOPE = Symbol("AAPL"), Symbol("MSFT"), Symbol("NOPE")
NOW = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)
"""The night after Thanksgiving week: Thursday closed, Friday until 13:00."""
MONDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 27)
WEEK_MIN = 3 * 390 + 210


@dataclass
class Archive:
    """A worker's backfills, and what they work with."""

    backfills: Backfills
    store: wiring.MarketStore
    jobs: BackfillStore
    emulator: AlpacaDataEmulator
    clock: ManualClock
    settings: Settings
    parts: BackfillParts
    changes: list[None]

    async def order(self, job_id: str, *symbols: Symbol, interval_s: int = 60) -> None:
        order = BackfillOrder(job_id, "me", symbols, interval_s, MONDAY, FRIDAY)
        assert await self.jobs.add(order, self.clock.now())

    async def work(self, job_id: str = "job-1") -> BackfillProgress:
        """Go on with a job until it is over or waits; return it."""
        self.backfills.begin(job_id)
        await self.backfills.ended()
        return next(one for one in await self.jobs.jobs(9) if one.order.job_id == job_id)

    async def bars(self, symbol: Symbol, interval_s: int = 60) -> list[Bar]:
        return await self.store.load_bars(symbol, interval_s, until=NOW)


@pytest_asyncio.fixture
async def archive(redis_url: str, database_url: str) -> AsyncIterator[Archive]:
    clock = ManualClock(NOW)
    settings = settings_of(
        redis_url, database_url, run={"source_key": "realtime"},
        feed={"choice": "realtime", "speed": 1.0},
    )  # fmt: skip
    calendar = load_sessions(date(2026, 11, 1), date(2026, 12, 10))

    async def sessions(_since: datetime, _until: datetime) -> Sessions:
        return calendar

    async with AlpacaDataEmulator(clock) as emulator:
        ledger = RedisQuotas(redis_url)
        store = wiring.open_market_store(settings)
        kit = ProviderKit(
            access=Access(key=KEY, secret=SECRET, base_url=emulator.base_url),
            plan=alpaca.SPEC.plan(""), ledger=ledger, wall=clock, sleep=asyncio.sleep,
            rng=random.Random(1), may_be_mute=lambda: True,
        )  # fmt: skip
        providers: dict[str, Provider] = {"alpaca": alpaca.SPEC.make(kit)}
        changes: list[None] = []
        parts = BackfillParts(store, providers, sessions, clock, lambda: changes.append(None))
        backfills = Backfills(parts)
        yield Archive(backfills, store, store.backfills, emulator, clock, settings, parts, changes)
        await backfills.close()
        await providers["alpaca"].close()
        await store.close()
        await ledger.close()


async def test_a_week_is_filled_to_the_last_minute(archive: Archive) -> None:
    """Thursday is no gap, Friday ends at one; progress is told on the way."""
    await archive.order("job-1", AAPL, MSFT)
    done = await archive.work()
    assert (done.state, done.words) == (BackfillState.DONE, "")
    assert (done.done, done.total, done.bars) == (2, 2, 2 * WEEK_MIN)
    for symbol in (AAPL, MSFT):
        bars = await archive.bars(symbol)
        assert len(bars) == WEEK_MIN
        assert bars[-1].at == datetime(2026, 11, 27, 17, 59, tzinfo=UTC)
    assert len(archive.changes) >= 3
    since, until = datetime(2026, 11, 23, tzinfo=UTC), NOW
    assert await archive.backfills.gaps(AAPL, 60, since, until) == []


async def test_what_is_there_is_not_asked_for_again(archive: Archive) -> None:
    """The second order finds nothing missing; the same order is carried out once."""
    await archive.order("job-1", AAPL)
    await archive.work()
    asked = len(archive.emulator.asked)
    await archive.order("job-2", AAPL)
    again = await archive.work("job-2")
    assert (again.state, again.words, again.total) == (BackfillState.DONE, "nothing was missing", 0)
    assert len(archive.emulator.asked) == asked
    order = BackfillOrder("job-1", "me", (AAPL,), 60, MONDAY, FRIDAY)
    assert not await archive.jobs.add(order, NOW)


async def test_a_used_up_budget_is_waited_for_and_the_job_goes_on(archive: Archive) -> None:
    """WAITING with the reason; when its time has come it is done."""
    archive.emulator.fail(Fault.RATE_LIMIT)
    archive.emulator.retry_after = "30"
    await archive.order("job-1", AAPL)
    waiting = await archive.work()
    assert waiting.state is BackfillState.WAITING
    assert "limits the rate" in waiting.words
    jobs, next_at = await archive.jobs.due(archive.clock.now())
    assert jobs == []
    assert next_at == NOW + timedelta(seconds=30)
    archive.clock.advance(timedelta(seconds=31))
    assert (await archive.jobs.due(archive.clock.now()))[0] == ["job-1"]
    # Its 429 said that nothing was left of the minute, which is over later than the pause.
    assert (await archive.work()).state is BackfillState.WAITING
    archive.clock.advance(timedelta(minutes=1))
    assert (await archive.work()).state is BackfillState.DONE


async def test_a_broken_server_is_tried_a_few_times(archive: Archive) -> None:
    """Then the job has failed, and says at what."""
    archive.emulator.fail_always(Fault.BAD_GATEWAY)
    await archive.order("job-1", AAPL)
    states = []
    for _ in range(6):
        found = await archive.work()
        states.append(found.state)
        archive.clock.advance(timedelta(hours=1))
        await archive.parts.providers["alpaca"].kit.ledger.succeeded("alpaca", archive.clock.now())
    assert states[0] is BackfillState.WAITING
    assert found.state is BackfillState.FAILED
    assert "AAPL: Alpaca cannot be reached" in found.words


async def test_a_symbol_that_nobody_has_does_not_hold_up_the_others(archive: Archive) -> None:
    """Alpaca knows none of it: an empty answer is one, and is not asked for again."""
    await archive.order("job-1", NOPE, AAPL)
    found = await archive.work()
    assert found.state.over
    assert len(await archive.bars(AAPL)) == WEEK_MIN
    assert await archive.bars(NOPE) == []


async def test_a_canceled_job_ends_and_keeps_what_it_has(archive: Archive) -> None:
    """No span is taken any more; canceling it again says that it is over."""
    await archive.order("job-1", AAPL, MSFT)
    assert await archive.jobs.cancel("job-1", NOW, "by me") is BackfillState.WAITING
    found = await archive.work()
    assert (found.state, found.words, found.bars) == (BackfillState.CANCELED, "by me", 0)
    assert await archive.jobs.cancel("job-1", NOW, "by me") is BackfillState.CANCELED
    assert await archive.jobs.cancel("job-9", NOW, "by me") is None


async def test_two_workers_share_the_spans_of_a_job(archive: Archive) -> None:
    """Each span is one worker's."""
    await archive.order("job-1", AAPL, MSFT)
    other = Backfills(archive.parts)
    archive.backfills.begin("job-1")
    other.begin("job-1")
    await asyncio.gather(archive.backfills.ended(), other.ended())
    (found,) = await archive.jobs.jobs(9)
    assert (found.state, found.bars) == (BackfillState.DONE, 2 * WEEK_MIN)
    assert len(archive.emulator.asked) == 2


async def test_what_a_dead_worker_had_taken_is_done_by_the_next(archive: Archive) -> None:
    """Not before its claim is over."""
    await archive.order("job-1", AAPL)
    order = (await archive.jobs.jobs(1))[0].order
    await archive.jobs.plan("job-1", await archive.backfills._planned(order), NOW)
    assert await archive.jobs.take("job-1", NOW, CLAIM) is not None
    assert (await archive.work()).state is BackfillState.RUNNING
    assert await archive.bars(AAPL) == []
    archive.clock.advance(CLAIM)
    assert (await archive.jobs.due(archive.clock.now()))[0] == ["job-1"]
    assert (await archive.work()).state is BackfillState.DONE
    assert len(await archive.bars(AAPL)) == WEEK_MIN


async def test_a_worker_that_comes_too_late_changes_nothing(archive: Archive) -> None:
    """Its span was claimed by another, who has done it."""
    await archive.order("job-1", AAPL)
    order = (await archive.jobs.jobs(1))[0].order
    await archive.jobs.plan("job-1", await archive.backfills._planned(order), NOW)
    late = await archive.jobs.take("job-1", NOW, CLAIM)
    assert late is not None
    archive.clock.advance(CLAIM)
    assert (await archive.work()).state is BackfillState.DONE
    await archive.jobs.fail(late, "too late")
    (found,) = await archive.jobs.jobs(1)
    assert (found.done, found.bars) == (1, WEEK_MIN)
    assert await archive.jobs.settle("job-1", NOW) is BackfillState.DONE


async def test_a_cancel_is_not_lost_while_a_job_is_settled(archive: Archive) -> None:
    """Whichever comes first: canceled it stays."""
    for number in range(10):
        job_id = f"job-{number}"
        await archive.order(job_id, AAPL)
        order = (await archive.jobs.jobs(1))[0].order
        await archive.jobs.plan(job_id, await archive.backfills._planned(order), NOW)
        await asyncio.gather(
            archive.jobs.settle(job_id, NOW), archive.jobs.cancel(job_id, NOW, "by me")
        )
        (found,) = await archive.jobs.jobs(1)
        assert (found.state, found.words) == (BackfillState.CANCELED, "by me")


async def test_without_a_provider_that_has_them_the_job_says_so(archive: Archive) -> None:
    """Nothing is invented, and nothing tried for ever."""
    silent: Any = BackfillParts(
        archive.store, {}, archive.parts.sessions, archive.clock, archive.parts.changed
    )
    await archive.order("job-1", AAPL)
    backfills = Backfills(silent)
    backfills.begin("job-1")
    await backfills.ended()
    (found,) = await archive.jobs.jobs(9)
    assert found.state is BackfillState.FAILED
    assert "no provider has bars of 60 s" in found.words
