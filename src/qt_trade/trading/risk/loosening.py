"""A tighter limit is in force at once; a looser one waits, and can be taken back until then."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any

from qt_trade.model.limits import RiskLimits
from qt_trade.trading.risk.effective import stricter

WAIT = timedelta(seconds=60)
"""Between the writing of a looser limit and its effect, by the wall's clock."""
_NAMES = tuple(one.name for one in fields(RiskLimits) if one.name != "settings")


@dataclass(frozen=True, slots=True)
class InForce:
    """The limits that count, those that are wanted, and since when each looser one waits."""

    limits: RiskLimits
    wanted: RiskLimits
    waiting: Mapping[str, datetime] = field(default_factory=dict)

    def due(self, name: str) -> datetime:
        """Return when a looser limit comes into force."""
        return self.waiting[name] + WAIT

    @property
    def next_due(self) -> datetime | None:
        """When the next looser limit comes into force; None while none is waited for."""
        return min(self.waiting.values()) + WAIT if self.waiting else None


def advance(before: InForce | None, wanted: RiskLimits, now: datetime) -> InForce:
    """Return what is in force at a moment, after what was and with what is wanted.

    The first limits of all are in force at once. To want the old value again takes a looser one
    back; to want another begins its wait anew only where it is looser than the one before was.
    """
    if before is None:
        return InForce(wanted, wanted)
    kept: dict[str, Any] = {}
    waiting: dict[str, datetime] = {}
    for name in _NAMES:
        old, new = getattr(before.limits, name), getattr(wanted, name)
        if not stricter(name, old, new):
            continue
        since = before.waiting.get(name, now)
        if stricter(name, getattr(before.wanted, name), new):
            since = now
        if now >= since + WAIT:
            continue
        waiting[name] = since
        kept[name] = old | new if name == "excluded" else old
    settings = {name: (before.limits if name in kept else wanted).setting(name) for name in _NAMES}
    return InForce(replace(wanted, **kept, settings=settings), wanted, waiting)
