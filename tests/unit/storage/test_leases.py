"""One holder per role, and whoever lost the lease writes nothing more."""

import asyncio

import psycopg
import pytest
from tests.unit.storage.records import ACCOUNT, answer, keys_of, note
from tests.unit.storage.waits import until_blocked

from qt_trade.storage.database import Database
from qt_trade.storage.errors import FencedError
from qt_trade.storage.journal import Journal
from qt_trade.storage.leases import Fence, Leases

pytestmark = pytest.mark.asyncio

Bare = psycopg.AsyncConnection[tuple[object, ...]]


async def test_a_held_lease_is_not_given_away(leases: Leases) -> None:
    first = await leases.acquire("engine", "host-1", 60.0)
    assert first == Fence("engine", "host-1", 1, 60.0)
    assert await leases.acquire("engine", "host-2", 60.0) is None


async def test_roles_are_held_apart(leases: Leases) -> None:
    assert await leases.acquire("engine", "host-1", 60.0) is not None
    assert await leases.acquire("streamer", "host-2", 60.0) is not None


async def test_an_expired_lease_is_taken_over_with_a_greater_token(leases: Leases) -> None:
    first = await leases.acquire("engine", "host-1", 0.0)
    second = await leases.acquire("engine", "host-2", 60.0)
    assert first is not None
    assert second is not None
    assert second.token > first.token
    with pytest.raises(FencedError, match="engine"):
        await leases.renew(first)


async def test_only_the_clock_of_the_database_counts(leases: Leases, bare: Bare) -> None:
    fence = await leases.acquire("engine", "host-1", 60.0)
    assert fence is not None
    cursor = await bare.execute(
        "SELECT expires_at - clock_timestamp() BETWEEN '50 s' AND '60 s' FROM leases"
    )
    assert await cursor.fetchone() == (True,)
    await bare.execute("UPDATE leases SET expires_at = clock_timestamp() + interval '1 hour'")
    assert await leases.acquire("engine", "host-2", 60.0) is None
    await bare.execute("UPDATE leases SET expires_at = clock_timestamp()")
    assert await leases.acquire("engine", "host-2", 60.0) is not None


async def test_renewing_keeps_the_token_and_moves_the_end(leases: Leases, bare: Bare) -> None:
    fence = await leases.acquire("engine", "host-1", 60.0)
    assert fence is not None
    await bare.execute("UPDATE leases SET expires_at = clock_timestamp()")
    await leases.renew(fence)
    assert await leases.acquire("engine", "host-2", 60.0) is None


async def test_a_released_lease_is_free_and_lost(leases: Leases, journal: Journal) -> None:
    fence = await leases.acquire("engine", "host-1", 60.0)
    assert fence is not None
    await leases.release(fence)
    with pytest.raises(FencedError):
        await journal.append([note()], fence)
    with pytest.raises(FencedError):
        await leases.renew(fence)
    assert await leases.acquire("engine", "host-2", 60.0) is not None
    await leases.release(fence)
    assert await leases.acquire("engine", "host-3", 60.0) is None, "it was not ours to release"


async def test_the_same_holder_in_a_new_life_shuts_out_the_old(
    leases: Leases, journal: Journal
) -> None:
    old = await leases.acquire("engine", "host-1", 60.0)
    new = await leases.acquire("engine", "host-1", 60.0)
    assert old is not None
    assert new is not None
    with pytest.raises(FencedError):
        await journal.append([note()], old)
    await journal.append([note()], new)


async def test_of_many_that_want_it_one_gets_it(database: Database, leases: Leases) -> None:
    other = Leases(database)
    fences = await asyncio.gather(
        *((leases, other)[n % 2].acquire("engine", f"host-{n}", 60.0) for n in range(12))
    )
    assert sum(fence is not None for fence in fences) == 1


async def test_after_a_take_over_the_old_token_writes_nothing(
    leases: Leases, journal: Journal, bare: Bare
) -> None:
    old = await leases.acquire("engine", "host-1", 60.0)
    assert old is not None
    await journal.append([note(1)], old)
    await bare.execute("UPDATE leases SET expires_at = clock_timestamp()")
    await journal.append([note(2)], old)  # expired, but nobody else acts yet
    new = await leases.acquire("engine", "host-2", 60.0)
    assert new is not None
    with pytest.raises(FencedError):
        await journal.append([note(3)], old)
    await journal.append([note(4)], new)
    assert [entry.record async for entry in journal.read()] == [note(1), note(2), note(4)]


async def test_an_append_that_meets_a_take_over_is_refused(
    journal: Journal, fence: Fence, bare: Bare, database_url: str
) -> None:
    async with await psycopg.AsyncConnection.connect(database_url) as taker:
        await taker.execute("UPDATE leases SET holder = 'host-2', token = token + 1")
        append = asyncio.create_task(journal.append([note()], fence))
        await until_blocked(bare, "test")
    with pytest.raises(FencedError):
        await append
    assert await journal.count() == 0


async def test_a_take_over_waits_for_the_append_it_meets(
    other_database: Database, journal: Journal, fence: Fence, bare: Bare, database_url: str
) -> None:
    await bare.execute("UPDATE leases SET expires_at = clock_timestamp()")
    async with await psycopg.AsyncConnection.connect(database_url) as appender:
        entry = '[{"kind": "Noted", "at": "2026-11-23", "feed_at": "2026-11-23", "payload": "{}"}]'
        await appender.execute(
            "SELECT journal_append('engine', 'host-1', %s, %s, %s)", [fence.token, ACCOUNT, entry]
        )
        taking = asyncio.create_task(Leases(other_database).acquire("engine", "host-2", 60.0))
        await until_blocked(bare, "other test")
        assert await journal.count() == 0
    new = await taking
    assert new is not None
    assert await journal.count() == 1, "what the old holder had begun is there before the new acts"
    await journal.append([note(1)], new)
    assert (await journal.verify()).broken_at is None


async def test_a_cancelled_append_leaves_the_journal_usable(
    database: Database, fence: Fence, bare: Bare, database_url: str
) -> None:
    journal = Journal(database, ACCOUNT, keys_of)
    async with await psycopg.AsyncConnection.connect(database_url) as blocker:
        await blocker.execute("SELECT FROM leases FOR UPDATE")
        append = asyncio.create_task(journal.append([answer("c-1")], fence))
        await until_blocked(bare, "test")
        append.cancel()
        with pytest.raises(asyncio.CancelledError):
            await append
    await journal.append([answer("c-1", "later")], fence)
    assert await journal.answer("c-1") == answer("c-1", "later")
