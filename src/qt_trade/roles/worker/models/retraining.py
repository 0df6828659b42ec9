"""When models are trained anew by themselves: before the open, and when they have drifted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from qt_trade.market.calendar import NEW_YORK, Session

DAILY = "daily"
DAILY_WORDS = "daily, before the open"
DAYS_MIN = 26
"""With fewer days nothing is learnt that could be judged."""
AHEAD = timedelta(hours=2)
"""So long before the open: what came late in the evening is stored by then."""


@dataclass(frozen=True, slots=True)
class Known:
    """What could be learnt from. ``days``: of the history, those with stored bars, in order.

    ``learnt_until``: the newest moment that a model has learnt from; None: there is no model.
    """

    days: Sequence[date]
    learnt_until: datetime | None


def is_ahead(now: datetime, session: Session) -> bool:
    """Tell whether a session's open is near enough to train for it."""
    return session.open - AHEAD <= now < session.open


def is_worth_it(session: Session, known: Known) -> bool:
    """Tell whether there are enough days to learn from, and one that no model has seen."""
    past = [day for day in known.days if day < session.day]
    if len(past) < DAYS_MIN:
        return False
    seen = known.learnt_until
    return seen is None or past[-1] > seen.astimezone(NEW_YORK).date()
