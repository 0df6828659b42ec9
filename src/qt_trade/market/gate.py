"""The gate before a provider: no call goes out that its limits, or its state, forbid."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from qt_trade.kit.clock import Clock
from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    MarketDataError,
    NotInPlanError,
    RateLimitedError,
    RestingError,
    UnreachableError,
)
from qt_trade.market.ports import Sleep
from qt_trade.model.quotas import LedgerAwayError, Limit, ProviderState, QuotaState, Told

__all__ = ["Gate", "QuotaLedger", "Told"]


class QuotaLedger(Protocol):
    """The budgets of all providers, shared by all processes. Times are the wall's."""

    async def take(
        self, provider: str, limits: Sequence[Limit], cost: int, now: datetime
    ) -> timedelta:
        """Take ``cost`` out of every window at once, or out of none.

        Return zero when taken; else after how long it may be asked again. A pause that was asked
        for counts as a window that is full; a resting provider lets one probe through when its
        time has come.
        """
        ...

    async def pause(self, provider: str, until: datetime, words: str) -> None:
        """Let nobody ask before a moment: the provider said so."""
        ...

    async def told(self, provider: str, told: Sequence[Told], now: datetime) -> None:
        """Take over the provider's own count where it has less left than we believed."""
        ...

    async def succeeded(self, provider: str, now: datetime) -> None:
        """A call was answered as it should be."""
        ...

    async def failed(self, provider: str, now: datetime, words: str) -> None:
        """A call failed for no fault of ours; after some of them in a row the provider rests."""
        ...

    async def refused(self, provider: str, now: datetime, words: str) -> None:
        """The key is not accepted: nobody asks again until it is looked at."""
        ...

    async def state(self, provider: str, limits: Sequence[Limit], now: datetime) -> QuotaState:
        """Return what is used, what is left and whether the provider is asked."""
        ...

    async def claim(self, work: str, seconds: float) -> bool:
        """Return whether a piece of work is ours to do; for so long it is nobody else's."""
        ...


_MOMENT = timedelta(milliseconds=10)
_UNTOLD_MAX = 64


class Gate:
    """Lets calls to one provider through, as many as its plan allows, for all processes at once.

    While the ledger is away nobody is asked: nobody would count. How a call went that was under
    way by then is told when the ledger is back, before the next call.
    """

    def __init__(
        self,
        provider: str,
        title: str,
        limits: Sequence[Limit],
        ledger: QuotaLedger,
        wall: Clock,
        sleep: Sleep,
    ) -> None:
        self._provider = provider
        self._title = title
        self._limits = tuple(limits)
        self._ledger = ledger
        self._wall = wall
        self._sleep = sleep
        self._untold: deque[tuple[MarketDataError | None, Sequence[Told], datetime]] = deque(
            maxlen=_UNTOLD_MAX
        )

    async def enter(self, cost: int, patience_s: float) -> None:
        """Wait for one's turn, at most so long.

        Raises RateLimitedError, RestingError or KeyRefusedError at once when it would be longer,
        NotInPlanError for a call that costs more than the plan ever has, and UnreachableError
        while the ledger is away.
        """
        if too_small := [limit for limit in self._limits if limit.count < cost]:
            least = min(too_small, key=lambda limit: limit.count)
            because = f"a call of this kind costs {cost}, it has {least.count} per {least.window}"
            raise NotInPlanError(self._title, because)
        try:
            await self._wait_for_turn(cost, self._wall.now() + timedelta(seconds=patience_s))
        except LedgerAwayError as error:
            raise UnreachableError(self._title, f"it is not asked: {error}") from error

    async def settle(self, outcome: MarketDataError | None, told: Sequence[Told] = ()) -> None:
        """Tell all processes how a call went."""
        self._untold.append((outcome, told, self._wall.now()))
        try:
            await self._tell()
        except LedgerAwayError:
            # What was answered is worth having; the rest is told before the next call.
            return

    async def _wait_for_turn(self, cost: int, give_up: datetime) -> None:
        while True:
            await self._tell()
            now = self._wall.now()
            wait = await self._ledger.take(self._provider, self._limits, cost, now)
            if wait <= timedelta():
                return
            if now + wait > give_up:
                raise await self._why_not(wait)
            await self._sleep(max(wait, _MOMENT).total_seconds())

    async def _tell(self) -> None:
        while self._untold:
            word = self._untold.popleft()
            try:
                await self._tell_one(*word)
            except LedgerAwayError:
                self._untold.appendleft(word)
                raise

    async def _tell_one(
        self, outcome: MarketDataError | None, told: Sequence[Told], at: datetime
    ) -> None:
        ledger = self._ledger
        if told:
            await ledger.told(self._provider, told, at)
        match outcome:
            case RateLimitedError(retry_after_s=seconds):
                await ledger.pause(self._provider, at + timedelta(seconds=seconds), str(outcome))
            case KeyRefusedError():
                await ledger.refused(self._provider, at, str(outcome))
            case UnreachableError() | BadAnswerError():
                await ledger.failed(self._provider, at, str(outcome))
            case _:
                await ledger.succeeded(self._provider, at)

    async def _why_not(self, wait: timedelta) -> MarketDataError:
        found = await self._ledger.state(self._provider, self._limits, self._wall.now())
        match found.state:
            case ProviderState.RESTING | ProviderState.PROBING:
                return RestingError(self._title, wait.total_seconds())
            case ProviderState.REFUSED:
                return KeyRefusedError(self._title, found.words)
            case _:
                return RateLimitedError(self._title, wait.total_seconds())
