"""Rounds of questions: as many calls at once as allowed, and none that is no use."""

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from tests.conformance.providers.free_ledger import FreeLedger
from tests.unit.market.walls import SleepingWall

from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    MarketDataError,
    NotInPlanError,
    RateLimitedError,
    RestingError,
    UnknownSymbolError,
    UnreachableError,
)
from qt_trade.market.planner import Round
from qt_trade.market.provider import (
    Access,
    Capability,
    Plan,
    Provider,
    ProviderKit,
    ProviderSpec,
    QuoteBatch,
    Timeliness,
)
from qt_trade.market.rounds import OUT_OF_TIME, RoundOutcome, ask, ask_all
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

pytestmark = pytest.mark.asyncio
A, B, C, D, E, F = (Symbol(name) for name in "ABCDEF")
Behave = Callable[[Sequence[Symbol]], QuoteBatch]


class Scripted(Provider):
    """A provider that does as it is told, and notes what it was asked."""

    def __init__(self, wall: SleepingWall, behave: Behave, *, concurrency: int = 2) -> None:
        plan = Plan(
            name="free",
            capabilities=frozenset({Capability.QUOTE}),
            timeliness=Timeliness.REAL_TIME,
            limits=(),
            concurrency=concurrency,
        )
        spec = ProviderSpec("scripted", "Scripted", {"free": plan}, 0, "", lambda _: self)
        kit = ProviderKit(
            access=Access(),
            plan=plan,
            ledger=FreeLedger(),
            wall=wall,
            sleep=wall.sleep,
            rng=random.Random(1),
            may_be_mute=lambda: True,
        )
        super().__init__(spec, kit)
        self.wall = wall
        self.asked: list[tuple[Symbol, ...]] = []
        self.under_way_max = 0
        self._under_way = 0
        self._behave = behave

    async def quotes(self, symbols: Sequence[Symbol]) -> QuoteBatch:
        self.asked.append(tuple(symbols))
        self._under_way += 1
        self.under_way_max = max(self.under_way_max, self._under_way)
        await asyncio.sleep(0)
        self._under_way -= 1
        return self._behave(symbols)

    async def round(self, *calls: Sequence[Symbol], lasts_s: float = 290) -> RoundOutcome:
        """Ask it."""
        ends = self.wall.now() + timedelta(seconds=lasts_s)
        return await ask(self, calls, ends, self.wall, self.wall.sleep)


def quote(of: Symbol, wall: SleepingWall) -> Quote:
    """Return a made-up quote."""
    rest = dict.fromkeys(("bid", "ask", "bid_size", "ask_size", "volume", "open", "high", "low"))
    return Quote(symbol=of, at=wall.now(), price=10.0, previous_close=None, **rest)


def good(wall: SleepingWall) -> Behave:
    """Answer everything."""
    return lambda symbols: QuoteBatch({one: quote(one, wall) for one in symbols}, {})


def failing(error: MarketDataError) -> Behave:
    """Fail always."""

    def behave(_symbols: Sequence[Symbol]) -> QuoteBatch:
        raise error

    return behave


async def test_all_calls_are_made_with_as_many_at_once_as_allowed(wall: SleepingWall) -> None:
    """Every symbol has its quote, and the round says how quick the provider was."""
    provider = Scripted(wall, good(wall))
    outcome = await provider.round((A, B), (C,), (D,), (E, F))
    assert set(outcome.quotes) == {A, B, C, D, E, F}
    assert (outcome.calls, outcome.silent, outcome.stopped) == (4, {}, "")
    assert outcome.latency_ms is not None
    assert provider.under_way_max == 2


async def test_what_one_symbol_lacks_costs_no_other(wall: SleepingWall) -> None:
    """Of a batch each symbol is judged alone, and what is not to be had is not asked for again."""
    errors = {B: UnknownSymbolError("Scripted", B), C: BadAnswerError("Scripted", "a zero")}
    provider = Scripted(wall, lambda _: QuoteBatch({A: quote(A, wall)}, errors))
    outcome = await provider.round((A, B, C, D))
    assert set(outcome.quotes) == {A}
    assert outcome.silent == {
        B: "Scripted does not know B",
        C: "Scripted answered something unreadable: a zero",
        D: "it was not in the answer",
    }
    assert outcome.barred == {B}


async def test_an_error_that_names_a_symbol_bars_that_one(wall: SleepingWall) -> None:
    """The others of its call have no price this time, and are asked for again."""
    provider = Scripted(wall, failing(NotInPlanError("Scripted", "premium", B)))
    outcome = await provider.round((A, B), (C,))
    assert outcome.barred == {B}
    assert set(outcome.silent) == {A, B, C}
    assert len(provider.asked) == 2


@pytest.mark.parametrize(
    "error", [UnreachableError("Scripted", "HTTP 500"), BadAnswerError("Scripted", "HTML")]
)
async def test_a_call_that_fails_costs_its_own_symbols(
    wall: SleepingWall, error: MarketDataError
) -> None:
    """The other calls are made all the same: the gate knows when to leave a provider alone."""
    provider = Scripted(wall, failing(error))
    outcome = await provider.round((A,), (B,), (C,))
    assert outcome.silent == dict.fromkeys((A, B, C), str(error))
    assert (len(provider.asked), outcome.stopped, outcome.barred) == (3, "", set())
    assert outcome.latency_ms is None


@pytest.mark.parametrize(
    "error", [KeyRefusedError("Scripted", "no such key"), NotInPlanError("Scripted", "no quotes")]
)
async def test_what_ends_all_ends_the_round(wall: SleepingWall, error: MarketDataError) -> None:
    """With a refused key nothing more is asked."""
    provider = Scripted(wall, failing(error), concurrency=1)
    outcome = await provider.round((A,), (B,), (C,))
    assert outcome.silent == dict.fromkeys((A, B, C), str(error))
    assert (provider.asked, outcome.stopped) == ([(A,)], str(error))


@pytest.mark.parametrize("kind", [RateLimitedError, RestingError])
async def test_a_turn_is_waited_for(
    wall: SleepingWall, kind: type[RateLimitedError | RestingError]
) -> None:
    """A call that is put off is made when its time has come, within the round."""
    opens = wall.now() + timedelta(seconds=60)

    def behave(symbols: Sequence[Symbol]) -> QuoteBatch:
        if wall.now() < opens:
            raise kind("Scripted", (opens - wall.now()).total_seconds())
        return good(wall)(symbols)

    outcome = await Scripted(wall, behave, concurrency=1).round((A,), (B,))
    assert set(outcome.quotes) == {A, B}
    assert wall.slept == [60.0]


async def test_a_turn_that_comes_too_late_ends_the_round(wall: SleepingWall) -> None:
    """Nobody waits beyond the end, and what was not asked says why."""
    error = RateLimitedError("Scripted", 300.0)
    provider = Scripted(wall, failing(error), concurrency=1)
    outcome = await provider.round((A,), (B,))
    assert outcome.silent == dict.fromkeys((A, B), str(error))
    assert (provider.asked, wall.slept, outcome.calls) == ([(A,)], [], 0)


async def test_nothing_begins_after_the_end(wall: SleepingWall) -> None:
    """What took the time keeps its answer."""

    def behave(symbols: Sequence[Symbol]) -> QuoteBatch:
        wall.advance(timedelta(seconds=200))
        return good(wall)(symbols)

    outcome = await Scripted(wall, behave, concurrency=1).round((A,), (B,), (C,))
    assert set(outcome.quotes) == {A, B}
    assert outcome.silent == {C: OUT_OF_TIME}
    assert outcome.unasked == {C}


async def test_providers_do_not_wait_for_each_other(wall: SleepingWall) -> None:
    """Each has its own outcome, also the one that had nothing to ask."""
    error = UnreachableError("Scripted", "down")
    one, other = Scripted(wall, good(wall)), Scripted(wall, failing(error))
    outcomes = await ask_all(
        {
            "one": (one, Round(((A,), (B,)))),
            "other": (other, Round(((A,),))),
            "none": (other, Round()),
        },
        wall.now() + timedelta(seconds=9),
        wall,
        wall.sleep,
    )
    assert set(outcomes["one"].quotes) == {A, B}
    assert outcomes["other"].silent == {A: str(error)}
    assert outcomes["none"].calls == 0
