"""What a provider is asked in one slot, so that its budget lasts.

A day's budget is spread over the slots until the close, a month's over those of all sessions the
month still has; what a minute allows is spent within the slot. RESERVE of every day and month stays
for history and look-ups. Who gets few questions gets them in turn, the important ones more often.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from qt_trade.market.calendar import Session, Sessions
from qt_trade.market.provider import Capability, Plan, Timeliness
from qt_trade.model.quotas import Limit, ProviderState, QuotaState, Window, WindowUse
from qt_trade.model.symbols import Symbol

RESERVE = 0.2
"""The share of a day's and a month's budget that no round touches."""
MINUTE_SHARE = 0.9
"""The share of what minutes and seconds allow that a round plans with: others ask, too."""
GRACE = timedelta(seconds=10)
"""At the end of a slot nothing begins any more: the next one finds the provider free."""
SETTLED_AFTER = timedelta(hours=3)
"""An end-of-day price is there some hours after the close."""
_FULL_SESSION = timedelta(hours=6, minutes=30)
_OUT = frozenset({ProviderState.REFUSED, ProviderState.NOT_CONFIGURED})
_BACK_LATER = frozenset({ProviderState.RESTING, ProviderState.LIMITED})


class Importance(IntEnum):
    """How much hangs on a symbol's price; as often it is asked for more often."""

    OTHER = 1
    CANDIDATE = 2
    POSITION = 4


@dataclass(frozen=True, slots=True)
class Watched:
    """One symbol as a provider is concerned.

    ``streamed``: it comes by the provider's stream. ``asked``: when it was last asked for; in the
    future: not to be asked for before.
    """

    symbol: Symbol
    importance: Importance = Importance.OTHER
    streamed: bool = False
    asked: datetime | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of time in which each symbol is asked for once at most.

    ``session``: that of the moment's day in New York. ``sessions_left``: it and those after it that
    close within the month, UTC's; ``closings_left``: whose closing prices are there within it.
    """

    at: datetime
    length: timedelta
    session: Session | None
    sessions_left: int
    closings_left: int

    @property
    def ends(self) -> datetime:
        """When nothing more begins in it."""
        return self.at + max(self.length - GRACE, self.length / 2)

    @property
    def open(self) -> bool:
        """Whether the exchange trades at its beginning."""
        return self.session is not None and self.session.open <= self.at < self.session.close

    @property
    def settled_at(self) -> datetime | None:
        """When the day's closing prices are there; None on a day without a session."""
        return None if self.session is None else self.session.close + SETTLED_AFTER


def slot_at(sessions: Sessions, at: datetime, length: timedelta) -> Slot:
    """Return the slot that begins at a moment."""
    session = sessions.session_of(at)
    day = at.astimezone(UTC)
    month_ends = (day.replace(day=1) + timedelta(days=32)).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    first = at if session is None else session.open
    closes = [one.close for one in sessions.all if one.open >= first]
    return Slot(
        at,
        length,
        session,
        sessions_left=max(1, sum(one < month_ends for one in closes)),
        closings_left=max(1, sum(one + SETTLED_AFTER < month_ends for one in closes)),
    )


@dataclass(frozen=True, slots=True)
class Round:
    """The calls of a slot, in their order. ``rest``: why the others are not asked for."""

    calls: tuple[tuple[Symbol, ...], ...] = ()
    rest: str = ""


def plan_round(plan: Plan, state: QuotaState, watched: Iterable[Watched], slot: Slot) -> Round:
    """Return what to ask a provider in a slot."""
    if words := _why_nothing(plan, state, slot):
        return Round((), words)
    due = [
        one for one in watched if not one.streamed and (one.asked is None or one.asked <= slot.at)
    ]
    done: list[Watched] = []
    if plan.timeliness is Timeliness.END_OF_DAY:
        done = [one for one in due if _settled(one, slot)]
        due = [one for one in due if not _settled(one, slot)]
        due.sort(key=lambda one: (-one.importance, _age_s(one, slot)))
    else:
        due.sort(key=lambda one: _urgency(one, slot), reverse=True)
    symbols = [one.symbol for one in due]
    size = _size(plan)
    spendable, scarce = _spendable(plan, state, slot, math.ceil(len(done) * plan.cost(size) / size))
    return _round(plan, symbols, spendable, scarce)


def _why_nothing(plan: Plan, state: QuotaState, slot: Slot) -> str:
    """Return why a provider is not asked at all in this slot; the empty text: it is."""
    if not plan.capabilities & {Capability.QUOTE, Capability.BATCH_QUOTE}:
        return f"the plan {plan.name} has no quotes"
    if state.state in _OUT:
        return state.words or "it is not asked"
    if state.state in _BACK_LATER and state.until is not None and state.until >= slot.ends:
        return state.words or "it is left alone for a while"
    if plan.timeliness is not Timeliness.END_OF_DAY:
        return "" if slot.open else "it is asked while the exchange trades"
    if slot.settled_at is None or slot.at < slot.settled_at:
        return "it is asked for the day's close, some hours after it"
    return ""


def _settled(one: Watched, slot: Slot) -> bool:
    """Tell whether the day's closing price was asked for."""
    return one.asked is not None and slot.settled_at is not None and one.asked >= slot.settled_at


def _age_s(one: Watched, slot: Slot) -> float:
    """Return the seconds since it was last asked for, the longest first when sorted."""
    return -math.inf if one.asked is None else -(slot.at - one.asked).total_seconds()


def _urgency(one: Watched, slot: Slot) -> tuple[float, int]:
    """Return what is asked for first: never asked, then by age, the important ones ageing faster."""
    return (-_age_s(one, slot) * one.importance, one.importance)


# Budgets


def _spendable(plan: Plan, state: QuotaState, slot: Slot, done: int) -> tuple[float, Limit | None]:
    """Return what a round may cost, and the limit that says so; infinity without a limit."""
    used = {use.limit: use for use in state.windows}
    most: tuple[float, Limit | None] = (math.inf, None)
    for limit in plan.limits:
        length, use = limit.window.sliding, used.get(limit, WindowUse(limit, 0, None))
        if length is not None:
            share = _within_slot(limit.count, length + limit.window.margin, slot)
        elif plan.timeliness is Timeliness.END_OF_DAY:
            share = _at_the_close(use, slot, done)
        else:
            share = _until_the_close(use, slot)
        if share < most[0]:
            most = (share, limit)
    return most


def _within_slot(count: int, length: timedelta, slot: Slot) -> int:
    """Return how much of a second's or a minute's limit fits into a slot."""
    return max(1, math.floor(count * max(1.0, (slot.ends - slot.at) / length) * MINUTE_SHARE))


def _until_the_close(use: WindowUse, slot: Slot) -> int:
    """Return this slot's share of what is left of a day or a month."""
    session = slot.session
    if session is None:
        return 0
    ahead = math.ceil((session.close - slot.at) / slot.length)
    if use.limit.window is Window.MONTH:
        ahead += (slot.sessions_left - 1) * math.ceil(_FULL_SESSION / slot.length)
    # As evenly as whole numbers can be: a slot spends the next step of a straight line.
    each, number = _unreserved(use) / ahead, (slot.at - session.open) // slot.length
    return math.floor((number + 1) * each + _ROUNDING) - math.floor(number * each + _ROUNDING)


def _at_the_close(use: WindowUse, slot: Slot, done: int) -> int:
    """Return today's share. ``done``: what the closing round has cost already, part of it."""
    left = _unreserved(use)
    if use.limit.window is Window.DAY:
        return left
    return min(left, max(0, (left + done) // slot.closings_left - done))


def _unreserved(use: WindowUse) -> int:
    return max(0, use.left - math.ceil(use.limit.count * RESERVE))


_ROUNDING = 1e-9


def _size(plan: Plan) -> int:
    """Return how many symbols go into a call."""
    size = plan.batch_max if Capability.BATCH_QUOTE in plan.capabilities else 1
    if plan.billed_per_symbol:
        return min([size, *(limit.count for limit in plan.limits)])
    return size


def _round(plan: Plan, symbols: Sequence[Symbol], spendable: float, scarce: Limit | None) -> Round:
    size = _size(plan)
    affordable = spendable if plan.billed_per_symbol else spendable * size
    asked = symbols[: int(min(affordable, len(symbols)))]
    calls = tuple(tuple(asked[start : start + size]) for start in range(0, len(asked), size))
    if len(asked) == len(symbols) or scarce is None:
        return Round(calls)
    return Round(calls, f"its turn comes: {scarce.count} per {scarce.window} are spent evenly")
