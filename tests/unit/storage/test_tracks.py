"""The database sums up scores as arithmetic does, and finds the price of a moment."""

import random
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.unit.intelligence.tracks import Judged as JudgedClaim
from tests.unit.intelligence.tracks import track

from qt_trade.intelligence.scoring.outcomes import outcome
from qt_trade.model.bars import Bar
from qt_trade.model.claims import AI_PREFIX, Claim, ClaimScore
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol, symbol
from qt_trade.model.tallies import Track
from qt_trade.storage.bars import BarOrigin, BarStore
from qt_trade.storage.claims import ClaimStore
from qt_trade.storage.database import Database
from qt_trade.storage.tracks import Close, Judged, TrackStore

pytestmark = pytest.mark.asyncio

AT = datetime(2013, 10, 4, 14, 0, tzinfo=UTC)
KEY = "replay:october"
AAPL, MSFT = symbol("AAPL"), symbol("MSFT")
EVERYTHING = Judged(["gbm-15-v1"], AI_PREFIX, date(2013, 10, 1), AT + timedelta(days=30))


def bar(of: Symbol, minute: int, close: float, interval_s: int = 60) -> Bar:
    at = AT + timedelta(minutes=minute)
    return Bar(of, at, interval_s, close, close, close, close, 100)


async def _store(database: Database, *bars: Bar, key: str = KEY) -> None:
    await BarStore(database).store(BarOrigin(key, FeedKind.REPLAY, "test"), bars)


async def test_the_price_of_a_moment_is_that_of_the_bar_that_ends_then(database: Database) -> None:
    """A later bar says nothing, an earlier one only within what is allowed, another feed never."""
    await _store(database, bar(AAPL, 13, 10.0), bar(AAPL, 14, 11.0), bar(AAPL, 15, 12.0))
    await _store(database, bar(MSFT, 11, 20.0), bar(symbol("IBM"), 9, 30.0))
    await _store(database, bar(symbol("GE"), 14, 40.0), key="replay:other")
    tracks, due = TrackStore(database, KEY), AT + timedelta(minutes=15)
    names = [AAPL, MSFT, symbol("IBM"), symbol("GE")]
    assert await tracks.closes(names, due, timedelta(minutes=5)) == {
        AAPL: Close(due, 11.0),
        MSFT: Close(due - timedelta(minutes=3), 20.0),
    }


async def test_a_longer_bar_will_do_where_there_is_no_minute(database: Database) -> None:
    """What was filled in later is there in quarters of an hour; a minute of the same end counts."""
    await _store(database, bar(AAPL, 0, 10.0, 900), bar(MSFT, 0, 20.0, 900), bar(MSFT, 14, 20.5))
    found = await TrackStore(database, KEY).closes(
        [AAPL, MSFT], AT + timedelta(minutes=15), timedelta(minutes=5)
    )
    assert {name: close.price for name, close in found.items()} == {AAPL: 10.0, MSFT: 20.5}


def _claims(model_id: str, seed: int) -> list[JudgedClaim]:
    rng = random.Random(seed)
    judged = []
    for number in range(120):
        at = AT + timedelta(days=number % 3, minutes=15 * (number // 6))
        prob_up = rng.choice((0.5, 0.52, 0.6, 0.47, 0.81))
        expected = None if rng.random() < 0.3 else rng.gauss(0, 0.001)
        low, high = (99.9, 100.1) if rng.random() < 0.7 else (None, None)
        said = ((0.1, 99.9), (0.9, 100.1)) if rng.random() < 0.5 else ()
        name = AAPL if number % 2 else MSFT
        claim = Claim(model_id, name, at, 15, 100.0, prob_up, expected, low, high, said)
        price = rng.choice((100.0, 99.95, 100.2, 99.7))
        judged.append((at.date(), claim, outcome(claim, price, naive_up=1.0, cost_bp=1.5)))
    return judged


async def _settle(claims: ClaimStore, judged: list[JudgedClaim]) -> None:
    await claims.seal([claim for _, claim, _ in judged], now=AT)
    by_claim = {claim: (session, came) for session, claim, came in judged}
    due = await claims.due(AT + timedelta(days=30))
    scores = []
    for one in due:
        session, came = by_claim[one.claim]
        scores.append(ClaimScore(one.claim_id, session, AT, 1.0, **asdict(came)))
    assert await claims.settle(scores) == len(judged)


def _same(one: Track, other: Track) -> bool:
    assert (one.model_id, one.horizon_min) == (other.model_id, other.horizon_min)
    assert one.sessions.keys() == other.sessions.keys()
    for day, tally in one.sessions.items():
        assert asdict(tally) == pytest.approx(asdict(other.sessions[day]))
    return True


async def test_the_database_sums_up_as_arithmetic_does(database: Database) -> None:
    """Each session's sums and bins are those made claim by claim, in all and of each symbol."""
    claims, store = ClaimStore(database, KEY), TrackStore(database, KEY)
    learnt, opinions = _claims("gbm-15-v1", 1), _claims("ai:grok", 2)
    for judged in (learnt, opinions, _claims("gbm-15-v0", 3)):
        await _settle(claims, judged)
    found = await store.tracks(EVERYTHING)
    assert [one.model_id for one in found] == ["ai:grok", "gbm-15-v1"], "v0 was not asked for"
    for one, judged in zip(found, (opinions, learnt), strict=True):
        expected = track(judged, one.model_id)
        assert _same(one, expected)
        for day, bins in one.bins.items():
            by_number = sorted(map(asdict, bins), key=lambda each: each["number"])
            theirs = sorted(map(asdict, expected.bins[day]), key=lambda each: each["number"])
            for ours, other in zip(by_number, theirs, strict=True):
                assert ours == pytest.approx(other)
    only_learnt = replace(EVERYTHING, prefix="")
    symbols = await store.by_symbol(only_learnt)
    assert [(one.model_id, one.symbol) for one in symbols] == [
        ("gbm-15-v1", "AAPL"),
        ("gbm-15-v1", "MSFT"),
    ]
    alone = track([one for one in learnt if one[1].symbol == MSFT], "gbm-15-v1")
    assert _same(symbols[1], alone)


async def test_what_is_out_of_the_span_or_could_not_be_scored_is_not_summed_up(
    database: Database,
) -> None:
    """Neither sessions before, nor claims that an earlier lap scored, nor those without a price."""
    claims, store = ClaimStore(database, KEY), TrackStore(database, KEY)
    made = [Claim("gbm-15-v1", AAPL, AT + timedelta(days=day), 15, 100.0, 0.6) for day in range(4)]
    await claims.seal(made, now=AT)
    first, *_, last = due = await claims.due(AT + timedelta(days=30))
    assert len(due) == 4
    scored = [
        ClaimScore(one.claim_id, one.claim.at.date(), AT, 101.0, 0.01, 1.0, 0.0)
        for one in due
        if one is not first
    ]
    nothing = ClaimScore(first.claim_id, first.claim.at.date(), AT, words="no price")
    await claims.settle([*scored, nothing])
    (all_of_it,) = await store.tracks(EVERYTHING)
    assert sum(one.paired for one in all_of_it.sessions.values()) == 3
    span = Judged(["gbm-15-v1"], AI_PREFIX, date(2013, 10, 6), last.claim.due_at - timedelta(1))
    (within,) = await store.tracks(span)
    assert list(within.sessions) == [date(2013, 10, 6)]
    other = TrackStore(database, "replay:other")
    assert await other.tracks(EVERYTHING) == []
