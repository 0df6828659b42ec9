"""Closed bars reach the indicators and an AI's opinions the strategies, from the real bus."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.unit.roles.engine import wires
from tests.unit.roles.engine.conftest import Connect
from tests.unit.roles.parts import ACCOUNT, RUN, eventually, running
from tests.unit.trading.make import BAC, FEED, IBM, WALL, prediction

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads import market
from qt_trade.contract.payloads.intelligence import MlModels, MlScorecard, ModelLine, ScoreLine
from qt_trade.contract.payloads.signals import (
    Candidate,
    CandidateState,
    GrokCandidates,
    Recommendation,
)
from qt_trade.kit.clock import ManualClock
from qt_trade.model.feeds import FeedKind
from qt_trade.model.scores import ModelState, Verdict
from qt_trade.model.signals import Vote
from qt_trade.model.symbols import Symbol
from qt_trade.roles.engine.documents import Stamp
from qt_trade.roles.engine.outlook_view import OutlookView, candidates
from qt_trade.trading.outlook import Outlook
from qt_trade.trading.strategies.trust import Trust

pytestmark = pytest.mark.asyncio

STAMP = Stamp(FeedKind.REPLAY, RUN, ACCOUNT, ManualClock(WALL), ManualClock(FEED))


def bar(minute: int, close: float, symbol: Symbol = IBM, run_id: str = RUN) -> market.Bar:
    return market.Bar(
        **wires.STAMP, run_id=run_id, symbol=symbol, at=FEED + timedelta(minutes=minute),
        interval_s=60, open=close, high=close, low=close, close=close, volume=1, bid=None,
        bid_size=None, ask=None, ask_size=None,
    )  # fmt: skip


def document(state: CandidateState = CandidateState.ACTIVE, *some: Candidate) -> GrokCandidates:
    return GrokCandidates(
        **wires.STAMP,
        state=state,
        words="so",
        model="grok-4.3",
        asked_at=None,
        took_s=None,
        cost_usd=None,
        spent_usd=0.0,
        budget_usd=1.0,
        candidates=some,
    )


def candidate(recommendation: Recommendation, **more: Any) -> Candidate:
    told = {
        "symbol": "IBM", "score": 0.8, "recommendation": recommendation, "reason": "new orders",
        "target_price": None, "current_price": None, "expected_return": None, "risk_level": 3,
        "confidence": 0.7, "time_horizon": "1d", "generated_at": FEED, "cited": (), "became": "",
        "expires_at": FEED + timedelta(hours=1),
    }  # fmt: skip
    return Candidate(**told | more)


async def append(streamer: Bus, *bars: market.Bar) -> None:
    for one in bars:
        await streamer.append(registry.BARS, one, one.symbol)


async def test_bars_before_and_after_are_taken_of_this_run_alone(connect: Connect) -> None:
    """Each symbol is followed from when it is first heard of."""
    engine, streamer = await connect(Party.ENGINE), await connect(Party.STREAMER)
    await append(streamer, bar(0, 100.0), bar(1, 101.0), bar(2, 50.0, run_id="earlier"))
    outlook = Outlook()
    view = OutlookView(engine, outlook, STAMP)
    readings = outlook.technicals.readings
    view.want([IBM])
    async with running(view.run()):
        await eventually(lambda: IBM in readings() and readings()[IBM].bars == 2)
        await append(streamer, bar(2, 102.0))
        view.want([IBM, BAC])
        await append(streamer, bar(2, 14.0, BAC))
        await eventually(lambda: readings().keys() == {IBM, BAC} and readings()[IBM].bars == 3)
    assert (readings()[IBM].close, readings()[BAC].close) == (102.0, 14.0)


async def test_opinions_are_taken_as_they_come(connect: Connect) -> None:
    """The worker writes them; where it says there are none, so do the strategies."""
    engine, worker = await connect(Party.ENGINE), await connect(Party.WORKER)
    outlook = Outlook()
    async with running(OutlookView(engine, outlook, STAMP).run()):
        await worker.write(registry.GROK_CANDIDATES, document(CandidateState.NOT_CONFIGURED))
        await eventually(lambda: "NOT_CONFIGURED (so)" in outlook.opinions.trouble)
        some = document(CandidateState.ACTIVE, candidate(Recommendation.STRONG_BUY))
        await worker.write(registry.GROK_CANDIDATES, some)
        await eventually(lambda: outlook.opinions.by_symbol)
    (one,) = outlook.opinions.by_symbol
    assert (one.symbol, one.vote, one.score, one.reason) == (IBM, Vote.BUY, 0.8, "new orders")
    assert outlook.opinions.trouble == ""


def card(verdict: Verdict, model_id: str = "ai:grok-4.3", run_id: str = RUN) -> MlScorecard:
    line = ScoreLine(
        model_id=model_id, model="grok-4.3", version="", horizon_min=60, state=ModelState.SHADOW,
        hit_rate=0.4, naive_hit_rate=0.5, difference=None, verdict=verdict, cases=500,
        cases_needed=400, brier=None, coverage=None, pinball=None, information_coefficient=None,
        edge_bp=None, calibration=(), words="worse than the naive forecaster",
    )  # fmt: skip
    return MlScorecard(
        **wires.STAMP, run_id=run_id, feed_ts=FEED, since=None, naive="", lines=(line,), symbols=(),
        sealed=0, scored=0, head="",
    )  # fmt: skip


async def test_what_came_of_an_ais_opinions_is_heard(connect: Connect) -> None:
    """Whichever of the two documents comes first."""
    engine, worker = await connect(Party.ENGINE), await connect(Party.WORKER)
    outlook = Outlook()
    some = document(CandidateState.ACTIVE, candidate(Recommendation.BUY))
    async with running(OutlookView(engine, outlook, STAMP).run()):
        await worker.write(registry.ML_SCORECARD, card(Verdict.WORSE))
        await worker.write(registry.GROK_CANDIDATES, some)
        await eventually(lambda: outlook.opinions.discredited)
        assert outlook.opinions.discredited == "grok-4.3 is worse than the naive forecaster"
        await worker.write(registry.ML_SCORECARD, card(Verdict.WORSE, run_id="another"))
        await eventually(lambda: not outlook.opinions.discredited)


async def test_an_ai_with_a_name_that_is_no_id_answers_for_itself_too() -> None:
    """Its claims are sealed under what can be made of the name."""
    some = msgspec.structs.replace(document(), model="hf.co/some one")
    assert candidates(some, card(Verdict.WORSE, "ai:hf.co-some-one")).discredited


@pytest.mark.parametrize(
    ("verdict", "model_id"),
    [
        (Verdict.WAIT, "ai:grok-4.3"), (Verdict.NOT_PROVEN, "ai:grok-4.3"),
        (Verdict.WORSE, "ai:another"), (Verdict.WORSE, "grok-4.3"),
    ],
)  # fmt: skip
async def test_an_ai_answers_for_itself_alone(verdict: Verdict, model_id: str) -> None:
    """And for what is proven."""
    assert candidates(document(), card(verdict, model_id)).discredited == ""


@pytest.mark.parametrize(
    ("recommendation", "vote"),
    [
        (Recommendation.STRONG_BUY, Vote.BUY),
        (Recommendation.BUY, Vote.BUY),
        (Recommendation.HOLD, Vote.HOLD),
        (Recommendation.SELL, Vote.SELL),
        (Recommendation.STRONG_SELL, Vote.SELL),
    ],
)
async def test_a_recommendation_is_a_vote(recommendation: Recommendation, vote: Vote) -> None:
    """How strong it is the score says."""
    found = candidates(document(CandidateState.ACTIVE, candidate(recommendation)))
    assert found.by_symbol[0].vote is vote


async def test_nothing_published_is_no_opinion() -> None:
    """And says so."""
    assert candidates(None).trouble == "no AI candidates have been published"


def models(state: ModelState, run_id: str = RUN) -> MlModels:
    line = ModelLine(
        model_id="gbm-60-v1", model="GBM", version="v1", horizon_min=60, state=state,
        trained_at=FEED, data_from=FEED, data_to=FEED, rows=1000, features=("gap",), parameters={},
        seed=7, data_hash="ab", metrics={}, gates=(), promotable=False, words="",
    )  # fmt: skip
    return MlModels(**wires.STAMP, run_id=run_id, models=(line,))


async def test_what_a_model_said_counts_no_more_once_it_is_taken_out_of_use(
    connect: Connect,
) -> None:
    """At once, not with the next predictions; whoever trades on the unproven is told to, too."""
    engine, worker = await connect(Party.ENGINE), await connect(Party.WORKER)
    outlook = Outlook(trust=Trust(unproven=True))
    said = prediction().horizons[2]
    view = OutlookView(engine, outlook, STAMP)
    async with running(view.run()):
        await worker.write(registry.ML_MODELS, models(ModelState.IN_USE))
        await eventually(lambda: view.in_use == {"gbm-60-v1"})
        assert outlook.trust.objection_to(said) is None
        await worker.write(registry.ML_MODELS, models(ModelState.SHADOW))
        await eventually(lambda: outlook.trust.objection_to(said) is not None)
        assert outlook.trust.objection_to(said) == "gbm-60-v1 was taken out of use"
        await worker.write(registry.ML_MODELS, models(ModelState.IN_USE, run_id="another"))
        await worker.write(registry.ML_MODELS, models(ModelState.IN_USE))
        await eventually(lambda: outlook.trust.objection_to(said) is None)
    assert outlook.trust.unproven
