"""Claims are scored on real servers when their horizons have passed, once, and the card tells it."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
import pytest_asyncio
from structlog.testing import capture_logs
from tests.unit.roles.parts import RUN, eventually, four_days, session_on, settings_of
from tests.unit.roles.worker.test_jobs import status
from tests.unit.trading.make import IBM, WALL

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.intelligence import MlScorecard, ScoreLine, SymbolScore
from qt_trade.intelligence.baseline import MODEL as BASELINE
from qt_trade.kit.clock import ManualClock, SystemClock
from qt_trade.market.calendar import Sessions
from qt_trade.model.bars import Bar
from qt_trade.model.claims import Claim, ClaimScore
from qt_trade.model.models import Decision, ModelFacts
from qt_trade.model.predictions import Skill
from qt_trade.model.scores import ModelState, Verdict
from qt_trade.model.symbols import Symbol, symbol
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.worker.scoring.scoring import Scoring, ScoringParts
from qt_trade.roles.worker.scoring.settling import Settled
from qt_trade.storage.errors import UnreachableError

pytestmark = pytest.mark.asyncio

FRIDAY = datetime(2013, 10, 4, 13, 30, tzinfo=UTC)
MONDAY = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)
FIRST_DAY = date(2013, 9, 16)
MINUTE = timedelta(minutes=1)
AGES_AGO = datetime(2013, 1, 2, tzinfo=UTC)


def minute_bar(ends: datetime, close: float, of: Symbol = IBM) -> Bar:
    return Bar(of, ends - MINUTE, 60, close, close, close, close, 10)


def claim(at: datetime, prob_up: float = 0.6, model: str = BASELINE, of: Symbol = IBM) -> Claim:
    return Claim(model, of, at, 15, 100.0, prob_up, None, 99.9, 100.1)


@dataclass
class Desk:
    scoring: Scoring
    store: wiring.MarketStore
    feed_time: FeedTime
    wall: ManualClock
    bus: Bus
    front: Bus

    async def seal(self, *claims: Claim) -> None:
        assert (await self.store.claims.seal(claims, now=AGES_AGO)).sealed == len(claims)

    async def came_of(self, model: str = BASELINE) -> list[ClaimScore | None]:
        span = {"since": AGES_AGO, "until": MONDAY + timedelta(days=9)}
        return [one.score for one in await self.store.claims.settled(model, **span)]

    def at(self, moment: datetime) -> None:
        self.wall.advance((moment - self.feed_time.clock.now()) / 60)

    async def card(self) -> MlScorecard:
        found = await self.front.read(registry.ML_SCORECARD)
        assert found is not None
        return found.value

    async def revision(self) -> int:
        found = await self.front.read(registry.ML_SCORECARD)
        assert found is not None
        return found.revision

    async def line(self, model: str, horizon_min: int = 15) -> ScoreLine:
        lines = (await self.card()).lines
        (line,) = [one for one in lines if (one.model_id, one.horizon_min) == (model, horizon_min)]
        return line


def weekdays() -> Sessions:
    """Return the sessions of forty days from Monday, 16 September 2013, on."""
    days = [FIRST_DAY + timedelta(days=number) for number in range(40)]
    return Sessions([session_on(day) for day in days if day.weekday() < 5], {})


async def _opened(
    redis_url: str, database_url: str, sessions: Sessions, **intelligence: object
) -> Desk:
    buses = [
        Bus(redis_url, party, SystemClock(), random.Random(number))
        for number, party in enumerate((Party.STREAMER, Party.WORKER, Party.FRONTEND))
    ]
    for bus in buses:
        await bus.open(timeout_s=20.0)
    streamer, worker, front = buses
    wall = ManualClock(WALL)
    await streamer.write(registry.MARKET_STATUS, status())
    await streamer.close()
    feed_time = FeedTime(RUN, wall)
    await feed_time.follow(worker)
    await feed_time.known.wait()
    settings = settings_of(redis_url, database_url, intelligence=intelligence)
    store = wiring.open_market_store(settings)
    scoring = Scoring(ScoringParts(worker, store, sessions, feed_time, wall, settings))
    return Desk(scoring, store, feed_time, wall, worker, front)


async def _close(desk: Desk) -> None:
    await desk.scoring.close()
    await desk.bus.close()
    await desk.front.close()
    await desk.store.close()


@pytest_asyncio.fixture
async def desk(redis_url: str, database_url: str) -> AsyncIterator[Desk]:
    """A worker's scoring; feed time begins at 14:00 UTC of Monday, 7 October 2013."""
    desk = await _opened(redis_url, database_url, four_days())
    yield desk
    await _close(desk)


async def test_a_claim_is_scored_by_the_bar_that_ends_with_its_horizon(desk: Desk) -> None:
    """Not before, not by what came later, and the second time nothing is left to do."""
    at = MONDAY + timedelta(hours=1)
    await desk.seal(claim(at))
    await desk.store.save_bars(
        [minute_bar(at + timedelta(minutes=n), 100.0 + n / 100) for n in range(1, 30)]
    )
    desk.at(at + timedelta(minutes=14))
    assert await desk.scoring.score() == Settled()
    desk.at(at + timedelta(minutes=16))
    assert await desk.scoring.score() == Settled(scored=1)
    (score,) = await desk.came_of()
    assert score is not None
    assert (score.outcome_price, score.hit, score.covered) == (100.15, 1.0, False)
    assert (score.session, score.naive_hit) == (MONDAY.date(), 0.5), "of Friday nothing is known"
    assert await desk.scoring.score() == Settled()


async def test_an_opinion_of_an_odd_moment_is_scored_by_the_last_whole_minute(desk: Desk) -> None:
    """An AI answers when it answers: the price of the minute before is there at once."""
    at = MONDAY + timedelta(hours=1, seconds=23)
    await desk.seal(claim(at, model="ai:grok"))
    await desk.store.save_bars([minute_bar(MONDAY + timedelta(minutes=75), 102.0)])
    desk.at(at + timedelta(minutes=15, seconds=1))
    assert await desk.scoring.score() == Settled(scored=1)
    (score,) = await desk.came_of("ai:grok")
    assert score is not None
    assert score.outcome_price == 102.0
    assert (await desk.line("ai:grok")).words == "not enough data yet: 1 of 400"


async def test_the_naive_forecaster_knows_the_sessions_before_alone(desk: Desk) -> None:
    """Friday fell in most quarters; that Monday rises throughout it cannot know."""
    falling = [minute_bar(FRIDAY + n * MINUTE, 200.0 - n / 10) for n in range(1, 391)]
    rising = [minute_bar(MONDAY + n * MINUTE, 100.0 + n / 10) for n in range(1, 391)]
    await desk.store.save_bars([*falling, *rising])
    await desk.seal(claim(MONDAY + timedelta(hours=1)))
    desk.at(MONDAY + timedelta(hours=2))
    await desk.scoring.score()
    (score,) = await desk.came_of()
    assert score is not None
    assert (score.hit, score.naive_hit) == (1.0, 0.0)


async def test_a_missing_price_is_waited_for_and_then_done_without(desk: Desk) -> None:
    """The last price of five minutes serves after ten; without any a day passes, and words stay."""
    at = MONDAY + timedelta(hours=1)
    silent = symbol("GE")
    await desk.seal(claim(at), claim(at, of=silent))
    await desk.store.save_bars([minute_bar(at + timedelta(minutes=11), 101.0)])
    await desk.store.save_bars([minute_bar(at + timedelta(minutes=9), 50.0, silent)])
    desk.at(at + timedelta(minutes=20))
    assert await desk.scoring.score() == Settled(waiting=2)
    desk.at(at + timedelta(minutes=25))
    assert await desk.scoring.score() == Settled(scored=1, waiting=1)
    desk.at(at + timedelta(days=1, minutes=14))
    assert await desk.scoring.score() == Settled(waiting=1)
    desk.at(at + timedelta(days=1, minutes=15))
    assert await desk.scoring.score() == Settled(given_up=1)
    scored, given_up = await desk.came_of()
    assert scored is not None
    assert scored.outcome_price == 101.0
    assert given_up is not None
    assert given_up.outcome_price is given_up.hit is given_up.realised is None
    assert "within 5 minutes before 14:45 UTC: trading was halted" in given_up.words
    card = await desk.card()
    assert (card.sealed, card.scored) == (2, 1)


async def test_what_ends_outside_a_session_is_not_scored(desk: Desk) -> None:
    """After the close, on a day without trading, or in a year the calendar does not know."""
    close = MONDAY + timedelta(hours=6, minutes=30)
    await desk.seal(
        claim(close - timedelta(minutes=15), model="a"),
        claim(close - timedelta(minutes=14), model="b"),
        claim(FRIDAY + timedelta(days=1), model="c"),
        claim(AGES_AGO + timedelta(hours=15), model="d"),
    )
    await desk.store.save_bars([minute_bar(close, 101.0), minute_bar(close + MINUTE, 90.0)])
    desk.at(close + timedelta(minutes=10))
    assert await desk.scoring.score() == Settled(scored=1, given_up=3)
    words = [
        "" if score is None else score.words
        for model in "abcd"
        for score in await desk.came_of(model)
    ]
    assert words[:3] == [
        "",
        "its horizon ended at 20:01 UTC, after the close",
        "there was no session on its day",
    ]
    assert "2013-01-02" in words[3]


async def test_two_workers_do_nothing_twice(desk: Desk, redis_url: str, database_url: str) -> None:
    """Of two that begin at once one settles or both in turn; each claim is scored once."""
    at = MONDAY + timedelta(hours=1)
    await desk.seal(*(claim(at + n * MINUTE) for n in range(60)))
    await desk.store.save_bars([minute_bar(at + n * MINUTE, 101.0) for n in range(90)])
    other = await _opened(redis_url, database_url, four_days())
    try:
        for one in (desk, other):
            one.at(at + timedelta(hours=2))
        results = await asyncio.gather(desk.scoring.score(), other.scoring.score())
        assert sum(one.scored for one in results if one is not None) == 60
        async with desk.store.claims.settling() as alone:
            assert alone
            assert await other.scoring.score() is None
    finally:
        await _close(other)
    assert (await desk.card()).scored == 60


async def test_the_card_is_written_when_it_has_changed(desk: Desk) -> None:
    """An empty one says so at once; time alone changes nothing, a sealed claim does."""
    desk.scoring.begin()
    await eventually(lambda: _there(desk))
    first = await desk.card()
    assert (first.sealed, first.scored, first.since, first.head) == (0, 0, None, "00" * 32)
    assert [line.words for line in first.lines] == ["not enough data yet: 0 of 400"] * 3
    assert {line.state for line in first.lines} == {ModelState.IN_USE}
    before = await desk.revision()
    later = MONDAY + timedelta(hours=1)
    desk.at(later)
    await desk.scoring.score()
    assert await desk.revision() == before
    await desk.seal(claim(later))
    await desk.scoring.score()
    assert await desk.revision() == before + 1
    card = await desk.card()
    assert (card.sealed, card.feed_ts) == (1, later)
    assert card.head == (await desk.store.claims.verify()).head.hex()


async def _there(desk: Desk) -> bool:
    return await desk.front.read(registry.ML_SCORECARD) is not None


def facts(horizon_min: int) -> ModelFacts:
    return ModelFacts(
        family="gbm", horizon_min=horizon_min, trained_at=AGES_AGO, data_from=AGES_AGO,
        data_to=AGES_AGO, rows=1000, features=("f",), parameters={}, metrics={}, seed=7,
        data_hash="00", gates=(), skill=Skill.PROVEN, refused="", trigger="by hand",
    )  # fmt: skip


async def _three_weeks(desk: Desk, sessions: Sessions) -> None:
    """Store three weeks of prices of four symbols, and what four models claimed of them."""
    rng = random.Random(7)
    names = [symbol(name) for name in ("AAPL", "GE", "IBM", "KO")]
    says: dict[str, Callable[[bool], bool]] = {
        "gbm-15-v1": lambda up: up if rng.random() < 0.6 else not up,
        "gbm-15-v2": lambda up: up if rng.random() < 0.4 else not up,
        BASELINE: lambda _: rng.random() < 0.5,
        "ai:grok": lambda _: rng.random() < 0.5,
    }
    bars, claims = [], []
    for session in [one for one in sessions.all if one.day < MONDAY.date()]:
        ends = [session.open + timedelta(minutes=15 * n) for n in range(1, 27)]
        for name in names:
            prices = [100.0]
            for _ in ends[1:]:
                prices.append(prices[-1] * (1 + rng.gauss(0, 0.002)))
            bars += [minute_bar(at, price, name) for at, price in zip(ends, prices, strict=True)]
            for at, price, after in zip(ends, prices, prices[1:], strict=False):
                for model, up in says.items():
                    prob_up = 0.6 if up(after > price) else 0.4
                    band = (price * (1 - 0.002563), price * (1 + 0.002563))
                    claims.append(Claim(model, name, at, 15, price, prob_up, None, *band))
    await desk.store.save_bars(bars)
    await desk.seal(*claims)


def _check_one(of: SymbolScore, best: ScoreLine) -> None:
    """What is true of a model is seen of each symbol, by fewer cases."""
    assert of.hit_rate == pytest.approx(0.6, abs=0.07)
    assert of.brier == pytest.approx(best.brier, abs=0.02)
    assert of.coverage is not None
    assert of.coverage.low < 0.8 < of.coverage.high
    assert of.information_coefficient is not None
    assert of.information_coefficient.value > 0
    assert "over 15 sessions" in of.words


async def test_three_weeks_of_claims_makes_an_honest_card(
    redis_url: str, database_url: str
) -> None:
    """True skill is BETTER, its opposite WORSE, a coin NOT_PROVEN; bands hold what they promise."""
    desk = await _opened(redis_url, database_url, weekdays(), cases_needed=200)
    try:
        for number in range(2):
            await desk.store.models.add(b"{}", facts(15), f"training-{number}")
        await desk.store.models.promote("gbm-15-v1", Decision(AGES_AGO, "me", "tried"))
        await _three_weeks(desk, weekdays())
        settled = await desk.scoring.score()
        assert settled == Settled(scored=4 * 4 * 25 * 15)
        card = await desk.card()
        assert [(one.model_id, one.horizon_min, one.state, one.verdict) for one in card.lines] == [
            ("gbm-15-v1", 15, ModelState.IN_USE, Verdict.BETTER),
            ("gbm-15-v2", 15, ModelState.SHADOW, Verdict.WORSE),
            (BASELINE, 15, ModelState.SHADOW, Verdict.NOT_PROVEN),
            (BASELINE, 30, ModelState.IN_USE, Verdict.WAIT),
            (BASELINE, 60, ModelState.IN_USE, Verdict.WAIT),
            ("ai:grok", 15, ModelState.SHADOW, Verdict.NOT_PROVEN),
        ]
        best = card.lines[0]
        assert (best.model, best.version, best.cases) == ("gbm", "v1", 25 * 15 * 4)
        assert best.hit_rate == pytest.approx(0.6, abs=0.03)
        assert best.coverage is not None
        assert best.coverage.low < 0.8 < best.coverage.high
        assert best.words.startswith("better than the naive forecaster: +")
        assert [(one.symbol, one.model_id, one.cases) for one in card.symbols] == [
            (name, "gbm-15-v1", 25 * 15) for name in ("AAPL", "GE", "IBM", "KO")
        ], "only what is in use is told symbol by symbol"
        for one in card.symbols:
            _check_one(one, best)
        assert card.since == datetime(2013, 9, 16, 4, tzinfo=UTC)
        assert card.scored == card.sealed == 6000
        shown = await desk.scoring.scores(desk.feed_time.clock.now())
        assert shown["gbm-15-v2", 15].verdict is Verdict.WORSE
    finally:
        await _close(desk)


@contextmanager
def closed(postgres_url: str, database_url: str) -> Iterator[None]:
    """Let PostgreSQL cut off everybody in a database, and let nobody in, for the block."""
    name = database_url.rpartition("/")[2]
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        cut = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
        admin.execute(cut, [name])
        try:
            yield
        finally:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())


async def test_a_round_that_meets_no_database_leaves_all_to_the_next(
    desk: Desk, postgres_url: str, database_url: str
) -> None:
    """It says so and ends; when PostgreSQL lets it in again every claim is scored, once."""
    at = MONDAY + timedelta(hours=1)
    await desk.seal(*(claim(at + n * MINUTE) for n in range(20)))
    await desk.store.save_bars([minute_bar(at + n * MINUTE, 101.0) for n in range(40)])
    desk.at(at + timedelta(hours=1))
    with closed(postgres_url, database_url):
        with pytest.raises(UnreachableError):
            await desk.scoring.score()
        with capture_logs() as lines:
            desk.scoring.begin()
            await eventually(lambda: any(one["event"] == "scoring.waits" for one in lines))
    assert await desk.scoring.score() == Settled(scored=20)
    assert (await desk.store.claims.verify()).broken_at is None
    assert (await desk.card()).scored == 20
