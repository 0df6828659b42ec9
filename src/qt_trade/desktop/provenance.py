"""Where a value on the screen comes from: data, turned into words by a view model."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from qt_trade.contract import registry
from qt_trade.contract.bus import Change
from qt_trade.contract.endpoints import Document
from qt_trade.contract.payloads.market import Quote
from qt_trade.model.feeds import FeedKind

_STALE_AFTER_S = {
    key.key(): key.stale_after_s
    for key in registry.KEYS
    if isinstance(key, Document) and not key.family
}


@dataclass(frozen=True, slots=True)
class Provenance:
    """One document, quote or entry of a log: its key, its writer, and its way here.

    ``ts`` is its writer's clock, ``feed_ts`` the exchange's, ``arrived`` this desk's own.
    ``stale_after_s``: after so many wall seconds its writer should have written again; None: it
    writes when something changes.
    """

    key: str
    source: str
    feed: FeedKind | None
    ts: datetime
    feed_ts: datetime | None
    arrived: datetime
    revision: int | None = None
    sequence: int | None = None
    stale_after_s: float | None = None


def of_change(change: Change[Any], arrived: datetime) -> Provenance | None:
    """Return where a document comes from; None where there is none, or it is a plain word."""
    value = change.value
    if not isinstance(value, msgspec.Struct):
        return None
    return of_value(change.key, value, arrived, revision=change.revision)


def of_value(key: str, value: Any, arrived: datetime, *, revision: int | None = None) -> Provenance:
    """Return where a payload of a document or a log comes from."""
    return Provenance(
        key=key,
        source=value.source,
        feed=getattr(value, "feed", None),
        ts=value.ts,
        feed_ts=getattr(value, "feed_ts", None),
        arrived=arrived,
        revision=revision,
        stale_after_s=_STALE_AFTER_S.get(key),
    )


def of_quote(quote: Quote, arrived: datetime) -> Provenance:
    """Return where a quote comes from."""
    return Provenance(
        key=registry.QUOTES.key(quote.symbol),
        source=quote.source,
        feed=quote.feed,
        ts=quote.ts,
        feed_ts=quote.feed_ts,
        arrived=arrived,
        sequence=quote.sequence,
    )
