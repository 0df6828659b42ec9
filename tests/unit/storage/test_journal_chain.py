"""Whoever changes the past is found."""

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.storage.records import answer, fill, note

from qt_trade.storage.chain import GENESIS, digest
from qt_trade.storage.journal import Journal
from qt_trade.storage.leases import Fence

Bare = psycopg.AsyncConnection[tuple[object, ...]]

_FIELDS = st.lists(st.none() | st.text(max_size=5), max_size=5)


async def _tamper(bare: Bare, statement: str, place: int) -> None:
    await bare.execute("ALTER TABLE journal DISABLE TRIGGER journal_append_only")
    cursor = await bare.execute(statement, [place])
    assert cursor.rowcount == 1
    await bare.execute("ALTER TABLE journal ENABLE TRIGGER journal_append_only")


@pytest.mark.asyncio
async def test_an_untouched_journal_is_whole(journal: Journal, fence: Fence) -> None:
    assert (await journal.verify()).head == GENESIS
    await journal.append([note(1), answer("c-1")], fence)
    before = await journal.verify()
    await journal.append([fill("f-1")], fence)
    after = await journal.verify()
    assert (before.entries, after.entries) == (2, 3)
    assert before.head != after.head
    assert after.broken_at is None


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "change",
    [
        "payload = '{\"number\": 2}'",
        "payload = (payload::text || ' ')::json",
        "kind = 'Other'",
        "account = 'paper:other'",
        "at = at + interval '1 microsecond'",
        "feed_at = feed_at - interval '1 microsecond'",
        "order_id = 'order-2'",
        "order_id = NULL",
        "command_id = 'c-2'",
        "answers = NULL",
        "fill_id = ''",
        "hash = sha256(hash)",
        "prev_hash = sha256(prev_hash)",
    ],
)
async def test_a_changed_field_is_found(
    journal: Journal, fence: Fence, bare: Bare, change: str
) -> None:
    places = await journal.append([note(1), answer("c-1"), note(3)], fence)
    await _tamper(bare, f"UPDATE journal SET {change} WHERE seq = %s", places[1])  # noqa: S608
    check = await journal.verify()
    assert check.entries == 1
    assert check.broken_at in places[1:], "a record moved to another account leaves a gap"


@pytest.mark.asyncio
async def test_a_removed_entry_is_found(journal: Journal, fence: Fence, bare: Bare) -> None:
    places = await journal.append([note(1), note(2), note(3)], fence)
    await _tamper(bare, "DELETE FROM journal WHERE seq = %s", places[1])
    assert (await journal.verify()).broken_at == places[2]


@pytest.mark.asyncio
async def test_a_removed_end_shows_by_the_head_that_was_noted(
    journal: Journal, fence: Fence, bare: Bare
) -> None:
    places = await journal.append([note(1), note(2)], fence)
    noted = await journal.verify()
    await _tamper(bare, "DELETE FROM journal WHERE seq = %s", places[1])
    left = await journal.verify()
    assert left.broken_at is None
    assert (left.entries, left.head) != (noted.entries, noted.head)


@given(_FIELDS, _FIELDS)
def test_different_fields_have_different_hashes(
    one: list[str | None], other: list[str | None]
) -> None:
    assert (digest(GENESIS, one) == digest(GENESIS, other)) == (one == other)
