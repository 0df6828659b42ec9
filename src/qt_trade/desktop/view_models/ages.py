"""The age-and-source pop-up: one for the whole window, worked out only while it is open."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import Property, QObject, Slot

from qt_trade.desktop.provenance import Provenance
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import age_sources, freshness, words
from qt_trade.desktop.view_models.age_told import Told
from qt_trade.desktop.view_models.state import ViewState, view_state
from qt_trade.kit.clock import Clock
from qt_trade.model.feeds import FeedKind

CLOCKS_AGREE_MS = 50.0
"""So far two clocks may be apart after their difference was measured and taken off."""
_TIMES = {FeedKind.REPLAY: "Recorded time", FeedKind.SIMULATION: "Simulated time"}


@dataclass(frozen=True, slots=True)
class AgeView:
    """``line`` stands beside the value; ``rows`` are dicts of ``name``, ``value`` and ``tone``."""

    shown: bool = False
    line: str = ""
    tone: str = "faint"
    rows: tuple[Any, ...] = ()


class Ages(QObject):
    """What QML asks about a value, by its subject."""

    def __init__(self, desk: Snapshot, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._clock = desk, clock
        self._subject = ""
        self._state = view_state(AgeView(), self)

    @Property(QObject, constant=True)
    def view(self) -> ViewState:
        return self._state

    @Slot(str)
    def ask(self, subject: str) -> None:
        """Show this subject; an empty one closes."""
        self._subject = subject
        self.refresh()

    def refresh(self) -> None:
        """Say it anew for this moment; nothing is done while the pop-up is closed."""
        if self._subject:
            self._state.show(age_view(self._desk, self._subject, self._clock.now()))
        elif self._state.view != AgeView():
            self._state.show(AgeView())


def age_view(desk: Snapshot, subject: str, wall: datetime) -> AgeView:
    """Return what is known of a subject at this moment; nothing is shown of one nobody knows."""
    found = age_sources.told(desk, subject)
    if found is None:
        return AgeView()
    ago, tone = _age(desk, found, wall)
    return AgeView(
        shown=True,
        line=" · ".join(part for part in (found.origin, ago) if part),
        tone=tone,
        rows=tuple(
            {"name": name, "value": value, "tone": "warn" if name == "Missing" else ""}
            for name, value in _rows(desk, found, wall)
            if value
        ),
    )


def _age(desk: Snapshot, found: Told, wall: datetime) -> tuple[str, str]:
    known = found.provenance
    if desk.stale_since is not None:
        return f"stale since {words.clock(desk.stale_at)}", "warn"
    if known is None:
        return "", "faint"
    if found.moves and known.feed_ts is not None:
        return _market_age(desk, known.feed_ts, wall)
    seconds = freshness.age_s(known.ts, desk, wall)
    limit = known.stale_after_s
    if limit is not None and seconds > limit:
        return f"stale since {words.clock(desk.feed_at(known.ts) or known.ts)}", "warn"
    late = limit is not None and seconds > limit * freshness.AGEING_SHARE
    return words.span(seconds), "warn" if late else "faint"


def _market_age(desk: Snapshot, at: datetime, wall: datetime) -> tuple[str, str]:
    status, now = desk.market_status, desk.feed_now(wall)
    if status is None or now is None:
        return "", "faint"
    if not status.market_open:
        return f"closed, last {words.minute(at)}", "faint"
    seconds = max(0.0, (now - at).total_seconds())
    limit = status.clock.stale_after_s
    if seconds > limit:
        return f"stale since {words.clock(at)}", "warn"
    return words.span(seconds), "warn" if seconds > limit * freshness.AGEING_SHARE else "faint"


def _rows(desk: Snapshot, found: Told, wall: datetime) -> list[tuple[str, str]]:
    rows = [("How", found.how), *found.details]
    known = found.provenance
    at = found.at or (None if known is None else known.feed_ts)
    if at is not None:
        feed = None if desk.market_status is None else desk.market_status.feed
        exact = f"{words.clock(at)}.{at.microsecond // 1000:03} ET"
        rows.append((_TIMES.get(feed, "Exchange time") if feed else "Market time", exact))
    if known is not None:
        rows += _way(desk, known, wall, moves=found.moves)
    rows.append(("Missing", found.missing))
    if known is not None:
        rows += _address(known)
    return rows


def _way(
    desk: Snapshot, known: Provenance, wall: datetime, *, moves: bool
) -> list[tuple[str, str]]:
    rows = []
    if moves and known.feed_ts is not None:
        rows.append(("To the backend", _to_the_backend(desk, known, known.feed_ts)))
    else:
        ago = words.span(freshness.age_s(known.ts, desk, wall))
        rows.append(("Written", f"{ago} ago"))
    way_ms = (desk.backend_now(known.arrived) - known.ts).total_seconds() * 1000
    if known.arrived != known.ts:
        rows.append(("To this desk", _measured(way_ms)))
    return rows


def _measured(way_ms: float) -> str:
    """Return how long the way was; what is below nothing says how well the clocks agree."""
    if way_ms >= 0:
        return words.signed_ms(way_ms)
    return "too short to measure" if way_ms > -CLOCKS_AGREE_MS else "the clocks differ"


def _to_the_backend(desk: Snapshot, known: Provenance, feed_ts: datetime) -> str:
    """Return how long the exchange's stamp took to be written, in real milliseconds."""
    status, written_at = desk.market_status, desk.feed_at(known.ts)
    if status is None or written_at is None:
        return ""
    late_s = (written_at - feed_ts).total_seconds() / status.clock.speed
    return words.signed_ms(late_s * 1000)


def _address(known: Provenance) -> list[tuple[str, str]]:
    rows = []
    if known.sequence is not None:
        rows.append(("Sequence", f"{known.sequence:,}"))
    if known.revision is not None:
        rows.append(("Revision", f"{known.revision:,}"))
    return [*rows, ("Written by", known.source), ("Key", known.key)]
