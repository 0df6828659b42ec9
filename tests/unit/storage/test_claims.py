"""What was claimed is sealed before its outcome, and whoever changes it is found."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from qt_trade.model.claims import Claim, ClaimScore
from qt_trade.model.symbols import symbol
from qt_trade.storage.chain import GENESIS
from qt_trade.storage.claims import ClaimStore
from qt_trade.storage.database import Database

pytestmark = pytest.mark.asyncio

Bare = psycopg.AsyncConnection[tuple[object, ...]]

AT = datetime(2013, 10, 4, 14, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=2)


def claim(of: str = "AAPL", minute: int = 0, horizon: int = 15, model: str = "gbm-15-v1") -> Claim:
    return Claim(
        model_id=model,
        symbol=symbol(of),
        at=AT + timedelta(minutes=minute),
        horizon_min=horizon,
        base_price=482.5,
        prob_up=0.1 + 0.2,
        expected_return=-1 / 3000,
        low=480.0,
        high=486.25,
        quantiles=((0.05, 479.1), (0.5, 482.4), (0.95, 487.0)),
        learnt_until=AT - timedelta(days=1),
    )


def score(claim_id: int, words: str = "") -> ClaimScore:
    return ClaimScore(claim_id, date(2013, 10, 4), LATER, 483.1, 0.1 / 3, 1.0, 0.5, words=words)


@pytest.fixture
def claims(database: Database) -> ClaimStore:
    return ClaimStore(database, "replay:october")


async def test_a_claim_comes_back_as_it_was_made(claims: ClaimStore) -> None:
    """Every figure survives to the last bit, and nothing is due before its horizon has passed."""
    bare = Claim("ai:grok", symbol("MSFT"), AT, 60, 33.5, 0.7)
    sealing = await claims.seal([claim(), bare], now=AT)
    assert (sealing.sealed, sealing.known, sealing.refused) == (2, 0, ())
    assert await claims.due(AT + timedelta(minutes=14)) == []
    assert [one.claim for one in await claims.due(AT + timedelta(minutes=15))] == [claim()]
    assert [one.claim for one in await claims.due(LATER)] == [claim(), bare]


async def test_what_was_said_twice_was_said_once(claims: ClaimStore) -> None:
    """The same moment sealed again changes nothing, whatever it says by now."""
    await claims.seal([claim()], now=AT)
    before = await claims.counts()
    wiser = replace(claim(), prob_up=0.9)
    sealing = await claims.seal([wiser, wiser, claim()], now=AT + timedelta(minutes=1))
    assert (sealing.sealed, sealing.known) == (0, 1)
    assert await claims.counts() == before
    assert (await claims.due(LATER))[0].claim == claim()
    twice = await claims.seal([claim("MSFT"), replace(claim("MSFT"), prob_up=0.9)], now=AT)
    assert twice.sealed == 1
    assert (await claims.due(LATER))[1].claim == claim("MSFT"), "the first word counts"


async def test_what_comes_after_its_outcome_is_refused(claims: ClaimStore) -> None:
    """A claim that is due already is no claim, and neither is one its model had seen."""
    late, seen = claim(), replace(claim("MSFT", 30), learnt_until=AT + timedelta(minutes=31))
    sealing = await claims.seal([late, seen, claim(minute=30)], now=AT + timedelta(minutes=15))
    assert sealing.sealed == 1
    assert {one.claim: one.words for one in sealing.refused} == {
        late: "it was due at 2013-10-04 14:15 UTC, and it is 2013-10-04 14:15",
        seen: "its model has learnt from bars up to 2013-10-04 14:31 UTC",
    }


async def test_the_database_itself_refuses_to_change_what_was_said(
    claims: ClaimStore, bare: Bare
) -> None:
    """Neither an update nor a deletion passes, nor a claim that comes after its outcome."""
    await claims.seal([claim()], now=AT)
    for change in ("UPDATE claims SET prob_up = 0.9", "DELETE FROM claims", "TRUNCATE claims"):
        with pytest.raises(psycopg.DatabaseError, match="stays as it was said"):
            await bare.execute(change.encode())
    backdated = """
    INSERT INTO claims (source_key, model_id, symbol, at, horizon_min, due_at, sealed_at,
                        base_price, prob_up, levels, prices, prev_hash, hash)
    SELECT source_key, 'other', symbol, at, horizon_min, due_at, due_at, base_price, prob_up,
           levels, prices, prev_hash, hash FROM claims"""
    with pytest.raises(psycopg.errors.CheckViolation):
        await bare.execute(backdated.encode())


async def test_an_untouched_chain_is_whole(claims: ClaimStore) -> None:
    """Verifying an empty chain and a grown one finds nothing wrong and the same head as counting."""
    assert (await claims.verify()).head == GENESIS
    await claims.seal([claim(), claim("MSFT")], now=AT)
    await claims.seal([claim(minute=15)], now=AT + timedelta(minutes=15))
    check, counts = await claims.verify(), await claims.counts()
    assert (check.claims, check.broken_at) == (3, None)
    assert check.head == counts.head != GENESIS


@pytest.mark.parametrize(
    "change",
    [
        "prob_up = 0.7",
        "prob_up = prob_up + 1e-16",
        "prob_up = 7",
        "expected_return = NULL",
        "model_id = 'gbm-15-v2'",
        "symbol = 'MSFT'",
        "at = at + interval '1 microsecond'",
        "due_at = due_at - interval '1 microsecond'",
        "sealed_at = sealed_at - interval '1 microsecond'",
        "learnt_until = NULL",
        "horizon_min = 16",
        "base_price = 482.6",
        "low = 481",
        "high = 485",
        "levels = '{0.05, 0.5}'",
        "prices[2] = 482.5",
        "source_key = 'replay:other'",
        "prev_hash = sha256(prev_hash)",
        "hash = sha256(hash)",
    ],
)
async def test_a_changed_claim_is_found(claims: ClaimStore, bare: Bare, change: str) -> None:
    """Whatever is changed behind the database's back, the first claim that does not hold is named."""
    await claims.seal([claim(), claim("GOOG"), claim("IBM")], now=AT)
    places = [one.claim_id for one in await claims.due(LATER)]
    await bare.execute("ALTER TABLE claims DISABLE TRIGGER claims_append_only")
    statement = f"UPDATE claims SET {change} WHERE id = %s"  # noqa: S608
    changed = await bare.execute(statement.encode(), [places[1]])
    assert changed.rowcount == 1
    check = await claims.verify()
    assert check.claims == 1
    assert check.broken_at in places[1:], "a claim moved to another feed leaves a gap"


async def test_a_removed_claim_is_found(claims: ClaimStore, bare: Bare) -> None:
    """A gap shows at the claim behind it; a cut end shows by the head that was noted."""
    await claims.seal([claim(), claim("GOOG"), claim("IBM")], now=AT)
    noted = await claims.counts()
    places = [one.claim_id for one in await claims.due(LATER)]
    await bare.execute("ALTER TABLE claims DISABLE TRIGGER claims_append_only")
    await bare.execute("DELETE FROM claims WHERE id = %s", [places[2]])
    cut = await claims.verify()
    assert cut.broken_at is None
    assert cut.head != noted.head
    await bare.execute("DELETE FROM claims WHERE id = %s", [places[0]])
    assert (await claims.verify()).broken_at == places[1]


async def test_many_may_seal_at_once(database: Database, other_database: Database) -> None:
    """Two workers with the same claims make one chain without a fork and nothing twice."""
    stores = [ClaimStore(one, "replay:october") for one in (database, other_database)]
    lots = [[claim(of, minute) for of in ("AAPL", "MSFT")] for minute in range(0, 60, 15)]
    sealings = await asyncio.gather(*(store.seal(lot, now=AT) for lot in lots for store in stores))
    assert sum(one.sealed for one in sealings) == 8
    assert await stores[0].verify() == await stores[1].verify()
    assert (await stores[0].verify()).claims == 8


async def test_feeds_never_meet(database: Database, claims: ClaimStore) -> None:
    """Each feed has a chain and a queue of its own."""
    other = ClaimStore(database, "simulation:7")
    await claims.seal([claim()], now=AT)
    assert await other.due(LATER) == []
    assert (await other.seal([claim()], now=AT)).sealed == 1
    await claims.seal([claim("MSFT")], now=AT)
    assert ((await claims.verify()).claims, (await other.verify()).claims) == (2, 1)
    (theirs,) = await other.due(LATER)
    assert await claims.settle([score(theirs.claim_id)]) == 0


async def test_a_claim_is_settled_once(claims: ClaimStore) -> None:
    """The first score stands; what cannot be scored is settled, too, and not counted as scored."""
    await claims.seal([claim(), claim("MSFT")], now=AT)
    first, second = await claims.due(LATER)
    assert await claims.settle([score(first.claim_id)]) == 1
    assert await claims.settle([replace(score(first.claim_id), hit=0.0)]) == 0
    assert [one.claim_id for one in await claims.due(LATER)] == [second.claim_id]
    assert await claims.settle([score(second.claim_id, "no price")]) == 1
    assert await claims.settle([]) == 0
    assert await claims.due(LATER) == []
    counts = await claims.counts()
    assert (counts.sealed, counts.scored) == (2, 1)


async def test_what_became_of_a_models_claims(claims: ClaimStore) -> None:
    """Claims come back with their scores, or None while the outcome is not known."""
    await claims.seal([claim(), claim(minute=30), claim(minute=30, model="other")], now=AT)
    (early, *_) = await claims.due(LATER)
    await claims.settle([score(early.claim_id)])
    found = await claims.settled("gbm-15-v1", since=AT, until=AT + timedelta(minutes=30))
    assert [one.sealed.claim for one in found] == [claim(), claim(minute=30)]
    assert [one.score for one in found] == [score(early.claim_id), None]
    assert await claims.settled("gbm-15-v1", since=AT, until=AT - timedelta(1)) == []


async def test_a_claim_that_waits_does_not_stand_in_the_way(claims: ClaimStore) -> None:
    """What is due is read in lots, each behind the one before, whatever of it stays unsettled."""
    await claims.seal([claim(of) for of in ("AAPL", "MSFT", "IBM")], now=AT)
    await claims.seal([claim("GE", minute=-5)], now=AT)
    seen: list[str] = []
    lot = await claims.due(LATER, limit=2)
    while lot:
        seen += [one.claim.symbol for one in lot]
        lot = await claims.due(LATER, after=lot[-1], limit=2)
    assert seen == ["GE", "AAPL", "MSFT", "IBM"]


async def test_one_settles_at_a_time(database: Database, other_database: Database) -> None:
    """A second worker is told that it is not alone, and a worker of another feed that it is."""
    first, second = (ClaimStore(one, "replay:october") for one in (database, other_database))
    other_feed = ClaimStore(other_database, "simulation:7")
    async with first.settling() as alone, second.settling() as too, other_feed.settling() as theirs:
        assert (alone, too, theirs) == (True, False, True)
    async with second.settling() as alone:
        assert alone


async def test_the_end_that_is_told_belongs_to_the_count_that_is_told(
    database: Database, other_database: Database
) -> None:
    """Whoever counts while others seal hears of one moment: each length has one end."""
    sealer, counter = (ClaimStore(one, "replay:october") for one in (database, other_database))
    ends: dict[int, set[bytes]] = {}

    async def seal_all() -> None:
        for minute in range(60):
            await sealer.seal([claim(minute=minute)], now=AT)

    sealing = asyncio.create_task(seal_all())
    while not sealing.done():
        counts = await counter.counts()
        ends.setdefault(counts.sealed, set()).add(counts.head)
    await sealing
    assert len(ends) > 1
    assert {len(heads) for heads in ends.values()} == {1}
