"""Trained models predict: those in use are published, all are sealed, none without skill counts."""

import asyncio
import dataclasses
from datetime import datetime, timedelta

import psycopg
import pytest
import pytest_asyncio
from msgspec.structs import replace
from tests.desktop.sources import made
from tests.unit.roles.parts import RUN, eventually
from tests.unit.roles.worker.test_jobs import STAMP, Bench, bar, open_bench, said
from tests.unit.roles.worker.trained import keep, learnt
from tests.unit.trading.make import FEED, IBM, WALL

from qt_trade.contract import registry
from qt_trade.contract.payloads.intelligence import MlScorecard, ScoreLine
from qt_trade.contract.payloads.sources import MultiApiEnhancedData
from qt_trade.contract.payloads.trading import TradingSettings
from qt_trade.intelligence.baseline import MODEL, NO_SKILL
from qt_trade.model.bars import Bar
from qt_trade.model.predictions import Skill
from qt_trade.model.scores import ModelState, Verdict
from qt_trade.roles.worker.rhythms import Task

pytestmark = pytest.mark.asyncio

FRIDAY = datetime.fromisoformat("2013-10-04T13:30:00+00:00")
TRAINED = FRIDAY + timedelta(hours=6)


@pytest_asyncio.fixture
async def bench(redis_url, database_url):
    """A worker with the stored quarters of Friday; it is Monday, half an hour after the open."""
    bench = await open_bench(redis_url, database_url)
    quarters = [FRIDAY + number * timedelta(minutes=15) for number in range(26)]
    prices = [100.0 + number % 3 for number in range(26)]
    await bench.store.save_bars(
        [
            Bar(IBM, at, 900, price, price + 0.5, price - 0.5, price, 1_000)
            for at, price in zip(quarters, prices, strict=True)
        ]
    )
    yield bench
    await bench.jobs.close()
    await bench.streamer.close()


async def line_of(bench: Bench):
    return (await said(bench)).symbols[IBM]


async def told(bench: Bench, model_id: str, verdict: Verdict, run_id: str = RUN) -> None:
    """Let the score-card say what a model has shown."""
    line = ScoreLine(
        model_id=model_id, model="gbm", version="v1", horizon_min=30, state=ModelState.IN_USE,
        hit_rate=0.4, naive_hit_rate=0.5, difference=None, verdict=verdict, cases=500,
        cases_needed=400, brier=None, coverage=None, pinball=None, information_coefficient=None,
        edge_bp=None, calibration=(), words="",
    )  # fmt: skip
    card = MlScorecard(
        **STAMP, run_id=run_id, feed_ts=FEED, since=None, naive="", lines=(line,), symbols=(),
        sealed=0, scored=0, head="",
    )  # fmt: skip
    await bench.jobs._bus.write(registry.ML_SCORECARD, card)


async def test_the_model_in_use_is_published_and_the_baseline_where_there_is_none(bench):
    name = await keep(bench.store.models, learnt(30, TRAINED))
    line = await line_of(bench)
    by = {minutes: (one.model, one.skill) for minutes, one in line.horizons.items()}
    assert by == {
        "15": (MODEL, Skill.NO_SKILL), "30": (name, Skill.PROVEN), "60": (MODEL, Skill.NO_SKILL),
    }  # fmt: skip
    assert line.words == f"15 and 60 min: no trained model is in use; {NO_SKILL}"
    half_hour = line.horizons["30"]
    assert line.current_price == pytest.approx(100.59)
    assert half_hour.change_pct > 0
    assert 0.5 < half_hour.confidence < 1
    low_50, high_50 = half_hour.low_50, half_hour.high_50
    assert half_hour.low < low_50 < half_hour.predicted_price < high_50 < half_hour.high
    document = await bench.streamer.read(registry.PREDICTIONS_CURRENT)
    assert document.value.model == f"{MODEL}, {name}"


async def test_all_are_sealed_those_in_the_shadow_too_and_only_once(bench):
    used = await keep(bench.store.models, learnt(30, TRAINED))
    shadow = await keep(bench.store.models, learnt(30, TRAINED, rises=False), in_use=False)
    first = await said(bench)
    assert {one.model for one in first.symbols[IBM].horizons.values()} == {MODEL, used}
    assert replace(await said(bench), ts=first.ts) == first
    claims = {(one.model_id, one.horizon_min): one for one in await bench.claims()}
    assert set(claims) == {(MODEL, 15), (MODEL, 30), (MODEL, 60), (used, 30), (shadow, 30)}
    rise, fall = claims[used, 30], claims[shadow, 30]
    assert rise.prob_up > 0.5 > fall.prob_up
    assert (rise.at, rise.base_price, rise.learnt_until) == (FEED, 100.59, TRAINED)
    assert [level for level, _ in rise.quantiles] == [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95]
    assert (rise.low, rise.high) == (rise.quantiles[1][1], rise.quantiles[5][1])


async def test_a_model_that_is_worse_live_has_no_skill_at_once(bench):
    """What another run's card says of the same id is about another model."""
    name = await keep(bench.store.models, learnt(30, TRAINED))
    await told(bench, name, Verdict.WORSE, run_id="another")
    assert (await line_of(bench)).horizons["30"].skill is Skill.PROVEN
    await told(bench, name, Verdict.WORSE)
    assert (await line_of(bench)).horizons["30"].skill is Skill.NO_SKILL


async def test_a_model_that_cannot_speak_gives_way_to_the_baseline_in_words(bench):
    """One is damaged, one learnt from what is not there, one was trained on what is to come."""
    models = bench.store.models
    damaged = await keep(models, learnt(15, TRAINED), content=b"{}\n{}")
    strange = await keep(models, learnt(30, TRAINED, features=("return_1", "moon_phase")))
    await keep(models, learnt(60, FEED + timedelta(hours=1)))
    line = await line_of(bench)
    assert {(one.model, one.skill) for one in line.horizons.values()} == {(MODEL, Skill.NO_SKILL)}
    assert f"15 min: {damaged} says nothing: not a model of QtTrade" in line.words
    words = f"30 min: {strange} says nothing: it learnt from moon_phase, which is no feature here"
    assert words in line.words
    assert f"60 min: no trained model is in use; {NO_SKILL}" in line.words


async def test_broken_trees_silence_their_model_alone(bench):
    """Whoever stored them hashed them rightly; LightGBM would end the worker, which reads them first."""
    models, whole = bench.store.models, learnt(30, TRAINED)
    torn = dataclasses.replace(whole, direction=whole.direction[:700])
    broken = await keep(models, torn)
    other = await keep(models, learnt(15, TRAINED))
    foreign = await keep(models, learnt(60, TRAINED), content=whole.to_bytes())
    line = await line_of(bench)
    assert {minutes: one.model for minutes, one in line.horizons.items()} == {
        "15": other, "30": MODEL, "60": MODEL,
    }  # fmt: skip
    assert f"30 min: {broken} says nothing: the model's trees are not whole" in line.words
    assert f"60 min: {foreign} says nothing: it learnt 30 minutes and is kept for 60" in line.words


def stands_in(task: asyncio.Task[None], function: str) -> bool:
    """Whether a task waits for something inside a function."""
    waits = task.get_coro()
    while waits is not None:
        if getattr(waits, "__name__", "") == function:
            return True
        waits = getattr(waits, "cr_await", None)
    return False


async def test_rounds_that_are_given_up_do_not_pile_up(bench):
    """Where models take longer than a round may, one looks at a time; then it goes on."""
    name = await keep(bench.store.models, learnt(30, TRAINED))
    looking = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'qtrade learning'"
    with (
        psycopg.connect(bench.database_url, autocommit=True) as watch,
        psycopg.connect(bench.database_url) as holds,
    ):
        holds.execute("LOCK TABLE corporate_actions")
        for _ in range(3):
            job = asyncio.create_task(bench.jobs.run(Task.PREDICTIONS))
            await eventually(lambda of=job: stands_in(of, "_expected"))
            await eventually(lambda: watch.execute(looking).fetchone() != (0,))
            bench.jobs.stop()
            await asyncio.gather(job, return_exceptions=True)
        await bench.jobs.run(Task.MARKET_DATA)
        assert watch.execute(looking).fetchone() == (1,)
        holds.rollback()
        assert (await line_of(bench)).horizons["30"].model == name


async def test_a_symbol_without_enough_bars_has_the_baselines_word(redis_url, database_url):
    """A model needs a past that the database does not hold."""
    bare = await open_bench(redis_url, database_url)
    model = learnt(30, TRAINED)
    name = await keep(bare.store.models, model)
    line = await line_of(bare)
    await bare.jobs.close()
    await bare.streamer.close()
    assert line.horizons["30"].model == MODEL
    assert f"30 min: {name} says nothing: too few bars of {IBM} yet" in line.words


async def test_what_is_due_already_is_neither_claimed_nor_published(redis_url, database_url):
    """A job that comes so late could know the outcome."""
    rhythms = {"predictions": timedelta(minutes=30)}
    bench = await open_bench(redis_url, database_url, rhythms=rhythms)
    bench.wall.set(WALL + timedelta(seconds=29))
    line = await line_of(bench)
    claims = await bench.claims()
    await bench.jobs.close()
    await bench.streamer.close()
    assert set(line.horizons) == {"30", "60"}
    assert "15 min: it was due at 2013-10-07 14:15 UTC" in line.words
    assert {one.horizon_min for one in claims} == {30, 60}


async def test_a_proven_model_gives_signals_and_one_that_is_worse_no_more(bench):
    """By the thresholds in force, under its name."""
    name = await keep(bench.store.models, learnt(30, TRAINED))
    await engine_says(bench)
    await bench.jobs.run(Task.PREDICTIONS)
    (signal,) = (await bench.streamer.read(registry.ML_TRADING_SIGNALS)).value.signals
    assert (signal.symbol, signal.action, signal.model) == (IBM, "BUY", name)
    assert (signal.skill, signal.time_horizon) == (Skill.PROVEN, "30min")
    await told(bench, name, Verdict.WORSE)
    await bench.jobs.run(Task.PREDICTIONS)
    assert (await bench.streamer.read(registry.ML_TRADING_SIGNALS)).value.signals == ()


async def engine_says(bench: Bench) -> None:
    settings = TradingSettings(
        **STAMP, enabled=True, strategy="AGGRESSIVE", confidence_min=0.5, buy_threshold_pct=0.0001,
        sell_threshold_pct=0.0001, order_notional=5000, max_position_per_trade=10,
        stop_loss_pct=0.02, take_profit_pct=0.04, last_updated=WALL, updated_by="desk",
    )  # fmt: skip
    engine = await bench.engine()
    await engine.write(registry.TRADING_SETTINGS, settings)
    await engine.close()


async def test_at_the_close_nothing_is_said_and_nothing_sealed(bench):
    """No horizon ends within the session any more."""
    await keep(bench.store.models, learnt(30, TRAINED))
    close = FEED.replace(hour=20)
    minutes = int((close - FEED) / timedelta(minutes=1))
    await bench.streamer.append(registry.BARS, bar(minutes), IBM)
    bench.wall.set(WALL + (close - FEED) / 60)
    line = await line_of(bench)
    assert (line.horizons, line.words) == ({}, "the market is closed")
    assert await bench.claims() == []


@pytest.mark.parametrize(
    ("run_id", "late", "kept"),
    [
        (RUN, timedelta(0), [0.00042]),
        ("another", timedelta(0), []),
        (RUN, timedelta(minutes=2), []),
    ],
)
async def test_what_the_sources_say_when_a_quarter_ends_is_kept(bench, run_id, late, kept):
    """Not another run's word, and nothing that was said minutes later: it could know the outcome."""
    apart = made(IBM, 100.0, 99.0, dispersion_bp=4.2, timestamp=FEED + late)
    alone = made(IBM, 100.0, 99.0, dispersion_bp=None, timestamp=FEED)
    document = MultiApiEnhancedData(
        **STAMP, run_id=run_id, feed_ts=FEED + late, symbols={IBM: apart, "MSFT": alone}
    )
    await bench.streamer.write(registry.MULTI_API_DATA, document)
    await said(bench)
    with psycopg.connect(bench.database_url) as connection:
        rows = connection.execute("SELECT symbol, at, dispersion FROM dispersions").fetchall()
    assert rows == [(IBM, FEED, pytest.approx(one)) for one in kept]
