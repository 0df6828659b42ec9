"""The journal as somebody reads it who did not write it: what cannot be read is named, not skipped."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from qt_trade.model.journal import JournalRecord
from qt_trade.trading.events import Event
from qt_trade.trading.records import UnknownEventError, from_record


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an account's journal at its place. ``trouble``: why it has no ``event``."""

    place: int
    kind: str
    at: datetime
    feed_at: datetime
    order_id: str | None
    command_id: str | None
    event: Event | None
    trouble: str


def read_entry(place: int, record: JournalRecord) -> Entry:
    """Return a record with its event, or with the reason that there is none."""
    event: Event | None = None
    trouble = ""
    try:
        event = from_record(record)
    except UnknownEventError:
        trouble = f"{record.kind!r} is no kind of event known here: a newer QtTrade wrote it"
    except msgspec.MsgspecError as damage:
        trouble = f"the body of this {record.kind} cannot be read: {damage}"
    return Entry(
        place=place,
        kind=record.kind,
        at=record.at,
        feed_at=record.feed_at,
        order_id=record.order_id,
        command_id=record.command_id,
        event=event,
        trouble=trouble,
    )
