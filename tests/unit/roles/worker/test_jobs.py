"""The jobs on real servers: twice is once, and what is away for a moment is waited for."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace
from tests.servers import ServerProcess
from tests.unit.roles.parts import ACCOUNT, RUN, eventually, four_days, settings_of
from tests.unit.trading.make import FEED, IBM, WALL

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.consumer import Rejection
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads import market as wire
from qt_trade.contract.payloads.commands import Reply, TradingCycleRequest
from qt_trade.contract.payloads.predictions import PredictionsCurrent
from qt_trade.intelligence.baseline import MODEL, NO_SKILL
from qt_trade.kit.clock import ManualClock, SystemClock
from qt_trade.model.claims import Claim
from qt_trade.model.feeds import FeedKind
from qt_trade.model.predictions import Skill
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.work import Work
from qt_trade.roles.worker.jobs import Jobs
from qt_trade.roles.worker.rhythms import Task
from qt_trade.storage.database import Database

pytestmark = pytest.mark.asyncio

STAMP: dict[str, Any] = {"ts": WALL, "source": "test", "feed": FeedKind.REPLAY}
MINUTE = timedelta(minutes=1)


def bar(minute: int, close: float = 100.0, *, run_id: str = RUN, written: int = 0) -> wire.Bar:
    """The bar that ends ``minute`` minutes from the start; negative: history."""
    return wire.Bar(
        **STAMP | {"ts": WALL + written * MINUTE}, run_id=run_id, symbol=IBM,
        at=FEED + (minute - 1) * MINUTE, interval_s=60, open=100.0, high=max(100.0, close),
        low=min(100.0, close), close=close, volume=1, bid=None, bid_size=None, ask=None,
        ask_size=None,
    )  # fmt: skip


def status() -> wire.MarketStatus:
    close = FEED.replace(hour=20)
    return wire.MarketStatus(
        **STAMP, run_id=RUN, account=ACCOUNT,
        clock=wire.FeedClock(
            wall=WALL, feed=FEED, speed=60.0, quote_interval_s=60.0, stale_after_s=240.0
        ),
        market_open=True, market_session=wire.MarketSession.OPEN, words="", current_time_et="",
        trading_day=True, early_close=False, next_open=close + timedelta(hours=17, minutes=30),
        next_close=close, feed_state=wire.FeedState.OK, feed_words="", feed_since=WALL,
        feed_source="test", symbols=(IBM,),
    )  # fmt: skip


@dataclass
class Bench:
    jobs: Jobs
    store: wiring.MarketStore
    streamer: Bus
    wall: ManualClock
    database_url: str
    asked: list[TradingCycleRequest] = field(default_factory=list)

    async def stored(self) -> list[tuple[Any, ...]]:
        database = Database(self.database_url, name="test", pool_size=1)
        try:
            async with database.line() as line:
                found = await line.execute("SELECT at, close FROM bars ORDER BY at")
                return await found.fetchall()
        finally:
            await database.close()

    async def claims(self) -> list[Claim]:
        return [one.claim for one in await self.store.claims.due(FEED + timedelta(days=1))]

    async def engine(self) -> Bus:
        engine = Bus(self.streamer._url, Party.ENGINE, SystemClock(), random.Random(7))
        await engine.open(timeout_s=20.0)
        return engine

    async def serve_cycles(self) -> Bus:
        engine = await self.engine()

        def answer(command_id: str, reason: str) -> Reply:
            return Reply(
                **STAMP, command_id=command_id, accepted=True, reason=reason, order_id=None,
                verdicts=(),
            )  # fmt: skip

        async def on_cycle(request: TradingCycleRequest) -> Reply:
            self.asked.append(request)
            return answer(request.command_id, "done")

        def reject(rejection: Rejection) -> Reply:
            return answer(rejection.command_id, rejection.reason)

        engine.serve(registry.TRADING_CYCLE, on_cycle, reject)
        return engine


async def open_bench(redis_url: str, database_url: str, **more: Any) -> Bench:
    streamer = Bus(redis_url, Party.STREAMER, SystemClock(), random.Random(1))
    await streamer.open(timeout_s=20.0)
    await streamer.write(registry.MARKET_STATUS, status())
    await streamer.replace(registry.BARS, [bar(n - 59, 100 + n / 100) for n in range(60)], IBM)
    wall = ManualClock(WALL)
    bus = Bus(redis_url, Party.WORKER, SystemClock(), random.Random(2))
    await bus.open(timeout_s=20.0)
    feed_time = FeedTime(RUN, wall)
    await feed_time.follow(bus)
    await feed_time.known.wait()
    settings = settings_of(redis_url, database_url, **more)
    store = wiring.open_market_store(settings)
    jobs = Jobs(bus, store, feed_time, wall, settings, four_days(), Work(wall))
    return Bench(jobs, store, streamer, wall, database_url)


@pytest_asyncio.fixture
async def bench(redis_url: str, database_url: str) -> AsyncIterator[Bench]:
    bench = await open_bench(redis_url, database_url)
    yield bench
    await bench.jobs.close()
    await bench.streamer.close()


async def test_bars_are_stored_once_however_often_the_job_runs(bench: Bench) -> None:
    await bench.jobs.run(Task.MARKET_DATA)
    await bench.jobs.run(Task.MARKET_DATA)
    assert len(await bench.stored()) == 60
    await bench.streamer.append(registry.BARS, bar(1, written=1), IBM)
    await bench.jobs.run(Task.MARKET_DATA)
    assert len(await bench.stored()) == 61


async def test_a_corrected_bar_is_stored_in_place_of_the_first(bench: Bench) -> None:
    await bench.jobs.run(Task.MARKET_DATA)
    better = [bar(n - 59, 100 + n / 100) for n in range(59)]
    await bench.streamer.replace(registry.BARS, [*better, bar(0, 105.0, written=1)], IBM)
    await bench.jobs.run(Task.MARKET_DATA)
    assert [close for _, close in await bench.stored()][-1] == 105.0


async def test_another_runs_bars_are_not_stored_under_this_feed(bench: Bench) -> None:
    await bench.streamer.replace(registry.BARS, [bar(1, run_id="another")], IBM)
    await bench.jobs.run(Task.MARKET_DATA)
    assert await bench.stored() == []


async def said(bench: Bench) -> PredictionsCurrent:
    await bench.jobs.run(Task.PREDICTIONS)
    found = await bench.streamer.read(registry.PREDICTIONS_CURRENT)
    assert found is not None
    return found.value


async def test_predictions_are_published_with_their_run_and_counted(bench: Bench) -> None:
    first = await said(bench)
    assert (first.run_id, first.feed, first.feed_ts) == (RUN, FeedKind.REPLAY, FEED)
    assert set(first.symbols[IBM].horizons) == {"15", "30", "60"}
    assert first.predictions_made == 3
    await bench.streamer.append(registry.BARS, bar(15), IBM)
    bench.wall.set(WALL + timedelta(seconds=15))
    second = await said(bench)
    assert (second.feed_ts, second.predictions_made) == (FEED + 15 * MINUTE, 6)


async def test_said_twice_of_the_same_moment_it_is_the_same_and_sealed_once(bench: Bench) -> None:
    """However late the second time: nothing that came meanwhile is looked at."""
    first = await said(bench)
    await bench.streamer.append(registry.BARS, bar(4, 150.0), IBM)
    bench.wall.set(WALL + timedelta(seconds=4))
    assert replace(await said(bench), ts=first.ts) == first
    claims = await bench.claims()
    assert [(one.model_id, one.horizon_min) for one in claims] == [
        (MODEL, 15), (MODEL, 30), (MODEL, 60),
    ]  # fmt: skip
    assert {one.at for one in claims} == {FEED}


async def test_the_minute_that_has_just_ended_is_waited_for(bench: Bench) -> None:
    """The streamer tells it a moment after the job is called."""
    await bench.streamer.replace(registry.BARS, [bar(n - 60, 100.0) for n in range(59)], IBM)
    job = asyncio.create_task(said(bench))
    await eventually(lambda: "bars:IBM" in bench.jobs._bus._subscriber._topics)
    await bench.streamer.append(registry.BARS, bar(0, 101.0), IBM)
    assert (await job).symbols[IBM].current_price == 101.0


async def test_a_minute_that_does_not_come_is_not_waited_for_long(bench: Bench) -> None:
    """Nobody traded, or the feed is mute: what there is counts."""
    await bench.streamer.replace(registry.BARS, [bar(n - 60, 100.0) for n in range(59)], IBM)
    line = (await said(bench)).symbols[IBM]
    assert (line.current_price, set(line.horizons)) == (100.0, {"15", "30", "60"})


async def test_the_baseline_is_published_as_what_it_is(bench: Bench) -> None:
    """Nobody has put a model in use, and the baseline has no skill."""
    line = (await said(bench)).symbols[IBM]
    assert {one.skill for one in line.horizons.values()} == {Skill.NO_SKILL}
    assert line.words == f"no trained model is in use; {NO_SKILL}"


async def test_a_symbol_without_history_is_said_to_have_none(bench: Bench) -> None:
    await bench.streamer.replace(registry.BARS, [bar(0)], IBM)
    await bench.jobs.run(Task.PREDICTIONS)
    found = await bench.streamer.read(registry.PREDICTIONS_CURRENT)
    assert found is not None
    assert (found.value.symbols[IBM].horizons, bool(found.value.symbols[IBM].words)) == ({}, True)


async def test_predictions_are_told_in_the_older_frontends_words_too(bench: Bench) -> None:
    """With their names and their words."""
    await bench.jobs.run(Task.PREDICTIONS)
    enhanced = await bench.streamer.read(registry.ML_PREDICTIONS_ENHANCED)
    assert enhanced is not None
    assert set(enhanced.value.predictions[IBM].predictions) == {"15min", "30min", "60min"}
    signals = await bench.streamer.read(registry.ML_TRADING_SIGNALS)
    assert signals is not None
    assert (signals.value.signals, bool(signals.value.words)) == ((), True)


async def test_the_cycle_of_a_slot_has_one_id_however_late_it_is_called(bench: Bench) -> None:
    engine = await bench.serve_cycles()
    for late_s in (0.0, 4.0, 9.8):
        bench.wall.set(WALL + timedelta(seconds=late_s))
        await bench.jobs.run(Task.TRADING_CYCLE)
    bench.wall.set(WALL + timedelta(seconds=10))
    await bench.jobs.run(Task.TRADING_CYCLE)
    await engine.close()
    assert [request.slot for request in bench.asked] == [FEED] * 3 + [FEED + 10 * MINUTE]
    assert len({request.command_id for request in bench.asked}) == 2


async def test_a_job_waits_for_a_server_that_comes_back(
    private_valkey: ServerProcess, database_url: str
) -> None:
    bench = await open_bench(private_valkey.url, database_url)
    private_valkey.kill()
    await eventually(lambda: not bench.jobs._bus.link.connected)
    job = asyncio.create_task(bench.jobs.run(Task.MARKET_DATA))
    private_valkey.start()
    await job
    assert len(await bench.stored()) == 60
    await bench.jobs.close()
    await bench.streamer.close()


async def test_a_stop_gives_up_what_waits(bench: Bench) -> None:
    """Nobody serves cycles here: the worker must not hold up the end of the run."""
    job = asyncio.create_task(bench.jobs.run(Task.TRADING_CYCLE))
    await eventually(lambda: bool(bench.jobs._running))
    bench.jobs.stop()
    with pytest.raises(asyncio.CancelledError):
        await job
