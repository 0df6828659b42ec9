"""The gate before a provider: no call goes out that its limits, or its state, forbid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from qt_trade.kit.clock import Clock
from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    MarketDataError,
    RateLimitedError,
    RestingError,
    UnreachableError,
)
from qt_trade.market.ports import Sleep
from qt_trade.model.quotas import Limit, ProviderState, QuotaState, Window


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer's headers say of a window: the provider's own count, which goes before ours."""

    window: Window
    left: int


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


class Gate:
    """Lets calls to one provider through, as many as its plan allows, for all processes at once."""

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

    async def enter(self, cost: int, patience_s: float) -> None:
        """Wait for one's turn, at most so long.

        Raises RateLimitedError, RestingError or KeyRefusedError at once when it would be longer.
        """
        give_up = self._wall.now() + timedelta(seconds=patience_s)
        while True:
            now = self._wall.now()
            wait = await self._ledger.take(self._provider, self._limits, cost, now)
            if wait <= timedelta():
                return
            if now + wait > give_up:
                raise await self._why_not(wait)
            await self._sleep(max(wait, _MOMENT).total_seconds())

    async def settle(self, outcome: MarketDataError | None, told: Sequence[Told] = ()) -> None:
        """Tell all processes how a call went."""
        ledger, now = self._ledger, self._wall.now()
        if told:
            await ledger.told(self._provider, told, now)
        match outcome:
            case RateLimitedError(retry_after_s=seconds):
                until = now + timedelta(seconds=seconds)
                await ledger.pause(self._provider, until, str(outcome))
            case KeyRefusedError():
                await ledger.refused(self._provider, now, str(outcome))
            case UnreachableError() | BadAnswerError():
                await ledger.failed(self._provider, now, str(outcome))
            case _:
                await ledger.succeeded(self._provider, now)

    async def _why_not(self, wait: timedelta) -> MarketDataError:
        found = await self._ledger.state(self._provider, self._limits, self._wall.now())
        match found.state:
            case ProviderState.RESTING | ProviderState.PROBING:
                return RestingError(self._title, wait.total_seconds())
            case ProviderState.REFUSED:
                return KeyRefusedError(self._title, found.words)
            case _:
                return RateLimitedError(self._title, wait.total_seconds())
