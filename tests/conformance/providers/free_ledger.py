"""The budgets of providers in memory, for tests of one process."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from qt_trade.market.gate import Told
from qt_trade.model.quotas import Limit, ProviderState, QuotaState, Window, WindowUse

PROBED_AFTER = 5
REST = timedelta(minutes=1)
_FOREVER = timedelta(days=365)


class FreeLedger:
    """Counts what is taken, and keeps in ``story`` what it was told, in order."""

    def __init__(self) -> None:
        self.story: list[str] = []
        self.told_left: dict[Window, int] = {}
        self._taken: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
        self._until: dict[str, tuple[ProviderState, datetime, str]] = {}
        self._failures: dict[str, int] = defaultdict(int)
        self._claims: set[str] = set()

    async def take(
        self, provider: str, limits: Sequence[Limit], cost: int, now: datetime
    ) -> timedelta:
        state, until, _ = self._until.get(provider, (ProviderState.OK, now, ""))
        if until > now or state is ProviderState.REFUSED:
            return _FOREVER if state is ProviderState.REFUSED else until - now
        waits = [self._wait(provider, limit, cost, now) for limit in limits]
        if (wait := max(waits, default=timedelta())) > timedelta():
            return wait
        self._taken[provider].append((now, cost))
        self.story.append(f"took {cost}")
        return timedelta()

    async def pause(self, provider: str, until: datetime, words: str) -> None:
        self.story.append("paused")
        self._until[provider] = (ProviderState.LIMITED, until, words)

    async def told(self, provider: str, told: Sequence[Told], now: datetime) -> None:
        self.told_left |= {one.window: one.left for one in told}

    async def succeeded(self, provider: str, now: datetime) -> None:
        self.story.append("succeeded")
        self._failures[provider] = 0
        self._until.pop(provider, None)

    async def failed(self, provider: str, now: datetime, words: str) -> None:
        self.story.append("failed")
        self._failures[provider] += 1
        if self._failures[provider] >= PROBED_AFTER:
            self._until[provider] = (ProviderState.RESTING, now + REST, words)

    async def refused(self, provider: str, now: datetime, words: str) -> None:
        self.story.append("refused")
        self._until[provider] = (ProviderState.REFUSED, now, words)

    async def state(self, provider: str, limits: Sequence[Limit], now: datetime) -> QuotaState:
        state, until, words = self._until.get(provider, (ProviderState.OK, now, ""))
        windows = tuple(WindowUse(one, self._used(provider, one, now), None) for one in limits)
        return QuotaState(windows, state, words, until, self._failures[provider])

    async def claim(self, work: str, seconds: float) -> bool:
        new = work not in self._claims
        self._claims.add(work)
        return new

    def taken(self, provider: str) -> int:
        """Return what a provider's calls cost in all."""
        return sum(cost for _, cost in self._taken[provider])

    def _wait(self, provider: str, limit: Limit, cost: int, now: datetime) -> timedelta:
        if self._used(provider, limit, now) + cost <= limit.count:
            return timedelta()
        length = limit.window.sliding
        if length is None:
            day = datetime.combine(now.date(), datetime.min.time(), UTC)
            return day + timedelta(days=1) - now
        oldest = min(at for at, _ in self._taken[provider] if at > now - length)
        return oldest + length - now

    def _used(self, provider: str, limit: Limit, now: datetime) -> int:
        length = limit.window.sliding
        if length is not None:
            return sum(cost for at, cost in self._taken[provider] if at > now - length)
        shape = "%Y-%m-%d" if limit.window is Window.DAY else "%Y-%m"
        return sum(
            cost for at, cost in self._taken[provider] if f"{at:{shape}}" == f"{now:{shape}}"
        )
