"""Journal records for tests, and a rule for what may stand only once."""

import json
from datetime import UTC, datetime, timedelta

from qt_trade.model.journal import JournalRecord
from qt_trade.storage.journal import OnceKeys

NOON = datetime(2026, 11, 23, 17, 0, 0, 123_456, tzinfo=UTC)
FEED_NOON = datetime(2013, 10, 4, 16, 0, tzinfo=UTC)
ACCOUNT = "paper:replay:test:1"


def note(number: int = 0, **body: object) -> JournalRecord:
    """A record that may stand as often as one likes."""
    return JournalRecord(
        kind="Noted",
        at=NOON + timedelta(seconds=number),
        feed_at=FEED_NOON + timedelta(minutes=number),
        order_id=None,
        command_id=None,
        body=json.dumps({"number": number, **body}).encode(),
    )


def answer(command_id: str, words: str = "accepted") -> JournalRecord:
    """The one answer to a command."""
    body = json.dumps({"words": words}).encode()
    return JournalRecord("Answered", NOON, FEED_NOON, "order-1", command_id, body)


def fill(fill_id: str) -> JournalRecord:
    """The one record of a fill."""
    body = json.dumps({"fill_id": fill_id}).encode()
    return JournalRecord("Filled", NOON, FEED_NOON, "order-1", None, body)


def keys_of(record: JournalRecord) -> OnceKeys:
    match record.kind:
        case "Answered":
            return OnceKeys(answers=record.command_id)
        case "Filled":
            return OnceKeys(fill_id=json.loads(record.body)["fill_id"])
        case _:
            return OnceKeys()
