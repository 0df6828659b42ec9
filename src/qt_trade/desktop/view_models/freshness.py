"""How old a document is, and whether its writer should have written again long ago."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qt_trade.contract.endpoints import Document
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import words

AGEING_SHARE = 0.7
"""From this share of the stale limit on, an age is amber."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """What stands at a card's end, in which tone, and whether the card's values are grey."""

    note: str = ""
    tone: str = "faint"
    stale: bool = False


def of(desk: Snapshot, document: Document[Any], wall: datetime) -> Freshness:
    """Return how fresh a document is; nothing is said of one that never came."""
    if desk.stale_since is not None:
        return Freshness(f"stale since {words.clock(desk.stale_at)}", "warn", stale=True)
    known = desk.provenances.get(document.key())
    if known is None or not desk.connected:
        return Freshness()
    if is_silent(desk, document, wall):
        since = desk.feed_at(known.ts) or known.ts
        return Freshness(f"stale since {words.clock(since)}", "warn", stale=True)
    seconds = age_s(known.ts, desk, wall)
    limit = known.stale_after_s
    ageing = limit is not None and seconds > limit * AGEING_SHARE
    source = known.source.capitalize()
    return Freshness(f"{source} · {words.span(seconds)}", "warn" if ageing else "faint")


def is_silent(desk: Snapshot, document: Document[Any], wall: datetime) -> bool:
    """Whether Redis is there, and the document's writer should have written again long ago."""
    known = desk.provenances.get(document.key())
    if known is None or known.stale_after_s is None or not desk.connected:
        return False
    return age_s(known.ts, desk, wall) > known.stale_after_s


def last_answer(desk: Snapshot, document: Document[Any]) -> str:
    """Return when a document's writer wrote last, on the clock of what is shown."""
    known = desk.provenances.get(document.key())
    return words.NONE if known is None else words.clock(desk.feed_at(known.ts) or known.ts)


def age_s(written: datetime, desk: Snapshot, wall: datetime) -> float:
    """Return the wall seconds since a moment of the backend's clock."""
    return max(0.0, (desk.backend_now(wall) - written).total_seconds())
