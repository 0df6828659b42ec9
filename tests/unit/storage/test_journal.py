"""The journal keeps what it was given: in order, exactly, once."""

import asyncio
import json
from datetime import UTC, datetime

import psycopg
import pytest
from tests.unit.storage.records import ACCOUNT, NOON, answer, fill, keys_of, note

from qt_trade.model.journal import JournalRecord
from qt_trade.storage.database import Database
from qt_trade.storage.errors import (
    DuplicateCommandError,
    DuplicateFillError,
    InvalidValueError,
)
from qt_trade.storage.journal import Journal
from qt_trade.storage.leases import Fence

pytestmark = pytest.mark.asyncio

Bare = psycopg.AsyncConnection[tuple[object, ...]]


async def test_records_come_back_as_they_were_and_in_order(journal: Journal, fence: Fence) -> None:
    records = [note(2), answer("c-1"), note(1), fill("f-1")]
    await journal.append(records[:1], fence)
    await journal.append(records[1:], fence)
    assert [entry.record async for entry in journal.read()] == records


async def test_places_grow(journal: Journal, fence: Fence) -> None:
    places = await journal.append([note(n) for n in range(3)], fence)
    places += await journal.append([note(3)], fence)
    assert places == sorted(set(places))
    assert [entry.seq async for entry in journal.read()] == places


async def test_reading_goes_on_behind_a_place(journal: Journal, fence: Fence) -> None:
    places = await journal.append([note(n) for n in range(3)], fence)
    assert [entry.seq async for entry in journal.read(places[0])] == places[1:]


async def test_more_than_a_page_is_read_whole(journal: Journal, fence: Fence) -> None:
    records = [note(n) for n in range(2_001)]
    await journal.append(records, fence)
    assert [entry.record async for entry in journal.read()] == records
    assert await journal.count() == 2_001


async def test_moments_come_back_in_utc_to_the_microsecond(journal: Journal, fence: Fence) -> None:
    await journal.append([note()], fence)
    (entry,) = [entry async for entry in journal.read()]
    assert entry.record.at == NOON
    assert entry.record.at.tzinfo is UTC
    assert entry.record.feed_at.tzinfo is UTC


async def test_accounts_do_not_meet(database: Database, journal: Journal, fence: Fence) -> None:
    other = Journal(database, "paper:realtime", keys_of)
    await journal.append([answer("c-1"), fill("f-1")], fence)
    await other.append([answer("c-1"), fill("f-1")], fence)
    assert await journal.count() == await other.count() == 1 + 1
    assert (await journal.verify()).broken_at is None


async def test_nothing_to_append_is_nothing(journal: Journal, fence: Fence) -> None:
    assert await journal.append([], fence) == []
    assert await journal.count() == 0


async def test_a_command_is_answered_once(journal: Journal, fence: Fence) -> None:
    await journal.append([answer("c-1", "accepted")], fence)
    with pytest.raises(DuplicateCommandError, match="c-1"):
        await journal.append([note(), answer("c-1", "rejected")], fence)
    assert await journal.answer("c-1") == answer("c-1", "accepted")
    assert await journal.count() == 1, "nothing of a refused append may stay"


async def test_a_fill_is_journalled_once(journal: Journal, fence: Fence) -> None:
    await journal.append([fill("f-1")], fence)
    with pytest.raises(DuplicateFillError, match="f-1"):
        await journal.append([fill("f-2"), fill("f-1")], fence)
    await journal.append([fill("f-2")], fence)
    assert (await journal.verify()).broken_at is None


async def test_an_unknown_command_has_no_answer(journal: Journal) -> None:
    assert await journal.answer("c-9") is None


async def test_of_two_that_race_for_a_command_exactly_one_wins(
    database: Database, other_database: Database, fence: Fence
) -> None:
    journals = [Journal(each, ACCOUNT, keys_of) for each in (database, other_database)]
    for turn in range(25):
        outcomes = await asyncio.gather(
            *(each.append([answer(f"c-{turn}"), note(turn)], fence) for each in journals),
            return_exceptions=True,
        )
        kinds = sorted(type(outcome).__name__ for outcome in outcomes)
        assert kinds == ["DuplicateCommandError", "list"]
    assert await journals[0].count() == 25 * 2
    assert (await journals[0].verify()).broken_at is None


async def test_many_writers_make_one_chain(
    database: Database, other_database: Database, fence: Fence
) -> None:
    journals = [Journal(each, ACCOUNT, keys_of) for each in (database, other_database)]
    await asyncio.gather(
        *(journals[n % 2].append([note(n), note(n + 1)], fence) for n in range(40))
    )
    check = await journals[0].verify()
    assert (check.entries, check.broken_at) == (80, None)
    numbers = [json.loads(entry.record.body)["number"] async for entry in journals[0].read()]
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    assert all(second == first + 1 for first, second in pairs), "an append is not interrupted"


@pytest.mark.parametrize(
    "body",
    [
        b'{"b":1,  "a":2, "a":3}',
        b'{"price":1.10,"big":123456789012345678901234567890}',
        '{"words":"é, € and 𝄞 \\u0000 \\" \\\\"}'.encode(),
        b'"text"',
        b"[]",
        b"null",
    ],
)
async def test_bodies_stay_as_they_are_to_the_byte(
    journal: Journal, fence: Fence, body: bytes
) -> None:
    record = JournalRecord("Noted", NOON, NOON, None, None, body)
    await journal.append([record], fence)
    assert [entry.record async for entry in journal.read()] == [record]
    assert (await journal.verify()).broken_at is None


@pytest.mark.parametrize("body", [b"{", b"", b"{} {}", b"NaN"])
async def test_what_is_no_json_is_refused(journal: Journal, fence: Fence, body: bytes) -> None:
    with pytest.raises(InvalidValueError):
        await journal.append([JournalRecord("Noted", NOON, NOON, None, None, body)], fence)
    assert await journal.count() == 0


async def test_an_id_with_a_nul_is_refused_and_the_journal_goes_on(
    journal: Journal, fence: Fence
) -> None:
    with pytest.raises(InvalidValueError):
        await journal.append([answer("c\0")], fence)
    await journal.append([answer("c")], fence)
    assert await journal.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal SET kind = 'Other'",
        "UPDATE journal SET kind = 'Other' WHERE false",
        "DELETE FROM journal",
        "TRUNCATE journal",
    ],
)
async def test_the_journal_only_grows(
    journal: Journal, fence: Fence, bare: Bare, change: str
) -> None:
    await journal.append([note()], fence)
    with pytest.raises(psycopg.DatabaseError, match="the journal only grows"):
        await bare.execute(change)
    assert await journal.count() == 1


async def test_times_before_1970_and_far_ahead_keep_the_chain(
    journal: Journal, fence: Fence
) -> None:
    moments = [datetime(1962, 1, 2, 14, 30, 0, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC)]
    await journal.append(
        [JournalRecord("Noted", at, at, None, None, b"{}") for at in moments], fence
    )
    check = await journal.verify()
    assert (check.entries, check.broken_at) == (2, None)


@pytest.mark.asyncio
async def test_the_last_place_is_the_newest_entrys(journal: Journal, fence: Fence) -> None:
    assert await journal.last_place() == 0
    places = await journal.append([note(1), note(2)], fence)
    assert await journal.last_place() == places[-1]
