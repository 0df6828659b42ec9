"""Events as journal records and back, exact in both directions."""

from types import MappingProxyType
from typing import get_args

import msgspec

from qt_trade.model.journal import JournalRecord
from qt_trade.model.orders import Fill, Order
from qt_trade.trading.events import Event

EVENT_TYPES = MappingProxyType({kind.__name__: kind for kind in get_args(Event)})
"""Every event type by the ``kind`` its records carry."""


class UnknownEventError(ValueError):
    """A record of a kind this version does not know: a newer version wrote it."""


def to_record(event: Event) -> JournalRecord:
    """Return the event as the journal stores it."""
    return JournalRecord(
        kind=type(event).__name__,
        at=event.at,
        feed_at=event.feed_at,
        order_id=_order_id(event),
        command_id=getattr(event, "command_id", None),
        body=msgspec.json.encode(event),
    )


def from_record(record: JournalRecord) -> Event:
    """Return the event of a record.

    Raises UnknownEventError, or msgspec.ValidationError when the body is damaged: a journal that
    cannot be read in full is not traded on.
    """
    kind = EVENT_TYPES.get(record.kind)
    if kind is None:
        raise UnknownEventError(f"{record.kind!r} is no kind of event known here")
    event: Event = msgspec.json.decode(record.body, type=kind)
    return event


def _order_id(event: Event) -> str | None:
    held: Order | Fill | None = getattr(event, "order", None) or getattr(event, "fill", None)
    if held is not None:
        return held.order_id
    order_id: str | None = getattr(event, "order_id", None)
    return order_id
