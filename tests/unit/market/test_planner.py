"""What a provider is asked in a slot: evenly until the close, in turn, in as few calls as it takes."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_trade.market.calendar import Sessions
from qt_trade.market.planner import (
    RESERVE,
    SETTLED_AFTER,
    Importance,
    Slot,
    Watched,
    plan_round,
    slot_at,
)
from qt_trade.market.provider import Capability, Plan, Timeliness
from qt_trade.model.quotas import Limit, ProviderState, QuotaState, Window, WindowUse
from qt_trade.model.symbols import Symbol

FIVE = timedelta(minutes=5)
OPEN = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)
"""A Wednesday; Thursday is Thanksgiving, Friday closes early."""
CLOSE = datetime(2026, 11, 25, 21, 0, tzinfo=UTC)
EARLY_OPEN = datetime(2026, 11, 27, 14, 30, tzinfo=UTC)
EARLY_CLOSE = datetime(2026, 11, 27, 18, 0, tzinfo=UTC)
DAY = Limit(250, Window.DAY)


def a_plan(*limits: Limit, batch: int = 1, billed: bool = False, end: bool = False) -> Plan:
    """Return a plan with quotes."""
    return Plan(
        name="free",
        capabilities=frozenset({Capability.QUOTE, Capability.BATCH_QUOTE}),
        timeliness=Timeliness.END_OF_DAY if end else Timeliness.REAL_TIME,
        limits=limits,
        batch_max=batch,
        billed_per_symbol=billed,
    )


def names(count: int) -> list[Symbol]:
    """Return made-up symbols."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return [Symbol(f"{letters[at // 26]}{letters[at % 26]}") for at in range(count)]


def watched(count: int) -> list[Watched]:
    """Return symbols nobody has asked for."""
    return [Watched(name) for name in names(count)]


def state(*used: tuple[Limit, int]) -> QuotaState:
    """Return a provider's budget of which so much is used."""
    return QuotaState(tuple(WindowUse(limit, count, None) for limit, count in used))


def flat(calls: Iterable[Sequence[Symbol]]) -> list[Symbol]:
    """Return the symbols of all calls."""
    return [symbol for call in calls for symbol in call]


def spend_a_session(
    sessions: Sessions, plan: Plan, count: int, opens: datetime, closes: datetime, used: int = 0
) -> list[int]:
    """Return what each slot of a session spends of the plan's one limit."""
    symbols, asked, spent, at = names(count), dict[Symbol, datetime](), [], opens
    (limit,) = plan.limits
    while at < closes:
        mine = [Watched(name, asked=asked.get(name)) for name in symbols]
        slot = slot_at(sessions, at, FIVE)
        calls = plan_round(plan, state((limit, used + sum(spent))), mine, slot).calls
        asked |= dict.fromkeys(flat(calls), at)
        spent.append(sum(plan.cost(len(call)) for call in calls))
        at += FIVE
    return spent


# Budgets


@pytest.mark.parametrize(("opens", "closes"), [(OPEN, CLOSE), (EARLY_OPEN, EARLY_CLOSE)])
@pytest.mark.parametrize("count", [20, 100, 500])
def test_a_days_budget_lasts_until_the_close(
    sessions: Sessions, count: int, opens: datetime, closes: datetime
) -> None:
    """All but the reserve is spent, half of it by half-time, no slot more than one off the line."""
    spent = spend_a_session(sessions, a_plan(DAY), count, opens, closes)
    assert sum(spent) == 250 * (1 - RESERVE)
    assert max(spent) - min(spent) <= 1
    assert abs(sum(spent[: len(spent) // 2]) - 100) <= 5


def test_a_small_budget_is_spread_too(sessions: Sessions) -> None:
    """Ten questions are asked over the whole session, not in its first or last ten slots."""
    spent = spend_a_session(sessions, a_plan(Limit(12, Window.DAY)), 20, OPEN, CLOSE)
    at = [slot for slot, count in enumerate(spent) if count]
    assert sum(spent) == 9
    assert at[0] < 12
    assert at[-1] > 66


def test_what_others_spent_is_made_up_for(sessions: Sessions) -> None:
    """A backfill in the morning leaves fewer questions, evenly again."""
    spent = spend_a_session(sessions, a_plan(DAY), 100, OPEN, CLOSE, used=150)
    assert sum(spent) == 50
    assert max(spent) == 1


def test_a_months_budget_lasts_for_its_sessions(sessions: Sessions) -> None:
    """Three sessions are left in the month (Wednesday, the early Friday, Monday)."""
    limit = Limit(10_000, Window.MONTH)
    slot = slot_at(sessions, OPEN, FIVE)
    assert slot.sessions_left == 3
    spent = spend_a_session(sessions, a_plan(limit), 500, OPEN, CLOSE, used=7_000)
    assert 300 <= sum(spent) <= 340
    assert max(spent) - min(spent) <= 1


def test_minutes_are_spent_within_the_slot(sessions: Sessions) -> None:
    """As many as the slot's minutes allow, with room for others, and no more."""
    plan = a_plan(Limit(60, Window.MINUTE), Limit(30, Window.SECOND))
    calls = plan_round(plan, state(), watched(500), slot_at(sessions, OPEN, FIVE)).calls
    assert 200 <= len(calls) <= 270


def test_the_narrowest_limit_counts_and_is_named(sessions: Sessions) -> None:
    """Credits per minute would allow more than the day does; each symbol costs one."""
    plan = a_plan(Limit(8, Window.MINUTE), Limit(800, Window.DAY), batch=120, billed=True)
    found = plan_round(plan, state(), watched(100), slot_at(sessions, OPEN, FIVE))
    assert [len(call) for call in found.calls] == [8]
    assert found.rest == "its turn comes: 800 per day are spent evenly"


def test_batches_cost_one_call(sessions: Sessions) -> None:
    """Where a call may name a hundred symbols, five ask for all."""
    plan = a_plan(Limit(200, Window.MINUTE), batch=100)
    found = plan_round(plan, state(), watched(500), slot_at(sessions, OPEN, FIVE))
    assert [len(call) for call in found.calls] == [100] * 5
    assert found.rest == ""
    alone = replace(plan, capabilities=frozenset({Capability.QUOTE}))
    assert {len(call) for call in plan_round(
        alone, state(), watched(500), slot_at(sessions, OPEN, FIVE)
    ).calls} == {1}  # fmt: skip


@given(
    count=st.integers(0, 300),
    day=st.integers(1, 2000),
    minute=st.integers(1, 300),
    used=st.integers(0, 2000),
    batch=st.integers(1, 120),
    billed=st.booleans(),
    number=st.integers(0, 77),
)
def test_no_round_plans_beyond_what_is_left(
    sessions: Sessions, count: int, day: int, minute: int, used: int, batch: int, *, billed: bool,
    number: int,
) -> None:  # fmt: skip
    """Whatever the numbers: within the budget, each symbol once, no call a window cannot hold."""
    limits = (Limit(minute, Window.MINUTE), Limit(day, Window.DAY))
    plan = a_plan(*limits, batch=batch, billed=billed)
    slot = slot_at(sessions, OPEN + number * FIVE, FIVE)
    calls = plan_round(plan, state((limits[1], min(used, day))), watched(count), slot).calls
    costs = [plan.cost(len(call)) for call in calls]
    assert sum(costs) <= max(0, day - used)
    assert max(costs, default=1) <= min(minute, day)
    assert len(flat(calls)) == len(set(flat(calls))) <= count
    assert all(len(call) <= batch for call in calls)


# Turns


def test_everybody_gets_a_turn_and_the_important_ones_more_often(sessions: Sessions) -> None:
    """With two questions a slot a position is asked for far more often."""
    symbols = names(40)
    kind = dict.fromkeys(symbols, Importance.OTHER) | {symbols[39]: Importance.POSITION}
    asked: dict[Symbol, list[datetime]] = {name: [] for name in symbols}
    plan = a_plan(Limit(195, Window.DAY))
    for number in range(78):
        at = OPEN + number * FIVE
        mine = [Watched(one, kind[one], asked=(asked[one] or [None])[-1]) for one in symbols]
        for one in flat(plan_round(plan, state(), mine, slot_at(sessions, at, FIVE)).calls):
            asked[one].append(at)
    assert asked[symbols[39]][0] == OPEN
    assert all(len(asked[one]) >= 2 for one in symbols[:39])
    assert len(asked[symbols[39]]) > 2 * min(len(asked[one]) for one in symbols[:39])


def test_what_is_streamed_or_not_to_be_had_is_not_asked_for(sessions: Sessions) -> None:
    """The one comes by itself; the other's next turn is set for later."""
    later = OPEN + timedelta(hours=20)
    mine = [Watched(Symbol("AAPL"), streamed=True), Watched(Symbol("NOPE"), asked=later),
            Watched(Symbol("MSFT"))]  # fmt: skip
    found = plan_round(a_plan(), state(), mine, slot_at(sessions, OPEN, FIVE))
    assert found.calls == ((Symbol("MSFT"),),)


# When nothing is asked


@pytest.mark.parametrize(
    "at",
    [
        OPEN - FIVE,
        CLOSE,
        EARLY_CLOSE,
        datetime(2026, 11, 26, 16, 0, tzinfo=UTC),
        datetime(2026, 11, 28, 16, 0, tzinfo=UTC),
    ],
)
def test_nothing_is_asked_while_the_exchange_rests(sessions: Sessions, at: datetime) -> None:
    """Before the open, from the close on, after an early close, on Thanksgiving, at weekends."""
    found = plan_round(a_plan(DAY), state(), watched(9), slot_at(sessions, at, FIVE))
    assert found.calls == ()
    assert found.rest == "it is asked while the exchange trades"


@pytest.mark.parametrize(
    ("of", "asked"),
    [
        (QuotaState((), ProviderState.REFUSED, "no such key"), False),
        (QuotaState((), ProviderState.RESTING, "HTTP 500", OPEN + FIVE), False),
        (QuotaState((), ProviderState.RESTING, "HTTP 500", OPEN + FIVE / 5), True),
        (QuotaState((), ProviderState.LIMITED, "all are used", CLOSE), False),
        (QuotaState((), ProviderState.LIMITED, "all are used", OPEN + FIVE / 5), True),
        (QuotaState((), ProviderState.PROBING, "", OPEN + FIVE / 5), True),
    ],
)
def test_who_will_not_answer_within_the_slot_is_not_asked(
    sessions: Sessions, of: QuotaState, *, asked: bool
) -> None:
    """A refused key never; a rest or a pause only where it ends in time. It is said why."""
    found = plan_round(a_plan(), of, watched(2), slot_at(sessions, OPEN, FIVE))
    assert bool(found.calls) is asked
    assert found.rest == ("" if asked else of.words)


def test_a_plan_without_quotes_is_not_asked(sessions: Sessions) -> None:
    """It may have history and news."""
    plan = replace(a_plan(), capabilities=frozenset({Capability.NEWS}))
    found = plan_round(plan, state(), watched(1), slot_at(sessions, OPEN, FIVE))
    assert (found.calls, found.rest) == ((), "the plan free has no quotes")


# The closing round


def closing(sessions: Sessions, month: Limit, used: int, asked: datetime | None) -> list[Symbol]:
    """Return what is asked some hours after the close, of thirty, where three were asked for."""
    mine = [
        Watched(one, Importance.POSITION if at == 29 else Importance.OTHER,
                asked=asked if at < 3 else None)
        for at, one in enumerate(names(30))
    ]  # fmt: skip
    slot = slot_at(sessions, CLOSE + SETTLED_AFTER, FIVE)
    return flat(plan_round(a_plan(month, end=True), state((month, used)), mine, slot).calls)


def test_end_of_day_prices_are_asked_for_once_they_are_there(sessions: Sessions) -> None:
    """A few, the most important first: a month's budget over the sessions it still has."""
    month = Limit(100, Window.MONTH)
    assert closing(sessions, month, 74, None) == [names(30)[29], *names(30)[:2]]
    for at in (OPEN, CLOSE, CLOSE + SETTLED_AFTER - FIVE):
        slot = slot_at(sessions, at, FIVE)
        assert plan_round(a_plan(month, end=True), state(), watched(9), slot).calls == ()


def test_the_closing_round_is_one_round(sessions: Sessions) -> None:
    """What it cost counts against the day's share in the slots that follow."""
    month = Limit(100, Window.MONTH)
    assert closing(sessions, month, 75, CLOSE + SETTLED_AFTER) == [names(30)[29]]
    assert closing(sessions, month, 77, CLOSE + SETTLED_AFTER) == []


def test_a_slot_knows_its_month(sessions: Sessions) -> None:
    """The last session's closing prices come when another month has begun, by London's clock."""
    monday = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
    assert slot_at(sessions, monday, FIVE).sessions_left == 1
    evening = slot_at(sessions, datetime(2026, 12, 1, 0, 30, tzinfo=UTC), FIVE)
    assert evening.settled_at == datetime(2026, 12, 1, 0, 0, tzinfo=UTC)
    assert evening.closings_left == 22
    assert isinstance(evening, Slot)
