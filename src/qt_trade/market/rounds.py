"""The rounds of questions: each provider asked for its symbols, all providers at the same time."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from qt_trade.kit.clock import Clock, monotonic
from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    MarketDataError,
    NotInPlanError,
    RateLimitedError,
    RestingError,
    UnknownSymbolError,
)
from qt_trade.market.planner import Round
from qt_trade.market.ports import Sleep
from qt_trade.market.provider import Provider, QuoteBatch
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

Heard = Callable[["RoundOutcome"], object]
"""Told after each call what there is by then."""
OUT_OF_TIME = "the round ended before its turn came"


@dataclass(slots=True)
class RoundOutcome:
    """What a provider's round brought: each symbol that was to be asked for is in one of the two.

    ``barred``: the silent ones the provider does not have, so that asking again is no use.
    ``unasked``: those whose turn did not come.
    ``latency_ms``: of the call in the middle; None without one that was answered. ``stopped``: why
    the round ended before its last call.
    """

    quotes: dict[Symbol, Quote] = field(default_factory=dict)
    silent: dict[Symbol, str] = field(default_factory=dict)
    barred: set[Symbol] = field(default_factory=set)
    unasked: set[Symbol] = field(default_factory=set)
    calls: int = 0
    latency_ms: float | None = None
    stopped: str = ""


async def ask_all(
    rounds: Mapping[str, tuple[Provider, Round]], ends: datetime, wall: Clock, sleep: Sleep
) -> dict[str, RoundOutcome]:
    """Return every provider's outcome by name; they do not wait for each other."""
    outcomes = await asyncio.gather(
        *(ask(provider, plan.calls, ends, wall, sleep) for provider, plan in rounds.values())
    )
    return dict(zip(rounds, outcomes, strict=True))


async def ask(
    provider: Provider,
    calls: Sequence[Sequence[Symbol]],
    ends: datetime,
    wall: Clock,
    sleep: Sleep,
    heard: Heard = lambda _: None,
) -> RoundOutcome:
    """Make the calls, as many at once as the plan allows; none begins after ``ends``.

    A call whose turn has not come waits for it. The round stops where its turn would come too late,
    where the key is refused and where the plan has no quotes; one that fails costs its own symbols.
    """
    asking = _Asking(provider, calls, ends, wall, sleep, heard)
    return await asking.outcome()


class _Asking:
    """One provider's round while it is under way."""

    def __init__(
        self,
        provider: Provider,
        calls: Sequence[Sequence[Symbol]],
        ends: datetime,
        wall: Clock,
        sleep: Sleep,
        heard: Heard,
    ) -> None:
        self._provider = provider
        self._name = provider.spec.title
        self._left = deque(calls)
        self._ends = ends
        self._wall = wall
        self._sleep = sleep
        self._heard = heard
        self._took_ms: list[float] = []
        self._outcome = RoundOutcome()

    async def outcome(self) -> RoundOutcome:
        """Ask until nothing is left, or nothing more can be had."""
        askers = min(self._provider.plan.concurrency, len(self._left))
        await asyncio.gather(*(self._ask_on() for _ in range(askers)))
        outcome = self._outcome
        if self._took_ms:
            outcome.latency_ms = median(self._took_ms)
        why = outcome.stopped or OUT_OF_TIME
        outcome.unasked = {symbol for call in self._left for symbol in call}
        outcome.silent |= dict.fromkeys(outcome.unasked, why)
        return outcome

    async def _ask_on(self) -> None:
        while self._left and not self._outcome.stopped and self._wall.now() < self._ends:
            call = self._left.popleft()
            try:
                await self._ask(call)
            except (RateLimitedError, RestingError) as later:
                self._left.appendleft(call)
                await self._wait(later, later.retry_after_s)
            else:
                self._heard(self._outcome)

    async def _wait(self, why: MarketDataError, seconds: float) -> None:
        if self._wall.now() + timedelta(seconds=seconds) >= self._ends:
            self._outcome.stopped = self._outcome.stopped or str(why)
        elif not self._outcome.stopped:
            await self._sleep(seconds)

    async def _ask(self, call: Sequence[Symbol]) -> None:
        began = monotonic()
        try:
            batch = await self._provider.quotes(call)
        except (RateLimitedError, RestingError):
            raise
        except MarketDataError as error:
            self._failed(call, error)
        else:
            self._took_ms.append((monotonic() - began) * 1000)
            self._answered(call, batch)

    def _answered(self, call: Sequence[Symbol], batch: QuoteBatch) -> None:
        outcome = self._outcome
        outcome.calls += 1
        outcome.quotes.update(batch.quotes)
        for symbol in call:
            if symbol not in batch.quotes:
                self._silent(symbol, batch.errors.get(symbol))

    def _failed(self, call: Sequence[Symbol], error: MarketDataError) -> None:
        self._outcome.calls += 1
        about = _about(error)
        for symbol in call:
            other = about is not None and symbol != about
            self._silent(symbol, BadAnswerError(self._name, str(error)) if other else error)
        if isinstance(error, KeyRefusedError | NotInPlanError) and about is None:
            self._outcome.stopped = str(error)

    def _silent(self, symbol: Symbol, error: MarketDataError | None) -> None:
        outcome = self._outcome
        outcome.silent[symbol] = str(error) if error is not None else "it was not in the answer"
        if isinstance(error, UnknownSymbolError | NotInPlanError):
            outcome.barred.add(symbol)


def _about(error: MarketDataError) -> Symbol | None:
    """Return the one symbol of a call that an error speaks of; None: all of them."""
    return error.symbol if isinstance(error, UnknownSymbolError | NotInPlanError) else None
