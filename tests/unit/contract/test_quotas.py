"""The ledger of quotas on a real server, held against what a provider would count."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
import redis
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.servers import ServerProcess

from qt_trade.contract.quotas import (
    BUCKET_MS,
    FAILURES,
    FAILURES_WITHIN,
    PREFIX,
    PROBE,
    REFUSED,
    REST_FIRST,
    REST_MAX,
    RedisQuotas,
)
from qt_trade.kit.clock import ManualClock
from qt_trade.model.quotas import LedgerAwayError, Limit, ProviderState, Told, Window

NOON = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
NONE = timedelta()
SECOND = timedelta(seconds=1)
_numbers = itertools.count(1)


@pytest_asyncio.fixture
async def ledger(redis_url: str) -> AsyncIterator[RedisQuotas]:
    """A ledger with nothing in it."""
    one = RedisQuotas(redis_url)
    yield one
    await one.close()


# Against what a provider counts


@dataclass
class Counting:
    """All that was taken, kept one by one: what no server could afford."""

    limits: tuple[Limit, ...]
    taken: list[tuple[datetime, int]] = field(default_factory=list)

    def most(self, limit: Limit, at: datetime, longer: timedelta) -> int:
        """Return what a window that is so much longer than its limit's holds."""
        length = limit.window.sliding
        if length is not None:
            return sum(cost for when, cost in self.taken if when > at - length - longer)
        periods = {self._period(limit, at + by) for by in (-longer, NONE, longer)}
        near = dict.fromkeys(periods, 0)
        for when, cost in self.taken:
            for one in {self._period(limit, when + by) for by in (-longer, NONE, longer)}:
                near[one] = near.get(one, 0) + cost
        return max(near[one] for one in periods)

    @staticmethod
    def _period(limit: Limit, at: datetime) -> str:
        return f"{at:%Y-%m-%d}" if limit.window is Window.DAY else f"{at:%Y-%m}"

    def must_pass(self, cost: int, at: datetime) -> bool:
        """Tell whether a call fits even where a whole bucket more is counted."""
        return all(
            self.most(limit, at, limit.window.margin + self._bucket(limit)) + cost <= limit.count
            for limit in self.limits
        )

    def may_pass(self, at: datetime) -> bool:
        """Tell whether no window holds more than its limit, with the margin."""
        return all(
            self.most(limit, at, limit.window.margin) <= limit.count for limit in self.limits
        )

    @staticmethod
    def _bucket(limit: Limit) -> timedelta:
        return timedelta(milliseconds=BUCKET_MS.get(limit.window, 0))


LIMITS = st.fixed_dictionaries(
    {window: st.none() | st.integers(1, most) for window, most in
     ((Window.SECOND, 4), (Window.MINUTE, 8), (Window.DAY, 20), (Window.MONTH, 30))}
)  # fmt: skip
STEPS = st.lists(
    st.tuples(
        st.one_of(
            st.integers(0, 2_000), st.integers(0, 90_000), st.integers(0, 40_000_000)
        ),
        st.integers(1, 3),
    ),
    max_size=40,
)  # fmt: skip
START = st.integers(-7_200_000, 7_200_000).map(
    lambda ms: datetime(2026, 12, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
"""Around the end of a month."""


@settings(max_examples=120, deadline=None)
@given(given_limits=LIMITS, steps=STEPS, start=START)
def test_never_more_is_taken_than_a_provider_allows(
    valkey_url: str, given_limits: dict[Window, int | None], steps: list[tuple[int, int]],
    start: datetime,
) -> None:  # fmt: skip
    """No window ever holds more, what fits is let through, and who waits as told gets it."""
    limits = tuple(Limit(count, window) for window, count in given_limits.items() if count)
    asyncio.run(_walk(valkey_url, limits, steps, start))


async def _walk(
    url: str, limits: tuple[Limit, ...], steps: list[tuple[int, int]], start: datetime
) -> None:
    provider, clock, counting = f"walk{next(_numbers)}", ManualClock(start), Counting(limits)
    one, other = RedisQuotas(url), RedisQuotas(url)
    ledgers = itertools.cycle((one, other))
    try:
        for after_ms, wished in steps:
            clock.advance(timedelta(milliseconds=after_ms))
            cost = min([wished, *(limit.count for limit in limits)])
            must = counting.must_pass(cost, clock.now())
            wait = await next(ledgers).take(provider, limits, cost, clock.now())
            assert wait == NONE or not must
            if wait > NONE:
                clock.advance(wait)
                assert await next(ledgers).take(provider, limits, cost, clock.now()) == NONE
            counting.taken.append((clock.now(), cost))
            assert counting.may_pass(clock.now())
            found = await next(ledgers).state(provider, limits, clock.now())
            assert all(use.used <= use.limit.count for use in found.windows)
    finally:
        await one.close()
        await other.close()


async def _together(url: str, limits: tuple[Limit, ...]) -> list[timedelta]:
    ledgers = [RedisQuotas(url) for _ in range(2)]
    try:
        return await asyncio.gather(
            *(ledgers[at % 2].take("p", limits, 1, NOON) for at in range(100))
        )
    finally:
        for one in ledgers:
            await one.close()


@pytest.mark.asyncio
async def test_two_processes_at_once_share_one_budget(redis_url: str) -> None:
    """Of a hundred calls that two begin in one moment exactly the limit passes."""
    waits = await _together(redis_url, (Limit(60, Window.MINUTE), Limit(250, Window.DAY)))
    assert waits.count(NONE) == 60
    assert {wait for wait in waits if wait} == {timedelta(seconds=63)}


@pytest.mark.asyncio
async def test_all_windows_or_none(ledger: RedisQuotas) -> None:
    """A call that one window forbids uses up nothing of the others."""
    limits = (Limit(10, Window.MINUTE), Limit(2, Window.DAY))
    for _ in range(5):
        await ledger.take("p", limits, 1, NOON)
    minute, day = (await ledger.state("p", limits, NOON)).windows
    assert (minute.used, day.used) == (2, 2)
    assert day.resets_at == datetime(2026, 11, 28, tzinfo=UTC)
    assert minute.resets_at == NOON + timedelta(seconds=63)


@pytest.mark.asyncio
async def test_a_window_apart_holds_back_only_who_names_it(ledger: RedisQuotas) -> None:
    """What is taken under it comes out of the provider's own windows, too."""
    limits, apart = (Limit(10, Window.DAY),), (Limit(2, Window.DAY),)
    waits = [await ledger.take("p", limits, 1, NOON, apart) for _ in range(3)]
    assert waits[:2] == [NONE, NONE]
    assert waits[2] > timedelta(hours=6)
    assert await ledger.take("p", limits, 1, NOON) == NONE
    (day,) = (await ledger.state("p", limits, NOON)).windows
    assert day.used == 3


@pytest.mark.asyncio
async def test_more_than_a_window_holds_is_never_waited_for(ledger: RedisQuotas) -> None:
    """It is said at once, with the window's name."""
    with pytest.raises(ValueError, match="10 is more than 8 per minute"):
        await ledger.take("p", (Limit(8, Window.MINUTE),), 10, NOON)


# What a provider says


@pytest.mark.asyncio
async def test_a_pause_holds_all_back_until_it_ends(ledger: RedisQuotas) -> None:
    """The later of two counts, and its reason is shown."""
    await ledger.pause("p", NOON + 30 * SECOND, "Retry-After 30")
    await ledger.pause("p", NOON + 10 * SECOND, "earlier")
    wait = await ledger.take("p", (), 1, NOON)
    assert 30 * SECOND <= wait <= 31 * SECOND
    found = await ledger.state("p", (), NOON)
    assert (found.state, found.words) == (ProviderState.LIMITED, "Retry-After 30")
    assert await ledger.take("p", (), 1, NOON + wait) == NONE
    assert (await ledger.state("p", (), NOON + wait)).state is ProviderState.OK


@pytest.mark.parametrize(("left", "expected"), [(2, 2), (9, 7), (0, 0), (-1, 0)])
@pytest.mark.asyncio
async def test_the_providers_own_count_goes_before_ours(
    ledger: RedisQuotas, left: int, expected: int
) -> None:
    """Where it has less left than we believe; where it has more, something is still on its way."""
    for window in Window:
        limits = (Limit(8, window),)
        await ledger.take(f"p-{window}", limits, 1, NOON)
        await ledger.told(f"p-{window}", [Told(window, left)], NOON)
        (use,) = (await ledger.state(f"p-{window}", limits, NOON)).windows
        assert use.left == expected


@pytest.mark.asyncio
async def test_a_window_we_do_not_count_is_not_told_of(ledger: RedisQuotas) -> None:
    """Headers may speak of a limit that the plan does not name: nothing comes of it."""
    await ledger.told("p", [Told(Window.MINUTE, 0)], NOON)
    assert await ledger.take("p", (Limit(8, Window.MINUTE),), 1, NOON) == NONE


@pytest.mark.asyncio
async def test_a_full_window_is_a_state_with_its_end(ledger: RedisQuotas) -> None:
    """Used up is shown as limited, until the moment there is room again."""
    limits = (Limit(2, Window.MINUTE),)
    await ledger.take("p", limits, 1, NOON)
    await ledger.take("p", limits, 1, NOON + 20 * SECOND)
    at = NOON + 30 * SECOND
    found = await ledger.state("p", limits, at)
    assert (found.state, found.words) == (ProviderState.LIMITED, "all 2 of this minute are used")
    assert found.until == at + await ledger.take("p", limits, 1, at)


@pytest.mark.asyncio
async def test_a_second_that_is_used_up_is_a_pace_and_no_trouble(ledger: RedisQuotas) -> None:
    """Who may ask once a second, and does, is well."""
    limits = (Limit(1, Window.SECOND), Limit(30, Window.MINUTE))
    await ledger.take("p", limits, 1, NOON)
    found = await ledger.state("p", limits, NOON)
    assert (found.state, found.words) == (ProviderState.OK, "")
    assert found.windows[0].left == 0


# Failures


async def _failures(ledger: RedisQuotas, count: int, at: datetime) -> None:
    for _ in range(count):
        await ledger.failed("p", at, "its server answers HTTP 500")


@pytest.mark.asyncio
async def test_failures_in_a_row_begin_a_rest_and_a_success_ends_it(ledger: RedisQuotas) -> None:
    """One fewer does not; then one alone probes, and its success lets all through."""
    await _failures(ledger, FAILURES - 1, NOON)
    assert await ledger.take("p", (), 1, NOON) == NONE
    await _failures(ledger, 1, NOON)
    assert await ledger.take("p", (), 1, NOON) == REST_FIRST
    found = await ledger.state("p", (), NOON)
    assert (found.state, found.until) == (ProviderState.RESTING, NOON + REST_FIRST)
    assert (found.words, found.failures) == ("its server answers HTTP 500", FAILURES)
    at = NOON + REST_FIRST
    assert await ledger.take("p", (), 1, at) == NONE
    assert await ledger.take("p", (), 1, at) == PROBE
    assert (await ledger.state("p", (), at)).state is ProviderState.PROBING
    await ledger.succeeded("p", at)
    assert await ledger.take("p", (), 1, at) == NONE
    assert (await ledger.state("p", (), at)).failures == 0


@pytest.mark.asyncio
async def test_a_success_is_told_where_it_is_news(ledger: RedisQuotas, redis_url: str) -> None:
    """Another process' failure is forgotten by the next success; one more of many is not told."""
    other = RedisQuotas(redis_url)
    try:
        await other.failed("p", NOON, "reset")
        assert await ledger.take("p", (), 1, NOON) == NONE
        await ledger.succeeded("p", NOON)
        assert (await other.state("p", (), NOON)).failures == 0
        assert await ledger.take("p", (), 1, NOON) == NONE
        await other.failed("p", NOON, "reset")
        await ledger.succeeded("p", NOON)
        assert (await other.state("p", (), NOON)).failures == 1
        await ledger.failed("p", NOON, "reset")
        await ledger.succeeded("p", NOON)
        assert (await other.state("p", (), NOON)).failures == 0
    finally:
        await other.close()


@pytest.mark.asyncio
async def test_a_probe_that_fails_doubles_the_rest_to_a_ceiling(ledger: RedisQuotas) -> None:
    """Half a minute, one, two, four, eight, and a quarter of an hour from then on."""
    await _failures(ledger, FAILURES, NOON)
    at, rests = NOON, []
    for _ in range(8):
        rests.append(await ledger.take("p", (), 1, at))
        at += rests[-1]
        assert await ledger.take("p", (), 1, at) == NONE
        await _failures(ledger, 1, at)
    assert rests == [min(REST_FIRST * 2**n, REST_MAX) for n in range(8)]


@pytest.mark.asyncio
async def test_what_was_under_way_does_not_prolong_a_rest(ledger: RedisQuotas) -> None:
    """Late failures of the calls that began the rest say nothing new."""
    await _failures(ledger, FAILURES, NOON)
    await _failures(ledger, 20, NOON + 5 * SECOND)
    assert await ledger.take("p", (), 1, NOON + 5 * SECOND) == REST_FIRST - 5 * SECOND


@pytest.mark.asyncio
async def test_who_dies_over_his_probe_is_not_waited_for(ledger: RedisQuotas) -> None:
    """The next one may probe when the first has had his time."""
    await _failures(ledger, FAILURES, NOON)
    at = NOON + REST_FIRST
    assert await ledger.take("p", (), 1, at) == NONE
    assert await ledger.take("p", (), 1, at + PROBE) == NONE


@pytest.mark.asyncio
async def test_failures_far_apart_are_no_row(ledger: RedisQuotas) -> None:
    """What failed before the span began is forgotten."""
    await _failures(ledger, FAILURES - 1, NOON)
    later = NOON + FAILURES_WITHIN + SECOND
    await _failures(ledger, FAILURES - 1, later)
    assert await ledger.take("p", (), 1, later) == NONE


@pytest.mark.asyncio
async def test_a_pause_ends_a_rest(ledger: RedisQuotas) -> None:
    """Who says "later" is there."""
    await _failures(ledger, FAILURES, NOON)
    await ledger.pause("p", NOON + SECOND, "later")
    assert await ledger.take("p", (), 1, NOON + 2 * SECOND) == NONE


@pytest.mark.asyncio
async def test_a_refused_key_is_not_tried_again(ledger: RedisQuotas) -> None:
    """Not for hours, unless somebody starts who may have another one."""
    await ledger.refused("p", NOON, "Invalid API key")
    assert await ledger.take("p", (), 1, NOON) == REFUSED
    found = await ledger.state("p", (), NOON)
    assert (found.state, found.words) == (ProviderState.REFUSED, "Invalid API key")
    await ledger.forget("p")
    assert await ledger.take("p", (), 1, NOON) == NONE


# Work


@pytest.mark.asyncio
async def test_a_piece_of_work_is_one_workers(redis_url: str) -> None:
    """Of many who want it one gets it; other work is free."""
    ledgers = [RedisQuotas(redis_url) for _ in range(2)]
    got = await asyncio.gather(*(ledgers[at % 2].claim("slot-1", 60) for at in range(20)))
    assert sum(got) == 1
    assert await ledgers[0].claim("slot-2", 60)
    for one in ledgers:
        await one.close()


@pytest.mark.asyncio
async def test_whose_turn_it_was_all_workers_know(redis_url: str) -> None:
    """What one noted the other reads; what is no longer named is forgotten."""
    one, other = RedisQuotas(redis_url), RedisQuotas(redis_url)
    assert await other.turns("p") == {}
    await one.set_turns("p", {"AAPL": NOON, "BRK.B": NOON + SECOND})
    assert await other.turns("p") == {"AAPL": NOON, "BRK.B": NOON + SECOND}
    await one.set_turns("p", {"AAPL": NOON + SECOND})
    assert await other.turns("p") == {"AAPL": NOON + SECOND}
    await one.set_turns("p", {})
    assert await other.turns("p") == {}
    await one.close()
    await other.close()


# The server


@pytest.mark.asyncio
async def test_budgets_go_with_their_month(ledger: RedisQuotas, stranger: redis.Redis) -> None:
    """Old counters are removed, and a provider nobody asks is forgotten in the end."""
    limits = (Limit(9, Window.SECOND), Limit(9, Window.DAY), Limit(99, Window.MONTH))
    for days in range(35):
        assert await ledger.take("p", limits, 1, NOON + timedelta(days=days)) == NONE
    held = stranger.hgetall(f"{PREFIX}p")
    counters = {name for name in held if not name.startswith(b"limit:")}
    assert {name.partition(b":")[0] for name in counters} == {b"second", b"day", b"month"}
    assert len(counters) == 3
    assert 0 < stranger.pttl(f"{PREFIX}p") <= timedelta(days=40) / timedelta(milliseconds=1)


@pytest.mark.asyncio
async def test_what_a_stranger_left_gives_way(ledger: RedisQuotas, stranger: redis.Redis) -> None:
    """A key of another type does not stop the product."""
    stranger.set(f"{PREFIX}p", "mine")
    assert await ledger.take("p", (Limit(1, Window.DAY),), 1, NOON) == NONE


Call = Callable[[RedisQuotas], Awaitable[object]]


@pytest.mark.asyncio
async def test_nobody_is_asked_while_nobody_counts(private_valkey: ServerProcess) -> None:
    """With the server away the ledger says so, and counts on when it is back."""
    ledger, limits = RedisQuotas(private_valkey.url), (Limit(5, Window.DAY),)
    calls: tuple[Call, ...] = (
        lambda one: one.take("p", limits, 1, NOON),
        lambda one: one.pause("p", NOON, ""),
        lambda one: one.told("p", [Told(Window.DAY, 1)], NOON),
        lambda one: one.succeeded("another", NOON),
        lambda one: one.failed("p", NOON, ""),
        lambda one: one.refused("p", NOON, ""),
        lambda one: one.forget("p"),
        lambda one: one.state("p", limits, NOON),
        lambda one: one.claim("w", 1),
        lambda one: one.turns("p"),
        lambda one: one.set_turns("p", {"AAPL": NOON}),
    )
    try:
        assert await ledger.take("p", limits, 1, NOON) == NONE
        private_valkey.kill()
        for call in calls:
            with pytest.raises(LedgerAwayError):
                await call(ledger)
        private_valkey.start()
        assert await ledger.take("p", limits, 1, NOON) == NONE
    finally:
        await ledger.close()
